//! Requests to the token endpoint and the revoke endpoint.

use std::time::{Duration, SystemTime};

use cognito_types::{ClientId, ClientSecret, Code, RefreshToken, SecretSource, TokenSet};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::Client;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::error::ManagedLoginError;
use super::pending::PendingSignIn;
use crate::domain::{Domain, TOKEN_PATH};
use crate::post::{FORM, TIMEOUT, basic, read_bounded, retry_after};

const REVOKE_PATH: &str = "/oauth2/revoke";

/// The names of the endpoints' errors (RFC 6749, 5.2; RFC 7009, 2.2.1), but for `invalid_grant`.
const REFUSALS: [&str; 7] = [
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
];

/// Sends requests of an app client to the endpoints of a domain.
pub(super) struct Endpoint {
    pub(super) http: Client,
    pub(super) domain: Domain,
    pub(super) client: ClientId,
    pub(super) secret: SecretSource,
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
        let set = TokenSet::new(self.access_token, now, Duration::from_secs(self.expires_in));
        let set = self.id_token.into_iter().fold(set, TokenSet::with_id_token);
        self.refresh_token.into_iter().fold(set, TokenSet::with_refresh_token)
    }
}

/// An error response of an endpoint.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

type Form<'a> = [(&'a str, &'a str)];

impl Endpoint {
    /// Redeems an authorization code (RFC 6749, 4.1.3).
    ///
    /// It is sent once: a code whose response is lost is spent.
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

    /// Requests new tokens for a refresh token (RFC 6749, 6).
    ///
    /// A request without a response is repeated once, without a pause: a refresh token that it has
    /// rotated works only for a moment. One that is to come later (RFC 9110, 10.2.3) is not.
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
        let body = self.post(TOKEN_PATH, form).await?;
        // The body holds tokens, so the error keeps nothing of it.
        serde_json::from_slice(&body).map_err(|_| ManagedLoginError::Malformed)
    }

    /// Sends a form, a second time if another secret may help: a request whose client is refused has
    /// no effect.
    async fn post(&self, path: &str, form: &Form<'_>) -> Result<Vec<u8>, ManagedLoginError> {
        let secret = self.secret.get().await.map_err(ManagedLoginError::SecretUnavailable)?;
        let outcome = self.post_with(path, form, secret.as_ref()).await;
        let (Err(ManagedLoginError::Refused("invalid_client")), Some(secret)) = (&outcome, secret)
        else {
            return outcome;
        };
        let next = self.secret.instead_of(&secret).await;
        match next.map_err(ManagedLoginError::SecretUnavailable)? {
            Some(next) => self.post_with(path, form, Some(&next)).await,
            None => outcome,
        }
    }

    async fn post_with(
        &self,
        path: &str,
        form: &Form<'_>,
        secret: Option<&ClientSecret>,
    ) -> Result<Vec<u8>, ManagedLoginError> {
        const UNSENDABLE: &str = "the client secret cannot be sent in a header";
        let mut request = self.http.post(self.domain.url(path)).timeout(TIMEOUT);
        request = request.header(CONTENT_TYPE, FORM).body(self.body(form));
        if let Some(secret) = secret {
            let basic = basic(&self.client, secret);
            let basic = basic.ok_or(ManagedLoginError::InvalidSetting(UNSENDABLE))?;
            request = request.header(AUTHORIZATION, basic);
        }
        let response = request.send().await.map_err(ManagedLoginError::transport)?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        if status.is_server_error() || status == 429 {
            return Err(ManagedLoginError::Unavailable { status: status.into(), retry_after });
        }
        let body = read_bounded(response).await?;
        if status.is_success() { Ok(body) } else { Err(refusal(&body)) }
    }

    fn body(&self, form: &Form<'_>) -> String {
        let mut body = Serializer::new(String::new());
        body.append_pair("client_id", self.client.as_str()).extend_pairs(form).finish()
    }
}

fn refusal(body: &[u8]) -> ManagedLoginError {
    let Ok(Refusal { error }) = serde_json::from_slice(body) else {
        return ManagedLoginError::Malformed;
    };
    if error == "invalid_grant" {
        return ManagedLoginError::GrantRefused;
    }
    let known = REFUSALS.into_iter().find(|known| *known == error);
    ManagedLoginError::Refused(known.unwrap_or("for another reason"))
}
