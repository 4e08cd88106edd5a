//! Blocking use, for programs without `async`.
//!
//! [`run`] runs any future of this library to completion, and [`iter`] turns any stream into an
//! iterator. Both use one tokio runtime per process, which is created on first use. Its single
//! worker thread continues background work, such as a token refresh, between calls.
//!
//! ```
//! use cognito::{ErrorKind, SignIn, blocking};
//! # use cognito::UserPool;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = cognito_emulator::Emulator::builder().in_process();
//! # let local = emulator.create_pool(Default::default())?;
//! # let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
//! # let pool = pool.http_client(local.http_client()).build()?;
//!
//! let sign_up = pool.sign_up("alice").password("Correct-horse1").attribute("email", "a@b.io");
//! blocking::run(sign_up)??;
//! let code = local.code_for("alice").ok_or("nothing was sent")?;
//! blocking::run(pool.confirm_sign_up("alice", code))??;
//!
//! let next = blocking::run(pool.sign_in("alice").password("Correct-horse1"))??;
//! let SignIn::Done(session) = next else { return Err("a challenge came".into()) };
//! assert_eq!(blocking::run(session.user())??.username(), "alice");
//! blocking::run(session.clone().sign_out())??;
//! let ended = blocking::run(session.access_token())?.unwrap_err();
//! assert_eq!(ended.kind(), ErrorKind::SessionEnded);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::OnceLock;

use futures_util::{Stream, StreamExt};
use tokio::runtime::{Builder, Handle, Runtime};

/// Runs a future to completion on this thread.
///
/// The result is nested: the outer error is a [`BlockingError`], the inner value is the output of
/// the future.
///
/// # Errors
///
/// [`InsideAsync`](BlockingError::InsideAsync) on a thread of a tokio runtime, where blocking would
/// stall other tasks or deadlock: use `.await` there, or call `block_on` of that runtime's handle
/// on a thread of `spawn_blocking`. [`NoRuntime`](BlockingError::NoRuntime) when the system cannot
/// start a thread. In both cases the future is dropped before it is polled.
pub fn run<F: IntoFuture>(future: F) -> Result<F::Output, BlockingError> {
    Ok(runtime()?.block_on(future.into_future()))
}

/// Turns a stream into an iterator.
///
/// ```
/// # #[derive(Debug)] struct Page;
/// # let pages = futures_util::stream::iter([Ok::<_, cognito::Error>(Page), Ok(Page)]);
/// for page in cognito::blocking::iter(pages) {
///     let page = page??; // first the error of this module, then that of the stream
/// #   let Page = page;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn iter<S: Stream>(stream: S) -> Iter<S> {
    Iter { stream: Some(Box::pin(stream)) }
}

/// An iterator over a stream; see [`iter`].
///
/// An item is an error where [`run`] would fail; the iterator ends after it.
#[must_use = "a stream does nothing until it is read"]
pub struct Iter<S> {
    /// None after the end.
    stream: Option<Pin<Box<S>>>,
}

impl<S: Stream> Iterator for Iter<S> {
    type Item = Result<S::Item, BlockingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = run(self.stream.as_mut()?.next()).transpose();
        if !matches!(item, Some(Ok(_))) {
            self.stream = None;
        }
        item
    }
}

impl<S> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// Returns the runtime of the process; an error on a thread of another runtime.
fn runtime() -> Result<&'static Runtime, BlockingError> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if Handle::try_current().is_ok() {
        return Err(BlockingError::InsideAsync);
    }
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(1).thread_name("cognito-blocking").enable_all();
    let made = builder.build().map_err(BlockingError::NoRuntime)?;
    // If two threads get here at once, the runtime of the second is dropped.
    Ok(RUNTIME.get_or_init(|| made))
}

/// An error of [`run`] or [`iter`], before the future was polled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockingError {
    /// The thread belongs to a tokio runtime and must not block.
    #[error("this thread belongs to a tokio runtime and must not block; use `.await`")]
    InsideAsync,
    /// The system cannot start a thread for the runtime.
    #[error("the runtime cannot be created")]
    NoRuntime(#[source] io::Error),
}

impl From<BlockingError> for cognito_core::Error {
    fn from(_: BlockingError) -> Self {
        cognito_core::ErrorKind::NoRuntime.into()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use cognito_core::{ErrorKind, SignIn, UserPool};
    use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
    use futures_util::stream;

    use super::*;

    fn pool() -> (LocalPool, UserPool) {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let local = emulator.create_pool(PoolSettings::default()).unwrap();
        let builder = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
        let pool = builder.http_client(local.http_client()).clock(local.clock()).build().unwrap();
        (local, pool)
    }

    #[test]
    fn a_session_refreshes_itself_for_many_threads() {
        let (local, pool) = pool();
        let sign_up = pool.sign_up("alice").password("Correct-horse1");
        run(sign_up.attribute("email", "a@b.io")).unwrap().unwrap();
        run(pool.confirm_sign_up("alice", local.code_for("alice").unwrap())).unwrap().unwrap();
        let next = run(pool.sign_in("alice").password("Correct-horse1")).unwrap().unwrap();
        let SignIn::Done(session) = next else { panic!("a challenge was sent") };
        let before = run(session.access_token()).unwrap().unwrap();
        local.clock().advance(Duration::from_secs(3600));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let token = run(session.access_token()).unwrap().unwrap();
                    assert_ne!(token.expose_secret(), before.expose_secret());
                });
            }
        });
    }

    #[test]
    fn spawned_tasks_continue_between_calls() {
        let (send, receive) = mpsc::channel();
        let go_on = run(async {
            let (go_on, wait) = tokio::sync::oneshot::channel();
            tokio::spawn(async move { send.send(wait.await).unwrap() });
            go_on
        });
        go_on.unwrap().send("still there").unwrap();
        let received = receive.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(received, Ok("still there"));
    }

    #[tokio::test]
    async fn blocking_inside_a_runtime_is_an_error() {
        let refused = run(async { unreachable!("it was started") }).unwrap_err();
        assert!(matches!(refused, BlockingError::InsideAsync));
        assert_eq!(cognito_core::Error::from(refused).kind(), ErrorKind::NoRuntime);
        let mut items = iter(stream::iter([1, 2]));
        assert!(matches!(items.next(), Some(Err(BlockingError::InsideAsync))));
        assert!(items.next().is_none(), "a loop that skips errors must end");
    }

    #[test]
    fn a_stream_is_iterated() {
        let numbers = stream::unfold(0, |number| async move {
            tokio::task::yield_now().await;
            (number < 3).then_some((number, number + 1))
        });
        let mut items = iter(numbers);
        let read: Vec<i32> = items.by_ref().map(Result::unwrap).collect();
        assert_eq!(read, [0, 1, 2]);
        assert!(items.next().is_none());
    }
}
