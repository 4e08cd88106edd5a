//! The tokens of outgoing requests: the requests that get one, and the token after a rejection.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cognito_types::{
    BoxFuture, IssuedToken, TokenError, TokenErrorKind, TokenKind, TokenRequest, TokenSource,
};
use http::Extensions;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
#[cfg(feature = "reqwest")]
use url::Url;

use crate::header_value::prefixed;
use crate::origins::Origins;

/// An extension for requests that must not have a token.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // Its presence is all that it says.
pub struct NoToken;

/// An extension for requests with a token of another source than the middleware's, such as the
/// session of one of many users, or a token that was exchanged for that of the user whose request a
/// service handles.
///
/// ```
/// # mod cognito { pub use cognito_http as http; pub use cognito_types as session; }
/// use cognito::http::TokenFrom;
/// use cognito::session::TokenSource;
///
/// fn orders_of(session: impl TokenSource) -> http::Result<http::Request<()>> {
///     let orders = http::Request::get("https://api.example.com/orders");
///     orders.extension(TokenFrom::new(session)).body(())
/// }
/// ```
#[derive(Clone)]
pub struct TokenFrom(Arc<dyn TokenSource>);

impl TokenFrom {
    /// Creates the extension with a source.
    pub fn new(source: impl TokenSource) -> Self {
        Self(Arc::new(source))
    }
}

impl fmt::Debug for TokenFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFrom").finish_non_exhaustive()
    }
}

/// A source, the origins that get its tokens, and the header for the token.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) source: Arc<dyn TokenSource>,
    pub(crate) origins: Origins,
    /// The token of requests that do not name another one.
    pub(crate) token: TokenRequest,
    pub(crate) header: HeaderName,
    pub(crate) prefix: String,
    /// The header value of the last token of the source: creating it, which checks every byte,
    /// takes longer than everything else. Tokens of [`TokenFrom`] belong to other users, and are
    /// not kept.
    pub(crate) value: Arc<Mutex<Option<HeaderValue>>>,
}

/// The source of the token of one request.
pub(crate) struct RequestSource {
    source: Arc<dyn TokenSource>,
    token: TokenRequest,
    /// True if the source is that of [`TokenFrom`].
    is_of_request: bool,
}

/// The source of middleware whose requests set their own sources.
struct NoSource;

impl Outgoing {
    pub(crate) fn new(source: impl TokenSource, origins: Origins) -> Self {
        Self {
            source: Arc::new(source),
            origins,
            token: TokenRequest::access(),
            header: AUTHORIZATION,
            prefix: "Bearer ".to_owned(),
            value: Arc::default(),
        }
    }

    /// Creates a value for requests that all have [`TokenFrom`].
    pub(crate) fn per_request(origins: Origins) -> Self {
        Self::new(NoSource, origins)
    }

    /// Returns whether a request to this URL gets a token.
    #[cfg(feature = "reqwest")]
    pub(crate) fn is_for(&self, url: &Url, headers: &HeaderMap, extensions: &Extensions) -> bool {
        self.needs_token(headers, extensions) && self.origins.allow(url)
    }

    /// Returns whether a request gets a token if its origin is allowed.
    pub(crate) fn needs_token(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        extensions.get::<NoToken>().is_none() && !headers.contains_key(&self.header)
    }

    /// Returns the source of the token of a request.
    pub(crate) fn source_of(&self, extensions: &Extensions) -> RequestSource {
        let of_request = extensions.get().map(|TokenFrom(source)| source);
        let source = Arc::clone(of_request.unwrap_or(&self.source));
        let token = extensions.get::<TokenRequest>().unwrap_or(&self.token).clone();
        RequestSource { source, token, is_of_request: of_request.is_some() }
    }

    /// Inserts the header with a token.
    pub(crate) fn put(
        &self,
        source: &RequestSource,
        token: &IssuedToken,
        headers: &mut HeaderMap,
    ) -> Result<(), TokenError> {
        let value = match source.is_of_request {
            true => prefixed(&self.prefix, token)?,
            false => self.kept(token)?,
        };
        headers.insert(self.header.clone(), value);
        Ok(())
    }

    fn kept(&self, token: &IssuedToken) -> Result<HeaderValue, TokenError> {
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
}

impl RequestSource {
    pub(crate) async fn token(&self) -> Result<IssuedToken, TokenError> {
        self.source.token(&self.token).await
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.token.kind()
    }

    /// Reports that the server rejected a token.
    #[cfg(feature = "tower-client")]
    pub(crate) fn reject(&self, token: &IssuedToken) {
        self.source.reject(token);
    }

    /// Returns a token other than the rejected one, if the source has one.
    pub(crate) async fn another(
        &self,
        rejected: &IssuedToken,
    ) -> Result<Option<IssuedToken>, TokenError> {
        for attempt in 0..2 {
            match self.token().await {
                Ok(token) if token.generation() != rejected.generation() => return Ok(Some(token)),
                Ok(_) => {}
                // The caller returns the server's response instead.
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

impl TokenSource for NoSource {
    fn token(&self, _: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let advice = "the request names no source of its token; add the extension TokenFrom";
        let error = TokenError::new(TokenErrorKind::Configuration, advice);
        Box::pin(std::future::ready(Err(error)))
    }

    fn reject(&self, _: &IssuedToken) {}
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("origins", &self.origins)
            .field("token", &self.token)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::memory::Planted;

    /// A source whose tokens the test passes on its own.
    struct Unused;

    impl TokenSource for Unused {
        fn token(&self, _: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
            unreachable!("no token is requested")
        }

        fn reject(&self, _: &IssuedToken) {}
    }

    fn put(outgoing: &Outgoing, extensions: &Extensions, planted: &Planted) {
        let token = IssuedToken::new(&*planted.text(), SystemTime::now(), 0);
        let mut headers = HeaderMap::new();
        outgoing.put(&outgoing.source_of(extensions), &token, &mut headers).unwrap();
        assert_eq!(headers[AUTHORIZATION].len(), "Bearer ".len() + planted.text().len());
    }

    #[test]
    fn the_token_of_another_user_is_wiped_after_the_request() {
        let origins = Origins::only(["https://api.example.com"]).unwrap();
        let outgoing = Outgoing::new(Unused, origins);
        let mut of_request = Extensions::new();
        of_request.insert(TokenFrom::new(Unused));
        let [own, next, other] = [Planted::new(), Planted::new(), Planted::new()];
        put(&outgoing, &Extensions::new(), &own);
        put(&outgoing, &of_request, &other);
        assert!(!other.is_in_memory(), "the token of a request is not kept");
        assert!(own.is_in_memory(), "its value is kept for the next request");
        put(&outgoing, &Extensions::new(), &next);
        assert!(!own.is_in_memory(), "a replaced value is wiped");
        drop(outgoing);
        assert!(!next.is_in_memory(), "a value is wiped with the middleware");
    }
}
