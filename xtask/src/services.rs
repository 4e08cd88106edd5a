//! Stores of sessions against real servers, which Debian's packages bring.

use std::process::{Command, Stdio};

use crate::run::{self, Outcome, cargo};

/// A suite of `tests/services`, and what it runs.
struct Service {
    suite: &'static str,
    programs: &'static [&'static str],
    packages: &'static [&'static str],
}

const SERVICES: [Service; 2] = [
    Service { suite: "redis", programs: &["redis-server"], packages: &["redis-server"] },
    Service {
        suite: "keyring",
        programs: &["dbus-run-session", "gnome-keyring-daemon"],
        packages: &["dbus", "gnome-keyring"],
    },
];

/// Runs each suite, and says which one is skipped and why.
pub(crate) fn run() -> Outcome {
    for Service { suite, programs, packages } in &SERVICES {
        let is_ready = || programs.iter().all(|program| is_installed(program));
        if !is_ready() {
            install(packages)?;
        }
        if is_ready() {
            cargo(&["test", "-p", "cognito-services-tests", "--test", suite], &[])?;
        } else {
            let packages = packages.join(" ");
            println!("xtask: skipped {suite}: only root can install {packages}; install them");
        }
    }
    Ok(())
}

fn is_installed(program: &str) -> bool {
    let mut which = Command::new("which");
    which.arg(program).stdout(Stdio::null()).stderr(Stdio::null());
    which.status().is_ok_and(|status| status.success())
}

/// Installs packages as root; does nothing for another user.
fn install(packages: &[&str]) -> Outcome {
    let user = run::output(Command::new("id").arg("-u"))?;
    if user.trim() != "0" {
        return Ok(());
    }
    run::run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    run::run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}
