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

/// The beginning of the names of all pools that runs create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Environment {
    /// Reads the settings by the names of variables.
    ///
    /// # Errors
    ///
    /// A variable is missing or invalid.
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
/// A variable is missing.
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

impl Prefix {
    /// Returns whether a name or a tag is one of a run with this prefix.
    pub fn is_of(&self, mark: &str) -> bool {
        mark.strip_prefix(&self.0).is_some_and(|rest| rest.starts_with('-'))
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Fallible<Self> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(4..=24).contains(&text.len()) || !text.chars().all(is_name) {
            return Err("the prefix has 4 to 24 lower-case letters, digits and hyphens".to_owned());
        }
        // The names of domains begin with it: AWS reserves these words.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_selects_its_own_pools_alone() {
        let prefix: Prefix = "compare".parse().unwrap();
        assert!(prefix.is_of("compare-1a2b-all"));
        for other in ["compare", "compared-1", "my-compare-1", ""] {
            assert!(!prefix.is_of(other), "{other}");
        }
        for invalid in ["", "a", "Compare", "compare me", "my-aws-pools", "cognito"] {
            assert!(invalid.parse::<Prefix>().is_err(), "{invalid}");
        }
    }
}
