//! Sign-up by users themselves.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Output;
use crate::outbox::{Medium, Message, MessageKind};
use crate::service::Service;
use crate::service::attributes::{self, Attribute, Attributes, Writer};
use crate::service::constraint::{CLIENT_ID, CONFIRMATION_CODE, PASSWORD, USERNAME};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::service::user::{SentCode, User, UserStatus};

/// Seconds for which a code confirms a sign-up.
const CODE_SECONDS: u64 = 24 * 3600;

/// Digits of a code that confirms a sign-up.
const CODE_DIGITS: usize = 6;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignUpInput {
    client_id: Option<String>,
    secret_hash: Option<String>,
    username: Option<String>,
    password: Option<String>,
    user_attributes: Option<Vec<Attribute>>,
}

pub(super) fn sign_up(service: &mut Service, input: SignUpInput) -> Output {
    let client_id = CLIENT_ID.required(input.client_id)?;
    let given_name = USERNAME.required(input.username)?;
    let password = PASSWORD.required(input.password)?;
    let mut scope = service.pool_of_client(&client_id)?;
    let client = scope.pool.client(&client_id)?;
    client.check_secret_hash(input.secret_hash.as_deref(), &given_name)?;

    let schema = &scope.pool.settings.schema;
    let attributes = attributes::read(input.user_attributes, schema, Writer::User)?;
    let (username, attributes) = scope.name_new_user(&given_name, attributes)?;
    attributes::check_required(&attributes, &scope.pool.settings.schema)?;
    scope.pool.settings.password_policy().check(&password)?;

    let user = scope.new_user(username, attributes, &password, UserStatus::Unconfirmed)?;
    let mut output = json!({ "UserConfirmed": false, "UserSub": user.sub });
    let username = user.username.clone();
    scope.pool.users.insert(username.clone(), user);
    let delivery = scope.send_confirmation(&username, MessageKind::SignUp)?;
    if let (Some(output), Some(delivery)) = (output.as_object_mut(), delivery) {
        output.insert("CodeDeliveryDetails".to_owned(), delivery);
    }
    Ok(output)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmSignUpInput {
    client_id: Option<String>,
    secret_hash: Option<String>,
    username: Option<String>,
    confirmation_code: Option<String>,
}

pub(super) fn confirm_sign_up(service: &mut Service, input: ConfirmSignUpInput) -> Output {
    let client_id = CLIENT_ID.required(input.client_id)?;
    let given_name = USERNAME.required(input.username)?;
    let code = CONFIRMATION_CODE.required(input.confirmation_code)?;
    let scope = service.pool_of_client(&client_id)?;
    let client = scope.pool.client(&client_id)?;
    client.check_secret_hash(input.secret_hash.as_deref(), &given_name)?;
    let now = scope.now();
    let Some(username) = scope.pool.username_for(&given_name).map(str::to_owned) else {
        return Err(match client.settings.hides_users() {
            true => wrong_code(),
            false => ApiError::user_not_found("Username/client id combination not found."),
        });
    };
    let verifies = scope.pool.settings.clone();
    let user = scope.pool.user_mut(&username)?;
    if user.status != UserStatus::Unconfirmed {
        let status = user.status.as_str();
        return Err(ApiError::not_authorized(format!(
            "User cannot be confirmed. Current status is {status}"
        )));
    }
    let sent = user.confirmation.take_if(|sent| sent.ends > now && sent.code == code);
    let attribute = match (sent, &user.confirmation) {
        (Some(sent), _) => sent.attribute,
        (None, Some(sent)) if sent.ends > now => return Err(wrong_code()),
        (None, _) => {
            const MESSAGE: &str = "Invalid code provided, please request a code again.";
            return Err(ApiError::expired_code(MESSAGE));
        }
    };
    user.status = UserStatus::Confirmed;
    if verifies.verifies(attribute) {
        user.attributes.insert(format!("{attribute}_verified"), "true".to_owned());
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResendInput {
    client_id: Option<String>,
    secret_hash: Option<String>,
    username: Option<String>,
}

pub(super) fn resend_confirmation_code(service: &mut Service, input: ResendInput) -> Output {
    let client_id = CLIENT_ID.required(input.client_id)?;
    let given_name = USERNAME.required(input.username)?;
    let mut scope = service.pool_of_client(&client_id)?;
    let client = scope.pool.client(&client_id)?;
    client.check_secret_hash(input.secret_hash.as_deref(), &given_name)?;
    let Some(username) = scope.pool.username_for(&given_name).map(str::to_owned) else {
        return match client.settings.hides_users() {
            true => Ok(json!({ "CodeDeliveryDetails": simulated_delivery(&given_name) })),
            false => Err(ApiError::user_not_found("Username/client id combination not found.")),
        };
    };
    if scope.pool.user_mut(&username)?.status != UserStatus::Unconfirmed {
        return Err(ApiError::invalid_parameter("User is already confirmed."));
    }
    let delivery = scope.send_confirmation(&username, MessageKind::ResendCode)?;
    let delivery = delivery.ok_or_else(|| {
        const MESSAGE: &str = "Cannot resend codes. Auto verification not turned on.";
        ApiError::not_authorized(MESSAGE)
    })?;
    Ok(json!({ "CodeDeliveryDetails": delivery }))
}

impl Scope<'_> {
    /// The name under which a new user is kept, and the attributes that follow from the name.
    pub(super) fn name_new_user(
        &mut self,
        given_name: &str,
        mut attributes: Attributes,
    ) -> Result<(String, Attributes), ApiError> {
        if let Some(attribute) = self.pool.naming_attribute(given_name)? {
            attributes.insert(attribute.to_owned(), given_name.to_owned());
            self.pool.check_free(&attributes, attribute)?;
            return Ok((self.random.uuid(), attributes));
        }
        if self.pool.settings.aliased_by("email") && given_name.contains('@') {
            return Err(ApiError::invalid_parameter(
                "Username cannot be of email format, since user pool is configured for email alias.",
            ));
        }
        if self.pool.username_for(given_name).is_some() {
            return Err(ApiError::username_exists("User already exists"));
        }
        Ok((given_name.to_owned(), attributes))
    }

    /// A user with that password. One who is kept under a UUID has it as `sub` too.
    pub(super) fn new_user(
        &mut self,
        username: String,
        attributes: Attributes,
        password: &str,
        status: UserStatus,
    ) -> Result<User, ApiError> {
        let named = self.pool.settings.named_by_attributes();
        let sub = if named { username.clone() } else { self.random.uuid() };
        let password = self.verifier_of(&username, password)?;
        let date = self.date();
        Ok(User {
            username,
            sub,
            status,
            enabled: true,
            attributes,
            password,
            password_ends: None,
            confirmation: None,
            software_token: None,
            associated_token: None,
            factors: Default::default(),
            created: date,
            modified: date,
        })
    }

    /// Makes a code that confirms the user, and says where it went if the pool sends such codes.
    ///
    /// A pool that verifies nothing sends none. The outbox has one nevertheless, so that its users
    /// can be confirmed without an administrator.
    fn send_confirmation(
        &mut self,
        username: &str,
        kind: MessageKind,
    ) -> Result<Option<Value>, ApiError> {
        let code = self.random.digits(CODE_DIGITS);
        let ends = self.now().saturating_add(CODE_SECONDS);
        let (settings, pool_id) = (&self.pool.settings, self.pool.id.to_string());
        let verified = |attribute: &&str| settings.verifies(attribute);
        let user = self.pool.users.get(username).ok_or_else(ApiError::user_unknown)?;
        let mut candidates = [("email", Medium::Email), ("phone_number", Medium::Sms)];
        // A telephone number goes first where both are verified.
        candidates.sort_by_key(|(attribute, _)| {
            (!verified(attribute), *attribute == "email" && settings.verifies("phone_number"))
        });
        let found = candidates.into_iter().find_map(|(attribute, medium)| {
            user.attributes.get(attribute).map(|to| (attribute, medium, to.clone()))
        });
        let Some((attribute, medium, destination)) = found else {
            return Ok(None);
        };
        let delivery = settings.verifies(attribute).then(|| {
            json!({
                "AttributeName": attribute,
                "DeliveryMedium": medium.as_str(),
                "Destination": attributes::masked(&destination),
            })
        });
        let message = Message {
            pool_id,
            username: username.to_owned(),
            destination,
            medium,
            kind,
            code: code.clone(),
        };
        self.outbox.push(message);
        let confirmation = SentCode { code, ends, attribute };
        self.pool.user_mut(username)?.confirmation = Some(confirmation);
        Ok(delivery)
    }
}

fn wrong_code() -> ApiError {
    ApiError::code_mismatch("Invalid verification code provided, please try again.")
}

/// What is said of a user who does not exist, the same at every call.
fn simulated_delivery(username: &str) -> Value {
    json!({
        "AttributeName": "email",
        "DeliveryMedium": "EMAIL",
        "Destination": attributes::masked(&format!("{username}@example.com")),
    })
}
