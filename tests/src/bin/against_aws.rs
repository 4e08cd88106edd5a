//! The conformance suites and undocumented behavior on AWS, compared with the emulator.
//!
//! Usage: `against_aws plan`, `against_aws run [--yes] [--only TEXT] [--report DIRECTORY]`,
//! `against_aws clean PREFIX [--yes]`.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::{env, fs};

use cognito_tests::against_aws::{
    Environment, Fallible, Prefix, Report, Run, delete, find, on_aws, on_emulator,
};

const USAGE: &str = "\
usage: against_aws plan
       against_aws run [--yes] [--only TEXT] [--report DIRECTORY]
       against_aws clean PREFIX [--yes]";

/// The Region of the emulator where no run says another.
const REGION: &str = "us-east-1";

#[derive(Default)]
struct Options {
    words: Vec<String>,
    yes: bool,
    only: String,
    report: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match options(env::args().skip(1)) {
        Ok(options) => match &*options.words.iter().map(String::as_str).collect::<Vec<_>>() {
            ["plan"] => plan(&options).await,
            ["run"] => run(&options).await,
            ["clean", prefix] => clean(prefix, options.yes).await,
            _ => Err(USAGE.to_owned()),
        },
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("against_aws: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Fallible<Options> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match &*argument {
            "--yes" => options.yes = true,
            "--only" => options.only = value()?,
            "--report" => options.report = Some(value()?),
            unknown if unknown.starts_with('-') => return Err(USAGE.to_owned()),
            _ => options.words.push(argument),
        }
    }
    Ok(options)
}

async fn plan(options: &Options) -> Fallible<()> {
    let (_, plan) = on_emulator(REGION, &options.only).await?;
    println!("{plan}");
    Ok(())
}

async fn run(options: &Options) -> Fallible<()> {
    let Environment { caller, prefix } = Environment::read(variable)?;
    println!("on the emulator:");
    let (expected, plan) = on_emulator(&caller.region, &options.only).await?;
    let place = caller.endpoint.clone().unwrap_or_else(|| format!("AWS in {}", caller.region));
    println!("\nthe run on {place}:\n{plan}");
    println!("All pools are named {prefix}-… and are deleted at the end.");
    agree(&prefix, options.yes)?;

    let run = Run { caller, mark: new_mark(&prefix)?, only: options.only.clone(), emulator: None };
    println!("on {place}, as {}:", run.mark);
    let results = Mutex::default();
    let (problem, left) = on_aws(&run, &results, interrupt()).await;
    let results = results.into_inner().unwrap_or_default();
    let mut report = Report::new(&run, &plan, &results, &expected)?;
    (report.ended_early, report.left) = (problem, left);
    write(&report, options.report.as_deref().unwrap_or("."))?;
    conclude(&report, &prefix)
}

/// Differences are results; only a run that is not whole, or leaves pools, fails.
fn conclude(report: &Report, prefix: &Prefix) -> Fallible<()> {
    let (equal, different) = (report.equal, report.differences.len());
    println!("{equal} equal, {different} different, {} not replayed", report.not_replayed.len());
    if report.is_complete() {
        return Ok(());
    }
    let early = report.ended_early.clone().unwrap_or_else(|| "pools are left".to_owned());
    let left: Vec<_> = report.left.iter().map(|pool| format!("\n  {pool}")).collect();
    let hint = format!("; cargo xtask aws clean {prefix} lists and deletes pools that are left");
    Err(format!("{early}{}{hint}", left.concat()))
}

async fn clean(prefix: &str, yes: bool) -> Fallible<()> {
    let prefix: Prefix = prefix.parse()?;
    let with_prefix = |name: &str| match name {
        "COGNITO_AWS_PREFIX" => Some(prefix.to_string()),
        _ => variable(name),
    };
    let caller = Environment::read(with_prefix)?.caller;
    let found = find(&caller, |text| prefix.is_of(text)).await?;
    println!("{} pools with the prefix {prefix} and the tag of a run", found.len());
    found.iter().for_each(|pool| println!("  {pool}"));
    if found.is_empty() {
        return Ok(());
    }
    agree(&prefix, yes)?;
    let mut problems = Vec::new();
    for pool in &found {
        match delete(&caller, pool).await {
            Ok(()) => println!("deleted {pool}"),
            Err(problem) => problems.push(format!("{pool}: {problem}")),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n  ")) }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// Has the person type the prefix, since the run costs money and deletes pools.
fn agree(prefix: &Prefix, yes: bool) -> Fallible<()> {
    if yes {
        return Ok(());
    }
    print!("Type {prefix} to go on: ");
    io::stdout().flush().map_err(|error| error.to_string())?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;
    match line.trim() == prefix.to_string() {
        true => Ok(()),
        false => Err("the prefix was not typed, so nothing was changed".to_owned()),
    }
}

/// A name that no other run with the prefix has.
fn new_mark(prefix: &Prefix) -> Fallible<String> {
    let number = getrandom::u32().map_err(|error| error.to_string())?;
    Ok(format!("{prefix}-{number:08x}"))
}

fn write(report: &Report, directory: &str) -> Fallible<()> {
    let path = Path::new(directory).join(format!("{}.json", report.run));
    let text = serde_json::to_string_pretty(report).map_err(|error| error.to_string())?;
    let written = fs::create_dir_all(directory).and_then(|()| fs::write(&path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    println!("the differences are in {}", path.display());
    Ok(())
}

/// Waits for Ctrl-C or, on Unix, a request to terminate. Both are ignored while pools are deleted.
async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
