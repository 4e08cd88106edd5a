//! Commands of README and guides: `sh` and `console` blocks, run in a fresh copy of the repository, and the
//! output that `console` blocks show.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::run::{self, Outcome};
use crate::third_party::{self, PythonPackages};

/// The prefix of the reason for a command that only `full` runs.
const FULL: &str = "full:";

/// A selection of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commands {
    /// The commands that take seconds.
    Fast,
    /// All commands, including those that compile the copy or need the AWS CLI.
    All,
}

/// Runs the commands of each page in a separate directory. A page ends at its first failure; the other pages
/// still run.
pub(crate) fn check(commands: Commands) -> Outcome {
    let exceptions = Exceptions::read()?;
    let pages = pages()?;
    let found: Vec<Command> =
        pages.iter().flat_map(|(page, text)| commands_of(page, text)).collect();
    exceptions.check_use(&found)?;
    run::build(&["-p", "cognito-emulator", "--bins"])?;
    run::build(&["-p", "cognito-cli", "--bins"])?;
    if commands == Commands::All {
        third_party::install(PythonPackages::AWS_CLI)?;
    }
    let copy = copy_of_the_repository()?;
    let (mut count, mut failures) = (0, Vec::new());
    for (page, _) in &pages {
        let of_page = found.iter().filter(|command| command.page == *page);
        let run: Vec<&Command> =
            of_page.filter(|command| exceptions.allow(command, commands)).collect();
        count += run.len();
        if !run.is_empty()
            && let Err(problem) = run_page(page, &run, &copy)
        {
            failures.push(format!("{page}: {problem}"));
        }
    }
    let total = found.len();
    println!(
        "xtask: {count} of {total} commands of README and guides ran; xtask/site/not-run.txt has the others"
    );
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\nxtask: ")) }
}

/// Returns the paths and texts of README and the guides.
pub(super) fn pages() -> Result<Vec<(String, String)>, String> {
    let root = run::root();
    let guides = super::files_of(&root.join("docs")).map_err(|error| error.to_string())?;
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let paths = [root.join("README.md")].into_iter().chain(guides.into_iter().filter(is_page));
    let read = |path: PathBuf| {
        let text = run::read(&path)?;
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        Ok((name, text))
    };
    paths.map(read).collect()
}

/// A command of a page.
struct Command {
    page: String,
    line: usize,
    text: String,
    /// The lines below it in a `console` block.
    output: String,
}

/// Returns the commands of a page. A script that begins with `#!` is one command.
fn commands_of(page: &str, text: &str) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut language = None;
    let mut is_complete = true;
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(words) = content.strip_prefix("```") {
            language = if language.is_none() { Some(words) } else { None };
            is_complete = true;
            continue;
        }
        let begin = match language {
            Some("console") => content.strip_prefix("$ "),
            Some("sh") => Some(content),
            _ => None,
        };
        match (begin, commands.last_mut()) {
            (_, Some(last)) if language.is_some() && !is_complete => {
                last.text.push('\n');
                last.text.push_str(content);
                is_complete = ends(&last.text);
            }
            (Some(begin), _) => {
                let (page, text) = (page.to_owned(), begin.to_owned());
                commands.push(Command { page, line, text, output: String::new() });
                is_complete = ends(begin);
            }
            (None, Some(last)) if language == Some("console") => {
                last.output.extend([content, "\n"]);
            }
            (None, _) => {}
        }
    }
    commands
}

/// Returns whether the command is complete.
fn ends(command: &str) -> bool {
    let quotes_are_closed = command.matches('\'').count().is_multiple_of(2);
    let loop_is_closed = !command.starts_with("for ") || command.contains("done");
    let is_script = command.starts_with("#!");
    quotes_are_closed && loop_is_closed && !is_script && !command.ends_with('\\')
}

/// The commands that do not run, with reasons.
struct Exceptions(Vec<Exception>);

struct Exception {
    page: String,
    /// The command, or its prefix and ` …`.
    text: String,
    reason: String,
}

