//! Token exchange at the token endpoint (RFC 8693): GetDerivedToken with form parameters.
//!
//! The grant is documented (AWS guide, token exchange); its errors are not, and are those of RFC
//! 8693, 2.2.2.

use serde_json::{Map, Value, json};

use crate::flows::context::Context;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::tokens::derived::ExchangeError;
use crate::model;
use crate::model::ServiceError;
use crate::model::shapes::GET_DERIVED_TOKEN_REQUEST;
use crate::operations::derived_token::{DerivedTokenResponse, TokenType, exchange};
use crate::operations::managed_login::client::OAuthError;

/// The name of the grant.
pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The types of tokens (RFC 8693, 3), with their names in the API.
const TOKEN_TYPES: [(&str, &str); 3] = [
    (ACCESS_TOKEN, "ACCESS_TOKEN"),
    (ID_TOKEN, "ID_TOKEN"),
    ("urn:ietf:params:oauth:token-type:saml2", "SAML2"),
];

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// Exchanges a token for an authenticated client.
pub(super) async fn token_exchange(
    context: &Context,
    form: &Parameters,
    client_id: &str,
) -> Result<DerivedTokenResponse, OAuthError> {
    let request = model::fit(&GET_DERIVED_TOKEN_REQUEST, request(form, client_id)?);
    let request = request.and_then(model::typed).map_err(ExchangeError::Request)?;
    Ok(exchange(context, request).await?)
}

/// Returns the URN of the issued token's type.
pub(super) fn token_type_of(response: &DerivedTokenResponse) -> &'static str {
    match response.issued_token_type {
        TokenType::IdToken => ID_TOKEN,
        _ => ACCESS_TOKEN,
    }
}

/// Returns the request of GetDerivedToken, whose limits apply.
fn request(form: &Parameters, client_id: &str) -> Result<Value, OAuthError> {
    let text = |name| form.get(name).map(Value::from);
    let list = |name| form.get(name).map(|value| json!([value]));
    let scopes = form.get("scope").map(|scope| scope.split_whitespace().collect());
    let members = [
        ("ClientId", Some(client_id.into())),
        ("SubjectToken", text("subject_token")),
        ("SubjectTokenType", token_type(form, "subject_token_type")?),
        ("ActorToken", text("actor_token")),
        ("ActorTokenType", token_type(form, "actor_token_type")?),
        ("Scopes", scopes),
        ("Audiences", list("audience")),
        ("Resources", list("resource")),
        ("RequestedTokenType", token_type(form, "requested_token_type")?),
    ];
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Value::Object(given.collect::<Map<_, _>>()))
}

fn token_type(form: &Parameters, name: &str) -> Result<Option<Value>, OAuthError> {
    let Some(given) = form.get(name) else {
        return Ok(None);
    };
    let known = TOKEN_TYPES.iter().find(|(urn, _)| *urn == given);
    let (_, member) = known.ok_or_else(|| {
        OAuthError::INVALID_REQUEST.described(&format!("{name} is not supported: {given}"))
    })?;
    Ok(Some((*member).into()))
}

impl From<ExchangeError> for OAuthError {
    fn from(error: ExchangeError) -> Self {
        let code = match &error {
            ExchangeError::Plan => Self::UNSUPPORTED_GRANT_TYPE,
            ExchangeError::Flow => Self::UNAUTHORIZED_CLIENT,
            ExchangeError::Target(_) => Self::INVALID_TARGET,
            ExchangeError::Request(_) | ExchangeError::Token(_) => Self::INVALID_REQUEST,
            // As in captures of the service after a failed trigger of a sign-in.
            ExchangeError::Other(error) if error.is_of_trigger() => Self::INVALID_REQUEST,
            ExchangeError::Other(_) => return Self::SERVER_ERROR,
        };
        code.described(&ServiceError::from(error).message)
    }
}
