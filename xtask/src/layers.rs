//! Checks that imports between the layers of the emulator only point downwards, and that dependency cycles
//! of files in the emulator and in cognito-core stay small.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::source::{Mention, Source};
use crate::run::{self, Outcome};

const ROOT: &str = "crates/cognito-emulator/src";

const CORE: &str = "crates/cognito-core/src";

/// The layers from the lowest to the highest. A file may import from its own layer and from lower ones.
const LAYERS: [&str; 5] = ["model", "state", "flows", "operations", "adapters"];

/// The maximum number of files in a dependency cycle.
const LARGEST_CYCLE: usize = 5;

pub(crate) fn check() -> Outcome {
    let sources = read(ROOT)?;
    let mut problems: Vec<String> = sources.iter().flat_map(Source::problems).collect();
    problems.extend(cycles(&sources));
    problems.extend(cycles(&read(CORE)?));
    if problems.is_empty() {
        println!("xtask: imports of the emulator point downwards only, and no cycle is large");
        return Ok(());
    }
    Err(problems.join("\nxtask: "))
}

impl Source {
    fn layer(&self) -> Option<usize> {
        self.module.first().and_then(|name| layer(name))
    }

    /// Returns the violations in the file.
    fn problems(&self) -> Vec<String> {
        [self.upward(), self.hidden()].concat()
    }

    /// Returns the paths in the file that name a higher layer. A path to the root of the crate counts as
    /// one, because the root re-exports every layer.
    fn upward(&self) -> Vec<String> {
        let Some(own) = self.layer() else { return Vec::new() };
        let above = |mention: &&Mention| {
            let named = mention.path.first().and_then(|name| layer(name));
            named.unwrap_or(LAYERS.len() - 1) > own
        };
        let line = |mention: &Mention| format!("{} is in a higher layer", self.at(mention));
        self.mentions.iter().filter(above).map(line).collect()
    }

    /// Returns the `impl` blocks in a file above `state` for types of other modules. Their callers would
    /// depend on the file without an import of it.
    fn hidden(&self) -> Vec<String> {
        if self.layer() <= layer("state") {
            return Vec::new();
        }
        let imported = |(name, _): &&(String, usize)| {
            let is_it = |mention: &&Mention| mention.path.last() == Some(name);
            let foreign = |mention: &Mention| {
                let (_, module) = mention.path.split_last().unzip();
                !self.module.starts_with(module.unwrap_or_default())
            };
            self.mentions.iter().find(is_it).is_some_and(foreign)
        };
        let line = |(name, line): &(String, usize)| {
            format!("{ROOT}/{}:{line}: impl {name} is not in the module of {name}", self.file)
        };
        self.methods.iter().filter(imported).map(line).collect()
    }

    fn at(&self, mention: &Mention) -> String {
        format!("{}/{}:{}: {}", self.root, self.file, mention.line, mention.path.join("::"))
    }
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == name)
}

/// Returns the cycles with too many files, each with the paths between its files.
fn cycles(sources: &[Source]) -> Vec<String> {
    let modules: BTreeMap<&[String], usize> =
        sources.iter().enumerate().map(|(index, source)| (&*source.module, index)).collect();
    let target = |mention: &Mention| {
        let mut parts = (1..=mention.path.len()).rev();
        parts.find_map(|length| modules.get(&mention.path[..length])).copied()
    };
    let edges: Vec<BTreeSet<usize>> =
        sources.iter().map(|source| source.mentions.iter().filter_map(target).collect()).collect();
    let reach: Vec<BTreeSet<usize>> = (0..edges.len()).map(|from| reached(&edges, from)).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (file, reached) in reach.iter().enumerate() {
        let cycle: Vec<usize> =
            reached.iter().copied().filter(|other| reach[*other].contains(&file)).collect();
        if cycle.len() <= LARGEST_CYCLE || !seen.insert(cycle.clone()) {
            continue;
        }
        found.push(format!("{} files import each other:", cycle.len()));
        for source in cycle.iter().map(|index| &sources[*index]) {
            let inside = |mention: &&Mention| target(mention).is_some_and(|to| cycle.contains(&to));
            found.extend(source.mentions.iter().filter(inside).map(|mention| source.at(mention)));
        }
    }
    found
}

