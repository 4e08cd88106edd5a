//! Secrets in documents that the application stores.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A secret that is serialized in plain text, for a document that must be kept secret as a whole.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SerializedSecret(String);

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
