//! The guides contain the current tables of operations, and the files that are tested.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use cognito_emulator::{Support, identity_pool_operations, operations};

const START: &str = "<!-- operations -->\n";

/// Marks a block that contains a whole file, by its path in the workspace.
const FILE: &str = "<!-- file: ";

/// Guides with such files.
const GUIDES: [&str; 6] =
    ["ci.md", "go.md", "java.md", "migrating-to-the-emulator.md", "node.md", "python.md"];

const HINT: &str = "update it: WRITE_DOCS=1 cargo test -p cognito-emulator --test documentation";

#[test]
fn the_tables_of_operations_are_up_to_date() {
    let path = workspace().join("docs/emulator.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, table) = text.split_once(START).unwrap();
    if env::var_os("WRITE_DOCS").is_some() {
        fs::write(path, format!("{before}{START}{}", written())).unwrap();
        return;
    }
    assert_eq!(table, written(), "{HINT}");
}

/// The sentence of each page whose commands need the program or a package of it.
const NOT_PUBLISHED: &str = "`cognito-emulator` is not published yet, and the name is not reserved: \
     install it from a copy of this repository, not from a registry";

#[test]
fn pages_whose_commands_need_the_program_say_that_it_is_not_published() {
    let guides = fs::read_dir(workspace().join("docs")).unwrap();
    let guides = guides.map(|entry| entry.unwrap().path());
    let own = ["README.md", "python/README.md", "npm/README.md"];
    let own = own.map(|path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let texts = guides.filter(|path| path.is_file()).chain(own);
    let texts = texts.map(|path| (fs::read_to_string(&path).unwrap(), path));
    let mut count = 0;
    for (text, path) in texts.filter(|(text, _)| text.lines().any(needs_the_program)) {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(NOT_PUBLISHED), "{}", path.display());
        count += 1;
    }
    assert!(count >= 8, "{count} pages");
}

fn needs_the_program(line: &str) -> bool {
    let serves = line.starts_with("$ cognito-emulator serve");
    let is_package = ["cognito-emulator", "packages/wheels", "packages/tarballs"];
    let installs = line.contains("install ") && is_package.iter().any(|name| line.contains(name));
    serves || installs
}

#[test]
fn files_in_guides_are_the_tested_files() {
    for guide in GUIDES {
        let path = workspace().join("docs").join(guide);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(FILE), "{guide} contains no file");
        let with_files = with_files(&text);
        if env::var_os("WRITE_DOCS").is_some() {
            fs::write(path, with_files).unwrap();
        } else {
            assert_eq!(text, with_files, "{guide}: {HINT}");
        }
    }
}

/// Returns the guide with the current files in the blocks after [`FILE`].
fn with_files(text: &str) -> String {
    let mut parts = text.split(FILE);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").unwrap();
        let (fence, rest) = rest.split_once('\n').unwrap();
        let (_, rest) = rest.split_once("```\n").unwrap();
        let file = fs::read_to_string(workspace().join(name)).unwrap();
        write!(written, "{FILE}{name} -->\n{fence}\n{file}```\n{rest}").unwrap();
    }
    written
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn written() -> String {
    let user_pools = table(&operations().collect::<Vec<_>>());
    let identity_pools = table(&identity_pool_operations().collect::<Vec<_>>());
    format!("{user_pools}\n### Operations of identity pools\n\n{identity_pools}")
}

fn table(operations: &[(&str, Support)]) -> String {
    let count = |wanted| operations.iter().filter(|(_, support)| *support == wanted).count();
    let [strict, stored, missing] = [Support::Strict, Support::Stored, Support::Missing].map(count);
    let mut table = format!(
        "Of {} operations {strict} are strict, {stored} stored and {missing} missing.\n\n\
         | operation | support |\n| --- | --- |\n",
        operations.len()
    );
    for (name, support) in operations {
        let level = match support {
            Support::Strict => "strict",
            Support::Stored => "stored",
            _ => "missing",
        };
        writeln!(table, "| {name} | {level} |").unwrap();
    }
    table
}
