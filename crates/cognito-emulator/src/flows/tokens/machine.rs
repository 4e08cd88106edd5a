//! Machine-to-machine tokens, by the client credentials grant.

use serde_json::json;

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::triggers::{
    PreTokenGeneration, Strings, TokenChanges, TokenOccasion, TokensToIssue,
};
use crate::model::ServiceError;
use crate::state::keys::ReadyKeys;
use crate::state::pool::Pool;
use crate::state::resource_server::has_scope;

/// A request for a machine-to-machine token.
pub(crate) struct MachineRequest {
    pub(crate) client_id: String,
    /// Empty for all scopes of the client.
    pub(crate) scopes: Vec<String>,
}

/// A machine-to-machine token.
pub(crate) struct MachineToken {
    pub(crate) token: String,
    /// In seconds.
    pub(crate) lifetime: u64,
}

/// Issues a machine-to-machine token; returns `None` if a requested scope is not allowed, or the
/// client has no scopes. The trigger may change or reject the token.
pub(crate) async fn issue(
    context: &Context,
    request: MachineRequest,
) -> Result<Option<MachineToken>, ServiceError> {
    let Some(scopes) = context.step(|step| granted_scopes(step.pool, &request))? else {
        return Ok(None);
    };
    let event = tokens_to_issue(context, &request.client_id, scopes.clone());
    let changes = context.call_trigger::<PreTokenGeneration>(event).await?.unwrap_or_default();
    let keys = context.pool.keys()?;
    context.step(|step| sign(step, &keys, request, &scopes, &changes).map(Some))
}

/// Returns the scopes of a token, or `None` if a requested scope is not allowed.
fn granted_scopes(
    pool: &Pool,
    request: &MachineRequest,
) -> Result<Option<Vec<String>>, ServiceError> {
    let settings = &pool.client(&request.client_id)?.settings;
    let may_have = |scope: &&String| has_scope(&pool.resource_servers, scope);
    let allowed: Vec<String> = settings.scopes().filter(may_have).cloned().collect();
    if !request.scopes.iter().all(|scope| allowed.contains(scope)) || allowed.is_empty() {
        return Ok(None);
    }
    Ok(Some(if request.scopes.is_empty() { allowed } else { request.scopes.clone() }))
}

/// Returns the event for a machine-to-machine token, in which the service has the user name
/// `ClientCredentials`.
fn tokens_to_issue(context: &Context, client_id: &str, scopes: Vec<String>) -> TokensToIssue {
    TokensToIssue {
        username: "ClientCredentials".to_owned(),
        client_id: client_id.to_owned(),
        occasion: TokenOccasion::ClientCredentials,
        attributes: Strings::new(),
        groups: Vec::new(),
        roles: Vec::new(),
        preferred_role: None,
        scopes,
        client_metadata: context.caller.client_metadata(),
    }
}

fn sign(
    step: &mut Step<'_>,
    keys: &ReadyKeys,
    request: MachineRequest,
    scopes: &[String],
    changes: &TokenChanges,
) -> Result<MachineToken, ServiceError> {
    let lifetime = step.pool.client(&request.client_id)?.settings.access_token_seconds();
    let now = step.now();
    let mut claims = json!({
        "sub": request.client_id,
        "token_use": "access",
        "scope": scopes.join(" "),
        "auth_time": now,
        "iss": step.issuer(),
        "exp": now.saturating_add(lifetime),
        "iat": now,
        "version": 2,
        "jti": step.random.uuid(),
        "client_id": request.client_id,
    });
    if let Some(claims) = claims.as_object_mut() {
        changes.change_access(claims);
    }
    let payload = claims.to_string().replace('/', r"\/");
    Ok(MachineToken { token: keys.access().sign(&payload), lifetime })
}
