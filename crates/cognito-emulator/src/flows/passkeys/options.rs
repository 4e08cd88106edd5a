//! The options for browsers to create and use passkeys, in the JSON of

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::model::ServiceError;
use crate::state::passkey::Passkey;
use crate::state::pool::Pool;
use crate::state::webauthn::{ES256, RS256};

/// The timeout for browsers in milliseconds.
const TIMEOUT: u64 = 60_000;

/// PublicKeyCredentialCreationOptionsJSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreationOptions {
    authenticator_selection: AuthenticatorSelection,
    challenge: String,
    exclude_credentials: Vec<Descriptor>,
    pub_key_cred_params: [Algorithm; 2],
    rp: RelyingPartyEntity,
    timeout: u64,
    user: UserEntity,
}

/// AuthenticatorSelectionCriteria.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticatorSelection {
    require_resident_key: bool,
    resident_key: &'static str,
    user_verification: &'static str,
}

/// PublicKeyCredentialDescriptorJSON.
#[derive(Serialize)]
struct Descriptor {
    id: String,
    transports: Vec<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// PublicKeyCredentialParameters.
#[derive(Serialize)]
struct Algorithm {
    alg: i64,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// PublicKeyCredentialRpEntity.
#[derive(Serialize)]
struct RelyingPartyEntity {
    id: String,
    name: String,
}

/// PublicKeyCredentialUserEntityJSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserEntity {
    display_name: String,
    id: String,
    name: String,
}

/// PublicKeyCredentialRequestOptionsJSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestOptions {
    allow_credentials: Vec<Descriptor>,
    challenge: String,
    rp_id: String,
    timeout: u64,
    user_verification: &'static str,
}

impl CreationOptions {
    /// Returns the options for a new passkey of a user.
    pub(super) fn new(
        pool: &Pool,
        username: &str,
        challenge: String,
    ) -> Result<Self, ServiceError> {
        let party = pool.settings.relying_party()?;
        let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        Ok(Self {
            authenticator_selection: AuthenticatorSelection {
                require_resident_key: true,
                resident_key: "required",
                user_verification: party.user_verification(),
            },
            challenge,
            exclude_credentials: user.extras().passkeys.iter().map(Descriptor::from).collect(),
            pub_key_cred_params: [ES256, RS256].map(|alg| Algorithm { alg, kind: "public-key" }),
            rp: RelyingPartyEntity { id: party.id.to_owned(), name: party.id.to_owned() },
            timeout: TIMEOUT,
            user: UserEntity {
                display_name: username.to_owned(),
                id: URL_SAFE_NO_PAD.encode(user.sub.as_bytes()),
                name: username.to_owned(),
            },
        })
    }
}

impl RequestOptions {
    /// Returns the options for the use of a passkey, or `None` if the pool has no relying party.
    pub(crate) fn new(pool: &Pool, username: &str, challenge: String) -> Option<Self> {
        let party = pool.settings.relying_party().ok()?;
        let passkeys = pool.users.get(username).map(|user| &user.extras().passkeys);
        Some(Self {
            allow_credentials: passkeys.into_iter().flatten().map(Descriptor::from).collect(),
            challenge,
            rp_id: party.id.to_owned(),
            timeout: TIMEOUT,
            user_verification: party.user_verification(),
        })
    }
}

impl From<&Passkey> for Descriptor {
    fn from(passkey: &Passkey) -> Self {
        let Passkey { id, transports, .. } = passkey;
        Self { id: id.clone(), transports: transports.clone(), kind: "public-key" }
    }
}
