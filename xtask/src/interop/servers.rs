//! Servers that run during a job: the emulator, and third-party servers.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{self, Background};
use crate::third_party::python;

/// Time limit for the start of a server.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running server, which stops when this value is dropped.
pub(super) struct Server {
    endpoint: String,
    _process: Background,
}

impl Server {
    /// Starts the emulator. The issuer is `endpoint` or `aws`.
    pub(super) fn ours(issuer: &str) -> Result<Self, String> {
        let ([ready, _], process) = ours(&["--issuer", issuer], 1)?;
        let endpoint = ready.rsplit(' ').next().unwrap_or_default().to_owned();
        Ok(Self { endpoint, _process: process })
    }

    /// Starts the emulator with TLS, and a certificate authority in a directory.
    pub(super) fn ours_over_tls(ca: &Path) -> Result<Self, String> {
        let ca = ca.to_str().ok_or("the directory of the certificate authority is not UTF-8")?;
        let ([_, ready], process) = ours(&["--tls-ca", ca], 2)?;
        let endpoint = ready.split(' ').next().unwrap_or_default().to_owned();
        Ok(Self { endpoint, _process: process })
    }

    /// Starts ministack, with its accounts and messages.
    pub(super) fn ministack() -> Result<Self, String> {
        Self::third_party("ministack", |address| {
            let mut serve = Command::new(python());
            // Without workers it is a single process, so that killing it leaves no process behind.
            serve.args(["-m", "hypercorn", "--workers", "0", "ministack.app:app"]);
            serve.args(["--bind", &address.to_string()]);
            serve.env("AUTH", "true").env("IOT_MTLS_ENABLED", "0");
            serve.env("GATEWAY_PORT", address.port().to_string());
            serve
        })
    }

    /// Starts moto, which checks one-time codes of apps, but no passwords.
    pub(super) fn moto() -> Result<Self, String> {
        Self::third_party("moto", |address| {
            let mut serve = Command::new(python());
            let (host, port) = (address.ip().to_string(), address.port().to_string());
            serve.args(["-m", "moto.server", "-H", &host, "-p", &port]);
            serve.env("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true");
            serve
        })
    }

    /// Starts a server on a free port, and waits until it accepts connections.
    fn third_party(name: &str, command: impl Fn(SocketAddr) -> Command) -> Result<Self, String> {
        let address = free_address().map_err(|error| error.to_string())?;
        let log = run::target().join("interop").join(format!("{name}.log"));
        let output = File::create(&log).and_then(|log| Ok((log.try_clone()?, log)));
        let (output, errors) = output.map_err(|error| error.to_string())?;
        let process = start(name, command(address).stdout(output).stderr(errors))?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > START_LIMIT {
                return Err(format!("{name} does not accept connections; see {}", log.display()));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { endpoint: format!("http://{address}"), _process: process })
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// Starts the emulator and reads its first lines: `cognito-emulator is ready at ENDPOINT`, and with TLS
/// `ENDPOINT is ready too …`.
fn ours(options: &[&str], lines: usize) -> Result<([String; 2], Background), String> {
    let mut serve = Command::new(run::built("cognito-emulator"));
    serve.arg("serve").args(options).stdout(Stdio::piped());
    let mut process = start("the emulator", &mut serve)?;
    let stdout = process.0.stdout.take().ok_or("the emulator has no output")?;
    let (mut stdout, mut read) = (BufReader::new(stdout), [String::new(), String::new()]);
    for line in read.iter_mut().take(lines) {
        stdout.read_line(line).map_err(|error| error.to_string())?;
        *line = line.trim_end().to_owned();
        if !line.contains("ready") {
            return Err("the emulator did not start".to_owned());
        }
    }
    Ok((read, process))
}

fn start(name: &str, command: &mut Command) -> Result<Background, String> {
    command.spawn().map(Background).map_err(|error| format!("cannot start {name}: {error}"))
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
