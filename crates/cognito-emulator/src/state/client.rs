//! An app client of a pool.

use cognito_srp::secret_hash;
use cognito_types::UserPoolId;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::flows::tokens::machine::OAuthSettings;
use crate::model::ServiceError;
use crate::state::attributes;
use crate::state::members::Members;

/// An app client: what its owner said of it, and what of that decides how requests are answered.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    /// Those that are good, the oldest first; none for a public client.
    pub(crate) secrets: Vec<Secret>,
    pub(crate) settings: ClientSettings,
    members: Members,
    created: f64,
    modified: f64,
}

/// A secret of an app client.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) id: String,
    pub(crate) value: String,
    /// Seconds since 1970.
    pub(crate) created: f64,
}

impl Secret {
    /// ClientSecretDescriptorType, without the value.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "ClientSecretId": self.id, "ClientSecretCreateDate": self.created })
    }
}

/// The members of an app client that decide something.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ClientSettings {
    explicit_auth_flows: Vec<String>,
    access_token_validity: Option<u64>,
    id_token_validity: Option<u64>,
    refresh_token_validity: Option<u64>,
    token_validity_units: Units,
    auth_session_validity: u64,
    prevent_user_existence_errors: String,
    refresh_token_rotation: Rotation,
    enable_token_revocation: bool,
    write_attributes: Vec<String>,
    #[serde(flatten)]
    pub(crate) oauth: OAuthSettings,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Units {
    access_token: String,
    id_token: String,
    refresh_token: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rotation {
    feature: String,
    retry_grace_period_seconds: u64,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            explicit_auth_flows: Vec::new(),
            access_token_validity: None,
            id_token_validity: None,
            refresh_token_validity: None,
            token_validity_units: Units::default(),
            auth_session_validity: 3,
            prevent_user_existence_errors: "LEGACY".to_owned(),
            refresh_token_rotation: Rotation::default(),
            enable_token_revocation: true,
            write_attributes: Vec::new(),
            oauth: OAuthSettings::default(),
        }
    }
}

impl Default for Units {
    fn default() -> Self {
        let [access_token, id_token, refresh_token] = ["hours", "hours", "days"].map(str::to_owned);
        Self { access_token, id_token, refresh_token }
    }
}

/// A flow of sign-in that an app client may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// USER_SRP_AUTH.
    Srp,
    /// USER_PASSWORD_AUTH.
    Password,
    /// ADMIN_USER_PASSWORD_AUTH and its older name, ADMIN_NO_SRP_AUTH.
    AdminPassword,
    /// CUSTOM_AUTH.
    Custom,
    /// USER_AUTH.
    Choice,
    /// REFRESH_TOKEN_AUTH and its older name, REFRESH_TOKEN.
    Refresh,
}

impl ClientSettings {
    /// The settings among the members of a client, refused where they do not go together.
    fn read(members: &Members) -> Result<Self, ServiceError> {
        let settings: Self = serde_json::from_value(Value::Object(members.clone()))
            .map_err(|error| ServiceError::serialization(error.to_string()))?;
        settings.check_flows()?;
        settings.check_validities()?;
        Ok(settings)
    }

    fn check_flows(&self) -> Result<(), ServiceError> {
        const MIXED: &str = "Explicit auth flows that start with ALLOW_ can not be used along \
                             with those that do not.";
        // Several public repositories quote it from the service, the latest of September 2026.
        const ROTATED: &str = "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when \
                               refresh token rotation is enabled.";
        let new = |flow: &String| flow.starts_with("ALLOW_");
        let flows = &self.explicit_auth_flows;
        if flows.iter().any(new) && !flows.iter().all(new) {
            return Err(ServiceError::invalid_parameter(MIXED));
        }
        let rotates = self.rotation_grace().is_some();
        match rotates && flows.iter().any(|flow| flow == "ALLOW_REFRESH_TOKEN_AUTH") {
            true => Err(ServiceError::invalid_parameter(ROTATED)),
            false => Ok(()),
        }
    }

