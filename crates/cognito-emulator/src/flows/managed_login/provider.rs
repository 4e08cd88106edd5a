//! The identity provider of an authorization request, and of the browser's session.

use crate::flows::sign_in::parameters::Parameters;
use crate::state::client::{Client, OWN_PROVIDER};
use crate::state::managed_login::AuthenticatedUser;
use crate::state::pool::Pool;

/// The provider in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider<'a> {
    /// The request names no provider.
    Any,
    /// The request names the pool itself.
    Own,
    /// The request names this provider, which the app client supports.
    External(&'a str),
    /// The pool or the app client does not have the provider.
    Unknown,
}

/// Returns the provider of a request: by `identity_provider` (name) or `idp_identifier`
/// (identifier).
pub(crate) fn provider<'a>(
    pool: &'a Pool,
    client: &Client,
    parameters: &Parameters,
) -> Provider<'a> {
    let records = &pool.records;
    let external = match (parameters.get("identity_provider"), parameters.get("idp_identifier")) {
        (None, None) => return Provider::Any,
        (Some(OWN_PROVIDER), _) => return Provider::Own,
        (Some(name), _) => records.providers.get(name),
        (None, Some(identifier)) => records.provider_by_identifier(identifier),
    };
    let name = external.map(|provider| provider.provider_name.as_str());
    match name.filter(|name| client.settings.supports_provider(name)) {
        Some(name) => Provider::External(name),
        None => Provider::Unknown,
    }
}

/// Returns the names of the identity providers that the app client supports.
pub(crate) fn external<'a>(
    pool: &'a Pool,
    client: &'a Client,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let names = pool.records.providers.keys().map(String::as_str);
    names.filter(|name| client.settings.supports_provider(name))
}

/// Returns the provider to which the browser is redirected without a page: the one in the request,
/// or the only one of the app client. The latter is known from users of the service, and is not in
/// the guide.
pub(crate) fn without_page<'a>(
    pool: &'a Pool,
    client: &'a Client,
    parameters: &Parameters,
) -> Option<&'a str> {
    match provider(pool, client, parameters) {
        Provider::External(name) => Some(name),
        Provider::Any if !client.settings.has_own_users() => {
            let mut providers = external(pool, client);
            providers.next().filter(|_| providers.next().is_none())
        }
        _ => None,
    }
}

/// Returns whether a browser may continue with its session: the app client must support the
/// provider of the sign-in, and the request must not name another one (amplify-js#14902). The
/// behavior of the service for other app clients is not known.
pub(crate) fn accepts_session(
    pool: &Pool,
    client_id: &str,
    parameters: &Parameters,
    user: &AuthenticatedUser,
) -> bool {
    pool.client(client_id).is_ok_and(|client| {
        let of_session = user.provider.as_deref();
        let is_named = match provider(pool, client, parameters) {
            Provider::Any => true,
            Provider::Own => of_session.is_none(),
            Provider::External(name) => of_session == Some(name),
            Provider::Unknown => false,
        };
        let exists = of_session.is_none_or(|name| pool.records.providers.contains_key(name));
        is_named && exists && client.settings.supports_provider(of_session.unwrap_or(OWN_PROVIDER))
    })
}
