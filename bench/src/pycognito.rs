//! pycognito, in a process of its own that takes its own time.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Result;

pub(crate) struct Pycognito {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Pycognito {
    /// Starts it with the arguments of `pycognito_sign_in.py`.
    pub(crate) fn start(python: &Path, arguments: [&str; 6]) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("pycognito_sign_in.py");
        let mut command = Command::new(python);
        command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let questions = process.stdin.take().ok_or("no way to ask")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no way to hear")?);
        Ok(Self { process, questions, answers })
    }

    /// Lets it compute this many sign-ins and tells how long they took.
    pub(crate) fn sign_in(&mut self, times: u32) -> Result<Duration> {
        writeln!(self.questions, "{times}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Duration::try_from_secs_f64(answer.trim().parse()?)?)
    }
}

impl Drop for Pycognito {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
