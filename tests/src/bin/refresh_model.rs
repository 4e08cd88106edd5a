//! Runs the model of refresh and store: `refresh_model [SCHEDULES]`.
//!
//! Runs systems of two and three programs, with and without a grace period. For each system at most
//! this number of schedules is run, and as many random ones.

use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cognito_tests::refresh_model::{System, Tokens};

/// The number of schedules in `ci`.
const DEFAULT: usize = 60;

fn main() -> ExitCode {
    let schedules = env::args().nth(1).map_or(DEFAULT, |text| text.parse().expect("SCHEDULES"));
    let seeds = 0..u64::try_from(schedules).unwrap_or(u64::MAX);
    let (tokens, mut outcome) = (Tokens::prepare(), ExitCode::SUCCESS);
    for programs in [2, 3] {
        for grace in [Duration::ZERO, Duration::from_secs(60)] {
            let (begin, system) = (Instant::now(), System { programs, grace, defect: None });
            let single = system.explore(&tokens, 1, usize::MAX);
            let double = system.explore(&tokens, 2, schedules);
            let random = system.sample(&tokens, seeds.clone());
            println!("{programs} programs, {} s of grace:", grace.as_secs());
            for (kind, explored) in [("one", single), ("two", double), ("random", random)] {
                println!("  {kind}: {explored}");
                if explored.broken.is_some() {
                    outcome = ExitCode::FAILURE;
                }
            }
            println!("  in {} s", begin.elapsed().as_secs());
        }
    }
    outcome
}
