//! The sessions that are in use, so that restoring a session twice returns the same one.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cognito_types::SessionKey;

/// The sessions of a pool that are in use, by their keys in the store.
///
/// The type of the sessions is erased, because a session contains its pool, and a cycle is not
/// allowed.
#[derive(Default)]
pub(crate) struct InUse(Mutex<Table>);

type Erased = dyn Any + Send + Sync;

#[derive(Default)]
struct Table {
    by_key: HashMap<SessionKey, Weak<Erased>>,
    /// The size at which dropped sessions are removed.
    full: usize,
}

impl InUse {
    /// Returns the session in use with this key if `is_same` accepts it; otherwise registers this
    /// session.
    pub(crate) fn join<S: Send + Sync + 'static>(
        &self,
        key: &SessionKey,
        session: Arc<S>,
        is_same: impl FnOnce(&Arc<S>) -> bool,
    ) -> Arc<S> {
        let mut table = self.table();
        let live = table.by_key.get(key).and_then(Weak::upgrade);
        let live = live.and_then(|live| live.downcast::<S>().ok()).filter(is_same);
        live.unwrap_or_else(|| {
            table.insert(key, &session);
            session
        })
    }

    /// Registers a session in place of another one with its key.
    pub(crate) fn replace<S: Send + Sync + 'static>(&self, key: &SessionKey, session: &Arc<S>) {
        self.table().insert(key, session);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn insert<S: Send + Sync + 'static>(&mut self, key: &SessionKey, session: &Arc<S>) {
        if self.by_key.len() >= self.full {
            self.by_key.retain(|_, session| session.strong_count() > 0);
            self.full = self.by_key.len().saturating_mul(2).max(64);
        }
        let session: Weak<S> = Arc::downgrade(session);
        self.by_key.insert(key.clone(), session);
    }
}

impl fmt::Debug for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InUse").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SessionKey {
        SessionKey::new("eu-west-1_Ab12Cd34E".parse().unwrap(), "client".into(), name)
    }

    #[test]
    fn a_session_in_use_is_joined_if_it_is_the_same() {
        let (sessions, first) = (InUse::default(), Arc::new(1));
        assert!(Arc::ptr_eq(&sessions.join(&key("a"), Arc::clone(&first), |_| false), &first));
        assert!(Arc::ptr_eq(&sessions.join(&key("a"), Arc::new(1), |_| true), &first));
        let other = Arc::new(2);
        assert!(Arc::ptr_eq(&sessions.join(&key("a"), Arc::clone(&other), |_| false), &other));
        assert!(Arc::ptr_eq(&sessions.join(&key("a"), Arc::new(3), |_| true), &other));
    }

    #[test]
    fn sessions_that_are_dropped_are_removed() {
        let sessions = InUse::default();
        for number in 0..1000 {
            sessions.replace(&key(&number.to_string()), &Arc::new(number));
        }
        assert!(sessions.table().by_key.len() <= 64);
        let joined = sessions.join(&key("0"), Arc::new(-1), |_| true);
        assert_eq!(*joined, -1, "a dropped session is not in use");
    }
}
