//! The service model of user pools, as Rust tables for the emulator.
//!
//! botocore ships the model that AWS publishes. The emulator keeps what decides about requests: no
//! texts of the documentation, no responses.

mod corrections;
mod model;
mod render;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use self::model::Model;
use crate::peers::{self, PythonPackages};
use crate::run::{self, Outcome};

/// Prints the model of the botocore that is installed, whichever version of the API it is of.
const PRINT_MODEL: &str = "\
import gzip, importlib.util, pathlib, sys
root = pathlib.Path(importlib.util.find_spec('botocore').submodule_search_locations[0])
(model,) = root.glob('data/cognito-idp/*/service-2.json.gz')
sys.stdout.write(gzip.decompress(model.read_bytes()).decode())
";

/// Writes the tables.
pub(crate) fn write() -> Outcome {
    let tables = tables()?;
    fs::write(path(), tables).map_err(|error| format!("{}: {error}", path().display()))
}

/// Compares the tables that are checked in with the model.
pub(crate) fn check() -> Outcome {
    let written = fs::read_to_string(path()).unwrap_or_default();
    if written != tables()? {
        return Err(format!("{} is not current; run `cargo xtask shapes`", path().display()));
    }
    println!("xtask: the tables of requests are those of the service model");
    Ok(())
}

fn tables() -> Result<String, String> {
    let packages = PythonPackages::MODEL;
    peers::install(packages)?;
    let version = packages.version_of("botocore")?;
    let json = run::output(Command::new(packages.interpreter()).args(["-c", PRINT_MODEL]))?;
    let mut model: Model =
        serde_json::from_str(&json).map_err(|error| format!("the service model: {error}"))?;
    corrections::apply(&mut model)?;
    formatted(&render::tables(&model, &version)?)
}

fn formatted(tables: &str) -> Result<String, String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--config-path"]).arg(run::root());
    run::filter(&mut rustfmt, tables)
}

fn path() -> PathBuf {
    run::root().join("crates/cognito-emulator/src/model/shapes.rs")
}
