//! Jobs over whole pools: their rates, their progress, and their orderly end.

pub(crate) mod import;
pub(crate) mod import_job;
pub(crate) mod mass_change;
pub(crate) mod parts;
pub(crate) mod runs;
pub(crate) mod store;
pub(crate) mod workspace;

use std::path::Path;
use std::time::Instant;

use clap::Args;
use cognito::Error;
use cognito::bulk::{
    DEFAULT_RESERVE, JobError, JobEvent, JobRun, JobShard, Quota, QuotaBuilder, RedisPermits,
    plan_with_events,
};
use cognito::types::QuotaCategory;

use self::workspace::Workspace;
use crate::app::App;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::time;
use crate::terminal::Progress;

/// The options of a job's request rates.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Request rates")]
pub(crate) struct RateOptions {
    /// Part of each quota that is left to sign-ins and other programs, from 0 to less than 1
    #[arg(long, value_name = "PART", default_value_t = DEFAULT_RESERVE, value_parser = part)]
    reserve: f64,
    /// Quota of the account for a category, in requests per second, such as UserList=60, if it differs from the default;
    /// `cognito quota` shows both; may be given several times
    #[arg(long, value_name = "CATEGORY=NUMBER", value_parser = rate)]
    rate: Vec<(QuotaCategory, u32)>,
}

/// The option of a job that several machines divide.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShardOption {
    /// Part of the users that this run takes, such as 2/3, with the same part of each request rate. To try it, run all
    /// parts on one machine, or add --dry-run
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<JobShard>,
}

impl RateOptions {
    pub(crate) fn quota(&self) -> Quota {
        self.quota_of(None)
    }

    /// Returns the rates for a part of a job, an equal share for each part.
    pub(crate) fn quota_of(&self, shard: Option<JobShard>) -> Quota {
        self.divided_quota(shard.map_or(1, |shard| shard.count()))
    }

    /// Returns the rates for one of several programs.
    pub(crate) fn divided_quota(&self, workers: u32) -> Quota {
        self.builder().workers(workers).build()
    }

    /// Returns rates that programs share through Redis.
    pub(crate) fn shared_quota(&self, permits: RedisPermits) -> Quota {
        self.builder().shared(permits).build()
    }

    fn builder(&self) -> QuotaBuilder {
        let builder = Quota::builder().reserve(self.reserve);
        let rates = self.rate.iter();
        rates.fold(builder, |builder, (category, rate)| builder.limit(*category, *rate))
    }

    pub(crate) fn reserve(&self) -> f64 {
        self.reserve
    }
}

/// Runs a job to its end, and shows its progress on standard error.
///
/// After the first interrupt, the job waits for the responses to sent requests; the second one ends
/// it at once. Both end with the exit code of a job that can be resumed. A closed terminal may send
/// SIGHUP more than once, so SIGHUP never ends the job at once.
pub(crate) async fn finish<T>(mut run: JobRun<T>, label: &str, app: &App) -> Outcome<T> {
    let mut interrupts = app.interrupts.handle()?;
    let stop = run.stop_handle();
    let mut progress = None;
    let mut reached = None;
    let (mut is_stopping, mut was_interrupted) = (false, false);
    let mut waits = Waits::default();
    loop {
        tokio::select! {
            event = run.next_event() => match event {
                Some(event) => {
                    reached = position(&event).or(reached);
                    waits.show(&event, app);
                    show(&event, label, &mut progress, app);
                }
                None => break,
            },
            signal = interrupts.next() => {
                let is_interrupt = signal != Exit::HungUp;
                if is_interrupt && was_interrupted {
                    progress.into_iter().for_each(Progress::finish);
                    return Err(stopped_at(label, reached));
                }
                was_interrupted |= is_interrupt;
                if !is_stopping {
                    is_stopping = true;
                    app.terminal.note("stopping after the responses to sent requests; another interrupt does not wait for them");
                    stop.stop();
                }
            }
        }
    }
    progress.into_iter().for_each(Progress::finish);
    run.finish().await.map_err(|error| unfinished(error, label, reached, app))
}

/// Converts the error of a run, and shows the number of items that are done.
fn unfinished(error: JobError, label: &str, reached: Option<(u64, u64)>, app: &App) -> Failure {
    if matches!(error, JobError::Stopped) {
        return stopped_at(label, reached);
    }
    if let Some((done, of)) = reached {
        app.terminal.note(&format!("{label}: {done} of {of}"));
    }
    error.into()
}

/// Makes the plan of a job, and shows the pauses before retries of its requests.
pub(crate) async fn planned<T>(plan: impl Future<Output = T>, app: &App) -> T {
    let mut waits = Waits::default();
    plan_with_events(plan, |event| waits.show(&event, app)).await
}

/// Returns the number of items that are done, and the number of all items.
fn position(event: &JobEvent) -> Option<(u64, u64)> {
    match event {
        JobEvent::Progress(made) => Some((made.done, made.expected)),
        _ => None,
    }
}

fn show(event: &JobEvent, label: &str, progress: &mut Option<Progress>, app: &App) {
    match event {
        JobEvent::Started { expected, resumed } => {
            if *resumed {
                app.terminal.note("resuming the job at the point where its last run ended");
            }
            *progress = Some(app.terminal.progress(label, Some(*expected)));
        }
        JobEvent::Progress(made) => {
            if let Some(progress) = progress {
                progress.update(made.done, made.throttled);
            }
        }
        _ => {}
    }
}

