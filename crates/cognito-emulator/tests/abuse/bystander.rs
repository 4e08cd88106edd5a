//! Another client, which must be served meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::call;

/// The longest time that a response may take: other tests use the processor too.
const LIMIT: Duration = Duration::from_secs(5);

/// The default of the AWS SDKs.
const ATTEMPTS: usize = 3;

const PAUSE: Duration = Duration::from_millis(20);

/// A client that calls an operation again and again, each time over a new connection.
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
                // The connection may be the longest without a request when its place is needed. Clients
                // repeat a request whose connection was closed before a response.
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

    /// Ends the client; fails if one of its requests was not served in time.
    pub(crate) fn was_served(self, meanwhile: &str) {
        self.end.store(true, Ordering::Relaxed);
        let (count, longest) = self.thread.join().unwrap();
        println!("{meanwhile}: {count} requests of another client, each within {longest:?}");
        assert!(count > 1 && longest < LIMIT, "{count} requests, one took {longest:?}");
    }
}
