//! The file of a project, `.cognito.toml`, found in the working directory or above it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::file::{File, Values};
use super::setting::Setting;
use crate::failure::Outcome;
use crate::owner::Exposure;

const NAME: &str = ".cognito.toml";

/// The variable with the path of a file that is used although another user could have written it.
const ALLOW_PROJECT_FILE: &str = "COGNITO_ALLOW_PROJECT_FILE";

/// The settings of a project.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) path: PathBuf,
    /// The context that the project uses.
    pub(super) context: Option<String>,
    pub(super) values: Values,
}

/// A file that is not used, because another user could have written it.
#[derive(Debug)]
pub(crate) struct IgnoredFile {
    path: PathBuf,
    reason: Exposure,
}

impl IgnoredFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for IgnoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, reason) = (self.path.display(), self.reason);
        write!(f, "the project file {path} is ignored: {reason}; ")?;
        write!(f, "to use it, set {ALLOW_PROJECT_FILE} to this path")
    }
}

impl Project {
    /// Reads the nearest file, if there is one. Files that another user could have written, such as
    /// one in /tmp, are ignored, and are returned in a list. An error would prevent every command in
    /// directories below, which that user could intend.
    pub(super) fn find(environment: &Environment) -> Outcome<(Option<Self>, Vec<IgnoredFile>)> {
        let mut ignored = Vec::new();
        let allowed = environment.get(ALLOW_PROJECT_FILE).map(PathBuf::from);
        for directory in environment.directory().ancestors() {
            let path = directory.join(NAME);
            let read = match allowed.as_ref() == Some(&path) {
                true => File::read(&path)?.map(Ok),
                false => File::read_unexposed(&path)?,
            };
            match read {
                Some(Ok(file)) => return Ok((Some(Self::of(&file, path.clone())?), ignored)),
                Some(Err(reason)) => ignored.push(IgnoredFile { path, reason }),
                None => {}
            }
        }
        Ok((None, ignored))
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
