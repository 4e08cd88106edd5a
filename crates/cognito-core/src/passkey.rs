//! The JSON documents of passkeys that the service and an authenticator exchange, in the form of
//! browsers.

mod json;
mod options;
mod responses;

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use self::json::InvalidPasskey;
pub use self::options::{PasskeyCreationOptions, PasskeyDescriptor, PasskeyRequestOptions};
pub use self::responses::{PasskeyAssertion, PasskeyRegistration};

macro_rules! documents {
    ($($name:ident)+) => {$(
        impl $name {
            /// Parses the JSON.
            ///
            /// # Errors
            ///
            /// An error that names a required member that is missing or malformed.
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

        // Ids and signatures must not be logged.
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
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    /// Returns a response of StartWebAuthnRegistration as documented, with one unknown member.
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
    fn request_options_and_responses_are_read() {
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
    fn unknown_members_are_kept() {
        assert_kept! {
            PasskeyCreationOptions creation()
            PasskeyRequestOptions request()
            PasskeyRegistration registration()
            PasskeyAssertion assertion()
        }
    }

    /// Replaces a member with wrong values and expects an error that names it.
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
    fn required_members_are_refused_when_missing_or_wrong() {
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
    fn optional_members_may_be_null_and_base64_padded() {
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
