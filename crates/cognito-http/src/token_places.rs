//! The places in a request where a token may be.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use form_urlencoded::parse;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

use crate::refusal::Refusal;
use crate::websocket::{Offered, TokenProtocol};

/// The maximum number of cookies with one name that are returned, not counting those that cannot
/// hold a token. Few of them need a signature verification, which the caller limits.
const MOST_COOKIES: usize = 64;

/// The header, and the places for requests without it, in the order in which they are tried.
#[derive(Clone)]
pub(crate) struct Places {
    pub(crate) header: HeaderName,
    /// The text before the token, compared case-insensitively.
    pub(crate) prefix: String,
    pub(crate) prefix_is_optional: bool,
    pub(crate) protocol: Option<TokenProtocol>,
    pub(crate) cookie: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) function: Option<Arc<Find>>,
}

type Find = dyn Fn(&Parts) -> Option<String> + Send + Sync;

impl Default for Places {
    fn default() -> Self {
        Self {
            header: AUTHORIZATION,
            prefix: "Bearer ".to_owned(),
            prefix_is_optional: false,
            protocol: None,
            cookie: None,
            query: None,
            function: None,
        }
    }
}

impl Places {
    /// Removes the token from the subprotocols of a WebSocket request, if that place is enabled.
    pub(crate) fn take_offered(&self, parts: &mut Parts) -> Option<Offered> {
        self.protocol.as_ref()?.take(parts)
    }

    /// Returns the tokens of a request, one of which must be valid. Only cookies can hold several.
    ///
    /// A client must not use two places (RFC 6750, 2). Cookies are ignored beside a header or a
    /// subprotocol, and win over the query, because browsers add them to every request.
    pub(crate) fn tokens<'p>(
        &self,
        parts: &'p Parts,
        offered: Option<&'p Offered>,
    ) -> Result<Vec<Cow<'p, str>>, Refusal> {
        let in_header = self.in_header(&parts.headers)?.map(Cow::from);
        let offered = offered.map(Offered::token).transpose()?.map(Cow::from);
        let in_query = self.in_query(parts.uri.query().unwrap_or_default())?;
        let chosen = [&in_header, &offered, &in_query].into_iter().flatten();
        only(chosen)?;
        if let Some(token) = in_header.or(offered) {
            return Ok(vec![token]);
        }
        let cookies = || self.cookie.iter().flat_map(|name| cookies(&parts.headers, name));
        let tokens = cookies().filter(|value| is_compact(value)).take(MOST_COOKIES);
        let tokens: Vec<_> = tokens.map(Cow::from).collect();
        if !tokens.is_empty() {
            return Ok(tokens);
        }
        let by_function = || self.function.as_ref().and_then(|find| find(parts)).map(Cow::from);
        // Without another token, a cookie that cannot hold one is refused as an invalid token.
        let found = in_query.or_else(by_function).or_else(|| cookies().next().map(Cow::from));
        found.map(|token| vec![token]).ok_or(Refusal::NoToken)
    }

    fn in_header<'h>(&self, headers: &'h HeaderMap) -> Result<Option<&'h str>, Refusal> {
        match only(headers.get_all(&self.header).iter())? {
            Some(value) => self.after_prefix(value),
            None => Ok(None),
        }
    }

    /// Returns the token after the prefix; `None` for another scheme, such as `Basic`.
    fn after_prefix<'h>(&self, value: &'h HeaderValue) -> Result<Option<&'h str>, Refusal> {
        let value = value.to_str().map_err(|_| Refusal::InvalidRequest)?;
        let prefix = value.get(..self.prefix.len());
        if prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(&self.prefix)) {
            let token = value.get(self.prefix.len()..).unwrap_or_default().trim();
            return if token.is_empty() { Err(Refusal::InvalidRequest) } else { Ok(Some(token)) };
        }
        if !self.prefix.is_empty() && value.eq_ignore_ascii_case(self.prefix.trim()) {
            return Err(Refusal::InvalidRequest); // The scheme without a token.
        }
        let is_bare = !value.is_empty() && !value.contains(char::is_whitespace);
        Ok(Some(value).filter(|_| self.prefix_is_optional && is_bare))
    }

    fn in_query<'q>(&self, query: &'q str) -> Result<Option<Cow<'q, str>>, Refusal> {
        let Some(name) = &self.query else {
            return Ok(None);
        };
        let named = parse(query.as_bytes()).filter(|(found, _)| found == name);
        only(named.map(|(_, value)| value).filter(|value| !value.is_empty()))
    }
}

