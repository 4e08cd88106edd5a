//! Passkeys of a user, and registrations that wait for theirs.

use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::pool::Pool;
use crate::state::sign_in_record::SignInRecord;
use crate::state::webauthn::PasskeyKey;

/// A passkey.
#[derive(Clone)]
pub(crate) struct Passkey {
    /// Base64url.
    pub(crate) id: String,
    pub(crate) relying_party_id: String,
    pub(crate) key: PasskeyKey,
    /// How often it was used, if it counts.
    pub(crate) counter: u32,
    pub(crate) transports: Vec<String>,
    pub(crate) attachment: Option<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
}

/// Milliseconds that browsers are told to wait.
pub(crate) const TIMEOUT: u64 = 60_000;

/// A registration under way, kept by its challenge.
pub(crate) struct Registration {
    pub(crate) username: String,
    pub(crate) client_id: String,
}

impl Passkey {
    /// WebAuthnCredentialDescription.
    pub(crate) fn to_json(&self) -> Value {
        let mut description = json!({
            "CredentialId": self.id,
            "FriendlyCredentialName": "Passkey",
            "RelyingPartyId": self.relying_party_id,
            "AuthenticatorTransports": self.transports,
            "CreatedAt": self.created,
        });
        if let (Some(object), Some(attachment)) = (description.as_object_mut(), &self.attachment) {
            object.insert("AuthenticatorAttachment".to_owned(), attachment.as_str().into());
        }
        description
    }

    /// PublicKeyCredentialDescriptorJSON.
    pub(crate) fn descriptor(&self) -> Value {
        json!({ "id": self.id, "transports": self.transports, "type": "public-key" })
    }
}

impl Pool {
    /// Ends the registration that waits for that challenge, which must be of the same sign-in.
    pub(crate) fn take_registration(
        &mut self,
        challenge: &str,
        record: &SignInRecord,
        now: u64,
    ) -> Result<(), ServiceError> {
        const MISSING: &str = "The challenge does not exist or has expired.";
        let missing = || ServiceError::webauthn_challenge_not_found(MISSING);
        let (waiting, ends) = self.registrations.get_mut(challenge).ok_or_else(missing)?;
        if waiting.username != record.username || ends <= now {
            return Err(missing());
        }
        if waiting.client_id != record.client_id {
            const MESSAGE: &str = "The registration was started by another client.";
            return Err(ServiceError::webauthn_client_mismatch(MESSAGE));
        }
        self.registrations.remove(challenge);
        Ok(())
    }
}

/// PublicKeyCredentialRequestOptionsJSON.
pub(crate) fn request_options(pool: &Pool, username: &str, challenge: &str) -> Value {
    let Ok(party) = pool.settings.relying_party() else {
        return json!({});
    };
    let passkeys = pool.users.get(username).map(|user| &user.passkeys);
    let known: Value = passkeys.into_iter().flatten().map(Passkey::descriptor).collect();
    json!({
        "allowCredentials": known,
        "challenge": challenge,
        "rpId": party.id,
        "timeout": TIMEOUT,
        "userVerification": party.user_verification(),
    })
}
