//! A custom token store: a map behind a lock, in place of a table of a database.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use cognito::session::{Revision, SessionKey, StoreError, StoredSession, Swap};
use cognito::types::BoxFuture;
use cognito::{SignIn, TokenStore, UserPool};
use cognito_emulator::{Emulator, PoolSettings};

#[derive(Debug, Default)]
struct Table(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    by_key: HashMap<SessionKey, (StoredSession, Revision)>,
    /// The number of the last revision.
    last: u64,
}

impl TokenStore for Table {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = rows.by_key.get(key).cloned();
        Box::pin(async { Ok(found) })
    }

    /// Compares and replaces. A database needs one statement for both, so that no change happens in between.
    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = rows.by_key.get(key).map(|(_, revision)| *revision);
        if current != expected {
            return Box::pin(async { Ok(Swap::Conflict) });
        }
        rows.last += 1;
        let revision = Revision::new(rows.last);
        match new {
            Some(session) => drop(rows.by_key.insert(key.clone(), (session, revision))),
            None => drop(rows.by_key.remove(key)),
        }
        Box::pin(async move { Ok(Swap::Done(revision)) })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let emulator = Emulator::builder().in_process();
    let local = emulator.create_pool(PoolSettings::default())?;
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .http_client(local.http_client())
        .token_store(Arc::new(Table::default()))
        .build()?;
    let sign_up = pool.sign_up("alice").password("Correct-horse1").attribute("email", "a@b.io");
    let signed_up = sign_up.await?;
    signed_up.confirm(local.code_for("alice").ok_or("no code was sent")?).await?;
    let sign_in = pool.sign_in("alice").password("Correct-horse1");
    let SignIn::Done(session) = sign_in.await? else {
        return Err("a challenge was returned".into());
    };
    let cookie = session.key().ok_or("the pool has no store")?.name().to_owned();
    drop(session); // the program ends

    let key = pool.random_session_key(&cookie).ok_or("the cookie is invalid")?;
    let session = pool.restore(&key).await?;
    let session = session.ok_or("the session was lost")?;
    println!("{} is still signed in.", session.username());
    session.sign_out().await?;
    let gone = pool.restore(&key).await?;
    println!("After sign-out the store has {} session.", if gone.is_some() { "a" } else { "no" });
    Ok(())
}
