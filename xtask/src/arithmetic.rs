//! Checks of SRP's arithmetic: no secret stays on the stack, the number of instructions is as expected,
//! no branch depends on a secret (both under valgrind), and the arithmetic of other architectures passes
//! the tests on this one.
//!
//! Tests of cognito-srp and of the vectors check that all levels compute the same results.

use std::path::PathBuf;
use std::process::Command;

use crate::apt::Programs;
use crate::run::{self, Outcome, cargo};

const VALGRIND: Programs = Programs { names: &["valgrind"], packages: &["valgrind"] };

/// The expected number of instructions of one computation, in release mode with Rust 1.95.
struct Count {
    side: &'static str,
    level: &'static str,
    expected: u64,
}

/// The expected counts. A loop that is no longer vectorised adds 75 to 85 percent. A new compiler may
/// change the counts slightly: check the loops of `field/limbs/rows.rs` before you update them.
const COUNTS: [Count; 4] = [
    Count { side: "client", level: "best", expected: 16_370_000 },
    Count { side: "client", level: "baseline", expected: 41_454_000 },
    Count { side: "server", level: "best", expected: 20_774_000 },
    Count { side: "server", level: "baseline", expected: 52_332_000 },
];

/// The largest difference between a count and the expected one, in percent.
const TOLERANCE: u64 = 3;

/// The largest difference between the counts for different secrets. It is not 0, because the width of PAD
/// varies.
const SPREAD: u64 = 200;

const SEEDS: [&str; 3] = ["1", "2", "3"];

/// The sides that must execute the same number of instructions for all secrets.
const COMPARISONS: [&str; 2] = ["proof", "hash"];

/// Checks that times and instructions of SRP, of the comparison of proofs and of SECRET_HASH do not
/// depend on secrets.
pub(crate) fn check_constant_time() -> Outcome {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        run::skip("constant time", "not x86-64 with Linux");
        return Ok(());
    }
    cargo(&["build", "--quiet", "--release", "-p", "cognito-valgrind"], &[])?;
    for side in ["client", "server", "proof", "hash"] {
        compare_times(side)?;
    }
    if let Err(reason) = VALGRIND.install() {
        run::skip("constant time under valgrind", &reason);
        return Ok(());
    }
    COMPARISONS.iter().try_for_each(|side| compare_instructions(side))
}

/// Compares the times for two secrets. A busy machine can disturb a comparison, so there are three attempts.
fn compare_times(side: &str) -> Outcome {
    println!("xtask: times of the {side}");
    let timing = || run::run(Command::new(program()).args([side, "best", "1", "timing"]));
    timing().or_else(|_| timing()).or_else(|_| timing())
}

/// Checks that the number of instructions is the same for a proof that is wrong at its start, in its
/// middle and at its end, and for different client secrets.
fn compare_instructions(side: &str) -> Outcome {
    let counts: Result<Vec<u64>, String> =
        SEEDS.iter().map(|seed| instructions(side, "best", seed)).collect();
    let counts = counts?;
    println!("xtask: the {side} takes {} instructions", counts[0]);
    match counts.iter().all(|count| *count == counts[0]) {
        true => Ok(()),
        false => Err(format!("{side}: the count depends on secrets: {counts:?}")),
    }
}

pub(crate) fn check() -> Outcome {
    test_portable()?;
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        run::skip("the arithmetic of SRP", "not x86-64 with Linux");
        return Ok(());
    }
    cargo(&["build", "--quiet", "--release", "-p", "cognito-valgrind"], &[])?;
    on_every_side_and_level(search_stack)?;
    if let Err(reason) = VALGRIND.install() {
        run::skip("SRP under valgrind", &reason);
        return Ok(());
    }
    for count in &COUNTS {
        count.check()?;
    }
    on_every_side_and_level(follow_secrets)?;
    println!("xtask: SRP's instructions are as expected, and no branch depends on a secret");
    Ok(())
}

fn on_every_side_and_level(check: fn(&str, &str) -> Outcome) -> Outcome {
    for side in ["client", "server", "device"] {
        for level in levels() {
            check(side, level)?;
        }
    }
    Ok(())
}

/// Runs a side, which fails if a secret stays on the stack.
fn search_stack(side: &str, level: &str) -> Outcome {
    run::run(Command::new(program()).args([side, level, "1", "residue"]))
}

/// Tests cognito-srp with the arithmetic of other architectures.
fn test_portable() -> Outcome {
    let directory = run::target().join("portable").display().to_string();
    let environment =
        [("CARGO_TARGET_DIR", &*directory), ("RUSTFLAGS", "--cfg cognito_srp_portable")];
    run::cargo_with(&environment, &["test", "--quiet", "-p", "cognito-srp", "--lib"], &[])
}

impl Count {
    fn check(&self) -> Outcome {
        let Self { side, level, expected } = *self;
        if !levels().contains(&level) {
            run::skip(&format!("instructions of the {side} ({level})"), "no AVX2");
            return Ok(());
        }
        let counts: Result<Vec<u64>, String> =
            SEEDS.iter().map(|seed| instructions(side, level, seed)).collect();
        let counts = counts?;
        println!("xtask: SRP's {side} takes {} instructions ({level})", counts[0]);
        let tolerance = expected * TOLERANCE / 100;
        if counts[0].abs_diff(expected) > tolerance {
            return Err(format!("{side} ({level}): expected {expected} ± {tolerance}"));
        }
        let spread = counts.iter().max().unwrap_or(&0) - counts.iter().min().unwrap_or(&0);
        if spread > SPREAD {
            return Err(format!("{side} ({level}): the count depends on secrets: {counts:?}"));
        }
        Ok(())
    }
}

/// Returns the levels that this processor supports: without AVX2, the best level is the baseline.
fn levels() -> &'static [&'static str] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return &["best", "baseline"];
    }
    &["baseline"]
}

fn instructions(side: &str, level: &str, seed: &str) -> Result<u64, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--log-fd=1", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(format!("--toggle-collect=*{side}_side*")).arg(program());
    let printed = run::output(valgrind.args([side, level, seed]))?;
    let counted = printed.lines().find_map(|line| line.split_once("refs:"));
    let (_, count) = counted.ok_or("callgrind printed no count")?;
    count.trim().replace(',', "").parse().map_err(|_| format!("no count: {count}"))
}

/// Runs a side with secrets marked as undefined. memcheck reports branches and addresses that depend on
/// them. Without suppressions it must also report the public values that are derived from secrets;
/// otherwise it does not track undefined values at all.
fn follow_secrets(side: &str, level: &str) -> Outcome {
    let memcheck = |option: &str| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=1", option]).arg(program());
        run::run(valgrind.args([side, level, "1", "undefined"]))
    };
    if memcheck("--log-file=/dev/null").is_ok() {
        return Err(format!("{side} ({level}): memcheck does not track undefined secrets"));
    }
    let suppressions = run::root().join("bench/valgrind/public.supp");
    memcheck(&format!("--suppressions={}", suppressions.display()))
        .map_err(|_| format!("{side} ({level}): the branches above may depend on a secret"))
}

fn program() -> PathBuf {
    run::target().join("release/cognito-valgrind")
}
