//! The wheel of the emulator, tested in a fresh Python environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{directory, remove, source};
use crate::run::{self, Outcome};

pub(super) fn run() -> Outcome {
    let environment = directory("python");
    println!("xtask: the wheel of the emulator, in {}", environment.display());
    run::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let requirements = source("python").join("tests/requirements.txt");
    pip(&environment, &["--requirement".as_ref(), &requirements])?;
    let wheel = build(&environment)?;
    pip(&environment, &["--no-index".as_ref(), &wheel])?;
    let mut mypy = tool(&environment, "mypy");
    run::run(mypy.arg("--cache-dir").arg(directory("mypy")).args(["src", "tests"]))?;
    run::run(tool(&environment, "python").args(["-m", "pytest", "-q"]))
}

/// Builds the wheel with the program in the debug profile, and returns its path.
fn build(environment: &Path) -> Result<PathBuf, String> {
    let wheels = directory("wheels");
    remove(&wheels)?;
    let mut maturin = tool(environment, "maturin");
    maturin.args(["build", "--quiet", "--locked", "--profile", "dev", "--out"]).arg(&wheels);
    run::run(&mut maturin)?;
    let files = fs::read_dir(&wheels).map_err(|error| error.to_string())?;
    let mut files = files.filter_map(Result::ok).map(|file| file.path());
    files.next().ok_or_else(|| "maturin built no wheel".to_owned())
}

fn pip(environment: &Path, what: &[&Path]) -> Outcome {
    let mut pip = tool(environment, "python");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(what);
    run::run(&mut pip)
}

/// Returns a command of a program of the environment, which runs in the directory of the sources.
fn tool(environment: &Path, name: &str) -> Command {
    let mut command = Command::new(environment.join("bin").join(name));
    command.current_dir(source("python")).env("VIRTUAL_ENV", environment);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
