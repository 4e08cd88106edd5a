//! Exports of all users of a pool, compared with boto3's paginator with the same number of connections.
//!
//! The server is the emulator on a separate core. All programs write the same rows in JSON Lines; ours also
//! flushes a journal. Without quotas the speed of the processes is compared, with quotas their use of the
//! quota.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use core_affinity::CoreId;
use serde_json::json;

use crate::child::{ChildProcess, script_command};
use crate::emulator::Listed;
use crate::measure::{self, Series, Wanted};
use crate::report::{Output, Unit};
use crate::{Installed, Result};

/// The default quota of ListUsers requests per second for new accounts.
const LIMIT: u32 = 30;

/// The number of users on a page.
const PAGE: u32 = 60;

/// A limit that no benchmarked program reaches.
const NO_LIMIT: u32 = 1_000_000;

/// The number of connections of the rows with several connections.
const CONNECTIONS: u32 = 8;

const OURS: &str = "cognito-bulk, 8 connections";
const OURS_ALONE: &str = "cognito-bulk, 1 connection";
const BOTO3: &str = "boto3 1.43.106, 8 threads with a connection each";
const BOTO3_ALONE: &str = "boto3 1.43.106, 1 connection";
const SERVER: &str = "the server alone, 8 connections: pages that are received and not parsed";

/// The numbers of rounds and of users.
struct Size {
    rounds: usize,
    users: u32,
    rounds_with_quota: usize,
    users_with_quota: u32,
}

const LONG: Size =
    Size { rounds: 9, users: 30_000, rounds_with_quota: 1, users_with_quota: 60_000 };
const SHORT: Size =
    Size { rounds: 3, users: 20_000, rounds_with_quota: 1, users_with_quota: 1_800 };
/// The size of a run whose figures are not compared.
const UNCHECKED: Size =
    Size { rounds: 1, users: 3_000, rounds_with_quota: 1, users_with_quota: 600 };

/// The programs, the core of the server, and the directory for exported files.
struct Exports<'a> {
    installed: &'a Installed,
    core: CoreId,
    files: PathBuf,
}

/// A program that exports users, and its samples.
struct Exporter {
    child: ChildProcess,
    series: Series,
    /// The processor time for each user, in microseconds.
    cpu: Vec<f64>,
}

pub(crate) fn run(installed: &Installed, cores: &[CoreId], output: &Output) -> Result<()> {
    let core = *cores.first().ok_or("there is no core")?;
    let size = match (output.short, output.check) {
        (true, true) => SHORT,
        (true, false) => UNCHECKED,
        (false, _) => LONG,
    };
    let files = output.directory.join("bulk");
    // A job of a killed run would be resumed.
    if files.exists() {
        fs::remove_dir_all(&files)?;
    }
    fs::create_dir_all(&files)?;
    let exports = Exports { installed, core, files };
    exports.measure_speed(&size, output)?;
    exports.measure_share(&size, output)
}

