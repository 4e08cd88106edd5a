//! A browser with a third-party authenticator, whose user consents to everything.

use cognito::account::{PasskeyCreationOptions, PasskeyRegistration};
use cognito::sign_in::{PasskeyAssertion, PasskeyRequestOptions};
use passkey_authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::rust_crypto::RustCryptoBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use passkey_types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

/// A browser on a page, with at most one passkey.
#[derive(Clone)]
pub struct Browser {
    page: Url,
    passkey: Option<Passkey>,
}

impl Browser {
    /// Creates a browser on a page.
    pub fn on(page: &str) -> Self {
        Self { page: page.parse().unwrap(), passkey: None }
    }

    /// Calls `navigator.credentials.create`, with the types of this library.
    pub async fn create(&mut self, options: &PasskeyCreationOptions) -> PasskeyRegistration {
        serde_json::from_value(self.create_json(options).await).unwrap()
    }

    /// Calls `navigator.credentials.get`, with the types of this library.
    pub async fn get(&mut self, options: &PasskeyRequestOptions) -> PasskeyAssertion {
        serde_json::from_value(self.get_json(options).await).unwrap()
    }

    /// Calls `navigator.credentials.create`.
    pub async fn create_json(&mut self, options: &impl Serialize) -> Value {
        let mut client = Client::new(self.authenticator());
        let request: CredentialCreationOptions = request(options);
        let made = client.register(&self.page, request, DefaultClientData).await.unwrap();
        self.passkey = client.authenticator().store().clone();
        serde_json::to_value(&made).unwrap()
    }

    /// Calls `navigator.credentials.get`.
    pub async fn get_json(&mut self, options: &impl Serialize) -> Value {
        let mut client = Client::new(self.authenticator());
        let request: CredentialRequestOptions = request(options);
        let used = client.authenticate(&self.page, request, DefaultClientData).await.unwrap();
        self.passkey = client.authenticator().store().clone();
        serde_json::to_value(&used).unwrap()
    }

    fn authenticator(&self) -> Authenticator<Option<Passkey>, Agrees, RustCryptoBackend> {
        let passkey = self.passkey.clone();
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), passkey, Agrees, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        authenticator
    }
}

/// Converts options like a page for `navigator.credentials`.
fn request<T: DeserializeOwned>(options: &impl Serialize) -> T {
    serde_json::from_value(json!({ "publicKey": options })).unwrap()
}

/// A user who is present and consents.
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
