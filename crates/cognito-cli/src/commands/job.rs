//! `cognito job`: the jobs that change many users.

mod worker;

pub(crate) use self::worker::name;
use clap::Args;
use cognito::bulk::JobShard;

use crate::app::App;
use crate::failure::{Exit, Failure, Outcome};
use crate::jobs::store::{Counts, Job, State, Store};
use crate::jobs::{RateOptions, runs};
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito job list
  cognito job show 20261129-031500-disable
  cognito job resume 20261129-031500-disable
  cognito job forget 20261129-031500-disable
  cognito job worker --redis redis://cache:6379 --job leavers --parts 16 --yes -- users disable --all
";

const FIELDS: [&str; 6] = ["job", "state", "change", "shard", "pool", "created"];

/// Shows, resumes and removes jobs, and runs their parts
///
/// A command that changes or imports several users starts a job. Its directory in $XDG_STATE_HOME/cognito/jobs, by
/// default ~/.local/state/cognito/jobs, contains its journal and, at its end, the outcome of each user.
/// `cognito job forget` removes the directory.
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    /// Lists the jobs of this machine with their states: running, stopped or finished
    #[command(before_help = "Examples:\n  cognito job list --output json\n")]
    List,
    /// Shows a job, and the numbers of its users by their outcomes: done, skipped, failed and unknown
    #[command(before_help = "Examples:\n  cognito job show 20261129-031500-disable\n")]
    Show(Id),
    Resume(Resume),
    Worker(worker::Arguments),
    /// Removes the directory of a job, with its journal and its outcomes
    ///
    /// Asks for confirmation if the job has not finished, because it cannot be resumed afterwards.
    #[command(before_help = "Examples:\n  cognito job forget 20261129-031500-disable\n")]
    Forget(Id),
}

#[derive(Args, Debug)]
pub(crate) struct Id {
    /// Id of the job, from `cognito job list`
    #[arg(value_name = "JOB")]
    id: String,
}

/// Resumes a job at the point where its last run ended
///
/// The job keeps the users, the part of them, the user pool, the profile and the endpoint with which it was started.
/// `--profile`, or the profile of `--context`, replaces the profile for this run.
/// Users with an outcome are not changed again. A file of users must be the same as at the start.
#[derive(Args, Debug)]
#[command(before_help = "\
Examples:
  cognito job resume 20261129-031500-disable
  cognito job resume 20261129-031500-reset-password --repeat-unknown
")]
pub(crate) struct Resume {
    #[command(flatten)]
    id: Id,
    /// Repeat the requests whose effect is unknown, which may send a second message to a user
    #[arg(long)]
    repeat_unknown: bool,
    /// Fail unless the job was started with this part of the users, such as 2/3
    #[arg(long, value_name = "I/N")]
    shard: Option<JobShard>,
    #[command(flatten)]
    rates: RateOptions,
}

pub(crate) async fn run(subcommand: Subcommand, app: &App) -> Outcome<Exit> {
    let store = Store::of(app)?;
    match subcommand {
        Subcommand::List => list(&store, app)?,
        Subcommand::Show(Id { id }) => show(&store.open(&id)?, app)?,
        Subcommand::Resume(resume) => return self::resume(&resume, &store, app).await,
        Subcommand::Worker(arguments) => return worker::run(arguments, app).await,
        Subcommand::Forget(Id { id }) => forget(&store.open(&id)?, app).await?,
    }
    Ok(Exit::Done)
}

fn list(store: &Store, app: &App) -> Outcome {
    let mut rows = app.output.rows(&FIELDS)?;
    let ids = store.ids()?;
    for id in &ids {
        match store.open(id) {
            Ok(job) => rows.push(&record(&job))?,
            // A damaged job must not hide the others.
            Err(failure) => app.terminal.warn(&failure.to_warning()),
        }
    }
    if ids.is_empty() {
        app.terminal.note(&format!("there are no jobs in {}", store.path().display()));
    }
    rows.finish()
}

fn record(job: &Job) -> Record {
    let description = &job.description;
    Record::new()
        .with("job", job.id.clone())
        .with("state", job.state().name())
        .with("change", description.work.slug())
        .with("shard", description.shard.map(|shard| shard.to_string()))
        .with("pool", description.pool.clone())
        .with("created", description.created.clone())
}

fn show(job: &Job, app: &App) -> Outcome {
    // The outcomes are written at the end.
    let counts = match job.state() {
        State::Finished => Some(job.counts()?),
        State::Running | State::Stopped => {
            app.terminal.note("the outcomes are counted when the job has finished");
            None
        }
    };
    let count = |of: fn(&Counts) -> u64| counts.as_ref().map(of);
    let record = record(job)
        .with("users", job.description.work.users())
        .with("done", count(|counts| counts.done))
        .with("skipped", count(|counts| counts.skipped))
        .with("failed", count(|counts| counts.failed))
        .with("unknown", count(|counts| counts.unknown))
        .with("directory", job.directory.display().to_string());
    app.output.record(&record)
}

async fn resume(resume: &Resume, store: &Store, app: &App) -> Outcome<Exit> {
    let job = store.open(&resume.id.id)?;
    check_shard(resume.shard, &job)?;
    let repeats = resume.repeat_unknown && job.has_journal();
    if job.state() == State::Finished && !job.has_journal() {
        app.terminal.note("the job has finished already");
        let counts = job.counts()?;
        return runs::end(&job, &counts, &runs::record(&job, &counts), app);
    }
    if app.dry_run {
        app.terminal.note(&format!("the job {} would be resumed", job.id));
        return Ok(Exit::Done);
    }
    runs::run(&job, repeats, &resume.rates, app).await
}

/// Refuses to resume a job as another part, whose users other machines change too.
fn check_shard(shard: Option<JobShard>, job: &Job) -> Outcome {
    let own = job.description.shard;
    if shard.is_none() || shard == own {
        return Ok(());
    }
    let own = own.map_or_else(|| "all users".to_owned(), |own| format!("the part {own}"));
    let message = format!("the job {} was started with {own}, which cannot be changed", job.id);
    Err(Failure::usage(message).hint("leave out --shard, or start a job of the other part"))
}

async fn forget(job: &Job, app: &App) -> Outcome {
    let lock = job.lock()?;
    if app.dry_run {
        app.terminal.note(&format!("the job {} would be removed", job.id));
        return Ok(());
    }
    if !job.outcomes().exists() {
        let question = "and cannot be resumed after it is removed. Remove it?";
        let question = format!("The job {} has not finished, {question}", job.id);
        app.terminal.agree(&question).await?;
    }
    drop(lock);
    job.remove()?;
    app.terminal.note(&format!("the job {} was removed", job.id));
    Ok(())
}
