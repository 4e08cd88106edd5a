//! The environment of the process: variables and directories.

use std::collections::HashMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use aws_types::os_shim_internal::Env;
use cognito::verify::PlainHttpHosts;
use http::Uri;

use super::setting::Setting;
use crate::failure::{ALLOW_PLAIN_HTTP_HINT, Failure, Outcome};
use crate::output::printable;

/// The variable of the endpoint of all services of AWS, and the prefix of those of single services.
pub(crate) const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The variable that disables the endpoints of AWS.
pub(crate) const IGNORE_ENDPOINTS_VARIABLE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The variable with the hosts that plain HTTP is allowed to. No file sets them: the file of a
/// project may come from another author.
const ALLOW_PLAIN_HTTP: &str = "COGNITO_ALLOW_PLAIN_HTTP";

/// The variables and the working directory with which a command was started.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    variables: Variables,
    directory: PathBuf,
    /// True if the endpoints of AWS are not used.
    ignores_endpoints: bool,
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

    fn names(&self) -> Vec<String> {
        let name = |name: OsString| name.into_string().ok();
        match self {
            Self::OfProcess => env::vars_os().filter_map(|(known, _)| name(known)).collect(),
            Self::Fixed(variables) => variables.keys().cloned().filter_map(name).collect(),
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
        let environment =
            Self { variables: Variables::OfProcess, directory, ignores_endpoints: false };
        environment.check().map(|()| environment)
    }

    /// Fails if a variable of the program or of a setting is not UTF-8. Without its value, a command
    /// would use another user pool, profile or endpoint.
    fn check(&self) -> Outcome {
        let is_of_setting = |name: &str| {
            Setting::ALL.iter().any(|setting| setting.variables().contains(&name))
                || name.starts_with("COGNITO_")
                || name.starts_with(ENDPOINT_VARIABLE)
                || name == IGNORE_ENDPOINTS_VARIABLE
        };
        match self.variables.unreadable().into_iter().find(|name| is_of_setting(name)) {
            Some(name) => Err(Failure::usage(format!("the variable {name} is not UTF-8"))
                .hint("set it again, or unset it")),
            None => Ok(()),
        }
    }

    /// Returns whether a variable sets an endpoint of AWS.
    pub(crate) fn has_endpoints(&self) -> bool {
        self.variables.names().iter().any(|name| is_of_endpoint(name) && self.get(name).is_some())
    }

    /// Returns the environment without the endpoints of AWS.
    pub(crate) fn without_endpoints(self) -> Self {
        Self { ignores_endpoints: true, ..self }
    }

    /// Returns the variables for the AWS SDK.
    pub(crate) fn for_sdk(&self) -> Env {
        match &self.variables {
            Variables::OfProcess => Env::real(),
            Variables::Fixed(variables) => {
                let pairs = variables.iter();
                let pairs =
                    pairs.filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
                Env::from_slice(&pairs.collect::<Vec<_>>())
            }
        }
    }

    /// Returns the hosts that plain HTTP is allowed to, besides loopback.
    pub(crate) fn plain_http_hosts(&self) -> Vec<String> {
        let hosts = self.get(ALLOW_PLAIN_HTTP).unwrap_or_default();
        let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
        hosts.map(str::to_owned).collect()
    }

    /// Returns an address, if requests with secrets may be sent to it.
    ///
    /// The error shows no user name and no password of a URL.
    pub(crate) fn secure(&self, url: String) -> Outcome<String> {
        if PlainHttpHosts::new(self.plain_http_hosts()).allow(&url) {
            return Ok(url);
        }
        let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(printable));
        let of_host = host.map(|host| format!(" of `{host}`")).unwrap_or_default();
        let message = format!("the address{of_host} is neither https nor loopback");
        Err(Failure::usage(message).hint(ALLOW_PLAIN_HTTP_HINT))
    }

    /// Returns a variable. An empty variable counts as unset, and so do the endpoints of AWS if they
    /// are ignored.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        if self.ignores_endpoints && is_of_endpoint(name) {
            return None;
        }
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

fn is_of_endpoint(name: &str) -> bool {
    name.starts_with(ENDPOINT_VARIABLE)
}

impl Environment {
    /// Creates an environment with only these variables.
    pub(crate) fn of(variables: &[(&str, &str)], directory: impl Into<PathBuf>) -> Self {
        let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        let variables = Variables::Fixed(variables.iter().map(pair).collect());
        Self { variables, directory: directory.into(), ignores_endpoints: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_aws_can_be_removed() {
        let names = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "COGNITO_ENDPOINT_URL"];
        let environment = Environment::of(&names.map(|name| (name, "http://localhost:1")), "/");
        assert!(names.iter().all(|name| environment.get(name).is_some()));
        assert!(environment.has_endpoints());
        let environment = environment.without_endpoints();
        assert!(!environment.has_endpoints());
        let left: Vec<_> = names.iter().filter(|name| environment.get(name).is_some()).collect();
        assert_eq!(left, [&"COGNITO_ENDPOINT_URL"]);
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
            let environment =
                Environment { variables, directory: PathBuf::from("/"), ignores_endpoints: false };
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
