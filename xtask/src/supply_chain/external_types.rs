//! Comparison of the types of other crates in the public API with a checked-in list. A new major version of
//! such a crate requires a new major version of ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::run::{self, Outcome};

/// The published crates, except the facade, which re-exports their types.
const CRATES: [&str; 7] = [
    "cognito-srp",
    "cognito-types",
    "cognito-tokens",
    "cognito-core",
    "cognito-http",
    "cognito-emulator",
    "cognito-bulk",
];

const HEAD: &str = "\
# Types of other crates in the public interface, by crate. `cargo xtask supply-chain` compares this
# list, and `cargo xtask supply-chain --write` writes it. A new major version of one of these crates
# is a new major version of ours.
";

pub(super) fn check() -> Outcome {
    let written = run::read(list())?;
    let rendered = render()?;
    let (written, found) = (lines(&written), lines(&rendered));
    let new = found.difference(&written).map(|line| format!("new: {line}"));
    let gone = written.difference(&found).map(|line| format!("gone: {line}"));
    let differences: Vec<_> = new.chain(gone).collect();
    if !differences.is_empty() {
        return Err(format!(
            "types of other crates in the public interface have changed; keep them out, or run \
             `cargo xtask supply-chain --write`:\n  {}",
            differences.join("\n  ")
        ));
    }
    println!("xtask: {} types of other crates are in the public interface, as listed", found.len());
    Ok(())
}

pub(super) fn write() -> Outcome {
    let path = list();
    fs::write(&path, render()?).map_err(|error| format!("{}: {error}", path.display()))
}

fn list() -> PathBuf {
    run::root().join("xtask/external-types.txt")
}

fn lines(list: &str) -> BTreeSet<&str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
}

fn render() -> Result<String, String> {
    let mut list = HEAD.to_owned();
    for krate in CRATES {
        let types = external_types(&documented(krate)?);
        list.extend(types.into_iter().map(|name| format!("{krate}: {name}\n")));
    }
    Ok(list)
}

/// Returns the documentation of a crate as JSON, which needs unstable compiler options. It uses a separate
/// target directory, because build scripts that detect such a compiler would run again for every other job.
fn documented(krate: &str) -> Result<Value, String> {
    let target = run::target().join("rustdoc-json");
    let directory = target.display().to_string();
    let environment = [
        ("RUSTC_BOOTSTRAP", "1"),
        ("RUSTDOCFLAGS", "-Z unstable-options --output-format json"),
        ("CARGO_TARGET_DIR", &*directory),
    ];
    let doc = ["doc", "--quiet", "--no-deps", "--lib", "--all-features", "-p", krate];
    run::cargo_with(&environment, &doc, &[])?;
    let path = target.join("doc").join(format!("{}.json", krate.replace('-', "_")));
    serde_json::from_str(&run::read(&path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns the paths of types that belong neither to the standard library nor to this workspace.
fn external_types(documentation: &Value) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let items = documentation["index"].as_object().into_iter().flat_map(|index| index.values());
    for item in items.filter(|item| item["crate_id"] == 0) {
        collect(&item["inner"], &mut ids);
    }
    let external = ids.iter().filter_map(|id| {
        let path = &documentation["paths"][id];
        let krate = path["crate_id"].as_u64().filter(|number| *number != 0)?;
        let name = documentation["external_crates"][krate.to_string()]["name"].as_str()?;
        // zerocopy implements its traits for all types.
        let is_ours =
            ["alloc", "core", "std", "zerocopy"].contains(&name) || name.starts_with("cognito");
        let parts = path["path"].as_array()?.iter().filter_map(Value::as_str);
        (!is_ours).then(|| parts.collect::<Vec<_>>().join("::"))
    });
    external.collect()
}

/// Collects the ids of the types in a signature.
fn collect(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let id = members.get("resolved_path").map(|path| &path["id"]);
            ids.extend(id.and_then(Value::as_u64).map(|id| id.to_string()));
            members.values().for_each(|value| collect(value, ids));
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_types_of_other_crates_are_listed() {
        let path = |id: u64| json!({ "resolved_path": { "id": id, "args": {} } });
        let documentation = json!({
            "index": {
                "1": { "crate_id": 0, "inner": { "function": { "output": path(7), "inputs": [path(8), path(9)] } } },
                "2": { "crate_id": 3, "inner": { "function": { "output": path(10) } } },
            },
            "paths": {
                "7": { "crate_id": 1, "path": ["bytes", "Bytes"] },
                "8": { "crate_id": 0, "path": ["own", "Type"] },
                "9": { "crate_id": 2, "path": ["std", "string", "String"] },
                "10": { "crate_id": 1, "path": ["bytes", "Buf"] },
            },
            "external_crates": { "1": { "name": "bytes" }, "2": { "name": "std" } },
        });
        assert_eq!(
            external_types(&documentation).into_iter().collect::<Vec<_>>(),
            ["bytes::Bytes"]
        );
    }
}
