//! Commands: cargo and other programs, their output, and skipped checks.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The result of a job: nothing, or a description of the failure.
pub(crate) type Outcome = Result<(), String>;

/// The checks that were skipped, with reasons.
static SKIPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Set after the tests of this run have built every program and example.
static ALL_BUILT: AtomicBool = AtomicBool::new(false);

/// Disables [`build`] after the tests have built everything. cargo chooses other features for each
/// selection of packages, and would compile the AWS SDK again.
pub(crate) fn all_are_built() {
    ALL_BUILT.store(true, Ordering::Relaxed);
}

/// Builds programs or examples, unless the tests of this run have built them.
pub(crate) fn build(selection: &[&str]) -> Outcome {
    if ALL_BUILT.load(Ordering::Relaxed) {
        return Ok(());
    }
    cargo(&["build", "--quiet"], selection)
}

/// Returns the path of a program that [`build`] has built. `program` is `examples/NAME` for an example.
pub(crate) fn built(program: &str) -> PathBuf {
    target().join("debug").join(format!("{program}{}", env::consts::EXE_SUFFIX))
}

/// Prints that a check is skipped, and records it for the summary of `ci`.
pub(crate) fn skip(check: &str, reason: &str) {
    let skipped = format!("{check}: {reason}");
    println!("xtask: skipped {skipped}");
    SKIPPED.lock().unwrap_or_else(PoisonError::into_inner).push(skipped);
}

/// Returns the checks that were skipped, with reasons.
pub(crate) fn skipped() -> Vec<String> {
    SKIPPED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Returns the root directory of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Returns the text of a file. A relative path starts at the root of the workspace.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String, String> {
    let path = path.as_ref();
    fs::read_to_string(root().join(path)).map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns the target directory, which contains builds and packages that jobs install.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the cargo that runs this program.
pub(crate) fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs cargo in the root of the workspace.
pub(crate) fn cargo(arguments: &[&str], more: &[&str]) -> Outcome {
    cargo_with(&[], arguments, more)
}

/// Runs cargo in the root of the workspace, with additional environment variables.
pub(crate) fn cargo_with(
    environment: &[(&str, &str)],
    arguments: &[&str],
    more: &[&str],
) -> Outcome {
    println!("xtask: cargo {}", [arguments, more].concat().join(" "));
    let mut command = Command::new(cargo_program());
    run(command.args(arguments).args(more).envs(environment.iter().copied()).current_dir(root()))
}

/// Runs a program to its end, and fails if its exit status is not a success.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot run {name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed: {status}")) }
}

/// Runs a program to its end and returns its output.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run {name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{name}: {error}"))
}

/// Runs a program to its end with a text as its input, and returns its output.
pub(crate) fn filter(command: &mut Command, text: &str) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error| format!("{name}: {error}");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    // The program reads all of its input before it writes, so there is no deadlock.
    child
        .stdin
        .take()
        .map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()))
        .map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(format!("{name} failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{name}: {error}"))
}

/// A program in the background, which is killed when this value is dropped.
pub(crate) struct Background(pub(crate) Child);

impl Drop for Background {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
