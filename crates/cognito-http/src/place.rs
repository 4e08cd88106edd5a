//! Where in a request its token is.

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};

use crate::refusal::Refusal;

/// A header, and a cookie for requests without it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) header: HeaderName,
    /// What stands before the token, in any case.
    pub(crate) prefix: String,
    pub(crate) cookie: Option<String>,
}

impl Default for Place {
    fn default() -> Self {
        Self { header: AUTHORIZATION, prefix: "Bearer ".to_owned(), cookie: None }
    }
}

impl Place {
    /// The token of a request.
    pub(crate) fn token<'h>(&self, headers: &'h HeaderMap) -> Result<&'h str, Refusal> {
        let in_header = match only(headers.get_all(&self.header).iter())? {
            Some(value) => self.after_prefix(value)?,
            None => None,
        };
        match (in_header, &self.cookie) {
            (Some(token), _) => Ok(token),
            (None, Some(name)) => only(cookies(headers, name))?.ok_or(Refusal::NoToken),
            (None, None) => Err(Refusal::NoToken),
        }
    }

    /// None for another scheme, such as `Basic`.
    fn after_prefix<'h>(&self, value: &'h HeaderValue) -> Result<Option<&'h str>, Refusal> {
        let value = value.to_str().map_err(|_| Refusal::InvalidRequest)?;
        let prefix = value.get(..self.prefix.len());
        if !prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(&self.prefix)) {
            // The scheme without a token is no other scheme.
            let empty = !self.prefix.is_empty() && value.eq_ignore_ascii_case(self.prefix.trim());
            return if empty { Err(Refusal::InvalidRequest) } else { Ok(None) };
        }
        let token = value.get(self.prefix.len()..).unwrap_or_default().trim();
        if token.is_empty() { Err(Refusal::InvalidRequest) } else { Ok(Some(token)) }
    }
}

/// The values of the cookies of that name (RFC 6265, 4.2.1).
fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.filter(move |(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

/// Two tokens are an invalid request (RFC 6750, 3.1): who wrote which is not known.
fn only<T>(mut values: impl Iterator<Item = T>) -> Result<Option<T>, Refusal> {
    let first = values.next();
    if values.next().is_some() { Err(Refusal::InvalidRequest) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn status(found: Result<&str, Refusal>) -> u16 {
        found.unwrap_err().status().as_u16()
    }

    #[test]
    fn a_token_follows_its_scheme() {
        let place = Place::default();
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
            assert_eq!(place.token(&headers(&[("authorization", value)])).unwrap(), "a.b.c");
        }
        for value in ["Basic dXNlcg==", "", "Bear", "Bearera.b.c", "a.b.c"] {
            assert_eq!(status(place.token(&headers(&[("authorization", value)]))), 401, "{value}");
        }
        for value in ["Bearer", "bearer ", "Bearer   "] {
            assert_eq!(status(place.token(&headers(&[("authorization", value)]))), 400, "{value}");
        }
    }

    #[test]
    fn two_tokens_are_none() {
        let place = Place { cookie: Some("token".to_owned()), ..Place::default() };
        let twice = headers(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
        assert_eq!(status(place.token(&twice)), 400);
        let twice = headers(&[("cookie", "token=a; other=x; token=b")]);
        assert_eq!(status(place.token(&twice)), 400);
    }

    #[test]
    fn cookies_count_where_they_are_wanted() {
        let sent = headers(&[("cookie", "a=1; token=a.b.c; b"), ("cookie", "xtoken=z")]);
        assert_eq!(status(Place::default().token(&sent)), 401);
        let place = Place { cookie: Some("token".to_owned()), ..Place::default() };
        assert_eq!(place.token(&sent).unwrap(), "a.b.c");
        let both = headers(&[("authorization", "Bearer h"), ("cookie", "token=c")]);
        assert_eq!(place.token(&both).unwrap(), "h");
    }

    #[test]
    fn another_header_may_hold_the_token_alone() {
        let header = HeaderName::from_static("x-id-token");
        let place = Place { header, prefix: String::new(), cookie: None };
        assert_eq!(place.token(&headers(&[("x-id-token", "a.b.c")])).unwrap(), "a.b.c");
        assert_eq!(status(place.token(&headers(&[("x-id-token", "")]))), 400);
    }
}