    /// Access and ID tokens must not outlast the refresh token (AWS guide, app clients). That the
    /// message is the same as for a value out of range is not measured.
    fn check_validities(&self) -> Result<(), ServiceError> {
        const LONG: std::ops::RangeInclusive<u64> = 3600..=315_360_000;
        let refresh = self.refresh_token_seconds();
        let short = 300..=refresh.min(86_400);
        let in_range = short.contains(&self.access_token_seconds())
            && short.contains(&self.id_token_seconds())
            && LONG.contains(&refresh);
        match in_range {
            true => Ok(()),
            false => Err(ServiceError::invalid_parameter("Invalid range for token validity.")),
        }
    }

    pub(crate) fn allows(&self, flow: Flow) -> bool {
        let has = |name: &str| self.explicit_auth_flows.iter().any(|flow| flow == name);
        // Without any flow, or with those of before 2019 alone, SRP, triggers and renewal are on.
        let old_style = !self.explicit_auth_flows.iter().any(|flow| flow.starts_with("ALLOW_"));
        let custom_only = has("CUSTOM_AUTH_FLOW_ONLY");
        match flow {
            Flow::Srp => (old_style && !custom_only) || has("ALLOW_USER_SRP_AUTH"),
            Flow::Refresh => old_style || has("ALLOW_REFRESH_TOKEN_AUTH"),
            Flow::Password => has("ALLOW_USER_PASSWORD_AUTH") || has("USER_PASSWORD_AUTH"),
            Flow::AdminPassword => {
                has("ALLOW_ADMIN_USER_PASSWORD_AUTH") || has("ADMIN_NO_SRP_AUTH")
            }
            Flow::Custom => old_style || has("ALLOW_CUSTOM_AUTH"),
            Flow::Choice => has("ALLOW_USER_AUTH"),
        }
    }

    /// Whether the client may call GetClientToken.
    pub(crate) fn allows_client_token(&self) -> bool {
        self.explicit_auth_flows.iter().any(|flow| flow == "ALLOW_CLIENT_TOKEN_AUTH")
    }

    /// Whether unknown users are answered as if they existed.
    pub(crate) fn hides_users(&self) -> bool {
        self.prevent_user_existence_errors == "ENABLED"
    }

    pub(crate) fn access_token_seconds(&self) -> u64 {
        seconds(self.access_token_validity, &self.token_validity_units.access_token, 3600)
    }

    pub(crate) fn id_token_seconds(&self) -> u64 {
        seconds(self.id_token_validity, &self.token_validity_units.id_token, 3600)
    }

    pub(crate) fn refresh_token_seconds(&self) -> u64 {
        const THIRTY_DAYS: u64 = 30 * 86_400;
        let units = &self.token_validity_units.refresh_token;
        seconds(self.refresh_token_validity, units, THIRTY_DAYS)
    }

    /// How long a challenge may be answered.
    pub(crate) fn session_seconds(&self) -> u64 {
        self.auth_session_validity.saturating_mul(60)
    }

    /// The seconds for which a rotated refresh token still works; none without rotation.
    pub(crate) fn rotation_grace(&self) -> Option<u64> {
        let Rotation { feature, retry_grace_period_seconds } = &self.refresh_token_rotation;
        (feature == "ENABLED").then_some(*retry_grace_period_seconds)
    }

    pub(crate) fn can_revoke(&self) -> bool {
        self.enable_token_revocation
    }
}

/// A validity in its unit; zero counts as not given, as the service has it for refresh tokens.
fn seconds(validity: Option<u64>, unit: &str, default: u64) -> u64 {
    let factor = match unit {
        "seconds" => 1,
        "minutes" => 60,
        "days" => 86_400,
        _ => 3600,
    };
    validity.filter(|given| *given > 0).map_or(default, |given| given.saturating_mul(factor))
}

