//! The sessions that are in use, so that one that is restored twice is still one.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cognito_types::SessionKey;

use super::{Inner, Session};

/// The sessions of a pool that somebody holds, by the keys under which they are stored.
#[derive(Default)]
pub(crate) struct LiveSessions(Mutex<Table>);

#[derive(Default)]
struct Table {
    by_key: HashMap<SessionKey, Weak<Inner>>,
    /// The size at which those that nobody holds any more are dropped.
    full: usize,
}

impl LiveSessions {
    /// The session of that key and user that is in use, or else this one, which then is.
    pub(super) fn join(&self, session: Session) -> Session {
        let Some(key) = session.key() else {
            return session;
        };
        let mut table = self.table();
        let live = table.by_key.get(key).and_then(Weak::upgrade).map(|inner| Session { inner });
        let live = live.filter(|live| !live.state().has_ended() && is_same_user(live, &session));
        match live {
            Some(live) => live,
            None => {
                table.insert(key.clone(), &session.inner);
                session
            }
        }
    }

    /// Puts a session in the place of another one of its key.
    pub(super) fn replace(&self, session: &Session) {
        if let Some(key) = session.key() {
            self.table().insert(key.clone(), &session.inner);
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A user who was deleted and registered again has the same name and another `sub`.
fn is_same_user(one: &Session, other: &Session) -> bool {
    let (of_one, of_other) = (one.state().subject.clone(), other.state().subject.clone());
    match (of_one, of_other) {
        (Some(one), Some(other)) => one == other,
        _ => one.username() == other.username(),
    }
}

impl Table {
    fn insert(&mut self, key: SessionKey, session: &Arc<Inner>) {
        if self.by_key.len() >= self.full {
            self.by_key.retain(|_, session| session.strong_count() > 0);
            self.full = self.by_key.len().saturating_mul(2).max(64);
        }
        self.by_key.insert(key, Arc::downgrade(session));
    }
}

impl fmt::Debug for LiveSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSessions").finish_non_exhaustive()
    }
}
