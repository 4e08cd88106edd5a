//! Settings from the command line, the environment and files, each with its origin.

mod contexts;
mod environment;
mod file;
mod origin;
mod project;
mod setting;
mod settings;

pub(crate) use self::contexts::{Context, Contexts};
pub(crate) use self::environment::{ENDPOINT_VARIABLE, Environment, IGNORE_ENDPOINTS_VARIABLE};
pub(crate) use self::origin::Located;
pub(crate) use self::setting::Setting;
pub(crate) use self::settings::{Flags, Settings};
