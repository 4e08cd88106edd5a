//! Renewal and revocation of tokens.

use crate::flows::step::Step;
use serde::Deserialize;
use serde_json::json;

use crate::flows::triggers::TokenOccasion;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::sign_in::Parameters;
use crate::state::client::Flow;
use crate::state::sign_in_record::{SignInRecord, invalid_refresh_token};
use crate::state::user::User;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokensRequest {
    refresh_token: String,
    client_id: String,
    client_secret: Option<String>,
    device_key: Option<String>,
}

pub(super) fn get_tokens(step: &mut Step<'_>, request: GetTokensRequest) -> Output {
    let client_id = request.client_id;
    step.pool.client(&client_id)?.check_secret(request.client_secret.as_deref())?;
    step.renew(&client_id, &request.refresh_token, request.device_key.as_deref())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeRequest {
    token: String,
    client_id: String,
    client_secret: Option<String>,
}

pub(super) fn revoke_token(step: &mut Step<'_>, request: RevokeRequest) -> Output {
    let RevokeRequest { token, client_id, client_secret } = request;
    let client = step.pool.client(&client_id)?;
    if client.check_secret(client_secret.as_deref()).is_err() {
        return Err(ServiceError::unauthorized("Invalid client secret."));
    }
    if !client.settings.can_revoke() {
        const MESSAGE: &str = "Token revocation is not enabled for the client.";
        return Err(ServiceError::unsupported_operation(MESSAGE));
    }
    // Access and ID tokens have three parts, refresh tokens five.
    if token.split('.').count() == 3 {
        return Err(ServiceError::unsupported_token_type("Unsupported token type"));
    }
    if step.pool.sign_ins.client_of(&token).is_some_and(|owner| owner != client_id) {
        return Err(ServiceError::unauthorized("Refresh Token has different Client"));
    }
    step.pool.sign_ins.revoke(&token);
    Ok(json!({}))
}

impl Step<'_> {
    /// InitiateAuth with REFRESH_TOKEN_AUTH, which clients of before 2025 use.
    pub(crate) fn refresh(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let token = parameters.required("REFRESH_TOKEN")?;
        let client = self.pool.client(client_id)?;
        let rotates = client.settings.rotation_grace().is_some();
        if rotates || !client.settings.allows(Flow::Refresh) {
            return Err(ServiceError::not_authorized("Auth flow not enabled for this client"));
        }
        // The hash is of the user's real name, whatever name the user typed.
        let record = self.renewable(token, client_id)?;
        client.check_secret_hash(parameters.get("SECRET_HASH"), &record.username)?;
        self.renew(client_id, token, parameters.get("DEVICE_KEY"))
    }

    fn renew(&mut self, client_id: &str, token: &str, device_key: Option<&str>) -> Output {
        let record = self.renewable(token, client_id)?;
        let user = self.pool.user_of(&record).ok_or_else(|| {
            ServiceError::not_authorized(
                "The user has been deleted for the associated refresh token",
            )
        })?;
        // Where devices are tracked, a token is good only with its confirmed device.
        let tracked = record.device_key.as_deref().filter(|_| self.pool.tracks_devices());
        if tracked.is_some_and(|key| device_key != Some(key) || user.device(key).is_err()) {
            return Err(invalid_refresh_token());
        }
        let (grace, now) = (self.pool.client(client_id)?.settings.rotation_grace(), self.now());
        if let Some(grace) = grace {
            self.pool.sign_ins.check_reuse(token, grace, now)?;
        }
        // A trigger that refuses the tokens leaves the refresh token as it was.
        let mut result = self.tokens(&record, TokenOccasion::RefreshTokens)?;
        // Rotation does not extend a session: authts/oidc-client-ts#2039.
        let ends = grace.and_then(|_| self.pool.sign_ins.rotate(token, now));
        self.hand_out(&record, &mut result, ends)?;
        Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
    }

    /// The sign-in that a refresh token renews.
    fn renewable(&self, token: &str, client_id: &str) -> Result<SignInRecord, ServiceError> {
        // That a user is disabled is said before that the token was revoked with it.
        let user = self.pool.sign_ins.user_of(token).and_then(|name| self.pool.users.get(name));
        user.map_or(Ok(()), User::check_enabled)?;
        self.pool.sign_ins.renewable(token, client_id, self.now())
    }
}
