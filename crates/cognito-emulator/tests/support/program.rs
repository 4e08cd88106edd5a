//! The program as a child process, which ends with the test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// Returns the program with captured output.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running program, which is killed on drop.
pub(crate) struct Program {
    pub(crate) child: Option<Child>,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Program {
    /// Starts the program.
    pub(crate) fn launch(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child: Some(child), stdout, address: String::new() }
    }

    /// Starts the program, and waits until it is ready.
    pub(crate) fn spawn(command: Command) -> Self {
        let mut program = Self::launch(command);
        let line = program.line();
        let Some(address) = line.strip_prefix("cognito-emulator is ready at http://") else {
            panic!("{line}{}", String::from_utf8_lossy(&program.stop("KILL").stderr));
        };
        address.clone_into(&mut program.address);
        program
    }

    /// Returns the next line that the program prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Sends a signal.
    pub(crate) fn send(&self, signal: &str) {
        let child = self.child.as_ref().unwrap();
        let mut kill = Command::new("kill");
        let sent = kill.args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a signal that ends the program, and returns its status, its log and the unread lines.
    pub(crate) fn stop(mut self, signal: &str) -> Output {
        self.send(signal);
        let mut output = self.child.take().unwrap().wait_with_output().unwrap();
        self.stdout.read_to_end(&mut output.stdout).unwrap();
        output
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ended = child.kill();
            let _status = child.wait();
        }
    }
}
