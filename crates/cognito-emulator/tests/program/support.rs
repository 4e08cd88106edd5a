//! Runs of the program, and requests to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Output};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::{Value, json};

use crate::running::{Program, command};

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut program = command();
    program.args(arguments);
    program
}

pub(crate) fn serve(options: &[&str]) -> Program {
    Program::spawn(program(&[&["serve"], options].concat()))
}

impl Program {
    /// Returns the standard input of the program, which is a pipe.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.as_mut().unwrap().stdin.take().unwrap()
    }

    /// Waits for the end of the program up to a time limit.
    pub(crate) fn status_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begin = Instant::now();
        loop {
            let status = self.child.as_mut().unwrap().try_wait().unwrap();
            if status.is_some() || begin.elapsed() >= limit {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Stops the program with SIGTERM.
pub(crate) fn end(program: Program) -> Output {
    program.stop("TERM")
}

/// Sends a request, and returns the JSON of its response.
pub(crate) fn send(address: &str, line: &str, operation: &str, body: &str) -> Value {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Writes a seed file with a pool, an app client and the user `alice`.
pub(crate) fn write_seed(path: &Path, password: &str) {
    let client = json!({
        "ClientId": "1example23456789", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]
    });
    let alice = json!({ "Username": "alice", "Password": password });
    let pool = json!({ "Id": "eu-west-1_Example01", "Clients": [client], "Users": [alice] });
    fs::write(path, json!({ "Pools": [pool] }).to_string()).unwrap();
}

/// Returns a request of InitiateAuth.
pub(crate) fn sign_in(password: &str) -> String {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": password });
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789",
        "AuthParameters": parameters
    })
    .to_string()
}

/// Runs a shell command, and returns its output.
pub(crate) fn shell(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
