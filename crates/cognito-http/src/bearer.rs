//! Middleware that puts tokens on outgoing requests.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cognito_tokens::{
    Clock, IssuedToken, SystemClock, TokenError, TokenErrorKind, TokenRequest, TokenSource,
};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{Extensions, StatusCode};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next};

use crate::header_value::prefixed;
use crate::origins::Origins;

/// The shortest time between two renewals that answers with status 401 cause.
///
/// A server that refuses every token would otherwise have each request renew it.
pub const FORCED_RENEWAL_PAUSE: Duration = Duration::from_secs(60);

/// How many redirects within an origin are followed.
const MAX_REDIRECTS: usize = 10;

/// Middleware for [`reqwest_middleware`] that puts a token of any [`TokenSource`] on requests to
/// the origins that are named, and on no others.
///
/// * A header that is there is left alone, and so is a request with the extension [`NoToken`].
/// * A request with a [`TokenRequest`] as its extension gets that token, such as one of other
///   scopes.
/// * On status 401 the token is renewed, if it is still the current one, and the request is sent
///   once more, if its body can be. Status 403 is an answer.
/// * Redirects to another origin do not carry the token: reqwest drops `Authorization` there.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use cognito_http::{BearerAuth, CachedTokens, Origins};
/// # use cognito_tokens::TokenSet;
///
/// # let fetch = async |_| {
/// #     Ok(TokenSet::new("token", SystemTime::now(), Duration::from_secs(3600)))
/// # };
/// let source = CachedTokens::new(fetch); // or a session, or a client of its own
/// let auth = BearerAuth::new(source, Origins::only(["https://api.example.com"])?);
/// let http = reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(auth).build();
/// # drop(http);
/// # Ok::<(), cognito_http::InvalidOrigin>(())
/// ```
///
/// An error of the source fails the request; [`token_error`] finds it.
#[must_use]
pub struct BearerAuth {
    source: Arc<dyn TokenSource>,
    origins: Origins,
    want: TokenRequest,
    header: HeaderName,
    prefix: String,
    clock: Arc<dyn Clock>,
    /// The last token's value, as checking every byte of it again takes longer than all the rest.
    value: Mutex<Option<HeaderValue>>,
    /// When a server's refusal last caused a renewal, by the monotonic clock.
    forced_at: Mutex<Option<Duration>>,
}

/// An extension of requests that are to have no token.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // It says all by being there.
pub struct NoToken;

impl BearerAuth {
    /// Access tokens of the source, in `Authorization` after `Bearer `, for these origins.
    pub fn new(source: impl TokenSource, origins: Origins) -> Self {
        Self {
            source: Arc::new(source),
            origins,
            want: TokenRequest::access(),
            header: AUTHORIZATION,
            prefix: "Bearer ".to_owned(),
            clock: Arc::new(SystemClock),
            value: Mutex::new(None),
            forced_at: Mutex::new(None),
        }
    }

    /// Sends this token where a request does not ask for another: an ID token, or one of scopes.
    pub fn token(self, want: TokenRequest) -> Self {
        Self { want, ..self }
    }

    /// Tells the time by this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sends another prefix than `Bearer `, such as none.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Sends the token in another header than `Authorization`.
    ///
    /// Redirects carry such a header to wherever they lead, so this is middleware only of a client
    /// that follows none to another origin: the one that [`HeaderAuth::client`] makes.
    pub fn header(self, name: HeaderName) -> HeaderAuth {
        HeaderAuth(Self { header: name, ..self })
    }

    fn is_for(&self, request: &Request, extensions: &Extensions) -> bool {
        extensions.get::<NoToken>().is_none()
            && !request.headers().contains_key(&self.header)
            && self.origins.allow(request.url())
    }

    async fn send(
        &self,
        mut request: Request,
        token: &IssuedToken,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        let value = self.value(token).map_err(Error::middleware)?;
        request.headers_mut().insert(self.header.clone(), value);
        next.run(request, extensions).await
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

    /// Another token than the one that was refused, if there is or can be one.
    async fn another(
        &self,
        want: &TokenRequest,
        refused: &IssuedToken,
    ) -> Result<Option<IssuedToken>, TokenError> {
        for attempt in 0..2 {
            match self.source.token(want).await {
                Ok(token) if token.generation() != refused.generation() => return Ok(Some(token)),
                Ok(_) => {}
                // The server's own answer says as much.
                Err(error) if error.kind() == TokenErrorKind::Transient => return Ok(None),
                Err(error) => return Err(error),
            }
            if attempt == 0 && self.may_force() {
                self.source.reject(refused);
            }
        }
        Ok(None)
    }

    fn may_force(&self) -> bool {
        let now = self.clock.elapsed();
        let mut forced_at = self.forced_at.lock().unwrap_or_else(PoisonError::into_inner);
        let pauses = forced_at.is_some_and(|at| now.saturating_sub(at) < FORCED_RENEWAL_PAUSE);
        if !pauses {
            *forced_at = Some(now);
        }
        !pauses
    }
}

#[async_trait]
impl Middleware for BearerAuth {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        if !self.is_for(&request, extensions) {
            return next.run(request, extensions).await;
        }
        let want = extensions.get::<TokenRequest>().unwrap_or(&self.want).clone();
        let token = self.source.token(&want).await.map_err(Error::middleware)?;
        let again = request.try_clone();
        let response = self.send(request, &token, extensions, next.clone()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        match (self.another(&want, &token).await.map_err(Error::middleware)?, again) {
            (Some(token), Some(again)) => self.send(again, &token, extensions, next).await,
            _ => Ok(response),
        }
    }
}

impl fmt::Debug for BearerAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth")
            .field("origins", &self.origins)
            .field("want", &self.want)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// A [`BearerAuth`] with a header of another name, which only its own client has as middleware.
///
/// ```compile_fail,E0277
/// # let auth: cognito_http::HeaderAuth = unimplemented!();
/// reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(auth);
/// ```
#[derive(Debug)]
#[must_use]
pub struct HeaderAuth(BearerAuth);

impl HeaderAuth {
    /// A client that follows redirects within an origin only; those that lead elsewhere are
    /// answers.
    ///
    /// # Errors
    ///
    /// Those of [`reqwest::ClientBuilder::build`].
    pub fn client(self, builder: reqwest::ClientBuilder) -> reqwest::Result<ClientBuilder> {
        let client = builder.redirect(Policy::custom(within_the_origin)).build()?;
        Ok(ClientBuilder::new(client).with(self.0))
    }
}

fn within_the_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    if first.is_none_or(|first| first.origin() != attempt.url().origin()) {
        return attempt.stop();
    }
    Policy::limited(MAX_REDIRECTS).redirect(attempt)
}

/// The [`TokenError`] that failed a request, if it was one.
///
/// Of the kind [`Ended`](TokenErrorKind::Ended) it says that the user has to sign in again.
pub fn token_error(error: &Error) -> Option<&TokenError> {
    match error {
        Error::Middleware(error) => error.downcast_ref(),
        Error::Reqwest(_) => None,
    }
}