impl Exceptions {
    fn read() -> Result<Self, String> {
        let text = run::read("xtask/site/not-run.txt")?;
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
        lines.map(Exception::parse).collect::<Result<_, _>>().map(Self)
    }

    fn of(&self, command: &Command) -> Option<&Exception> {
        self.0.iter().find(|exception| exception.is_of(command))
    }

    fn allow(&self, command: &Command, commands: Commands) -> bool {
        let is_slow = |exception: &Exception| exception.reason.starts_with(FULL);
        self.of(command).is_none_or(|exception| commands == Commands::All && is_slow(exception))
    }

    /// Checks that every line of the list matches a command.
    fn check_use(&self, commands: &[Command]) -> Outcome {
        let is_unused = |exception: &&Exception| {
            !commands.iter().any(|command| {
                self.of(command).is_some_and(|found| std::ptr::eq(found, *exception))
            })
        };
        let unused = self.0.iter().filter(is_unused);
        let unused: Vec<String> =
            unused.map(|exception| format!("{} | {}", exception.page, exception.text)).collect();
        if unused.is_empty() {
            return Ok(());
        }
        Err(format!("xtask/site/not-run.txt: no command matches {}", unused.join(", nor ")))
    }
}

impl Exception {
    fn parse(line: &str) -> Result<Self, String> {
        let parts: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [page, text, reason] = parts[..] else {
            return Err(format!(
                "xtask/site/not-run.txt: expected a page, a command and a reason: {line}"
            ));
        };
        let [page, text, reason] = [page, text, reason].map(str::to_owned);
        Ok(Self { page, text, reason })
    }

    fn is_of(&self, command: &Command) -> bool {
        let is_text = match self.text.strip_suffix(" …") {
            Some(begin) => command.text.starts_with(begin),
            None => command.text == self.text,
        };
        self.page == command.page && is_text
    }
}

fn directory() -> PathBuf {
    run::target().join("site-check")
}

/// Copies the files of git's index, which does not contain ignored files and builds.
fn copy_of_the_repository() -> Result<PathBuf, String> {
    let copy = directory().join("copy");
    if directory().exists() {
        fs::remove_dir_all(directory()).map_err(|error| error.to_string())?;
    }
    let mut git = Process::new("git");
    git.args(["checkout-index", "--all"]).arg(format!("--prefix={}/", copy.display()));
    run::run(git.current_dir(run::root()))?;
    Ok(copy)
}

fn run_page(page: &str, commands: &[&Command], copy: &Path) -> Outcome {
    let name = page.trim_start_matches("docs/").trim_end_matches(".md").to_lowercase();
    let name = name.replace('-', "_");
    let directory = directory().join(&name);
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    for command in commands.iter().filter(|command| !command.output.is_empty()) {
        fs::write(directory.join(expected(command)), &command.output)
            .map_err(|error| error.to_string())?;
    }
    let script = directory.join("commands.sh");
    fs::write(&script, script_of(page, &name, commands, copy))
        .map_err(|error| error.to_string())?;
    println!("xtask: the commands of {page}");
    let mut shell = Process::new("sh");
    shell.arg(&script).current_dir(&directory).env("PATH", search_path());
    // The copy has a separate target directory, so that its programs do not replace the workspace's.
    shell.env("CARGO_TARGET_DIR", copy.join("target"));
    run::run(&mut shell)
}

/// Returns the search path of a page's commands: the programs of this workspace come first, the AWS CLI last.
fn search_path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let (programs, aws) = (run::target().join("debug"), PythonPackages::AWS_CLI.programs());
    format!("{}:{path}:{}", programs.display(), aws.display())
}

