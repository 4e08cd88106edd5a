//! The public names of a checkout, parsed from its sources, which rustfmt has formatted.
//!
//! Parsing takes a second, whereas the documentation as JSON would need a compilation of every dependency of
//! both commits. Types with the same name are not distinguished.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::run::read;

/// The facade, whose paths applications import.
const FACADE: &str = "cognito";

/// The program, which exports nothing.
const PROGRAM: &str = "cognito-cli";

/// The kind of item to which the members in the following lines belong.
#[derive(Clone, Copy, PartialEq)]
enum Owner {
    Impl,
    Struct,
    Enum,
    Trait,
}

/// Returns the paths of the facade, and the members of types that the crates export.
pub(super) fn interface(checkout: &Path) -> Result<BTreeSet<String>, String> {
    let crates = checkout.join("crates");
    let (mut exports, mut sources) = (BTreeMap::new(), Vec::new());
    for entry in entries(&crates)? {
        let name = entry.rsplit('/').next().unwrap_or_default().to_owned();
        if name == PROGRAM {
            continue;
        }
        let source = crates.join(&name).join("src");
        collect(&source, &mut sources)?;
        if name != FACADE {
            let root = read(source.join("lib.rs"))?;
            exports.insert(name.replace('-', "_"), exported(&root));
        }
    }
    let types: BTreeSet<&str> = exports.values().flatten().map(String::as_str).collect();
    let mut found = BTreeSet::new();
    sources.iter().for_each(|source| members(source, &types, &mut found));
    let facade = crates.join(FACADE).join("src");
    paths(&facade, &read(facade.join("lib.rs"))?, "", &exports, &mut found)?;
    Ok(found)
}

/// Returns the names that a crate's root exports.
fn exported(root: &str) -> Vec<String> {
    uses(root).flat_map(|(_, tree)| leaves(tree)).map(str::to_owned).collect()
}

/// Adds the paths that the facade exports in a module and in its submodules in separate files.
fn paths(
    directory: &Path,
    text: &str,
    module: &str,
    exports: &BTreeMap<String, Vec<String>>,
    found: &mut BTreeSet<String>,
) -> Result<(), String> {
    for (inner, tree) in uses(text) {
        let inner = if inner.is_empty() { module } else { inner };
        let prefix =
            if inner.is_empty() { FACADE.to_owned() } else { format!("{FACADE}::{inner}") };
        let whole = exports.get(identifier(tree));
        for name in leaves(tree) {
            match whole.filter(|_| name == "*" || !tree.contains("::")) {
                None => drop(found.insert(format!("{prefix}::{name}"))),
                Some(names) => {
                    let path = if name == "*" { &prefix } else { &format!("{prefix}::{name}") };
                    found.extend(names.iter().map(|name| format!("{path}::{name}")));
                }
            }
        }
    }
    let modules = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for name in modules {
        let file = directory.join(format!("{name}.rs"));
        paths(directory, &read(&file)?, name, exports, found)?;
    }
    Ok(())
}

/// Returns the modules and trees of `pub use` items, except hidden ones.
fn uses(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = text.match_indices("pub use ").map(|(at, _)| at);
    let shown = starts.filter(|at| {
        let before = text.get(..*at).unwrap_or_default().trim_end();
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        line != "#[doc(hidden)]"
    });
    shown.filter_map(|at| {
        let (before, rest) = text.split_at(at);
        let tree = rest.strip_prefix("pub use ")?.split(';').next()?;
        let opened = before.rsplit('\n').find(|line| line.starts_with("pub mod ") || *line == "}");
        let module = opened.and_then(|line| line.strip_prefix("pub mod ")?.strip_suffix(" {"));
        Some((module.unwrap_or_default(), tree))
    })
}

/// Returns the names that a `use` tree imports, with their new names after `as`.
fn leaves(tree: &str) -> impl Iterator<Item = &str> {
    let parts = tree.split(['{', '}', ',']).map(str::trim);
    let ends = parts.filter(|part| !part.is_empty() && !part.ends_with("::"));
    ends.map(|end| {
        let name = end.split_once(" as ").map_or(end, |(_, name)| name);
        name.rsplit("::").next().unwrap_or(name)
    })
}

/// Adds the methods, variants and fields of types.
fn members(source: &str, types: &BTreeSet<&str>, found: &mut BTreeSet<String>) {
    let (mut owner, mut hidden) = (None, false);
    for line in source.lines() {
        if line.starts_with("impl") || line.starts_with("pub ") {
            owner = owner_of(line).filter(|(name, _)| types.contains(name));
        } else if line.starts_with('}') {
            owner = None;
        }
        let text = line.trim_start();
        hidden |= text == "#[doc(hidden)]";
        if let Some((name, kind)) = owner
            && let Some(member) = member(line, kind)
            && !hidden
        {
            found.insert(format!("{name}::{member}"));
        }
        hidden &= text.starts_with('#') || text.starts_with("//");
    }
}

