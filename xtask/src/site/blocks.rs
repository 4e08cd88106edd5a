//! Blocks of Rust in README and guides, each pasted into an empty project with the dependencies that its
//! page states.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::commands::{self, Commands};
use crate::run::{self, Outcome};

/// The crate that every page with a block uses.
const FACADE: &str = "cognito";

/// Compiles the blocks of all pages in one build with the features of all pages, or with [`Commands::All`]
/// each page with only the features that it states.
pub(crate) fn check(commands: Commands) -> Outcome {
    let texts = commands::pages()?;
    let pages = texts.iter().map(|(path, text)| Page::parse(path, text));
    let mut pages = pages.collect::<Result<Vec<Page>, String>>()?;
    pages.retain(|page| !page.blocks.is_empty());
    let is_stated = |page: &&Page| page.dependencies.contains_key(FACADE);
    if let Some(page) = pages.iter().find(|page| !is_stated(page)) {
        return Err(format!("{} states no dependency on {FACADE}", page.path));
    }
    let project = write_project(&pages).map_err(|error| error.to_string())?;
    let packages = pages.iter().map(|page| format!("--package={}", page.name));
    let selections = match commands {
        Commands::Fast => vec!["--workspace".to_owned()],
        Commands::All => packages.collect(),
    };
    selections.iter().try_for_each(|selection| compile(&project, selection))?;
    let blocks: usize = pages.iter().map(|page| page.blocks.len()).sum();
    println!("xtask: {blocks} blocks of {} pages compile in an empty project", pages.len());
    Ok(())
}

fn compile(project: &Path, selection: &str) -> Outcome {
    println!("xtask: cargo check {selection} in {}", project.display());
    let mut cargo = Command::new(run::cargo_program());
    cargo.args(["check", "--quiet", selection]).current_dir(project);
    run::run(cargo.env("CARGO_TARGET_DIR", run::target()))
}

/// A page, its blocks and its dependencies.
struct Page {
    path: String,
    /// The name of its package.
    name: String,
    blocks: Vec<Block>,
    dependencies: BTreeMap<String, Dependency>,
}

/// A block of code and the line of its fence.
struct Block {
    line: usize,
    text: String,
}

/// The sections of a manifest that a page shows.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Manifest {
    #[serde(default)]
    dependencies: BTreeMap<String, Stated>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Stated>,
}

/// A dependency in a manifest.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stated {
    Version(String),
    Table(Dependency),
}

/// A dependency as a page states it.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
struct Dependency {
    version: String,
    #[serde(default = "with_default_features")]
    default_features: bool,
    #[serde(default)]
    features: Vec<String>,
}

fn with_default_features() -> bool {
    true
}

impl Page {
    fn parse(path: &str, text: &str) -> Result<Self, String> {
        let stem = path.trim_start_matches("docs/").trim_end_matches(".md").to_lowercase();
        let mut page = Self {
            path: path.to_owned(),
            name: format!("page-{stem}"),
            blocks: Vec::new(),
            dependencies: BTreeMap::new(),
        };
        for (language, block) in fenced(text) {
            match language.split(',').next() {
                Some("rust") => page.blocks.push(block),
                Some("toml") => {
                    let manifest: Manifest = toml::from_str(&block.text)
                        .map_err(|error| format!("{path}:{}: {error}", block.line))?;
                    let Manifest { dependencies, dev_dependencies } = manifest;
                    let stated = dependencies.into_iter().chain(dev_dependencies);
                    stated.for_each(|(name, it)| page.add(&name, it.into()));
                }
                Some("sh") => of_commands(&block.text).for_each(|(name, it)| page.add(name, it)),
                _ => {}
            }
        }
        Ok(page)
    }

    /// Adds a dependency. Features that a page states several times add up, as with `cargo add`.
    fn add(&mut self, name: &str, stated: Dependency) {
        let Some(dependency) = self.dependencies.get_mut(name) else {
            self.dependencies.insert(name.to_owned(), stated);
            return;
        };
        dependency.default_features &= stated.default_features;
        dependency.features.extend(stated.features);
    }

    fn manifest(&self) -> String {
        let head = format!("[package]\nname = {:?}\nedition = \"2024\"\n", self.name);
        let lints = "[lints.rust]\nunused = \"allow\"\n[dependencies]\n";
        let dependencies = self.dependencies.iter().map(|(name, dependency)| {
            let Dependency { version, default_features, features } = dependency;
            let ours = run::root().join("crates").join(name);
            let path = if ours.is_dir() { format!("path = {ours:?}, ") } else { String::new() };
            format!(
                "{name} = {{ {path}version = {version:?}, default-features = {default_features}, \
                 features = {features:?} }}\n"
            )
        });
        [head, lints.to_owned()].into_iter().chain(dependencies).collect()
    }
}

impl Block {
    /// Returns the block as a program whose line numbers are those of the page. A block without `main` gets
    /// an empty one.
    fn program(&self) -> String {
        let is_main =
            |line: &str| line.strip_prefix("async ").unwrap_or(line).starts_with("fn main(");
        let end = if self.text.lines().any(is_main) { "" } else { "\nfn main() {}\n" };
        format!("{}{}{end}", "\n".repeat(self.line), self.text)
    }
}

