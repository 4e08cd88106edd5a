//! The conditions of a measurement: date, commit, processor, and the load of other programs.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::run;

/// The length of a tick. Linux has 100 ticks a second on all architectures.
const TICK: Duration = Duration::from_millis(10);

/// The conditions of a measurement, which its table states.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Conditions {
    date: String,
    commit: String,
    processor: String,
    cores: usize,
    /// Cores that other programs used, on average over the measurement.
    other_programs: f64,
}

/// A measurement in progress.
pub(super) struct Measurement {
    start: Instant,
    busy: Duration,
    ours: Duration,
}

impl Measurement {
    pub(super) fn begin() -> Result<Self, String> {
        Ok(Self { start: Instant::now(), busy: busy_time()?, ours: processor_time()? })
    }

    /// Returns the conditions since the start of the measurement.
    pub(super) fn conditions(&self) -> Result<Conditions, String> {
        let busy = busy_time()?.saturating_sub(self.busy);
        let others = busy.saturating_sub(processor_time()?.saturating_sub(self.ours));
        let other_programs = others.as_secs_f64() / self.start.elapsed().as_secs_f64();
        let mut commit = Command::new("git");
        commit.args(["describe", "--always", "--dirty"]).current_dir(run::root());
        let processors = read("/proc/cpuinfo")?;
        let models = processors.lines().filter_map(|line| line.strip_prefix("model name"));
        let model = models.map(|model| model.trim_start_matches(['\t', ' ', ':'])).next();
        Ok(Conditions {
            date: run::output(Command::new("date").args(["-u", "+%F"]))?.trim().to_owned(),
            commit: run::output(&mut commit)?.trim().to_owned(),
            processor: model.unwrap_or(std::env::consts::ARCH).to_owned(),
            cores: std::thread::available_parallelism().map_err(|error| error.to_string())?.get(),
            other_programs: (other_programs * 100.0).round() / 100.0,
        })
    }
}

impl Conditions {
    /// Returns the sentence below a table.
    pub(super) fn describe(&self) -> String {
        let Self { date, commit, processor, cores, other_programs } = self;
        format!(
            "Measured {date} at {commit}, on {cores} cores of {processor}; other programs used \
             {other_programs:.2} cores."
        )
    }
}

/// Returns the processor time of all child processes that have ended.
pub(super) fn processor_time() -> Result<Duration, String> {
    let stat = read("/proc/self/stat")?;
    // The name of the program, in parentheses, may have spaces; `cutime` is the 14th field after it.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    ticks(fields.split_whitespace().skip(13).take(2))
}

/// Returns the total busy time of all cores since the start of the system.
fn busy_time() -> Result<Duration, String> {
    let stat = read("/proc/stat")?;
    let all = stat.lines().next().unwrap_or_default();
    // The fields are user, nice, system, idle, waiting, and interrupts of two kinds.
    let fields: Vec<&str> = all.split_whitespace().skip(1).take(7).collect();
    ticks(fields.iter().enumerate().filter(|(index, _)| ![3, 4].contains(index)).map(|(_, f)| *f))
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Result<Duration, String> {
    let ticks: Result<Vec<u32>, _> = fields.map(str::parse).collect();
    Ok(TICK * ticks.map_err(|error| error.to_string())?.iter().sum())
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}
