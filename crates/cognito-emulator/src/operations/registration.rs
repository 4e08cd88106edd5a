//! Sign-up by users themselves.

use crate::flows::step::Step;
use crate::operations::subject::check_secret_hash;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::flows::alias::TakenAlias;
use crate::flows::auth_event::EventKind;
use crate::flows::delivery::{ATTRIBUTES, Address, SentCode, simulated_details, wrong_code};
use crate::flows::sign_in::challenge::{Asked, Attempt};
use crate::flows::triggers::{self, Confirmation, PostConfirmation, PreSignUp, SignUpDecision};
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::operations::Output;
use crate::operations::subject::ClientUserRequest;
use crate::state::attributes::{self, Attribute, Attributes, Writer};
use crate::state::client::Flow;
use crate::state::limits::Limited;
use crate::state::outbox::MessageKind;
use crate::state::settings::PoolSettings;
use crate::state::user::{User, UserStatus};

/// Seconds for which a code confirms a sign-up.
const CODE_SECONDS: u64 = 24 * 3600;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignUpRequest {
    #[serde(flatten)]
    user: ClientUserRequest,
    password: Option<String>,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    #[serde(default)]
    validation_data: Vec<Attribute>,
    #[serde(default)]
    client_metadata: Attributes,
}

pub(super) fn sign_up(step: &mut Step<'_>, request: SignUpRequest) -> Output {
    check_secret_hash(step, &request.user)?;
    let ClientUserRequest { client_id, username: given_name, .. } = request.user;
    let client = step.pool.client(&client_id)?;
    if step.pool.settings.only_admins_create_users() {
        return Err(ServiceError::not_authorized("SignUp is not permitted for this user pool"));
    }
    let password = step.pool.settings.password_of_sign_up(request.password)?;

    let schema = &step.pool.settings.schema;
    let attributes = attributes::read_new(request.user_attributes, schema, Writer::User)?;
    client.check_writes(attributes.keys())?;
    step.pool.check_preferred_name_allowed(&attributes)?;
    let (username, attributes) =
        step.name_new_user(&given_name, attributes, "User already exists")?;
    attributes::check_required(&attributes, &step.pool.settings.schema)?;
    if let Some(password) = &password {
        step.pool.settings.password_policy().check(password)?;
    }
    let mut event = triggers::SignUpRequest {
        username,
        client_id: client_id.clone(),
        by_administrator: false,
        attributes,
        validation_data: attributes::unchecked(request.validation_data),
        client_metadata: request.client_metadata,
    };
    let confirmed = step.pre_sign_up(&mut event)?.confirm;
    step.register(&client_id, event, password.as_deref(), confirmed)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmSignUpRequest {
    #[serde(flatten)]
    user: ClientUserRequest,
    confirmation_code: String,
    #[serde(default)]
    force_alias_creation: bool,
    session: Option<String>,
}

pub(super) fn confirm_sign_up(step: &mut Step<'_>, request: ConfirmSignUpRequest) -> Output {
    check_secret_hash(step, &request.user)?;
    let ClientUserRequest { client_id, username: given_name, .. } = request.user;
    let client = step.pool.client(&client_id)?;
    let (hides_users, now) = (client.settings.hides_users(), step.since_epoch());
    let username = step.pool.known_or_flattened(&given_name);
    if step.pool.users.get(&username).is_none() {
        if !hides_users {
            return Err(ServiceError::unknown_to_client());
        }
        step.pool.hourly_limits.take(Limited::ConfirmSignUp, &username, now)?;
        return Err(wrong_code());
    }
    if let Some(session) = &request.session {
        step.take_session_of_sign_up(session, &username)?;
    }
    step.confirm(&username, &request.confirmation_code, request.force_alias_creation)?;
    step.tell_of_confirmation(&username, false);
    let session = step.session_of_sign_up(&username, &client_id, Asked::SignedUp)?;
    Ok(Value::Object(session.into_iter().collect()))
}

pub(super) fn resend_confirmation_code(step: &mut Step<'_>, request: ClientUserRequest) -> Output {
    check_secret_hash(step, &request)?;
    let ClientUserRequest { client_id, username: given_name, .. } = request;
    let client = step.pool.client(&client_id)?;
    let now = step.since_epoch();
    let hides_users = client.settings.hides_users();
    let username = step.pool.known_or_flattened(&given_name);
    let user = step.pool.users.get(&username);
    if hides_users && user.is_none_or(|user| !user.enabled) {
        // The developer guide hides disabled users here as well.
        step.pool.hourly_limits.take(Limited::ResendCode, &username, now)?;
        return Ok(json!({ "CodeDeliveryDetails": simulated_details(&username) }));
    }
    if user.is_none() {
        return Err(ServiceError::unknown_to_client());
    }
    if step.pool.user_mut(&username)?.status != UserStatus::Unconfirmed {
        return Err(ServiceError::invalid_parameter("User is already confirmed."));
    }
    step.pool.hourly_limits.take(Limited::ResendCode, &username, now)?;
    step.record(&username, EventKind::ResendCode);
    let delivery = step.send_confirmation(&username, MessageKind::ResendCode)?;
    let delivery = delivery.ok_or_else(|| {
        const MESSAGE: &str = "Cannot resend codes. Auto verification not turned on.";
        ServiceError::not_authorized(MESSAGE)
    })?;
    Ok(json!({ "CodeDeliveryDetails": delivery }))
}

impl Step<'_> {
    /// Keeps a new user, and sends a code to one who is not confirmed already.
    fn register(
        &mut self,
        client_id: &str,
        event: triggers::SignUpRequest,
        password: Option<&str>,
        confirmed: bool,
    ) -> Output {
        let triggers::SignUpRequest { username, attributes, .. } = event;
        let status = if confirmed { UserStatus::Confirmed } else { UserStatus::Unconfirmed };
        let user = self.new_user(username.clone(), attributes, password, status)?;
        let mut output = json!({ "UserConfirmed": confirmed, "UserSub": user.sub });
        // Only the trigger verifies addresses here, and then the alias moves.
        self.add_user(user, TakenAlias::Move)?;
        self.record(&username, EventKind::SignUp);
        if confirmed {
            self.tell_of_confirmation(&username, false);
        }
        let delivery = match confirmed {
            true => None,
            false => self.send_confirmation(&username, MessageKind::SignUp)?,
        };
        let step = if confirmed { Asked::SignedUp } else { Asked::SignUp };
        if let Some(output) = output.as_object_mut() {
            output.extend(delivery.map(|details| ("CodeDeliveryDetails".to_owned(), details)));
            output.extend(self.session_of_sign_up(&username, client_id, step)?);
        }
        Ok(output)
    }

    /// Calls PreSignUp, which may refuse a new user, confirm the user and verify addresses.
    ///
    /// Where an administrator creates the user, only the refusal counts: the developer guide.
    pub(crate) fn pre_sign_up(
        &self,
        event: &mut triggers::SignUpRequest,
    ) -> Result<SignUpDecision, ServiceError> {
        let decision = self.ask_trigger::<PreSignUp>(event)?.unwrap_or_default();
        if event.by_administrator {
            return Ok(SignUpDecision::default());
        }
        let verified =
            [("email", decision.verify_email), ("phone_number", decision.verify_phone_number)];
        for (attribute, _) in verified.into_iter().filter(|(_, verified)| *verified) {
            if !event.attributes.contains_key(attribute) {
                // The guide says that this fails; the words are not known.
                return Err(ServiceError::invalid_lambda_response(format!(
                    "The user has no {attribute} that can be verified."
                )));
            }
            event.attributes.insert(format!("{attribute}_verified"), "true".to_owned());
        }
        Ok(decision)
    }

    /// Tells the trigger of a sign-up that was confirmed, or a forgotten password that was replaced.
    pub(crate) fn tell_of_confirmation(&mut self, username: &str, forgot_password: bool) {
        let event = Confirmation {
            username: username.to_owned(),
            client_id: self.caller.client_id(),
            forgot_password,
            attributes: self.attributes_for_triggers(username),
            client_metadata: self.caller.client_metadata(),
        };
        self.ask_afterwards::<PostConfirmation>(event);
    }

    /// The name under which a new user is kept, and the attributes that follow from the name;
    /// `taken` says that another user has it.
    pub(crate) fn name_new_user(
        &mut self,
        given_name: &str,
        mut attributes: Attributes,
        taken: &'static str,
    ) -> Result<(String, Attributes), ServiceError> {
        if let Some(attribute) = self.pool.naming_attribute(given_name)? {
            attributes.insert(attribute.to_owned(), given_name.to_owned());
            self.pool.check_free(&attributes)?;
            return Ok((self.random.uuid(), attributes));
        }
        self.pool.check_no_address(given_name)?;
        if self.pool.username_for(given_name).is_some() {
            return Err(ServiceError::username_exists(taken));
        }
        Ok((self.pool.users.flattened(given_name), attributes))
    }

    /// A user with that password. One who is kept under a UUID has it as `sub` too.
    pub(crate) fn new_user(
        &mut self,
        username: String,
        attributes: Attributes,
        password: Option<&str>,
        status: UserStatus,
    ) -> Result<User, ServiceError> {
        let named = self.pool.settings.named_by_attributes();
        let sub = if named { username.clone() } else { self.random.uuid() };
        let verifier = password.map(|password| self.verifier_of(&username, password));
        Ok(User::new([username, sub], status, attributes, verifier.transpose()?, self.date()))
    }

    /// Makes a code that confirms the user, and says where it went if the pool sends such codes.
    ///
    /// A pool that verifies nothing sends none. The outbox has one nevertheless, so that its users
    /// can be confirmed without an administrator.
    fn send_confirmation(
        &mut self,
        username: &str,
        kind: MessageKind,
    ) -> Result<Option<Value>, ServiceError> {
        let Some(address) = self.confirmation_address(username)? else {
            return Ok(None);
        };
        let sent = self.send_code(username, &address, kind, CODE_SECONDS);
        self.pool.user_mut(username)?.confirmation = Some(sent);
        let verified = self.pool.settings.verifies(address.attribute);
        Ok(verified.then(|| address.details()))
    }

    /// Where the code of a sign-up goes: to what the pool verifies, a telephone number first.
    fn confirmation_address(&self, username: &str) -> Result<Option<Address>, ServiceError> {
        let settings = &self.pool.settings;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut attributes = ATTRIBUTES;
        attributes.sort_by_key(|attribute| {
            let second = *attribute == "email" && settings.verifies("phone_number");
            (!settings.verifies(attribute), second)
        });
        Ok(attributes.into_iter().find_map(|attribute| user.address(attribute)))
    }

    /// Takes the code of a sign-up.
    fn confirm(&mut self, username: &str, code: &str, force: bool) -> Result<(), ServiceError> {
        let (now, moment) = (self.now(), self.since_epoch());
        let pool = &mut *self.pool;
        let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        user.check_unconfirmed()?;
        pool.hourly_limits.check(Limited::ConfirmSignUp, username, moment)?;
        let address = match SentCode::check(user.confirmation.as_ref(), code, now) {
            Ok(address) => address.clone(),
            Err(refused) => {
                pool.hourly_limits.count(Limited::ConfirmSignUp, username, moment);
                return Err(refused);
            }
        };
        if pool.settings.verifies(address.attribute) {
            self.verify_address(username, &address, TakenAlias::forced(force))?;
        }
        let user = self.pool.user_mut(username)?;
        (user.status, user.confirmation) = (UserStatus::Confirmed, None);
        Ok(())
    }

    /// The member Session, by which a sign-up goes over into a sign-in by USER_AUTH.
    fn session_of_sign_up(
        &mut self,
        username: &str,
        client_id: &str,
        step: Asked,
    ) -> Result<Option<(String, Value)>, ServiceError> {
        if !self.pool.client(client_id)?.settings.allows(Flow::Choice) {
            return Ok(None);
        }
        let session = self.open_challenge(Attempt::new(username, client_id, None), step)?;
        Ok(Some(("Session".to_owned(), session.into())))
    }

    fn take_session_of_sign_up(
        &mut self,
        session: &str,
        username: &str,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let challenge = self.pool.open_challenge_mut(session, now)?;
        match matches!(challenge.asked, Asked::SignUp) && challenge.attempt.username == username {
            true => Ok(()),
            false => Err(ServiceError::not_authorized("Invalid session for the user.")),
        }
    }
}

impl User {
    /// Refuses to confirm a user who need not be.
    pub(crate) fn check_unconfirmed(&self) -> Result<(), ServiceError> {
        match self.status {
            UserStatus::Unconfirmed => Ok(()),
            status => Err(ServiceError::not_authorized(format!(
                "User cannot be confirmed. Current status is {}",
                status.as_str()
            ))),
        }
    }
}

impl PoolSettings {
    /// The password of a sign-up, which only a pool with other first factors can do without.
    fn password_of_sign_up(&self, given: Option<String>) -> Result<Option<String>, ServiceError> {
        if !self.allows_passwordless() {
            model::check_text("Password", &shapes::PASSWORD_TYPE, given.as_deref())?;
        }
        Ok(given.filter(|password| !password.is_empty()))
    }
}
