//! Caches of identity ids, because GetId has the smallest quota of all requests: 25 per second.

use std::fmt;

use cognito_types::{
    BoxFuture, ClientId, IdentityId, IdentityPoolId, Revision, SessionKey, StoreError,
    StoredSession, Swap, TokenStore,
};

/// The number of attempts of a change while other programs change the same identity.
const ATTEMPTS: usize = 5;

/// A cache of the identity ids of logins and guests.
///
/// The identity of a login does not change, so a restarted program with its cache sends no GetId.
/// The identity of a guest exists only in the cache: without it, the next request creates another
/// guest.
///
/// Every [`TokenStore`] is an identity cache and can be shared with sessions: `MemoryStore`,
/// `FileStore`, `KeyringStore` and `RedisStore`, or your own. Identities are records whose keys
/// have the pool name `IdentityPools`. A record is written once and not touched when it is read, so
/// a store that removes old records removes it even if it is in use: keep guests in another store.
///
/// ```
/// # mod cognito { pub use cognito_core as identity_pool; pub use cognito_core as session; }
/// use std::sync::Arc;
/// use cognito::identity_pool::IdentityPoolCredentials;
/// use cognito::session::MemoryStore;
///
/// let pool = "eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab".parse()?;
/// let provider = IdentityPoolCredentials::builder(pool)
///     .guest()
///     .identity_cache(Arc::new(MemoryStore::default()))
///     .build()?;
/// # drop(provider);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait IdentityCache: fmt::Debug + Send + Sync + 'static {
    /// Returns the identity of a key.
    fn find_identity(
        &self,
        key: &IdentityKey,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>>;

    /// Replaces the identity if it still is `seen`, or absent for `None`, and returns the identity
    /// that the cache has afterwards.
    ///
    /// `new` is the identity to store, or `None` to remove it.
    fn replace_identity(
        &self,
        key: &IdentityKey,
        seen: Option<IdentityId>,
        new: Option<IdentityId>,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>>;
}

/// The key of a cached identity: the identity pool, the provider of the login and its user.
///
/// The key of a guest has neither provider nor user.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    pool: IdentityPoolId,
    login: Option<(String, String)>,
}

impl IdentityKey {
    pub(super) fn of_guest(pool: IdentityPoolId) -> Self {
        Self { pool, login: None }
    }

    pub(super) fn of_login(pool: IdentityPoolId, provider: &str, subject: &str) -> Self {
        Self { pool, login: Some((provider.to_owned(), subject.to_owned())) }
    }

    /// Returns the identity pool.
    pub fn pool(&self) -> &IdentityPoolId {
        &self.pool
    }

    /// Returns the name of the login's provider, such as
    /// `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E`.
    pub fn provider(&self) -> Option<&str> {
        self.login.as_ref().map(|(provider, _)| &**provider)
    }

    /// Returns the user's id at the provider (`sub`).
    pub fn subject(&self) -> Option<&str> {
        self.login.as_ref().map(|(_, subject)| &**subject)
    }

    /// Returns whether it is the key of a guest, whose identity cannot be looked up again.
    pub fn is_guest(&self) -> bool {
        self.login.is_none()
    }

    /// Returns the key of the record in a token store.
    fn record(&self) -> Result<SessionKey, StoreError> {
        // No user pool has this name: their names have nine characters.
        let pool = format!("{}_IdentityPools", self.pool.region()).parse();
        let pool = pool.map_err(StoreError::new)?;
        let name = match &self.login {
            // Provider names contain no spaces, so keys cannot collide.
            Some((provider, subject)) => format!("identity at {provider} of {subject}"),
            None => "identity of a guest".to_owned(),
        };
        Ok(SessionKey::new(pool, ClientId::from(self.pool.as_str()), name))
    }
}

/// Prints the key without the user's id.
impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityKey")
            .field("pool", &self.pool)
            .field("provider", &self.provider())
            .finish_non_exhaustive()
    }
}

impl<S: TokenStore> IdentityCache for S {
    fn find_identity(
        &self,
        key: &IdentityKey,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
        let key = key.record();
        Box::pin(async move { Ok(load(self, &key?).await?.0) })
    }

