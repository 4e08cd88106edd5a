//! Files of settings as untrusted input, for the fuzz target and its property test.

use std::path::Path;
use std::{fs, io};

use crate::configuration::{Environment, Flags, Setting, Settings};

/// The line that separates the user's file and the project's file in an input.
const SEPARATOR: &[u8] = b"\n%\n";

/// Writes a user's file and a project's file below a directory, resolves their settings, and checks
/// the invariants on which the rest of the program relies.
///
/// # Panics
///
/// Panics if the settings or the error violate an invariant.
///
/// # Errors
///
/// Returns an error if a file cannot be written.
pub fn check_settings(directory: &Path, input: &[u8]) -> io::Result<()> {
    let at = input.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let (user, project) = match at {
        Some(at) => input.split_at(at),
        None => (input, &[][..]),
    };
    let project = project.get(SEPARATOR.len()..).unwrap_or_default();
    fs::create_dir_all(directory.join("cognito"))?;
    fs::write(directory.join("cognito/config.toml"), user)?;
    fs::write(directory.join(".cognito.toml"), project)?;
    let home = directory.to_string_lossy();
    let variables = [("HOME", &*home), ("XDG_CONFIG_HOME", &*home), ("XDG_STATE_HOME", &*home)];
    let environment = Environment::of(&variables, directory);
    match Settings::resolve(&Flags::new(), None, &environment) {
        Ok(settings) => Setting::ALL.into_iter().for_each(|setting| check(setting, &settings)),
        Err(failure) => {
            let text = failure.to_text(true);
            let is_safe = |c: char| !c.is_control() || c == '\n';
            assert!(text.chars().all(is_safe), "the error has control characters: {text:?}");
            assert_eq!(failure.to_json().lines().count(), 1, "the error has one line of JSON");
        }
    }
    Ok(())
}

fn check(setting: Setting, settings: &Settings) {
    let Some(located) = settings.located(setting) else { return };
    assert!(!located.value.is_empty(), "an empty setting: {setting:?}");
    let origin = located.origin.to_string();
    assert!(
        setting != Setting::TokenStore || !origin.contains(".cognito.toml"),
        "a project decides on the token store"
    );
}
