//! The program with a pool and a user, its memory, and requests to it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Program, command};

/// The time after which a client counts as not served.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running program with a pool that has the user `alice`.
pub(crate) struct Served {
    program: Program,
    _directory: TempDir,
}

impl Served {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_as(command(), options)
    }

    /// Starts the program with a limit of open files.
    pub(crate) fn start_with_files(files: u32) -> Self {
        let mut shell = Command::new("sh");
        let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_cognito-emulator")]);
        shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        Self::start_as(shell, &[])
    }

    fn start_as(mut command: Command, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let seed = directory.path().join("seed.json");
        write_seed(&seed);
        command.args(["serve", "--seed-file"]).arg(&seed).args(options);
        Self { program: Program::spawn(command), _directory: directory }
    }

    pub(crate) fn address(&self) -> &str {
        &self.program.address
    }

    pub(crate) fn id(&self) -> u32 {
        self.program.child.as_ref().unwrap().id()
    }

    /// Returns the address for TLS in the second line.
    pub(crate) fn tls_address(&mut self) -> String {
        let line = self.program.line();
        let address = line.strip_prefix("https://localhost:").unwrap();
        format!("127.0.0.1:{}", address.split(' ').next().unwrap())
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address())
    }

    /// Returns the memory of the process, in MiB.
    pub(crate) fn mebibytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes: usize = resident.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        kilobytes / 1024
    }

    /// Stops the program, and fails if it wrote anything to the standard error, where panics are
    /// printed.
    pub(crate) fn end(self) {
        let output = self.program.stop("TERM");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{:?}: {errors}", output.status);
    }
}

fn write_seed(path: &Path) {
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    // Sign-ins are kept until their refresh tokens expire.
    let units =
        json!({ "AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes" });
    let client = json!({
        "ClientId": "1example23456789", "ExplicitAuthFlows": flows, "AccessTokenValidity": 5,
        "IdTokenValidity": 5, "RefreshTokenValidity": 60, "TokenValidityUnits": units
    });
    let alice = json!({ "Username": "alice", "Password": "Correct-horse1" });
    let pool = json!({ "Id": "eu-west-1_Example01", "Clients": [client], "Users": [alice] });
    fs::write(path, json!({ "Pools": [pool] }).to_string()).unwrap();
}

/// Returns the number in an environment variable, or a smaller default.
pub(crate) fn size(variable: &str, small: usize) -> usize {
    std::env::var(variable).map_or(small, |text| text.parse().unwrap())
}

pub(crate) fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Returns the head of an operation's request.
pub(crate) fn head(operation: &str, length: usize) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n"
    )
}

/// Sends the bytes of a request, and returns the response, which is empty if the connection was
/// reset.
pub(crate) fn send(address: &str, request: &[u8]) -> String {
    let mut stream = connect(address);
    let mut response = Vec::new();
    let _reset = stream.write_all(request).and_then(|()| stream.read_to_end(&mut response));
    String::from_utf8(response).unwrap()
}

/// Calls an operation of the pool, and returns the status and the JSON of the response.
pub(crate) fn call(address: &str, operation: &str, mut input: Value) -> (String, Value) {
    input["UserPoolId"] = json!("eu-west-1_Example01");
    input["ClientId"] = json!("1example23456789");
    let body = input.to_string();
    let response = send(address, (head(operation, body.len()) + &body).as_bytes());
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&*response, "null"));
    let status = head.split(' ').nth(1).unwrap_or("no response").to_owned();
    (status, serde_json::from_str(body).unwrap())
}

/// Returns the tokens of `alice`.
pub(crate) fn sign_in(address: &str) -> Value {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let (status, body) = call(address, "InitiateAuth", input);
    assert_eq!(status, "200", "{body}");
    body["AuthenticationResult"].clone()
}
