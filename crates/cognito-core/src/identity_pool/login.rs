//! Logins: an ID token with the name of its provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_tokens::unverified_claims;
use cognito_types::{
    Clock, IssuedToken, TokenError, TokenErrorKind, TokenRequest, TokenSource, UserPoolId,
};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};

/// The remaining lifetime below which an ID token is refreshed before it is sent.
const MARGIN: Duration = Duration::from_secs(30);

/// The source of logins.
#[derive(Clone)]
pub(super) enum LoginSource {
    Guest,
    Session {
        tokens: Arc<dyn TokenSource>,
        /// The configured name, if it is not derived from the issuer.
        provider: Option<String>,
    },
}

/// A login for a request.
#[derive(Clone)]
pub(super) struct Login {
    token: IssuedToken,
    pub(super) provider: String,
    pub(super) subject: String,
}

/// The digest of an ID token, under which credentials are cached.
///
/// A token that the service has not accepted gets no cached credentials, even if its claims are the
/// same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoginDigest([u8; 32]);

impl LoginSource {
    /// Returns the current login, or `None` of a guest.
    pub(super) async fn current(&self, clock: &dyn Clock) -> Result<Option<Login>, Error> {
        let Self::Session { tokens, provider } = self else { return Ok(None) };
        let mut token = tokens.token(&TokenRequest::id()).await.map_err(no_token)?;
        let left = token.expires_at().duration_since(clock.now()).unwrap_or_default();
        if left < MARGIN {
            // A source that cannot refresh it now may return the same token again.
            tokens.reject(&token);
            token = tokens.token(&TokenRequest::id()).await.map_err(no_token)?;
        }
        Login::new(token, provider.as_deref()).map(Some)
    }

    /// Returns a login of the same user with another token than the refused one.
    ///
    /// # Errors
    ///
    /// The refusal, if the source returns the same token or a token of another user: the request is
    /// about the identity of the first user.
    pub(super) async fn refreshed(
        &self,
        refused: Option<&Login>,
        refusal: Error,
    ) -> Result<Option<Login>, Error> {
        let (Self::Session { tokens, provider }, Some(refused)) = (self, refused) else {
            return Err(refusal);
        };
        tokens.reject(&refused.token);
        let token = tokens.token(&TokenRequest::id()).await.map_err(no_token)?;
        if token.expose_secret() == refused.token.expose_secret() {
            return Err(refusal);
        }
        let login = Login::new(token, provider.as_deref())?;
        match (&login.provider, &login.subject) == (&refused.provider, &refused.subject) {
            true => Ok(Some(login)),
            false => Err(refusal),
        }
    }
}

impl Login {
    /// Creates a login from an ID token; by default the provider is derived from the issuer.
    fn new(token: IssuedToken, provider: Option<&str>) -> Result<Self, Error> {
        let Claims { iss, sub, token_use } =
            unverified_claims(token.expose_secret()).ok_or_else(not_an_id_token)?;
        // The service refuses access tokens with `Missing a required claim: aud`:
        // amazon-cognito-identity-js#391.
        if token_use.as_deref().is_some_and(|token_use| token_use != "id") {
            return Err(not_an_id_token());
        }
        let provider = provider.map_or_else(|| provider_of(&iss), str::to_owned);
        Ok(Self { token, provider, subject: sub })
    }

    pub(super) fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// Returns the digest of a login; zeros for a guest.
    pub(super) fn digest(login: Option<&Self>) -> LoginDigest {
        LoginDigest(login.map_or([0; 32], |login| Sha256::digest(login.token()).into()))
    }
}

/// A map with one login: the provider's name, and the ID token.
pub(super) struct Logins<'a>(pub(super) &'a Login);

impl Serialize for Logins<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&*self.0.provider, self.0.token())])
    }
}

/// The claims of an ID token that are used before the service verifies it.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    token_use: Option<String>,
}

/// Returns the provider name for an issuer.
///
/// The name of a user pool consists of its AWS host and id even if the issuer has another host, as
/// with an emulator. The right name for pools with the issuer type UPDATED is not documented;
/// clients of AWS differ (amplify-js uses the issuer, aws-sdk-net-extensions-cognito the pool's
/// id).
fn provider_of(issuer: &str) -> String {
    let last = issuer.rsplit('/').next().unwrap_or_default();
    match last.parse::<UserPoolId>() {
        Ok(pool) => without_scheme(&pool.issuer()).to_owned(),
        Err(_) => without_scheme(issuer).to_owned(),
    }
}

fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

fn not_an_id_token() -> Error {
    const DETAIL: &str = "identity pools accept ID tokens, and the source returned another token";
    Error::new(ErrorKind::Configuration).with_detail(DETAIL)
}

/// Returns the session's error, or a new error with the source's error as its cause.
fn no_token(error: TokenError) -> Error {
    let first: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut causes = std::iter::successors(first, |cause| (*cause).source());
    if let Some(own) = causes.find_map(|cause| cause.downcast_ref::<Error>()) {
        return own.clone();
    }
    let kind = match error.kind() {
        TokenErrorKind::Ended => ErrorKind::SessionEnded,
        TokenErrorKind::Configuration => ErrorKind::Configuration,
        _ => ErrorKind::Transport,
    };
    let wait = error.retry_after();
    let error = Error::new(kind).with_detail("the source has no ID token").with_source(error);
    match wait {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

impl fmt::Debug for LoginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => f.write_str("Guest"),
            Self::Session { provider, .. } => {
                f.debug_struct("Session").field("provider", provider).finish_non_exhaustive()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_name_of_a_user_pool_has_its_id() {
        let classic = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E";
        for (issuer, provider) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E", classic),
            ("https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E", classic),
            ("http://127.0.0.1:4701/eu-west-1_Ab12Cd34E", classic),
            (
                "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ab",
                "cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ab",
            ),
            ("https://accounts.google.com", "accounts.google.com"),
            ("https://cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com"),
        ] {
            assert_eq!(provider_of(issuer), provider, "{issuer}");
        }
    }
}