impl Exports<'_> {
    /// Measures users per second, processor time and memory of the processes, without quotas.
    fn measure_speed(&self, size: &Size, output: &Output) -> Result<()> {
        let pool = Listed::start(self.installed.emulator()?, self.core, None, size.users)?;
        let mut exporters = vec![
            Exporter::start(OURS, self.ours(&pool, CONNECTIONS, NO_LIMIT)?, None)?,
            Exporter::start(OURS_ALONE, self.ours(&pool, 1, NO_LIMIT)?, None)?,
        ];
        for (name, connections, of) in [(BOTO3, CONNECTIONS, OURS), (BOTO3_ALONE, 1, OURS_ALONE)] {
            if let Some(command) = self.boto3(&pool, connections) {
                let wanted = Some(Wanted::AtMost(0.2, of));
                exporters.push(Exporter::start(name, command, wanted)?);
            }
        }
        let pages = pool.pages()?;
        let mut server = Series { name: SERVER, wanted: None, samples: Vec::new() };
        for _ in 0..size.rounds {
            for exporter in &mut exporters {
                exporter.take_turn(size.users)?;
            }
            let time = pool.replay(&pages, usize::try_from(CONNECTIONS)?)?;
            server.samples.push(f64::from(size.users) / time.as_secs_f64());
        }
        write_processes(&exporters, size.users, output)?;
        let title = format!("exports of {} users, client and server on a core each", size.users);
        let speeds = [series(exporters), vec![server]].concat();
        output.table("bulk", &title, Unit::UsersPerSecond, &measure::rows(&speeds))
    }

    /// Measures exports under a quota: users per second as a share of the maximum that the quota permits,
    /// and the throttled requests that the server counts.
    fn measure_share(&self, size: &Size, output: &Output) -> Result<()> {
        let quotas = self.files.join("quotas");
        fs::write(&quotas, json!({ "UserCreation": NO_LIMIT, "UserList": LIMIT }).to_string())?;
        let users = size.users_with_quota;
        let pool = Listed::start(self.installed.emulator()?, self.core, Some(&quotas), users)?;
        let wanted = Some(Wanted::Share(94.0));
        let mut exporters = vec![
            Exporter::start(OURS, self.ours(&pool, CONNECTIONS, LIMIT)?, wanted)?,
            Exporter::start(OURS_ALONE, self.ours(&pool, 1, LIMIT)?, wanted)?,
        ];
        for (name, connections) in [(BOTO3, CONNECTIONS), (BOTO3_ALONE, 1)] {
            if let Some(command) = self.boto3(&pool, connections) {
                exporters.push(Exporter::start(name, command, None)?);
            }
        }
        let needed = f64::from(users.div_ceil(PAGE)) / f64::from(LIMIT);
        let counts = |Exporter { series, .. }: &Exporter| Series {
            name: series.name,
            wanted: None,
            samples: Vec::new(),
        };
        let mut throttled: Vec<Series> = exporters.iter().map(counts).collect();
        for _ in 0..size.rounds_with_quota {
            for (exporter, throttled) in exporters.iter_mut().zip(&mut throttled) {
                // After a second without requests, the quota permits a full burst.
                thread::sleep(Duration::from_secs(1));
                let before = pool.throttled_lists()?;
                let seconds = exporter.child.run(1)?.as_secs_f64();
                exporter.series.samples.push(needed / seconds * 100.0);
                throttled.samples.push(pool.throttled_lists()? - before);
            }
        }
        let exports = format!("exports of {users} users at {LIMIT} lists a second");
        let title = format!("{exports}: share of the users that the quota permits");
        output.table("bulk_quota", &title, Unit::Percent, &measure::rows(&series(exporters)))?;
        let title = format!("{exports}: throttled requests");
        output.table("bulk_throttled", &title, Unit::Requests, &measure::rows(&throttled))
    }

    fn ours(&self, pool: &Listed, connections: u32, limit: u32) -> Result<Command> {
        let programs = self.installed.programs.as_deref().ok_or("programs=DIRECTORY is missing")?;
        let mut command = Command::new(programs.join("bench-export"));
        command.args(pool.arguments()).arg(self.files.join("ours.jsonl"));
        command.args([connections, limit].map(|number| number.to_string()));
        Ok(command)
    }

    /// Returns the command of boto3, if a Python interpreter is given.
    fn boto3(&self, pool: &Listed, connections: u32) -> Option<Command> {
        let mut command = script_command(self.installed.python.as_deref()?, "boto3_export.py");
        command.args(pool.arguments()).arg(self.files.join("boto3.jsonl"));
        command.arg(connections.to_string());
        Some(command)
    }
}

impl Exporter {
    /// Starts a program, which runs its first export.
    fn start(name: &'static str, mut command: Command, wanted: Option<Wanted>) -> Result<Self> {
        let series = Series { name, wanted, samples: Vec::new() };
        Ok(Self { child: ChildProcess::spawn(&mut command)?, series, cpu: Vec::new() })
    }

    fn take_turn(&mut self, users: u32) -> Result<()> {
        let (users, before) = (f64::from(users), self.child.cpu()?);
        let time = self.child.run(1)?;
        let cpu = self.child.cpu()?.saturating_sub(before);
        self.series.samples.push(users / time.as_secs_f64());
        self.cpu.push(cpu.as_secs_f64() * 1e6 / users);
        Ok(())
    }
}

/// Writes the tables of the processor time and the memory of the processes.
fn write_processes(exporters: &[Exporter], users: u32, output: &Output) -> Result<()> {
    let processor = |Exporter { series, cpu, .. }: &Exporter| {
        let wanted = match series.name {
            OURS => Some(Wanted::AtMost(0.2, BOTO3)),
            OURS_ALONE => Some(Wanted::AtMost(0.2, BOTO3_ALONE)),
            _ => None,
        };
        Series { name: series.name, wanted, samples: cpu.clone() }
    };
    let memory = |Exporter { child, series, .. }: &Exporter| {
        let samples = vec![child.peak_megabytes()?];
        Ok(Series { name: series.name, wanted: None, samples })
    };
    let processor: Vec<Series> = exporters.iter().map(processor).collect();
    let memory: Result<Vec<Series>> = exporters.iter().map(memory).collect();
    let title = format!("processor time of clients for each of {users} users");
    output.table("bulk_cpu", &title, Unit::Microseconds, &measure::rows(&processor))?;
    let title = format!("peak memory of exports of {users} users");
    output.table("bulk_memory", &title, Unit::Megabytes, &measure::rows(&memory?))
}

fn series(exporters: Vec<Exporter>) -> Vec<Series> {
    exporters.into_iter().map(|exporter| exporter.series).collect()
}
