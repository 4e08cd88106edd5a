//! Servers for the length of a job: ours, and those that others wrote.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::peers::python;
use crate::run::{self, Background, Outcome};

/// How long a server may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A server that answers, and stops with this value.
pub(super) struct Server {
    address: SocketAddr,
    _process: Background,
}

impl Server {
    /// Our pool; the issuer is its endpoint or `aws`.
    pub(super) fn ours(issuer: &str) -> Result<Self, String> {
        let mut serve = Command::new(run::target().join("debug/cognito-emulator"));
        serve.args(["serve", "--issuer", issuer]).stdout(Stdio::piped());
        let mut process = start("our pool", &mut serve)?;
        let stdout = process.0.stdout.take().ok_or("our pool has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let address = line.trim_end().rsplit("http://").next().and_then(|text| text.parse().ok());
        let address = address.ok_or("our pool did not say its address")?;
        Ok(Self { address, _process: process })
    }

    /// ministack, with its accounts and messages.
    pub(super) fn ministack() -> Result<Self, String> {
        Self::of_others("ministack", |address| {
            let mut serve = Command::new(python());
            serve.args(["-m", "hypercorn", "--bind", &address.to_string(), "ministack.app:app"]);
            serve.env("AUTH", "true").env("IOT_MTLS_ENABLED", "0");
            serve.env("GATEWAY_PORT", address.port().to_string());
            serve
        })
    }

    /// A server on a free port, as soon as it can be connected to.
    fn of_others(name: &str, command: impl Fn(SocketAddr) -> Command) -> Result<Self, String> {
        let address = free_address().map_err(|error| error.to_string())?;
        let log = run::target().join("interop").join(format!("{name}.log"));
        let output = File::create(&log).and_then(|log| Ok((log.try_clone()?, log)));
        let (output, errors) = output.map_err(|error| error.to_string())?;
        let process = start(name, command(address).stdout(output).stderr(errors))?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > START_LIMIT {
                return Err(format!("{name} does not answer; see {}", log.display()));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { address, _process: process })
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs a program of `tests/src/bin` with the endpoint and these arguments.
    pub(super) fn run<'a>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Outcome {
        let mut client = Command::new(run::target().join("debug").join(program));
        run::run(client.arg(self.endpoint()).args(arguments))
    }

    /// Sends a request without a body, which must be answered with success.
    pub(super) fn post(&self, path: &str) -> Outcome {
        let host = self.address;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        let exchange = || {
            let mut connection = TcpStream::connect(host)?;
            connection.write_all(request.as_bytes())?;
            let mut answer = Vec::new();
            connection.read_to_end(&mut answer).map(|_| answer)
        };
        let answer = exchange().map_err(|error: std::io::Error| format!("{path}: {error}"))?;
        match answer.starts_with(b"HTTP/1.1 200") {
            true => Ok(()),
            false => Err(format!("{path}: {}", String::from_utf8_lossy(&answer))),
        }
    }
}

fn start(name: &str, command: &mut Command) -> Result<Background, String> {
    command.spawn().map(Background).map_err(|error| format!("cannot start {name}: {error}"))
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
