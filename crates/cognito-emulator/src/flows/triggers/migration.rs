//! UserMigration.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Closure, Strings, Trigger, Triggers, Version};

/// The event of UserMigration: an unknown user.
///
/// See [UserMigration](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html).
#[derive(Clone)]
#[non_exhaustive]
pub struct MigrationRequest {
    /// The name of the user who signs in or has forgotten the password.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// The password of a sign-in; `None` if it was forgotten.
    pub password: Option<String>,
    /// ClientMetadata of a sign-in, which the service passes under this name.
    pub validation_data: BTreeMap<String, String>,
    /// ClientMetadata of ForgotPassword.
    pub client_metadata: BTreeMap<String, String>,
}

impl fmt::Debug for MigrationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationRequest")
            .field("username", &self.username)
            .field("password", &self.password.as_ref().map(|_| format_args!("[redacted]")))
            .finish_non_exhaustive()
    }
}

/// A user whom UserMigration imports. The user keeps the password of the sign-in.
///
/// No invitation is sent.
///
/// ```
/// use cognito_emulator::{MigratedUser, PoolSettings};
///
/// let settings = PoolSettings::default().user_migration(|request| {
///     let known = request.username == "alice" && request.password.as_deref() == Some("old");
///     let user = MigratedUser::default()
///         .attribute("email", "alice@example.com")
///         .attribute("email_verified", "true");
///     Ok(known.then_some(user))
/// });
/// # assert!(!format!("{settings:?}").contains("alice"));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct MigratedUser {
    pub(crate) attributes: Strings,
    pub(crate) status: MigratedStatus,
    /// `forceAliasCreation`: aliases are moved from users who have them.
    pub(crate) forces_alias: bool,
}

/// The required action of a migrated user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MigratedStatus {
    #[default]
    Confirmed,
    ResetRequired,
    ForceChangePassword,
}

impl MigratedUser {
    /// Sets an attribute, such as `email_verified`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Moves an alias of another user to this one (`forceAliasCreation`); the address of the other
    /// user becomes unverified. By default such a user is not imported.
    pub fn force_alias_creation(self) -> Self {
        Self { forces_alias: true, ..self }
    }

    /// Requires the user to reset the password before the next sign-in.
    pub fn reset_required(self) -> Self {
        Self { status: MigratedStatus::ResetRequired, ..self }
    }

    /// Requires a new password in this sign-in.
    pub fn force_change_password(self) -> Self {
        Self { status: MigratedStatus::ForceChangePassword, ..self }
    }
}

/// Imports users.
pub(crate) struct UserMigration;

impl Trigger for UserMigration {
    type Event = MigrationRequest;
    type Response = Option<MigratedUser>;

    const NAME: &'static str = "UserMigration";

    fn closure(triggers: &Triggers) -> Option<&Closure<MigrationRequest, Option<MigratedUser>>> {
        triggers.user_migration.as_ref()
    }

    fn source(event: &MigrationRequest) -> String {
        let what = if event.password.is_some() { "Authentication" } else { "ForgotPassword" };
        format!("UserMigration_{what}")
    }

    fn username(event: &MigrationRequest) -> &str {
        &event.username
    }

    fn request(event: &MigrationRequest, _: Version) -> Value {
        json!({
            "password": event.password,
            "validationData": event.validation_data,
            "clientMetadata": event.client_metadata,
        })
    }

    fn response(_: Version) -> Value {
        json!({
            "userAttributes": null, "forceAliasCreation": null, "finalUserStatus": null,
            "messageAction": null, "desiredDeliveryMediums": null
        })
    }

    /// Parses the user; without attributes, no user is imported.
    fn read(response: Value) -> Option<Option<MigratedUser>> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Response {
            user_attributes: Strings,
            final_user_status: Option<String>,
            force_alias_creation: bool,
        }
        let response: Response = serde_json::from_value(response).ok()?;
        let status = match response.final_user_status.as_deref() {
            Some("CONFIRMED") => MigratedStatus::Confirmed,
            Some("RESET_REQUIRED") => MigratedStatus::ResetRequired,
            None | Some("FORCE_CHANGE_PASSWORD") => MigratedStatus::ForceChangePassword,
            Some(_) => return None,
        };
        let Response { user_attributes: attributes, force_alias_creation: forces_alias, .. } =
            response;
        Some((!attributes.is_empty()).then_some(MigratedUser { attributes, status, forces_alias }))
    }
}
