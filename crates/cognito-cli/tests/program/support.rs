//! A home for the program, and an emulator in this process.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpSocket;

pub(crate) const PASSWORD: &str = "Correct-horse1";

/// A home of a user, with the environment of the program.
pub(crate) struct Home {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// A home without settings and without AWS credentials.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().display().to_string();
        let variables = [("HOME", &*home), ("AWS_EC2_METADATA_DISABLED", "true"), ("LANG", "C")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { directory, variables: variables.to_vec() }
    }

    /// A home whose environment names a pool and the store `file`.
    pub(crate) fn of(pool: &LocalPool) -> Self {
        let mut home = Self::new();
        home.set("COGNITO_POOL", pool.id().as_str());
        home.set("COGNITO_CLIENT", pool.client_id().as_str());
        home.set("COGNITO_ENDPOINT_URL", pool.endpoint());
        home.set("COGNITO_TOKEN_STORE", "file");
        home
    }

    /// A home in which alice is signed in.
    pub(crate) fn signed_in(pool: &LocalPool) -> Self {
        let home = Self::of(pool);
        home.run_with(&["login", "alice", "--password-stdin"], PASSWORD).succeeded();
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    /// Unsets a variable, and returns its value.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let (_, value) = self.variables().find(|(known, _)| *known == name).unwrap();
        let value = value.to_owned();
        self.unset(name);
        value
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Sets AWS credentials that the emulator accepts.
    pub(crate) fn with_credentials(mut self) -> Self {
        self.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
        self.set("AWS_SECRET_ACCESS_KEY", "secret");
        self.set("AWS_REGION", "eu-west-1");
        self
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the program without a terminal and without input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).stdin(Stdio::null()))
    }

    /// Runs the program with this text on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that fails early does not read.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cognito"));
        command.args(arguments).env_clear().envs(self.variables()).current_dir(self.path());
        command
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// Runs a command with an output whose reader has closed it.
    pub(crate) fn with_closed_output(command: &mut Command) -> Self {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn();
        child.unwrap().wait_with_output().unwrap().into()
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// Checks the exit code and that standard error has this text.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, text: &str) -> Self {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert!(self.stderr.contains(text), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error as JSON.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// An emulator on a port of this machine.
pub(crate) async fn emulator() -> Emulator {
    Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap()
}

/// A pool with the user alice.
pub(crate) async fn pool() -> LocalPool {
    pool_with(PoolSettings::default()).await
}

pub(crate) async fn pool_with(settings: PoolSettings) -> LocalPool {
    let pool = emulator().await.create_pool(settings).unwrap();
    pool.add_user("alice", PASSWORD).unwrap();
    pool
}

/// Stops the emulator of a pool, and keeps its port from the emulators of other tests until the end of the socket.
/// Connections are refused, as nothing listens on it.
pub(crate) async fn unreachable(pool: &LocalPool) -> TcpSocket {
    pool.emulator().stop().await;
    let (_, port) = pool.endpoint().rsplit_once(':').unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(([127, 0, 0, 1], port.parse().unwrap()).into()).unwrap();
    socket
}

/// Starts a server that sends a status and a body for the head of each request, and returns its address.
pub(crate) fn stub(respond: impl Fn(&str) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let head: Vec<String> = stream
                .by_ref()
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let length = head.iter().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse::<u64>().unwrap())
            });
            let length = length.unwrap_or_default();
            let _ = io::copy(&mut stream.by_ref().take(length), &mut io::sink());
            let (status, body) = respond(&head.join("\n").to_lowercase());
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.get_mut().write_all((head + &body).as_bytes());
        }
    });
    address
}
