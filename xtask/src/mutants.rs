//! Mutation testing with cargo-mutants: each mutant changes one expression, and a test should fail. cognito-srp
//! and cognito-tokens run as a whole, other crates by file.
//!
//! The tests are those of the crate, and the test vectors or suites over several crates. A mutant in code that
//! client and server share affects both sides equally, so that only values of other implementations reveal it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{self, Outcome};
use crate::supply_chain::tools::Tool;

const CARGO_MUTANTS: Tool = Tool { program: "cargo-mutants", version: "27.1.0", features: &[] };

/// A crate, and the tests that its mutants should fail.
struct Subject {
    krate: &'static str,
    /// The package of the tests besides those of the crate.
    package: &'static str,
    /// The arguments of `cargo test` that select the tests, without doctests, which are slow to link.
    tests: &'static [&'static str],
    /// False for crates whose mutants would take days.
    is_run_as_a_whole: bool,
}

const SUBJECTS: [Subject; 4] = [
    with_vectors("cognito-srp"),
    with_vectors("cognito-tokens"),
    with_suites("cognito-core", &["--lib", "--test", "sign_in", "--test", "session"]),
    with_suites("cognito-http", &["--lib", "--test", "http"]),
];

impl Subject {
    /// Runs the tests without a mutant.
    fn test(&self, target: &Path) -> Outcome {
        let target = [("CARGO_TARGET_DIR", &*target.to_string_lossy())];
        let test = ["test", "-p", self.krate, "-p", self.package, "--all-features"];
        run::cargo_with(&target, &test, self.tests)
    }
}

const fn with_vectors(krate: &'static str) -> Subject {
    Subject { krate, package: "cognito-vectors", tests: &["--tests"], is_run_as_a_whole: true }
}

const fn with_suites(krate: &'static str, tests: &'static [&'static str]) -> Subject {
    Subject { krate, package: "cognito-tests", tests, is_run_as_a_whole: false }
}

/// The arithmetic of other architectures, which this one compiles only with [`PORTABLE_FLAGS`].
const PORTABLE: &str = "crates/cognito-srp/src/field/bigint.rs";

const PORTABLE_FLAGS: &str = "--cfg cognito_srp_portable";

/// The list of expected survivors with reasons.
const LIST: &str = "xtask/mutants.txt";

/// Runs the mutants of the crates that run as a whole, of one of them, or of one file of a crate, such as `hash.rs`.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let (subjects, file) = selected(arguments)?;
    let mutants = match CARGO_MUTANTS.install() {
        Ok(mutants) => mutants,
        Err(reason) => {
            run::skip("mutants", &reason);
            return Ok(());
        }
    };
    let list = List::read()?;
    let mut problems = Vec::new();
    for subject in subjects {
        problems.extend(run_crate(&mutants, subject, file, &list)?);
        if file.is_none()
            && let Some(portable) = PORTABLE.strip_prefix(&source_of(subject.krate))
        {
            problems.extend(run_crate(&mutants, subject, Some(portable), &list)?);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\nxtask: ")) }
}

/// Returns the subjects that the arguments select, and the file of one.
fn selected<'a>(arguments: &[&'a str]) -> Result<(Vec<&'static Subject>, Option<&'a str>), String> {
    let (name, file) = match arguments {
        [] => (None, None),
        [krate] => (Some(*krate), None),
        [krate, file] => (Some(*krate), Some(*file)),
        _ => return Err("mutants takes a crate and a file".to_owned()),
    };
    let is_selected = |subject: &&Subject| name.is_none_or(|name| subject.krate == name);
    let is_run = |subject: &&Subject| subject.is_run_as_a_whole || file.is_some();
    let subjects: Vec<_> = SUBJECTS.iter().filter(is_selected).filter(is_run).collect();
    if subjects.is_empty() {
        let crates = SUBJECTS.map(|subject| match subject.is_run_as_a_whole {
            true => subject.krate.to_owned(),
            false => format!("{} with a file", subject.krate),
        });
        return Err(format!("mutants takes one of {}", crates.join(", ")));
    }
    Ok((subjects, file))
}

/// Returns the differences between the survivors and the list.
fn run_crate(
    program: &Path,
    subject: &Subject,
    file: Option<&str>,
    list: &List,
) -> Result<Vec<String>, String> {
    let krate = subject.krate;
    let source = source_of(krate);
    let selected = format!("{source}{}", file.unwrap_or("**/*.rs"));
    let is_portable = selected == PORTABLE;
    let output = run::target().join("mutants").join(if is_portable { "portable" } else { krate });
    fs::create_dir_all(&output).map_err(|error| format!("{}: {error}", output.display()))?;
    let mut command = Command::new(program);
    // Suites over several crates test `{:?}` of secrets.
    command.args(["mutants", "--no-shuffle", "--all-features", "-E", "Debug for .*fmt"]);
    command.args(["-p", krate, "--test-package", &format!("{krate},{}", subject.package)]);
    command.args(["--file", &selected]).arg("-o").arg(&output);
    let target = output.join("target");
    if subject.is_run_as_a_whole {
        command.args(["--minimum-test-timeout", "60"]);
    } else {
        // cargo-mutants looks for the suites in the crate itself when it tests without a mutant.
        subject.test(&target)?;
        command.args(["--baseline", "skip", "--timeout", "600"]);
    }
    if is_portable {
        command.env("RUSTFLAGS", PORTABLE_FLAGS);
    } else {
        command.args(["--exclude", PORTABLE]);
    }
    command.arg("--").args(subject.tests);
    command.env("CARGO_TARGET_DIR", target).current_dir(run::root());
    let status = command.status().map_err(|error| format!("cannot run cargo-mutants: {error}"))?;
    // 2: mutants survived. 3: tests of some mutants timed out, which counts as a failed test.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        return Err(format!("cargo-mutants failed: {status}"));
    }
    let results = Results::read(&output.join("mutants.out"))?;
    let (missed, killed) = (results.missed.len(), results.killed);
    println!("xtask: {krate}: {missed} mutants survive, {killed} do not");
    let is_selected = |path: &str| match file {
        Some(_) => path == selected,
        None => path.starts_with(&source) && path != PORTABLE,
    };
    Ok(list.differences(&results, &selected, is_selected))
}

