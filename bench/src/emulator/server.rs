//! The compared servers, which run as processes on the given core.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;
use serde_json::json;

use super::client::Connection;
use crate::Result;

/// A server that can be started.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) kind: Kind,
    executable: PathBuf,
    core: CoreId,
    /// A file of quotas for our emulator.
    pub(super) quotas: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ours,
    Ministack,
    Moto,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Ministack => "ministack 1.5.33",
            Self::Moto => "moto 5.2.5",
        }
    }
}

/// Returns the compared servers, ours first. Other implementations need a Python interpreter.
pub(super) fn programs(ours: &Path, python: Option<&Path>, core: CoreId) -> Vec<Program> {
    let program =
        |kind, path: &Path| Program { kind, executable: path.to_owned(), core, quotas: None };
    let mut programs = vec![program(Kind::Ours, ours)];
    match python {
        None => {}
        Some(python) => {
            programs.extend([Kind::Ministack, Kind::Moto].map(|kind| program(kind, python)));
        }
    }
    programs
}

/// A running server, which is killed when this value is dropped.
pub(super) struct Running {
    process: Child,
    pub(super) address: SocketAddr,
    /// The time from its start to its first response.
    pub(super) start: Duration,
}

impl Program {
    fn command(&self, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.executable);
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        match self.kind {
            Kind::Ours => {
                command.args(["serve", "--port", &port]);
                command.args(
                    self.quotas.iter().flat_map(|file| ["--quotas".as_ref(), file.as_os_str()]),
                )
            }
            Kind::Ministack => {
                // Without workers it is a single process, so that killing it leaves no process behind.
                command.args(["-m", "hypercorn", "--workers", "0", "ministack.app:app"]);
                command.args(["--bind", &address.to_string()]);
                command.envs([("AUTH", "true"), ("IOT_MTLS_ENABLED", "0"), ("GATEWAY_PORT", &port)])
            }
            Kind::Moto => command.args(["-m", "moto.server", "-H", &host, "-p", &port]),
        };
        command
    }

    /// Starts the server and creates a first user pool.
    pub(super) fn start(&self) -> Result<Running> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = self.command(address);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let (core, started) = (self.core, Instant::now());
        // A process inherits the core of the thread that starts it.
        let spawning = thread::spawn(move || {
            core_affinity::set_for_current(core);
            command.spawn()
        });
        let process = spawning.join().map_err(|_| "a thread panicked")??;
        let mut running = Running { process, address, start: Duration::ZERO };
        running.wait()?;
        running.call_once()?;
        running.start = started.elapsed();
        Ok(running)
    }
}

impl Running {
    fn wait(&mut self) -> Result<()> {
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("a server ended: {status}").into());
            }
            thread::sleep(Duration::from_micros(500));
        }
        Ok(())
    }

    fn call_once(&self) -> Result<()> {
        let input = json!({ "PoolName": "first" });
        Connection::new(self.address).call("CreateUserPool", &input).map(drop)
    }

    /// Returns the resident memory of the server and its child processes, in megabytes.
    pub(super) fn resident_megabytes(&self) -> Result<f64> {
        Ok(resident_kilobytes(self.process.id())? / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn resident_kilobytes(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|rest| rest.split_whitespace().next());
    let mut sum: f64 = resident.ok_or("the status of the process has no VmRSS")?.parse()?;
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    for child in children.split_whitespace() {
        sum += resident_kilobytes(child.parse()?)?;
    }
    Ok(sum)
}
