//! The jobs of this workspace: `cargo xtask <job>`.

mod apt;
mod arithmetic;
mod aws;
mod bench;
mod dependencies;
mod dist;
mod docs;
mod facade;
mod fuzz;
mod go;
mod interop;
mod language;
mod layers;
mod mutants;
mod one_build;
mod packages;
mod run;
mod rust_versions;
mod services;
mod shapes;
mod site;
mod supply_chain;
mod tables;
mod third_party;

use std::env;
use std::process::{Command, ExitCode};
use std::thread::JoinHandle;
use std::time::Instant;

use run::{Outcome, cargo};
use site::commands::Commands;
use supply_chain::tools::{self, Tool};

const HELP: &str = "\
Every job of this workspace as one command.

Usage: cargo xtask <job>

  test             runs all tests that need only Rust, and those that need redis-server if it is installed
  suites           runs the suites over several crates, which are part of test
  fault-matrix     runs a user's whole life repeatedly, with each fault injected into each request
  refresh-model [SCHEDULES]
                   runs programs that refresh one stored session, in schedules with delays, faults,
                   kills and lost responses; fails if a session is lost, or a token is shown that is
                   not stored
  aws [plan | --yes | --only TEXT | clean PREFIX|RUN]
                   runs the conformance suites and probes of undocumented behavior on AWS, compares the
                   results with the emulator, and writes the differences to target/aws; prompts before
                   it starts, and deletes its pools; plan lists the calls and the cost; clean deletes
                   leftover pools, except those of the last hour, for which RUN is required
  examples         runs every example against the emulator
  ci               runs every check of a change; lists skipped checks at the end, and fails if there are
                   any while the variable CI is set
  full             runs the large sizes, which take hours: in release mode 200 kills of an emulator with a
                   state file, throughput, memory, abuse, an export of a million users, kills of jobs, and
                   shared quotas; then refresh-model 5000, supply-chain --all, fuzz 600, mutants,
                   site --check --all, bench check and dist
  dist             builds the programs as they are distributed, checks their sizes, and compares their
                   start with the AWS CLI (of PyPI, in target/interop)
  vectors FILE...  checks test vectors of other implementations, such as tests/data/srp.json, or
                   Wycheproof's for JSON Web Signatures and Keys
  interop          runs third-party clients against the emulator, and our clients against third-party
                   servers (needs python3 and node); with aws (the comparison with AWS, on moto),
                   identity-pools, managed-login or token-exchange, runs only these; with
                   pages [DIRECTORY], runs only the pages in Chromium and writes screenshots to DIRECTORY
  services         tests token stores and shared quotas with real servers: Redis and the system's
                   keyring (installed by apt, as root or by sudo); tests a service with actix-web
  arithmetic       runs SRP under valgrind (installed by apt, as root or by sudo): counts instructions,
                   and checks that no branch depends on a secret and that no secret stays on the stack;
                   tests the arithmetic of other architectures
  constant-time    checks that times (by dudect's test) and instructions of SRP, of the comparison of
                   proofs and of SECRET_HASH do not depend on secrets
  bench NAME       compares the speed with other implementations, in release mode: build, bulk, emulator,
                   http, server, signin, srp, start, tokens; writes tables to target/bench. `check` runs
                   short forms and compares their ratios with the goals, `record` copies the tables to
                   docs/performance, and updates plots and the figures between markers in the README and
                   docs/performance.md, `write` only updates plots and figures
  fuzz [SECONDS [TARGET...]]
                   runs each target of libFuzzer, or the named ones, for SECONDS, 10 by default (cargo-fuzz,
                   which cargo installs); failing inputs are written to fuzz/artifacts
  mutants [CRATE [FILE]]
                   changes one expression at a time in cognito-srp and cognito-tokens, or in a FILE of these
                   crates, cognito-core or cognito-http (cargo-mutants, which cargo installs); a test must fail
                   for each mutant that is not in xtask/mutants.txt
  dependencies     checks dependencies between crates, that the AWS SDK is built once, and Rust versions
  layers           checks imports between the layers of the emulator; part of dependencies
  supply-chain [--all | --write | --baseline CHECKOUT]
                   checks licences, bans and sources of dependencies (cargo-deny, which cargo installs),
                   the public API against xtask/interface-baseline.txt and interface-breaks.txt, types of
                   other crates in it, minimal versions, and each feature alone; with --all also
                   advisories, pairs of features, and each crate built from its archive; --write updates
                   the list of types; --baseline writes the public API of an older CHECKOUT to the baseline;
                   ci does not check the types
  docs             builds the documentation, without warnings, and bounds the size of that of cognito
  packages [KIND]  crates: checks that each crate's package has its licences, README, metadata and
                   included files; python, node, java, go: builds, installs and tests the emulator's
                   packages (needs python3 and node, and installs a JDK and Go by apt); without KIND, all
  language         finds words and openings that docs, comments, messages and test names avoid
  site [--check [--all]]
                   builds the guides as a static site with search in target/site, with mdBook (which cargo
                   installs), and checks its links; with --check, compiles each block of Rust of README
                   and guides in an empty project with the dependencies that its page states, and runs
                   the commands that xtask/site/not-run.txt does not list; with --all, compiles each page
                   with only the features that it states, and also runs commands that compile a copy of
                   the repository or need the AWS CLI (of PyPI, in target/interop)
  facade           checks that the facade re-exports all exports of its layers
  docs-tables      checks that tables of the guides name existing tests, jobs or sources, the names in
                   SECURITY.md, and the paths and types in the pages about the code, such as ARCHITECTURE.md
  shapes           generates the tables of requests from the service model (needs python3); with
                   --check, which is part of interop, compares them with the checked-in tables
";

/// The features of the facade that examples need in addition to its default features.
pub(crate) const FEATURES_OF_EXAMPLES: &str =
    "api-gateway,blocking,bulk,credentials,managed-login,qr";

const EXAMPLES: [&str; 20] = [
    "quickstart",
    "add_to_group",
    "admin_tour",
    "assign_role",
    "aws_credentials",
    "axum_api",
    "blocking",
    "bulk_job",
    "challenges",
    "devices",
    "group_report",
    "lambda_handler",
    "members",
    "mfa_qr",
    "on_behalf_of",
    "promote",
    "require_groups",
    "srp_alone",
    "token_store",
    "web_sign_in",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run_job(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run_job(arguments: &[&str]) -> Outcome {
    match arguments {
        ["test", rest @ ..] => test(rest),
        ["suites", rest @ ..] => suites(rest),
        ["fault-matrix"] => fault_matrix(),
        ["refresh-model", schedules @ ..] => refresh_model(schedules),
        ["aws", rest @ ..] => aws::run(rest),
        ["examples"] => examples(),
        ["ci"] => ci(),
        ["full"] => full(),
        ["dist"] => dist::check(),
        ["vectors", files @ ..] => vectors(files),
        ["interop"] => interop::run(),
        ["services"] => services::run(),
        ["interop", "aws"] => interop::run_aws(),
        ["interop", "identity-pools"] => interop::run_identity_pools(),
        ["interop", "managed-login"] => interop::run_managed_login(),
        ["interop", "token-exchange"] => interop::run_token_exchange(),
        ["interop", "pages"] => interop::pages::run(None),
        ["interop", "pages", directory] => interop::pages::run(Some(directory)),
        ["arithmetic"] => arithmetic::check(),
        ["constant-time"] => arithmetic::check_constant_time(),
        ["bench", "record"] => bench::performance::record(),
        ["bench", "write"] => bench::performance::write(),
        ["bench", "check"] => bench::check(),
        ["bench", name] => bench::run(name),
        ["dependencies"] => dependencies(),
        ["layers"] => layers::check(),
        ["supply-chain"] => supply_chain::check(),
        ["supply-chain", "--all"] => supply_chain::check_all(),
        ["supply-chain", "--baseline", checkout] => supply_chain::write_baseline(checkout),
        ["supply-chain", "--write"] => supply_chain::write_external_types(),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["mutants", rest @ ..] => mutants::run(rest),
        ["docs"] => docs::build(),
        ["docs-tables"] => tables::check(),
        ["facade"] => facade::check(),
        ["language"] => language::check(),
        ["packages", kinds @ ..] => packages::run(kinds),
        ["site"] => site::build(),
        ["site", "--check"] => site::check(Commands::Fast),
        ["site", "--check", "--all"] => site::check(Commands::All),
        ["shapes"] => shapes::write(),
        ["shapes", "--check"] => shapes::check(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        [job, ..] if is_job(job) => Err(format!("the job `{job}` takes other arguments\n\n{HELP}")),
        [other, ..] => Err(format!("the job `{other}` does not exist\n\n{HELP}")),
    }
}

/// Returns whether the help has a job of this name.
fn is_job(name: &str) -> bool {
    let jobs = HELP.lines().filter_map(|line| line.strip_prefix("  "));
    jobs.filter_map(|line| line.split(' ').next()).any(|job| !job.is_empty() && job == name)
}

fn test(rest: &[&str]) -> Outcome {
    cargo(&["test"], rest)?;
    match rest {
        [] => services::test_redis_if_installed(),
        _ => Ok(()),
    }
}

fn suites(rest: &[&str]) -> Outcome {
    cargo(&["test", "-p", "cognito-tests"], rest)
}

/// Runs the fault matrix, which fails if a cell is wrong or none ran.
fn fault_matrix() -> Outcome {
    run::build(&["-p", "cognito-tests", "--bin", "fault_matrix"])?;
    run::run(&mut Command::new(run::built("fault_matrix")))
}

/// Runs the refresh model, which fails at the first schedule that violates a rule.
fn refresh_model(schedules: &[&str]) -> Outcome {
    run::build(&["-p", "cognito-tests", "--bin", "refresh_model"])?;
    run::run(Command::new(run::built("refresh_model")).args(schedules))
}

fn examples() -> Outcome {
    run::build(&["-p", "cognito", "--examples", "--features", FEATURES_OF_EXAMPLES])?;
    for name in EXAMPLES {
        println!("xtask: the example {name}");
        run::run(&mut Command::new(run::built(&format!("examples/{name}"))))?;
    }
    Ok(())
}

/// The sizes of the abuse tests of the emulator's program.
const ABUSE: [(&str, &str); 4] = [
    ("COGNITO_EMULATOR_HALF_OPEN", "9000"),
    ("COGNITO_EMULATOR_BODIES", "20"),
    ("COGNITO_EMULATOR_FLOODS", "50"),
    ("COGNITO_EMULATOR_ROUNDS", "10"),
];

/// Runs the tests that are small in [`ci`], or ignored there.
fn full() -> Outcome {
    services::REDIS.install()?;
    let emulator = ["test", "--release", "-p", "cognito-emulator", "--test"];
    let kills = [("COGNITO_EMULATOR_KILLS", "200")];
    run::cargo_with(&kills, &emulator, &["state_file", "--", "--nocapture"])?;
    cargo(&emulator, &["throughput", "--", "--ignored", "--nocapture", "--test-threads", "1"])?;
    cargo(&emulator, &["memory", "--", "--nocapture"])?;
    run::cargo_with(&ABUSE, &emulator, &["abuse", "--", "--nocapture"])?;
    let bulk = ["test", "--release", "-p", "cognito-tests", "--test", "bulk"];
    let million = [("COGNITO_BULK_USERS", "1000000")];
    run::cargo_with(&million, &bulk, &["shards_use_the_quota", "--", "--nocapture"])?;
    let sizes = [("COGNITO_BULK_KILLS", "50"), ("COGNITO_BULK_MEMORY_USERS", "100000")];
    run::cargo_with(&sizes, &bulk, &["kill", "--", "--nocapture"])?;
    let shared = ["test", "--release", "-p", "cognito-tests", "--test", "shared_quota"];
    let seconds = [("COGNITO_SHARED_QUOTA_SECONDS", "60")];
    run::cargo_with(&seconds, &shared, &["--", "--nocapture", "--include-ignored"])?;
    refresh_model(&["5000"])?;
    supply_chain::check_all()?;
    fuzz::run(&["600"])?;
    mutants::run(&[])?;
    site::check(Commands::All)?;
    bench::check()?;
    dist::check()
}

fn vectors(files: &[&str]) -> Outcome {
    cargo(&["run", "--quiet", "-p", "cognito-vectors", "--"], files)
}

fn dependencies() -> Outcome {
    dependencies::check()?;
    layers::check()?;
    one_build::check()?;
    rust_versions::check()
}

/// The programs that [`ci`] compiles.
const TOOLS: [&Tool; 2] = [&site::MDBOOK, &supply_chain::CARGO_DENY];

/// Runs every check, cheap ones first.
fn ci() -> Outcome {
    let all = ["--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    let packages = third_party::install_in_background();
    let tools = tools::install_in_background(&TOOLS);
    timed("format", || cargo(&["fmt", "--all", "--check"], &[]))?;
    timed("dependencies", dependencies)?;
    timed("docs-tables", tables::check)?;
    timed("facade", facade::check)?;
    timed("language", language::check)?;
    timed("figures", bench::performance::check)?;
    timed("packages crates", packages::check_crates)?;
    timed("clippy", || cargo(&["clippy"], &all))?;
    timed("crates alone", packages::check_crates_alone)?;
    timed("packages of Python and Node", || ended(packages))?;
    timed("test", || cargo(&["test"], &[]))?;
    run::all_are_built();
    timed("fault-matrix", fault_matrix)?;
    timed("refresh-model", || refresh_model(&[]))?;
    timed("examples", examples)?;
    timed("docs", docs::build)?;
    timed("programs for site and supply-chain", || ended(tools))?;
    timed("site", site::build)?;
    timed("blocks of the guides", || site::blocks::check(Commands::Fast))?;
    timed("commands of the guides", || site::commands::check(Commands::Fast))?;
    timed("supply-chain", supply_chain::check_change)?;
    timed("benchmarks run", bench::check_that_all_run)?;
    timed("arithmetic", arithmetic::check)?;
    timed("constant-time", arithmetic::check_constant_time)?;
    let services = services::compile_in_background();
    timed("packages of languages", packages::languages)?;
    timed("compilation of services", || ended(services)?)?;
    timed("services", services::run)?;
    timed("interop", interop::run)?;
    conclude(&run::skipped(), env::var_os("CI").is_some_and(|value| !value.is_empty()))
}

/// Ends [`ci`]. On a server for continuous integration, which sets `CI`, a skipped check is a failure.
fn conclude(skipped: &[String], is_server: bool) -> Outcome {
    let conclusion = conclusion(skipped);
    if is_server && !skipped.is_empty() {
        return Err(format!("{conclusion}\nCI is set: install their programs"));
    }
    println!("xtask: {conclusion}");
    Ok(())
}

/// Waits for a job in the background.
fn ended<T>(job: JoinHandle<T>) -> Result<T, String> {
    job.join().map_err(|_| "a job in the background panicked".to_owned())
}

/// Runs a part of [`ci`] and prints its duration, so that slow parts are noticed.
fn timed(name: &str, job: impl FnOnce() -> Outcome) -> Outcome {
    let start = Instant::now();
    let outcome = job();
    println!("xtask: {name} took {} s", start.elapsed().as_secs());
    outcome
}

/// Returns the last lines of [`ci`], which list the checks that did not run.
fn conclusion(skipped: &[String]) -> String {
    match skipped {
        [] => "every check passed".to_owned(),
        _ => format!("every check passed, but these were skipped:\n  {}", skipped.join("\n  ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::{EXAMPLES, conclude, conclusion, run};

    #[test]
    fn every_example_is_run() {
        let listed = fs::read_dir(run::root().join("crates/cognito/examples")).unwrap();
        let paths = listed.map(|entry| entry.unwrap().path());
        let examples = paths.filter(|path| path.is_file() || path.join("main.rs").is_file());
        let found: BTreeSet<String> =
            examples.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(found, EXAMPLES.iter().map(|name| (*name).to_owned()).collect());
    }

    #[test]
    fn skipped_checks_are_listed_at_the_end() {
        assert_eq!(conclusion(&[]), "every check passed");
        let skipped = ["redis: no root", "keyring: no root"].map(str::to_owned);
        let lines =
            "every check passed, but these were skipped:\n  redis: no root\n  keyring: no root";
        assert_eq!(conclusion(&skipped), lines);
    }

    #[test]
    fn skipped_checks_fail_on_a_server() {
        let skipped = ["redis: no root".to_owned()];
        assert_eq!([conclude(&[], true), conclude(&skipped, false)], [Ok(()), Ok(())]);
        assert!(conclude(&skipped, true).unwrap_err().contains("redis: no root"));
    }
}
