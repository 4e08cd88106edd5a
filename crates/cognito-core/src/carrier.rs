//! The AWS SDK as the carrier of requests: from this crate's types to the SDK's and back.

mod devices;
mod mfa;
mod observed;
mod passkeys;
mod profile;
mod registration;
mod retry;
mod sign_in;
mod tokens;
mod unlogged;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::future::Future;
use std::time::Instant;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, CodeDeliveryDetailsType, UserContextDataType,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use cognito_srp::secret_hash;
use cognito_types::{ClientId, ClientSecret, Code, UserPoolId};
use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::field::{Empty, display};

pub(crate) use self::devices::{remembered_status, time};
pub(crate) use self::mfa::{auth_factors, mfa_options};
pub(crate) use self::observed::Observe;
use self::observed::{Observed, observed};
pub(crate) use self::registration::{ConfirmSignUpRequest, NewPasswordRequest, SignUpRequest};
pub(crate) use self::retry::once;
pub(crate) use self::unlogged::UnloggedAnswers;
use crate::attributes::Attributes;
use crate::client_secret::SecretSource;
use crate::context::{ClientMetadata, Context};
use crate::delivery::CodeDelivery;
use crate::error::{Error, ErrorKind};

/// Sends requests of one app client.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    pub(crate) client: Client,
    pub(crate) pool_id: UserPoolId,
    pub(crate) client_id: ClientId,
    pub(crate) secret: SecretSource,
}

impl Carrier {
    /// Runs a request with the current secret, and once more if the service refuses that one and
    /// the application may know another.
    ///
    /// Nothing is taken by a request whose secret is refused, so repeating it is safe.
    async fn with_secret<T, F>(
        &self,
        send: impl Fn(Option<ClientSecret>) -> F + Send + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, Error>> + Send,
    {
        let result = send(self.secret.get().await).await;
        match result {
            Err(error) if error.kind() == ErrorKind::SecretHash && self.secret.may_change() => {
                send(self.secret.get().await).await
            }
            result => result,
        }
    }

    fn hash(&self, username: &str, secret: Option<&ClientSecret>) -> Option<String> {
        let secret = secret?.expose_secret();
        Some(secret_hash(username, self.client_id.as_str(), secret))
    }
}

/// Awaits a request of the SDK inside a span that tells its outcome, and nothing of its contents.
pub(crate) fn sent<O, E>(
    operation: &'static str,
    request: impl Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send,
) -> impl Future<Output = Result<O, Error>>
where
    O: RequestId,
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    // The SDK's futures are large, and each layer above would hold a copy.
    let request = Box::pin(request);
    async move { sent_observed(operation, request).await.map(|(output, _)| output) }
}

/// Awaits a request as [`sent`] does, and returns what was observed of it too.
async fn sent_observed<O, E>(
    operation: &'static str,
    request: impl Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send,
) -> Result<(O, Observed), Error>
where
    O: RequestId,
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let span = tracing::debug_span!(
        "cognito",
        operation,
        attempts = Empty,
        latency_ms = Empty,
        request_id = Empty,
        error = Empty
    );
    // The SDK's timers and connections panic without a runtime.
    Handle::try_current().map_err(|error| {
        Error::new(ErrorKind::NoRuntime).with_source(error).of_operation(operation)
    })?;
    let start = Instant::now();
    // The SDK's futures are large, and each layer above would hold a copy.
    let request = observed(Box::pin(request));
    let (outcome, seen) = request.instrument(span.clone()).await;
    span.record("attempts", seen.attempts);
    span.record("latency_ms", u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
    if let Some(id) = outcome.as_ref().map_or_else(RequestId::request_id, RequestId::request_id) {
        span.record("request_id", display(id));
    }
    let outcome = outcome.map_err(|error| Error::from_sdk(operation, error));
    let outcome = match outcome {
        Ok(_) if seen.is_empty && !MAY_BE_EMPTY.contains(&operation) => {
            let error = Error::new(ErrorKind::Service).with_detail("the response is empty");
            Err(error.of_operation(operation))
        }
        outcome => outcome,
    };
    outcome.map(|output| (output, seen)).inspect_err(|error| {
        span.record("error", tracing::field::debug(error.kind()));
    })
}

/// The operations whose response may be empty: those without output in the service's model, and
/// those that configure a pool and return no members, where moto 5.2.5 sends nothing. Responses to
/// all others hold `{}` at least, so an empty one comes from something else on the way.
const MAY_BE_EMPTY: [&str; 20] = [
    "AddCustomAttributes",
    "AdminAddUserToGroup",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminForgetDevice",
    "AdminRemoveUserFromGroup",
    "DeleteGroup",
    "DeleteIdentityProvider",
    "DeleteManagedLoginBranding",
    "DeleteResourceServer",
    "DeleteTerms",
    "DeleteUser",
    "DeleteUserPool",
    "DeleteUserPoolClient",
    "DeleteUserPoolClientSecret",
    "DeleteUserPoolDomain",
    "ForgetDevice",
    "TagResource",
    "UntagResource",
    "UpdateUserPool",
];

/// Returns a code to send, unless it is empty: no request is worth an empty one, which would use up
/// an attempt or the Session.
pub(crate) fn given_code(code: &Code) -> Result<&str, Error> {
    Some(code.expose_secret())
        .filter(|code| !code.is_empty())
        .ok_or_else(|| Error::new(ErrorKind::CodeMismatch).with_detail("the code is empty"))
}

pub(crate) fn delivery(details: CodeDeliveryDetailsType) -> CodeDelivery {
    CodeDelivery {
        destination: details.destination.unwrap_or_default(),
        medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute: details.attribute_name,
    }
}

/// Attributes as requests carry them; none if there are none.
pub(crate) fn attributes(given: &Attributes) -> Option<Vec<AttributeType>> {
    // A builder that was given a name builds.
    let built = given
        .iter()
        .filter_map(|(name, value)| AttributeType::builder().name(name).value(value).build().ok());
    (!given.is_empty()).then(|| built.collect())
}

pub(crate) fn read_attributes(listed: Vec<AttributeType>) -> Attributes {
    let pair = |attribute: AttributeType| {
        let AttributeType { name, value, .. } = attribute;
        (name, value.unwrap_or_default())
    };
    listed.into_iter().map(pair).collect()
}

pub(crate) fn metadata(metadata: &ClientMetadata) -> Option<HashMap<String, String>> {
    let pairs = metadata.iter().map(|(name, value)| (name.clone(), value.clone()));
    (!metadata.is_empty()).then(|| pairs.collect())
}

fn user_context(context: &Context) -> Option<UserContextDataType> {
    let data = context.data.as_ref()?;
    let built = UserContextDataType::builder().set_encoded_data(data.encoded_data.clone());
    Some(built.set_ip_address(data.ip_address.clone()).build())
}

/// Returns the error for a response without a required member.
pub(crate) fn unreadable() -> Error {
    Error::new(ErrorKind::Service).with_detail("the response lacks a required member")
}
