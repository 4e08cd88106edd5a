//! The start of a sign-in: the user name and the first factor.

pub(crate) mod attempt;
pub(crate) mod machine;
pub(crate) mod wire;

use cognito_types::{BoxFuture, ChallengeSession, Password, SerializedSecret};

use self::attempt::Attempt;
use self::machine::{Machine, Start};
use self::wire::Parameters;
use crate::admin_access::AdminAccess;
use crate::challenge::SignIn;
use crate::context::{Context, context_setters};
use crate::device::DeviceCredentials;
use crate::error::ErrorKind;
use crate::pool::UserPool;
use crate::session::SessionError;

/// The first factor of a choice-based sign-in (USER_AUTH).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FirstFactor {
    /// A password that is proven over SRP and not sent (PASSWORD_SRP).
    Password(Password),
    /// A password that is sent to the service (PASSWORD).
    PasswordOverTheWire(Password),
    /// A code by e-mail (EMAIL_OTP).
    EmailOtp,
    /// A code by text message (SMS_OTP).
    SmsOtp,
    /// A passkey (WEB_AUTHN).
    Passkey,
}

/// A sign-in whose flow is not chosen yet; the methods choose it.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignInBuilder {
    pool: UserPool,
    admin: Option<AdminAccess>,
    username: String,
}

impl SignInBuilder {
    pub(crate) fn new(pool: UserPool, admin: Option<AdminAccess>, username: String) -> Self {
        Self { pool, admin, username }
    }

    /// Proves the password over SRP, without sending it (USER_SRP_AUTH).
    pub fn password(self, password: impl Into<Password>) -> SignInRequest {
        self.srp("USER_SRP_AUTH", &[], password.into())
    }

    /// Sends the password to the service (USER_PASSWORD_AUTH, for administrators
    /// ADMIN_USER_PASSWORD_AUTH), as the user migration trigger requires.
    ///
    /// # Security
    ///
    /// The password leaves the program; [`password`](Self::password) proves it without sending it.
    pub fn password_over_the_wire(self, password: impl Into<Password>) -> SignInRequest {
        let flow = match &self.admin {
            None => "USER_PASSWORD_AUTH",
            Some(admin) => admin.password_flow(),
        };
        let password: Password = password.into();
        self.plain(flow, Parameters::default().with("PASSWORD", password.expose_secret()))
    }

    /// Lets the pool's triggers define the challenges (CUSTOM_AUTH).
    pub fn custom(self) -> SignInRequest {
        self.plain("CUSTOM_AUTH", Parameters::default())
    }

    /// Proves the password over SRP, then lets the pool's triggers define the challenges
    /// (CUSTOM_AUTH).
    pub fn custom_after_password(self, password: impl Into<Password>) -> SignInRequest {
        self.srp("CUSTOM_AUTH", &[("CHALLENGE_NAME", "SRP_A")], password.into())
    }

    /// Starts with the given factor (USER_AUTH); the service offers other factors if the user does
    /// not have it.
    pub fn first_factor(self, factor: FirstFactor) -> SignInRequest {
        const FLOW: &str = "USER_AUTH";
        let prefer = |name: &str| Parameters::default().with("PREFERRED_CHALLENGE", name);
        match factor {
            FirstFactor::Password(password) => {
                self.srp(FLOW, &[("PREFERRED_CHALLENGE", "PASSWORD_SRP")], password)
            }
            FirstFactor::PasswordOverTheWire(password) => {
                self.plain(FLOW, prefer("PASSWORD").with("PASSWORD", password.expose_secret()))
            }
            FirstFactor::EmailOtp => self.plain(FLOW, prefer("EMAIL_OTP")),
            FirstFactor::SmsOtp => self.plain(FLOW, prefer("SMS_OTP")),
            FirstFactor::Passkey => self.plain(FLOW, prefer("WEB_AUTHN")),
        }
    }

    /// Requests the factors that the user can start with (USER_AUTH).
    pub fn choose_first_factor(self) -> SignInRequest {
        self.plain("USER_AUTH", Parameters::default())
    }

    /// Continues from a registration that was just confirmed.
    pub(crate) fn confirmed(self, session: ChallengeSession) -> SignInRequest {
        SignInRequest { session: Some(session), ..self.choose_first_factor() }
    }

