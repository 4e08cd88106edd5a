//! The program with a state file, and a client of it.

#[path = "../support/program.rs"]
mod running;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) use self::running::Program;
use self::running::command;

/// Returns the program with a state file and other options.
pub(crate) fn program(state: &Path, options: &[&str]) -> Command {
    let mut program = command();
    program.arg("serve").arg("--state").arg(state).args(options);
    program
}

/// Starts the program, which ends at once even if it can use the file.
pub(crate) fn start_and_end(state: &Path) -> Output {
    program(state, &["--exit-with-stdin"]).stdin(Stdio::null()).output().unwrap()
}

impl Program {
    pub(crate) fn start(state: &Path, options: &[&str]) -> Self {
        Self::spawn(program(state, options))
    }

    /// Kills the program with SIGKILL, and returns its log.
    pub(crate) fn kill(self) -> Output {
        self.stop("KILL")
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.address).unwrap()
    }
}

/// A client with one connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Calls an operation, and returns the response or the exception.
    pub(crate) fn call(
        &mut self,
        operation: &str,
        input: &Value,
    ) -> io::Result<Result<Value, Value>> {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let (status, body) = self.send("/", &target, &input.to_string())?;
        Ok(if status == 200 { Ok(body) } else { Err(body) })
    }

    /// Calls an operation that must succeed.
    #[track_caller]
    pub(crate) fn done(&mut self, operation: &str, input: &Value) -> Value {
        self.call(operation, input).unwrap().unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// Sends a POST request, and returns the status and the body.
    pub(crate) fn send(
        &mut self,
        path: &str,
        target: &str,
        body: &str,
    ) -> io::Result<(u16, Value)> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {target}\r\n\
             Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status.unwrap(), serde_json::from_slice(&body)?))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}
