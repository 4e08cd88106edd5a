//! Passkeys of a signed-in user.

use cognito_types::AccessToken;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire::{EpochSeconds, Nothing, TokenRequest};
use super::{AppClient, unreadable};
use crate::error::{Error, ErrorKind};
use crate::list::{List, Page};
use crate::passkey::{PasskeyCreationOptions, PasskeyRegistration};
use crate::transport::Operation;
use crate::user::Passkey;

/// The maximum number of passkeys on a page.
const PAGE: i32 = 20;

impl AppClient {
    /// Sends StartWebAuthnRegistration.
    pub(crate) async fn start_passkey_registration(
        &self,
        token: &AccessToken,
    ) -> Result<PasskeyCreationOptions, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            credential_creation_options: Option<Value>,
        }
        let input = TokenRequest { access_token: token.expose_secret() };
        let output: Output =
            self.transport.call(Operation::StartWebAuthnRegistration, &input).await?;
        let options = output.credential_creation_options.ok_or_else(unreadable)?;
        PasskeyCreationOptions::from_value(options)
            .map_err(|error| Error::new(ErrorKind::Service).with_source(error))
    }

    /// Sends CompleteWebAuthnRegistration.
    pub(crate) async fn complete_passkey_registration(
        &self,
        token: &AccessToken,
        passkey: &PasskeyRegistration,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            credential: &'a PasskeyRegistration,
        }
        let input = Input { access_token: token.expose_secret(), credential: passkey };
        let Nothing {} =
            self.transport.call(Operation::CompleteWebAuthnRegistration, &input).await?;
        Ok(())
    }

    /// Sends ListWebAuthnCredentials.
    pub(crate) fn list_passkeys(&self, token: &AccessToken) -> List<Passkey> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            max_results: i32,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            credentials: Option<Vec<WirePasskey>>,
            next_token: Option<String>,
        }
        let (transport, token) = (self.transport.clone(), token.clone());
        List::new(move |page| {
            let (transport, token) = (transport.within(page.timeout), token.clone());
            async move {
                let access_token = token.expose_secret();
                let input = Input { access_token, max_results: PAGE, next_token: page.token };
                let output: Output =
                    transport.call(Operation::ListWebAuthnCredentials, &input).await?;
                Ok(Page::new(output.credentials, output.next_token))
            }
        })
    }

    /// Sends DeleteWebAuthnCredential.
    pub(crate) async fn delete_passkey(&self, token: &AccessToken, id: &str) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            credential_id: &'a str,
        }
        let input = Input { access_token: token.expose_secret(), credential_id: id };
        let Nothing {} = self.transport.call(Operation::DeleteWebAuthnCredential, &input).await?;
        Ok(())
    }
}

/// WebAuthnCredentialDescription.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WirePasskey {
    #[serde(default)]
    credential_id: String,
    #[serde(default)]
    friendly_credential_name: String,
    #[serde(default)]
    relying_party_id: String,
    authenticator_attachment: Option<String>,
    authenticator_transports: Option<Vec<String>>,
    created_at: Option<EpochSeconds>,
}

impl From<WirePasskey> for Passkey {
    fn from(passkey: WirePasskey) -> Self {
        Self {
            id: passkey.credential_id,
            name: passkey.friendly_credential_name,
            relying_party: passkey.relying_party_id,
            attachment: passkey.authenticator_attachment,
            transports: passkey.authenticator_transports.unwrap_or_default(),
            created: passkey.created_at.and_then(EpochSeconds::time),
        }
    }
}
