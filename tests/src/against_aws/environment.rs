//! Credentials, Region and prefix from the environment.

use std::fmt;
use std::str::FromStr;

use aws_credential_types::Credentials;

use super::{Caller, Fallible};

/// The settings of a run.
pub struct Environment {
    /// The server.
    pub caller: Caller,
    /// The prefix of pools.
    pub prefix: Prefix,
}

/// The prefix of the names of all pools that runs create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Environment {
    /// Reads the settings from variables.
    ///
    /// # Errors
    ///
    /// Returns an error if a variable is missing or invalid.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Fallible<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let prefix = variable("COGNITO_AWS_PREFIX").ok_or_else(|| missing("COGNITO_AWS_PREFIX"))?;
        Ok(Self { caller: caller(variable)?, prefix: prefix.parse()? })
    }
}

/// Reads the server and the credentials.
///
/// # Errors
///
/// Returns an error if a variable is missing.
pub(super) fn caller(variable: impl Fn(&str) -> Option<String>) -> Fallible<Caller> {
    let required = |name: &str| variable(name).ok_or_else(|| missing(name));
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.ok_or_else(|| missing("AWS_REGION"))?;
    let (id, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
    let token = variable("AWS_SESSION_TOKEN");
    let credentials = Credentials::new(id, secret, token, None, "environment");
    let endpoint = variable("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER");
    let endpoint = endpoint.or_else(|| variable("AWS_ENDPOINT_URL"));
    Ok(Caller::new(&region, endpoint, credentials))
}

fn missing(name: &str) -> String {
    format!(
        "{name} is not set, so nothing is sent to AWS; the run needs COGNITO_AWS_PREFIX, AWS_REGION, \
         AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, with temporary credentials, AWS_SESSION_TOKEN"
    )
}

/// The pools of all runs with a prefix, or of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The prefix.
    pub prefix: Prefix,
    /// The name of the run, if a single run is selected.
    pub run: Option<String>,
}

/// The number of digits in the name of a run.
const DIGITS: usize = 8;

impl Prefix {
    /// Returns the name of a run with a number, which is in the names and tags of its pools.
    pub fn mark(&self, number: u32) -> String {
        format!("{self}-{number:08x}")
    }

    /// Returns the name of the run that created a pool with this name. Prefixes may contain
    /// hyphens, so that the name must contain a complete mark: `a-` is also the beginning of names
    /// with the prefix `a-b`.
    pub fn mark_in(&self, name: &str) -> Option<String> {
        let rest = name.strip_prefix(&self.0)?.strip_prefix('-')?;
        let (number, rest) = rest.split_at_checked(DIGITS)?;
        (is_number(number) && rest.starts_with('-')).then(|| format!("{self}-{number}"))
    }
}

impl Selection {
    /// Returns the name of the run that created a pool with this name, if the run is selected.
    pub fn mark_in(&self, name: &str) -> Option<String> {
        let is_selected = |mark: &String| self.run.as_ref().is_none_or(|run| run == mark);
        self.prefix.mark_in(name).filter(is_selected)
    }
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Fallible<Self> {
        match text.rsplit_once('-') {
            Some((prefix, number)) if is_number(number) => {
                Ok(Self { prefix: prefix.parse()?, run: Some(text.to_owned()) })
            }
            _ => Ok(Self { prefix: text.parse()?, run: None }),
        }
    }
}

fn is_number(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Fallible<Self> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(4..=24).contains(&text.len()) || !text.chars().all(is_name) {
            return Err("the prefix has 4 to 24 lower-case letters, digits and hyphens".to_owned());
        }
        if text.rsplit('-').next().is_some_and(is_number) {
            return Err("the prefix does not end with eight hexadecimal digits: runs do".to_owned());
        }
        // The prefix is also used for domains, in which AWS reserves these words.
        match ["aws", "amazon", "cognito"].iter().find(|word| text.contains(**word)) {
            Some(word) => Err(format!("the prefix contains `{word}`, which domains cannot have")),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
