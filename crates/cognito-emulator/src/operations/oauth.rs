//! The token endpoint of the pool's domain, and OpenID discovery.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use crate::flows::caller::{Caller, TriggerLimit};
use crate::flows::context::Context;
use crate::flows::service::Service;
use crate::flows::tokens::machine::{self, MachineRequest};
use crate::flows::tokens::refresh::{Refresh, refresh};
use crate::model::ServiceError;
use crate::operations::quota;
use crate::state::pool::Pool;
use crate::state::quotas::{Charge, QuotaCategory};

/// The response of the token endpoint (RFC 6749, 5.1).
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// In seconds.
    expires_in: u64,
    token_type: &'static str,
}

/// An error response (RFC 6749, 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OAuthError {
    #[serde(rename = "error")]
    code: &'static str,
    #[serde(rename = "error_description", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl OAuthError {
    pub(crate) const INVALID_CLIENT: Self = Self::new("invalid_client");
    pub(crate) const INVALID_GRANT: Self = Self::new("invalid_grant");
    pub(crate) const INVALID_REQUEST: Self = Self::new("invalid_request");
    pub(crate) const INVALID_SCOPE: Self = Self::new("invalid_scope");
    /// No error of OAuth; the service's own is not documented.
    pub(crate) const TOO_MANY_REQUESTS: Self = Self::new("too_many_requests");
    pub(crate) const UNAUTHORIZED_CLIENT: Self = Self::new("unauthorized_client");
    pub(crate) const UNSUPPORTED_GRANT_TYPE: Self = Self::new("unsupported_grant_type");

    const fn new(code: &'static str) -> Self {
        Self { code, description: None }
    }

    /// Adds the reason of an error of a trigger.
    fn because(self, error: &ServiceError) -> Self {
        // RFC 6749, 5.2: printable ASCII without quotation marks and backslashes.
        let is_allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        let text = |c: char| if is_allowed(&c) { c } else { '?' };
        let description = error.is_of_trigger().then(|| error.message.chars().map(text).collect());
        Self { description, ..self }
    }
}

/// The credentials that a client sends.
pub(crate) struct ClientLogin {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// The members of a request for tokens.
pub(crate) struct TokenForm(BTreeMap<String, String>);

impl TokenForm {
    /// No member may come twice (RFC 6749, 3.2).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let mut members = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if members.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(OAuthError::INVALID_REQUEST);
            }
        }
        Ok(Self(members))
    }

    /// A member, if it is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The client, by members of the form.
    pub(crate) fn login(&self) -> Result<ClientLogin, OAuthError> {
        let id = self.get("client_id").ok_or(OAuthError::INVALID_REQUEST)?;
        Ok(ClientLogin { id: id.to_owned(), secret: self.get("client_secret").map(str::to_owned) })
    }
}

/// Grants tokens to a client, whose secret is checked.
pub(crate) async fn grant(
    service: &Arc<Service>,
    form: &TokenForm,
    login: ClientLogin,
    trigger_limit: TriggerLimit,
) -> Result<TokenResponse, OAuthError> {
    let grant_type = form.get("grant_type").ok_or(OAuthError::INVALID_REQUEST)?;
    let pool = service.pool_of_client(&login.id).map_err(|_| OAuthError::INVALID_CLIENT)?;
    let context =
        Context::new(service, pool, Caller::client(&login.id).with_trigger_limit(trigger_limit));
    let proven =
        context.step(|step| step.pool.client(&login.id)?.check_secret(login.secret.as_deref()));
    proven.map_err(|_| OAuthError::INVALID_CLIENT)?;
    admit(service, grant_type)?;
    match grant_type {
        "client_credentials" => client_credentials(&context, form, &login.id).await,
        "refresh_token" => refresh_token(&context, form, &login.id).await,
        // There is no page here that issues codes, so there is none that is good.
        "authorization_code" => Err(OAuthError::INVALID_GRANT),
        _ => Err(OAuthError::UNSUPPORTED_GRANT_TYPE),
    }
}

/// Counts a request for tokens by the quota of its grant type.
fn admit(service: &Service, grant_type: &str) -> Result<(), OAuthError> {
    let category = match grant_type {
        "client_credentials" => QuotaCategory::ClientAuthentication,
        _ => QuotaCategory::UserAuthentication,
    };
    let charge = Charge { category, is_response: false, in_pool: None };
    quota::count(service, &charge).map_err(|_| OAuthError::TOO_MANY_REQUESTS)
}

async fn client_credentials(
    context: &Context,
    form: &TokenForm,
    id: &str,
) -> Result<TokenResponse, OAuthError> {
    let scopes = form.get("scope").unwrap_or_default().split(' ');
    let scopes = scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let resource = form.get("resource").map(str::to_owned);
    let request = MachineRequest { client_id: id.to_owned(), scopes, resource };
    let invalid = |error| OAuthError::INVALID_REQUEST.because(&error);
    context.step(|step| Ok(check_grant(step.pool, &request))).map_err(invalid)??;
    let granted = machine::issue(context, request).await.map_err(invalid)?;
    let granted = granted.ok_or(OAuthError::INVALID_SCOPE)?;
    Ok(TokenResponse {
        access_token: granted.token,
        id_token: None,
        refresh_token: None,
        expires_in: granted.lifetime,
        token_type: "Bearer",
    })
}

fn check_grant(pool: &Pool, request: &MachineRequest) -> Result<(), OAuthError> {
    let client = pool.client(&request.client_id).map_err(|_| OAuthError::INVALID_CLIENT)?;
    if !client.settings.grants_client_credentials() {
        return Err(OAuthError::UNAUTHORIZED_CLIENT);
    }
    let known = |uri: &String| pool.resource_servers.contains_key(uri);
    match request.resource.as_ref().is_none_or(known) {
        true => Ok(()),
        false => Err(OAuthError::INVALID_REQUEST),
    }
}

async fn refresh_token(
    context: &Context,
    form: &TokenForm,
    client_id: &str,
) -> Result<TokenResponse, OAuthError> {
    let token = form.get("refresh_token").ok_or(OAuthError::INVALID_REQUEST)?;
    let request = Refresh { client_id, token, device_key: None };
    let tokens = refresh(context, request).await;
    let tokens = tokens.map_err(|error| OAuthError::INVALID_GRANT.because(&error))?;
    Ok(TokenResponse {
        access_token: tokens.access,
        id_token: Some(tokens.id),
        refresh_token: tokens.refresh,
        expires_in: tokens.lifetime,
        token_type: "Bearer",
    })
}

/// The pool's `/.well-known/openid-configuration`
/// ([OpenID Connect Discovery, 3](https://openid.net/specs/openid-connect-discovery-1_0.html)).
pub(crate) fn open_id_configuration(service: &Service, pool_id: &str) -> Option<Value> {
    let issuer = service.in_pool(pool_id, |step| Ok(step.issuer())).ok()?;
    let endpoint = service.shared.oauth_endpoint();
    let browser_endpoint = service.shared.browser_endpoint();
    Some(json!({
        "authorization_endpoint": format!("{browser_endpoint}/oauth2/authorize"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{endpoint}/{pool_id}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{endpoint}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}
