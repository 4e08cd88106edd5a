//! The end of an authorization: a code, or the tokens of the implicit grant.

use crate::flows::context::Context;
use crate::flows::managed_login::redirect::Target;
use crate::flows::tokens::IssuedTokens;
use crate::flows::tokens::hosted_auth::{self, Authorization};
use crate::model::ServiceError;
use crate::state::managed_login::{
    AuthenticatedUser, AuthorizationCode, AuthorizationRequest, ResponseType,
};

/// Returns the redirect URL with a code or tokens, or with an error if a trigger rejects the
/// tokens.
pub(crate) async fn complete(
    context: &Context,
    request: AuthorizationRequest,
    user: AuthenticatedUser,
) -> Result<String, ServiceError> {
    if request.response_type == ResponseType::Code {
        return context.step(|step| {
            step.pool.managed_login.check_not_revoked(&user)?;
            let (code, now) = (step.random.uuid(), step.now());
            let location = with_code(&request, &code);
            step.pool.managed_login.add_code(code, AuthorizationCode { request, user }, now);
            Ok(location)
        });
    }
    let authorization = Authorization { user, request: request.clone() };
    match hosted_auth::issue(context, authorization, None).await {
        Ok(tokens) => Ok(with_tokens(&request, &tokens)),
        Err(error) if error.is_of_trigger() => Ok(Target::of(&request).rejection(&error)),
        Err(error) => Err(error),
    }
}

fn with_code(request: &AuthorizationRequest, code: &str) -> String {
    let state = request.state.as_deref().map(|state| ("state", state));
    let parameters: Vec<_> = [("code", code)].into_iter().chain(state).collect();
    Target::of(request).with(&parameters)
}

fn with_tokens(request: &AuthorizationRequest, tokens: &IssuedTokens) -> String {
    let lifetime = tokens.lifetime.to_string();
    let id = tokens.id.as_deref().map(|id| ("id_token", id));
    let state = request.state.as_deref().map(|state| ("state", state));
    let rest =
        [("access_token", &*tokens.access), ("token_type", "Bearer"), ("expires_in", &*lifetime)];
    let parameters: Vec<_> = id.into_iter().chain(rest).chain(state).collect();
    Target::of(request).with(&parameters)
}
