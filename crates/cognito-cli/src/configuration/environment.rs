//! The environment of the process: variables and directories.

use std::collections::HashMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use super::setting::Setting;
use crate::failure::{Failure, Outcome};

/// The variable that disables the endpoints of AWS.
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The variables and the working directory with which a command was started.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    variables: Variables,
    directory: PathBuf,
}

/// The variables of a command.
#[derive(Clone)]
enum Variables {
    /// Those of the process. They are read on demand, because some are secrets, of which no copy is
    /// kept.
    OfProcess,
    Fixed(HashMap<OsString, OsString>),
}

impl Variables {
    fn get(&self, name: &str) -> Option<OsString> {
        match self {
            Self::OfProcess => env::var_os(name),
            Self::Fixed(variables) => variables.get(OsStr::new(name)).cloned(),
        }
    }

    /// Returns the names of variables that are not UTF-8.
    fn unreadable(&self) -> Vec<String> {
        let name = |(name, value): (OsString, OsString)| {
            value.to_str().is_none().then(|| name.into_string().ok()).flatten()
        };
        match self {
            Self::OfProcess => env::vars_os().filter_map(name).collect(),
            Self::Fixed(variables) => variables.clone().into_iter().filter_map(name).collect(),
        }
    }
}

/// Prints the names only, because values may be secrets.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfProcess => f.write_str("OfProcess"),
            Self::Fixed(variables) => f.debug_set().entries(variables.keys()).finish(),
        }
    }
}

impl Environment {
    pub(crate) fn of_process() -> Outcome<Self> {
        let directory = env::current_dir().map_err(|error| {
            Failure::failed("io", format!("the working directory cannot be used: {error}"))
        })?;
        let environment = Self { variables: Variables::OfProcess, directory };
        environment.check().map(|()| environment)
    }

    /// Fails if a variable of the program or of a setting is not UTF-8. Without its value, a command
    /// would use another user pool, profile or endpoint.
    fn check(&self) -> Outcome {
        let is_of_setting = |name: &str| {
            Setting::ALL.iter().any(|setting| setting.variables().contains(&name))
                || name.starts_with("COGNITO_")
                || name.starts_with("AWS_ENDPOINT_URL")
                || name == IGNORE_ENDPOINTS
        };
        match self.variables.unreadable().into_iter().find(|name| is_of_setting(name)) {
            Some(name) => Err(Failure::usage(format!("the variable {name} is not UTF-8"))
                .hint("set it again, or unset it")),
            None => Ok(()),
        }
    }

    /// Returns a variable. An empty variable counts as unset, and so do the endpoints of AWS if
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true, as in the AWS SDKs.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let is_true = |value: String| value.eq_ignore_ascii_case("true");
        if name.starts_with("AWS_ENDPOINT_URL") && self.value(IGNORE_ENDPOINTS).is_some_and(is_true)
        {
            return None;
        }
        self.value(name)
    }

    fn value(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.into_string().ok();
        value.filter(|value| !value.is_empty())
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the directory of files that the user writes.
    pub(crate) fn configuration_directory(&self) -> Outcome<PathBuf> {
        self.base("XDG_CONFIG_HOME", ".config")
    }

    /// Returns the directory of sessions.
    pub(crate) fn data_directory(&self) -> Outcome<PathBuf> {
        self.base("XDG_DATA_HOME", ".local/share")
    }

    /// Returns the directory of state that the program keeps between commands.
    pub(crate) fn state_directory(&self) -> Outcome<PathBuf> {
        self.base("XDG_STATE_HOME", ".local/state")
    }

    /// Returns a directory of the XDG Base Directory Specification, which requires that relative
    /// paths are ignored.
    fn base(&self, variable: &str, in_home: &str) -> Outcome<PathBuf> {
        let named = self.path(variable).filter(|path| path.is_absolute());
        let base = named.or_else(|| Some(self.home()?.join(in_home)));
        let base = base.ok_or_else(|| {
            Failure::usage("the home directory is unknown").hint(format!("set HOME or {variable}"))
        })?;
        Ok(base.join("cognito"))
    }

    fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE"))
    }

    fn path(&self, variable: &str) -> Option<PathBuf> {
        Some(PathBuf::from(self.variables.get(variable)?))
            .filter(|path| !path.as_os_str().is_empty())
    }
}

