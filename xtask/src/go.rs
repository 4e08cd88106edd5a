//! Go with the packages of Debian.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run;

/// Returns a command that finds packages in `src` of a directory, then those of Debian.
pub(crate) fn command(directory: &Path) -> Command {
    let mut path = directory.as_os_str().to_owned();
    path.push(":/usr/share/gocode");
    let mut go = Command::new("go");
    go.env("GO111MODULE", "off").env("GOFLAGS", "").env("GOPATH", path);
    go.env("GOCACHE", run::target().join("interop/go/cache"));
    go
}

/// Builds a program of `tests/interop`, and returns its path.
pub(crate) fn build(name: &str) -> Result<PathBuf, String> {
    let directory = run::target().join("interop/go");
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let program = directory.join(name);
    let source = Path::new("tests/interop").join(name).with_extension("go");
    let mut build = command(&directory);
    build.arg("build").arg("-o").arg(&program).arg(run::root().join(source));
    run::run(&mut build)?;
    Ok(program)
}
