//! What is asked after the password was proven: a new one, a second factor, or nothing more.

use serde_json::{Map, Value, json};

use super::Output;
use crate::outbox::{Medium, Message, MessageKind};
use crate::service::attributes;
use crate::service::challenge::{Asked, SetUp};
use crate::service::error::ApiError;
use crate::service::pool::MfaConfiguration;
use crate::service::scope::Scope;
use crate::service::user::{Factor, UserStatus};

/// Digits of a code that is sent as a second factor.
const CODE_DIGITS: usize = 6;

impl Scope<'_> {
    /// What follows the right password.
    pub(super) fn password_proven(&mut self, client_id: &str, username: &str) -> Output {
        let now = self.now();
        let user = self.pool.user_mut(username)?;
        match user.status {
            UserStatus::ForceChangePassword if user.password_ends.is_some_and(|end| end <= now) => {
                Err(ApiError::not_authorized(
                    "Temporary password has expired and must be reset by an administrator.",
                ))
            }
            UserStatus::ForceChangePassword => self.ask(client_id, username, Asked::NewPassword),
            UserStatus::Confirmed | UserStatus::Unconfirmed => self.ask_factor(client_id, username),
        }
    }

    /// Asks for a second factor if there must be one, else gives tokens.
    pub(super) fn ask_factor(&mut self, client_id: &str, username: &str) -> Output {
        let factors = self.usable_factors(username)?;
        let preferred = self.pool.user_mut(username)?.factors.preferred();
        let preferred = preferred.filter(|factor| factors.contains(factor));
        match (preferred, &*factors) {
            (Some(factor), _) | (None, &[factor]) => self.ask_for(factor, client_id, username),
            (None, []) if self.pool.settings.mfa_configuration == MfaConfiguration::On => {
                self.ask(client_id, username, Asked::SetUp(SetUp::Open))
            }
            (None, []) => self.sign_in_result(username, client_id),
            (None, _) => self.ask(client_id, username, Asked::SelectFactor(factors)),
        }
    }

    fn usable_factors(&mut self, username: &str) -> Result<Vec<Factor>, ApiError> {
        let settings = self.pool.settings.clone();
        let user = self.pool.user_mut(username)?;
        let enabled = user.factors.enabled();
        // Where a second factor must be, a telephone number is one unless others are set up.
        let phone = settings.mfa_configuration == MfaConfiguration::On
            && enabled.is_empty()
            && user.attributes.contains_key("phone_number");
        let usable = |factor: &Factor| {
            settings.offers(*factor)
                && (enabled.contains(factor) || (phone && *factor == Factor::Sms))
        };
        Ok(Factor::ALL.into_iter().filter(usable).collect())
    }

    pub(super) fn ask_for(&mut self, factor: Factor, client_id: &str, username: &str) -> Output {
        let Some(attribute) = factor.attribute() else {
            return self.ask(client_id, username, Asked::SoftwareToken);
        };
        let code = self.random.digits(CODE_DIGITS);
        let user = self.pool.user_mut(username)?;
        let destination = user.attributes.get(attribute).cloned().unwrap_or_default();
        let medium = if factor == Factor::Sms { Medium::Sms } else { Medium::Email };
        let pool_id = self.pool.id.to_string();
        self.outbox.push(Message {
            pool_id,
            username: username.to_owned(),
            destination,
            medium,
            kind: MessageKind::Authentication,
            code: code.clone(),
        });
        self.ask(client_id, username, Asked::SentCode(factor, code))
    }

    /// Sends a challenge.
    fn ask(&mut self, client_id: &str, username: &str, asked: Asked) -> Output {
        let name = asked.name();
        let mut parameters = self.parameters_of(&asked, username)?;
        parameters.insert("USER_ID_FOR_SRP".to_owned(), username.into());
        let session = self.open_challenge(username, client_id, asked)?;
        Ok(json!({
            "ChallengeName": name,
            "Session": session,
            "ChallengeParameters": parameters,
        }))
    }

    fn parameters_of(
        &mut self,
        asked: &Asked,
        username: &str,
    ) -> Result<Map<String, Value>, ApiError> {
        let settings = self.pool.settings.clone();
        let user = self.pool.user_mut(username)?;
        let parameters = match asked {
            Asked::SoftwareToken => json!({}),
            Asked::SentCode(factor, _) => {
                let attribute = factor.attribute().unwrap_or_default();
                let address = user.attributes.get(attribute).cloned().unwrap_or_default();
                let medium = if *factor == Factor::Sms { Medium::Sms } else { Medium::Email };
                json!({
                    "CODE_DELIVERY_DELIVERY_MEDIUM": medium.as_str(),
                    "CODE_DELIVERY_DESTINATION": attributes::masked(&address),
                })
            }
            Asked::NewPassword => {
                let missing = attributes::missing(&user.attributes, &settings.schema);
                let prefixed = missing.iter().map(|name| format!("userAttributes.{name}"));
                json!({
                    "requiredAttributes": json!(prefixed.collect::<Vec<_>>()).to_string(),
                    "userAttributes": json!(user.attributes).to_string(),
                })
            }
            Asked::SelectFactor(factors) => {
                let names: Vec<_> = factors.iter().map(|factor| factor.challenge_name()).collect();
                json!({ "MFAS_CAN_CHOOSE": json!(names).to_string() })
            }
            Asked::SetUp(_) => json!({ "MFAS_CAN_SETUP": r#"["SOFTWARE_TOKEN_MFA"]"# }),
        };
        match parameters {
            Value::Object(parameters) => Ok(parameters),
            _ => Ok(Map::new()),
        }
    }
}
