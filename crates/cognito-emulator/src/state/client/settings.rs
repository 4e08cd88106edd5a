//! The settings of an app client, with the defaults of the service.

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::members::Members;

/// The name of the pool itself among the identity providers of a client.
pub(crate) const OWN_PROVIDER: &str = "COGNITO";

/// The settings of an app client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ClientSettings {
    /// Zero counts as missing, which has its own default.
    refresh_token_validity: Option<u64>,
    #[serde(flatten)]
    pub(crate) members: ClientMembers,
}

/// The members of UserPoolClientType with an effect or a default, and all others unchanged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ClientMembers {
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit_auth_flows: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_validity: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token_validity: Option<u64>,
    token_validity_units: Units,
    auth_session_validity: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevent_user_existence_errors: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_rotation: Option<Rotation>,
    enable_token_revocation: bool,
    enable_propagate_additional_user_context_data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) write_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) supported_identity_providers: Option<Vec<String>>,
    #[serde(rename = "AllowedOAuthFlows", skip_serializing_if = "Option::is_none")]
    pub(super) allowed_oauth_flows: Option<Vec<String>>,
    #[serde(rename = "AllowedOAuthScopes", skip_serializing_if = "Option::is_none")]
    pub(super) allowed_oauth_scopes: Option<Vec<String>>,
    #[serde(rename = "AllowedOAuthFlowsUserPoolClient")]
    pub(super) allows_oauth: bool,
    #[serde(rename = "CallbackURLs", skip_serializing_if = "Option::is_none")]
    pub(super) callback_urls: Option<Vec<String>>,
    #[serde(rename = "LogoutURLs", skip_serializing_if = "Option::is_none")]
    pub(super) logout_urls: Option<Vec<String>>,
    #[serde(rename = "DefaultRedirectURI", skip_serializing_if = "Option::is_none")]
    pub(super) default_redirect_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) analytics_configuration: Option<Members>,
    #[serde(flatten)]
    other: Members,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Units {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rotation {
    feature: String,
    /// Described even if rotation is off (hashicorp/terraform-provider-aws#45646).
    #[serde(default)]
    retry_grace_period_seconds: u64,
}

impl Default for ClientMembers {
    fn default() -> Self {
        Self {
            explicit_auth_flows: None,
            access_token_validity: None,
            id_token_validity: None,
            token_validity_units: Units::default(),
            auth_session_validity: 3,
            prevent_user_existence_errors: None,
            refresh_token_rotation: None,
            enable_token_revocation: true,
            enable_propagate_additional_user_context_data: false,
            read_attributes: None,
            write_attributes: None,
            supported_identity_providers: None,
            allowed_oauth_flows: None,
            allowed_oauth_scopes: None,
            allows_oauth: false,
            callback_urls: None,
            logout_urls: None,
            default_redirect_uri: None,
            analytics_configuration: None,
            other: Members::new(),
        }
    }
}

/// A sign-in flow of an app client.
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
    /// Rejects contradictory settings.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        self.check_flows()?;
        self.check_validities()
    }

    /// Sets the rotation to `DISABLED` if the client had a `RefreshTokenRotation` before and the
    /// update has none.
    pub(super) fn disable_rotation_after(&mut self, before: &Self) {
        let off = || Rotation { feature: "DISABLED".to_owned(), retry_grace_period_seconds: 0 };
        let rotation = &mut self.members.refresh_token_rotation;
        if before.members.refresh_token_rotation.is_some() {
            rotation.get_or_insert_with(off);
        }
    }

    fn check_flows(&self) -> Result<(), ServiceError> {
        const MIXED: &str = "Explicit auth flows that start with ALLOW_ can not be used along \
                             with those that do not.";
        // Several public repositories quote this message of the service, the latest in September
        // 2026.
        const ROTATED: &str = "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when \
                               refresh token rotation is enabled.";
        let new = |flow: &str| flow.starts_with("ALLOW_");
        if self.flows().any(new) && !self.flows().all(new) {
            return Err(ServiceError::invalid_parameter(MIXED));
        }
        let rotates = self.rotation_grace().is_some();
        match rotates && self.flows().any(|flow| flow == "ALLOW_REFRESH_TOKEN_AUTH") {
            true => Err(ServiceError::invalid_parameter(ROTATED)),
            false => Ok(()),
        }
    }

    /// Rejects access and ID tokens that are valid for longer than the refresh token (AWS guide,
    /// app clients). It is not measured whether the message is the same as for a value out of
    /// range.
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
        let has = |name: &str| self.flows().any(|flow| flow == name);
        // Without any flow, or with flows from before 2019 only, SRP, triggers and refresh are on.
        let old_style = !self.flows().any(|flow| flow.starts_with("ALLOW_"));
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

    /// Returns whether the client may call GetClientToken.
    pub(crate) fn allows_client_token(&self) -> bool {
        self.flows().any(|flow| flow == "ALLOW_CLIENT_TOKEN_AUTH")
    }

    /// Returns whether the client may exchange tokens, with or without an actor.
    pub(crate) fn allows_token_exchange(&self, has_actor: bool) -> bool {
        let needed = match has_actor {
            true => "ALLOW_TOKEN_EXCHANGE_DELEGATION",
            false => "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        };
        self.flows().any(|flow| flow == needed)
    }

    /// Returns whether the client hides the existence of users.
    pub(crate) fn hides_users(&self) -> bool {
        self.members.prevent_user_existence_errors.as_deref() == Some("ENABLED")
    }

    pub(crate) fn access_token_seconds(&self) -> u64 {
        let units = self.members.token_validity_units.access_token.as_deref();
        seconds(self.members.access_token_validity, units.unwrap_or("hours"), 3600)
    }

    pub(crate) fn id_token_seconds(&self) -> u64 {
        let units = self.members.token_validity_units.id_token.as_deref();
        seconds(self.members.id_token_validity, units.unwrap_or("hours"), 3600)
    }

    pub(crate) fn refresh_token_seconds(&self) -> u64 {
        const THIRTY_DAYS: u64 = 30 * 86_400;
        let units = self.members.token_validity_units.refresh_token.as_deref();
        seconds(self.refresh_token_validity, units.unwrap_or("days"), THIRTY_DAYS)
    }

    /// Returns the validity of a challenge in seconds.
    pub(crate) fn session_seconds(&self) -> u64 {
        self.members.auth_session_validity.saturating_mul(60)
    }

    /// Returns the seconds for which a rotated refresh token remains valid; `None` without
    /// rotation.
    pub(crate) fn rotation_grace(&self) -> Option<u64> {
        let rotation = self.members.refresh_token_rotation.as_ref();
        let rotation = rotation.filter(|rotation| rotation.feature == "ENABLED");
        rotation.map(|rotation| rotation.retry_grace_period_seconds)
    }

    pub(crate) fn can_revoke(&self) -> bool {
        self.members.enable_token_revocation
    }

    /// Returns RefreshTokenValidity for descriptions.
    pub(crate) fn described_refresh_token_validity(&self) -> u64 {
        self.refresh_token_validity.filter(|validity| *validity > 0).unwrap_or(30)
    }

    /// Returns whether AllowedOAuthFlows contains a grant.
    pub(crate) fn allows_grant(&self, name: &str) -> bool {
        let mut flows = self.members.allowed_oauth_flows.iter().flatten();
        self.members.allows_oauth && flows.any(|flow| flow == name)
    }

    /// Returns whether CallbackURLs contains a URL. URLs are compared byte for byte.
    pub(crate) fn has_callback(&self, url: &str) -> bool {
        self.members.callback_urls.iter().flatten().any(|callback| callback == url)
    }

    /// Returns whether LogoutURLs contains a URL.
    pub(crate) fn has_logout_url(&self, url: &str) -> bool {
        self.members.logout_urls.iter().flatten().any(|known| known == url)
    }

    /// Returns whether users of the pool itself can sign in on the pages.
    pub(crate) fn has_own_users(&self) -> bool {
        self.supports_provider(OWN_PROVIDER)
    }

    /// Returns whether users can sign in through an identity provider on the pages.
    pub(crate) fn supports_provider(&self, name: &str) -> bool {
        let mut providers = self.members.supported_identity_providers.iter().flatten();
        providers.any(|provider| provider == name)
    }

    /// Returns the scopes that the client may request.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &String> {
        self.members.allowed_oauth_scopes.iter().flatten()
    }

    fn flows(&self) -> impl Iterator<Item = &str> {
        self.members.explicit_auth_flows.iter().flatten().map(String::as_str)
    }
}

/// Converts a validity to seconds. Zero counts as missing, as in the service for refresh tokens.
fn seconds(validity: Option<u64>, unit: &str, default: u64) -> u64 {
    let factor = match unit {
        "seconds" => 1,
        "minutes" => 60,
        "days" => 86_400,
        _ => 3600,
    };
    validity.filter(|given| *given > 0).map_or(default, |given| given.saturating_mul(factor))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(json: Value) -> ClientSettings {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_configured_flows_are_allowed() {
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
    fn serialized_settings_are_deserialized_without_loss() {
        // Without a validity the default is 30 days for every unit.
        let minutes = json!({
            "TokenValidityUnits": { "RefreshToken": "minutes" }, "ReadAttributes": [], "New": 1
        });
        let stored = serde_json::to_value(settings(minutes)).unwrap();
        let read = settings(stored.clone());
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
        assert_eq!(read.refresh_token_seconds(), 30 * 86_400);
        assert_eq!((&stored["ReadAttributes"], &stored["New"]), (&json!([]), &json!(1)));
    }
}
