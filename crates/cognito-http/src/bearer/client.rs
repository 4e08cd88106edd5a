//! Clients with controlled redirects and proxies.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use cognito_types::{TokenError, TokenErrorKind};
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest_middleware::ClientBuilder;
use url::Url;

use super::BearerAuth;

/// The maximum number of redirects, as in the default policy of reqwest.
const MAX_REDIRECTS: usize = 10;

/// A [`BearerAuth`] with another header, which can be used only with its own client.
///
/// ```compile_fail,E0277
/// # let auth: cognito_http::HeaderAuth = unimplemented!();
/// reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(auth);
/// ```
#[derive(Debug)]
#[must_use]
pub struct HeaderAuth(BearerAuth);

impl HeaderAuth {
    pub(super) fn new(auth: BearerAuth) -> Self {
        Self(auth)
    }

    /// Creates a client that follows only redirects within an origin and returns others; otherwise
    /// like [`BearerAuth::client`].
    ///
    /// # Errors
    ///
    /// The errors of [`reqwest::ClientBuilder::build`].
    pub fn client(self, builder: reqwest::ClientBuilder) -> reqwest::Result<ClientBuilder> {
        with_auth(self.0, builder, Redirects::WithinTheOrigin)
    }
}

/// The redirects that a client follows.
#[derive(Clone, Copy)]
pub(super) enum Redirects {
    Anywhere,
    WithinTheOrigin,
}

pub(super) fn with_auth(
    auth: BearerAuth,
    builder: reqwest::ClientBuilder,
    redirects: Redirects,
) -> reqwest::Result<ClientBuilder> {
    let builder = if auth.token.origins.have_plain_http() { builder.no_proxy() } else { builder };
    let policy = Policy::custom(move |attempt| redirects.follow(attempt));
    let client = builder.redirect(policy).build()?;
    let auth = BearerAuth { own_client: true, ..auth };
    Ok(ClientBuilder::new(client).with(auth))
}

impl Redirects {
    fn follow(self, attempt: Attempt<'_>) -> Action {
        let first = attempt.previous().first();
        let leaves = first.is_none_or(|first| first.origin() != attempt.url().origin());
        if leaves && matches!(self, Self::WithinTheOrigin) {
            return attempt.stop();
        }
        // This fails for a request that the middleware does not watch.
        let _ = SEEN.try_with(|seen| {
            seen.any.store(true, Ordering::Relaxed);
            seen.away.fetch_or(leaves, Ordering::Relaxed);
        });
        Policy::limited(MAX_REDIRECTS).redirect(attempt)
    }
}

/// The redirects that a request followed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Followed {
    pub(super) any: bool,
    /// True if one of them left the origin of the request. reqwest then drops `Authorization`, also
    /// for a later redirect back to the origin.
    pub(super) away: bool,
}

#[derive(Default)]
struct Seen {
    any: AtomicBool,
    away: AtomicBool,
}

tokio::task_local! {
    /// The redirects of the request of this task.
    static SEEN: Arc<Seen>;
}

/// Returns the output of a request, and the redirects that a client of this module followed.
///
/// The response alone does not show a redirect to the same URL, such as the 303 after a form was
/// posted, or a redirect over another origin.
pub(super) async fn watch_redirects<T>(request: impl Future<Output = T>) -> (T, Followed) {
    let seen = Arc::<Seen>::default();
    let output = SEEN.scope(Arc::clone(&seen), request).await;
    let [any, away] = [&seen.any, &seen.away].map(|seen| seen.load(Ordering::Relaxed));
    (output, Followed { any, away })
}

/// Fails if the environment names a proxy for a plain HTTP request, because the proxy would see the
/// token.
///
/// It is unknown whether the client uses the proxies of the environment.
pub(super) fn require_no_proxy(url: &Url) -> Result<(), TokenError> {
    static PROXIES: LazyLock<Matcher> = LazyLock::new(Matcher::from_system);
    let uri = Some(url).filter(|url| url.scheme() == "http").map(|url| url.as_str().parse());
    let Some(Ok(uri)) = uri else {
        return Ok(());
    };
    if PROXIES.intercept(&uri).is_none() {
        return Ok(());
    }
    let advice = "the environment names a proxy, which would see the token of a request over \
                  plain HTTP; build the client with BearerAuth::client or set NO_PROXY";
    Err(TokenError::new(TokenErrorKind::Configuration, advice))
}
