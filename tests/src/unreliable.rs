//! A store of sessions that fails when it is told to.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use cognito::tokens::{BoxFuture, Revision, StoreError, StoredSession, Swap};
use cognito::{SessionKey, TokenStore};

/// Another store, whose changes can be made to fail.
#[derive(Debug, Default)]
pub struct Unreliable<S> {
    inner: S,
    trouble: AtomicU8,
}

const REFUSES: u8 = 1;
const HANGS: u8 = 2;
const DAWDLES: u8 = 3;

/// How long a slow change takes.
const SLOW: Duration = Duration::from_millis(200);

impl<S> Unreliable<S> {
    /// A store that does what that one does, for now.
    pub fn new(inner: S) -> Self {
        Self { inner, trouble: AtomicU8::new(0) }
    }

    /// Refuses changes from now on.
    pub fn refuse(&self) {
        self.trouble.store(REFUSES, Ordering::Relaxed);
    }

    /// Begins no change from now on and never says so, as in a program that was killed.
    pub fn hang(&self) {
        self.trouble.store(HANGS, Ordering::Relaxed);
    }

    /// Takes its time for changes from now on.
    pub fn dawdle(&self) {
        self.trouble.store(DAWDLES, Ordering::Relaxed);
    }

    /// Takes changes again.
    pub fn heal(&self) {
        self.trouble.store(0, Ordering::Relaxed);
    }
}

impl<S: TokenStore> TokenStore for Unreliable<S> {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        self.inner.load(key)
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        match self.trouble.load(Ordering::Relaxed) {
            REFUSES => Box::pin(async { Err(StoreError::new("the disk is full")) }),
            HANGS => Box::pin(std::future::pending()),
            DAWDLES => {
                let swap = self.inner.swap(key, expected, new);
                Box::pin(async {
                    tokio::time::sleep(SLOW).await;
                    swap.await
                })
            }
            _ => self.inner.swap(key, expected, new),
        }
    }
}