fn source_of(krate: &str) -> String {
    format!("crates/{krate}/src/")
}

/// The results of a run.
struct Results {
    missed: Vec<String>,
    killed: usize,
}

impl Results {
    fn read(directory: &Path) -> Result<Self, String> {
        let lines = |name: &str| -> Result<Vec<String>, String> {
            let text = read(&directory.join(name))?;
            Ok(text.lines().map(without_position).collect())
        };
        let missed = lines("missed.txt")?;
        let killed = lines("caught.txt")?.len() + lines("timeout.txt")?.len();
        Ok(Self { missed, killed })
    }
}

/// The mutants of [`LIST`], by the names that cargo-mutants prints, without line and column. A name that occurs twice
/// is listed twice.
#[derive(Debug, PartialEq)]
struct List(Vec<String>);

impl List {
    fn read() -> Result<Self, String> {
        Self::parse(&read(&run::root().join(LIST))?)
    }

    /// Parses lines of a mutant, ` # `, and a reason.
    fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mutant = |line: &str| match line.split_once(" # ") {
            Some((mutant, reason)) if !reason.is_empty() => Ok(mutant.to_owned()),
            _ => Err(format!("{LIST}: no reason in `{line}`")),
        };
        lines.map(mutant).collect::<Result<_, _>>().map(Self)
    }

    /// Returns a problem for each unlisted survivor and each listed mutant of the selected files that does not
    /// survive, and for a run without mutants, because cargo-mutants succeeds if a file does not exist.
    fn differences(
        &self,
        results: &Results,
        selected: &str,
        is_selected: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        if results.missed.is_empty() && results.killed == 0 {
            return vec![format!("{selected} has no mutant")];
        }
        let mut listed = self.0.clone();
        listed.retain(|mutant| is_selected(file_of(mutant)));
        let mut problems = Vec::new();
        for mutant in &results.missed {
            match listed.iter().position(|listed| listed == mutant) {
                Some(at) => {
                    listed.swap_remove(at);
                }
                None => problems.push(format!("no test fails for: {mutant}")),
            }
        }
        let killed = listed.iter().map(|mutant| format!("remove from {LIST}: {mutant}"));
        problems.extend(killed);
        problems
    }
}

fn read(path: &PathBuf) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns `a.rs: replace x with y` for `a.rs:12:5: replace x with y`.
fn without_position(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(change)) => format!("{file}:{change}"),
        _ => mutant.to_owned(),
    }
}

fn file_of(mutant: &str) -> &str {
    mutant.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(missed: &[&str]) -> Results {
        let missed: Vec<_> = missed.iter().map(|mutant| without_position(mutant)).collect();
        Results { missed, killed: 1 }
    }

    fn differences(list: &List, results: &Results) -> Vec<String> {
        list.differences(results, "a.rs", |path| path == "a.rs")
    }

    #[test]
    fn each_line_of_the_list_explains_one_survivor() {
        let list = "# Head\n\na.rs: replace + with - in f # equal\nb.rs: replace g with () # not\n";
        let list = List::parse(list).unwrap();
        let twice = ["a.rs:1:2: replace + with - in f", "a.rs:3:4: replace + with - in f"];
        assert_eq!(differences(&list, &results(&twice[..1])), [""; 0]);
        assert_eq!(
            differences(&list, &results(&twice)),
            ["no test fails for: a.rs: replace + with - in f"]
        );
        let killed = "remove from xtask/mutants.txt: a.rs: replace + with - in f";
        assert_eq!(differences(&list, &results(&[])), [killed]);
    }

    #[test]
    fn a_run_without_a_mutant_fails() {
        let list = List::parse("").unwrap();
        let none = Results { missed: Vec::new(), killed: 0 };
        assert_eq!(differences(&list, &none), ["a.rs has no mutant"]);
    }

    #[test]
    fn every_line_of_the_list_has_a_reason_and_an_existing_file() {
        assert!(List::parse("a.rs: replace f with ()\n").is_err());
        let list = List::read().unwrap();
        for mutant in list.0 {
            assert!(run::root().join(file_of(&mutant)).is_file(), "{mutant}");
        }
    }

    #[test]
    fn colons_of_a_mutant_are_kept() {
        let mutant = "a.rs:1:2: replace A::f -> B with C::d() # e";
        assert_eq!(without_position(mutant), "a.rs: replace A::f -> B with C::d() # e");
    }

    #[test]
    fn crates_are_selected_as_a_whole_or_by_file() {
        let names = |arguments: &[&str]| -> Result<Vec<&str>, String> {
            Ok(selected(arguments)?.0.iter().map(|subject| subject.krate).collect())
        };
        assert_eq!(names(&[]), Ok(vec!["cognito-srp", "cognito-tokens"]));
        assert_eq!(names(&["cognito-tokens"]), Ok(vec!["cognito-tokens"]));
        assert_eq!(names(&["cognito-http", "pause.rs"]), Ok(vec!["cognito-http"]));
        let crates = "mutants takes one of cognito-srp, cognito-tokens, cognito-core with a file, \
                      cognito-http with a file";
        for other in [&["cognito-http"][..], &["cognito-cli"]] {
            assert_eq!(names(other), Err(crates.to_owned()));
        }
    }
}
