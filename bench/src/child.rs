//! A child process that runs a job a given number of times and measures its own time.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// The unit of times in `/proc/PID/stat`. Linux has 100 ticks a second on all architectures.
const TICK: Duration = Duration::from_millis(10);

/// A running program of this project or of another implementation, which is killed when this value is dropped.
pub(crate) struct ChildProcess {
    process: Child,
    counts: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The time from its start to the end of its first job.
    pub(crate) start: Duration,
}

impl ChildProcess {
    /// Starts a script of the directory `bench`, like [`spawn`](Self::spawn).
    pub(crate) fn start<A: AsRef<OsStr>>(
        interpreter: &Path,
        script: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        Self::spawn(script_command(interpreter, script).args(arguments))
    }

    /// Starts a program, which prints `ready` after its first job, then reads a count from each line,
    /// repeats the job that often, and prints the total time in seconds.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let started = Instant::now();
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let counts = process.stdin.take().ok_or("the program has no input")?;
        let output = BufReader::new(process.stdout.take().ok_or("the program has no output")?);
        let mut child = Self { process, counts, output, start: Duration::ZERO };
        match child.line()?.trim() {
            "ready" => child.start = started.elapsed(),
            other => return Err(format!("{command:?} is not ready: {other}").into()),
        }
        Ok(child)
    }

    /// Runs the job a number of times, and returns the total time.
    pub(crate) fn run(&mut self, times: u32) -> Result<Duration> {
        writeln!(self.counts, "{times}")?;
        Ok(Duration::try_from_secs_f64(self.line()?.trim().parse()?)?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line)
    }

    /// Returns the processor time of all threads.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program, in parentheses, may have spaces; `utime` is the 12th field after it.
        let (_, fields) = stat.rsplit_once(')').ok_or("the process has no times")?;
        let ticks: Vec<u32> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        Ok(TICK * ticks.iter().sum())
    }

    /// Returns the peak resident memory, in megabytes.
    pub(crate) fn peak_megabytes(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|rest| rest.split_whitespace().next());
        let kilobytes: f64 = peak.ok_or("the status of the process has no VmHWM")?.parse()?;
        Ok(kilobytes / 1024.0)
    }
}

/// Returns a command that runs a script of the directory `bench`.
pub(crate) fn script_command(interpreter: &Path, script: &str) -> Command {
    let mut command = Command::new(interpreter);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    command
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
