//! Options from the service for creating or using a passkey.

use std::time::Duration;

use serde_json::Value;

use super::json::{self, InvalidPasskey, Reader};

/// Options to create a passkey (`PublicKeyCredentialCreationOptionsJSON`).
///
/// StartWebAuthnRegistration returns them. A browser parses their JSON with
/// `PublicKeyCredential.parseCreationOptionsFromJSON`; other programs use the methods of this type.
/// All members are kept, including unknown ones of newer versions of
/// [WebAuthn](https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON).
///
/// ```
/// # mod cognito { pub use cognito_core as account; }
/// use cognito::account::PasskeyCreationOptions;
///
/// let options = PasskeyCreationOptions::from_json(r#"{
///     "rp": { "id": "example.com", "name": "Example" },
///     "user": { "id": "YWxpY2U", "name": "alice", "displayName": "Alice" },
///     "challenge": "b25seSBvbmNl",
///     "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
///     "timeout": 60000
/// }"#)?;
/// assert_eq!(options.challenge(), b"only once");
/// assert_eq!(options.rp_id(), Some("example.com"));
/// assert_eq!(options.user_handle(), b"alice");
/// assert_eq!(options.algorithms(), [-7]); // ES256, by its COSE number
/// assert_eq!(PasskeyCreationOptions::from_json(&options.to_json())?, options);
/// # Ok::<(), cognito_core::InvalidPasskey>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct PasskeyCreationOptions {
    pub(super) document: Value,
    challenge: Vec<u8>,
    user_handle: Vec<u8>,
    algorithms: Vec<i64>,
    excluded: Vec<PasskeyDescriptor>,
}

impl PasskeyCreationOptions {
    /// Parses the options of a response to StartWebAuthnRegistration.
    pub(crate) fn from_value(document: Value) -> Result<Self, InvalidPasskey> {
        Self::read(document)
    }

    pub(super) fn read(document: Value) -> Result<Self, InvalidPasskey> {
        let reader = Reader::new("creation options", &document)?;
        let parameters = reader.list("pubKeyCredParams")?;
        let algorithms = parameters.iter().map(|parameter| parameter.integer("alg"));
        Ok(Self {
            challenge: reader.bytes("challenge")?,
            user_handle: reader.bytes("user.id")?,
            algorithms: algorithms.collect::<Result<_, _>>()?,
            excluded: descriptors(&reader, "excludeCredentials")?,
            document,
        })
    }

    /// Returns the challenge, which the authenticator signs.
    pub fn challenge(&self) -> &[u8] {
        &self.challenge
    }

    /// Returns the relying party's id, a domain.
    pub fn rp_id(&self) -> Option<&str> {
        json::text(&self.document, "rp.id")
    }

    /// Returns the relying party's display name.
    pub fn rp_name(&self) -> Option<&str> {
        json::text(&self.document, "rp.name")
    }

    /// Returns the bytes that identify the user in the passkey.
    pub fn user_handle(&self) -> &[u8] {
        &self.user_handle
    }

    /// Returns the user name, which distinguishes accounts.
    pub fn user_name(&self) -> Option<&str> {
        json::text(&self.document, "user.name")
    }

    /// Returns the user's display name.
    pub fn user_display_name(&self) -> Option<&str> {
        json::text(&self.document, "user.displayName")
    }

    /// Returns the accepted signature algorithms by COSE number, in order of preference.
    pub fn algorithms(&self) -> &[i64] {
        &self.algorithms
    }

    /// Returns the passkeys that the user has: an authenticator that holds one of them creates no
    /// other.
    pub fn excluded(&self) -> &[PasskeyDescriptor] {
        &self.excluded
    }

    /// Returns whether the authenticator verifies the user: `required`, `preferred` or
    /// `discouraged`.
    pub fn user_verification(&self) -> Option<&str> {
        json::text(&self.document, "authenticatorSelection.userVerification")
    }

    /// Returns whether the passkey must be discoverable (without its id): `required`, `preferred`
    /// or `discouraged`.
    pub fn resident_key(&self) -> Option<&str> {
        json::text(&self.document, "authenticatorSelection.residentKey")
    }

    /// Returns the attestation of the authenticator: `none`, `indirect`, `direct` or `enterprise`.
    pub fn attestation(&self) -> Option<&str> {
        json::text(&self.document, "attestation")
    }

    /// Returns the time limit for the user.
    pub fn timeout(&self) -> Option<Duration> {
        json::milliseconds(&self.document, "timeout")
    }
}

/// Options to use a passkey (`PublicKeyCredentialRequestOptionsJSON`).
///
/// The challenge WEB_AUTHN contains them, as CREDENTIAL_REQUEST_OPTIONS. A browser parses their
/// JSON with `PublicKeyCredential.parseRequestOptionsFromJSON`. All members are kept, including
/// unknown ones of newer versions of
/// [WebAuthn](https://www.w3.org/TR/webauthn-3/#sctn-parseRequestOptionsFromJSON).
#[derive(Clone, PartialEq)]
pub struct PasskeyRequestOptions {
    pub(super) document: Value,
    challenge: Vec<u8>,
    allowed: Vec<PasskeyDescriptor>,
}

impl PasskeyRequestOptions {
    pub(super) fn read(document: Value) -> Result<Self, InvalidPasskey> {
        let reader = Reader::new("request options", &document)?;
        Ok(Self {
            challenge: reader.bytes("challenge")?,
            allowed: descriptors(&reader, "allowCredentials")?,
            document,
        })
    }

    /// Returns the challenge, which the authenticator signs.
    pub fn challenge(&self) -> &[u8] {
        &self.challenge
    }

    /// Returns the relying party's id, a domain.
    pub fn rp_id(&self) -> Option<&str> {
        json::text(&self.document, "rpId")
    }

    /// Returns the passkeys that may be used; if empty, any passkey of the relying party.
    pub fn allowed(&self) -> &[PasskeyDescriptor] {
        &self.allowed
    }

    /// Returns whether the authenticator verifies the user: `required`, `preferred` or
    /// `discouraged`.
    pub fn user_verification(&self) -> Option<&str> {
        json::text(&self.document, "userVerification")
    }

    /// Returns the time limit for the user.
    pub fn timeout(&self) -> Option<Duration> {
        json::milliseconds(&self.document, "timeout")
    }
}

/// A reference to a passkey by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyDescriptor {
    id: Vec<u8>,
    transports: Vec<String>,
}

impl PasskeyDescriptor {
    /// Returns the passkey's id.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// Returns the transports of its authenticator, by names such as `usb` and `internal`.
    pub fn transports(&self) -> &[String] {
        &self.transports
    }
}

fn descriptors(
    reader: &Reader<'_>,
    member: &'static str,
) -> Result<Vec<PasskeyDescriptor>, InvalidPasskey> {
    let read = |descriptor: Reader<'_>| {
        let transports = descriptor.texts("transports");
        Ok(PasskeyDescriptor { id: descriptor.bytes("id")?, transports })
    };
    reader.optional_list(member)?.into_iter().map(read).collect()
}
