//! The conformance suites and undocumented behavior on AWS, compared with the emulator.
//!
//! Usage: `against_aws plan`, `against_aws run [--yes] [--only TEXT] [--report DIRECTORY]`,
//! `against_aws clean PREFIX|RUN [--yes]`.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use std::{env, fs, panic};

use cognito_tests::against_aws::{
    Environment, Fallible, Pool, Report, Run, Selection, delete, find, on_aws, on_emulator, say,
    warn,
};

const USAGE: &str = "\
usage: against_aws plan
       against_aws run [--yes] [--only TEXT] [--report DIRECTORY]
       against_aws clean PREFIX|RUN [--yes]";

/// The default Region of the emulator.
const REGION: &str = "us-east-1";

/// The maximum duration of a run. A run with older pools is not active.
const LONGEST_RUN: Duration = Duration::from_secs(3600);

#[derive(Default)]
struct Options {
    words: Vec<String>,
    yes: bool,
    only: String,
    report: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Panics of steps are results. The default hook would print their messages, which may contain
    // secrets.
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        warn(format_args!("panic at {location}"));
    }));
    let outcome = match options(env::args().skip(1)) {
        Ok(options) => match &*options.words.iter().map(String::as_str).collect::<Vec<_>>() {
            ["plan"] => plan(&options).await,
            ["run"] => run(&options).await,
            ["clean", selected] => clean(selected, options.yes).await,
            _ => Err(USAGE.to_owned()),
        },
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            warn(format_args!("against_aws: {problem}"));
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
    agree(&prefix.to_string(), options.yes)?;

    let mark = prefix.mark(getrandom::u32().map_err(|error| error.to_string())?);
    let only = options.only.clone();
    let run = Run { caller, mark, only, emulator: None, created: Arc::default() };
    let path = new_report(&run, options.report.as_deref().unwrap_or("."))?;
    println!("on {place}, as {}:", run.mark);
    let results = Mutex::default();
    let (problem, left) = on_aws(&run, &results, interrupt()).await;
    let results = results.into_inner().unwrap_or_default();
    let mut report = Report::new(&run, &plan, &results, &expected)?;
    (report.ended_early, report.left) = (problem, left);
    let written = write(&report, &path);
    let problems: Vec<_> =
        [conclude(&report), written].into_iter().filter_map(Result::err).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Creates the file of the report first, because a run whose results cannot be stored must send
/// nothing.
fn new_report(run: &Run, directory: &str) -> Fallible<PathBuf> {
    let path = Path::new(directory).join(format!("{}.json", run.mark));
    let created = fs::create_dir_all(directory).and_then(|()| fs::write(&path, ""));
    created.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// Prints the result. Differences are not failures; only an incomplete run, or remaining pools,
/// are.
fn conclude(report: &Report) -> Fallible<()> {
    let (equal, different) = (report.equal, report.differences.len());
    let not_replayed = report.not_replayed.len();
    say(format_args!("{equal} equal, {different} different, {not_replayed} not replayed"));
    if report.is_complete() {
        return Ok(());
    }
    let early = report.ended_early.clone().unwrap_or_else(|| "pools are left".to_owned());
    let left: Vec<_> = report.left.iter().map(|pool| format!("\n  {pool}")).collect();
    let run = &report.run;
    let hint = format!("; cargo xtask aws clean {run} lists and deletes pools that are left");
    Err(format!("{early}{}{hint}", left.concat()))
}

async fn clean(selected: &str, yes: bool) -> Fallible<()> {
    let selection: Selection = selected.parse()?;
    let prefix = &selection.prefix;
    let with_prefix = |name: &str| match name {
        "COGNITO_AWS_PREFIX" => Some(prefix.to_string()),
        _ => variable(name),
    };
    let caller = Environment::read(with_prefix)?.caller;
    let found = find(&caller, |name| selection.mark_in(name)).await?;
    let now = SystemTime::now();
    let is_spared = |pool: &Pool| selection.run.is_none() && pool.is_younger_than(LONGEST_RUN, now);
    let (spared, found): (Vec<_>, Vec<_>) = found.into_iter().partition(is_spared);
    println!("{} pools of {selected} with the tag of their run", found.len());
    found.iter().for_each(|pool| println!("  {pool}"));
    if !spared.is_empty() {
        println!(
            "{} are left out: their run may be under way, unless clean names it",
            spared.len()
        );
        spared.iter().for_each(|pool| println!("  {pool}"));
    }
    if found.is_empty() {
        return Ok(());
    }
    agree(selected, yes)?;
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

/// Asks the user to type the prefix or the name of the run, because the run costs money and pools
/// are deleted.
fn agree(expected: &str, yes: bool) -> Fallible<()> {
    if yes {
        return Ok(());
    }
    print!("Type {expected} to go on: ");
    io::stdout().flush().map_err(|error| error.to_string())?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;
    match line.trim() == expected {
        true => Ok(()),
        false => Err(format!("{expected} was not typed, so nothing was changed")),
    }
}

fn write(report: &Report, path: &Path) -> Fallible<()> {
    let text = serde_json::to_string_pretty(report).map_err(|error| error.to_string())?;
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    say(format_args!("the differences are in {}", path.display()));
    Ok(())
}

/// Waits for Ctrl-C or, on Unix, SIGTERM or the end of the terminal. All are ignored while pools
/// are deleted.
async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::terminate()), signal(SignalKind::hangup()));
        if let (Ok(mut terminate), Ok(mut hang_up)) = signals {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = hang_up.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
