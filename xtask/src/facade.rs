//! Checks of the facade: it re-exports everything that its layers export, the paths in their examples
//! exist, and no two crates have a public type of the same name.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{self, Outcome, read};
use crate::tables::sources;

/// The crates whose public items the facade re-exports one by one.
const LAYERS: [&str; 6] = [
    "cognito-bulk",
    "cognito-core",
    "cognito-emulator",
    "cognito-http",
    "cognito-tokens",
    "cognito-types",
];

/// The layers that are modules of the facade as a whole.
const MODULES: [&str; 3] = ["bulk", "emulator", "http"];

/// All crates that define public types.
const CRATES: [&str; 7] = [
    "cognito-bulk",
    "cognito-core",
    "cognito-emulator",
    "cognito-http",
    "cognito-srp",
    "cognito-tokens",
    "cognito-types",
];

const FACADE: &str = "crates/cognito/src/lib.rs";

pub(crate) fn check() -> Outcome {
    let exported = paths(&with_modules(&read(FACADE)?)?).into_iter().collect();
    let mut problems = Vec::new();
    for krate in LAYERS {
        let module = krate.replace("cognito-", "");
        let own = layer(&module)?;
        let names = names_for(&module, &exported);
        let lacking = own.iter().filter(|name| !names.contains(last(name)));
        problems
            .extend(lacking.map(|name| format!("{FACADE} does not re-export {krate}'s {name}")));
        for source in sources(&format!("crates/{krate}/src"))? {
            let unknown =
                examples(&read(&source)?).into_iter().filter(|path| !is_in(path, &exported));
            problems
                .extend(unknown.map(|path| format!("{source}: cognito::{path} does not exist")));
        }
    }
    problems.extend(shared_names()?);
    if problems.is_empty() {
        println!("xtask: the facade re-exports all exports of its layers");
        return Ok(());
    }
    Err(problems.join("\nxtask: "))
}

/// Returns the names that may stand for the exports of a crate. Those of a crate with a module are in the
/// module, because another crate may have an item of the same name.
fn names_for<'a>(module: &str, exported: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let of_module = |path: &str| path.split_once("::").is_some_and(|(first, _)| first == module);
    let paths = exported.iter().map(String::as_str);
    paths.filter(|path| !MODULES.contains(&module) || of_module(path)).map(last).collect()
}

/// Returns the paths that the crate behind a module of the facade exports.
fn layer(module: &str) -> Result<Vec<String>, String> {
    Ok(paths(&read(format!("crates/cognito-{module}/src/lib.rs"))?))
}

/// Returns a problem for each name that public types of two crates share.
fn shared_names() -> Result<Vec<String>, String> {
    let (mut owners, mut problems) = (BTreeMap::new(), Vec::new());
    for krate in CRATES {
        for name in own_types(&read(format!("crates/{krate}/src/lib.rs"))?) {
            if let Some(other) = owners.insert(name.clone(), krate) {
                problems.push(format!("{other} and {krate} both have a public type {name}"));
            }
        }
    }
    Ok(problems)
}

/// Returns the types that a crate's root exports, without re-exports of other crates.
fn own_types(root: &str) -> BTreeSet<String> {
    let trees = root.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let own = trees.filter(|tree| !tree.starts_with("cognito_"));
    let is_type =
        |name: &&str| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
    own.flat_map(leaves).filter(is_type).map(str::to_owned).collect()
}

/// Returns the paths of the items that a crate's root exports.
fn paths(root: &str) -> Vec<String> {
    let (mut module, mut hidden, mut found) = ("", false, Vec::new());
    let mut rest = root;
    while let Some(line) = rest.lines().next() {
        let statement = line.trim_start();
        let mut length = line.len();
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(" {")) {
            module = name;
        } else if line == "}" {
            module = "";
        } else if statement.starts_with("pub use ") {
            length = rest.find(';').unwrap_or(rest.len());
            let tree = rest[..length].trim_start().trim_start_matches("pub use ");
            let names = leaves(tree).into_iter().filter(|_| !hidden);
            let prefix = if module.is_empty() { String::new() } else { format!("{module}::") };
            found.extend(names.map(|name| format!("{prefix}{name}")));
        }
        hidden = statement.starts_with("#[doc(hidden)]");
        rest = rest[length..].trim_start_matches(';').trim_start_matches('\n');
    }
    found
}

