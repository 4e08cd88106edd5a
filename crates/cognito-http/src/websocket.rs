//! Tokens in the subprotocols of a WebSocket request.

use http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use crate::refusal::Refusal;

/// The subprotocol after which a client offers its token.
#[derive(Clone, Debug)]
pub(crate) struct TokenProtocol(pub(crate) HeaderValue);

/// A token that was removed from a request.
pub(crate) struct Offered {
    token: Result<String, Refusal>,
    protocol: HeaderValue,
    /// True for HTTP/2 (RFC 8441), where a request is accepted with 200 instead of 101.
    is_connect: bool,
}

impl TokenProtocol {
    /// Removes the token from a WebSocket request, so that nothing behind the layer sees or logs
    /// it.
    pub(crate) fn take(&self, parts: &mut Parts) -> Option<Offered> {
        let is_connect = parts.method == Method::CONNECT;
        if !is_connect && !is_upgrade(&parts.headers) {
            return None;
        }
        let offered = parts.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let offered = offered.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        let offered = offered.map(<[u8]>::trim_ascii).filter(|protocol| !protocol.is_empty());
        let mut offered: Vec<&[u8]> = offered.collect();
        let before = offered.iter().position(|protocol| *protocol == self.0.as_bytes())?;
        let at = before.saturating_add(1);
        let token = if at < offered.len() { Some(offered.remove(at).to_vec()) } else { None };
        let twice = offered.iter().skip(at).any(|protocol| *protocol == self.0.as_bytes());
        let token = token.filter(|_| !twice).and_then(|token| String::from_utf8(token).ok());
        let rest = HeaderValue::from_bytes(&offered.join(&b", "[..]));
        // A part of a valid value is valid.
        parts.headers.insert(SEC_WEBSOCKET_PROTOCOL, rest.unwrap_or_else(|_| self.0.clone()));
        let token = token.ok_or(Refusal::InvalidRequest);
        Some(Offered { token, protocol: self.0.clone(), is_connect })
    }
}

impl Offered {
    pub(crate) fn token(&self) -> Result<&str, Refusal> {
        self.token.as_deref().map_err(Refusal::clone)
    }

    /// Selects the subprotocol in a response that selects none: browsers that offered subprotocols
    /// close the connection otherwise.
    ///
    /// See [WebSockets, 3.1](https://websockets.spec.whatwg.org/#websocket-opening-handshake).
    pub(crate) fn select<B>(self, response: &mut Response<B>) {
        let status = response.status();
        let is_accepted = status == StatusCode::SWITCHING_PROTOCOLS
            || self.is_connect && status == StatusCode::OK;
        if is_accepted && !response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL) {
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, self.protocol);
        }
    }
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let values = headers.get_all(UPGRADE).iter();
    let mut protocols = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    protocols.any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(protocols: &[&str]) -> Parts {
        let mut request = Request::get("/").header(UPGRADE, "WebSocket");
        for protocol in protocols {
            request = request.header(SEC_WEBSOCKET_PROTOCOL, *protocol);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn protocol() -> TokenProtocol {
        TokenProtocol(HeaderValue::from_static("bearer"))
    }

    #[test]
    fn the_token_is_taken_out_and_the_other_protocols_stay() {
        for (offered, rest) in [
            (&["bearer, a.b.c"][..], "bearer"),
            (&["bearer,a.b.c,chat"], "bearer, chat"),
            (&["chat, bearer , a.b.c"], "chat, bearer"),
            (&["chat,bearer", "a.b.c, more"], "chat, bearer, more"),
        ] {
            let mut parts = request(offered);
            assert_eq!(protocol().take(&mut parts).unwrap().token().unwrap(), "a.b.c");
            let left: Vec<_> = parts.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().collect();
            assert_eq!(left, [rest], "{offered:?}");
        }
    }

    #[test]
    fn a_protocol_without_a_token_or_with_two_is_invalid() {
        for offered in [&["bearer"][..], &["chat, bearer"], &["bearer, a, bearer, b"]] {
            let offered = protocol().take(&mut request(offered)).unwrap();
            assert!(matches!(offered.token(), Err(Refusal::InvalidRequest)));
        }
    }

    #[test]
    fn only_a_response_that_opens_the_connection_selects_a_protocol() {
        for (method, status, selects) in [
            (Method::GET, 101, true),
            (Method::GET, 200, false),
            (Method::GET, 404, false),
            (Method::CONNECT, 200, true),
            (Method::CONNECT, 404, false),
        ] {
            let mut parts = request(&["bearer, a.b.c"]);
            parts.method = method.clone();
            let offered = protocol().take(&mut parts).unwrap();
            let mut response = Response::builder().status(status).body(()).unwrap();
            offered.select(&mut response);
            let selected = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
            assert_eq!(selected.is_some(), selects, "{method} {status}");
        }
    }

    #[test]
    fn other_requests_are_not_changed() {
        assert!(protocol().take(&mut request(&[])).is_none());
        assert!(protocol().take(&mut request(&["chat, Bearer, a.b.c"])).is_none());
        let mut plain = request(&["bearer, a.b.c"]);
        plain.headers.remove(UPGRADE);
        assert!(protocol().take(&mut plain).is_none(), "it is not a WebSocket request");
        plain.method = Method::CONNECT;
        assert!(protocol().take(&mut plain).is_some());
    }
}
