//! Requests to the token endpoint and the revoke endpoint.

use std::time::SystemTime;

use cognito_types::{ClientId, ClientSecret, Code, RefreshToken, TokenSet};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::error::ManagedLoginError;
use super::pending::PendingSignIn;
use crate::domain::{Domain, TOKEN_PATH};
use crate::post::{Poster, form, form_body, lifetime, read};

const REVOKE_PATH: &str = "/oauth2/revoke";

/// Sends requests of an app client to the endpoints of a domain.
pub(super) struct Endpoint {
    pub(super) poster: Poster,
    pub(super) domain: Domain,
    pub(super) client: ClientId,
}

/// A response of the token endpoint (RFC 6749, 5.1).
#[derive(Deserialize)]
pub(super) struct Granted {
    access_token: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: u64,
}

impl Granted {
    pub(super) fn issued_at(self, now: SystemTime) -> TokenSet {
        let lifetime = lifetime(self.expires_in, &self.access_token);
        let set = TokenSet::new(self.access_token, now, lifetime);
        let set = self.id_token.into_iter().fold(set, TokenSet::with_id_token);
        self.refresh_token.into_iter().fold(set, TokenSet::with_refresh_token)
    }
}

type Form<'a> = [(&'a str, &'a str)];

impl Endpoint {
    /// Exchanges an authorization code for tokens (RFC 6749, 4.1.3).
    ///
    /// It is sent once, because a code whose response was lost is used up.
    pub(super) async fn redeem(
        &self,
        pending: &PendingSignIn,
        code: &Code,
    ) -> Result<Granted, ManagedLoginError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", pending.redirect_uri()),
            ("code_verifier", pending.code_verifier()),
        ];
        self.granted(&form).await
    }

    /// Requests new tokens with a refresh token (RFC 6749, 6).
    ///
    /// A request without a response is retried once, without a pause, because a refresh token that
    /// was rotated is accepted only for a short time. It is not retried if the server asks for a
    /// pause (RFC 9110, 10.2.3).
    pub(super) async fn refresh(&self, token: &RefreshToken) -> Result<Granted, ManagedLoginError> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())];
        match self.granted(&form).await {
            Err(
                ManagedLoginError::Transport(_)
                | ManagedLoginError::Malformed
                | ManagedLoginError::Unavailable { status: 500.., retry_after: None },
            ) => self.granted(&form).await,
            outcome => outcome,
        }
    }

    /// Revokes a refresh token (RFC 7009).
    pub(super) async fn revoke(&self, token: &RefreshToken) -> Result<(), ManagedLoginError> {
        self.post(REVOKE_PATH, &[("token", token.expose_secret())]).await.map(drop)
    }

    async fn granted(&self, form: &Form<'_>) -> Result<Granted, ManagedLoginError> {
        Ok(read(&self.post(TOKEN_PATH, form).await?)?)
    }

    async fn post(
        &self,
        path: &str,
        pairs: &Form<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, ManagedLoginError> {
        let body = form_body(&[&[("client_id", self.client.as_str())], pairs].concat());
        let write = |secret: Option<&ClientSecret>| form(&self.client, secret, body.clone());
        Ok(self.poster.post(&self.domain.url(path), write).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn tokens_expire_with_their_claims_at_the_latest() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iat":1000,"exp":1300}"#);
        for expires_in in [300, 86_400, u64::MAX] {
            let body =
                format!(r#"{{"access_token":"e30.{payload}.c2ln","expires_in":{expires_in}}}"#);
            let granted: Granted = read(body.as_bytes()).ok().unwrap();
            let set = granted.issued_at(UNIX_EPOCH);
            assert_eq!(set.expires_at(), UNIX_EPOCH + Duration::from_secs(300), "{expires_in}");
        }
    }
}
