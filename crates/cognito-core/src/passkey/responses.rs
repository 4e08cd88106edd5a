//! Responses of an authenticator: a new passkey, or an assertion.

use serde_json::Value;

use super::json::{InvalidPasskey, Reader};

/// A new passkey (`RegistrationResponseJSON`).
///
/// In a browser, `credential.toJSON()` returns it after `navigator.credentials.create`. It is the
/// input of CompleteWebAuthnRegistration. All members are kept.
#[derive(Clone, PartialEq)]
pub struct PasskeyRegistration {
    pub(super) document: Value,
    credential_id: Vec<u8>,
    client_data: Vec<u8>,
    attestation_object: Vec<u8>,
}

impl PasskeyRegistration {
    pub(super) fn read(document: Value) -> Result<Self, InvalidPasskey> {
        let reader = Reader::new("registration response", &document)?;
        Ok(Self {
            credential_id: reader.bytes("id")?,
            client_data: reader.bytes("response.clientDataJSON")?,
            attestation_object: reader.bytes("response.attestationObject")?,
            document,
        })
    }

    /// Returns the passkey's id.
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    /// Returns the client data of the browser (clientDataJSON), in UTF-8.
    pub fn client_data(&self) -> &[u8] {
        &self.client_data
    }

    /// Returns the public key and its attestation, in CBOR.
    pub fn attestation_object(&self) -> &[u8] {
        &self.attestation_object
    }
}

/// The assertion of a passkey (`AuthenticationResponseJSON`).
///
/// In a browser, `credential.toJSON()` returns it after `navigator.credentials.get`. It is the
/// response to the challenge WEB_AUTHN, as CREDENTIAL. All members are kept.
#[derive(Clone, PartialEq)]
pub struct PasskeyAssertion {
    pub(super) document: Value,
    credential_id: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Option<Vec<u8>>,
}

impl PasskeyAssertion {
    pub(super) fn read(document: Value) -> Result<Self, InvalidPasskey> {
        let reader = Reader::new("authentication response", &document)?;
        Ok(Self {
            credential_id: reader.bytes("id")?,
            client_data: reader.bytes("response.clientDataJSON")?,
            authenticator_data: reader.bytes("response.authenticatorData")?,
            signature: reader.bytes("response.signature")?,
            user_handle: reader.optional_bytes("response.userHandle")?,
            document,
        })
    }

    /// Returns the passkey's id.
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    /// Returns the client data of the browser (clientDataJSON), in UTF-8.
    pub fn client_data(&self) -> &[u8] {
        &self.client_data
    }

    /// Returns the authenticator data, in the binary form of WebAuthn.
    pub fn authenticator_data(&self) -> &[u8] {
        &self.authenticator_data
    }

    /// Returns the signature over the authenticator data and the hash of the client data.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Returns the bytes that identify the user, if the passkey has them.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }
}
