//! Named contexts in the user's file, `~/.config/cognito/config.toml`.
//!
//! The program never writes this file. The choice of `cognito context use` is stored in a separate
//! file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::environment::Environment;
use super::file::{File, Values, is_missing};
use super::origin::{Located, Origin};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;
use crate::private_files::write_privately;

/// The contexts of a user.
#[derive(Debug)]
pub(crate) struct Contexts {
    path: PathBuf,
    default: Option<String>,
    by_name: BTreeMap<String, Values>,
}

/// A named context.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: &'a Values,
}

impl Contexts {
    pub(crate) fn read(environment: &Environment) -> Outcome<Self> {
        let path = environment.configuration_directory()?.join("config.toml");
        let mut contexts = Self { path: path.clone(), default: None, by_name: BTreeMap::new() };
        if let Some(file) = File::read(&path)? {
            contexts.fill(&file)?;
        }
        Ok(contexts)
    }

    fn fill(&mut self, file: &File<'_>) -> Outcome {
        for (key, value) in &file.parse()? {
            match (key.get_ref().as_ref(), value.get_ref().as_table()) {
                ("default_context", _) => {
                    self.default = Some(file.string("default_context", value)?);
                }
                ("contexts", Some(table)) => self.fill_contexts(file, table)?,
                ("contexts", None) => {
                    return Err(file.wrong(Some(&value.span()), "`contexts` must be a table"));
                }
                (name, _) => {
                    let failure = file.unknown(&key.span(), name);
                    return Err(failure.hint(
                        "write settings into tables such as [contexts.dev]; only default_context is outside of them",
                    ));
                }
            }
        }
        Ok(())
    }

    fn fill_contexts(&mut self, file: &File<'_>, table: &DeTable<'_>) -> Outcome {
        for (name, value) in table {
            let text = name.get_ref();
            // The file of the chosen context contains a name without spaces around it.
            if text.is_empty() || text.trim() != text.as_ref() || text.contains(char::is_control) {
                let reason = "the name of a context must not be empty, start or end with a space, \
                              or contain a control character";
                return Err(file.wrong(Some(&name.span()), reason));
            }
            let Some(context) = value.get_ref().as_table() else {
                return Err(file.wrong(Some(&name.span()), "a context must be a table"));
            };
            let values = file.settings(context, |_, _| Ok(false))?;
            self.by_name.insert(name.get_ref().to_string(), values);
        }
        Ok(())
    }

    /// Returns the path of the user's file, which may not exist.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Context<'_>> {
        self.by_name.iter().map(|(name, values)| Context { name, values })
    }

    /// Returns the context with a name.
    pub(crate) fn get(&self, name: &str) -> Outcome<Context<'_>> {
        match self.by_name.get_key_value(name) {
            Some((name, values)) => Ok(Context { name, values }),
            None => Err(self.unknown(name)),
        }
    }

    /// Returns the name chosen with `cognito context use`, or the default of the file.
    pub(super) fn chosen(&self, environment: &Environment) -> Outcome<Option<Located>> {
        let path = choice(environment)?;
        let chosen = match fs::read_to_string(&path) {
            // No context was chosen.
            Err(error) if is_missing(&error) => String::new(),
            // Another context may name another user pool.
            chosen => chosen.map_err(|error| unreadable(&path, &error))?,
        };
        let chosen = chosen.trim();
        if !chosen.is_empty() {
            return Ok(Some(Located::new(chosen, Origin::Chosen(path))));
        }
        let default = self.default.as_ref();
        Ok(default.map(|name| Located::new(name, Origin::UserFile(self.path.clone()))))
    }

    /// Stores the choice of a context for later commands.
    pub(crate) fn choose(&self, name: &str, environment: &Environment) -> Outcome {
        self.get(name)?;
        let path = choice(environment)?;
        let written = write_privately(&path, format!("{name}\n").as_bytes());
        written.map_err(|error| Failure::of_file(&path, &error))
    }

    fn unknown(&self, name: &str) -> Failure {
        let message = format!("there is no context `{}`", printable(name));
        let failure = Failure::new(Exit::NotFound, "unknown_context", message);
        if self.by_name.is_empty() {
            let path = self.path.display();
            return failure.hint(format!("write a table [contexts.{}] to {path}", printable(name)));
        }
        let names: Vec<_> = self.by_name.keys().map(String::as_str).collect();
        failure.hint(format!("the contexts are {}", names.join(", ")))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("{} cannot be read: {error}", path.display());
    Failure::new(Exit::Usage, "unreadable_context", message)
        .hint("choose a context again with `cognito context use`, or remove the file")
}

fn choice(environment: &Environment) -> Outcome<PathBuf> {
    Ok(environment.state_directory()?.join("context"))
}
