//! A token store with faults on demand.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cognito::TokenStore;
use cognito::session::{Revision, SessionKey, StoreError, StoredSession, Swap};
use cognito::types::BoxFuture;
use tokio::sync::Notify;

/// A wrapper of a store, with faults on demand.
#[derive(Debug, Default)]
pub struct Unreliable<S> {
    inner: S,
    changes: Mutex<(usize, Trouble)>,
    is_unreadable: AtomicBool,
    fails_next_load: AtomicBool,
    /// Set when a change hangs.
    hangs: Notify,
}

/// The faults of changes.
#[derive(Clone, Copy, Debug, Default)]
enum Trouble {
    #[default]
    None,
    Refuse,
    /// Refusals of this number of changes.
    Refusals(usize),
    Lose,
    Hang,
    Delay,
    Conflict,
    /// Conflicts of this number of changes.
    Conflicts(usize),
    Panic,
}

/// The duration of a slow change.
const SLOW: Duration = Duration::from_millis(200);

impl<S> Unreliable<S> {
    /// Creates a store without faults.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            changes: Mutex::default(),
            is_unreadable: AtomicBool::default(),
            fails_next_load: AtomicBool::default(),
            hangs: Notify::new(),
        }
    }

    /// Rejects changes from now on.
    pub fn refuse(&self) {
        self.refuse_after(0);
    }

    /// Rejects changes after a number of successful ones.
    pub fn refuse_after(&self, changes: usize) {
        self.set(changes, Trouble::Refuse);
    }

    /// Rejects a number of changes after a number of successful ones.
    pub fn refuse_times_after(&self, changes: usize, times: usize) {
        self.set(changes, Trouble::Refusals(times));
    }

    /// Applies changes but reports failures, after a number of successful changes.
    pub fn lose_after(&self, changes: usize) {
        self.set(changes, Trouble::Lose);
    }

    /// Never starts or completes a change from now on, as in a killed program.
    pub fn hang(&self) {
        self.hang_after(0);
    }

    /// Never starts a change after a number of successful ones.
    pub fn hang_after(&self, changes: usize) {
        self.set(changes, Trouble::Hang);
    }

    /// Waits until a change hangs.
    pub async fn hanging(&self) {
        self.hangs.notified().await;
    }

    /// Delays changes from now on.
    pub fn delay(&self) {
        self.set(0, Trouble::Delay);
    }

    /// Reports a conflict after a number of successful changes, and then fails to load.
    pub fn conflict_after(&self, changes: usize) {
        self.set(changes, Trouble::Conflict);
    }

    /// Reports a conflict for a number of changes, as if other programs had made one first.
    pub fn conflict_times(&self, changes: usize) {
        self.set(0, Trouble::Conflicts(changes));
    }

    /// Panics at the next changes.
    pub fn panic(&self) {
        self.set(0, Trouble::Panic);
    }

    /// Fails to load from now on.
    pub fn set_unreadable(&self) {
        self.is_unreadable.store(true, Ordering::Relaxed);
    }

    /// Fails to load once.
    pub fn fail_next_load(&self) {
        self.fails_next_load.store(true, Ordering::Relaxed);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.set(0, Trouble::None);
        self.is_unreadable.store(false, Ordering::Relaxed);
    }

    fn set(&self, after: usize, trouble: Trouble) {
        *self.changes.lock().unwrap() = (after, trouble);
    }

    fn trouble(&self) -> Trouble {
        let mut changes = self.changes.lock().unwrap();
        match &mut *changes {
            (0, Trouble::Conflicts(0) | Trouble::Refusals(0)) => Trouble::None,
            (0, Trouble::Conflicts(left)) => {
                *left -= 1;
                Trouble::Conflicts(*left)
            }
            (0, Trouble::Refusals(left)) => {
                *left -= 1;
                Trouble::Refusals(*left)
            }
            (0, trouble) => *trouble,
            (left, _) => {
                *left -= 1;
                Trouble::None
            }
        }
    }
}

impl<S: TokenStore> TokenStore for Unreliable<S> {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let fails = self.fails_next_load.swap(false, Ordering::Relaxed);
        if fails || self.is_unreadable.load(Ordering::Relaxed) {
            return Box::pin(async { Err(StoreError::new("the database is away")) });
        }
        self.inner.load(key)
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        match self.trouble() {
            Trouble::None => self.inner.swap(key, expected, new),
            Trouble::Refuse | Trouble::Refusals(_) => {
                Box::pin(async { Err(StoreError::new("the disk is full")) })
            }
            Trouble::Lose => {
                let swap = self.inner.swap(key, expected, new);
                Box::pin(async {
                    swap.await?;
                    Err(StoreError::new("the connection was lost"))
                })
            }
            Trouble::Hang => {
                self.hangs.notify_one();
                Box::pin(std::future::pending())
            }
            Trouble::Delay => {
                let swap = self.inner.swap(key, expected, new);
                Box::pin(async {
                    tokio::time::sleep(SLOW).await;
                    swap.await
                })
            }
            Trouble::Conflict => {
                self.set_unreadable();
                Box::pin(async { Ok(Swap::Conflict) })
            }
            Trouble::Conflicts(_) => Box::pin(async { Ok(Swap::Conflict) }),
            Trouble::Panic => panic!("a defect of the store"),
        }
    }
}
