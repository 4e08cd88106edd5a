//! The file of a project, `.cognito.toml`, found in the working directory or above it.

use std::path::PathBuf;

use super::environment::Environment;
use super::file::{File, Values};
use super::setting::Setting;
use crate::failure::Outcome;

const NAME: &str = ".cognito.toml";

/// The settings of a project.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) path: PathBuf,
    /// The context that the project uses.
    pub(super) context: Option<String>,
    pub(super) values: Values,
}

impl Project {
    /// Reads the nearest file, if there is one. A file that another user could have written, such as
    /// one in /tmp, is an error: without its settings, a command would use another user pool.
    pub(super) fn find(environment: &Environment) -> Outcome<Option<Self>> {
        for directory in environment.directory().ancestors() {
            let path = directory.join(NAME);
            if let Some(file) = File::read_untrusted(&path)? {
                return Self::of(&file, path.clone()).map(Some);
            }
        }
        Ok(None)
    }

    fn of(file: &File<'_>, path: PathBuf) -> Outcome<Self> {
        let mut context = None;
        let table = file.parse()?;
        let values = file.settings(&table, |name, value| {
            if name == "context" {
                context = Some(file.string(name, value)?);
            }
            Ok(name == "context")
        })?;
        // A project may come from another author, and must not cause tokens to be stored
        // unencrypted.
        if values.contains_key(&Setting::TokenStore) {
            let span = table.iter().find(|(key, _)| key.get_ref().as_ref() == "token_store");
            let span = span.map(|(key, _)| key.span());
            let reason = "`token_store` is a setting of the user, not of a project";
            let failure = file.wrong(span.as_ref(), reason);
            return Err(failure.hint("write it into a context of ~/.config/cognito/config.toml"));
        }
        Ok(Self { path, context, values })
    }
}
