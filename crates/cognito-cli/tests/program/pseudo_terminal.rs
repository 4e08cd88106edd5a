//! The program at a terminal, as a person sees it.

use std::io::{Read, Write};
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty};

use crate::support::Home;

/// The time in which a text must be seen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program at a terminal.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    output: Receiver<Vec<u8>>,
    /// All that was seen, and where the unread part begins.
    seen: String,
    read: usize,
}

impl Terminal {
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::of(home, env!("CARGO_BIN_EXE_cognito"), arguments)
    }

    /// Starts a program with the home's environment, where `cognito` is in the path.
    pub(crate) fn of(home: &Home, program: &str, arguments: &[&str]) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(60, 100)).unwrap();
        let command = Command::new(program).args(arguments).env_clear();
        let command = command.envs(home.variables()).env("TERM", "xterm");
        let child = command.current_dir(home.path()).spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let (sender, output) = mpsc::channel();
        let reader = Arc::clone(&pty);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Linux reports the end as an error.
            while let Ok(count @ 1..) = (&*reader).read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { pty, child, output, seen: String::new(), read: 0 }
    }

    /// The id of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a text behind those that were expected before, and returns what came before it.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen[self.read..].find(text) {
                let before = self.seen[self.read..self.read + at].to_owned();
                self.read += at + text.len();
                return before;
            }
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout) => panic!("no `{text}` in {:?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("ended: {:?}", self.seen),
            }
        }
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, line: &str) {
        self.type_text(&format!("{line}\r"));
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Presses ctrl-C.
    pub(crate) fn interrupt(&mut self) {
        self.type_text("\u{3}");
    }

    /// Waits for the end, and returns the exit code and all that was seen.
    #[track_caller]
    pub(crate) fn end(mut self) -> (i32, String) {
        let deadline = Instant::now() + PATIENCE;
        // The reader ends when no process has the terminal any more.
        while let Ok(bytes) =
            self.output.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code().unwrap_or(-1), self.seen);
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("does not end: {:?}", self.seen);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
