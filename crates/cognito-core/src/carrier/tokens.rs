//! Tokens: refreshed, revoked, and all of a user's at once.

use cognito_types::{AccessToken, RefreshToken};

use super::retry::{once, twice_at_once};
use super::sign_in::new_tokens;
use super::{Carrier, metadata, sent, unreadable};
use crate::context::ClientMetadata;
use crate::error::Error;
use crate::sign_in::wire::NewTokens;

impl Carrier {
    /// GetTokensFromRefreshToken.
    ///
    /// It names no user, so no hash can be of the wrong name, and it works whether or not the app
    /// client rotates refresh tokens.
    pub(crate) async fn refresh(
        &self,
        token: &RefreshToken,
        device_key: Option<&str>,
        with: &ClientMetadata,
    ) -> Result<NewTokens, Error> {
        self.with_secret(|secret| async move {
            let call = self.client.get_tokens_from_refresh_token();
            let call = call.client_id(self.client_id.as_str()).refresh_token(token.expose_secret());
            let secret = secret.map(|secret| secret.expose_secret().to_owned());
            let call = call.set_client_secret(secret).set_client_metadata(metadata(with));
            let call = call.set_device_key(device_key.map(str::to_owned));
            let call = call.customize().config_override(twice_at_once());
            let output = sent("GetTokensFromRefreshToken", call.send()).await?;
            new_tokens(output.authentication_result.ok_or_else(unreadable)?)
        })
        .await
    }

    /// RevokeToken.
    pub(crate) async fn revoke(&self, token: &RefreshToken) -> Result<(), Error> {
        self.with_secret(|secret| async move {
            let call = self.client.revoke_token().client_id(self.client_id.as_str());
            let secret = secret.map(|secret| secret.expose_secret().to_owned());
            let call = call.token(token.expose_secret()).set_client_secret(secret);
            sent("RevokeToken", call.send()).await.map(drop)
        })
        .await
    }

    /// GlobalSignOut.
    pub(crate) async fn global_sign_out(&self, token: &AccessToken) -> Result<(), Error> {
        let call = self.client.global_sign_out().access_token(token.expose_secret());
        let call = call.customize().config_override(once());
        sent("GlobalSignOut", call.send()).await.map(drop)
    }
}
