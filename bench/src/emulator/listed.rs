//! An emulator with a pool of many users, for benchmarks that list them.

use std::path::Path;
use std::time::{Duration, Instant};

use core_affinity::CoreId;
use serde_json::{Value, json};

use super::client::{Connection, request};
use super::server::{self, Running};
use super::{make_pool, make_user};
use crate::Result;

/// The emulator, with a pool whose users have an e-mail address.
pub(crate) struct Listed {
    running: Running,
    pool_id: String,
}

impl Listed {
    /// Starts the emulator on a core, with an optional file of quotas, and creates the users.
    pub(crate) fn start(
        program: &Path,
        core: CoreId,
        quotas: Option<&Path>,
        users: u32,
    ) -> Result<Self> {
        let mut programs = server::programs(program, None, core).into_iter();
        let mut program = programs.next().ok_or("there is no server")?;
        program.quotas = quotas.map(Path::to_owned);
        let running = program.start()?;
        let mut connection = Connection::new(running.address);
        // Users without a password are created faster, because no verifier is computed.
        let policy = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
        let pool_id = make_pool(&mut connection, json!({ "SignInPolicy": policy }))?;
        for number in 0..users {
            make_user(&mut connection, &pool_id, &format!("user-{number}"))?;
        }
        Ok(Self { running, pool_id })
    }

    /// Returns the endpoint and the pool id, as arguments of a program that lists users.
    pub(crate) fn arguments(&self) -> [String; 2] {
        [format!("http://{}", self.running.address), self.pool_id.clone()]
    }

    /// Returns the requests of all pages, each with its pagination token.
    pub(crate) fn pages(&self) -> Result<Vec<Vec<u8>>> {
        let mut connection = Connection::new(self.running.address);
        let (mut pages, mut token) = (Vec::new(), Value::Null);
        loop {
            let input = json!({ "UserPoolId": self.pool_id, "PaginationToken": token });
            let page = request("ListUsers", &input);
            connection.send(&page)?;
            pages.push(page);
            let mut listed: Value = serde_json::from_slice(&connection.receive()?)?;
            token = match listed["PaginationToken"].take() {
                Value::Null => return Ok(pages),
                next => next,
            };
        }
    }

    /// Sends requests over a number of connections, and returns the total time until all responses are
    /// received. The responses are not parsed.
    pub(crate) fn replay(&self, pages: &[Vec<u8>], connections: usize) -> Result<Duration> {
        let connect = |_| Connection::new(self.running.address);
        let mut connections: Vec<_> = (0..connections).map(connect).collect();
        let start = Instant::now();
        for flight in pages.chunks(connections.len()) {
            for (connection, page) in connections.iter_mut().zip(flight) {
                connection.send(page)?;
            }
            for (connection, _) in connections.iter_mut().zip(flight) {
                connection.receive()?;
            }
        }
        Ok(start.elapsed())
    }

    /// Returns the number of ListUsers requests that have been throttled since the start.
    pub(crate) fn throttled_lists(&self) -> Result<f64> {
        let mut connection = Connection::new(self.running.address);
        connection.send(b"GET /_emulator/quotas HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let usage: Value = serde_json::from_slice(&connection.receive()?)?;
        let categories = usage["Categories"].as_array().ok_or("no category was counted")?;
        let lists = categories.iter().find(|category| category["Category"] == "UserList");
        Ok(lists.and_then(|lists| lists["Throttled"].as_f64()).unwrap_or_default())
    }
}
