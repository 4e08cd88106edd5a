//! `import`: writes a seed file from outputs of the AWS CLI or files of cognito-local.

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use cognito_emulator::{Emulator, SeedImport, SigningKeys};
use tempfile::NamedTempFile;

use crate::program::options::Import;
use crate::program::{decode, printable};

/// Writes a seed file, and returns an error if the emulator would reject it.
pub(super) fn run(options: Import) -> Result<(), Box<dyn Error>> {
    let mut import = SeedImport::default();
    if let Some(password) = options.password {
        import = import.password(password);
    }
    let directory = options.from_cognito_local.as_deref();
    let local = directory.map(files_of_cognito_local).transpose()?;
    for path in options.from_json.iter().chain(local.iter().flatten()) {
        import = import.read(&path.display().to_string(), &read(path)?)?;
    }
    let seed = import.finish()?;
    for warning in seed.warnings() {
        eprintln!("cognito-emulator: warning: {}", printable(warning));
    }
    match &options.output {
        Some(path) => write(path, seed.json(), options.force)?,
        None => io::stdout().write_all(seed.json().as_bytes())?,
    }
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let rejected = |error| {
        format!("the seed file was written, but `serve` rejects it; edit the file: {error}")
    };
    Ok(emulator.load(seed.json()).map_err(rejected)?)
}

/// Writes a file atomically, with permissions for its owner only.
fn write(path: &Path, seed: &str, replaces: bool) -> Result<(), String> {
    let error = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("cannot write {}: the file exists; pass --force to replace it", path.display())
        }
        _ => format!("cannot write {}: {error}", path.display()),
    };
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    // Temporary files have mode 0600 on Unix.
    let mut file =
        NamedTempFile::new_in(directory.unwrap_or_else(|| Path::new("."))).map_err(error)?;
    file.write_all(seed.as_bytes()).map_err(error)?;
    let written = if replaces { file.persist(path) } else { file.persist_noclobber(path) };
    written.map(drop).map_err(|failed| error(failed.error))
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = match path == Path::new("-") {
        true => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => fs::read(path),
    };
    let text = bytes.and_then(decode);
    text.map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Returns the files of the pools and app clients, in order.
fn files_of_cognito_local(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let below = directory.join("db");
    let directory = if below.is_dir() { below } else { directory.to_owned() };
    let failed = |error: io::Error| format!("cannot list {}: {error}", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(format!(
            "{} contains no files of cognito-local, such as clients.json",
            directory.display()
        ));
    }
    files.sort();
    Ok(files)
}
