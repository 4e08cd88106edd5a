//! The record of a sign-in, which is stored in addition to the tokens: their store and their user.
//!
//! Later commands have to read the tokens from the store that the sign-in used (entireio/cli#2495).

use std::fs;
use std::io;
use std::path::PathBuf;

use cognito::UserPoolId;
use serde::{Deserialize, Serialize};

use super::backend::Backend;
use crate::configuration::Environment;
use crate::failure::{Failure, Outcome};
use crate::private_files::write_privately;

/// The record of a sign-in. It contains no secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SignInRecord {
    pub(crate) username: String,
    pub(crate) store: Backend,
    /// The endpoint of the session; `None` for AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint_url: Option<String>,
    /// The domain of managed login, at which the tokens of a sign-in in the browser are refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<String>,
    /// The time of the sign-in, in RFC 3339.
    pub(crate) signed_in_at: String,
}

impl SignInRecord {
    /// Reads the record of a user pool and an app client.
    pub(super) fn read(
        environment: &Environment,
        pool: &UserPoolId,
        client: &str,
    ) -> Outcome<Option<Self>> {
        let path = path(environment, pool, client)?;
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::of_file(&path, &error)),
        };
        let record = serde_json::from_slice(&text);
        record.map(Some).map_err(|_| {
            let message = format!("{} is damaged", path.display());
            Failure::not_signed_in(message).hint("run `cognito login`, which replaces it")
        })
    }

    /// Writes the record atomically.
    pub(crate) fn write(
        &self,
        environment: &Environment,
        pool: &UserPoolId,
        client: &str,
    ) -> Outcome {
        let path = path(environment, pool, client)?;
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::from)?;
        write_privately(&path, &text).map_err(|error| Failure::of_file(&path, &error))
    }

    /// Removes the record, if there is one.
    pub(crate) fn remove(environment: &Environment, pool: &UserPoolId, client: &str) -> Outcome {
        let path = path(environment, pool, client)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::of_file(&path, &error))
            }
            _ => Ok(()),
        }
    }
}

fn path(environment: &Environment, pool: &UserPoolId, client: &str) -> Outcome<PathBuf> {
    let name = format!("{pool}.{client}.json");
    Ok(environment.state_directory()?.join("sessions").join(name))
}
