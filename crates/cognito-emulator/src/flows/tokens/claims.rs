//! The claims of access and ID tokens.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::flows::step::Step;
use crate::flows::tokens::SCOPE;
use crate::model::ServiceError;
use crate::state::identity;
use crate::state::sign_in_record::SignInRecord;

/// Returns the claims of an access token.
pub(super) fn access(
    step: &mut Step<'_>,
    record: &SignInRecord,
    lifetime: u64,
) -> Map<String, Value> {
    let mut claims = common(step, record, "access", lifetime);
    claims.insert("client_id".to_owned(), record.client_id.clone().into());
    let scope = match &record.grant {
        None => SCOPE.to_owned(),
        Some(grant) => {
            claims.insert("version".to_owned(), 2.into());
            claims
                .extend(grant.resource.clone().map(|audience| ("aud".to_owned(), audience.into())));
            grant.scopes.join(" ")
        }
    };
    claims.insert("scope".to_owned(), scope.into());
    claims.insert("username".to_owned(), record.username.clone().into());
    if let Some(key) = &record.device_key {
        claims.insert("device_key".to_owned(), key.as_str().into());
    }
    claims
}

/// Returns the claims of an ID token. A user who does not exist has no attributes.
pub(super) fn id(
    step: &mut Step<'_>,
    record: &SignInRecord,
    lifetime: u64,
) -> Result<Map<String, Value>, ServiceError> {
    let mut claims = common(step, record, "id", lifetime);
    claims.insert("aud".to_owned(), record.client_id.clone().into());
    claims.insert("cognito:username".to_owned(), record.username.clone().into());
    claims.extend(step.pool.role_claims(&record.username));
    let client = step.pool.client(&record.client_id)?;
    let user = step.pool.users.get(&record.username);
    let attributes = user.into_iter().flat_map(|user| user.attributes().iter());
    let is_shown = |name: &str| record.grant.as_ref().is_none_or(|grant| grant.shows(name));
    for (name, value) in attributes.filter(|(name, _)| client.can_read(name) && is_shown(name)) {
        claims.insert(name.to_owned(), identity::claim(name, value));
    }
    Ok(claims)
}

fn common(
    step: &mut Step<'_>,
    record: &SignInRecord,
    token_use: &str,
    lifetime: u64,
) -> Map<String, Value> {
    let (now, jti) = (step.now(), step.random.uuid());
    let claims = [
        ("sub", json!(record.sub)),
        ("iss", json!(step.issuer())),
        ("origin_jti", json!(record.origin_jti)),
        ("event_id", json!(record.event_id)),
        ("token_use", json!(token_use)),
        // After the test clock was set back, verifiers would reject a sign-in in the future.
        ("auth_time", json!(record.auth_time.min(now))),
        ("exp", json!(now.saturating_add(lifetime))),
        ("iat", json!(now)),
        ("jti", json!(jti)),
    ];
    let groups = step.pool.groups_claim(&record.username).map(|groups| ("cognito:groups", groups));
    claims.into_iter().chain(groups).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the claim that binds an ID token to an access token (OpenID Connect Core, 3.1.3.6).
pub(super) fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let (half, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(half)
}

/// Returns the payload in the service's format, with `\/` for every slash.
pub(super) fn payload(claims: Map<String, Value>) -> String {
    Value::Object(claims).to_string().replace('/', r"\/")
}
