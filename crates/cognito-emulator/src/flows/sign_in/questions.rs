//! What is asked after a first factor was proven: a new password, a second factor, a device's
//! password, or nothing more.

use serde_json::{Value, json};

use crate::flows::delivery::{AskedCode, CODE_DIGITS};
use crate::flows::sign_in::challenge::{Asked, Attempt, SetUp};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::attributes::{self, SchemaAttribute};
use crate::state::outbox::MessageKind;
use crate::state::settings::MfaConfiguration;
use crate::state::user::{Factor, User, UserStatus};

impl Step<'_> {
    /// What follows the right password.
    pub(crate) fn password_proven(&mut self, mut attempt: Attempt) -> Output {
        attempt.by_password = true;
        let now = self.now();
        let user = self.pool.user_mut(&attempt.username)?;
        match user.status {
            UserStatus::ForceChangePassword if user.password_ends.is_some_and(|end| end <= now) => {
                Err(ServiceError::not_authorized(
                    "Temporary password has expired and must be reset by an administrator.",
                ))
            }
            UserStatus::ForceChangePassword => self.ask(attempt, Asked::NewPassword),
            UserStatus::ResetRequired => Err(ServiceError::reset_required()),
            UserStatus::Confirmed | UserStatus::Unconfirmed | UserStatus::ExternalProvider => {
                self.ask_factor(attempt)
            }
        }
    }

    /// Asks for a second factor if there must be one, and goes on if not.
    ///
    /// Where the pool has it so, a remembered device stands for the second factor.
    pub(crate) fn ask_factor(&mut self, attempt: Attempt) -> Output {
        let devices = self.pool.settings.device_configuration.unwrap_or_default();
        let remembered = self.pool.unproven_device(&attempt)?.is_some();
        if remembered && devices.challenge_required_on_new_device {
            return self.ask(attempt, Asked::DeviceSrp);
        }
        let factors = self.usable_factors(&attempt.username)?;
        let preferred = self.pool.user_mut(&attempt.username)?.factors.preferred();
        let preferred = preferred.filter(|factor| factors.contains(factor));
        match (preferred, &*factors) {
            (Some(factor), _) | (None, &[factor]) => self.ask_for(factor, attempt),
            (None, []) if self.pool.settings.mfa_configuration == MfaConfiguration::On => {
                self.ask(attempt, Asked::SetUp(SetUp::Open))
            }
            (None, []) => self.finish(attempt),
            (None, _) => self.ask(attempt, Asked::SelectFactor(factors)),
        }
    }

    /// What follows the last factor: the proof of a remembered device, what triggers decide, and
    /// the tokens.
    pub(crate) fn finish(&mut self, attempt: Attempt) -> Output {
        match self.pool.unproven_device(&attempt)?.is_some() {
            true => self.ask(attempt, Asked::DeviceSrp),
            false if attempt.custom.is_some() => self.next_custom(attempt),
            false => self.sign_in_result(attempt),
        }
    }

    pub(crate) fn usable_factors(&self, username: &str) -> Result<Vec<Factor>, ServiceError> {
        let settings = &self.pool.settings;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let enabled = user.factors.enabled();
        // Where MFA is required, a user who has switched on no factor has those that are ready: an
        // app that was verified (moto#8049), and a telephone number.
        let by_default = settings.mfa_configuration == MfaConfiguration::On && enabled.is_empty();
        let ready = |factor: &Factor| match factor {
            Factor::SoftwareToken => user.software_token.is_some(),
            Factor::Sms => user.attributes().contains_key("phone_number"),
            Factor::Email => false,
        };
        let usable = |factor: &Factor| {
            settings.offers(*factor) && (enabled.contains(factor) || (by_default && ready(factor)))
        };
        Ok(Factor::ALL.into_iter().filter(usable).collect())
    }

    pub(crate) fn ask_for(&mut self, factor: Factor, attempt: Attempt) -> Output {
        let Some(attribute) = factor.attribute() else {
            return self.ask(attempt, Asked::SoftwareToken);
        };
        let code = self.random.digits(CODE_DIGITS);
        let address = self.pool.user_mut(&attempt.username)?.address(attribute);
        if let Some(address) = &address {
            self.send(&attempt.username, address, MessageKind::Authentication, code.clone());
        }
        self.ask(attempt, Asked::SentCode(factor, AskedCode { code, address }))
    }

    /// Sends a challenge.
    pub(crate) fn ask(&mut self, attempt: Attempt, asked: Asked) -> Output {
        let mut answer = json!({
            "ChallengeName": asked.name(),
            "ChallengeParameters": self.parameters_of(&asked, &attempt),
        });
        let device = attempt.device_key.clone().filter(|_| matches!(asked, Asked::DeviceSrp));
        let username = attempt.username.clone();
        let available = match &asked {
            Asked::SelectFirst(factors) => {
                Some(factors.iter().map(|factor| factor.challenge_name()).collect())
            }
            _ => None::<Value>,
        };
        let session = self.open_challenge(attempt, asked)?;
        if let Some(key) = device {
            self.pool.user_mut(&username)?.device_mut(&key)?.session = Some(session.clone());
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("Session".to_owned(), session.into());
            answer.extend(available.map(|list| ("AvailableChallenges".to_owned(), list)));
        }
        Ok(answer)
    }

    fn parameters_of(&self, asked: &Asked, attempt: &Attempt) -> Value {
        let username = &attempt.username;
        let user = self.pool.users.get(username);
        let mut parameters = match asked {
            Asked::OneTimeCode(_, code) | Asked::SentCode(_, code) => code_parameters(code),
            Asked::NewPassword => new_password_parameters(user, &self.pool.settings.schema),
            Asked::SelectFactor(factors) => {
                let names: Vec<_> = factors.iter().map(|factor| factor.challenge_name()).collect();
                json!({ "MFAS_CAN_CHOOSE": json!(names).to_string() })
            }
            Asked::SetUp(_) => {
                let offered = Factor::ALL.into_iter();
                let offered = offered.filter(|factor| self.pool.settings.offers(*factor));
                let names: Vec<_> = offered.map(Factor::challenge_name).collect();
                json!({ "MFAS_CAN_SETUP": json!(names).to_string() })
            }
            Asked::Passkey(challenge) => {
                let options = self.request_options(username, challenge).to_string();
                json!({ "CREDENTIAL_REQUEST_OPTIONS": options })
            }
            Asked::Custom(challenge) => json!(challenge.public),
            Asked::DeviceSrp => json!({ "DEVICE_KEY": attempt.device_key }),
            _ => json!({}),
        };
        if let Some(parameters) = parameters.as_object_mut() {
            let second_factor = matches!(
                asked,
                Asked::SoftwareToken
                    | Asked::SentCode(..)
                    | Asked::NewPassword
                    | Asked::SelectFactor(_)
                    | Asked::SetUp(_)
            );
            let name = if second_factor { "USER_ID_FOR_SRP" } else { "USERNAME" };
            parameters.insert(name.to_owned(), username.as_str().into());
        }
        parameters
    }
}

fn code_parameters(code: &AskedCode) -> Value {
    code.address.as_ref().map_or_else(
        || json!({}),
        |address| {
            json!({
                "CODE_DELIVERY_DELIVERY_MEDIUM": address.medium().as_str(),
                "CODE_DELIVERY_DESTINATION": address.masked(),
            })
        },
    )
}

/// The attributes that a user must still give, and those that are there.
fn new_password_parameters(user: Option<&User>, schema: &[SchemaAttribute]) -> Value {
    let present = user.map(|user| user.attributes().clone()).unwrap_or_default();
    let missing = attributes::missing(&present, schema);
    let prefixed = missing.iter().map(|name| format!("userAttributes.{name}"));
    json!({
        "requiredAttributes": json!(prefixed.collect::<Vec<_>>()).to_string(),
        "userAttributes": json!(present).to_string(),
    })
}
