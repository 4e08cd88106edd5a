//! GetDerivedToken: the exchange of a token for one that is bound to a service.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::tokens::derived::{self, Exchange, Kind, Presented};
use crate::model::ServiceError;
use crate::operations::resource_servers;
use crate::state::pool::Pool;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DerivedTokenRequest {
    client_id: String,
    client_secret: Option<String>,
    subject_token: String,
    subject_token_type: TokenType,
    subject_token_provider_name: Option<String>,
    actor_token: Option<String>,
    actor_token_type: Option<TokenType>,
    actor_token_provider_name: Option<String>,
    scopes: Option<Vec<String>>,
    #[serde(default)]
    audiences: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    /// An access token if it is missing, as RFC 8693 has it; the service is not measured.
    requested_token_type: Option<TokenType>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TokenType {
    AccessToken,
    IdToken,
    Saml2,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DerivedTokenResponse {
    issued_token: String,
    issued_token_type: TokenType,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

pub(super) async fn get_derived_token(
    context: &Context,
    request: DerivedTokenRequest,
) -> Result<DerivedTokenResponse, ServiceError> {
    context.step(|step| check(step.pool, &request))?;
    let issued = request.requested_token_type.unwrap_or(TokenType::AccessToken);
    let exchange = exchange(request, kind(issued, None)?)?;
    let derived = derived::exchange(context, exchange).await?;
    Ok(DerivedTokenResponse {
        issued_token: derived.token,
        issued_token_type: issued,
        token_type: match issued {
            TokenType::AccessToken => "Bearer",
            _ => "N_A",
        },
        expires_in: derived.lifetime,
        scopes: derived.scopes,
    })
}

/// Checks the app client. A signed request needs no secret, but the emulator reads no signatures.
fn check(pool: &Pool, request: &DerivedTokenRequest) -> Result<(), ServiceError> {
    let client = pool.client(&request.client_id)?;
    client.check_secret(request.client_secret.as_deref())?;
    // The model lists no exception for pools of the plan Lite.
    if pool.settings.is_lite() {
        const MESSAGE: &str = "The following feature is not available for the LITE pricing tier \
                               configured: Token exchange";
        return Err(ServiceError::feature_unavailable_in_tier(MESSAGE));
    }
    if !client.settings.allows_token_exchange(request.actor_token.is_some()) {
        return Err(ServiceError::not_authorized("Auth flow not enabled for this client"));
    }
    if let Some(identifier) = request.resources.first() {
        resource_servers::find(pool, identifier)?;
    }
    Ok(())
}

fn exchange(request: DerivedTokenRequest, issued: Kind) -> Result<Exchange, ServiceError> {
    let audience =
        match (request.audiences.into_iter().next(), request.resources.into_iter().next()) {
            (Some(_), Some(_)) => {
                const BOTH: &str = "Audiences and Resources cannot be requested together";
                return Err(ServiceError::invalid_parameter(BOTH));
            }
            (audience, resource) => audience.or(resource),
        };
    let actor = match (request.actor_token, request.actor_token_type) {
        (None, None) => None,
        (Some(token), Some(of)) => {
            let kind = kind(of, request.actor_token_provider_name)?;
            Some(Presented { token, kind })
        }
        _ => {
            const ONE: &str = "ActorToken and ActorTokenType are required together";
            return Err(ServiceError::invalid_parameter(ONE));
        }
    };
    let kind = kind(request.subject_token_type, request.subject_token_provider_name)?;
    Ok(Exchange {
        client_id: request.client_id,
        subject: Presented { token: request.subject_token, kind },
        actor,
        scopes: request.scopes.filter(|scopes| !scopes.is_empty()),
        audience,
        issued,
    })
}

/// Returns the kind of a token of the pool.
fn kind(of: TokenType, provider: Option<String>) -> Result<Kind, ServiceError> {
    match (of, provider) {
        (TokenType::AccessToken, None) => Ok(Kind::Access),
        (TokenType::IdToken, None) => Ok(Kind::Id),
        _ => Err(ServiceError::invalid_parameter(
            "The emulator exchanges no tokens of other identity providers.",
        )),
    }
}
