//! A user pool: its settings, app clients and users.

use std::collections::BTreeMap;

use cognito_tokens::UserPoolId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::attributes::{ALIASES, Attributes, SchemaAttribute};
use super::challenge::Challenge;
use super::client::Client;
use super::delivery::Address;
use super::error::ApiError;
use super::expiring::Expiring;
use super::limits::{Attempts, Lockouts};
use super::passkey::Registration;
use super::password_policy::PasswordPolicy;
use super::sign_in_record::SignInRecords;
use super::srp::Exchange;
use super::user::{Factor, FirstFactor, User, Users};
use super::webauthn::RelyingParty;
use crate::keys::PoolKeys;
use crate::triggers::Triggers;

/// A user pool.
pub(crate) struct Pool {
    pub(crate) id: UserPoolId,
    pub(crate) settings: PoolSettings,
    pub(crate) clients: BTreeMap<String, Client>,
    /// By their identifiers.
    pub(crate) resource_servers: BTreeMap<String, super::resource_server::ResourceServer>,
    pub(crate) users: Users,
    pub(crate) keys: PoolKeys,
    /// SRP exchanges by their SECRET_BLOCK.
    pub(crate) exchanges: Expiring<Exchange>,
    /// Challenges by their Session.
    pub(crate) challenges: Expiring<Challenge>,
    /// Registrations of passkeys by their challenges.
    pub(crate) registrations: Expiring<Registration>,
    pub(crate) sign_ins: SignInRecords,
    pub(crate) lockouts: Lockouts,
    pub(crate) attempts: Attempts,
    pub(crate) triggers: Triggers,
    /// From which answers about unknown users are derived, so that they stay the same.
    pub(crate) secret: [u8; 32],
    /// The request that made it, to be read back.
    given: Map<String, Value>,
    created: f64,
}

/// The members of CreateUserPool that decide something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PoolSettings {
    policies: Policies,
    pub(crate) schema: Vec<SchemaAttribute>,
    auto_verified_attributes: Vec<String>,
    alias_attributes: Vec<String>,
    username_attributes: Vec<String>,
    username_configuration: UsernameConfiguration,
    pub(crate) mfa_configuration: MfaConfiguration,
    sms_configuration: Option<Value>,
    email_mfa_configuration: Option<Value>,
    software_token_mfa_configuration: Option<Switch>,
    /// Devices are tracked if it is there.
    pub(crate) device_configuration: Option<DeviceConfiguration>,
    account_recovery_setting: AccountRecovery,
    user_attribute_update_settings: AttributeUpdates,
    web_authn_configuration: WebAuthn,
}