    fn replace_identity(
        &self,
        key: &IdentityKey,
        seen: Option<IdentityId>,
        new: Option<IdentityId>,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
        let key = key.record();
        Box::pin(async move {
            let key = key?;
            let record = new.as_ref().map(|id| id.as_str().as_bytes().to_vec());
            let record = record.map(StoredSession::from);
            for _ in 0..ATTEMPTS {
                let (current, revision) = load(self, &key).await?;
                if current != seen && current.is_some() {
                    return Ok(current);
                }
                match self.swap(&key, revision, record.clone()).await? {
                    Swap::Done(_) => return Ok(new),
                    _ => continue,
                }
            }
            Err(StoreError::new("other programs keep changing the identity"))
        })
    }
}

/// Returns the identity and the revision of its record; a damaged record has no identity.
async fn load(
    store: &impl TokenStore,
    key: &SessionKey,
) -> Result<(Option<IdentityId>, Option<Revision>), StoreError> {
    let (record, revision) = match store.load(key).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok((None, None)),
        Err(error) if error.is_unreadable() => return Ok((None, None)),
        Err(error) => return Err(error),
    };
    let text = std::str::from_utf8(record.expose_secret()).ok();
    Ok((text.and_then(|text| text.parse().ok()), Some(revision)))
}

#[cfg(test)]
mod tests {
    use cognito_types::MemoryStore;

    use super::*;

    fn key(region: &str, login: Option<(&str, &str)>) -> IdentityKey {
        let pool: IdentityPoolId = format!("{region}:0-1").parse().unwrap();
        match login {
            Some((provider, subject)) => IdentityKey::of_login(pool, provider, subject),
            None => IdentityKey::of_guest(pool),
        }
    }

    fn id(number: u8) -> IdentityId {
        format!("eu-west-1:{number}").parse().unwrap()
    }

    #[tokio::test]
    async fn keys_of_pools_providers_and_users_are_distinct() {
        let cache = MemoryStore::default();
        let keys = [
            key("eu-west-1", None),
            key("us-east-1", None),
            key("eu-west-1", Some(("a", "b"))),
            key("eu-west-1", Some(("a", "c"))),
            key("eu-west-1", Some(("c", "b"))),
            key("us-east-1", Some(("a", "b"))),
        ];
        for (number, key) in (0..).zip(&keys) {
            assert_eq!(cache.find_identity(key).await.unwrap(), None, "{key:?}");
            let kept = cache.replace_identity(key, None, Some(id(number))).await.unwrap();
            assert_eq!(kept, Some(id(number)));
        }
        for (number, key) in (0..).zip(&keys) {
            assert_eq!(cache.find_identity(key).await.unwrap(), Some(id(number)));
        }
    }

    #[tokio::test]
    async fn an_identity_of_another_program_is_kept_and_returned() {
        let (cache, key) = (MemoryStore::default(), key("eu-west-1", None));
        cache.replace_identity(&key, None, Some(id(1))).await.unwrap();
        for seen in [None, Some(id(2))] {
            for new in [None, Some(id(3))] {
                let kept = cache.replace_identity(&key, seen.clone(), new).await.unwrap();
                assert_eq!(kept, Some(id(1)));
            }
        }
        assert_eq!(cache.replace_identity(&key, Some(id(1)), None).await.unwrap(), None);
        // If it was removed meanwhile, the new one is stored.
        let kept = cache.replace_identity(&key, Some(id(1)), Some(id(4))).await.unwrap();
        assert_eq!(kept, Some(id(4)));
    }

    #[tokio::test]
    async fn a_damaged_record_is_ignored_and_replaced() {
        let (cache, key) = (MemoryStore::default(), key("eu-west-1", None));
        let record = key.record().unwrap();
        cache.swap(&record, None, Some(b"damaged".to_vec().into())).await.unwrap();
        assert_eq!(cache.find_identity(&key).await.unwrap(), None);
        cache.replace_identity(&key, None, Some(id(1))).await.unwrap();
        assert_eq!(cache.find_identity(&key).await.unwrap(), Some(id(1)));
    }

    #[test]
    fn the_user_is_not_printed() {
        let key = key("eu-west-1", Some(("provider", "planted")));
        assert!(!format!("{key:?} {key:#?} {:?}", key.record().unwrap()).contains("planted"));
    }
}
