//! Refresh and revocation of tokens, and global sign-out.

use cognito_types::{AccessToken, ClientSecret, RefreshToken};
use serde::{Deserialize, Serialize};

use super::sign_in::AuthenticationResult;
use super::wire::{Nothing, TokenRequest, metadata};
use super::{AppClient, unreadable};
use crate::context::ClientMetadata;
use crate::error::Error;
use crate::list::List;
use crate::sign_in::wire::NewTokens;
use crate::transport::Operation;
use crate::user_session::{self, UserSession};

impl AppClient {
    /// Sends GetTokensFromRefreshToken.
    ///
    /// The request contains no user name, so SECRET_HASH cannot be computed for a wrong one. It
    /// works whether or not the app client rotates refresh tokens.
    pub(crate) async fn refresh(
        &self,
        token: &RefreshToken,
        device_key: Option<&str>,
        with: &ClientMetadata,
    ) -> Result<NewTokens, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            refresh_token: &'a str,
            client_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_secret: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            device_key: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_metadata: Option<&'a ClientMetadata>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            authentication_result: Option<AuthenticationResult>,
        }
        self.with_secret(|secret| async move {
            let input = Input {
                refresh_token: token.expose_secret(),
                client_id: self.client_id.as_str(),
                client_secret: secret.as_ref().map(ClientSecret::expose_secret),
                device_key,
                client_metadata: metadata(with),
            };
            let operation = Operation::GetTokensFromRefreshToken;
            let output: Output = self.transport.call(operation, &input).await?;
            output.authentication_result.ok_or_else(unreadable)?.tokens()
        })
        .await
    }

    /// Sends RevokeToken.
    pub(crate) async fn revoke(&self, token: &RefreshToken) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            token: &'a str,
            client_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_secret: Option<&'a str>,
        }
        self.with_secret(|secret| async move {
            let input = Input {
                token: token.expose_secret(),
                client_id: self.client_id.as_str(),
                client_secret: secret.as_ref().map(ClientSecret::expose_secret),
            };
            let Nothing {} = self.transport.call(Operation::RevokeToken, &input).await?;
            Ok(())
        })
        .await
    }

    /// Sends ListUserSessions.
    pub(crate) fn list_sessions(&self, token: &AccessToken) -> List<UserSession> {
        let (transport, token) = (self.transport.clone(), token.clone());
        List::new(move |page| {
            let (transport, token) = (transport.within(page.timeout), token.clone());
            async move {
                let user = TokenRequest { access_token: token.expose_secret() };
                user_session::list(&transport, Operation::ListUserSessions, &user, page.token).await
            }
        })
    }

    /// Sends RevokeUserSession.
    pub(crate) async fn revoke_session(&self, token: &AccessToken, id: &str) -> Result<(), Error> {
        let user = TokenRequest { access_token: token.expose_secret() };
        user_session::revoke(&self.transport, Operation::RevokeUserSession, &user, id).await
    }

    /// Sends GlobalSignOut.
    pub(crate) async fn global_sign_out(&self, token: &AccessToken) -> Result<(), Error> {
        let input = TokenRequest { access_token: token.expose_secret() };
        let Nothing {} = self.transport.call(Operation::GlobalSignOut, &input).await?;
        Ok(())
    }
}
