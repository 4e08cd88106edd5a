//! Origins of values.

use std::fmt;
use std::path::PathBuf;

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An option of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// The project's file.
    Project(PathBuf),
    /// A context of the user's file.
    Context { name: String, path: PathBuf },
    /// The user's file, outside of contexts.
    UserFile(PathBuf),
    /// The choice of `cognito context use`.
    Chosen(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "option {name}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Project(path) => write!(f, "project file {}", path.display()),
            Self::Context { name, path } => write!(f, "context {name} in {}", path.display()),
            Self::UserFile(path) => write!(f, "{}", path.display()),
            Self::Chosen(path) => write!(f, "cognito context use ({})", path.display()),
        }
    }
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

impl Located {
    pub(crate) fn new(value: impl Into<String>, origin: Origin) -> Self {
        Self { value: value.into(), origin }
    }
}
