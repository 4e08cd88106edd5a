//! The token of outgoing requests: which requests get it, and which token follows a rejected one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cognito_types::{IssuedToken, TokenError, TokenErrorKind, TokenRequest, TokenSource};
use http::Extensions;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::header_value::prefixed;
use crate::origins::Origins;

/// An extension of requests that are to have no token.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // Its presence is all that it says.
pub struct NoToken;

/// A source, the requests that get its tokens, and the place of a token in them.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) source: Arc<dyn TokenSource>,
    pub(crate) origins: Origins,
    pub(crate) want: TokenRequest,
    pub(crate) header: HeaderName,
    pub(crate) prefix: String,
    /// The last token's value, as checking every byte of it again takes longer than all the rest.
    pub(crate) value: Arc<Mutex<Option<HeaderValue>>>,
}

impl Outgoing {
    pub(crate) fn new(source: impl TokenSource, origins: Origins) -> Self {
        Self {
            source: Arc::new(source),
            origins,
            want: TokenRequest::access(),
            header: AUTHORIZATION,
            prefix: "Bearer ".to_owned(),
            value: Arc::default(),
        }
    }

    /// Returns whether a request to that address gets a token.
    #[cfg(feature = "reqwest")]
    pub(crate) fn is_for(&self, url: &Url, headers: &HeaderMap, extensions: &Extensions) -> bool {
        self.is_wanted(headers, extensions) && self.origins.allow(url)
    }

    /// Returns whether a request gets a token if its origin is allowed.
    pub(crate) fn is_wanted(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        extensions.get::<NoToken>().is_none() && !headers.contains_key(&self.header)
    }

    /// Returns the wanted token of a request.
    pub(crate) fn wanted(&self, extensions: &Extensions) -> TokenRequest {
        extensions.get::<TokenRequest>().unwrap_or(&self.want).clone()
    }

    pub(crate) fn put(
        &self,
        token: &IssuedToken,
        headers: &mut HeaderMap,
    ) -> Result<(), TokenError> {
        headers.insert(self.header.clone(), self.value(token)?);
        Ok(())
    }

    fn value(&self, token: &IssuedToken) -> Result<HeaderValue, TokenError> {
        let mut kept = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let of_token = |value: &&HeaderValue| {
            let token_in = value.as_bytes().strip_prefix(self.prefix.as_bytes());
            token_in == Some(token.expose_secret().as_bytes())
        };
        if let Some(value) = kept.as_ref().filter(of_token) {
            return Ok(value.clone());
        }
        let value = prefixed(&self.prefix, token)?;
        *kept = Some(value.clone());
        Ok(value)
    }

    /// Another token than the one that was rejected, if the source has or gets one.
    pub(crate) async fn another(
        &self,
        want: &TokenRequest,
        rejected: &IssuedToken,
    ) -> Result<Option<IssuedToken>, TokenError> {
        for attempt in 0..2 {
            match self.source.token(want).await {
                Ok(token) if token.generation() != rejected.generation() => return Ok(Some(token)),
                Ok(_) => {}
                // The server's own response says as much.
                Err(error) if error.kind() == TokenErrorKind::Transient => return Ok(None),
                Err(error) => return Err(error),
            }
            if attempt == 0 {
                self.source.reject(rejected);
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("origins", &self.origins)
            .field("want", &self.want)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
