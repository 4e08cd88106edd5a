//! The secrets of a sign-in between its start and its callback.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_types::{ClientId, SerializedSecret};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::callback;
use super::error::ManagedLoginError;

/// The version of the format; others are refused.
const VERSION: u32 = 1;

/// The length of each secret in bytes: 43 characters in base64url, the shortest code verifier
/// (RFC 7636, 4.1).
const SECRET_BYTES: usize = 32;

/// A sign-in that waits for its callback: `state`, `nonce` and the PKCE code verifier.
///
/// It can be serialized, and belongs to the browser that started the sign-in. Keep it on the server
/// under a random name in a cookie, or encrypted in the cookie. Set the cookie as `HttpOnly`,
/// `Secure` and `SameSite=Lax`: `Strict` cookies are not sent with the callback, because another
/// site causes it.
///
/// # Security
///
/// With a stolen callback, it completes the sign-in. If it is not bound to the browser, for example
/// if it is looked up by `state` alone, an attacker can sign a user in as the attacker.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingSignIn {
    version: u32,
    client_id: String,
    redirect_uri: String,
    state: SerializedSecret,
    nonce: SerializedSecret,
    code_verifier: SerializedSecret,
}

impl PendingSignIn {
    pub(super) fn new(client: &ClientId, redirect_uri: &str) -> Result<Self, ManagedLoginError> {
        Ok(Self {
            version: VERSION,
            client_id: client.as_str().to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: random()?,
            nonce: random()?,
            code_verifier: random()?,
        })
    }

    /// Returns the `state`, 256 random bits in base64url. A server can use it as the cookie under
    /// which it stores the pending sign-in.
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// Returns the callback URL.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Returns whether a callback, a query or a whole URL, has the `state` of this sign-in.
    ///
    /// Use it to find the right one of several sign-ins of a browser, for example in two tabs. The
    /// comparison takes constant time.
    pub fn is_for(&self, callback: &str) -> bool {
        callback::state(callback, &self.redirect_uri).is_some_and(|state| self.has_state(&state))
    }

    pub(super) fn has_state(&self, state: &str) -> bool {
        let is_known = self.version == VERSION && !self.state().is_empty();
        is_known && verify_slices_are_equal(state.as_bytes(), self.state().as_bytes()).is_ok()
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(super) fn nonce(&self) -> &str {
        self.nonce.expose_secret()
    }

    pub(super) fn code_verifier(&self) -> &str {
        self.code_verifier.expose_secret()
    }

    /// Returns the code challenge of the method `S256` (RFC 7636, 4.2).
    pub(super) fn code_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.code_verifier().as_bytes()))
    }
}

fn random() -> Result<SerializedSecret, ManagedLoginError> {
    let mut bytes = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ManagedLoginError::NoRandomNumbers)?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    bytes.zeroize();
    Ok(text.into())
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("secrets", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}
