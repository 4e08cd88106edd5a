//! Responses with status 401 that reject the token.

use http::{Method, StatusCode};
use reqwest::{Request, Response};
use url::Url;

use crate::curable::is_curable;

/// The parts of a request that are compared with its response.
pub(super) struct Sent {
    url: Url,
    method: Method,
}

impl Sent {
    pub(super) fn new(request: &Request) -> Self {
        let mut url = request.url().clone();
        url.set_fragment(None); // It is not sent.
        Self { url, method: request.method().clone() }
    }

    /// Returns whether the response rejects the token and another token may help.
    ///
    /// reqwest follows redirects inside the middleware, so the response may come from another
    /// server, which did not get the token, or may follow a request that has already acted.
    pub(super) fn is_rejected_by(&self, response: &Response, redirected: bool) -> bool {
        let redirected = redirected || *response.url() != self.url;
        let same_origin = response.url().origin() == self.url.origin();
        response.status() == StatusCode::UNAUTHORIZED
            && same_origin
            && (!redirected || self.method.is_safe())
            && is_curable(response.headers())
    }
}
