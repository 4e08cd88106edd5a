//! Random changes of external inputs: the targets of the folder `fuzz` as property tests, for
//! machines without libFuzzer.
//!
//! `COGNITO_FUZZ_MILLISECONDS` is the duration for each target, and `COGNITO_FUZZ_SEED` repeats a
//! run.

mod mutation;
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mutation::Mutator;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// Returns the checked-in inputs, which include each one that caused a failure.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.collect();
    paths.sort_unstable();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Runs the seeds of a target, and changed seeds until the time is over.
fn hold(name: &str) {
    let time = Duration::from_millis(number("COGNITO_FUZZ_MILLISECONDS").unwrap_or(500));
    let seed = number("COGNITO_FUZZ_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos())
    });
    let seeds = seeds(name);
    seeds.iter().for_each(|input| check(name, input, seed));
    let (mut mutator, mut runs) = (Mutator::new(seed, seeds), 0_u64);
    let start = Instant::now();
    while start.elapsed() < time {
        check(name, &mutator.next(), seed);
        runs += 1;
    }
    println!("{name}: {runs} inputs with the seed {seed}");
    assert!(runs > 5, "{name}: {runs} inputs in {time:?}");
}

fn check(name: &str, input: &[u8], seed: u64) {
    if catch_unwind(AssertUnwindSafe(|| targets::run(name, input))).is_err() {
        let text = String::from_utf8_lossy(input);
        panic!("{name} fails with the seed {seed} at {text:?}; keep it in fuzz/seeds/{name}");
    }
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                hold(stringify!($name));
            }
        )+

        #[test]
        fn every_target_is_tested() {
            let names: Vec<_> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($name)),+]);
            let manifest = include_str!("../../../fuzz/Cargo.toml");
            assert!(names.iter().all(|name| manifest.contains(&format!("name = \"{name}\""))));
        }
    };
}

targets! {
    alb_header emulator_request filter jwks jws oauth_request saved_challenge seed_file
    session_file srp_client srp_server state_file
}
