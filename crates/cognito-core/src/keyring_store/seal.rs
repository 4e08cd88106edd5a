//! Encryption of sessions: AES-256-GCM with a random nonce, bound to the session's key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{Digest, SHA256, digest};
use cognito_types::StoredSession;
use zeroize::Zeroizing;

use super::error::KeyringStoreError;
use crate::session_format::SessionId;

/// A key that encrypts sessions.
#[derive(Debug)]
pub(super) struct Seal {
    key: RandomizedNonceKey,
    /// A digest of the random key, which it does not reveal.
    digest: Digest,
}

impl Seal {
    pub(super) fn new(secret: &[u8]) -> Result<Self, KeyringStoreError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, secret);
        let key = key.map_err(|_| KeyringStoreError::InvalidKey)?;
        Ok(Self { key, digest: digest(&SHA256, secret) })
    }

    /// Returns whether the keys are the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.digest.as_ref() == other.digest.as_ref()
    }

    /// Encrypts a session. The result is the ciphertext, the tag and the nonce.
    pub(super) fn close(
        &self,
        id: &SessionId,
        session: &StoredSession,
    ) -> Result<StoredSession, KeyringStoreError> {
        let plain = session.expose_secret();
        let more = AES_256_GCM.tag_len().saturating_add(NONCE_LEN);
        // The buffer is allocated once: a growing buffer would leave copies of tokens in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(more)));
        bytes.extend_from_slice(plain);
        let nonce = self.key.seal_in_place_append_tag(bound_to(id), &mut *bytes);
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
        let opened = self.key.open_in_place(Nonce::from(nonce), bound_to(id), &mut bytes);
        let length = opened.map_err(|_| KeyringStoreError::Damaged)?.len();
        bytes.truncate(length);
        Ok(std::mem::take(&mut *bytes).into())
    }
}

fn bound_to(id: &SessionId) -> Aad<String> {
    Aad::from(id.to_string())
}
