//! Encryption of sessions: AES-256-GCM with a random nonce, bound to the session's key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use cognito_types::StoredSession;
use zeroize::Zeroizing;

use super::error::KeyringStoreError;
use crate::session_format::SessionId;

/// A key that encrypts sessions.
#[derive(Debug)]
pub(super) struct Seal(RandomizedNonceKey);

impl Seal {
    pub(super) fn new(secret: &[u8]) -> Result<Self, KeyringStoreError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, secret);
        key.map(Self).map_err(|_| KeyringStoreError::InvalidKey)
    }

    /// Encrypts a session: its bytes, the tag, the nonce.
    pub(super) fn close(
        &self,
        id: &SessionId,
        session: &StoredSession,
    ) -> Result<StoredSession, KeyringStoreError> {
        let plain = session.expose_secret();
        let more = AES_256_GCM.tag_len().saturating_add(NONCE_LEN);
        // In memory that does not grow: no copy stays behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(more)));
        bytes.extend_from_slice(plain);
        let nonce = self.0.seal_in_place_append_tag(bound_to(id), &mut *bytes);
        let nonce = nonce.map_err(|_| KeyringStoreError::System)?;
        bytes.extend_from_slice(nonce.as_ref());
        Ok(std::mem::take(&mut *bytes).into())
    }

    pub(super) fn open(
        &self,
        id: &SessionId,
        sealed: &StoredSession,
    ) -> Result<StoredSession, KeyringStoreError> {
        let parts = sealed.expose_secret().split_last_chunk::<NONCE_LEN>();
        let (sealed, nonce) = parts.ok_or(KeyringStoreError::Damaged)?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let opened = self.0.open_in_place(Nonce::from(nonce), bound_to(id), &mut bytes);
        let length = opened.map_err(|_| KeyringStoreError::Damaged)?.len();
        bytes.truncate(length);
        Ok(std::mem::take(&mut *bytes).into())
    }
}

fn bound_to(id: &SessionId) -> Aad<String> {
    Aad::from(id.to_string())
}
