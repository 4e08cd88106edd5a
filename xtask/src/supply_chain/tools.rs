//! Programs that cargo installs below the target directory, in fixed versions.

use std::path::PathBuf;
use std::process::Command;

use crate::run;

/// A program of a crate of its name.
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// Installs the program unless it is there, and returns its path.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be installed, such as that there is no network.
    pub(crate) fn install(&self) -> Result<PathBuf, String> {
        self.install_with(&[])
    }

    /// As [`Self::install`], with more arguments of `cargo install`, such as features.
    pub(crate) fn install_with(&self, more: &[&str]) -> Result<PathBuf, String> {
        let root = run::target().join("tools");
        let program = root.join("bin").join(self.program);
        if program.is_file() {
            return Ok(program);
        }
        println!("xtask: cargo install {} {}", self.program, self.version);
        let mut cargo = Command::new(run::cargo_program());
        cargo.args(["install", "--quiet", "--locked", "--version", self.version, "--root"]);
        run::run(cargo.arg(&root).arg(self.program).args(more))?;
        Ok(program)
    }
}
