//! Passkeys of a signed-in user.

use aws_sdk_cognitoidentityprovider::types::WebAuthnCredentialDescription;
use cognito_types::AccessToken;

use super::devices::time;
use super::retry::once;
use super::{Carrier, sent};
use crate::admin::{List, Page};
use crate::error::{Error, ErrorKind};
use crate::passkey::{PasskeyCreationOptions, PasskeyRegistration};
use crate::user::Passkey;

/// The most passkeys on one page.
const PAGE: i32 = 20;

impl Carrier {
    /// StartWebAuthnRegistration.
    pub(crate) async fn start_passkey_registration(
        &self,
        token: &AccessToken,
    ) -> Result<PasskeyCreationOptions, Error> {
        let call = self.client.start_web_authn_registration().access_token(token.expose_secret());
        let output = sent("StartWebAuthnRegistration", call.send()).await?;
        PasskeyCreationOptions::from_document(&output.credential_creation_options)
            .map_err(|error| Error::new(ErrorKind::Service).with_source(error))
    }

    /// CompleteWebAuthnRegistration.
    pub(crate) async fn complete_passkey_registration(
        &self,
        token: &AccessToken,
        passkey: &PasskeyRegistration,
    ) -> Result<(), Error> {
        let call = self.client.complete_web_authn_registration();
        let call = call.access_token(token.expose_secret()).credential(passkey.to_document());
        let call = call.customize().config_override(once());
        sent("CompleteWebAuthnRegistration", call.send()).await.map(drop)
    }

    /// ListWebAuthnCredentials.
    pub(crate) fn list_passkeys(&self, token: &AccessToken) -> List<Passkey> {
        let (client, token) = (self.client.clone(), token.clone());
        List::new(move |page| {
            let call = client.list_web_authn_credentials().access_token(token.expose_secret());
            let call = call.max_results(PAGE).set_next_token(page.token);
            async move {
                let output = sent("ListWebAuthnCredentials", call.send()).await?;
                Ok(Page::new(Some(output.credentials), output.next_token))
            }
        })
    }

    /// DeleteWebAuthnCredential.
    pub(crate) async fn delete_passkey(&self, token: &AccessToken, id: &str) -> Result<(), Error> {
        let call = self.client.delete_web_authn_credential().access_token(token.expose_secret());
        let call = call.credential_id(id).customize().config_override(once());
        sent("DeleteWebAuthnCredential", call.send()).await.map(drop)
    }
}

impl From<WebAuthnCredentialDescription> for Passkey {
    fn from(description: WebAuthnCredentialDescription) -> Self {
        Self {
            id: description.credential_id,
            name: description.friendly_credential_name,
            relying_party: description.relying_party_id,
            attachment: description.authenticator_attachment,
            transports: description.authenticator_transports,
            created: time(description.created_at),
        }
    }
}
