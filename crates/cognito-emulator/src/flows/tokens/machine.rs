//! Tokens of programs: which app clients get them, for which scopes, and what they say.

use serde::Deserialize;
use serde_json::json;

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::triggers::{
    PreTokenGeneration, Strings, TokenChanges, TokenOccasion, TokensToIssue,
};
use crate::model::ServiceError;
use crate::state::client::Client;
use crate::state::pool::Pool;

/// The members of CreateUserPoolClient about OAuth.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OAuthSettings {
    #[serde(rename = "AllowedOAuthFlows")]
    flows: Vec<String>,
    #[serde(rename = "AllowedOAuthScopes")]
    scopes: Vec<String>,
    #[serde(rename = "AllowedOAuthFlowsUserPoolClient")]
    enabled: bool,
}

impl OAuthSettings {
    pub(crate) fn grants_client_credentials(&self) -> bool {
        self.enabled && self.flows.iter().any(|flow| flow == "client_credentials")
    }
}

/// What a program asks for.
pub(crate) struct MachineRequest {
    pub(crate) client_id: String,
    /// None for all that the client may have.
    pub(crate) scopes: Vec<String>,
    pub(crate) resource: Option<String>,
}

/// A program's token.
pub(crate) struct MachineToken {
    pub(crate) token: String,
    /// In seconds.
    pub(crate) lifetime: u64,
}

/// Scopes that are there without a resource server.
const STANDARD_SCOPES: [&str; 5] =
    ["aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"];

impl Pool {
    /// Refuses OAuth settings that the service refuses.
    pub(crate) fn check_oauth(&self, client: &Client) -> Result<(), ServiceError> {
        const INCOMPLETE: &str = "AllowedOAuthFlows and AllowedOAuthScopes are required if user \
                                  pool client is allowed to use OAuth flows.";
        let OAuthSettings { flows, scopes, enabled } = &client.settings.oauth;
        if *enabled && (flows.is_empty() || scopes.is_empty()) {
            return Err(ServiceError::invalid_parameter(INCOMPLETE));
        }
        check_flows(client)?;
        let unknown = |scope: &&String| !STANDARD_SCOPES.contains(&scope.as_str());
        match scopes.iter().filter(unknown).find(|scope| !self.has_scope(scope)) {
            None => Ok(()),
            Some(scope) => {
                let message = format!("Invalid scope requested: {scope}");
                Err(ServiceError::scope_does_not_exist(message))
            }
        }
    }

    /// Whether a resource server has that scope.
    fn has_scope(&self, scope: &str) -> bool {
        let parts = scope.rsplit_once('/');
        parts.is_some_and(|(server, name)| {
            self.resource_servers.get(server).is_some_and(|server| server.has_scope(name))
        })
    }
}

/// Issues a token for a program; none if it may not have a scope that it requests, or has none.
/// The trigger may change it and refuse it.
pub(crate) async fn issue(
    context: &Context,
    request: MachineRequest,
) -> Result<Option<MachineToken>, ServiceError> {
    let Some(scopes) = context.step(|step| granted_scopes(step.pool, &request))? else {
        return Ok(None);
    };
    let event = tokens_to_issue(context, &request.client_id, scopes.clone());
    let changes = context.ask::<PreTokenGeneration>(event).await?.unwrap_or_default();
    context.step(|step| sign(step, request, &scopes, &changes).map(Some))
}

/// Returns the scopes of a token; none if the client may not have one of those requested.
fn granted_scopes(
    pool: &Pool,
    request: &MachineRequest,
) -> Result<Option<Vec<String>>, ServiceError> {
    let settings = &pool.client(&request.client_id)?.settings;
    let may_have = |scope: &&String| pool.has_scope(scope);
    let allowed: Vec<String> = settings.oauth.scopes.iter().filter(may_have).cloned().collect();
    if !request.scopes.iter().all(|scope| allowed.contains(scope)) || allowed.is_empty() {
        return Ok(None);
    }
    Ok(Some(if request.scopes.is_empty() { allowed } else { request.scopes.clone() }))
}

/// Returns the event about a program's token, for which the service has the user name
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
        claims.extend(request.resource.map(|resource| ("aud".to_owned(), resource.into())));
        changes.change_access(claims);
    }
    let payload = claims.to_string().replace('/', r"\/");
    Ok(MachineToken { token: step.pool.keys.access().sign(&payload), lifetime })
}

/// Refuses grants that do not go together or lack what they need.
fn check_flows(client: &Client) -> Result<(), ServiceError> {
    const NO_SECRET: &str =
        "client_credentials flow can not be selected if client does not have a client secret.";
    const NOT_ALONE: &str =
        "client_credentials flow can not be selected along with code flow or implicit flow.";
    const NO_CALLBACK: &str =
        "CallbackUrls can not be empty when code flow or implicit flow is selected";
    let flows = &client.settings.oauth.flows;
    let machine = flows.iter().any(|flow| flow == "client_credentials");
    let no_callback = client.names("CallbackURLs").next().is_none();
    let message = match (machine, flows.len()) {
        (true, _) if client.secrets.is_empty() => NO_SECRET,
        (true, 2..) => NOT_ALONE,
        (false, 1..) if no_callback => NO_CALLBACK,
        _ => return Ok(()),
    };
    Err(ServiceError::invalid_o_auth_flow(message))
}
