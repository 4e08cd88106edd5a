//! Generation of Rust tables for the emulator from the service models of user pools and identity pools.
//!
//! botocore contains the models that AWS publishes. The tables contain the shapes of requests, without
//! documentation and responses.

mod corrections;
mod model;
mod render;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use self::model::Model;
use crate::run::{self, Outcome};
use crate::third_party::{self, PythonPackages};

/// A service whose model is converted.
struct Service {
    /// Its name in botocore.
    name: &'static str,
    /// Its name in the documentation.
    title: &'static str,
    /// The generated file.
    path: &'static str,
    correct: fn(&mut Model) -> Result<(), String>,
}

const SERVICES: [Service; 2] = [
    Service {
        name: "cognito-idp",
        title: "user pools",
        path: "crates/cognito-emulator/src/model/shapes.rs",
        correct: corrections::apply,
    },
    Service {
        name: "cognito-identity",
        title: "identity pools",
        path: "crates/cognito-emulator/src/model/identity_shapes.rs",
        correct: |_| Ok(()),
    },
];

/// Prints the model of the installed botocore, for its only version of the API.
const PRINT_MODEL: &str = "\
import gzip, importlib.util, pathlib, sys
root = pathlib.Path(importlib.util.find_spec('botocore').submodule_search_locations[0])
(model,) = root.glob(f'data/{sys.argv[1]}/*/service-2.json.gz')
sys.stdout.write(gzip.decompress(model.read_bytes()).decode())
";

/// Writes the tables.
pub(crate) fn write() -> Outcome {
    for service in &SERVICES {
        let path = service.path();
        fs::write(&path, service.tables()?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Compares the tables that are checked in with the models.
pub(crate) fn check() -> Outcome {
    for service in &SERVICES {
        let path = service.path();
        if fs::read_to_string(&path).unwrap_or_default() != service.tables()? {
            return Err(format!("{} is not current; run `cargo xtask shapes`", path.display()));
        }
    }
    println!("xtask: the tables of requests agree with the service models");
    Ok(())
}

impl Service {
    fn tables(&self) -> Result<String, String> {
        let packages = PythonPackages::MODEL;
        third_party::install(packages)?;
        let version = packages.version_of("botocore")?;
        let print = ["-c", PRINT_MODEL, self.name];
        let json = run::output(Command::new(packages.interpreter()).args(print))?;
        let mut model: Model = serde_json::from_str(&json)
            .map_err(|error| format!("the service model of {}: {error}", self.title))?;
        (self.correct)(&mut model)?;
        formatted(&render::tables(&model, self.title, &version)?)
    }

    fn path(&self) -> PathBuf {
        run::root().join(self.path)
    }
}

fn formatted(tables: &str) -> Result<String, String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--config-path"]).arg(run::root());
    run::filter(&mut rustfmt, tables)
}
