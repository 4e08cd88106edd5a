//! Extracts the Rust blocks of README and guides: a module for each page, and in it a module for
//! each block, named by its line. Line numbers are preserved, so that errors have the line in the
//! page.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The beginnings of items, which are made public so that tests can call them.
const ITEMS: [&str; 7] = ["async fn ", "fn ", "struct ", "enum ", "const ", "static ", "type "];

fn main() -> Outcome<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is missing")?);
    let mut pages = String::new();
    let mut tests = String::new();
    for path in page_files(&root)? {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = page_name(&path);
        let page = Page::parse(&fs::read_to_string(&path)?)
            .map_err(|problem| format!("{}:{problem}", path.display()))?;
        fs::write(out.join(format!("{name}.rs")), &page.code)?;
        writeln!(
            pages,
            "pub mod {name} {{ include!(concat!(env!(\"OUT_DIR\"), \"/{name}.rs\")); }}"
        )?;
        for line in &page.programs {
            let program = format!("crate::pages::{name}::line_{line}::main()");
            writeln!(tests, "#[test] fn {name}_line_{line}() {{ crate::check_exit({program}) }}")?;
        }
    }
    fs::write(out.join("pages.rs"), pages)?;
    fs::write(out.join("programs.rs"), tests)?;
    Ok(())
}

fn page_files(root: &Path) -> Outcome<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={}", root.join("docs").display());
    let mut files = vec![root.join("README.md")];
    for entry in fs::read_dir(root.join("docs"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn page_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.to_lowercase().replace('-', "_")
}

#[derive(Default)]
struct Page {
    code: String,
    /// The lines of the blocks with a `main` to run.
    programs: Vec<usize>,
}

impl Page {
    fn parse(text: &str) -> Outcome<Self> {
        let mut page = Self::default();
        let mut block: Option<Block> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let line = match block.as_mut() {
                Some(open) if line.starts_with("```") => {
                    let end = page.close(open);
                    block = None;
                    end
                }
                Some(open) => open.line(line),
                None => match line.strip_prefix("```") {
                    Some(words) => {
                        let open = Block::open(number, words)?;
                        let start = open.start();
                        block = Some(open);
                        start
                    }
                    None => String::new(),
                },
            };
            writeln!(page.code, "{line}")?;
        }
        block.map_or(Ok(page), |open| Err(format!("{}: no end of the block", open.number).into()))
    }

    fn close(&mut self, block: &Block) -> String {
        if !block.is_rust {
            return String::new();
        }
        if block.has_main && block.runs {
            self.programs.push(block.number);
        }
        format!("}} #[allow(unused_imports)] pub use line_{}::*;", block.number)
    }
}

struct Block {
    number: usize,
    is_rust: bool,
    runs: bool,
    /// The condition of `main`.
    condition: &'static str,
    has_main: bool,
}

impl Block {
    fn open(number: usize, words: &str) -> Outcome<Self> {
        let mut words = words.split(',');
        let is_rust = words.next() == Some("rust");
        let mut block = Self { number, is_rust, runs: true, condition: "", has_main: false };
        for word in words {
            match word {
                "no_run" => block.runs = false,
                "aws-config" => block.condition = "#[cfg(feature = \"aws-config\")]",
                _ => return Err(format!("{number}: `{word}` is unknown").into()),
            }
        }
        Ok(block)
    }

    fn start(&self) -> String {
        if !self.is_rust {
            return String::new();
        }
        // Tests must call all code in a block that is run, which the lint `dead_code` checks.
        let allowed = if self.runs { "" } else { "#[allow(dead_code, unused_imports)] " };
        format!("{allowed}pub mod line_{} {{", self.number)
    }

    fn line(&mut self, line: &str) -> String {
        if !self.is_rust {
            return String::new();
        }
        self.has_main |= line.starts_with("fn main(") || line.starts_with("async fn main(");
        if line.starts_with("#[tokio::main") {
            return format!("{} {line}", self.condition);
        }
        let is_item = ITEMS.iter().any(|item| line.starts_with(item));
        if is_item { format!("pub {line}") } else { line.to_owned() }
    }
}
