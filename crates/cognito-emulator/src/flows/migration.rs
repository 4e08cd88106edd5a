//! Import of unknown users by the UserMigration trigger.

use crate::flows::context::Context;
use crate::flows::new_user;
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{MigratedStatus, MigratedUser, MigrationRequest, UserMigration};
use crate::model::ServiceError;
use crate::state::alias::TakenAlias;
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::user::UserStatus;

/// Imports an unknown user, if the trigger returns one. The password is that of a sign-in.
pub(crate) async fn bring_in(
    context: &Context,
    client_id: &str,
    given_name: &str,
    password: Option<&str>,
) -> Result<(), ServiceError> {
    let event = context.step(|step| Ok(event(step, client_id, given_name, password)))?;
    let Some(event) = event else {
        return Ok(());
    };
    let failed = |error| failed(client_id, error);
    let response = context.call_trigger::<UserMigration>(event).await.map_err(failed)?;
    match response.flatten() {
        // The errors of the step itself, such as a pool that the trigger deleted, are kept.
        Some(user) => {
            context.step(|step| Ok(add(step, given_name, user, password)))?.map_err(failed)
        }
        None => Ok(()),
    }
}

/// Returns the event of the trigger; `None` if the user exists or the pool has no trigger.
fn event(
    step: &Step<'_>,
    client_id: &str,
    given_name: &str,
    password: Option<&str>,
) -> Option<MigrationRequest> {
    if step.pool.username_for(given_name).is_some() || !trigger::has_trigger::<UserMigration>(step)
    {
        return None;
    }
    Some(MigrationRequest {
        username: step.pool.users.flattened(given_name),
        client_id: client_id.to_owned(),
        password: password.map(str::to_owned),
        validation_data: step.caller.validation_data(),
        client_metadata: step.caller.client_metadata(),
    })
}

/// Returns the error of a failed migration. The error of a trigger that could not be called is
/// kept, because it contains the reason.
fn failed(client_id: &str, error: ServiceError) -> ServiceError {
    if error.name == ServiceError::unexpected_lambda("").name {
        return error;
    }
    ServiceError::user_not_found(format!("Exception migrating user in app client {client_id}"))
}

/// Adds a user, unless a concurrent request has added a user with the name.
///
/// The password is kept even if it violates the pool's policy.
fn add(
    step: &mut Step<'_>,
    given_name: &str,
    user: MigratedUser,
    password: Option<&str>,
) -> Result<(), ServiceError> {
    if step.pool.username_for(given_name).is_some() {
        return Ok(());
    }
    let status = status(user.status, password.is_some());
    let taken_alias = TakenAlias::forced(user.forces_alias);
    let given = user.attributes.into_iter();
    let attributes: Attributes =
        given.filter(|(name, value)| name != "username" && !value.is_empty()).collect();
    attributes::check_new(&attributes, &step.pool.settings.schema, Writer::Admin)?;
    let taken = "User account already exists";
    let (username, attributes) = new_user::name(step, given_name, attributes, taken)?;
    attributes::check_required(&attributes, &step.pool.settings.schema)?;
    let user = new_user::with_password(step, username, attributes, password, status)?;
    step.pool.add_user(user, taken_alias)
}

fn status(wanted: MigratedStatus, signs_in: bool) -> UserStatus {
    match wanted {
        // A forgotten password is replaced anyway, and need not be changed again.
        MigratedStatus::Confirmed => UserStatus::Confirmed,
        MigratedStatus::ForceChangePassword if signs_in => UserStatus::ForceChangePassword,
        MigratedStatus::ForceChangePassword | MigratedStatus::ResetRequired => {
            UserStatus::ResetRequired
        }
    }
}
