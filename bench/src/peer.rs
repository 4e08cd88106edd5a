//! A peer of another language, in a process of its own that takes its own time.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Result;

pub(crate) struct Peer {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a script of this directory, which reads a count a line and prints the seconds that so
    /// many jobs took.
    pub(crate) fn start<A: AsRef<OsStr>>(
        interpreter: &Path,
        script: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let mut command = Command::new(interpreter);
        command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let questions = process.stdin.take().ok_or("no way to ask")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no way to hear")?);
        Ok(Self { process, questions, answers })
    }

    /// Lets it do its job this many times and tells how long they took.
    pub(crate) fn run(&mut self, times: u32) -> Result<Duration> {
        writeln!(self.questions, "{times}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Duration::try_from_secs_f64(answer.trim().parse()?)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
