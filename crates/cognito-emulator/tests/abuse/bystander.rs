//! Another client, which must be served during an attack.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::call;

/// The time limit of a response. It is long because other tests use the processor too.
const LIMIT: Duration = Duration::from_secs(5);

/// The default number of attempts of AWS SDKs.
const ATTEMPTS: usize = 3;

const PAUSE: Duration = Duration::from_millis(20);

/// A client that repeatedly calls an operation, each time over a new connection.
pub(crate) struct Bystander {
    end: Arc<AtomicBool>,
    thread: JoinHandle<(usize, Duration)>,
}

impl Bystander {
    pub(crate) fn of(address: &str) -> Self {
        let (address, end) = (address.to_owned(), Arc::new(AtomicBool::new(false)));
        let until = Arc::clone(&end);
        let thread = thread::spawn(move || {
            let (mut count, mut longest) = (0, Duration::ZERO);
            while !until.load(Ordering::Relaxed) {
                let begin = Instant::now();
                // The server may close this connection as the longest waiting one. Clients retry a
                // request whose connection was closed before a response.
                let get_user = || call(&address, "AdminGetUser", json!({ "Username": "alice" }));
                let (status, body) = (0..ATTEMPTS)
                    .map(|_| get_user())
                    .find(|(status, _)| status != "no response")
                    .unwrap();
                assert_eq!(status, "200", "{body}");
                count += 1;
                longest = longest.max(begin.elapsed());
                thread::sleep(PAUSE);
            }
            (count, longest)
        });
        Self { end, thread }
    }

    /// Stops the client, and fails if one of its requests was not served in time.
    pub(crate) fn was_served(self, meanwhile: &str) {
        self.end.store(true, Ordering::Relaxed);
        let (count, longest) = self.thread.join().unwrap();
        println!("{meanwhile}: {count} requests of another client, each within {longest:?}");
        assert!(count > 1 && longest < LIMIT, "{count} requests, one took {longest:?}");
    }
}
