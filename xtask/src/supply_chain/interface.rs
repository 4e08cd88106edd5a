//! Comparison of the public API with the baseline, the commit a96f8ee: each breaking change is listed with its
//! reason.
//!
//! It compares names: the paths of the facade, and the methods, variants and fields of public types. It does
//! not compare signatures, because compiler errors show their changes to callers; a missing name needs an
//! explanation.

mod scan;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{self, Outcome};

const HEAD: &str = "\
# The public interface of the commit a96f8ee: paths of the facade, and members of public types.
# `cargo xtask supply-chain --baseline DIRECTORY` writes it from a checkout of that commit.
";

pub(super) fn check() -> Outcome {
    let (baseline, breaks) =
        (run::read(file("interface-baseline.txt"))?, run::read(file("interface-breaks.txt"))?);
    let baseline: BTreeSet<&str> = items(&baseline).collect();
    let now = scan::interface(&run::root())?;
    let broken = baseline.iter().copied().filter(|item| !now.contains(*item)).collect();
    let problems = problems(&broken, &breaks);
    if !problems.is_empty() {
        return Err(format!(
            "the breaking changes of the public API since a96f8ee differ from \
             xtask/interface-breaks.txt:\n  {}",
            problems.join("\n  ")
        ));
    }
    let (kept, gone) = (baseline.len() - broken.len(), broken.len());
    println!("xtask: {kept} public names of a96f8ee still exist, {gone} are listed as removed");
    Ok(())
}

/// Writes the public API of a checkout as the baseline.
pub(super) fn write_baseline(checkout: &Path) -> Outcome {
    let mut text = HEAD.to_owned();
    text.extend(scan::interface(checkout)?.into_iter().map(|item| item + "\n"));
    let path = file("interface-baseline.txt");
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Compares breaking changes with a list, in which a line that begins with `=` is the reason for the lines
/// below it.
fn problems(broken: &BTreeSet<&str>, list: &str) -> Vec<String> {
    let (mut explained, mut reason, mut problems) = (BTreeSet::new(), "", Vec::new());
    for line in items(list) {
        match line.strip_prefix('=') {
            Some(text) => reason = text.trim(),
            None if reason.is_empty() => problems.push(format!("no reason: {line}")),
            None if !explained.insert(line) => problems.push(format!("duplicate: {line}")),
            None => {}
        }
    }
    problems.extend(broken.difference(&explained).map(|item| format!("not listed: {item}")));
    problems.extend(explained.difference(broken).map(|item| format!("still exists: {item}")));
    problems
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn file(name: &str) -> PathBuf {
    run::root().join("xtask").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_break_is_listed_once_with_a_reason() {
        let broken = BTreeSet::from(["Session::renew", "Served"]);
        let list = "# head\n= `refresh` is the word of the service\nSession::renew\n";
        assert_eq!(problems(&broken, list), ["not listed: Served"]);
        let whole = format!("{list}= it is an event now\nServed\n");
        assert!(problems(&broken, &whole).is_empty());
        let wrong = format!("Error::session\n{whole}Served\nFault\n");
        let expected = ["no reason: Error::session", "duplicate: Served"];
        assert_eq!(problems(&broken, &wrong)[..2], expected);
        assert_eq!(problems(&broken, &wrong)[2..], ["still exists: Fault"]);
    }
}
