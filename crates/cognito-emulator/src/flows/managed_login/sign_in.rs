//! Sign-ins on the pages, by the flows of the API.

use crate::flows::context::Context;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::start::{Start, start};
use crate::model::ServiceError;

/// Signs in with a password. The app client needs no ALLOW_USER_PASSWORD_AUTH for it, which is about
/// the API.
pub(crate) async fn with_password(
    context: &Context,
    client_id: &str,
    username: &str,
    password: &str,
) -> Result<Progress, ServiceError> {
    let parameters = Parameters::from_iter([("USERNAME", username), ("PASSWORD", password)]);
    start(context, Start::Password, client_id, &parameters).await
}
