//! A token store in Redis, for programs on several machines.

mod connection;
mod error;

use std::fmt;
use std::time::Duration;

use cognito_types::{BoxFuture, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
use redis::{Client, Script};
use zeroize::Zeroizing;

use self::connection::SharedConnection;
pub use self::error::RedisStoreError;
use crate::session_format::{self, Content, SessionId};

/// The maximum size of a session in a [`RedisStore`], in bytes.
pub const REDIS_STORE_MAX_SESSION_BYTES: usize = 1 << 20;

const PREFIX: &str = "cognito:session:";

/// The longest time to expiry that is sent. Redis rejects one that ends after the year 292,278,994.
const LONGEST_EXPIRY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Replaces a value if it still is the one that was read; an empty value means none.
const REPLACE: &str = "
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
elseif ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1";

/// A token store in Redis or Valkey, with one key per session.
///
/// Programs with the same server and prefix share sessions: a script replaces a value only if it
/// still is the one that the program has read. The name of a key is a SHA-256 of the
/// [`SessionKey`], which may contain any characters. Values contain a checksum that is bound to the
/// key.
///
/// The values contain the users' tokens and are not encrypted: a program that can read them can act
/// for the users. Restrict access to the server, connect with TLS (below), or encrypt them as the
/// guide to token stores shows. Sessions are as durable as the server: enable persistence and
/// disable eviction (`maxmemory-policy noeviction`), because a missing value counts as a sign-out.
/// Use one server or its primary; replicas, which may lag behind, and clusters are not supported.
/// After a failover, the first change fails with a transient error, and the store reconnects.
///
/// The Redis user needs the commands `GET`, `SET`, `DEL`, `EVALSHA` and `SCRIPT|LOAD`.
///
/// The store connects when a connection is first needed, and again after it was lost, once for all
/// waiting operations. It needs a tokio runtime; each runtime has its own connection. Errors are
/// [`StoreError`]s whose source is a [`RedisStoreError`].
///
/// ```no_run
/// # mod cognito { pub use cognito_core::UserPool; pub use cognito_core as session; }
/// use std::sync::Arc;
/// use std::time::Duration;
/// use cognito::UserPool;
/// use cognito::session::RedisStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let refresh_token_validity = Duration::from_secs(30 * 24 * 60 * 60);
/// let store = RedisStore::open("redis://127.0.0.1:6379")?.expire_after(refresh_token_validity * 2);
/// let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "client-id")
///     .token_store(Arc::new(store))
///     .build()?;
/// # drop(pool);
/// # Ok(())
/// # }
/// ```
///
/// For TLS (`rediss://`), enable a TLS feature of the crate `redis` in the program.
#[derive(Clone)]
pub struct RedisStore {
    connection: SharedConnection,
    prefix: String,
    expire_after: Option<Duration>,
}

impl RedisStore {
    /// Creates a store for a URL such as `redis://user:password@host:6379/0`. It connects later.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`](RedisStoreError::InvalidUrl).
    pub fn open(url: &str) -> Result<Self, RedisStoreError> {
        Client::open(url).map(Self::new).map_err(RedisStoreError::invalid_url)
    }

    /// Creates a store that connects with this client, with its certificates and credentials.
    pub fn new(client: Client) -> Self {
        let connection = SharedConnection::new(client);
        Self { connection, prefix: PREFIX.to_owned(), expire_after: None }
    }

    /// Sets the prefix of all keys; `cognito:session:` by default.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Sets the time after which sessions and remembered devices are removed unless they are stored
    /// again. By default they are kept, and also with a time of more than a hundred years.
    ///
    /// Each refresh stores its session again. A session without a refresh for the app client's
    /// RefreshTokenValidity (30 days by default) has an expired refresh token. With a shorter time,
    /// users who come back later are signed out. A device is stored again only by a sign-in: twice
    /// the validity keeps it as long as its user comes back.
    #[must_use]
    pub fn expire_after(self, time: Duration) -> Self {
        Self { expire_after: Some(time), ..self }
    }

    async fn read(&self, id: &SessionId) -> Result<Zeroizing<Vec<u8>>, RedisStoreError> {
        match self.get(id).await {
            // The server may have closed an idle connection; a second read has no side effect.
            Err(RedisStoreError::Unavailable { .. }) => self.get(id).await,
            read => read,
        }
    }

    async fn get(&self, id: &SessionId) -> Result<Zeroizing<Vec<u8>>, RedisStoreError> {
        let get = |mut connection| async move {
            redis::cmd("GET").arg(self.name(id)).query_async(&mut connection).await
        };
        let found: Option<Vec<u8>> = self.connection.run(get).await?;
        Ok(found.unwrap_or_default().into())
    }

    async fn replace(
        &self,
        id: &SessionId,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Result<Swap, RedisStoreError> {
        let seen = self.read(id).await?;
        let replaceable = match content(&seen, id)? {
            None => expected.is_none(),
            Some(Content::Session(_, revision)) => expected == Some(revision),
            // No program can use it, so a new session or a sign-out removes it.
            Some(_) => true,
        };
        if !replaceable {
            return Ok(Swap::Conflict);
        }
        // Random, because a counter would restart after a session is deleted.
        let revision = Revision::new(getrandom::u64().map_err(RedisStoreError::other)?);
        let value = match new {
            Some(session) if session.expose_secret().len() > REDIS_STORE_MAX_SESSION_BYTES => {
                return Err(RedisStoreError::TooLong);
            }
            Some(session) => {
                session_format::encode(id, revision, &session).map_err(RedisStoreError::other)?
            }
            None => Zeroizing::default(),
        };
        let is_done = self.replace_value(id, &seen, &value).await?;
        Ok(if is_done { Swap::Done(revision) } else { Swap::Conflict })
    }

    async fn replace_value(
        &self,
        id: &SessionId,
        seen: &[u8],
        value: &[u8],
    ) -> Result<bool, RedisStoreError> {
        let lifetime = milliseconds_to_expiry(self.expire_after);
        let script = Script::new(REPLACE);
        let mut call = script.key(self.name(id));
        let call = call.arg(seen).arg(value).arg(lifetime);
        self.connection
            .run(|mut connection| async move { call.invoke_async(&mut connection).await })
            .await
    }

    fn name(&self, id: &SessionId) -> String {
        format!("{}{id}", self.prefix)
    }
}

/// Returns the time to expiry for [`REPLACE`]; 0 for none.
fn milliseconds_to_expiry(time: Option<Duration>) -> u64 {
    let time = time.filter(|time| *time <= LONGEST_EXPIRY);
    time.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or_default().max(1))
}

/// Parses a value; an empty one means that there is no session.
fn content(value: &[u8], id: &SessionId) -> Result<Option<Content>, RedisStoreError> {
    if value.is_empty() {
        return Ok(None);
    }
    session_format::read(value, value.len(), id).map(Some).map_err(RedisStoreError::other)
}

impl TokenStore for RedisStore {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let id = SessionId::of(key);
        Box::pin(async move {
            let value = self.read(&id).await?;
            match content(&value, &id)? {
                None => Ok(None),
                Some(Content::Session(session, revision)) => Ok(Some((session, revision))),
                Some(Content::UnknownVersion) => Err(RedisStoreError::UnknownVersion.into()),
                Some(Content::Damaged) => Err(RedisStoreError::Damaged.into()),
            }
        })
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        let id = SessionId::of(key);
        Box::pin(async move { Ok(self.replace(&id, expected, new).await?) })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client contains the server's password.
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .field("expire_after", &self.expire_after)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_to_expiry_is_in_the_range_of_redis() {
        let century = LONGEST_EXPIRY.as_secs();
        for (time, milliseconds) in [
            (None, 0),
            (Some(Duration::ZERO), 1),
            (Some(Duration::from_micros(1)), 1),
            (Some(Duration::from_secs(3600)), 3_600_000),
            (Some(LONGEST_EXPIRY), century * 1000),
            (Some(Duration::from_secs(century + 1)), 0),
            (Some(Duration::MAX), 0),
        ] {
            assert_eq!(milliseconds_to_expiry(time), milliseconds, "{time:?}");
        }
    }
}
