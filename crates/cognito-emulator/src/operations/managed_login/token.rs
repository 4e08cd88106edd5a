//! `POST /oauth2/token`: tokens for a code, a refresh token, or a program.

use std::sync::Arc;

use serde::Serialize;

use crate::flows::caller::{Caller, TriggerLimit};
use crate::flows::context::Context;
use crate::flows::managed_login::redemption::{Redemption, RedemptionError, redeem};
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::tokens::IssuedTokens;
use crate::flows::tokens::machine::{self, MachineRequest};
use crate::flows::tokens::refresh::{Refresh, refresh};
use crate::model::ServiceError;
use crate::operations::quota;
use crate::state::pool::Pool;
use crate::state::quotas::{Charge, QuotaCategory};

/// The response of the token endpoint (RFC 6749, 5.1).
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    access_token: String,
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

/// Returns the client, by members of the form.
pub(crate) fn login(form: &Parameters) -> Result<ClientLogin, OAuthError> {
    let id = form.get("client_id").ok_or(OAuthError::INVALID_REQUEST)?;
    Ok(ClientLogin { id: id.to_owned(), secret: form.get("client_secret").map(str::to_owned) })
}

/// Grants tokens to a client, whose secret is checked.
pub(crate) async fn grant(
    service: &Arc<Service>,
    form: &Parameters,
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
        "authorization_code" => authorization_code(&context, form, &login.id).await,
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
    form: &Parameters,
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
    if !client.settings.allows_grant("client_credentials") {
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
    form: &Parameters,
    client_id: &str,
) -> Result<TokenResponse, OAuthError> {
    let token = form.get("refresh_token").ok_or(OAuthError::INVALID_REQUEST)?;
    let request = Refresh { client_id, token, device_key: None };
    let tokens = refresh(context, request).await;
    tokens.map(Into::into).map_err(|error| OAuthError::INVALID_GRANT.because(&error))
}

async fn authorization_code(
    context: &Context,
    form: &Parameters,
    client_id: &str,
) -> Result<TokenResponse, OAuthError> {
    let required = |name| form.get(name).ok_or(OAuthError::INVALID_REQUEST);
    let redemption = Redemption {
        client_id,
        code: required("code")?,
        redirect_uri: required("redirect_uri")?,
        verifier: form.get("code_verifier"),
    };
    redeem(context, &redemption).await.map(Into::into).map_err(Into::into)
}

impl From<RedemptionError> for OAuthError {
    fn from(error: RedemptionError) -> Self {
        match error {
            RedemptionError::InvalidCode => Self::INVALID_GRANT,
            // No `invalid_grant`, which RFC 6749, 5.2 has: captures of the service.
            RedemptionError::OtherRedirectUri => {
                let description = Some("invalid_redirect".to_owned());
                Self { description, ..Self::UNAUTHORIZED_CLIENT }
            }
            RedemptionError::Rejected(error) => Self::INVALID_GRANT.because(&error),
        }
    }
}

impl From<IssuedTokens> for TokenResponse {
    fn from(tokens: IssuedTokens) -> Self {
        Self {
            id_token: tokens.id,
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            expires_in: tokens.lifetime,
            token_type: "Bearer",
        }
    }
}