/// DeviceConfigurationType.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeviceConfiguration {
    /// Whether a remembered device stands for the second factor.
    pub(crate) challenge_required_on_new_device: bool,
    /// Whether a confirmed device is remembered only if the user wants it.
    pub(crate) device_only_remembered_on_user_prompt: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AccountRecovery {
    recovery_mechanisms: Vec<RecoveryMechanism>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecoveryMechanism {
    name: String,
    priority: u8,
}

/// WebAuthnConfigurationType.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct WebAuthn {
    relying_party_id: Option<String>,
    user_verification: String,
    factor_configuration: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttributeUpdates {
    attributes_require_verification_before_update: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Policies {
    password_policy: PasswordPolicy,
    sign_in_policy: SignInPolicy,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SignInPolicy {
    allowed_first_auth_factors: Vec<String>,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self { allowed_first_auth_factors: vec!["PASSWORD".to_owned()] }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UsernameConfiguration {
    case_sensitive: bool,
}

impl Default for UsernameConfiguration {
    fn default() -> Self {
        Self { case_sensitive: true }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Switch {
    enabled: bool,
}

/// UserPoolMfaType.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum MfaConfiguration {
    #[default]
    Off,
    On,
    Optional,
}

impl PoolSettings {
    pub(crate) fn password_policy(&self) -> &PasswordPolicy {
        &self.policies.password_policy
    }

    pub(crate) fn verifies(&self, attribute: &str) -> bool {
        contains(&self.auto_verified_attributes, attribute)
    }

    /// Whether users sign up with that attribute's value as their name.
    pub(crate) fn named_by(&self, attribute: &str) -> bool {
        contains(&self.username_attributes, attribute)
    }

    pub(crate) fn named_by_attributes(&self) -> bool {
        !self.username_attributes.is_empty()
    }

    /// Whether users may sign in with that attribute's value once it is verified.
    pub(crate) fn aliased_by(&self, attribute: &str) -> bool {
        contains(&self.alias_attributes, attribute)
    }

    /// The second factors that the pool offers.
    ///
    /// A pool whose MFA is not off offers authenticator apps unless they are switched off, so that
    /// CreateUserPool is enough to have them; the service wants SetUserPoolMfaConfig besides.
    pub(crate) fn offers(&self, factor: Factor) -> bool {
        let offered = match factor {
            Factor::SoftwareToken => {
                self.software_token_mfa_configuration.as_ref().is_none_or(|switch| switch.enabled)
            }
            Factor::Sms => self.sms_configuration.is_some(),
            Factor::Email => self.email_mfa_configuration.is_some(),
        };
        offered && self.mfa_configuration != MfaConfiguration::Off
    }

    /// Whether a sign-in may begin with that.
    pub(crate) fn allows_first(&self, factor: FirstFactor) -> bool {
        contains(&self.policies.sign_in_policy.allowed_first_auth_factors, factor.setting())
    }

    /// Whether a passkey is two factors at once, because its user was verified.
    pub(crate) fn passkeys_are_two_factors(&self) -> bool {
        self.web_authn_configuration.factor_configuration == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    }

    /// Who asks for passkeys.
    pub(crate) fn relying_party(&self) -> Result<RelyingParty<'_>, ApiError> {
        const MISSING: &str = "The pool has no relying party id.";
        let WebAuthn { relying_party_id, user_verification, .. } = &self.web_authn_configuration;
        let id = relying_party_id.as_deref();
        let id = id.ok_or_else(|| ApiError::webauthn_configuration_missing(MISSING))?;
        let verifies_user = user_verification == "required" || self.passkeys_are_two_factors();
        Ok(RelyingParty { id, verifies_user })
    }

    /// Whether users may do without a password.
    pub(crate) fn allows_passwordless(&self) -> bool {
        let factors = &self.policies.sign_in_policy.allowed_first_auth_factors;
        factors.iter().any(|factor| factor != "PASSWORD")
    }

    /// Whether a new value of that attribute counts only once it is verified.
    pub(crate) fn verifies_before_update(&self, attribute: &str) -> bool {
        let settings = &self.user_attribute_update_settings;
        contains(&settings.attributes_require_verification_before_update, attribute)
    }

    /// The attributes that a code for a forgotten password may go to, the best first.
    ///
    /// Telephone numbers come first where the pool does not say.
    pub(crate) fn recovery_attributes(&self) -> Vec<&'static str> {
        let mut mechanisms = self.account_recovery_setting.recovery_mechanisms.clone();
        if mechanisms.is_empty() {
            return vec!["phone_number", "email"];
        }
        mechanisms.sort_by_key(|mechanism| mechanism.priority);
        let attribute = |mechanism: &RecoveryMechanism| match mechanism.name.as_str() {
            "verified_email" => Some("email"),
            "verified_phone_number" => Some("phone_number"),
            _ => None,
        };
        mechanisms.iter().filter_map(attribute).collect()
    }

    fn read(given: &Map<String, Value>) -> Result<Self, ApiError> {
        serde_json::from_value(Value::Object(given.clone()))
            .map_err(|error| ApiError::serialization(error.to_string()))
    }
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

impl Pool {
    pub(crate) fn new(
        id: UserPoolId,
        given: Map<String, Value>,
        keys: PoolKeys,
        secret: [u8; 32],
        created: f64,
    ) -> Result<Self, ApiError> {
        let settings = PoolSettings::read(&given)?;
        Ok(Self {
            id,
            resource_servers: BTreeMap::new(),
            clients: BTreeMap::new(),
            users: Users::new(settings.username_configuration.case_sensitive),
            settings,
            keys,
            exchanges: Expiring::default(),
            challenges: Expiring::default(),
            registrations: Expiring::default(),
            sign_ins: SignInRecords::default(),
            lockouts: Lockouts::default(),
            attempts: Attempts::default(),
            triggers: Triggers::default(),
            secret,
            given,
            created,
        })
    }

    /// Takes over the members of a request that changes settings.
    pub(crate) fn change(&mut self, changes: Map<String, Value>) -> Result<(), ApiError> {
        let mut given = self.given.clone();
        given.extend(changes);
        self.settings = PoolSettings::read(&given)?;
        self.given = given;
        Ok(())
    }

    /// A setting as it was given.
    pub(crate) fn given(&self, name: &str) -> Option<&Value> {
        self.given.get(name)
    }

    /// UserPoolType.
    pub(crate) fn to_json(&self) -> Value {
        let mut pool = self.given.clone();
        let name = pool.remove("PoolName").unwrap_or_default();
        let arn =
            format!("arn:aws:cognito-idp:{}:000000000000:userpool/{}", self.id.region(), self.id);
        for (member, value) in [
            ("Id", json!(self.id.as_str())),
            ("Name", name),
            ("Arn", json!(arn)),
            ("EstimatedNumberOfUsers", json!(self.users.len())),
            ("CreationDate", json!(self.created)),
            ("LastModifiedDate", json!(self.created)),
        ] {
            pool.insert(member.to_owned(), value);
        }
        pool.entry("MfaConfiguration").or_insert(json!("OFF"));
        Value::Object(pool)
    }

    pub(crate) fn client(&self, id: &str) -> Result<&Client, ApiError> {
        self.clients.get(id).ok_or_else(|| ApiError::client_unknown(id))
    }

    pub(crate) fn user_mut(&mut self, username: &str) -> Result<&mut User, ApiError> {
        self.users.get_mut(username).ok_or_else(ApiError::user_unknown)
    }

    /// The name under which a user is kept, for a name that a user signs in with.
    pub(crate) fn username_for(&self, given: &str) -> Option<&str> {
        let by_name = self.users.by_name(given);
        by_name.or_else(|| self.user_by_alias(given)).map(|user| user.username.as_str())
    }

    /// As [`username_for`](Self::username_for), and by the user's id, as the directory operations.
    pub(crate) fn username_or_sub_for(&self, given: &str) -> Option<&str> {
        let by_sub = || self.users.by_sub(given).map(|user| user.username.as_str());
        self.username_for(given).or_else(by_sub)
    }

    fn user_by_alias(&self, given: &str) -> Option<&User> {
        ALIASES.iter().find_map(|attribute| {
            let named = self.settings.named_by(attribute);
            if !named && !self.settings.aliased_by(attribute) {
                return None;
            }
            let unverifiable = named || *attribute == "preferred_username";
            let mut carriers = self.users.carrying(attribute, given);
            carriers.find(|user| unverifiable || user.has_verified(attribute))
        })
    }

    /// The attribute whose value a new user's name is, in pools that name users so.
    pub(crate) fn naming_attribute(
        &self,
        username: &str,
    ) -> Result<Option<&'static str>, ApiError> {
        if !self.settings.named_by_attributes() {
            return Ok(None);
        }
        let attribute = if username.contains('@') { "email" } else { "phone_number" };
        let phone = username.strip_prefix('+').is_some_and(|digits| digits.parse::<u64>().is_ok());
        if self.settings.named_by(attribute) && (attribute == "email" || phone) {
            return Ok(Some(attribute));
        }
        Err(ApiError::invalid_parameter(if self.settings.named_by("email") {
            "Username should be an email."
        } else {
            "Username should be a phone number."
        }))
    }

    /// Refuses a new user whose naming attribute another user has already.
    pub(crate) fn check_free(
        &self,
        attributes: &Attributes,
        named_by: &str,
    ) -> Result<(), ApiError> {
        let value = attributes.get(named_by);
        if value.is_some_and(|value| self.username_for(value).is_some()) {
            let what = if named_by == "email" { "email" } else { "phone_number" };
            return Err(ApiError::username_exists(format!(
                "An account with the given {what} already exists."
            )));
        }
        Ok(())
    }

    /// Refuses an address by which another user signs in.
    pub(crate) fn check_alias_free(
        &self,
        address: &Address,
        username: &str,
    ) -> Result<(), ApiError> {
        let Address { attribute, destination } = address;
        let alias = self.settings.named_by(attribute) || self.settings.aliased_by(attribute);
        let holder = self.username_for(destination).filter(|holder| alias && *holder != username);
        match holder {
            None => Ok(()),
            Some(_) => Err(ApiError::alias_exists(format!(
                "An account with the given {attribute} already exists."
            ))),
        }
    }
}
