//! A Redis server on a free port of 127.0.0.1.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server, which ends with the test.
pub(crate) struct Redis {
    program: Child,
    port: u16,
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Redis {
    /// Starts a server; returns none where there is no program `redis-server`.
    pub(crate) async fn start(arguments: &[&str]) -> Option<Self> {
        let port = free_port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        let program = match command.args(arguments).stdout(Stdio::null()).spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                println!("skipped: there is no program redis-server");
                return None;
            }
            spawned => spawned.unwrap(),
        };
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(20), "redis-server does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(Self { program, port })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns the names of its keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"KEYS *\r\nQUIT\r\n").unwrap();
        let lines = BufReader::new(stream).lines().map(Result::unwrap);
        lines.filter(|line| line.contains("cognito:")).collect()
    }

    /// Sends a signal to the server, such as `STOP`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let mut command = Command::new("kill");
        let status = command.args([&format!("-{name}"), &self.program.id().to_string()]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
