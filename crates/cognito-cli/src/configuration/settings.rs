//! The settings of a command, resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cognito::verify::is_loopback;

use super::contexts::{Context, Contexts};
use super::environment::Environment;
use super::file::Values;
use super::origin::{Located, Origin};
use super::project::{IgnoredFile, Project};
use super::setting::Setting;
use crate::failure::{Failure, Outcome};
use crate::output::{printable, printable_url};

/// The settings of the command line.
pub(crate) type Flags = BTreeMap<Setting, String>;

/// The settings of a command.
///
/// In order of precedence, values come from an option of the command line, the context that the
/// command line names, a variable of the environment, the project's file, and the current context.
#[derive(Debug)]
pub(crate) struct Settings {
    context: Option<Located>,
    values: BTreeMap<Setting, Located>,
    ignored: Vec<IgnoredFile>,
    /// The path of the file of contexts.
    user_file: PathBuf,
}

/// The files of settings, and those of projects that are not used.
struct Files<'a> {
    contexts: &'a Contexts,
    project: Option<&'a Project>,
    ignored: Vec<IgnoredFile>,
}

impl Settings {
    /// Resolves the settings. `context` is the context that the command line names.
    pub(crate) fn resolve(
        flags: &Flags,
        context: Option<&str>,
        environment: &Environment,
    ) -> Outcome<Self> {
        let contexts = Contexts::read(environment)?;
        let (project, ignored) = Project::find(environment)?;
        let name = context_name(context, environment, project.as_ref(), &contexts)?;
        let context = name.as_ref().map(|name| contexts.get(&name.value)).transpose()?;
        let files = Files { contexts: &contexts, project: project.as_ref(), ignored };
        Ok(Self::of(flags, environment, files, name.clone(), context))
    }

    /// Resolves the settings without a context, for commands that repair the choice of a context.
    pub(crate) fn without_context(flags: &Flags, environment: &Environment) -> Outcome<Self> {
        let contexts = Contexts::read(environment)?;
        let (project, ignored) = Project::find(environment)?;
        let files = Files { contexts: &contexts, project: project.as_ref(), ignored };
        Ok(Self::of(flags, environment, files, None, None))
    }

    fn of(
        flags: &Flags,
        environment: &Environment,
        files: Files<'_>,
        name: Option<Located>,
        context: Option<Context<'_>>,
    ) -> Self {
        let Files { contexts, project, ignored } = files;
        let is_named = name.as_ref().is_some_and(|name| matches!(name.origin, Origin::Flag(_)));
        let of_context = |setting| located(contexts.path(), context.as_ref()?, setting);
        let find = |setting| {
            of_flags(flags, setting)
                .or_else(|| of_context(setting).filter(|_| is_named))
                .or_else(|| of_variables(environment, setting))
                .or_else(|| {
                    of_project_or_context(of_project(project?, setting)?, of_context(setting))
                })
                .or_else(|| of_context(setting))
        };
        let found = Setting::ALL.into_iter().filter_map(|setting| Some((setting, find(setting)?)));
        let user_file = contexts.path().to_owned();
        Self { values: found.collect(), context: name, ignored, user_file }
    }

    /// Returns the name of a context that has precedence over the choice of `cognito context use`.
    pub(crate) fn preferred_context(environment: &Environment) -> Outcome<Option<Located>> {
        let (project, _) = Project::find(environment)?;
        Ok(preferred_context(environment, project.as_ref()))
    }

    /// Returns the project's files that are not used.
    pub(crate) fn ignored(&self) -> &[IgnoredFile] {
        &self.ignored
    }

    /// Returns the name of the current context.
    pub(crate) fn context(&self) -> Option<&Located> {
        self.context.as_ref()
    }

    pub(crate) fn located(&self, setting: Setting) -> Option<&Located> {
        self.values.get(&setting)
    }

    pub(crate) fn get(&self, setting: Setting) -> Option<&str> {
        self.values.get(&setting).map(|located| located.value.as_str())
    }

    /// Returns whether a value comes before variables: it is that of an option, or of the context
    /// that the command line names.
    pub(crate) fn precedes_variables(&self, setting: Setting) -> bool {
        match self.located(setting).map(|located| &located.origin) {
            Some(Origin::Flag(_)) => true,
            Some(Origin::Context { .. }) => {
                self.context.as_ref().is_some_and(|name| matches!(name.origin, Origin::Flag(_)))
            }
            _ => false,
        }
    }

    /// Returns whether a value was selected for this program: it comes before variables, or is that
    /// of a variable `COGNITO_…`.
    pub(crate) fn is_selected(&self, setting: Setting) -> bool {
        let origin = self.located(setting).map(|located| &located.origin);
        let is_own = |name: &str| name.starts_with("COGNITO_");
        self.precedes_variables(setting)
            || matches!(origin, Some(Origin::Variable(name)) if is_own(name))
    }

