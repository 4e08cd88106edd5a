//! The request that refreshes tokens, with the API or with the refresher of the pool.

use std::time::Duration;

use cognito_types::{RefreshToken, TokenError, TokenErrorKind};
use serde::{Deserialize, Serialize};

use super::record_store::within;
use super::tokens::Tokens;
use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::sign_in::wire::NewTokens;

/// The way to refresh tokens, which new tokens inherit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefreshBy {
    /// GetTokensFromRefreshToken.
    #[default]
    Api,
    /// The [`TokenRefresher`](cognito_types::TokenRefresher) of the pool.
    TokenEndpoint,
}

impl RefreshBy {
    pub(super) fn is_api(&self) -> bool {
        *self == Self::Api
    }

    /// Requests new tokens, with a time limit.
    pub(super) async fn request(
        self,
        pool: &UserPool,
        token: &RefreshToken,
        device: Option<&DeviceCredentials>,
        limit: Duration,
    ) -> Result<Tokens, Error> {
        let response = match self {
            Self::Api => {
                let key = device.map(DeviceCredentials::key);
                let request = pool.app_client().refresh(token, key, pool.refresh_metadata());
                within(limit, request).await?
            }
            Self::TokenEndpoint => within(limit, by_refresher(pool, token)).await?,
        };
        let late = || Error::new(ErrorKind::Transport).with_detail("timed out");
        let tokens = Tokens::issued(response.ok_or_else(late)??, pool.clock());
        Ok(tokens.with_refresh_by(self))
    }
}

async fn by_refresher(pool: &UserPool, token: &RefreshToken) -> Result<NewTokens, Error> {
    const DETAIL: &str = "the session is from managed login; set a `token_refresher` on the pool";
    let refresher = pool.token_refresher();
    let refresher =
        refresher.ok_or_else(|| Error::new(ErrorKind::Configuration).with_detail(DETAIL))?;
    let set = refresher.refresh(token).await.map_err(of_refresher)?;
    Ok(NewTokens {
        access_token: set.access_token().clone(),
        id_token: set.id_token().cloned(),
        refresh_token: set.refresh_token().cloned(),
        lifetime: set.lifetime(),
        new_device: None,
    })
}

fn of_refresher(error: TokenError) -> Error {
    let (kind, wait) = match (error.kind(), error.retry_after()) {
        (TokenErrorKind::Transient, Some(wait)) => (ErrorKind::Throttled, Some(wait)),
        (TokenErrorKind::Transient, None) => (ErrorKind::Transport, None),
        (TokenErrorKind::Ended, _) => (ErrorKind::TokenRevoked, None),
        _ => (ErrorKind::Configuration, None),
    };
    let is_definite = kind == ErrorKind::TokenRevoked;
    let error = Error::new(kind).with_source(error);
    let error = wait.into_iter().fold(error, Error::with_retry_after);
    if is_definite { error.ended() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_definite_refusal_by_the_refresher_ends_the_session() {
        let of = |kind| of_refresher(TokenError::new(kind, "refused"));
        assert!(of(TokenErrorKind::Ended).ends_session());
        for kind in [TokenErrorKind::Transient, TokenErrorKind::Configuration] {
            assert!(!of(kind).ends_session(), "{kind:?}");
        }
        assert!(of(TokenErrorKind::Transient).is_transient());
        let limited = TokenError::new(TokenErrorKind::Transient, "too often");
        let limited = of_refresher(limited.with_retry_after(Duration::from_secs(7)));
        assert_eq!(limited.kind(), ErrorKind::Throttled);
        assert_eq!(limited.retry_after(), Some(Duration::from_secs(7)));
    }
}