    fn srp(
        self,
        flow: &'static str,
        with: &'static [(&'static str, &'static str)],
        password: Password,
    ) -> SignInRequest {
        self.request(Start::Srp { flow, with, password })
    }

    fn plain(self, flow: &'static str, parameters: Parameters) -> SignInRequest {
        self.request(Start::Plain { flow, parameters })
    }

    fn request(self, start: Start) -> SignInRequest {
        let Self { pool, admin, username } = self;
        let context = Context::default();
        let attempt = Attempt {
            pool,
            admin,
            typed: username,
            store_as: None,
            store_device_as: None,
            context,
            device: None,
            seeks_device: true,
            known_as: None,
        };
        SignInRequest { attempt, start, session: None }
    }
}

/// A sign-in, which is sent when it is awaited (InitiateAuth, or AdminInitiateAuth).
///
/// Challenges that need no user, SRP and the device challenges, are responded to automatically. A
/// device that the service has forgotten is dropped, and the sign-in is retried without it.
///
/// # Errors
///
/// [`BadCredentials`](ErrorKind::BadCredentials), or [`UserNotFound`](ErrorKind::UserNotFound) if
/// the app client reveals it; [`UserNotConfirmed`](ErrorKind::UserNotConfirmed),
/// [`UserDisabled`](ErrorKind::UserDisabled) and
/// [`PasswordResetRequired`](ErrorKind::PasswordResetRequired) for users who cannot sign in;
/// [`FlowNotEnabled`](ErrorKind::FlowNotEnabled) if the app client does not allow the flow;
/// [`KeysUnavailable`](ErrorKind::KeysUnavailable) or [`Store`](ErrorKind::Store), with the
/// session, if its tokens cannot be verified or stored yet.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SignInRequest {
    attempt: Attempt,
    start: Start,
    session: Option<ChallengeSession>,
}

impl SignInRequest {
    context_setters!(attempt.context);

    /// Sets the name under which the pool's store keeps the session. The default is 128 random
    /// bits.
    ///
    /// A fixed name, such as the user name, suits programs with one session per user. It replaces a
    /// session of the same name in the store. The user's device is stored under the name too, unless
    /// [`store_device_as`](Self::store_device_as) sets another one.
    pub fn store_as(mut self, name: impl Into<String>) -> Self {
        self.attempt.store_as = Some(name.into().into());
        self
    }

    /// Sets the name under which the pool's store keeps the user's device for later sign-ins with
    /// the same name. The session keeps its own name.
    ///
    /// Web servers, whose sessions have random names, use the value of a persistent cookie of the
    /// browser. Without this name and [`store_as`](Self::store_as), or with an
    /// empty one, the sign-in uses no device of the store, and keeps its device only in the
    /// session.
    ///
    /// # Security
    ///
    /// A remembered device replaces the second factor of the user in all sign-ins with the name.
    /// The value must be random, created by the server, different in each browser, and as secret as
    /// a session cookie.
    pub fn store_device_as(mut self, name: impl AsRef<str>) -> Self {
        self.attempt.store_device_as = Some(SerializedSecret::from(name.as_ref()));
        self
    }

    /// Sets the device to sign in with, in place of one in the pool's store.
    pub fn device(mut self, device: DeviceCredentials) -> Self {
        self.attempt.device = Some(device);
        self
    }

    async fn sign_in(mut self) -> Result<SignIn, SessionError> {
        self.attempt.find_device().await;
        match self.start_sign_in().await {
            Err(error) if error.kind() == ErrorKind::DeviceForgotten => {
                self.attempt.drop_device().await?;
                self.start_sign_in().await
            }
            outcome => outcome,
        }
    }

    async fn start_sign_in(&mut self) -> Result<SignIn, SessionError> {
        let timestamp = self.attempt.pool.timestamp()?;
        let attempt = &mut self.attempt;
        let inputs = attempt.inputs(&timestamp);
        let (start, session) = (self.start.clone(), self.session.clone());
        let (machine, request) = Machine::start(&attempt.typed, start, session, &inputs)?;
        let first = attempt.exchange(machine, &request).await?;
        let outcome = attempt.run(first).await?;
        Ok(SignIn::new(attempt, outcome))
    }
}

impl IntoFuture for SignInRequest {
    type Output = Result<SignIn, SessionError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.sign_in())
    }
}
