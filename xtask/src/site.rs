//! The static site of the guides, built by mdBook in `target/site`, and the blocks and commands of the guides.

pub(crate) mod blocks;
pub(crate) mod commands;
mod links;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::commands::Commands;
use crate::run::{self, Outcome};
use crate::supply_chain::tools::Tool;

/// mdBook with the features that the site needs. Without its server, it compiles in half the time.
pub(crate) const MDBOOK: Tool = Tool {
    program: "mdbook",
    version: "0.5.4",
    features: &["--no-default-features", "--features", "search"],
};

/// Pages of the root directory that are chapters.
const ROOT_PAGES: [&str; 7] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "README.md",
    "RELEASING.md",
    "SECURITY.md",
];

/// Directories of `docs` with images of pages.
const IMAGES: [&str; 2] = ["images", "performance"];

/// Compiles the blocks of README and guides, and runs their commands.
pub(crate) fn check(commands: Commands) -> Outcome {
    blocks::check(commands)?;
    commands::check(commands)
}

/// Builds the site and checks its links.
pub(crate) fn build() -> Outcome {
    build_with(MDBOOK.install(), &run::target().join("site"))
}

/// Builds the site. Without mdBook, an earlier site is kept.
fn build_with(mdbook: Result<PathBuf, String>, site: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("{}: {error}", site.display());
    remove(&site.join("src")).map_err(failed)?;
    let pages = write_pages(site).map_err(failed)?;
    check_chapters(&pages)?;
    let mdbook = match mdbook {
        Ok(mdbook) => mdbook,
        Err(reason) => {
            run::skip("the site of the guides", &reason);
            return Ok(());
        }
    };
    remove(&site.join("book")).map_err(failed)?;
    run::run(Command::new(mdbook).arg("build").arg(site))?;
    let problems = links::problems(&site.join("book"))?;
    if !problems.is_empty() {
        return Err(problems.join("\nxtask: "));
    }
    println!("xtask: the site is at {}", site.join("book/index.html").display());
    Ok(())
}

fn remove(directory: &Path) -> std::io::Result<()> {
    if directory.exists() { fs::remove_dir_all(directory) } else { Ok(()) }
}

/// Writes the sources of the book, and returns the names of its pages.
fn write_pages(site: &Path) -> std::io::Result<Vec<String>> {
    let (root, source) = (run::root(), site.join("src"));
    fs::create_dir_all(&source)?;
    for name in ["book.toml", "site.css"] {
        fs::copy(root.join("xtask/site").join(name), site.join(name))?;
    }
    fs::copy(root.join("xtask/site/SUMMARY.md"), source.join("SUMMARY.md"))?;
    let mut pages = Vec::new();
    let guides = files_of(&root.join("docs"))?.into_iter();
    for path in guides.chain(ROOT_PAGES.map(|name| root.join(name))) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            fs::write(source.join(&name), beside_each_other(&fs::read_to_string(&path)?))?;
            pages.push(name);
        }
    }
    for directory in IMAGES {
        let copies = source.join(directory);
        fs::create_dir_all(&copies)?;
        for image in files_of(&root.join("docs").join(directory))? {
            fs::copy(&image, copies.join(image.file_name().unwrap_or_default()))?;
        }
    }
    Ok(pages)
}

fn files_of(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// Rewrites links between the root and `docs` as links between pages of one directory.
fn beside_each_other(text: &str) -> String {
    let text = text.replace("](docs/", "](").replace("]: docs/", "]: ");
    text.replace("](../", "](").replace("]: ../", "]: ")
}

/// Checks that every page is a chapter of SUMMARY.md.
fn check_chapters(pages: &[String]) -> Outcome {
    let summary = run::read("xtask/site/SUMMARY.md")?;
    let is_missing = |page: &&String| !summary.contains(&format!("]({page})"));
    let missing: Vec<&str> = pages.iter().filter(is_missing).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("xtask/site/SUMMARY.md lacks {}", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_mdbook_the_site_is_kept() {
        let site = run::target().join("site-of-tests");
        let page = site.join("book/index.html");
        fs::create_dir_all(site.join("book")).unwrap();
        fs::write(&page, "before").unwrap();
        build_with(Err("it cannot be installed".to_owned()), &site).unwrap();
        assert_eq!(fs::read_to_string(&page).unwrap(), "before");
    }

    #[test]
    fn links_lead_to_pages_of_one_directory() {
        let text = "[a](docs/a.md) [b](../B.md)\n[c]: docs/c.md\n[d]: ../D.md";
        let beside = "[a](a.md) [b](B.md)\n[c]: c.md\n[d]: D.md";
        assert_eq!(beside_each_other(text), beside);
    }
}
