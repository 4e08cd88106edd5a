//! The redemption of a code for tokens (RFC 6749, 4.1.3).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::tokens::IssuedTokens;
use crate::flows::tokens::hosted_auth::{self, Authorization};
use crate::model::ServiceError;
use crate::state::client::Client;
use crate::state::managed_login::{AuthorizationCode, Grant};

/// The request of an authenticated client to redeem a code.
pub(crate) struct Redemption<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    /// The code_verifier of PKCE.
    pub(crate) verifier: Option<&'a str>,
}

/// The reason why a code is not redeemed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RedemptionError {
    /// The code is unknown, used, expired or of another client, or the verifier is wrong.
    InvalidCode,
    OtherRedirectUri,
    /// The user can no longer sign in, or a trigger rejected the tokens.
    Rejected(ServiceError),
}

/// Redeems a code. It is used up by the first valid request, even if a trigger rejects the tokens.
/// It is not known whether a wrong verifier also uses it up in the service.
pub(crate) async fn redeem(
    context: &Context,
    redemption: &Redemption<'_>,
) -> Result<IssuedTokens, RedemptionError> {
    let rejected = RedemptionError::Rejected;
    let (authorization, ends) =
        context.step(|step| Ok(take(step, redemption))).map_err(rejected)??;
    hosted_auth::issue(context, authorization, Some(ends)).await.map_err(rejected)
}

/// Removes and returns the authorization of a code, with the expiration of its refresh token.
fn take(
    step: &mut Step<'_>,
    redemption: &Redemption<'_>,
) -> Result<(Authorization, u64), RedemptionError> {
    let now = step.now();
    let code = step.pool.managed_login.code(redemption.code, now).cloned();
    let AuthorizationCode { request, user } = code
        .filter(|code| code.request.client_id == redemption.client_id)
        .ok_or(RedemptionError::InvalidCode)?;
    if request.redirect_uri != redemption.redirect_uri {
        return Err(RedemptionError::OtherRedirectUri);
    }
    let client = step.pool.client(redemption.client_id).map_err(RedemptionError::Rejected)?;
    let is_proven = is_proven(request.code_challenge.as_deref(), redemption.verifier);
    if !is_proven || !reads_all(client, &request.grant) {
        return Err(RedemptionError::InvalidCode);
    }
    let ends = now.saturating_add(client.settings.refresh_token_seconds());
    step.pool.managed_login.spend_code(redemption.code);
    Ok((Authorization { user, request }, ends))
}

/// Returns whether a verifier matches a challenge. A verifier without a challenge is rejected,
/// because the challenge may have been removed from the request (RFC 9700, 2.1.1).
fn is_proven(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    let hash = |verifier: &str| URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    challenge.map(str::to_owned) == verifier.map(hash)
}

/// Returns whether the client may read the attributes that the scopes request (AWS guide, token
/// endpoint, `invalid_grant`).
fn reads_all(client: &Client, grant: &Grant) -> bool {
    let of_scopes = [
        ("email", ["email", "email_verified"]),
        ("phone", ["phone_number", "phone_number_verified"]),
    ];
    let mut requested = of_scopes.iter().filter(|(scope, _)| grant.has_scope(scope));
    requested.all(|(_, attributes)| attributes.iter().all(|name| client.can_read(name)))
}
