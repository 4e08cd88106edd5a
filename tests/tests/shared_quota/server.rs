//! A Redis server on a free port of 127.0.0.1.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// The number of attempts to start a server, each on another port.
const STARTS: usize = 5;

/// A server, which ends with the test.
pub(crate) struct Redis {
    program: Child,
    pub(crate) port: u16,
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Redis {
    /// Starts a server. The tests that need it are ignored by default, as it may not be installed.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        // Another program may take the port before the server, which then exits at once.
        let start = |_| Self::start_on(free_port(), arguments).expect("redis-server is installed");
        (0..STARTS).find_map(start).expect("redis-server starts")
    }

    /// Waits until the server prints that it is ready. A successful connection would not prove it,
    /// because it could be to another program.
    pub(crate) fn start_on(port: u16, arguments: &[&str]) -> io::Result<Option<Self>> {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        let mut program = command.args(arguments).stdout(Stdio::piped()).spawn()?;
        let log = BufReader::new(program.stdout.take().unwrap()).lines();
        let redis = Self { program, port };
        let mut lines = log.map_while(Result::ok);
        Ok(lines.any(|line| line.contains("Ready to accept connections")).then_some(redis))
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns the names of all keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        let lines = self.command(&["KEYS", "*"]);
        lines.into_iter().filter(|line| line.contains("cognito:")).collect()
    }

    /// Sends a command, and returns the lines of the response.
    pub(crate) fn command(&self, words: &[&str]) -> Vec<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("{}\r\nQUIT\r\n", words.join(" ")).as_bytes()).unwrap();
        BufReader::new(stream).lines().map(Result::unwrap).collect()
    }

    /// Sends a signal to the server, such as `STOP`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let mut command = Command::new("kill");
        let status = command.args([&format!("-{name}"), &self.program.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Kills the server.
    pub(crate) fn stop(&mut self) {
        // The process may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
