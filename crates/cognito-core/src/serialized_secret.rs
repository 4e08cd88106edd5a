//! Secrets in documents that the application stores.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroize;

/// A secret that is serialized in plain text, for a document that must be kept secret as a whole.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SerializedSecret(#[serde(deserialize_with = "text")] String);

/// Deserializes the text. The error does not quote a value of another type.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map_err(|_| D::Error::custom("a secret must be a string"))
}

impl SerializedSecret {
    pub(crate) fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    pub(crate) fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl Drop for SerializedSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SerializedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_does_not_quote_a_value_of_another_type() {
        let error = serde_json::from_str::<SerializedSecret>("123456").unwrap_err().to_string();
        assert!(error.starts_with("a secret must be a string"), "{error}");
    }
}