impl Environment {
    /// Creates an environment with only these variables.
    pub(crate) fn of(variables: &[(&str, &str)], directory: impl Into<PathBuf>) -> Self {
        let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        let variables = Variables::Fixed(variables.iter().map(pair).collect());
        Self { variables, directory: directory.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_aws_can_be_ignored() {
        for (ignore, is_ignored) in
            [("true", true), ("TRUE", true), ("false", false), ("", false), ("1", false)]
        {
            let variables = [
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore),
                ("AWS_ENDPOINT_URL", "http://localhost:1"),
                ("AWS_ENDPOINT_URL_SQS", "http://localhost:2"),
                ("COGNITO_ENDPOINT_URL", "http://localhost:3"),
            ];
            let environment = Environment::of(&variables, "/");
            for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"] {
                assert_eq!(environment.get(name).is_none(), is_ignored, "{name} {ignore}");
            }
            let own = environment.get("COGNITO_ENDPOINT_URL");
            assert_eq!(own.as_deref(), Some("http://localhost:3"));
        }
    }

    #[test]
    fn values_of_variables_are_not_printed() {
        let environment = Environment::of(&[("COGNITO_PASSWORD", "Correct-horse1")], "/");
        let printed = format!("{environment:?}");
        assert!(printed.contains("COGNITO_PASSWORD"), "{printed}");
        assert!(!printed.contains("Correct-horse1"), "{printed}");
        let printed = format!("{:?}", Environment::of_process().unwrap());
        let path = env::var("PATH").unwrap();
        assert!(!printed.contains(&path), "no copy is kept: {printed}");
    }

    #[cfg(unix)]
    #[test]
    fn variables_of_settings_that_are_not_utf8_are_usage_errors() {
        use std::os::unix::ffi::OsStringExt;

        for (name, is_of_setting) in [
            ("COGNITO_POOL", true),
            ("COGNITO_CONTEXT", true),
            ("COGNITO_CLIENT_SECRET", true),
            ("AWS_PROFILE", true),
            ("AWS_ENDPOINT_URL", true),
            ("AWS_ENDPOINT_URL_SQS", true),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", true),
            ("PATH", false),
        ] {
            let value = OsString::from_vec(vec![b'a', 0xff]);
            let variables = HashMap::from([(OsString::from(name), value)]);
            let variables = Variables::Fixed(variables);
            let environment = Environment { variables, directory: PathBuf::from("/") };
            match environment.check() {
                Err(failure) => {
                    assert!(is_of_setting && failure.exit().code() == 2, "{name}");
                    assert_eq!(failure.message(), format!("the variable {name} is not UTF-8"));
                }
                Ok(()) => assert!(!is_of_setting, "{name}"),
            }
        }
    }

    #[test]
    fn directories_are_those_of_the_specification() {
        let home = Environment::of(&[("HOME", "/home/alice"), ("XDG_DATA_HOME", "relative")], "/");
        let directory = home.configuration_directory().unwrap();
        assert_eq!(directory, Path::new("/home/alice/.config/cognito"));
        let directory = home.data_directory().unwrap();
        assert_eq!(directory, Path::new("/home/alice/.local/share/cognito"));
        let xdg = Environment::of(&[("XDG_STATE_HOME", "/state")], "/");
        assert_eq!(xdg.state_directory().unwrap(), Path::new("/state/cognito"));
        let failure = xdg.data_directory().unwrap_err();
        assert_eq!(failure.exit().code(), 2);
        assert!(failure.to_text(false).contains("set HOME or XDG_DATA_HOME"));
    }
}
