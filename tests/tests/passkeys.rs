//! Passkey options and answers against an authenticator that others wrote.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use cognito::{
    PasskeyAssertion, PasskeyCreationOptions, PasskeyRegistration, PasskeyRequestOptions,
};
use passkey_authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::rust_crypto::RustCryptoBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use passkey_types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};
use url::Url;

/// A person who is there and agrees.
struct Agrees;

#[async_trait::async_trait]
impl UserValidationMethod for Agrees {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// What a page hands to `navigator.credentials`.
fn public_key(options: &impl serde::Serialize) -> Value {
    json!({ "publicKey": options })
}

fn client_data(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[tokio::test]
async fn an_authenticator_takes_our_options_and_we_its_answers() {
    let origin = Url::parse("https://example.com").unwrap();
    let authenticator =
        Authenticator::new(Aaguid::new_empty(), None::<Passkey>, Agrees, RustCryptoBackend);
    let mut client = Client::new(authenticator);

    let options = json!({
        "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
        "challenge": "bWFrZSBhIHBhc3NrZXk",
        "excludeCredentials": [],
        "pubKeyCredParams": [{ "alg": -7, "type": "public-key" }],
        "rp": { "id": "example.com", "name": "Example" },
        "timeout": 60000,
        "user": { "displayName": "Alice", "id": "YWxpY2U", "name": "alice" },
    });
    let options = PasskeyCreationOptions::from_json(&options.to_string()).unwrap();
    let request: CredentialCreationOptions = serde_json::from_value(public_key(&options)).unwrap();
    assert_eq!(&**request.public_key.challenge, options.challenge());
    assert_eq!(&**request.public_key.user.id, options.user_handle());
    let made = client.register(&origin, request, DefaultClientData).await.unwrap();
    let made = serde_json::to_value(&made).unwrap();
    let registration = PasskeyRegistration::from_json(&made.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&registration).unwrap(), made);
    let said = client_data(registration.client_data());
    assert_eq!(said["type"], "webauthn.create");
    assert_eq!(said["challenge"], "bWFrZSBhIHBhc3NrZXk");

    let id = &made["id"];
    let options = json!({
        "challenge": "dXNlIGEgcGFzc2tleQ",
        "rpId": "example.com",
        "allowCredentials": [{ "id": id, "type": "public-key" }],
        "userVerification": "required",
    });
    let options = PasskeyRequestOptions::from_json(&options.to_string()).unwrap();
    assert_eq!(options.allowed()[0].id(), registration.credential_id());
    let request: CredentialRequestOptions = serde_json::from_value(public_key(&options)).unwrap();
    let used = client.authenticate(&origin, request, DefaultClientData).await.unwrap();
    let used = serde_json::to_value(&used).unwrap();
    let assertion = PasskeyAssertion::from_json(&used.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&assertion).unwrap(), used);
    assert_eq!(assertion.credential_id(), registration.credential_id());
    assert_eq!(assertion.user_handle(), Some(&b"alice"[..]));
    assert_eq!(client_data(assertion.client_data())["challenge"], "dXNlIGEgcGFzc2tleQ");

    // What is signed, and by which key: the bytes are those that the authenticator meant.
    let hash = digest(&SHA256, assertion.client_data());
    let signed = [assertion.authenticator_data(), hash.as_ref()].concat();
    let key = point(registration.attestation_object());
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    key.verify(&signed, assertion.signature()).unwrap();
}

/// The key in an attestation object without attestation: COSE's coordinates x and y, at its end.
fn point(attestation_object: &[u8]) -> Vec<u8> {
    let coordinate = |label: u8| {
        // A byte string of 32 bytes under the label -2 or -3, in CBOR.
        let head = [label, 0x58, 32];
        let found = attestation_object.windows(3).rposition(|bytes| bytes == head).unwrap();
        &attestation_object[found + 3..found + 35]
    };
    [&[4], coordinate(0x21), coordinate(0x22)].concat()
}
