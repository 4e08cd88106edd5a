//! Programs that cargo installs below the target directory, at pinned versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::run;

/// A program, and the crate of the same name that contains it.
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
    /// Arguments of `cargo install` that select features.
    pub(crate) features: &'static [&'static str],
}

impl Tool {
    /// Installs the program, unless this version is installed, and returns its path.
    ///
    /// # Errors
    ///
    /// The reason for which it cannot be installed, such as a missing network.
    pub(crate) fn install(&self) -> Result<PathBuf, String> {
        self.install_by(Command::new(run::cargo_program()))
    }

    /// Installs the program while other jobs run, without delaying them.
    ///
    /// # Errors
    ///
    /// The reason for which it cannot be installed, as in [`Self::install`].
    pub(crate) fn install_when_idle(&self) -> Result<PathBuf, String> {
        let mut cargo = Command::new("nice");
        cargo.args(["-n", "19"]).arg(run::cargo_program());
        self.install_by(cargo)
    }

    fn install_by(&self, mut cargo: Command) -> Result<PathBuf, String> {
        let root = run::target().join("tools");
        let program = root.join("bin").join(self.program);
        let (stamp, wanted) = (self.stamp(&root), self.wanted());
        if program.is_file() && is_stamped(&stamp, &wanted) {
            return Ok(program);
        }
        println!("xtask: cargo install {} {}", self.program, self.version);
        // Optimized builds take longer than these programs run.
        cargo.args(["install", "--quiet", "--debug", "--locked", "--force"]);
        cargo.args(["--version", self.version]);
        run::run(cargo.arg("--root").arg(&root).arg(self.program).args(self.features))?;
        fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
        Ok(program)
    }

    /// Returns the path of the file that records the installed version and features.
    fn stamp(&self, root: &Path) -> PathBuf {
        root.join(format!("{}.version", self.program))
    }

    /// Returns the version and the features.
    fn wanted(&self) -> String {
        [&[self.version], self.features].concat().join(" ")
    }
}

/// Installs programs in the background, because their compilation takes minutes and other jobs leave processor
/// time.
///
/// A job that finds its program missing installs it again, and reports the failure.
pub(crate) fn install_in_background(tools: &'static [&'static Tool]) -> JoinHandle<()> {
    thread::spawn(move || {
        for tool in tools {
            if let Err(problem) = tool.install_when_idle() {
                println!("xtask: {}: {problem}", tool.program);
            }
        }
    })
}

fn is_stamped(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|installed| installed == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_and_features_are_installed_again() {
        let root = run::target().join("tools-of-tests");
        fs::create_dir_all(&root).unwrap();
        let tool =
            Tool { program: "example", version: "1.2.3", features: &["--no-default-features"] };
        let stamp = tool.stamp(&root);
        fs::remove_file(&stamp).ok();
        assert!(!is_stamped(&stamp, &tool.wanted()));
        fs::write(&stamp, tool.wanted()).unwrap();
        assert!(is_stamped(&stamp, &tool.wanted()));
        assert!(!is_stamped(&stamp, &Tool { features: &[], ..tool }.wanted()));
        assert!(!is_stamped(&stamp, &Tool { version: "1.2.4", ..tool }.wanted()));
    }
}
