//! SECRET_HASH among the parameters of a sign-in.

use crate::flows::sign_in::parameters::Parameters;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::Channel;

/// Checks SECRET_HASH for a user name. The pages of managed login send none.
pub(super) fn check(
    step: &Step<'_>,
    client_id: &str,
    parameters: &Parameters,
    username: &str,
) -> Result<(), ServiceError> {
    let client = step.pool.client(client_id)?;
    match step.caller.channel {
        Channel::Api => client.check_secret_hash(parameters.get("SECRET_HASH"), username),
        Channel::ManagedLogin => Ok(()),
    }
}
