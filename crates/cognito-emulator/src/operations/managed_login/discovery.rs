//! OpenID discovery.

use serde_json::{Value, json};

use crate::flows::service::Service;

/// Returns the pool's `/.well-known/openid-configuration`
/// ([OpenID Connect Discovery, 3](https://openid.net/specs/openid-connect-discovery-1_0.html)), or
/// `None` for an unknown pool.
///
/// The members are those of a real document (localstack#12914). `code_challenge_methods_supported`
/// is missing there: clients such as Auth.js then disable PKCE, and must behave the same with the
/// emulator. In the service, a pool without a domain has no endpoints; in the emulator every pool
/// has them.
pub(crate) fn configuration(service: &Service, pool_id: &str) -> Option<Value> {
    let issuer = service.in_pool(pool_id, |step| Ok(step.issuer())).ok()?;
    let endpoint = service.shared.oauth_endpoint();
    let browser_endpoint = service.shared.browser_endpoint();
    Some(json!({
        "authorization_endpoint": format!("{browser_endpoint}/oauth2/authorize"),
        "end_session_endpoint": format!("{browser_endpoint}/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{endpoint}/{pool_id}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{endpoint}/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{endpoint}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{endpoint}/oauth2/userInfo"),
    }))
}
