//! Registration of users, its confirmation, and the sign-in that may follow.

use std::future::IntoFuture;

use cognito_types::{BoxFuture, ChallengeSession, Code, Password};

use crate::app_client::{ConfirmSignUpRequest, SignUpRequest};
use crate::attributes::Attributes;
use crate::context::{Context, context_setters};
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::pool::UserPool;
use crate::sign_in::{SignInBuilder, SignInRequest};

/// A registration without a password yet; the methods set one or choose to have none.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignUpBuilder {
    pool: UserPool,
    username: String,
}

impl SignUpBuilder {
    pub(crate) fn new(pool: UserPool, username: String) -> Self {
        Self { pool, username }
    }

    /// Sets the password that the user chose.
    pub fn password(self, password: impl Into<Password>) -> SignUp {
        self.with(Some(password.into()))
    }

    /// Registers the user without a password, for sign-in with codes or passkeys.
    pub fn without_password(self) -> SignUp {
        self.with(None)
    }

    fn with(self, password: Option<Password>) -> SignUp {
        let request = SignUpRequest {
            username: self.username,
            password,
            attributes: Attributes::new(),
            validation_data: Attributes::new(),
        };
        SignUp { pool: self.pool, request, context: Context::default() }
    }
}

/// A registration, which is sent when it is awaited (SignUp).
///
/// # Errors
///
/// [`UserExists`](crate::ErrorKind::UserExists) for a name that is taken,
/// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a password that violates the policy,
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for attributes that the pool does not
/// have, [`TriggerFailed`](crate::ErrorKind::TriggerFailed) when a trigger of the pool refuses the
/// user.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SignUp {
    pool: UserPool,
    request: SignUpRequest,
    context: Context,
}

impl SignUp {
    context_setters!(context);

    /// Adds an attribute of the user, such as `email`, or a custom one such as `custom:team`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.attributes.set(name, value.into());
        self
    }

    /// Adds attributes to those that were set before.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.request.attributes.extend(attributes);
        self
    }

    /// Adds a pair that the pre sign-up trigger receives and the service does not store
    /// (ValidationData).
    pub fn validation_data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.validation_data.set(name, value.into());
        self
    }
}

impl IntoFuture for SignUp {
    type Output = Result<SignedUp, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, request, context } = self;
        Box::pin(async move {
            let response = pool.app_client().sign_up(&request, &context).await?;
            Ok(SignedUp {
                pool,
                username: request.username,
                subject: response.subject,
                confirmed: response.confirmed,
                delivery: response.delivery,
                session: response.session,
            })
        })
    }
}

/// A user who was registered.
#[derive(Clone, Debug)]
pub struct SignedUp {
    pool: UserPool,
    username: String,
    subject: String,
    confirmed: bool,
    delivery: Option<CodeDelivery>,
    session: Option<ChallengeSession>,
}

impl SignedUp {
    /// Returns the user's id (`sub`), which never changes.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns whether the user can sign in at once, because a trigger of the pool confirmed them.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Returns the destination of the code that confirms the registration, if one was sent.
    pub fn delivery(&self) -> Option<&CodeDelivery> {
        self.delivery.as_ref()
    }

    /// Returns the Session that allows a sign-in after a confirmation in another process, if the
    /// service sent one; see [`ConfirmSignUp::session`].
    pub fn session(&self) -> Option<&ChallengeSession> {
        self.session.as_ref()
    }

    /// Confirms the registration with the code that the user was sent.
    pub fn confirm(self, code: impl Into<Code>) -> ConfirmSignUp {
        ConfirmSignUp {
            session: self.session,
            ..ConfirmSignUp::new(self.pool, self.username, code)
        }
    }
}

/// A confirmation, which is sent when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ConfirmSignUp {
    pool: UserPool,
    username: String,
    code: Code,
    force_alias_creation: bool,
    session: Option<ChallengeSession>,
    context: Context,
}

impl ConfirmSignUp {
    pub(crate) fn new(pool: UserPool, username: String, code: impl Into<Code>) -> Self {
        Self {
            pool,
            username,
            code: code.into(),
            force_alias_creation: false,
            session: None,
            context: Context::default(),
        }
    }

    context_setters!(context);

    /// Sets the Session of a registration in another process ([`SignedUp::session`]).
    pub fn session(self, session: impl Into<ChallengeSession>) -> Self {
        Self { session: Some(session.into()), ..self }
    }

    /// Moves the alias, such as an e-mail address, from the user who has it to this user.
    pub fn force_alias_creation(self) -> Self {
        Self { force_alias_creation: true, ..self }
    }
}

impl IntoFuture for ConfirmSignUp {
    type Output = Result<ConfirmedSignUp, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, username, code, force_alias_creation, session, context } = self;
        Box::pin(async move {
            let request = ConfirmSignUpRequest { username, code, force_alias_creation, session };
            let session = pool.app_client().confirm_sign_up(&request, &context).await?;
            Ok(ConfirmedSignUp { pool, username: request.username, session })
        })
    }
}

/// A registration that was confirmed.
#[derive(Clone, Debug)]
pub struct ConfirmedSignUp {
    pool: UserPool,
    username: String,
    session: Option<ChallengeSession>,
}

impl ConfirmedSignUp {
    /// Returns a sign-in that does not ask again for factors that the registration has proven.
    ///
    /// Returns `None` if the service sent no Session: the app client must allow `ALLOW_USER_AUTH`.
    pub fn sign_in(self) -> Option<SignInRequest> {
        let builder = SignInBuilder::new(self.pool, None, self.username);
        self.session.map(|session| builder.confirmed(session))
    }
}

/// A request for another code, which is sent when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ResendConfirmationCode {
    pool: UserPool,
    username: String,
    context: Context,
}

impl ResendConfirmationCode {
    pub(crate) fn new(pool: UserPool, username: String) -> Self {
        Self { pool, username, context: Context::default() }
    }

    context_setters!(context);
}

impl IntoFuture for ResendConfirmationCode {
    type Output = Result<Option<CodeDelivery>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, username, context } = self;
        Box::pin(
            async move { pool.app_client().resend_confirmation_code(&username, &context).await },
        )
    }
}
