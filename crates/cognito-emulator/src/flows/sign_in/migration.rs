//! Users whom the pool does not know, and whom its trigger brings in.

use crate::flows::alias::TakenAlias;
use crate::flows::step::Step;
use crate::flows::triggers::{MigratedStatus, MigratedUser, MigrationRequest, UserMigration};
use crate::model::ServiceError;
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::user::UserStatus;

impl Step<'_> {
    /// Brings in a user whom the pool does not know, if the trigger does; the password is that of
    /// a sign-in.
    pub(crate) fn migrate(
        &mut self,
        client_id: &str,
        given_name: &str,
        password: Option<&str>,
    ) -> Result<(), ServiceError> {
        if self.pool.username_for(given_name).is_some() || !self.has_trigger::<UserMigration>() {
            return Ok(());
        }
        let request = MigrationRequest {
            username: self.pool.users.flattened(given_name),
            client_id: client_id.to_owned(),
            password: password.map(str::to_owned),
            validation_data: self.caller.validation_data(),
            client_metadata: self.caller.client_metadata(),
        };
        let failed = |_| {
            let message = format!("Exception migrating user in app client {client_id}");
            ServiceError::user_not_found(message)
        };
        let answer = self.ask_trigger::<UserMigration>(&request).map_err(failed)?;
        match answer.flatten() {
            Some(user) => self.bring_in(given_name, user, password).map_err(failed),
            None => Ok(()),
        }
    }

    /// The password is the user's own, whatever the pool's policy says.
    fn bring_in(
        &mut self,
        given_name: &str,
        user: MigratedUser,
        password: Option<&str>,
    ) -> Result<(), ServiceError> {
        let status = match user.status {
            // A password that is being replaced need not be changed once more.
            MigratedStatus::Confirmed => UserStatus::Confirmed,
            MigratedStatus::ForceChangePassword if password.is_some() => {
                UserStatus::ForceChangePassword
            }
            MigratedStatus::ForceChangePassword | MigratedStatus::ResetRequired => {
                UserStatus::ResetRequired
            }
        };
        let taken_alias = TakenAlias::forced(user.forces_alias);
        let given = user.attributes.into_iter();
        let attributes: Attributes =
            given.filter(|(name, value)| name != "username" && !value.is_empty()).collect();
        attributes::check_new(&attributes, &self.pool.settings.schema, Writer::Admin)?;
        let taken = "User account already exists";
        let (username, attributes) = self.name_new_user(given_name, attributes, taken)?;
        attributes::check_required(&attributes, &self.pool.settings.schema)?;
        let user = self.new_user(username, attributes, password, status)?;
        self.add_user(user, taken_alias)
    }
}