/// Adds the grace period of refresh tokens, which is described even where rotation is off
/// (hashicorp/terraform-provider-aws#45646).
fn complete_rotation(members: &mut Members) {
    if let Some(Value::Object(rotation)) = members.get_mut("RefreshTokenRotation") {
        rotation.entry("RetryGracePeriodSeconds").or_insert(json!(0));
    }
}

impl Client {
    pub(crate) fn new(
        id: String,
        secret: Option<String>,
        mut members: Members,
        created: f64,
    ) -> Result<Self, ServiceError> {
        complete_rotation(&mut members);
        let settings = ClientSettings::read(&members)?;
        let mut client =
            Self { id, secrets: Vec::new(), settings, members, created, modified: created };
        if let Some(value) = secret {
            client.secrets.push(Secret { id: client.new_secret_id(created), value, created });
        }
        Ok(client)
    }

    /// As UpdateUserPoolClient leaves it: what is not sent is at its default, save the name.
    pub(crate) fn updated(&self, mut given: Members, date: f64) -> Result<Self, ServiceError> {
        if let Some(name) = self.members.get("ClientName") {
            given.entry("ClientName").or_insert_with(|| name.clone());
        }
        if self.members.contains_key("RefreshTokenRotation") {
            // A client that rotated its tokens says from then on that it does not.
            let off = || json!({ "Feature": "DISABLED" });
            given.entry("RefreshTokenRotation").or_insert_with(off);
        }
        complete_rotation(&mut given);
        let settings = ClientSettings::read(&given)?;
        Ok(Self { settings, members: given, modified: date, ..self.clone() })
    }

    /// A list of names among the members.
    pub(crate) fn names(&self, member: &str) -> impl Iterator<Item = &str> {
        let names = self.members.get(member).and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str)
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// `<client id>--<time>`; a second secret of the same millisecond counts on.
    #[allow(clippy::as_conversions)] // Milliseconds of this age are far below 2^53.
    pub(crate) fn new_secret_id(&self, created: f64) -> String {
        let first = (created * 1000.0) as u64;
        let ids = (first..).map(|time| format!("{}--{time}", self.id));
        let free = |id: &String| self.secrets.iter().all(|secret| secret.id != *id);
        ids.into_iter().find(free).unwrap_or_default()
    }

    /// UserPoolClientType.
    pub(crate) fn to_json(&self, pool_id: &UserPoolId) -> Value {
        let mut client = self.members.clone();
        if client.get("RefreshTokenValidity") == Some(&json!(0)) {
            client.remove("RefreshTokenValidity");
        }
        client.insert("UserPoolId".to_owned(), pool_id.as_str().into());
        client.insert("ClientId".to_owned(), self.id.clone().into());
        if let Some(secret) = self.secrets.first() {
            client.insert("ClientSecret".to_owned(), secret.value.clone().into());
        }
        for (name, default) in [
            ("CreationDate", json!(self.created)),
            ("LastModifiedDate", json!(self.modified)),
            ("RefreshTokenValidity", json!(30)),
            ("TokenValidityUnits", json!({})),
            ("AllowedOAuthFlowsUserPoolClient", json!(false)),
            ("EnableTokenRevocation", json!(true)),
            ("EnablePropagateAdditionalUserContextData", json!(false)),
            ("AuthSessionValidity", json!(3)),
            ("ClientType", json!("REGULAR")),
        ] {
            client.entry(name).or_insert(default);
        }
        Value::Object(client)
    }

    /// UserPoolClientDescription.
    pub(crate) fn description(&self, pool_id: &UserPoolId) -> Value {
        let name = self.members.get("ClientName");
        json!({ "ClientId": self.id, "ClientName": name, "UserPoolId": pool_id.as_str() })
    }

    /// Whether users may read an attribute through the client; one without a list reads all.
    pub(crate) fn can_read(&self, attribute: &str) -> bool {
        let mut listed = self.names("ReadAttributes").peekable();
        attribute == "sub" || listed.peek().is_none() || listed.any(|name| name == attribute)
    }

