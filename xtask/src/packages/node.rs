//! The npm packages of the emulator, installed from their tarballs.

use std::env::consts;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{directory, program, remove, source};
use crate::apt::CHROMIUM;
use crate::run::{self, Outcome};
use crate::third_party;

/// Tests that need Chromium.
const BROWSER_TESTS: &str = "playwright.test.ts";

pub(super) fn run() -> Outcome {
    let environment = directory("node");
    println!("xtask: the npm packages of the emulator, in {}", environment.display());
    third_party::install_node_packages(&source("npm").join("tests/package.json"), &environment)?;
    let tarballs = directory("tarballs");
    remove(&tarballs)?;
    build(&environment, &tarballs)?;
    install(&environment, &tarballs)?;
    for name in ["tests", "example"] {
        copy(&source("npm").join(name), &environment.join(name))?;
    }
    run::run(tool(&environment, "tsc").args(["-p", "tests"]))?;
    run::run(&mut vitest(&environment, "example"))?;
    let mut tests = vitest(&environment, "tests");
    if let Err(reason) = CHROMIUM.install() {
        run::skip("sign-in with Playwright", &reason);
        tests.args(["--exclude", BROWSER_TESTS]);
    }
    run::run(&mut tests)
}

/// Compiles the main package, and packs it and the package of this platform.
fn build(environment: &Path, tarballs: &Path) -> Outcome {
    let copied = environment.join("build");
    copy(&source("npm"), &copied)?;
    for name in ["tests", "example"] {
        remove(&copied.join(name))?;
    }
    run::run(tool(environment, "tsc").args(["-p", "build"]))?;
    let pack = || {
        let mut pack = Command::new("node");
        pack.arg(copied.join("pack.mjs"));
        pack
    };
    run::run(pack().arg("main").arg(tarballs))?;
    run::run(pack().arg(platform()?).arg(tarballs).arg(program()?))
}

/// Installs the tarballs without a registry.
fn install(environment: &Path, tarballs: &Path) -> Outcome {
    for name in ["cognito-emulator", "@cognito-emulator"] {
        remove(&environment.join("node_modules").join(name))?;
    }
    let files = fs::read_dir(tarballs).map_err(|error| error.to_string())?;
    let files = files.filter_map(Result::ok).map(|file| file.path());
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--offline", "--no-save", "--ignore-scripts", "--no-audit"]);
    npm.args(["--no-fund", "--no-package-lock"]).args(files).current_dir(environment);
    run::run(&mut npm)
}

/// Returns the name of this platform's package.
fn platform() -> Result<String, String> {
    let os = match consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    match consts::ARCH {
        "x86_64" => Ok(format!("{os}-x64")),
        "aarch64" => Ok(format!("{os}-arm64")),
        other => Err(format!("there is no npm package for {other}")),
    }
}

/// Copies a directory, with files in place of symbolic links.
fn copy(from: &Path, to: &Path) -> Outcome {
    remove(to)?;
    run::run(Command::new("cp").arg("-RL").arg(from).arg(to))
}

fn vitest(environment: &Path, project: &str) -> Command {
    let mut vitest = tool(environment, "vitest");
    vitest.arg("run").current_dir(environment.join(project));
    vitest
}

/// Returns a command of a program that a package of the environment contains.
fn tool(environment: &Path, name: &str) -> Command {
    let mut command = Command::new(environment.join("node_modules/.bin").join(name));
    command.current_dir(environment).env("NODE_NO_WARNINGS", "1").env("NO_COLOR", "1");
    command
}
