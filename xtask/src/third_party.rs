//! Third-party clients and servers, installed under `target/` at pinned versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::run::{self, Outcome};

/// Python packages in a separate environment.
#[derive(Clone, Copy)]
pub(crate) struct PythonPackages {
    /// The directory of the environment under `target/interop`.
    name: &'static str,
    /// The file in `tests/interop` that lists the packages with their versions.
    requirements: &'static str,
}

impl PythonPackages {
    /// The clients and servers for interoperability tests.
    const CLIENTS_AND_SERVERS: Self = Self { name: "python", requirements: "requirements.txt" };

    /// The service model, whose version is newer than that of the clients.
    pub(crate) const MODEL: Self = Self { name: "model", requirements: "model.txt" };

    /// The AWS CLI, for commands of the guides, and for the comparison of its start with `cognito`.
    pub(crate) const AWS_CLI: Self = Self { name: "awscli", requirements: "awscli.txt" };

    fn environment(self) -> PathBuf {
        run::target().join("interop").join(self.name)
    }

    /// Returns the directory of the programs that the packages have installed.
    pub(crate) fn programs(self) -> PathBuf {
        self.environment().join("bin")
    }

    pub(crate) fn interpreter(self) -> PathBuf {
        self.programs().join("python")
    }

    fn wanted(self) -> Result<String, String> {
        run::read(Path::new("tests/interop").join(self.requirements))
    }

    /// Returns the pinned version of a package.
    pub(crate) fn version_of(self, package: &str) -> Result<String, String> {
        let wanted = self.wanted()?;
        let mut versions = wanted.lines().filter_map(|line| line.split_once("=="));
        let found = versions.find(|(name, _)| *name == package);
        let (_, version) =
            found.ok_or_else(|| format!("{} has no {package}", self.requirements))?;
        Ok(version.to_owned())
    }
}

/// Returns the interpreter of the environment with third-party clients and servers.
pub(crate) fn python() -> PathBuf {
    PythonPackages::CLIENTS_AND_SERVERS.interpreter()
}

/// Creates the environment with third-party clients and servers, unless it is up to date.
pub(crate) fn install_python() -> Outcome {
    install(PythonPackages::CLIENTS_AND_SERVERS)
}

/// Installs the packages of both languages in the background, because the network is slow and compilation does
/// not need it.
///
/// A job that finds packages missing installs them again, and reports the failure.
pub(crate) fn install_in_background() -> JoinHandle<()> {
    thread::spawn(|| {
        try_install_python();
        or_without("the AWS CLI", install(PythonPackages::AWS_CLI));
        try_install_node();
    })
}

/// Creates a Python environment, unless it is up to date.
pub(crate) fn install(packages: PythonPackages) -> Outcome {
    let (wanted, environment) = (packages.wanted()?, packages.environment());
    let stamp = environment.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("xtask: installing Python packages into {}", environment.display());
    run::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = Command::new(packages.interpreter());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run::run(pip.arg(run::root().join("tests/interop").join(packages.requirements)))?;
    fs::write(&stamp, wanted).map_err(|error| error.to_string())
}

/// Returns the interpreter after [`install_python`], or nothing if the installation fails, in which case
/// benchmarks leave out implementations in Python.
pub(crate) fn try_install_python() -> Option<PathBuf> {
    or_without("implementations in Python", install_python().map(|()| python()))
}

/// Returns the directory of the Node packages.
pub(crate) fn node_packages() -> PathBuf {
    run::target().join("interop").join("node")
}

/// Installs the Node packages, unless they are up to date.
pub(crate) fn install_node() -> Outcome {
    install_node_packages(&run::root().join("tests/interop/package.json"), &node_packages())
}

/// Installs the packages of a package.json into a directory, unless they are up to date.
pub(crate) fn install_node_packages(wanted: &Path, directory: &Path) -> Outcome {
    let wanted = run::read(wanted)?;
    let stamp = directory.join("installed.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("xtask: installing Node packages into {}", directory.display());
    fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    fs::write(directory.join("package.json"), &wanted).map_err(|error| error.to_string())?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run::run(npm.arg("--no-package-lock").current_dir(directory))
        .map_err(|problem| format!("JavaScript packages need Node with npm: {problem}"))?;
    fs::write(&stamp, wanted).map_err(|error| error.to_string())
}

/// Returns the directory of the Node packages after [`install_node`], or nothing if the installation fails.
pub(crate) fn try_install_node() -> Option<PathBuf> {
    or_without("implementations in Node", install_node().map(|()| node_packages()))
}

fn or_without<T>(what: &str, installed: Result<T, String>) -> Option<T> {
    let failed = |problem| eprintln!("xtask: without {what}: {problem}");
    installed.map_err(failed).ok()
}
