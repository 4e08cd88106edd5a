//! Secrets that are written down because the application asks for it.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A secret inside a document that is as secret: it is serialized as it is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Written(String);

impl Written {
    pub(crate) fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    pub(crate) fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
