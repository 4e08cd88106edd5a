//! Seed files of pools that exist elsewhere: at the service, or in cognito-local.

mod document;
mod pool_entry;
mod pool_settings;
mod users;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::json;

use self::document::Part;
use self::pool_entry::PoolEntry;

/// The parts of one pool, in the order of the files.
type PoolParts = Vec<Part>;

/// Creates a seed file from descriptions of pools, so that tests run with the settings of a real pool.
///
/// It reads the outputs of `aws cognito-idp describe-user-pool`, `get-user-pool-mfa-config`,
/// `describe-user-pool-client`, `describe-resource-server`, `list-resource-servers`,
/// `describe-identity-provider`, `describe-user-pool-domain`, `list-groups` and `list-users`, and the files of
/// cognito-local. Ids and client secrets stay as they are.
///
/// ```
/// use cognito_emulator::{Emulator, SeedImport};
///
/// let pool = r#"{ "UserPool": { "Id": "eu-west-1_Example01", "Name": "shop",
///     "LambdaConfig": { "PreSignUp": "arn:aws:lambda:eu-west-1:1:function:check" } } }"#;
/// let client = r#"{ "UserPoolClient": { "UserPoolId": "eu-west-1_Example01",
///     "ClientId": "1example23456789", "ClientName": "web" } }"#;
/// let seed = SeedImport::default().read("pool.json", pool)?.read("web.json", client)?.finish()?;
/// assert!(seed.warnings()[0].contains("LambdaConfig.PreSignUp"));
///
/// let emulator = Emulator::builder().in_process();
/// emulator.load(seed.json())?;
/// let id = "eu-west-1_Example01".parse()?;
/// let local = emulator.local_pool(id, "1example23456789".into())?;
/// assert_eq!(local.id().region(), "eu-west-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct SeedImport {
    parts: Vec<Part>,
    password: Option<String>,
}

/// A seed file, and what it lacks of the pools that it describes.
#[derive(Clone)]
pub struct ImportedSeed {
    json: String,
    warnings: Vec<String>,
}

/// An error of an import.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file is not JSON.
    #[error("{file} is not JSON; run the AWS CLI with --output json")]
    Json {
        /// The name of the file.
        file: String,
        /// The reason.
        source: serde_json::Error,
    },
    /// A file is neither the output of one of the commands nor of cognito-local.
    #[error(
        "{file} is no output that can be imported: its members are {members}; see \
         `cognito-emulator import --help`"
    )]
    Unknown {
        /// The name of the file.
        file: String,
        /// The members that it has.
        members: String,
    },
    /// An output that does not name its pool, beside several pools.
    #[error("{file} does not name its pool; import the files of one pool at a time")]
    Ambiguous {
        /// The name of the file.
        file: String,
    },
    /// The files name no pool.
    #[error("no file names a pool; add the output of describe-user-pool")]
    NoPool,
}

impl SeedImport {
    /// Sets the password of all users without one, such as those of `list-users`; they are
    /// confirmed. Without it they must be given a password by an administrator.
    pub fn password(self, password: impl Into<String>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// Reads a file, which may contain several documents one after the other. Errors and warnings
    /// name it.
    ///
    /// # Errors
    ///
    /// Returns [`ImportError::Json`] and [`ImportError::Unknown`].
    pub fn read(mut self, file: &str, text: &str) -> Result<Self, ImportError> {
        self.parts.extend(document::read(file, text)?);
        Ok(self)
    }

    /// Returns the seed file.
    ///
    /// # Errors
    ///
    /// Returns [`ImportError::Ambiguous`] and [`ImportError::NoPool`].
    pub fn finish(self) -> Result<ImportedSeed, ImportError> {
        let mut pools: BTreeMap<String, PoolParts> = BTreeMap::new();
        let (named, unnamed): (Vec<Part>, Vec<Part>) =
            self.parts.into_iter().partition(|part| part.pool_id.is_some());
        for part in named {
            let pool_id = part.pool_id.clone().unwrap_or_default();
            pools.entry(pool_id).or_default().push(part);
        }
        for part in unnamed {
            let mut pools = pools.values_mut();
            match (pools.next(), pools.next()) {
                (Some(pool), None) => pool.push(part),
                (None, _) => return Err(ImportError::NoPool),
                _ => return Err(ImportError::Ambiguous { file: part.file }),
            }
        }
        if pools.is_empty() {
            return Err(ImportError::NoPool);
        }
        let mut warnings = Vec::new();
        let password = self.password.as_deref();
        let pools: Vec<PoolEntry> = pools
            .into_iter()
            .map(|(id, parts)| PoolEntry::new(id, parts, password, &mut warnings))
            .collect();
        let json = serde_json::to_string_pretty(&json!({ "Pools": pools }));
        Ok(ImportedSeed { json: json.unwrap_or_default() + "\n", warnings })
    }
}

impl ImportedSeed {
    /// Returns the seed file in JSON. It contains secrets of app clients, and passwords.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns a sentence for each setting that the seed file does not have.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl fmt::Debug for SeedImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The parts and the password are secret.
        f.debug_struct("SeedImport").finish_non_exhaustive()
    }
}

impl fmt::Debug for ImportedSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The seed file is full of secrets.
        f.debug_struct("ImportedSeed").field("warnings", &self.warnings).finish_non_exhaustive()
    }
}
