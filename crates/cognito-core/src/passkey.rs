//! The JSON documents that the service and an authenticator exchange for passkeys, in the form of
//! browsers.

mod json;

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use self::json::InvalidPasskey;
use self::json::Reader;

/// Options to create a passkey (`PublicKeyCredentialCreationOptionsJSON`).
///
/// StartWebAuthnRegistration returns them. A browser parses their JSON with
/// `PublicKeyCredential.parseCreationOptionsFromJSON`; other programs read the members here.
/// The whole document is kept, members of newer versions of
/// [WebAuthn](https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON) too.
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
    document: Value,
    challenge: Vec<u8>,
    user_handle: Vec<u8>,
    algorithms: Vec<i64>,
    excluded: Vec<PasskeyDescriptor>,
}

impl PasskeyCreationOptions {
    fn read(document: Value) -> Result<Self, InvalidPasskey> {
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

    /// Returns the challenge, which the authenticator signs once.
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

    /// Returns the user's name, which distinguishes accounts.
    pub fn user_name(&self) -> Option<&str> {
        json::text(&self.document, "user.name")
    }

    /// Returns the user's display name.
    pub fn user_display_name(&self) -> Option<&str> {
        json::text(&self.document, "user.displayName")
    }

    /// Returns the accepted signature algorithms, by their COSE numbers, the preferred first.
    pub fn algorithms(&self) -> &[i64] {
        &self.algorithms
    }

    /// Returns the passkeys that the user has: an authenticator that holds one creates no other.
    pub fn excluded(&self) -> &[PasskeyDescriptor] {
        &self.excluded
    }

    /// Returns whether the authenticator verifies the user: `required`, `preferred` or
    /// `discouraged`.
    pub fn user_verification(&self) -> Option<&str> {
        json::text(&self.document, "authenticatorSelection.userVerification")
    }

    /// Returns whether the passkey is found without its id: `required`, `preferred` or
    /// `discouraged`.
    pub fn resident_key(&self) -> Option<&str> {
        json::text(&self.document, "authenticatorSelection.residentKey")
    }

    /// Returns whether the authenticator attests its origin: `none`, `indirect`, `direct` or
    /// `enterprise`.
    pub fn attestation(&self) -> Option<&str> {
        json::text(&self.document, "attestation")
    }

    /// Returns the time that the user has.
    pub fn timeout(&self) -> Option<Duration> {
        json::milliseconds(&self.document, "timeout")
    }
}

/// Options to use a passkey (`PublicKeyCredentialRequestOptionsJSON`).
///
/// They come with the challenge WEB_AUTHN, as CREDENTIAL_REQUEST_OPTIONS. A browser parses their
/// JSON with `PublicKeyCredential.parseRequestOptionsFromJSON`. The whole document is kept, members
/// of newer versions of
/// [WebAuthn](https://www.w3.org/TR/webauthn-3/#sctn-parseRequestOptionsFromJSON) too.
#[derive(Clone, PartialEq)]
pub struct PasskeyRequestOptions {
    document: Value,
    challenge: Vec<u8>,
    allowed: Vec<PasskeyDescriptor>,
}

impl PasskeyRequestOptions {
    fn read(document: Value) -> Result<Self, InvalidPasskey> {
        let reader = Reader::new("request options", &document)?;
        Ok(Self {
            challenge: reader.bytes("challenge")?,
            allowed: descriptors(&reader, "allowCredentials")?,
            document,
        })
    }

    /// Returns the challenge, which the authenticator signs once.
    pub fn challenge(&self) -> &[u8] {
        &self.challenge
    }

    /// Returns the relying party's id, a domain.
    pub fn rp_id(&self) -> Option<&str> {
        json::text(&self.document, "rpId")
    }

    /// Returns the passkeys that may be used; any of the relying party's if none is listed.
    pub fn allowed(&self) -> &[PasskeyDescriptor] {
        &self.allowed
    }

    /// Returns whether the authenticator verifies the user: `required`, `preferred` or
    /// `discouraged`.
    pub fn user_verification(&self) -> Option<&str> {
        json::text(&self.document, "userVerification")
    }

