//! State that a failure must not change: tokens, the store, its lock.

use std::fs::OpenOptions;

use cognito::session::StoredSession;
use cognito::{FileStore, Session, TokenStore};
use serde_json::Value;

use super::life::{LAPTOP, Life, PHONE};
use crate::fixture::device_key;

impl Life {
    /// Returns the defects of the state after a failure.
    pub(super) async fn wrong_state(&self) -> Vec<String> {
        let mut wrong = self.wrong_files();
        for session in self.held_sessions() {
            wrong.extend(self.wrong_session(session).await.err());
        }
        wrong
    }

    /// Returns the defects of the state after the account was deleted.
    pub(super) async fn wrong_end(&self) -> Vec<String> {
        let mut wrong = self.wrong_files();
        let device = device_key(&self.pool, PHONE, "alice");
        for key in [self.pool.session_key(PHONE), self.pool.session_key(LAPTOP), device] {
            let name = key.name();
            match self.store().load(&key).await {
                Ok(None) => {}
                Ok(Some(_)) => wrong.push(format!("the store still has `{name}`")),
                Err(error) => wrong.push(format!("`{name}` cannot be loaded: {error}")),
            }
        }
        wrong
    }

    /// Returns the store from the view of another program.
    fn store(&self) -> FileStore {
        FileStore::open(self.store_directory()).unwrap()
    }

    fn wrong_files(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let directory = self.store_directory();
        let lock = OpenOptions::new().write(true).open(directory.join("lock")).unwrap();
        if lock.try_lock().is_err() {
            wrong.push("the store is locked".to_owned());
        }
        if directory.join("draft").exists() {
            wrong.push("half a session was left".to_owned());
        }
        wrong
    }

    /// Returns the tokens of the session that are missing in the store.
    async fn wrong_session(&self, session: &Session) -> Result<(), String> {
        let tokens = session.tokens().map_err(|_| "the tokens are gone".to_owned())?;
        let key = session.key().ok_or("the session has no key")?;
        let loaded = self.store().load(key).await.map_err(|error| error.to_string())?;
        let (stored, _) = loaded.ok_or("the session is not stored")?;
        let kept = [
            ("access_token", Some(tokens.access_token().expose_secret())),
            ("id_token", tokens.id_token().map(|token| token.expose_secret())),
            ("refresh_token", tokens.refresh_token().map(|token| token.expose_secret())),
        ];
        for (member, token) in kept {
            if token.is_none() || text(&stored, member).as_deref() != token {
                return Err(format!("the stored {member} is another one"));
            }
        }
        Ok(())
    }
}

fn text(stored: &StoredSession, member: &str) -> Option<String> {
    let record: Value = serde_json::from_slice(stored.expose_secret()).ok()?;
    Some(record[member].as_str()?.to_owned())
}
