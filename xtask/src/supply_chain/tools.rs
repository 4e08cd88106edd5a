//! Programs that cargo installs below the target directory, at pinned versions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run;

/// A program, and the crate of the same name that contains it.
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// Installs the program, unless this version is installed, and returns its path.
    ///
    /// # Errors
    ///
    /// The reason for which it cannot be installed, such as a missing network.
    pub(crate) fn install(&self) -> Result<PathBuf, String> {
        self.install_with(&[])
    }

    /// Installs the program like [`Self::install`], with more arguments of `cargo install`, such as features.
    pub(crate) fn install_with(&self, more: &[&str]) -> Result<PathBuf, String> {
        let root = run::target().join("tools");
        let program = root.join("bin").join(self.program);
        let stamp = self.stamp(&root);
        let wanted = self.version_with(more);
        if program.is_file() && is_stamped(&stamp, &wanted) {
            return Ok(program);
        }
        println!("xtask: cargo install {} {}", self.program, self.version);
        let mut cargo = Command::new(run::cargo_program());
        // Optimized builds take longer than these programs run.
        cargo.args(["install", "--quiet", "--debug", "--locked", "--force"]);
        cargo.args(["--version", self.version]);
        run::run(cargo.arg("--root").arg(&root).arg(self.program).args(more))?;
        fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
        Ok(program)
    }

    /// Returns the path of the file that records the installed version and features.
    fn stamp(&self, root: &Path) -> PathBuf {
        root.join(format!("{}.version", self.program))
    }

    fn version_with(&self, more: &[&str]) -> String {
        [&[self.version], more].concat().join(" ")
    }
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
        let tool = Tool { program: "example", version: "1.2.3" };
        let stamp = tool.stamp(&root);
        fs::remove_file(&stamp).ok();
        let features = ["--no-default-features"];
        assert!(!is_stamped(&stamp, &tool.version_with(&features)));
        fs::write(&stamp, tool.version_with(&features)).unwrap();
        assert!(is_stamped(&stamp, &tool.version_with(&features)));
        assert!(!is_stamped(&stamp, &tool.version_with(&[])));
        let newer = Tool { version: "1.2.4", ..tool };
        assert!(!is_stamped(&newer.stamp(&root), &newer.version_with(&features)));
    }
}