    /// Refuses attributes that users may not write through the client; a client without a list
    /// writes all.
    pub(crate) fn check_writes<'a>(
        &self,
        mut names: impl Iterator<Item = &'a String>,
    ) -> Result<(), ServiceError> {
        let listed = &self.settings.write_attributes;
        let may_write = |name: &String| {
            !attributes::is_developer_only(name) && (listed.is_empty() || listed.contains(name))
        };
        match names.all(may_write) {
            true => Ok(()),
            false => Err(attributes::unauthorized()),
        }
    }

    /// Checks SECRET_HASH for the user name that the request carries.
    pub(crate) fn check_secret_hash(
        &self,
        hash: Option<&str>,
        username: &str,
    ) -> Result<(), ServiceError> {
        let id = &self.id;
        let made_of = |hash: &str| {
            let mut secrets = self.secrets.iter();
            secrets.any(|secret| secret_hash(username, id, &secret.value) == hash)
        };
        match (self.secrets.is_empty(), hash) {
            (true, None) => Ok(()),
            (true, Some(_)) => Err(ServiceError::invalid_parameter(format!(
                "App client {id} is not configured for secret but secret hash was received"
            ))),
            (false, None) => Err(ServiceError::not_authorized(format!(
                "Client {id} is configured with secret but SECRET_HASH was not received"
            ))),
            (false, Some(hash)) if made_of(hash) => Ok(()),
            (false, Some(_)) => Err(ServiceError::not_authorized(format!(
                "Unable to verify secret hash for client {id}"
            ))),
        }
    }

    /// Checks the secret itself, which some operations take.
    pub(crate) fn check_secret(&self, given: Option<&str>) -> Result<(), ServiceError> {
        let good = match given {
            None => self.secrets.is_empty(),
            Some(given) => self.secrets.iter().any(|secret| secret.value == given),
        };
        if good {
            return Ok(());
        }
        Err(ServiceError::not_authorized(format!("Invalid client secret for client {}", self.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: Value) -> ClientSettings {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn flows_are_those_that_the_client_was_made_with() {
        let default = ClientSettings::default();
        assert!(default.allows(Flow::Srp) && default.allows(Flow::Refresh));
        assert!(default.allows(Flow::Custom));
        assert!(!default.allows(Flow::Password) && !default.allows(Flow::Choice));
        let password = settings(json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] }));
        assert!(!password.allows(Flow::Srp) && password.allows(Flow::Password));
    }

    #[test]
    fn validities_have_units() {
        let default = ClientSettings::default();
        assert_eq!(default.access_token_seconds(), 3600);
        assert_eq!(default.refresh_token_seconds(), 30 * 86_400);
        let minutes = settings(json!({
            "AccessTokenValidity": 5,
            "IdTokenValidity": 2,
            "RefreshTokenValidity": 0,
            "TokenValidityUnits": { "AccessToken": "minutes" }
        }));
        assert_eq!(minutes.access_token_seconds(), 300);
        assert_eq!(minutes.id_token_seconds(), 7200);
        assert_eq!(minutes.refresh_token_seconds(), 30 * 86_400);
    }

    #[test]
    fn secret_hashes_are_refused_with_the_messages_of_the_service() {
        let client = |secret: Option<&str>| {
            Client::new("id".to_owned(), secret.map(str::to_owned), Members::new(), 0.0).unwrap()
        };
        let message = |secret, hash| {
            client(secret).check_secret_hash(hash, "alice").unwrap_err().message.into_owned()
        };
        assert_eq!(client(None).check_secret_hash(None, "alice"), Ok(()));
        assert_eq!(
            message(None, Some("x")),
            "App client id is not configured for secret but secret hash was received"
        );
        assert_eq!(
            message(Some("secret"), None),
            "Client id is configured with secret but SECRET_HASH was not received"
        );
        assert_eq!(
            message(Some("secret"), Some("x")),
            "Unable to verify secret hash for client id"
        );
        let right = secret_hash("alice", "id", "secret");
        assert_eq!(client(Some("secret")).check_secret_hash(Some(&right), "alice"), Ok(()));
    }
}
