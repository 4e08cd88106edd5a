//! Number of crates, time, and size of release builds, for several crates and sets of features.
//!
//! Programs of `bench/client` and of the project are built from scratch, with cargo's default release
//! profile and two jobs. The processor time of all compilers depends less on other programs of the machine
//! than the elapsed time.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::conditions::processor_time;
use super::performance::Table;
use crate::run::{self, Outcome};

/// A program that is built.
struct Program {
    name: &'static str,
    package: &'static str,
    features: &'static str,
    binary: &'static str,
}

const CLIENT: &str = "cognito-bench-client";

const LIGHT: Program = Program {
    name: "cognito without default features: sign-in over SRP",
    package: CLIENT,
    features: "light",
    binary: "bench-cognito",
};

const AWS_SDK: Program = Program {
    name: "AWS SDK for Rust, aws-cognito-srp 0.2.6: sign-in over SRP",
    package: CLIENT,
    features: "aws-sdk",
    binary: "bench-aws-sdk",
};

const PROGRAMS: [Program; 9] = [
    LIGHT,
    AWS_SDK,
    Program {
        name: "cognito with default features: administration",
        package: CLIENT,
        features: "admin",
        binary: "bench-admin",
    },
    Program {
        name: "cognito-tokens: verification of tokens",
        package: CLIENT,
        features: "tokens",
        binary: "bench-token",
    },
    Program {
        name: "cognito with axum and fetch, without default features: a service",
        package: CLIENT,
        features: "service",
        binary: "bench-service",
    },
    Program {
        name: "cognito with managed-login, without default features: sign-in in the browser",
        package: CLIENT,
        features: "login",
        binary: "bench-login",
    },
    Program {
        name: "cognito with bulk: an export of users",
        package: CLIENT,
        features: "bulk",
        binary: "bench-export",
    },
    Program {
        name: "the program cognito-emulator",
        package: "cognito-emulator",
        features: "",
        binary: "cognito-emulator",
    },
    Program {
        name: "the program cognito",
        package: "cognito-cli",
        features: "",
        binary: "cognito",
    },
];

/// Builds every program from scratch, and writes the tables after each build.
pub(super) fn run() -> Outcome {
    let target = run::target().join("bench/build");
    let [mut crates, mut times, mut processor, mut sizes] = [
        ("build_crates", "crates that are compiled", "crates"),
        ("build_time", "a release build from nothing with -j2", "s"),
        ("build_cpu", "processor time of the same build", "s"),
        ("build_size", "the stripped program", "MB"),
    ]
    .map(|(name, title, unit)| Table::new(name, title, unit));
    for program in &PROGRAMS {
        remove(&target)?;
        let (start, before) = (Instant::now(), processor_time()?);
        program.build(&target)?;
        times.add(program.name, start.elapsed().as_secs_f64());
        processor.add(program.name, (processor_time()? - before).as_secs_f64());
        crates.add(program.name, program.crates()?);
        sizes.add(program.name, megabytes(&target.join("release").join(program.binary))?);
        let directory = run::target().join("bench");
        [&crates, &times, &processor, &sizes]
            .into_iter()
            .try_for_each(|table| table.write(&directory))?;
    }
    remove(&target)
}

/// Compares the light client with the AWS SDK, from programs that other benchmarks have built.
///
/// # Errors
///
/// If the light client has more crates than the AWS SDK, or its program is larger.
pub(super) fn check(programs: &Path, directory: &Path) -> Outcome {
    let mut crates = Table::new("build_crates", "crates that are compiled", "crates");
    let mut sizes = Table::new("build_size", "the stripped program", "MB");
    for program in [&LIGHT, &AWS_SDK] {
        crates.add(program.name, program.crates()?);
        sizes.add(program.name, megabytes(&programs.join(program.binary))?);
    }
    for table in [crates, sizes] {
        table.write(directory)?;
        if table.rows.iter().any(|row| row.ratio_to_ours.is_some_and(|ratio| ratio < 1.0)) {
            return Err(format!("{}: the light client is not the smallest", table.benchmark));
        }
    }
    Ok(())
}

impl Program {
    /// Builds the program with cargo's default settings.
    fn build(&self, target: &Path) -> Outcome {
        let build = ["build", "--quiet", "--release", "--locked", "-j2", "--package", self.package];
        let directory = target.display().to_string();
        let selection = ["--features", self.features, "--bin", self.binary];
        let selection = [&selection[..], &["--target-dir", &directory]].concat();
        let settings = [("CARGO_PROFILE_RELEASE_DEBUG", "false"), ("CARGO_INCREMENTAL", "0")];
        run::cargo_with(&settings, &build, &selection)
    }

    /// Returns the number of crates that are compiled for it, including those of build scripts.
    fn crates(&self) -> Result<f64, String> {
        let mut tree = Command::new(run::cargo_program());
        tree.args(["tree", "--locked", "--package", self.package, "--features", self.features]);
        tree.args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
        let printed = run::output(tree.current_dir(run::root()))?;
        let crates = printed.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        });
        let crates: BTreeSet<_> = crates.filter(|(name, _)| *name != CLIENT).collect();
        Ok(f64::from(u32::try_from(crates.len()).map_err(|error| error.to_string())?))
    }
}

fn megabytes(program: &Path) -> Result<f64, String> {
    let stripped = program.with_extension("stripped");
    run::run(Command::new("strip").arg("-o").arg(&stripped).arg(program))?;
    let size = fs::metadata(&stripped).map_err(|error| error.to_string())?.len();
    fs::remove_file(&stripped).map_err(|error| error.to_string())?;
    #[expect(clippy::cast_precision_loss, reason = "programs are smaller than 2^53 bytes")]
    let megabytes = size as f64 / 1e6;
    Ok(megabytes)
}

fn remove(directory: &Path) -> Outcome {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.to_string()),
        _ => Ok(()),
    }
}
