//! The environment of the process: variables and directories.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::setting::Setting;
use crate::failure::{Failure, Outcome};

/// The variable that disables the endpoints of AWS.
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The variables and the working directory with which a command was started.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    variables: HashMap<OsString, OsString>,
    directory: PathBuf,
}

impl Environment {
    pub(crate) fn of_process() -> Outcome<Self> {
        let directory = env::current_dir().map_err(|error| {
            Failure::failed("io", format!("the working directory cannot be used: {error}"))
        })?;
        let environment = Self { variables: env::vars_os().collect(), directory };
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
        let unreadable = self.variables.iter().filter(|(_, value)| value.to_str().is_none());
        let mut names = unreadable.filter_map(|(name, _)| name.to_str());
        match names.find(|name| is_of_setting(name)) {
            Some(name) => Err(Failure::usage(format!("the variable {name} is not UTF-8"))
                .hint("set it again, or unset it")),
            None => Ok(()),
        }
    }

    /// Returns a variable. An empty variable counts as unset, and so do the endpoints of AWS if
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true, as in the AWS SDKs.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let is_true = |value: &str| value.eq_ignore_ascii_case("true");
        if name.starts_with("AWS_ENDPOINT_URL") && self.value(IGNORE_ENDPOINTS).is_some_and(is_true)
        {
            return None;
        }
        self.value(name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(OsString::from(name).as_os_str())?;
        value.to_str().filter(|value| !value.is_empty())
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
        let value = self.variables.get(OsString::from(variable).as_os_str())?;
        Some(PathBuf::from(value)).filter(|path| !path.as_os_str().is_empty())
    }
}

impl Environment {
    /// Creates an environment with only these variables.
    pub(crate) fn of(variables: &[(&str, &str)], directory: impl Into<PathBuf>) -> Self {
        let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Self { variables: variables.iter().map(pair).collect(), directory: directory.into() }
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
            assert_eq!(environment.get("COGNITO_ENDPOINT_URL"), Some("http://localhost:3"));
        }
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
