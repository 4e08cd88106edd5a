//! Programs that Debian's packages bring.

use std::process::{Command, Stdio};

use crate::run::{self, Outcome};

/// Programs, and the packages that have them.
#[derive(Clone, Copy)]
pub(crate) struct Programs {
    pub(crate) names: &'static [&'static str],
    pub(crate) packages: &'static [&'static str],
}

impl Programs {
    /// Installs the packages as root if a program is missing.
    ///
    /// # Errors
    ///
    /// Returns why what needs the programs is skipped.
    pub(crate) fn install(self) -> Outcome {
        if self.are_installed() {
            return Ok(());
        }
        let packages = self.packages.join(" ");
        if run::output(Command::new("id").arg("-u"))?.trim() != "0" {
            return Err(format!("only root can install {packages}; install them"));
        }
        run::run(Command::new("apt-get").args(["update", "--quiet"]))?;
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--no-install-recommends"]).args(self.packages);
        run::run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
        match self.are_installed() {
            true => Ok(()),
            false => Err(format!("{packages} lack one of {}", self.names.join(" "))),
        }
    }

    fn are_installed(self) -> bool {
        self.names.iter().all(|program| {
            let mut which = Command::new("which");
            which.arg(program).stdout(Stdio::null()).stderr(Stdio::null());
            which.status().is_ok_and(|status| status.success())
        })
    }
}
