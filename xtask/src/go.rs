//! Go with Debian's packages of libraries.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt::Programs;
use crate::run;

/// The AWS SDK for Go.
pub(crate) const SDK: Programs = Programs {
    names: &[
        "go",
        "/usr/share/gocode/src/github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider",
    ],
    packages: &["golang-go", "golang-github-aws-aws-sdk-go-v2-dev"],
};

/// Returns a `go` command that finds packages in `src` of a directory, and then Debian's packages.
pub(crate) fn command(directory: &Path) -> Command {
    let mut path = directory.as_os_str().to_owned();
    path.push(":/usr/share/gocode");
    let mut go = Command::new("go");
    go.env("GO111MODULE", "off").env("GOFLAGS", "").env("GOPATH", path);
    go.env("GOCACHE", run::target().join("interop/go/cache"));
    go
}

/// Builds a program of `tests/interop` from the files whose names begin with its name and from the shared
/// file `steps.go`, and returns its path.
pub(crate) fn build(name: &str) -> Result<PathBuf, String> {
    let directory = run::target().join("interop/go");
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let program = directory.join(name);
    let mut build = command(&directory);
    run::run(build.arg("build").arg("-o").arg(&program).args(sources(name)?))?;
    Ok(program)
}

fn sources(name: &str) -> Result<Vec<PathBuf>, String> {
    let files =
        fs::read_dir(run::root().join("tests/interop")).map_err(|error| error.to_string())?;
    let files = files.filter_map(Result::ok).map(|file| file.path());
    let is_source = |path: &Path| {
        let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        file == "steps.go" || file.starts_with(name) && file.ends_with(".go")
    };
    Ok(files.filter(|path| is_source(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::sources;

    #[test]
    fn programs_are_built_from_their_files_and_the_shared_one() {
        let mut files: Vec<_> = sources("go_sdk_client").unwrap_or_default();
        files.sort();
        let names = files.iter().filter_map(|file| file.file_name()?.to_str());
        let expected = ["go_sdk_client.go", "go_sdk_client_admin.go", "steps.go"];
        assert_eq!(names.collect::<Vec<_>>(), expected);
    }
}
