//! Help texts, manual pages and completions. `COGNITO_UPDATE_SNAPSHOTS=1` writes them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::support::Home;

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name)
}

/// Compares texts by file name with those of a directory, or writes them.
fn compare(kind: &str, texts: &[(String, String)]) {
    let directory = directory(kind);
    if env::var_os("COGNITO_UPDATE_SNAPSHOTS").is_some() {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        texts.iter().for_each(|(name, text)| fs::write(directory.join(name), text).unwrap());
    }
    for (name, text) in texts {
        let known = fs::read_to_string(directory.join(name)).unwrap_or_default();
        assert_eq!(&known, text, "{kind}/{name} differs; COGNITO_UPDATE_SNAPSHOTS=1 writes it");
    }
    let files = fs::read_dir(&directory).unwrap().flatten();
    let files: BTreeSet<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
    let names = texts.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(files, names, "files of commands that do not exist");
}

/// Returns the commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    let names = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    // The emulator's help is its own.
    let is_own = |name: &&str| !["", "help", "emulator"].contains(name);
    names.filter(is_own).map(str::to_owned).collect()
}

#[test]
fn help_texts_are_as_reviewed() {
    let home = Home::new();
    let (mut open, mut texts) = (vec![Vec::<String>::new()], Vec::new());
    while let Some(path) = open.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = home.run(&arguments).succeeded().stdout;
        open.extend(listed(&help).into_iter().map(|name| [&path[..], &[name]].concat()));
        texts.push((
            format!("{}.txt", [&["cognito".to_owned()], &path[..]].concat().join("-")),
            help,
        ));
    }
    assert!(texts.len() > 12, "{}", texts.len());
    compare("help", &texts);
}

#[test]
fn manual_pages_are_as_reviewed() {
    let home = Home::new();
    let pages = home.path().join("man");
    fs::create_dir(&pages).unwrap();
    home.run(&["man", &pages.display().to_string()]).succeeded();
    let pages = fs::read_dir(pages).unwrap().flatten();
    let page = |file: fs::DirEntry| {
        (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())
    };
    compare("man", &pages.map(page).collect::<Vec<_>>());
    home.run(&["man", "/nonexistent/directory"]).failed(1, "cannot be written to");
}

#[test]
fn completions_name_the_commands() {
    let home = Home::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = home.run(&["completions", shell]).succeeded().stdout;
        assert!(script.contains("whoami") && script.contains("aws-credentials"), "{shell}");
    }
}