/// Returns the values of the cookies with this name, without the quotes that RFC 6265, 4.1.1
/// allows.
///
/// A browser sends one cookie per path and domain, and the server cannot tell which is current.
/// Other cookies may contain bytes that are not text.
fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let all = headers.get_all(COOKIE).iter();
    let pairs = all.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let values = pairs.filter_map(move |pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let is_named = parts.next()?.trim_ascii() == name.as_bytes();
        parts.next().filter(|_| is_named)
    });
    let values = values.map(|value| {
        // A value that is not text cannot be a token, and is refused as one.
        let value = str::from_utf8(value.trim_ascii()).unwrap_or("\u{fffd}");
        let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        inner.unwrap_or(value)
    });
    values.filter(|value| !value.is_empty())
}

/// Returns whether a value has the form of a signed JWT: three parts in base64url (RFC 7515, 7.1).
///
/// A page of another path or a sibling domain can set cookies that a browser sends first.
fn is_compact(value: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
    value.split('.').count() == 3 && value.split('.').all(is_part)
}

/// Returns the only value. Two tokens are an invalid request (RFC 6750, 3.1), because another party
/// may have added one.
fn only<T>(mut values: impl Iterator<Item = T>) -> Result<Option<T>, Refusal> {
    let first = values.next();
    if values.next().is_some() { Err(Refusal::InvalidRequest) } else { Ok(first) }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places")
            .field("header", &self.header)
            .field("prefix", &self.prefix)
            .field("protocol", &self.protocol)
            .field("cookie", &self.cookie)
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(pairs: &[(&'static str, &'static str)]) -> Parts {
        at("/", pairs)
    }

    fn at(uri: &str, pairs: &[(&'static str, &'static str)]) -> Parts {
        let mut request = Request::get(uri);
        for (name, value) in pairs {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn token(places: &Places, parts: &Parts) -> Result<String, u16> {
        let tokens = places.tokens(parts, None).map_err(|refusal| refusal.status().as_u16())?;
        assert_eq!(tokens.len(), 1);
        Ok(tokens.concat())
    }

    fn ok(token: &str) -> Result<String, u16> {
        Ok(token.to_owned())
    }

    #[test]
    fn a_token_follows_its_scheme() {
        let places = Places::default();
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
            assert_eq!(token(&places, &request(&[("authorization", value)])), ok("a.b.c"));
        }
        for value in ["Basic dXNlcg==", "", "Bear", "Bearera.b.c", "a.b.c"] {
            assert_eq!(token(&places, &request(&[("authorization", value)])), Err(401), "{value}");
        }
        for value in ["Bearer", "bearer ", "Bearer   "] {
            assert_eq!(token(&places, &request(&[("authorization", value)])), Err(400), "{value}");
        }
    }

    #[test]
    fn an_optional_prefix_also_accepts_a_token_without_it() {
        let places = Places { prefix_is_optional: true, ..Places::default() };
        for value in ["Bearer a.b.c", "bearer a.b.c", "a.b.c"] {
            assert_eq!(token(&places, &request(&[("authorization", value)])), ok("a.b.c"));
        }
        for (value, status) in [("Basic dXNlcg==", 401), ("", 401), ("Bearer", 400)] {
            let refused = token(&places, &request(&[("authorization", value)]));
            assert_eq!(refused, Err(status), "{value}");
        }
    }

    #[test]
    fn two_headers_are_an_invalid_request() {
        let places = Places { cookie: Some("token".to_owned()), ..Places::default() };
        let twice = request(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
        assert_eq!(token(&places, &twice), Err(400));
    }

    #[test]
    fn every_cookie_of_the_name_is_returned() {
        let places = Places { cookie: Some("token".to_owned()), ..Places::default() };
        let sent = "token=a.a.a; other=x; token=\"b.b.b\"";
        let sent = request(&[("cookie", sent), ("cookie", "token=c.c.c")]);
        assert_eq!(places.tokens(&sent, None).unwrap(), ["a.a.a", "b.b.b", "c.c.c"]);
        for (cookie, found) in [
            ("token=\"a.b.c\"", "a.b.c"),
            ("token=\"a", "\"a"),
            ("token=; token=a", "a"),
            ("token=\"\"; token=a", "a"),
        ] {
            assert_eq!(token(&places, &request(&[("cookie", cookie)])), ok(found), "{cookie}");
        }
        let many = Request::get("/").header("cookie", "token=x.y.z; ".repeat(100));
        let many = many.body(()).unwrap().into_parts().0;
        assert_eq!(places.tokens(&many, None).unwrap().len(), MOST_COOKIES);
    }

    #[test]
    fn cookies_that_cannot_hold_a_token_do_not_count() {
        let places = Places { cookie: Some("token".to_owned()), ..Places::default() };
        let stale = ["x", "a.b", "a.b.c.d", "a..c", ".b.c", "a.b.", "a.b.c=", "a.b.%63", "a.b.+"];
        let stale = stale.map(|value| format!("token={value}; ")).concat();
        let sent = format!("{stale}{stale}token=a-_.B0.c; {stale}");
        let sent = Request::get("/").header("cookie", sent).body(()).unwrap().into_parts().0;
        assert_eq!(token(&places, &sent), ok("a-_.B0.c"));
        // Without another one, the first value is refused as an invalid token.
        let sent = Request::get("/").header("cookie", stale).body(()).unwrap().into_parts().0;
        assert_eq!(token(&places, &sent), ok("x"));
    }

    #[test]
    fn tokens_in_two_places_are_an_invalid_request() {
        let protocol = TokenProtocol(HeaderValue::from_static("bearer"));
        let places = Places {
            protocol: Some(protocol),
            cookie: Some("token".to_owned()),
            query: Some("token".to_owned()),
            ..Places::default()
        };
        let (header, cookie) = (("authorization", "Bearer h"), ("cookie", "token=c.c.c"));
        let (upgrade, offer) =
            (("upgrade", "websocket"), ("sec-websocket-protocol", "bearer, a.b.c"));
        for (uri, headers, expected) in [
            ("/?token=q", &[header][..], Err(400)),
            ("/?token=q&token=r", &[header], Err(400)),
            ("/?token=q", &[upgrade, offer], Err(400)),
            ("/", &[header, upgrade, offer], Err(400)),
            ("/?token=q", &[("authorization", "Bearer ")], Err(400)),
            // Browsers send cookies with every request.
            ("/", &[header, cookie], ok("h")),
            ("/", &[cookie, upgrade, offer], ok("a.b.c")),
            ("/?token=q", &[cookie], ok("c.c.c")),
            ("/?token=q", &[("cookie", "token=stale")], ok("q")),
            // An empty value is none.
            ("/?token=", &[header], ok("h")),
            ("/?token=", &[], Err(401)),
            ("/?token=&token=q", &[], ok("q")),
            // Credentials of another scheme are not a token.
            ("/?token=q", &[("authorization", "Basic dXNlcg==")], ok("q")),
        ] {
            let mut parts = at(uri, headers);
            let offered = places.take_offered(&mut parts);
            let tokens = places.tokens(&parts, offered.as_ref());
            let found = tokens.map(|tokens| tokens.concat());
            let found = found.map_err(|refusal| refusal.status().as_u16());
            assert_eq!(found, expected, "{uri} {headers:?}");
        }
    }

    #[test]
    fn cookies_of_other_names_may_hold_any_bytes() {
        let places = Places { cookie: Some("token".to_owned()), ..Places::default() };
        for cookies in [&b"name=M\xc3\xbcller; token=a"[..], b"name=M\xfcller;token=a; \xff"] {
            let sent = Request::get("/").header("cookie", cookies).body(()).unwrap();
            assert_eq!(token(&places, &sent.into_parts().0), ok("a"));
        }
        let sent = Request::get("/").header("cookie", &b"token=\xff"[..]).body(()).unwrap();
        assert_eq!(
            token(&places, &sent.into_parts().0),
            ok("\u{fffd}"),
            "it is refused as a token"
        );
    }

    #[test]
    fn cookies_count_where_they_are_named() {
        let sent = request(&[("cookie", "a=1; token=a.b.c; b"), ("cookie", "xtoken=z")]);
        assert_eq!(token(&Places::default(), &sent), Err(401));
        let places = Places { cookie: Some("token".to_owned()), ..Places::default() };
        assert_eq!(token(&places, &sent), ok("a.b.c"));
        let both = request(&[("authorization", "Bearer h"), ("cookie", "token=c")]);
        assert_eq!(token(&places, &both), ok("h"));
    }

    #[test]
    fn another_header_may_contain_only_the_token() {
        let header = HeaderName::from_static("x-id-token");
        let places = Places { header, prefix: String::new(), ..Places::default() };
        assert_eq!(token(&places, &request(&[("x-id-token", "a.b.c")])), ok("a.b.c"));
        assert_eq!(token(&places, &request(&[("x-id-token", "")])), Err(400));
    }

    #[test]
    fn a_query_parameter_is_decoded_and_must_be_the_only_one() {
        let places = Places { query: Some("access_token".to_owned()), ..Places::default() };
        assert_eq!(token(&places, &at("/?x=1&access%5Ftoken=a%2Eb.c", &[])), ok("a.b.c"));
        assert_eq!(token(&places, &at("/?access_token=a&access_token=b", &[])), Err(400));
        assert_eq!(token(&places, &at("/?x=1", &[])), Err(401));
        assert_eq!(token(&Places::default(), &at("/?access_token=a", &[])), Err(401));
    }

    #[test]
    fn a_function_finds_what_no_other_place_has() {
        let find = |parts: &Parts| Some(parts.uri.path().strip_prefix("/t/")?.to_owned());
        let places = Places { function: Some(Arc::new(find)), ..Places::default() };
        assert_eq!(token(&places, &at("/t/a.b.c", &[])), ok("a.b.c"));
        assert_eq!(token(&places, &at("/x", &[])), Err(401));
        let both = at("/t/a.b.c", &[("authorization", "Bearer h")]);
        assert_eq!(token(&places, &both), ok("h"));
    }
}
