//! Installation of programs from Debian packages.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::run::{self, Outcome};

/// The browser for tests.
pub(crate) const CHROMIUM: Programs = Programs { names: &["chromium"], packages: &["chromium"] };

/// Programs and files, and the Debian packages that contain them.
#[derive(Clone, Copy)]
pub(crate) struct Programs {
    /// Names of programs, and absolute paths of files.
    pub(crate) names: &'static [&'static str],
    pub(crate) packages: &'static [&'static str],
}

impl Programs {
    /// Installs the packages, as root or by sudo, if a program or file is missing.
    ///
    /// # Errors
    ///
    /// The reason for which the check that needs the programs is skipped.
    pub(crate) fn install(self) -> Outcome {
        if self.are_installed() {
            return Ok(());
        }
        let packages = self.packages.join(" ");
        let failed = |problem: String| format!("{problem}; install {packages} as root");
        update().map_err(failed)?;
        let mut install = apt_get()?;
        install.args(["install", "--yes", "--no-install-recommends"]).args(self.packages);
        run::run(&mut install).map_err(failed)?;
        match self.are_installed() {
            true => Ok(()),
            false => Err(format!("{packages} do not contain all of {}", self.names.join(" "))),
        }
    }

    pub(crate) fn are_installed(self) -> bool {
        self.names.iter().all(|name| match name.starts_with('/') {
            true => Path::new(name).exists(),
            false => is_program(name),
        })
    }
}

fn is_program(name: &str) -> bool {
    let mut which = Command::new("which");
    which.arg(name).stdout(Stdio::null()).stderr(Stdio::null());
    which.status().is_ok_and(|status| status.success())
}

/// Fetches the lists of packages, once for all installations.
fn update() -> Outcome {
    static UPDATED: OnceLock<Outcome> = OnceLock::new();
    let fetch = || run::run(apt_get()?.args(["update", "--quiet"]));
    UPDATED.get_or_init(fetch).clone()
}

/// Returns a non-interactive apt-get that runs as root.
fn apt_get() -> Result<Command, String> {
    let is_root = run::output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = Command::new(if is_root { "env" } else { "sudo" });
    if !is_root {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::Programs;

    #[test]
    fn every_program_and_file_is_checked() {
        for (names, are_installed) in [
            (&["sh", "/bin/sh", "/"][..], true),
            (&["sh", "/no/such/file"], false),
            (&["/", "no-such-program"], false),
        ] {
            assert_eq!(Programs { names, packages: &[] }.are_installed(), are_installed);
        }
    }
}
