//! The places where tokens can be stored.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use cognito::FileStore;
use cognito::session::{KeyringStore, TokenStore};
use serde::{Deserialize, Serialize};

use super::record::SignInRecord;
use crate::configuration::{Environment, Setting, Settings};
use crate::failure::{Failure, Outcome};

/// The name of the service in the system's keyring.
const SERVICE: &str = "cognito";

/// A place where tokens are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// Files that are encrypted with a key of the system's keyring.
    Keyring,
    /// Files that only the user can read.
    File,
    /// Nowhere.
    None,
}

impl Backend {
    /// Returns the place for the tokens of a sign-in. By default it is the keyring.
    pub(crate) fn for_sign_in(settings: &Settings) -> Outcome<Self> {
        Ok(Self::named(settings)?.unwrap_or(Self::Keyring))
    }

    /// Returns the place of the tokens of an earlier sign-in.
    pub(super) fn in_use(settings: &Settings, record: &SignInRecord) -> Outcome<Self> {
        Ok(Self::named(settings)?.unwrap_or(record.store))
    }

    fn named(settings: &Settings) -> Outcome<Option<Self>> {
        match settings.get(Setting::TokenStore) {
            None => Ok(None),
            Some("keyring") => Ok(Some(Self::Keyring)),
            Some("file") => Ok(Some(Self::File)),
            Some("none") => Ok(Some(Self::None)),
            Some(_) => {
                Err(settings.invalid(Setting::TokenStore, "it must be keyring, file or none"))
            }
        }
    }

    /// Opens the store. The keyring is accessed only when it is needed.
    pub(super) fn open(self, environment: &Environment) -> Outcome<Option<Arc<dyn TokenStore>>> {
        let Some(directory) = self.directory(environment)? else { return Ok(None) };
        let store: Arc<dyn TokenStore> = match self {
            Self::Keyring => Arc::new(keyring(directory)?),
            _ => Arc::new(FileStore::open(directory).map_err(|error| failed(&error))?),
        };
        Ok(Some(store))
    }

    /// Opens the store for a sign-in. A missing or locked keyring causes an error before the user
    /// signs in, not afterwards (todoist-cli#424).
    pub(crate) async fn open_for_sign_in(
        self,
        environment: &Environment,
    ) -> Outcome<Option<Arc<dyn TokenStore>>> {
        if let (Self::Keyring, Some(directory)) = (self, self.directory(environment)?) {
            let store = keyring(directory)?;
            store.check().await.map_err(|error| no_keyring(&error))?;
            return Ok(Some(Arc::new(store)));
        }
        self.open(environment)
    }

    /// Returns the directory of the store. The two stores have separate directories, because they
    /// cannot read each other's files.
    pub(crate) fn directory(self, environment: &Environment) -> Outcome<Option<PathBuf>> {
        let name = match self {
            Self::Keyring => "keyring-sessions",
            Self::File => "sessions",
            Self::None => return Ok(None),
        };
        Ok(Some(environment.data_directory()?.join(name)))
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::None => "none",
        })
    }
}

fn keyring(directory: PathBuf) -> Outcome<KeyringStore> {
    KeyringStore::open(SERVICE, directory).map_err(|error| failed(&error))
}

fn no_keyring(error: &dyn Error) -> Failure {
    let message = format!("the system's keyring cannot be used: {}", causes(error));
    Failure::failed("no_keyring", message).hint(
        "start or unlock a Secret Service on the session bus, or choose with COGNITO_TOKEN_STORE: \
         `file` stores the tokens in files that only you can read, `none` prints them",
    )
}

/// Creates the failure of a store.
pub(super) fn failed(error: &dyn Error) -> Failure {
    Failure::failed("store", format!("the token store failed: {}", causes(error)))
}

/// Returns the innermost cause, which is more specific than the error of the store.
fn causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) if error.to_string() == "the store of sessions failed" => causes(source),
        Some(source) if source.source().is_none() => format!("{error} ({source})"),
        _ => error.to_string(),
    }
}
