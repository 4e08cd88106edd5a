//! Builds the documentation of all crates, and bounds the size of that of the crate `cognito`.

use std::fs;
use std::path::Path;

use crate::run::{self, Outcome};

/// The maximum size of the pages of the crate `cognito`, in bytes.
///
/// More than half are implementations of traits for all types, which rustdoc lists on the page of each
/// type. A type that is exported twice without `no_inline` has two pages.
const LARGEST: u64 = 21_000_000;

pub(crate) fn build() -> Outcome {
    let pages = run::target().join("doc/cognito");
    // rustdoc keeps pages of types that no longer exist. cargo builds the missing ones.
    if pages.exists() {
        fs::remove_dir_all(&pages).map_err(|error| format!("{}: {error}", pages.display()))?;
    }
    let all = ["doc", "--workspace", "--no-deps", "--all-features"];
    run::cargo_with(&[("RUSTDOCFLAGS", "-D warnings")], &all, &[])?;
    let (files, bytes) = size(&pages)?;
    println!("xtask: the documentation of cognito has {files} pages with {bytes} bytes");
    if bytes > LARGEST {
        return Err(format!("the pages of cognito have more than {LARGEST} bytes"));
    }
    Ok(())
}

/// Returns the number and the total size of the pages in a directory.
fn size(directory: &Path) -> Result<(u64, u64), String> {
    let failed = |error| format!("{}: {error}", directory.display());
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let (more, longer) = if path.is_dir() {
            size(&path)?
        } else if path.extension().is_some_and(|extension| extension == "html") {
            (1, path.metadata().map_err(failed)?.len())
        } else {
            (0, 0)
        };
        files += more;
        bytes += longer;
    }
    Ok((files, bytes))
}
