//! Parsing of seed files, in JSON or TOML, with the position of errors.

use serde::de::{DeserializeOwned, Deserializer};
use serde_path_to_error::Error;

use crate::adapters::error::EmulatorError;

/// Parses a text, which is JSON if it begins with a brace, and TOML otherwise.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, EmulatorError> {
    // Editors on Windows may write a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    #[cfg(feature = "toml")]
    if !text.trim_start().starts_with('{') {
        return parse_toml(text);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = typed(&mut json).map_err(|error| at(&error, error.inner().to_string()))?;
    // Rejects text after the document.
    json.end()
        .map_err(|error| EmulatorError::SeedFile { entry: None, reason: error.to_string() })?;
    Ok(value)
}

#[cfg(feature = "toml")]
fn parse_toml<T: DeserializeOwned>(text: &str) -> Result<T, EmulatorError> {
    // The text of toml's error quotes the line, which can contain a password.
    let placed =
        |error: &toml::de::Error| match error.span().and_then(|span| text.get(..span.start)) {
            Some(before) => {
                let line = before.split('\n').count();
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                format!("{} at line {line} column {column}", error.message())
            }
            None => error.message().to_owned(),
        };
    let toml = toml::Deserializer::parse(text)
        .map_err(|error| EmulatorError::SeedFile { entry: None, reason: placed(&error) })?;
    typed(toml).map_err(|error| at(&error, placed(error.inner())))
}

fn typed<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, Error<D::Error>> {
    serde_path_to_error::deserialize(deserializer)
}

/// Returns the error with the path of its entry, such as `Pools[0].Users[2].Groups`.
fn at<E>(error: &Error<E>, reason: String) -> EmulatorError {
    let path = error.path().to_string();
    // A dot means the whole file, and a question mark a member that was not parsed.
    let path = path.trim_end_matches(['.', '?']);
    EmulatorError::SeedFile { entry: (!path.is_empty()).then(|| path.to_owned()), reason }
}