/// Returns the text of the facade, including modules in separate files.
fn with_modules(root: &str) -> Result<String, String> {
    let mut whole = String::new();
    for line in root.lines() {
        let name = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';'));
        let path = name.map(|name| FACADE.replace("lib.rs", &format!("{name}.rs")));
        match name.zip(path.filter(|path| run::root().join(path).is_file())) {
            Some((name, path)) => {
                whole.push_str(&format!("pub mod {name} {{\n{}\n}}\n", read(&path)?));
            }
            None => whole.push_str(&format!("{line}\n")),
        }
    }
    Ok(whole)
}

/// Returns the names that a `use` tree imports, with their new names after `as`.
fn leaves(tree: &str) -> Vec<&str> {
    let parts = tree.split(['{', '}', ',']).map(str::trim);
    let ends = parts.filter(|part| !part.is_empty() && !part.ends_with("::"));
    ends.map(|end| end.rsplit_once(" as ").map_or_else(|| last(end), |(_, name)| name)).collect()
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Returns the paths below `cognito` that the visible lines of examples import.
fn examples(source: &str) -> Vec<String> {
    let lines = source.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("/// ")
            .or_else(|| line.strip_prefix("//! "))?
            .strip_prefix("use cognito::")
    });
    lines
        .flat_map(|tree| {
            let tree = tree.trim_end_matches(';');
            match tree.split_once('{') {
                Some((prefix, _)) => leaves(tree)
                    .into_iter()
                    .map(|name| format!("{prefix}{name}"))
                    .collect::<Vec<_>>(),
                None => vec![tree.to_owned()],
            }
        })
        .collect()
}

/// Returns whether a path, or an item or module that it goes through, is exported.
fn is_in(path: &str, exported: &BTreeSet<String>) -> bool {
    let ends = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
    ends.into_iter().any(|end| exported.contains(&path[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_read_with_their_modules() {
        let root = "pub use a::{B, c::D};\n#[doc(hidden)]\npub use e::F;\npub mod m {\n    //! M.\n\n    \
                    pub use {\n        x::{G as H},\n        y::I,\n    };\n    pub use z::*;\n}\npub use j;\n";
        assert_eq!(paths(root), ["B", "D", "m::H", "m::I", "m::*", "j"]);
    }

    #[test]
    fn names_of_a_crate_with_a_module_are_those_of_the_module() {
        let exported = BTreeSet::from(["LIMIT".to_owned(), "http::H".to_owned()]);
        assert_eq!(names_for("http", &exported).into_iter().collect::<Vec<_>>(), ["H"]);
        assert_eq!(names_for("core", &exported).into_iter().collect::<Vec<_>>(), ["H", "LIMIT"]);
    }

    #[test]
    fn types_of_other_crates_and_constants_are_not_a_crates_own_types() {
        let root = "pub use a::{Bee, LIMIT, run};\npub use cognito_types::{Clock,\n    Code};\npub mod m {\n    \
                    pub use x::Gnu as Hen;\n}\n";
        assert_eq!(own_types(root).into_iter().collect::<Vec<_>>(), ["Bee", "Hen"]);
    }

    #[test]
    fn paths_of_examples_go_through_what_is_exported() {
        let source = "/// use cognito::m::{H, Missing};\n    /// use cognito::j::k::L;\n/// # use cognito::X;";
        let found = examples(source);
        assert_eq!(found, ["m::H", "m::Missing", "j::k::L"]);
        let exported = BTreeSet::from(["m::H".to_owned(), "j".to_owned()]);
        let known: Vec<bool> = found.iter().map(|path| is_in(path, &exported)).collect();
        assert_eq!(known, [true, false, true]);
    }
}