/// Returns the direct and transitive imports of a file.
fn reached(edges: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        open.extend(edges[file].iter().filter(|next| reached.insert(**next)));
    }
    reached
}

/// Parses the files of a crate, except modules that are compiled for tests only.
fn read(folder: &'static str) -> Result<Vec<Source>, String> {
    let root = run::root().join(folder);
    let mut files = Vec::new();
    list(&root, &mut files)?;
    let mut sources = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        sources.push(Source { root: folder, ..Source::parse(name, &text) });
    }
    let tests: BTreeSet<Vec<String>> =
        sources.iter().flat_map(|source| source.test_modules.iter().cloned()).collect();
    sources.retain(|source| !tests.iter().any(|module| source.module.starts_with(module)));
    Ok(sources)
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    let failed = |error| format!("cannot list {}: {error}", directory.display());
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(files: &[(&str, &str)]) -> Vec<Source> {
        files.iter().map(|(name, text)| Source::parse((*name).to_owned(), text)).collect()
    }

    #[test]
    fn a_path_to_a_higher_layer_is_reported_with_its_line() {
        let text = "use crate::model::Shape;\nuse crate::flows::{step::Step, service};\n";
        let [source] = &parse(&[("state/pool.rs", text)])[..] else { unreachable!() };
        let expected = |path| format!("{ROOT}/state/pool.rs:2: {path} is in a higher layer");
        assert_eq!(source.upward(), [expected("flows::step::Step"), expected("flows::service")]);
    }

    #[test]
    fn methods_on_an_imported_type_are_reported_above_the_state() {
        let text = "use crate::flows::step::Step;\nimpl Step<'_> {}\nstruct Own;\nimpl Own {}";
        let files = [("flows/a.rs", text), ("state/b.rs", text), ("flows/step/c.rs", text)];
        let hidden: Vec<_> = parse(&files).iter().map(Source::hidden).collect();
        let expected = format!("{ROOT}/flows/a.rs:2: impl Step is not in the module of Step");
        assert_eq!(hidden, [vec![expected], vec![], vec![]]);
    }

    #[test]
    fn a_path_to_the_root_is_reported_below_the_highest_layer() {
        let files =
            [("flows/a.rs", "use crate::Emulator;"), ("adapters/b.rs", "use crate::Fault;")];
        let upward: Vec<usize> = parse(&files).iter().map(|file| file.upward().len()).collect();
        assert_eq!(upward, [1, 0]);
    }

    #[test]
    fn a_cycle_of_more_than_five_files_is_reported() {
        let ring = |length: usize| {
            let file = |index: usize| {
                let text = format!("use super::f{}::X;", (index + 1) % length);
                Source::parse(format!("flows/f{index}.rs"), &text)
            };
            (0..length).map(file).collect::<Vec<_>>()
        };
        assert!(cycles(&ring(5)).is_empty());
        let reported = cycles(&ring(6));
        assert_eq!(reported[0], "6 files import each other:");
        assert_eq!(reported[6], format!("{ROOT}/flows/f5.rs:1: flows::f0::X"));
    }

    #[test]
    fn declaring_a_module_is_not_an_import() {
        let parent = "mod a;\nmod b;\nmod c;\nmod d;\nmod e;\npub(crate) use self::a::A;";
        let mut files = vec![("flows/p.rs", parent)];
        let children = ["flows/p/a.rs", "flows/p/b.rs", "flows/p/c.rs", "flows/p/d.rs"];
        files.extend(children.map(|name| (name, "use super::A;")));
        files.push(("flows/p/e.rs", "use crate::flows::p::A;"));
        assert!(cycles(&parse(&files)).is_empty());
    }
}
