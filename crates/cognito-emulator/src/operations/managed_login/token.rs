//! `POST /oauth2/token`: grants for a code, a refresh token, client credentials, or a token
//! exchange.

use std::sync::Arc;

use cognito_types::QuotaCategory;
use serde::Serialize;

use crate::flows::caller::{Caller, TriggerLimit};
use crate::flows::context::Context;
use crate::flows::managed_login::redemption::{Redemption, RedemptionError, redeem};
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::tokens::IssuedTokens;
use crate::flows::tokens::machine::{self, MachineRequest};
use crate::flows::tokens::refresh::{Refresh, refresh};
use crate::operations::derived_token::DerivedTokenResponse;
use crate::operations::managed_login::client::{ClientRequest, OAuthError, authenticate};
use crate::operations::managed_login::exchange;
use crate::operations::quota;
use crate::state::quotas::{Allowance, Charge};

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
    /// Only of a token exchange (RFC 8693, 2.2.1), like the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// Authenticates a client and grants tokens.
pub(crate) async fn grant(
    service: &Arc<Service>,
    request: &ClientRequest<'_>,
    trigger_limit: TriggerLimit,
) -> Result<TokenResponse, OAuthError> {
    let ClientRequest { form, login, .. } = request;
    let grant_type = form.get("grant_type").ok_or(OAuthError::INVALID_REQUEST)?;
    let caller = Caller::client(&login.id).with_trigger_limit(trigger_limit);
    let context = authenticate(service, request, with_metadata(caller, grant_type, form)?)?;
    admit(service, grant_type)?;
    match grant_type {
        "client_credentials" => client_credentials(&context, form, &login.id).await,
        "refresh_token" => refresh_token(&context, form, &login.id).await,
        "authorization_code" => authorization_code(&context, form, &login.id).await,
        exchange::GRANT_TYPE => {
            exchange::token_exchange(&context, form, &login.id).await.map(Into::into)
        }
        _ => Err(OAuthError::UNSUPPORTED_GRANT_TYPE),
    }
}

/// Adds the client metadata, which only the client credentials grant passes to triggers (AWS guide,
/// token endpoint): JSON with string values.
fn with_metadata(
    caller: Caller,
    grant_type: &str,
    form: &Parameters,
) -> Result<Caller, OAuthError> {
    match form.get("aws_client_metadata").filter(|_| grant_type == "client_credentials") {
        None => Ok(caller),
        Some(json) => {
            let metadata = serde_json::from_str(json).map_err(|_| OAuthError::INVALID_REQUEST)?;
            Ok(caller.with_metadata(metadata))
        }
    }
}

/// Counts a request for tokens by the quota of its grant type. Codes have a separate allowance.
fn admit(service: &Service, grant_type: &str) -> Result<(), OAuthError> {
    let (category, allowance) = match grant_type {
        "client_credentials" => (QuotaCategory::ClientAuthentication, Allowance::Rate),
        "authorization_code" => (QuotaCategory::UserAuthentication, Allowance::Codes),
        exchange::GRANT_TYPE => (QuotaCategory::UserToken, Allowance::Rate),
        _ => (QuotaCategory::UserAuthentication, Allowance::Rate),
    };
    quota::count(service, &Charge::of(category, allowance))
        .map_err(|_| OAuthError::TOO_MANY_REQUESTS)
}

async fn client_credentials(
    context: &Context,
    form: &Parameters,
    id: &str,
) -> Result<TokenResponse, OAuthError> {
    let scopes = form.get("scope").unwrap_or_default().split(' ');
    let scopes = scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let request = MachineRequest { client_id: id.to_owned(), scopes };
    let invalid = |error| OAuthError::INVALID_REQUEST.because(&error);
    check_grant(context, id, "client_credentials")?;
    // Machine-to-machine tokens cannot be bound to a resource (AWS guide, resource binding). It is
    // not known whether the service ignores or rejects the parameter.
    if form.get("resource").is_some() {
        return Err(OAuthError::INVALID_REQUEST);
    }
    let granted = machine::issue(context, request).await.map_err(invalid)?;
    let granted = granted.ok_or(OAuthError::INVALID_SCOPE)?;
    Ok(TokenResponse::bearer(granted.token, granted.lifetime))
}

/// Checks that AllowedOAuthFlows of the client contains a grant.
fn check_grant(context: &Context, client_id: &str, name: &str) -> Result<(), OAuthError> {
    let allowed = context.step(|step| {
        let client = step.pool.client(client_id)?;
        Ok(client.settings.allows_grant(name))
    });
    match allowed {
        Ok(true) => Ok(()),
        Ok(false) => Err(OAuthError::UNAUTHORIZED_CLIENT),
        Err(_) => Err(OAuthError::INVALID_CLIENT),
    }
}

/// Refreshes tokens. No flow is required, because tokens of the API are refreshed as well.
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
    check_grant(context, client_id, "code")?;
    let required = |name| form.get(name).ok_or(OAuthError::INVALID_REQUEST);
    let redemption = Redemption {
        client_id,
        code: required("code")?,
        redirect_uri: required("redirect_uri")?,
        verifier: form.get("code_verifier"),
    };
    redeem(context, &redemption).await.map(Into::into).map_err(Into::into)
}

impl TokenResponse {
    fn bearer(access_token: String, expires_in: u64) -> Self {
        Self {
            id_token: None,
            access_token,
            refresh_token: None,
            expires_in,
            token_type: "Bearer",
            issued_token_type: None,
            scope: None,
        }
    }
}

impl From<RedemptionError> for OAuthError {
    fn from(error: RedemptionError) -> Self {
        match error {
            RedemptionError::InvalidCode => Self::INVALID_GRANT,
            // Not `invalid_grant`, which RFC 6749, 5.2 has: captures of the service.
            RedemptionError::OtherRedirectUri => {
                Self::UNAUTHORIZED_CLIENT.described("invalid_redirect")
            }
            RedemptionError::Rejected(error) => Self::INVALID_GRANT.because(&error),
        }
    }
}

impl From<IssuedTokens> for TokenResponse {
    fn from(tokens: IssuedTokens) -> Self {
        Self {
            id_token: tokens.id,
            refresh_token: tokens.refresh,
            ..Self::bearer(tokens.access, tokens.lifetime)
        }
    }
}

impl From<DerivedTokenResponse> for TokenResponse {
    fn from(derived: DerivedTokenResponse) -> Self {
        Self {
            issued_token_type: Some(exchange::token_type_of(&derived)),
            token_type: derived.token_type,
            scope: Some(derived.scopes.join(" ")).filter(|scope| !scope.is_empty()),
            // This member also contains an ID token (RFC 8693, 2.2.1).
            ..Self::bearer(derived.issued_token, derived.expires_in)
        }
    }
}
