//! A mock server whose shutdown does not depend on the test's runtime.

use std::ops::Deref;
use std::thread;

/// A mock server on 127.0.0.1, which is stopped when it is dropped.
pub struct MockServer(Option<wiremock::MockServer>);

impl MockServer {
    /// Starts a server without responses.
    pub async fn start() -> Self {
        Self(Some(wiremock::MockServer::start().await))
    }
}

impl Deref for MockServer {
    type Target = wiremock::MockServer;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect("it is taken by `drop` alone")
    }
}

impl Drop for MockServer {
    /// Stops the server on a separate thread.
    ///
    /// The server waits for a tokio lock in its `drop`, which blocks forever in a task that has
    /// used up its budget (`tokio::task::coop`), as after many calls that were ready at once.
    fn drop(&mut self) {
        let server = self.0.take();
        let stopped = thread::spawn(move || drop(server)).join();
        assert!(stopped.is_ok() || thread::panicking(), "the expected requests are missing");
    }
}