fn owner_of(line: &str) -> Option<(&str, Owner)> {
    if let Some(rest) = line.strip_prefix("impl") {
        let name = identifier(without_generics(rest).trim_start());
        return (!line.contains(" for ")).then_some((name, Owner::Impl));
    }
    let (kind, rest) = line.strip_prefix("pub ")?.split_once(' ')?;
    let kind = match kind {
        "struct" => Owner::Struct,
        "enum" => Owner::Enum,
        "trait" => Owner::Trait,
        _ => return None,
    };
    (!line.ends_with(';')).then_some((identifier(rest), kind))
}

/// Returns the name of a member that a line declares.
fn member(line: &str, owner: Owner) -> Option<&str> {
    let text = line.strip_prefix("    ").filter(|text| !text.starts_with(' '))?;
    let declared = match owner {
        Owner::Impl => function(text.strip_prefix("pub ")?)?,
        Owner::Trait => function(text)?,
        Owner::Struct => text.strip_prefix("pub ")?.split_once(':')?.0,
        Owner::Enum => text,
    };
    let name = identifier(declared);
    let is_variant = name.starts_with(|c: char| c.is_ascii_uppercase());
    (!name.is_empty() && (owner != Owner::Enum || is_variant)).then_some(name)
}

/// Returns the text after `fn`.
fn function(text: &str) -> Option<&str> {
    let text = ["const ", "async ", "unsafe "]
        .iter()
        .fold(text, |text, word| text.strip_prefix(word).unwrap_or(text));
    text.strip_prefix("fn ")
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Returns the text after the generic parameters of an `impl`.
fn without_generics(text: &str) -> &str {
    let (mut depth, mut before) = (0_i32, ' ');
    let end = text.char_indices().find(|(_, c)| {
        // The `>` of an arrow does not close a parameter.
        depth += i32::from(*c == '<') - i32::from(*c == '>' && before != '-');
        before = *c;
        depth == 0
    });
    match end {
        Some((at, '>')) => text.get(at + 1..).unwrap_or_default(),
        _ => text,
    }
}

fn collect(directory: &Path, sources: &mut Vec<String>) -> Result<(), String> {
    for entry in entries(directory)? {
        let path = Path::new(&entry);
        if path.is_dir() {
            collect(path, sources)?;
        } else if entry.ends_with(".rs") {
            sources.push(read(path)?);
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> Result<Vec<String>, String> {
    let failed = |error| format!("{}: {error}", directory.display());
    let listed = fs::read_dir(directory).map_err(failed)?.flatten();
    Ok(listed.map(|entry| entry.path().to_string_lossy().replace('\\', "/")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_members_of_exported_types_are_found() {
        let source = "\
pub enum Challenge {
    /// A doc.
    Sms(SmsMfa),
    Custom { name: String },
}
impl<'a, T: Fn() -> bool> Session<'a, T> {
    pub async fn refresh(&self) {}
    #[doc(hidden)]
    pub fn secret(&self) {}
    fn private(&self) {}
}
impl Clone for Session {
    pub fn clone(&self) {}
}
pub struct Session {
    pub id: u8,
    other: u8,
}
";
        let mut found = BTreeSet::new();
        members(source, &BTreeSet::from(["Challenge", "Session"]), &mut found);
        let expected = ["Challenge::Custom", "Challenge::Sms", "Session::id", "Session::refresh"];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn paths_of_the_facade_have_their_module() {
        let exports = BTreeMap::from([
            ("cognito_srp".to_owned(), vec!["Identity".to_owned()]),
            ("cognito_core".to_owned(), vec!["Error".to_owned()]),
        ]);
        let text = "\
pub use cognito_core::*;
pub use cognito_srp as srp;
pub mod verify {
    pub use cognito_tokens::{Verifier, Rules as TokenRules};
    #[doc(hidden)]
    pub use cognito_tokens::Hidden;
}
pub use types::Id;
";
        let mut found = BTreeSet::new();
        paths(Path::new(""), text, "", &exports, &mut found).unwrap();
        let expected = ["Error", "Id", "srp::Identity", "verify::TokenRules", "verify::Verifier"];
        let found: Vec<_> = found.iter().map(|path| path.replacen("cognito::", "", 1)).collect();
        assert_eq!(found, expected);
    }
}
