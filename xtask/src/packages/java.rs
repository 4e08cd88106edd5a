//! The JUnit 5 extension, which projects copy into their sources.

use std::path::Path;
use std::process::Command;

use super::{directory, program, remove, source};
use crate::apt::Programs;
use crate::run::{self, Outcome};

const JUNIT: &str = "/usr/share/java/junit-platform-console-standalone.jar";

const JAVA: Programs =
    Programs { names: &["javac", JUNIT], packages: &["default-jdk-headless", "junit5"] };

pub(super) fn run() -> Outcome {
    if let Err(reason) = JAVA.install() {
        run::skip("the JUnit extension", &reason);
        return Ok(());
    }
    println!("xtask: the JUnit extension");
    let (classes, sources) = (directory("java"), source("java"));
    remove(&classes)?;
    let files = ["CognitoEmulator.java", "CognitoEmulatorTest.java", "AccountsTest.java"];
    let mut javac = Command::new("javac");
    javac.args(["-Xlint:all", "-Werror", "--release", "17", "-cp", JUNIT, "-d"]).arg(&classes);
    run::run(javac.args(files).current_dir(sources))?;
    run::run(junit(&classes).env("COGNITO_EMULATOR_PROGRAM", program()?))
}

fn junit(classes: &Path) -> Command {
    let mut junit = Command::new("java");
    junit.args(["-jar", JUNIT, "--class-path"]).arg(classes);
    junit.args(["--scan-class-path", "--disable-banner", "--details", "tree"]);
    junit
}
