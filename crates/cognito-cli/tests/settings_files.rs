//! Files of settings, changed at random: the target `settings_files` of the folder `fuzz` as a property test,
//! for machines without libFuzzer.
//!
//! `COGNITO_FUZZ_MILLISECONDS` is its time, and `COGNITO_FUZZ_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../tests/tests/inputs/mutation.rs"]
mod mutation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use mutation::Mutator;

/// The inputs that are checked in, among them each one that was once a failure.
fn seeds() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/settings_files");
    let mut paths: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    paths
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().unwrap())
}

fn check(directory: &Path, input: &[u8], seed: u64) {
    let checked = || cognito_cli::check_settings(directory, input).unwrap();
    if catch_unwind(AssertUnwindSafe(checked)).is_err() {
        let text = String::from_utf8_lossy(input);
        panic!("it fails with the seed {seed} at {text:?}; keep it in fuzz/seeds/settings_files");
    }
}

#[test]
fn changed_files_have_settings_or_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let seed = number("COGNITO_FUZZ_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos())
    });
    let time = Duration::from_millis(number("COGNITO_FUZZ_MILLISECONDS").unwrap_or(1000));
    let seeds: Vec<_> = seeds().iter().map(|path| fs::read(path).unwrap()).collect();
    seeds.iter().for_each(|input| check(directory.path(), input, seed));
    let (mut mutator, mut runs) = (Mutator::new(seed, seeds), 0_u64);
    let start = Instant::now();
    while start.elapsed() < time {
        check(directory.path(), &mutator.next(), seed);
        runs += 1;
    }
    println!("settings_files: {runs} inputs with the seed {seed}");
    assert!(runs > 5, "{runs} inputs in {time:?}");
}
