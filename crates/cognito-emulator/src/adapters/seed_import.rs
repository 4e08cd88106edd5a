//! Import of existing pools into seed files: from the service, or from cognito-local.

mod document;
mod pool_entry;
mod pool_settings;
mod users;

use std::fmt;

use serde_json::json;

use self::document::Part;
use self::pool_entry::PoolEntry;

/// The id of a pool with its parts, in the order of the files.
type PoolParts = (String, Vec<Part>);

/// Creates a seed file from descriptions of existing pools, so that tests run with the settings of
/// a real pool.
///
/// It parses the outputs of `aws cognito-idp describe-user-pool`, `get-user-pool-mfa-config`,
/// `describe-user-pool-client`, `describe-resource-server`, `list-resource-servers`,
/// `describe-identity-provider`, `describe-user-pool-domain`, `list-groups` and `list-users`, and
/// the files of cognito-local. Ids and client secrets are kept, and a later description replaces an
/// earlier one.
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

/// A seed file, with warnings about settings that could not be imported.
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
    /// A file is neither the output of a supported command nor a file of cognito-local.
    #[error(
        "{file} is neither the output of a supported command nor a file of cognito-local: its \
         members are {members}; see `cognito-emulator import --help`"
    )]
    Unknown {
        /// The name of the file.
        file: String,
        /// The members of the file.
        members: String,
    },
    /// A file is empty, as after a command that failed.
    #[error("{file} is empty; its command may have failed, run it again")]
    Empty {
        /// The name of the file.
        file: String,
    },
    /// A member does not have the expected format, so that its content would be lost.
    #[error("{file} cannot be imported: {member} does not have the expected format")]
    Member {
        /// The name of the file.
        file: String,
        /// The name of the member.
        member: &'static str,
    },
    /// A file is one page of a list.
    #[error(
        "{file} is one page of a list; run its command again without --max-items and --no-paginate"
    )]
    Page {
        /// The name of the file.
        file: String,
    },
    /// A file does not name its pool, and several pools are imported.
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
    /// Sets the password of all users without one, such as users of `list-users`; they are then
    /// confirmed. Without it, an administrator must set their passwords.
    pub fn password(self, password: impl Into<String>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// Adds a file, which may contain several documents in sequence. Errors and warnings contain
    /// its name.
    ///
    /// # Errors
    ///
    /// Returns [`ImportError::Json`] for invalid JSON, and [`ImportError::Unknown`],
    /// [`Empty`](ImportError::Empty), [`Member`](ImportError::Member) or
    /// [`Page`](ImportError::Page) for content that would be lost.
    pub fn read(mut self, file: &str, text: &str) -> Result<Self, ImportError> {
        self.parts.extend(document::read(file, text)?);
        Ok(self)
    }

    /// Returns the seed file, with pools and app clients in the order of the files.
    ///
    /// # Errors
    ///
    /// Returns [`ImportError::Ambiguous`] if the pool of a file is not clear, and
    /// [`ImportError::NoPool`] if no file names a pool.
    pub fn finish(self) -> Result<ImportedSeed, ImportError> {
        let mut pools: Vec<PoolParts> = Vec::new();
        let (named, unnamed): (Vec<Part>, Vec<Part>) =
            self.parts.into_iter().partition(|part| part.pool_id.is_some());
        for part in named {
            let pool_id = part.pool_id.clone().unwrap_or_default();
            match pools.iter_mut().find(|(id, _)| *id == pool_id) {
                Some((_, parts)) => parts.push(part),
                None => pools.push((pool_id, vec![part])),
            }
        }
        for part in unnamed {
            match &mut pools[..] {
                [(_, parts)] => parts.push(part),
                [] => return Err(ImportError::NoPool),
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

    /// Returns a sentence for each setting that was not imported.
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
        // The seed file contains secrets.
        f.debug_struct("ImportedSeed").field("warnings", &self.warnings).finish_non_exhaustive()
    }
}