    /// Returns an address to which secrets are sent. An address that only a project's file names is
    /// refused, unless it is a loopback address: the file may come from another author.
    pub(crate) fn trusted(&self, setting: Setting) -> Outcome<Option<&str>> {
        match self.located(setting) {
            Some(Located { value, origin: origin @ Origin::Project(_) }) if !is_loopback(value) => {
                let (value, key) = (printable_url(value), setting.key());
                let message = format!("no secret is sent to {key} `{value}` of {origin}");
                Err(Failure::usage(message).hint(self.ways_to_trust(setting)))
            }
            located => Ok(located.map(|located| located.value.as_str())),
        }
    }

    /// Returns the places in which the user can name an address.
    fn ways_to_trust(&self, setting: Setting) -> String {
        let variable = setting.variables().first().copied().unwrap_or_default();
        let flag = match setting {
            // Only `cognito login` has this option.
            Setting::Domain => String::new(),
            _ => setting.flag().map(|flag| format!("pass {flag}, ")).unwrap_or_default(),
        };
        let path = self.user_file.display();
        format!(
            "if you trust the address, {flag}set {variable}, or write the address into your \
             current context (`cognito context use`) in {path}"
        )
    }

    /// Returns a setting that the command requires.
    pub(crate) fn require(&self, setting: Setting) -> Outcome<&str> {
        let hint = |failure: Failure, file: &IgnoredFile| {
            failure.and_hint(&format!("the project file {} was ignored", file.path().display()))
        };
        self.get(setting).ok_or_else(|| self.ignored.iter().fold(missing(setting), hint))
    }

    /// Creates the failure for an invalid value of a setting.
    pub(crate) fn invalid(&self, setting: Setting, reason: &str) -> Failure {
        let (value, origin) = match self.located(setting) {
            Some(located) => (printable(&located.value), located.origin.to_string()),
            None => (String::new(), String::new()),
        };
        let key = setting.key();
        Failure::usage(format!("`{value}` is not a valid {key}: {reason} ({origin})"))
    }
}

fn context_name(
    flag: Option<&str>,
    environment: &Environment,
    project: Option<&Project>,
    contexts: &Contexts,
) -> Outcome<Option<Located>> {
    let of_flag = flag.map(|name| Located::new(name, Origin::Flag("--context")));
    match of_flag.or_else(|| preferred_context(environment, project)) {
        Some(name) => Ok(Some(name)),
        None => contexts.chosen(environment),
    }
}

/// Returns the name of the context that a variable or the project's file selects.
fn preferred_context(environment: &Environment, project: Option<&Project>) -> Option<Located> {
    const VARIABLE: &str = "COGNITO_CONTEXT";
    let of_variable =
        environment.get(VARIABLE).map(|name| Located::new(name, Origin::Variable(VARIABLE)));
    of_variable.or_else(|| {
        let project = project?;
        Some(Located::new(project.context.clone()?, Origin::Project(project.path.clone())))
    })
}

fn of_flags(flags: &Flags, setting: Setting) -> Option<Located> {
    Some(Located::new(flags.get(&setting)?, Origin::Flag(setting.flag()?)))
}

fn of_variables(environment: &Environment, setting: Setting) -> Option<Located> {
    let mut names = setting.variables().iter();
    names.find_map(|name| Some(Located::new(environment.get(name)?, Origin::Variable(name))))
}

fn of_project(project: &Project, setting: Setting) -> Option<Located> {
    Some(Located::new(project.values.get(&setting)?, Origin::Project(project.path.clone())))
}

/// Returns the value of the project's file. If the user's file contains the same value, its origin is the user's file,
/// whose addresses are trusted.
fn of_project_or_context(project: Located, context: Option<Located>) -> Option<Located> {
    Some(context.filter(|context| context.value == project.value).unwrap_or(project))
}

fn located(path: &std::path::Path, context: &Context<'_>, setting: Setting) -> Option<Located> {
    let values: &Values = context.values;
    let origin = Origin::Context { name: context.name.to_owned(), path: path.to_owned() };
    Some(Located::new(values.get(&setting)?, origin))
}

fn missing(setting: Setting) -> Failure {
    let name = match setting {
        Setting::Pool => "the user pool is not named",
        Setting::Client => "the app client is not named",
        Setting::Domain => "the domain of managed login is not named",
        Setting::IdentityPool => "the identity pool is not named",
        other => return Failure::usage(format!("`{}` is not set", other.key())),
    };
    let variable = setting.variables().first().copied().unwrap_or_default();
    let flag = setting.flag().unwrap_or_default();
    let key = setting.key();
    Failure::usage(name)
        .hint(format!("pass {flag}, set {variable}, or write `{key}` into a context"))
}

#[cfg(test)]
mod tests;
