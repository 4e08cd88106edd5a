//! Passwords, codes and tokens as types that are wiped when dropped and never printed.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// `Debug` prints `[redacted]`; there is no `Display`. Memory is wiped when the value is
        /// dropped.
        #[derive(Clone)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Returns the secret. Call it only where the secret is sent or stored.
            pub fn expose_secret(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(secret: &str) -> Self {
                Self::from(secret.to_owned())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )+};
}

macro_rules! kept_as_given {
    ($($name:ident)+) => {$(
        impl From<String> for $name {
            fn from(secret: String) -> Self {
                Self(Zeroizing::new(secret))
            }
        }
    )+};
}

kept_as_given! {
    Password ClientSecret SoftwareTokenSecret AccessToken IdToken RefreshToken ChallengeSession
    SerializedSecret
}

impl From<String> for Code {
    fn from(code: String) -> Self {
        let code = Zeroizing::new(code);
        // The buffer is allocated once: a growing buffer would leave copies of the code in memory.
        let mut kept = Zeroizing::new(String::with_capacity(code.len()));
        kept.extend(code.chars().filter(|c| !is_space(*c)));
        Self(kept)
    }
}

/// Returns whether a character is white space or a zero-width character, which is often copied from
/// web pages.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Implements `Deserialize` for secrets from forms and from stored documents.
macro_rules! deserialized {
    ($($name:ident)+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                secret_text(deserializer).map(Self::from)
            }
        }
    )+};
}

/// Deserializes the text of a secret. The error is always the same, because those of deserializers
/// quote a value of another type, such as a code that is a number in JSON.
pub(crate) fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map_err(|_| D::Error::custom("a secret must be a string"))
}

deserialized!(Password Code SerializedSecret);

/// No other secret implements `Serialize`.
impl Serialize for SerializedSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose_secret())
    }
}

secrets! {
    /// A user's password, permanent or temporary.
    ///
    /// ```
    /// # mod cognito { pub use cognito_types as types; }
    /// use cognito::types::Password;
    ///
    /// let password = Password::from("correct horse");
    /// assert_eq!(format!("{password:?}"), "Password([redacted])");
    /// assert_eq!(password.expose_secret(), "correct horse");
    /// ```
    Password;
    /// A code that the service sent, or that an authenticator app shows.
    ///
    /// White space is removed, because apps and mails show codes in groups:
    ///
    /// ```
    /// # mod cognito { pub use cognito_types as types; }
    /// use cognito::types::Code;
    ///
    /// assert_eq!(Code::from(" 123 456\n").expose_secret(), "123456");
    /// ```
    Code;
    /// An app client's secret.
    ClientSecret;
    /// The key of an authenticator app, in base32, as AssociateSoftwareToken returns it.
    SoftwareTokenSecret;
    /// An access token, a JWT.
    AccessToken;
    /// An ID token, a JWT.
    IdToken;
    /// A refresh token, which is opaque.
    RefreshToken;
    /// The Session of a challenge. It is opaque, valid for minutes, and can be used once.
    ChallengeSession;
    /// A secret that is serialized in plain text, inside a document that must be kept secret as a
    /// whole. It is hidden, because only the crates of this project use it.
    #[doc(hidden)]
    SerializedSecret;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lose_white_space_of_every_kind() {
        for typed in [
            "123456",
            " 123456\n",
            "123 456",
            "\t12 34 56\r\n",
            "123\u{a0}456",
            "123\u{2009}456",
            "\u{3000}123456",
            "\u{feff}123\u{200b}456",
        ] {
            assert_eq!(Code::from(typed).expose_secret(), "123456", "{typed:?}");
        }
        assert_eq!(Code::from(" \n").expose_secret(), "");
    }

    #[test]
    fn passwords_and_codes_are_read_from_forms() {
        let password: Password = serde_json::from_str(r#"" correct horse ""#).unwrap();
        assert_eq!(password.expose_secret(), " correct horse ", "white space may be part of it");
        let code: Code = serde_json::from_str(r#""123 456""#).unwrap();
        assert_eq!(code.expose_secret(), "123456");
    }

    #[test]
    fn a_serialized_secret_is_its_text() {
        let json = serde_json::to_string(&SerializedSecret::from("a secret")).unwrap();
        assert_eq!(json, "\"a secret\"");
        let secret: SerializedSecret = serde_json::from_str(&json).unwrap();
        assert_eq!(secret.expose_secret(), "a secret");
        assert_eq!(format!("{secret:?}"), "SerializedSecret([redacted])");
    }

    #[test]
    fn errors_do_not_quote_a_secret_of_another_type() {
        #[derive(Debug, Deserialize)]
        struct Form {
            #[serde(flatten)]
            _fields: Fields,
        }
        #[derive(Debug, Deserialize)]
        struct Fields {
            #[serde(rename = "code")]
            _code: Option<Code>,
            #[serde(rename = "password")]
            _password: Option<Password>,
            #[serde(rename = "state")]
            _state: Option<SerializedSecret>,
        }
        for value in ["123456", "-123456", "123456.5", "1e123456", "[123456]", "{\"123456\":1}"] {
            for name in ["code", "password", "state"] {
                let json = format!("{{\"{name}\":{value}}}");
                let whole = serde_json::from_str::<Fields>(&json).unwrap_err();
                let flattened = serde_json::from_str::<Form>(&json).unwrap_err();
                for error in [whole.to_string(), flattened.to_string()] {
                    assert!(!error.contains("123456"), "{error}");
                }
            }
        }
        let error = serde_json::from_str::<Code>("123456").unwrap_err().to_string();
        assert!(error.starts_with("a secret must be a string"), "{error}");
    }
}
