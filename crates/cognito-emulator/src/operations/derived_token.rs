//! GetDerivedToken: exchanges a token for one that is bound to a service. The token endpoint offers
//! the same.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::tokens::derived::{self, Exchange, ExchangeError, Kind, Presented, Target};
use crate::model::ServiceError;

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
    /// An access token by default, as in RFC 8693; the service's default is not measured.
    requested_token_type: Option<TokenType>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum TokenType {
    AccessToken,
    IdToken,
    Saml2,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DerivedTokenResponse {
    pub(super) issued_token: String,
    pub(super) issued_token_type: TokenType,
    pub(super) token_type: &'static str,
    pub(super) expires_in: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
}

pub(super) async fn get_derived_token(
    context: &Context,
    request: DerivedTokenRequest,
) -> Result<DerivedTokenResponse, ServiceError> {
    // The service accepts a signed request without a secret; the emulator does not check
    // signatures.
    context.step(|step| {
        let client = step.pool.client(&request.client_id)?;
        client.check_secret(request.client_secret.as_deref())
    })?;
    exchange(context, request).await.map_err(ServiceError::from)
}

/// Exchanges a token for an authenticated client.
pub(super) async fn exchange(
    context: &Context,
    request: DerivedTokenRequest,
) -> Result<DerivedTokenResponse, ExchangeError> {
    let issued = request.requested_token_type.unwrap_or(TokenType::AccessToken);
    let derived = derived::exchange(context, read(request, kind(issued, None)?)?).await?;
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

fn read(request: DerivedTokenRequest, issued: Kind) -> Result<Exchange, ExchangeError> {
    const BOTH: &str = "Audiences and Resources cannot be requested together";
    const ONE: &str = "ActorToken and ActorTokenType are required together";
    let target = match (request.audiences.into_iter().next(), request.resources.into_iter().next())
    {
        (Some(_), Some(_)) => return Err(ExchangeError::invalid(BOTH)),
        (audience, resource) => {
            audience.map(Target::Audience).or_else(|| resource.map(Target::Resource))
        }
    };
    let actor = match (request.actor_token, request.actor_token_type) {
        (None, None) => None,
        (Some(token), Some(of)) => {
            let kind = kind(of, request.actor_token_provider_name)?;
            Some(Presented { token, kind })
        }
        _ => return Err(ExchangeError::invalid(ONE)),
    };
    let kind = kind(request.subject_token_type, request.subject_token_provider_name)?;
    Ok(Exchange {
        client_id: request.client_id,
        subject: Presented { token: request.subject_token, kind },
        actor,
        scopes: request.scopes.filter(|scopes| !scopes.is_empty()),
        target,
        issued,
    })
}

/// Returns the kind of a pool's token.
fn kind(of: TokenType, provider: Option<String>) -> Result<Kind, ExchangeError> {
    match (of, provider) {
        (TokenType::AccessToken, None) => Ok(Kind::Access),
        (TokenType::IdToken, None) => Ok(Kind::Id),
        _ => Err(ExchangeError::invalid(
            "The emulator exchanges no tokens of other identity providers.",
        )),
    }
}

impl From<ExchangeError> for ServiceError {
    fn from(error: ExchangeError) -> Self {
        // The model lists no exception for pools of the tier LITE.
        const PLAN: &str = "The following feature is not available for the LITE pricing tier \
                            configured: Token exchange";
        match error {
            ExchangeError::Plan => Self::feature_unavailable_in_tier(PLAN),
            ExchangeError::Flow => Self::not_authorized("Auth flow not enabled for this client"),
            ExchangeError::Request(error)
            | ExchangeError::Target(error)
            | ExchangeError::Token(error)
            | ExchangeError::Other(error) => error,
        }
    }
}
