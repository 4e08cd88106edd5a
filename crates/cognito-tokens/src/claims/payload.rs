//! Strict reading of the claims in a payload that is not verified yet.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::VerifyError;
use crate::json::{Member, Value, object};

object! {
    Payload {
        act "act",
        at_hash "at_hash",
        aud "aud",
        auth_time "auth_time",
        client_id "client_id",
        cognito_username "cognito:username",
        device_key "device_key",
        email "email",
        event_id "event_id",
        exp "exp",
        groups "cognito:groups",
        iat "iat",
        iss "iss",
        jti "jti",
        nbf "nbf",
        nonce "nonce",
        origin_jti "origin_jti",
        scope "scope",
        sub "sub",
        token_use "token_use",
        username "username",
    }
}

/// The largest accepted time. A double represents every integer up to it, so no time is rounded.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// Reading a member as a claim.
impl Member<'_> {
    pub(crate) fn optional(&self) -> Result<Option<&str>, VerifyError> {
        self.text().map_err(VerifyError::InvalidClaim)
    }

    pub(crate) fn required(&self) -> Result<&str, VerifyError> {
        self.optional()?.ok_or(VerifyError::MissingClaim(self.name))
    }

    /// Returns a NumericDate of RFC 7519: seconds since 1970, possibly with a fraction.
    pub(crate) fn time(&self) -> Result<Option<SystemTime>, VerifyError> {
        let Some(value) = &self.value else {
            return Ok(None);
        };
        let seconds = value.as_number().filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds));
        let since_epoch = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let time = since_epoch.and_then(|duration| UNIX_EPOCH.checked_add(duration));
        time.map(Some).ok_or_else(|| self.invalid())
    }

    /// Returns a list of texts; empty when the claim is absent.
    pub(crate) fn texts(&self) -> Result<Vec<String>, VerifyError> {
        let Some(value) = &self.value else {
            return Ok(Vec::new());
        };
        let items = value.as_array().ok_or_else(|| self.invalid())?;
        let texts = items.iter().map(|item| item.as_text().map(str::to_owned));
        texts.collect::<Option<_>>().ok_or_else(|| self.invalid())
    }

    /// Returns a list of texts; a single text counts as a list.
    pub(crate) fn text_or_texts(&self) -> Result<Vec<String>, VerifyError> {
        match &self.value {
            Some(Value::Text(text)) => Ok(vec![text.clone().into_owned()]),
            _ => self.texts(),
        }
    }

    pub(crate) fn invalid(&self) -> VerifyError {
        VerifyError::InvalidClaim(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Object;

    fn payload(text: &str) -> Payload<'_> {
        Payload::parse(text).unwrap()
    }

    #[test]
    fn times_are_numbers_of_seconds() {
        let time = |value: &str| payload(&format!("{{\"exp\":{value}}}")).exp.time();
        let at = |millis| Some(UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(time("1.5").unwrap(), at(1500));
        assert_eq!(time("15e2").unwrap(), at(1_500_000));
        assert_eq!(payload("{}").exp.time().unwrap(), None);
        for value in ["null", "\"1\"", "true", "[1]", "{}", "-1", "1e308", "9007199254740994"] {
            assert!(matches!(time(value), Err(VerifyError::InvalidClaim("exp"))), "{value}");
        }
    }

    #[test]
    fn lists_hold_texts_and_nothing_else() {
        assert_eq!(payload(r#"{"aud":"a"}"#).aud.text_or_texts().unwrap(), ["a"]);
        assert_eq!(payload(r#"{"aud":["a","b"]}"#).aud.text_or_texts().unwrap(), ["a", "b"]);
        assert!(payload("{}").aud.texts().unwrap().is_empty());
        for value in ["null", "1", "[1]", "[\"a\",null]", "{}"] {
            let text = format!("{{\"aud\":{value}}}");
            assert!(payload(&text).aud.text_or_texts().is_err(), "{value}");
        }
        assert!(payload(r#"{"aud":"a"}"#).aud.texts().is_err());
    }

    #[test]
    fn a_claim_is_missing_or_invalid() {
        let payload = payload(r#"{"sub":"a","jti":1}"#);
        assert_eq!(payload.sub.required().unwrap(), "a");
        assert!(matches!(payload.iss.required(), Err(VerifyError::MissingClaim("iss"))));
        assert!(matches!(payload.jti.required(), Err(VerifyError::InvalidClaim("jti"))));
    }
}