    /// Returns the time that the user has.
    pub fn timeout(&self) -> Option<Duration> {
        json::milliseconds(&self.document, "timeout")
    }
}

/// A passkey that was created (`RegistrationResponseJSON`).
///
/// A browser's `credential.toJSON()` returns it after `navigator.credentials.create`, and
/// CompleteWebAuthnRegistration takes it. The whole document is kept.
#[derive(Clone, PartialEq)]
pub struct PasskeyRegistration {
    document: Value,
    credential_id: Vec<u8>,
    client_data: Vec<u8>,
    attestation_object: Vec<u8>,
}

impl PasskeyRegistration {
    fn read(document: Value) -> Result<Self, InvalidPasskey> {
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

    /// Returns the browser's data on itself and the challenge (clientDataJSON), in UTF-8.
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
/// A browser's `credential.toJSON()` returns it after `navigator.credentials.get`, and it is the
/// response to the challenge WEB_AUTHN, as CREDENTIAL. The whole document is kept.
#[derive(Clone, PartialEq)]
pub struct PasskeyAssertion {
    document: Value,
    credential_id: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Option<Vec<u8>>,
}

impl PasskeyAssertion {
    fn read(document: Value) -> Result<Self, InvalidPasskey> {
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

    /// Returns the browser's data on itself and the challenge (clientDataJSON), in UTF-8.
    pub fn client_data(&self) -> &[u8] {
        &self.client_data
    }

    /// Returns the authenticator's data on itself, in the binary form of WebAuthn.
    pub fn authenticator_data(&self) -> &[u8] {
        &self.authenticator_data
    }

    /// Returns the signature over both.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Returns the bytes that identify the user, if the passkey has them.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
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

impl PasskeyCreationOptions {
    /// Parses the options of a response to StartWebAuthnRegistration.
    pub(crate) fn from_value(document: Value) -> Result<Self, InvalidPasskey> {
        Self::read(document)
    }
}

macro_rules! documents {
    ($($name:ident)+) => {$(
        impl $name {
            /// Parses the JSON.
            ///
            /// # Errors
            ///
            /// An error that names a required member that is missing, or one of the wrong kind.
            pub fn from_json(json: &str) -> Result<Self, InvalidPasskey> {
                Self::read(json::parse(json)?)
            }

            /// Returns the JSON, with every member that was parsed.
            pub fn to_json(&self) -> String {
                self.document.to_string()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.document.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::read(Value::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }

        // Ids and signatures are nobody's business in a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

documents!(PasskeyCreationOptions PasskeyRequestOptions PasskeyRegistration PasskeyAssertion);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As StartWebAuthnRegistration is documented to respond, and a member from the future.
    fn creation() -> Value {
        json!({
            "authenticatorSelection": {
                "requireResidentKey": true,
                "residentKey": "required",
                "userVerification": "preferred",
            },
            "challenge": "__-_AAEC",
            "excludeCredentials": [
                { "id": "AQID", "type": "public-key", "transports": ["usb", "from-the-future"] },
                { "id": "BAU", "type": "public-key" },
            ],
            "pubKeyCredParams": [
                { "alg": -7, "type": "public-key" },
                { "alg": -257, "type": "public-key" },
            ],
            "rp": { "id": "example.com", "name": "Example" },
            "timeout": 60000,
            "user": { "displayName": "Alice", "id": "dXNlcg", "name": "alice" },
            "hints": ["client-device"],
            "fromTheFuture": { "big": u64::MAX, "negative": -1, "half": 0.5, "null": null },
        })
    }

    fn request() -> Value {
        json!({
            "challenge": "AAEC",
            "timeout": 180000,
            "rpId": "example.com",
            "allowCredentials": [{ "id": "AQID", "type": "public-key" }],
            "userVerification": "required",
        })
    }

    fn registration() -> Value {
        json!({
            "id": "AQID",
            "rawId": "AQID",
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": "e30",
                "attestationObject": "oA",
                "authenticatorData": "AA",
                "transports": ["internal"],
                "publicKeyAlgorithm": -7,
            },
        })
    }

    fn assertion() -> Value {
        json!({
            "id": "AQID",
            "rawId": "AQID",
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AA",
                "signature": "MAA",
                "userHandle": "dXNlcg",
            },
        })
    }

    fn read<T: serde::de::DeserializeOwned>(document: &Value) -> T {
        serde_json::from_value(document.clone()).unwrap()
    }

    #[test]
    fn creation_options_are_read() {
        let options: PasskeyCreationOptions = read(&creation());
        assert_eq!(options.challenge(), [0xff, 0xff, 0xbf, 0, 1, 2]);
        assert_eq!((options.rp_id(), options.rp_name()), (Some("example.com"), Some("Example")));
        assert_eq!(options.user_handle(), b"user");
        assert_eq!(options.user_name(), Some("alice"));
        assert_eq!(options.user_display_name(), Some("Alice"));
        assert_eq!(options.algorithms(), [-7, -257]);
        assert_eq!(options.user_verification(), Some("preferred"));
        assert_eq!(options.resident_key(), Some("required"));
        assert_eq!(options.attestation(), None);
        assert_eq!(options.timeout(), Some(Duration::from_secs(60)));
        let [first, second] = options.excluded() else { panic!("two are excluded") };
        assert_eq!((first.id(), first.transports().len()), (&[1, 2, 3][..], 2));
        assert_eq!((second.id(), second.transports().len()), (&[4, 5][..], 0));
    }

    #[test]
    fn request_options_and_answers_are_read() {
        let options: PasskeyRequestOptions = read(&request());
        assert_eq!((options.challenge(), options.rp_id()), (&[0, 1, 2][..], Some("example.com")));
        assert_eq!(options.allowed()[0].id(), [1, 2, 3]);
        assert_eq!(options.user_verification(), Some("required"));
        assert_eq!(options.timeout(), Some(Duration::from_secs(180)));
        let made: PasskeyRegistration = read(&registration());
        assert_eq!((made.credential_id(), made.client_data()), (&[1, 2, 3][..], &b"{}"[..]));
        assert_eq!(made.attestation_object(), [0xa0]);
        let used: PasskeyAssertion = read(&assertion());
        assert_eq!((used.credential_id(), used.client_data()), (&[1, 2, 3][..], &b"{}"[..]));
        assert_eq!((used.authenticator_data(), used.signature()), (&[0][..], &[0x30, 0][..]));
        assert_eq!(used.user_handle(), Some(&b"user"[..]));
    }

    macro_rules! assert_kept {
        ($($name:ident $document:expr)+) => {$(
            let document = $document;
            let value: $name = read(&document);
            assert_eq!(serde_json::to_value(&value).unwrap(), document);
            assert_eq!(serde_json::from_str::<Value>(&value.to_json()).unwrap(), document);
            assert_eq!($name::from_json(&value.to_json()).unwrap(), value);
            assert_eq!(format!("{value:?}"), concat!(stringify!($name), " { .. }"));
        )+};
    }

    #[test]
    fn nothing_is_lost_on_any_way() {
        assert_kept! {
            PasskeyCreationOptions creation()
            PasskeyRequestOptions request()
            PasskeyRegistration registration()
            PasskeyAssertion assertion()
        }
    }

    /// Puts what is wrong in the place of a member; each must be refused by its name.
    fn assert_needed<T>(document: &Value, member: &'static str)
    where
        T: fmt::Debug,
        T: for<'de> Deserialize<'de>,
    {
        let pointer = format!("/{}", member.replace('.', "/"));
        for wrong in [json!(null), json!(7), json!("*"), json!("AA=A"), json!({})] {
            let mut document = document.clone();
            *document.pointer_mut(&pointer).unwrap() = wrong.clone();
            let error = serde_json::from_value::<T>(document).unwrap_err().to_string();
            assert!(error.contains(member), "{member} as {wrong}: {error}");
        }
    }

    #[test]
    fn what_is_needed_must_be_there() {
        for member in ["challenge", "user.id", "pubKeyCredParams"] {
            assert_needed::<PasskeyCreationOptions>(&creation(), member);
        }
        assert_needed::<PasskeyRequestOptions>(&request(), "challenge");
        for member in ["id", "response.clientDataJSON", "response.attestationObject"] {
            assert_needed::<PasskeyRegistration>(&registration(), member);
        }
        for member in ["id", "response.authenticatorData", "response.signature"] {
            assert_needed::<PasskeyAssertion>(&assertion(), member);
        }
        let error = PasskeyRequestOptions::from_json(r#"{"challenge":7}"#).unwrap_err();
        assert_eq!(error.member(), Some("challenge"));
        for no_document in ["", "[]", "null", "\"x\"", "{", "7"] {
            assert!(PasskeyRequestOptions::from_json(no_document).is_err(), "{no_document}");
        }
    }

    #[test]
    fn what_need_not_be_there_may_be_null_and_padding_may_be() {
        let options = json!({ "challenge": "AA==", "rpId": null, "allowCredentials": null });
        let options: PasskeyRequestOptions = read(&options);
        assert_eq!((options.challenge(), options.rp_id()), (&[0][..], None));
        assert!(options.allowed().is_empty());
        let mut document = assertion();
        document["response"]["userHandle"] = Value::Null;
        assert_eq!(read::<PasskeyAssertion>(&document).user_handle(), None);
        document["response"]["userHandle"] = json!(7);
        assert!(serde_json::from_value::<PasskeyAssertion>(document).is_err());
    }
}