/// Returns the words after each fence, and the block.
fn fenced(text: &str) -> Vec<(&str, Block)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Block)> = None;
    for (line, content) in (1..).zip(text.lines()) {
        match (content.strip_prefix("```"), &mut open) {
            (Some(words), None) => open = Some((words, Block { line, text: String::new() })),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, block))) => block.text.extend([content, "\n"]),
            (None, None) => {}
        }
    }
    blocks
}

impl From<Stated> for Dependency {
    fn from(stated: Stated) -> Self {
        match stated {
            Stated::Version(version) => {
                Self { version, default_features: true, features: Vec::new() }
            }
            Stated::Table(dependency) => dependency,
        }
    }
}

/// Returns the dependencies that `cargo add` commands add.
fn of_commands(text: &str) -> impl Iterator<Item = (&str, Dependency)> {
    text.lines().filter_map(|line| {
        let words: Vec<&str> = line.strip_prefix("cargo add ")?.split_whitespace().collect();
        let (name, options) = words.split_first()?;
        let at = options.iter().position(|option| *option == "--features");
        let features = at.and_then(|at| options.get(at + 1)).map(|names| names.split(','));
        Some((
            *name,
            Dependency {
                version: "*".to_owned(),
                default_features: !options.contains(&"--no-default-features"),
                features: features.into_iter().flatten().map(str::to_owned).collect(),
            },
        ))
    })
}

/// Writes a workspace with a package for each page, and returns its directory. It uses the versions and
/// profiles of this repository, so that cargo can reuse builds of the tests.
fn write_project(pages: &[Page]) -> std::io::Result<PathBuf> {
    let project = run::target().join("pasted");
    super::remove(&project)?;
    fs::create_dir_all(&project)?;
    let root = fs::read_to_string(run::root().join("Cargo.toml"))?;
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"page-*\"]\n\n";
    fs::write(project.join("Cargo.toml"), manifest.to_owned() + profile(&root))?;
    fs::copy(run::root().join("Cargo.lock"), project.join("Cargo.lock"))?;
    for page in pages {
        let package = project.join(&page.name);
        fs::create_dir_all(package.join("src/bin"))?;
        fs::write(package.join("Cargo.toml"), page.manifest())?;
        for block in &page.blocks {
            let program = format!("src/bin/{}-line-{}.rs", page.name, block.line);
            fs::write(package.join(program), block.program())?;
        }
    }
    Ok(project)
}

/// Returns the sections of the profile of debug builds.
fn profile(manifest: &str) -> &str {
    let start = manifest.find("[profile.dev]").unwrap_or(manifest.len());
    let rest = manifest.get(start..).unwrap_or_default();
    rest.split("[profile.release]").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A\n```toml\n[dependencies]\ncognito = { version = \"0.1\", features = [\"m2m\"] }\n\
         serde_json = \"1\"\n[profile.dev]\ndebug = false\n```\n```sh\ncargo add cognito --no-default-features \
         --features qr,tower\nls\n```\n```rust,no_run\nfn a() {}\n```\n```rs\nno\n```\n```rust\nasync fn main() {}\n```\n";

    #[test]
    fn statements_of_a_page_add_up() {
        let page = Page::parse("docs/A-b.md", PAGE).unwrap();
        assert_eq!(page.name, "page-a-b");
        let names: Vec<&str> = page.dependencies.keys().map(String::as_str).collect();
        assert_eq!(names, ["cognito", "serde_json"]);
        let features = ["m2m", "qr", "tower"].map(str::to_owned).to_vec();
        let facade = Dependency { version: "0.1".to_owned(), default_features: false, features };
        assert_eq!(page.dependencies[FACADE], facade);
        let manifest = page.manifest();
        let json = "serde_json = { version = \"1\", default-features = true, features = [] }\n";
        assert!(manifest.ends_with(json), "{manifest}");
        assert!(manifest.contains("cognito = { path = \""), "{manifest}");
    }

    #[test]
    fn invalid_manifest_of_a_page_is_an_error() {
        let page = Page::parse("README.md", "\n```toml\n[dependencies]\ncognito\n```\n");
        assert!(page.err().unwrap().starts_with("README.md:2: "));
    }

    #[test]
    fn blocks_are_programs_with_the_lines_of_the_page() {
        let page = Page::parse("README.md", PAGE).unwrap();
        let programs: Vec<String> = page.blocks.iter().map(Block::program).collect();
        let line = |text: &str, at: usize| text.lines().nth(at - 1).map(str::to_owned);
        assert_eq!(programs.len(), 2);
        assert_eq!(line(&programs[0], 14).as_deref(), Some("fn a() {}"));
        assert!(programs[0].ends_with("\nfn main() {}\n"));
        assert!(programs[1].ends_with("\nasync fn main() {}\n"));
        assert_eq!(programs[1].matches("fn main").count(), 1);
    }

    #[test]
    fn only_the_profile_of_debug_builds_is_copied() {
        let manifest =
            "[workspace]\n[profile.dev]\na\n[profile.dev.package.b]\n[profile.release]\nc\n";
        assert_eq!(profile(manifest), "[profile.dev]\na\n[profile.dev.package.b]\n");
        assert_eq!(profile("[workspace]\n"), "");
    }
}
