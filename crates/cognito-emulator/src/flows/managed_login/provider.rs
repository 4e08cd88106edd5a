//! The identity provider that an authorization request names, so that the browser skips the page.

use crate::flows::sign_in::parameters::Parameters;
use crate::state::client::{Client, OWN_PROVIDER};
use crate::state::pool::Pool;

/// The provider of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    /// None that is named, or the pool itself.
    Own,
    /// Another one, which users of the app client sign in through.
    External,
    /// One that the pool or the app client does not have.
    Unknown,
}

/// Returns the provider of a request: by its name in `identity_provider`, or by one of its
/// identifiers in `idp_identifier`.
pub(crate) fn provider(pool: &Pool, client: &Client, parameters: &Parameters) -> Provider {
    let providers = &pool.records.providers;
    let by_identifier = |identifier: &str| {
        let mut known = providers.values();
        known.find(|provider| provider.identifiers().any(|own| own == identifier))
    };
    let external = match (parameters.get("identity_provider"), parameters.get("idp_identifier")) {
        (Some(OWN_PROVIDER), _) | (None, None) => return Provider::Own,
        (Some(name), _) => providers.get(name),
        (None, Some(identifier)) => by_identifier(identifier),
    };
    let is_served = |name: &str| client.settings.supports_provider(name);
    match external.is_some_and(|provider| is_served(&provider.provider_name)) {
        true => Provider::External,
        false => Provider::Unknown,
    }
}

/// Returns whether a browser may continue as the user of the pool whom it is signed in as: at an app
/// client for such users, and without a requested provider. What the service does at a client without
/// `COGNITO` is not known.
pub(crate) fn accepts_session(pool: &Pool, client_id: &str, parameters: &Parameters) -> bool {
    pool.client(client_id).is_ok_and(|client| {
        let is_own = provider(pool, client, parameters) == Provider::Own;
        is_own && client.settings.has_own_users()
    })
}