/// The pauses of a job. Concurrent requests each have their own pause.
#[derive(Debug, Default)]
struct Waits {
    /// The end of the pause that was shown last.
    until: Option<Instant>,
}

impl Waits {
    /// Shows the reason for a pause, unless a pause of another request is already shown.
    fn show(&mut self, event: &JobEvent, app: &App) {
        if let Some(line) = self.line(event, Instant::now()) {
            app.terminal.note(&line);
        }
    }

    fn line(&mut self, event: &JobEvent, now: Instant) -> Option<String> {
        let JobEvent::Waiting { operation, kind, pause } = event else { return None };
        if self.until.is_some_and(|until| now < until) {
            return None;
        }
        self.until = Some(now + *pause);
        let operation = operation.map(|name| format!("{name}: ")).unwrap_or_default();
        let (error, seconds) = (Error::from(*kind), pause.as_secs());
        Some(format!("{operation}{error}; the request is sent again in {seconds} s"))
    }
}

/// Notes the time since which the users of a resumed job may have changed.
pub(crate) fn note_start(workspace: &Workspace, app: &App) {
    if let Some(start) = workspace.resumed() {
        let start = time(start);
        let start = start.as_str().unwrap_or_default();
        app.terminal.note(&format!("the resumed run has listed users since {start}"));
    }
}

/// Adds a hint to the failure of a job that its command resumes: after a failed request or an error
/// of a file, the same command continues. Otherwise the hint names the directory, unless the failure
/// already has a hint.
pub(crate) fn of_directory(failure: Failure, directory: &Path) -> Failure {
    if (failure.is_of_request() || failure.is("io")) && directory.exists() {
        return failure
            .and_hint("the listed users are kept: run the same command again to resume the job");
    }
    match failure.exit() {
        Exit::Usage | Exit::Failed | Exit::Partly if directory.exists() => {
            failure.or_hint(&format!("the directory of the job is {}", directory.display()))
        }
        _ => failure,
    }
}

/// Creates the failure of a job that was stopped.
pub(crate) fn stopped() -> Failure {
    of_stop("the job was stopped".to_owned())
}

fn stopped_at(label: &str, reached: Option<(u64, u64)>) -> Failure {
    let counts = reached.map(|(done, of)| format!(" ({label}: {done} of {of})"));
    of_stop(format!("the job was stopped{}", counts.unwrap_or_default()))
}

fn of_stop(message: String) -> Failure {
    let failure = Failure::new(Exit::Stopped, "stopped", message);
    failure.hint("run the same command again to resume it")
}

fn part(text: &str) -> Result<f64, String> {
    // With a reserve of 1, a job would wait for ever.
    let part = text.parse().ok().filter(|part| (0.0..1.0).contains(part));
    part.ok_or_else(|| "use a number from 0 to less than 1".to_owned())
}

fn rate(text: &str) -> Result<(QuotaCategory, u32), String> {
    let (name, rate) =
        text.split_once('=').ok_or("write it as CATEGORY=NUMBER, such as UserList=60")?;
    let rate = rate
        .parse::<u32>()
        .ok()
        .filter(|rate| *rate > 0)
        .ok_or("use a whole number of at least 1")?;
    Ok((category(name)?, rate))
}

/// Parses the name of a category on the command line.
pub(crate) fn category(name: &str) -> Result<QuotaCategory, String> {
    let of_pools = || QuotaCategory::ALL.iter().filter(|known| !known.is_of_identity_pools());
    let found = of_pools().find(|known| known.as_str().eq_ignore_ascii_case(name)).copied();
    found.ok_or_else(|| {
        let names: Vec<&str> = of_pools().map(|known| known.as_str()).collect();
        format!("the categories are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_at_the_same_time_are_shown_once() {
        use std::time::Duration;

        use cognito::ErrorKind;

        let (mut waits, now) = (Waits::default(), Instant::now());
        let (operation, kind, pause) =
            (Some("ListUsers"), ErrorKind::Throttled, Duration::from_secs(4));
        let event = JobEvent::Waiting { operation, kind, pause };
        let line = waits.line(&event, now).unwrap();
        assert!(line.starts_with("ListUsers: ") && line.ends_with(" again in 4 s"), "{line}");
        assert_eq!(waits.line(&event, now + Duration::from_secs(3)), None);
        assert!(waits.line(&event, now + pause).is_some());
        assert_eq!(waits.line(&JobEvent::PermitsAvailable, now + pause * 9), None);
    }

    #[test]
    fn rates_name_a_category() {
        assert_eq!(rate("userlist=60").unwrap(), (QuotaCategory::UserList, 60));
        assert!(rate("UserList").is_err() && rate("UserList=-1").is_err());
        assert!(rate("GetId=1").unwrap_err().contains("UserAuthentication, "));
        assert!(rate("UserList=0").is_err(), "a job would wait for ever");
        assert!(part("1").is_err() && part("-0.1").is_err() && part("NaN").is_err());
        assert_eq!(part("0.25"), Ok(0.25));
    }
}
