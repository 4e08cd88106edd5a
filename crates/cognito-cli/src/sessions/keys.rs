//! A cache of key sets on disk, so that a command that verifies stored tokens needs no request.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito::types::BoxFuture;
use cognito::verify::{FetchError, FetchKeys, MAX_KEY_SET_BYTES, ReqwestFetcher};

use crate::configuration::Environment;
use crate::failure::Outcome;
use crate::private_files::write_privately;

/// The age after which a key set is fetched again. Keys of user pools rotate rarely, and for a
/// token with an unknown key the set is fetched at once.
const MAX_AGE: Duration = Duration::from_secs(12 * 60 * 60);

/// A fetcher of key sets that caches them in files.
#[derive(Debug)]
pub(crate) struct CachedKeys {
    directory: PathBuf,
    /// True if a file was used. The next fetch is then for a key that the file does not contain.
    has_served_file: AtomicBool,
    fetcher: OnceLock<Result<ReqwestFetcher, FetchError>>,
}

impl CachedKeys {
    pub(crate) fn new(environment: &Environment) -> Outcome<Self> {
        let directory = environment.state_directory()?.join("keys");
        Ok(Self { directory, has_served_file: AtomicBool::new(false), fetcher: OnceLock::new() })
    }

    async fn get(&self, uri: &str) -> Result<String, FetchError> {
        let path = self.directory.join(format!("{}.json", URL_SAFE_NO_PAD.encode(uri)));
        if !self.has_served_file.swap(true, Ordering::Relaxed)
            && let Some(text) = fresh(&path)
        {
            return Ok(text);
        }
        // The fetcher is created on demand, because loading the system's certificates takes longer
        // than everything else.
        let fetcher = self.fetcher.get_or_init(ReqwestFetcher::new);
        let text = fetcher.as_ref().map_err(Clone::clone)?.fetch(uri).await?;
        // If the file cannot be written, the next command fetches the set again.
        let _ = write_privately(&path, text.as_bytes());
        Ok(text)
    }
}

impl FetchKeys for CachedKeys {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(self.get(uri))
    }
}

/// Returns the text of a file, if the file is recent enough.
fn fresh(path: &PathBuf) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let age = SystemTime::now().duration_since(metadata.modified().ok()?).ok()?;
    let limit = u64::try_from(MAX_KEY_SET_BYTES).ok()?;
    (age < MAX_AGE && metadata.len() <= limit).then(|| fs::read_to_string(path).ok())?
}