/// Returns the script of a page: its set-up, and each command after its location.
fn script_of(page: &str, name: &str, commands: &[&Command], copy: &Path) -> String {
    let (copy, functions) = (copy.display(), run::root().join("xtask/site/check.sh"));
    let begin = format!(
        "PAGE='{copy}/{page}'\n. '{}'\nif command -v setup_{name} > setup; then setup_{name}; fi\n",
        functions.display()
    );
    let steps = commands.iter().map(|command| {
        let text = command_of_script(&command.text, &copy);
        let check = match command.output.is_empty() {
            true => format!("{text}\n"),
            false if text.starts_with("serve ") => {
                format!("{text}\nprints {} served errors\n", expected(command))
            }
            false => {
                let redirected = format!("{{ {text}\n}} > printed 2> complaints");
                format!("{redirected}\nprints {} printed complaints\n", expected(command))
            }
        };
        format!("step={page}:{}\necho \"$step\"\n{check}", command.line)
    });
    begin + &steps.collect::<String>()
}

/// Returns the name of the file with the output that the page shows for a command.
fn expected(command: &Command) -> String {
    format!("expected-{}", command.line)
}

/// Returns the command as a script runs it: servers run in the background, cargo runs in the copy, and exit
/// code 10 of a comparison, which means that there are differences, is a success. Brackets close on the next
/// line, because the command may end with a comment.
fn command_of_script(text: &str, copy: &impl std::fmt::Display) -> String {
    let is_server = text.starts_with("cognito-emulator serve");
    match text {
        _ if is_server && text.ends_with('&') => format!("{text}\nservers=$!"),
        _ if is_server => format!("serve {text}"),
        _ if text.starts_with("cargo ") => format!("(cd '{copy}' && {text}\n)"),
        _ if text.contains(" diff ") => format!("{{ {text}\n}} || [ $? -eq 10 ]"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(page: &str) -> Vec<String> {
        commands_of("a.md", page).into_iter().map(|command| command.text).collect()
    }

    #[test]
    fn commands_are_lines_of_sh_and_prompts_of_console() {
        let page =
            "```sh\na\nb \\\n  c\n```\n```console\n$ d 'e\nf'\noutput\n$ g\n```\n```text\nh\n```";
        assert_eq!(texts(page), ["a", "b \\\n  c", "d 'e\nf'", "g"]);
        let [_, _, third, _] = &commands_of("a.md", page)[..] else { panic!("not four commands") };
        assert_eq!(third.output, "output\n");
        assert_eq!(
            texts("```sh\n#!/bin/sh\nset -e\n```\n```sh\na\n```"),
            ["#!/bin/sh\nset -e", "a"]
        );
    }

    #[test]
    fn comment_at_the_end_of_a_command_is_not_continued() {
        for text in ["cargo run # a", "cognito users diff a.jsonl # b", "cognito whoami # c"] {
            let page = format!("```console\n$ {text}\noutput\n```");
            let commands = commands_of("a.md", &page);
            let script = script_of("a.md", "a", &[&commands[0]], Path::new("/copy"));
            let line = script.lines().find(|line| line.contains(text)).unwrap();
            assert!(line.ends_with(text), "{line}");
        }
    }

    #[test]
    fn a_line_of_the_list_that_matches_no_command_is_an_error() {
        let exceptions = Exceptions(vec![Exception::parse("a.md | a … | needs b").unwrap()]);
        let commands = commands_of("a.md", "```sh\na b\n```");
        assert_eq!(exceptions.check_use(&commands), Ok(()));
        assert!(!exceptions.allow(&commands[0], Commands::All));
        assert!(exceptions.check_use(&[]).unwrap_err().ends_with("no command matches a.md | a …"));
        assert!(Exception::parse("a.md | a").is_err());
    }

    #[test]
    fn slow_commands_run_in_full() {
        let exceptions = Exceptions(vec![Exception::parse("a.md | a | full: slow").unwrap()]);
        let commands = commands_of("a.md", "```sh\na\nb\n```");
        let allowed = |set| {
            let runs = commands.iter().map(|command| exceptions.allow(command, set));
            runs.collect::<Vec<_>>()
        };
        assert_eq!(allowed(Commands::Fast), [false, true]);
        assert_eq!(allowed(Commands::All), [true, true]);
    }
}
