//! Requests of a signed-in user with options, sent when they are awaited.

use std::future::IntoFuture;
use std::time::Duration;

use cognito_types::{BoxFuture, Code};

use super::Session;
use crate::attributes::Attributes;
use crate::context::{Context, metadata_setters};
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::transport::Operation;

/// A request that sets attributes of the user, sent when it is awaited (UpdateUserAttributes).
///
/// It returns the destinations of the codes that verify changed addresses. Without attributes,
/// nothing is sent.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct UpdateUserAttributes {
    session: Session,
    attributes: Attributes,
    context: Context,
}

impl UpdateUserAttributes {
    pub(super) fn new(session: &Session, attributes: &Attributes) -> Self {
        let (session, attributes) = (session.clone(), attributes.clone());
        Self { session, attributes, context: Context::default() }
    }

    metadata_setters!(context);
}

impl IntoFuture for UpdateUserAttributes {
    type Output = Result<Vec<CodeDelivery>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, attributes, context } = self;
        Box::pin(async move {
            if attributes.is_empty() {
                return Ok(Vec::new());
            }
            let token = session.token_for(Operation::UpdateUserAttributes).await?;
            let client = session.app_client();
            let outcome = client.update_attributes(&token, &attributes, &context).await;
            session.note_rejection(&token, outcome)
        })
    }
}

/// A request for a code that verifies an attribute, sent when it is awaited
/// (GetUserAttributeVerificationCode).
///
/// It returns the destination of the code.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SendAttributeCode {
    session: Session,
    attribute: String,
    context: Context,
}

impl SendAttributeCode {
    pub(super) fn new(session: &Session, attribute: &str) -> Self {
        let (session, attribute) = (session.clone(), attribute.to_owned());
        Self { session, attribute, context: Context::default() }
    }

    metadata_setters!(context);
}

impl IntoFuture for SendAttributeCode {
    type Output = Result<Option<CodeDelivery>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, attribute, context } = self;
        Box::pin(async move {
            let token = session.token_for(Operation::GetUserAttributeVerificationCode).await?;
            let client = session.app_client();
            let outcome = client.send_attribute_code(&token, &attribute, &context).await;
            session.note_rejection(&token, outcome)
        })
    }
}

/// A request that verifies an authenticator app with its first code, sent when it is awaited
/// (VerifySoftwareToken).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct VerifySoftwareToken {
    session: Session,
    code: Code,
    device_name: Option<String>,
    timeout: Option<Duration>,
}

impl VerifySoftwareToken {
    pub(super) fn new(session: &Session, code: Code) -> Self {
        Self { session: session.clone(), code, device_name: None, timeout: None }
    }

    /// Sets the name of the app, which later challenges show to the user.
    pub fn device_name(self, name: impl Into<String>) -> Self {
        Self { device_name: Some(name.into()), ..self }
    }

    /// Sets the time limit for the request with its retries, in place of the pool's
    /// `operation_timeout`.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }
}

impl IntoFuture for VerifySoftwareToken {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, code, device_name, timeout } = self;
        Box::pin(async move {
            let token = session.token_for(Operation::VerifySoftwareToken).await?;
            let client = session.app_client().within(timeout);
            let name = device_name.as_deref();
            let outcome = client.verify_software_token_of(&token, &code, name).await;
            session.note_rejection(&token, outcome)
        })
    }
}
