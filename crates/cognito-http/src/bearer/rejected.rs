//! Responses with status 401 that reject the token.

use http::{Method, StatusCode};
use reqwest::{Request, Response};
use url::Url;

use crate::curable::is_curable;

/// The facts of a request that its response is compared with.
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
    /// reqwest follows redirects inside the middleware: the response can be of another server,
    /// which did not see the token, or of a request after one that has already acted.
    pub(super) fn is_rejected_by(&self, response: &Response, redirected: bool) -> bool {
        let redirected = redirected || *response.url() != self.url;
        let same_origin = response.url().origin() == self.url.origin();
        response.status() == StatusCode::UNAUTHORIZED
            && same_origin
            && (!redirected || self.method.is_safe())
            && is_curable(response.headers())
    }
}
