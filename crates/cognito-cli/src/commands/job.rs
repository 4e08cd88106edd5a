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
";

const FIELDS: [&str; 6] = ["job", "state", "change", "shard", "pool", "created"];

/// Shows, resumes and removes the jobs that change many users
///
/// A job has a directory in $XDG_STATE_HOME/cognito/jobs, or ~/.local/state/cognito/jobs, with its journal
/// and, at its end, the outcome of each user. It stays until `cognito job forget`.
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    /// Lists the jobs of this machine
    #[command(before_help = "Examples:\n  cognito job list --output json\n")]
    List,
    /// Shows a job with the numbers of its outcomes
    #[command(before_help = "Examples:\n  cognito job show 20261129-031500-disable\n")]
    Show(Id),
    Resume(Resume),
    Worker(worker::Arguments),
    /// Removes a job with its outcomes
    #[command(before_help = "Examples:\n  cognito job forget 20261129-031500-disable\n")]
    Forget(Id),
}

#[derive(Args, Debug)]
pub(crate) struct Id {
    /// The id, from `cognito job list`
    #[arg(value_name = "JOB")]
    id: String,
}

/// Resumes a job where its run has ended
///
/// The job has the users, the part of them, the user pool, the profile and the endpoint of its start. Users
/// that have an outcome are not changed again. A file of users must not have changed since.
#[derive(Args, Debug)]
#[command(before_help = "Examples:\n  cognito job resume 20261129-031500-disable\n")]
pub(crate) struct Resume {
    #[command(flatten)]
    id: Id,
    /// Send requests again that may have had their effect, such as a second message
    #[arg(long)]
    repeat_unknown: bool,
    /// The part of the job's start, such as 2/3: another one is refused
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
    for id in store.ids()? {
        rows.push(&record(&store.open(&id)?))?;
    }
    if rows.written() == 0 {
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
    let Counts { done, skipped, failed, unknown } = job.counts()?;
    let record = record(job)
        .with("users", job.description.work.users())
        .with("done", done)
        .with("skipped", skipped)
        .with("failed", failed)
        .with("unknown", unknown)
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
