//! The keys that sign tokens: two for each pool, one for ID and one for access tokens.

mod stored;

use std::borrow::Cow;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_tokens::KeySet;
use rcgen::{PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm};
use serde_json::{Value, json};

/// The source of the keys of new pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningKeys {
    /// Each pool gets new ones, made in the background as soon as the pool is made; those of very
    /// many pools at once are made when they are first needed.
    #[default]
    Generated,
    /// All pools share keys that come with this crate, which spares making them.
    ///
    /// # Security
    ///
    /// Everybody has them. A server that uses them refuses to listen beyond loopback.
    ForTests,
}

impl SigningKeys {
    pub(crate) fn for_new_pool(self) -> PoolKeys {
        match self {
            Self::Generated => PoolKeys::generate(),
            Self::ForTests => PoolKeys::for_tests().clone(),
        }
    }

    /// Returns keys that are made when they are first needed.
    pub(crate) fn for_identity_pools(self) -> PoolKeys {
        match self {
            Self::Generated => PoolKeys::default(),
            Self::ForTests => PoolKeys::for_tests().clone(),
        }
    }
}

/// The keys of a pool: the two that sign, and those that did until a rotation. Each may still be in
/// the making; [`wait`](Self::wait) returns them for use. By default they are made when first needed.
#[derive(Clone, Default)]
pub(crate) struct PoolKeys {
    current: LazyPair,
    /// With the seconds since 1970 at which no token is left that they signed.
    retired: Vec<(LazyPair, u64)>,
}

/// Seconds for which the longest tokens last.
const LONGEST_TOKEN_SECONDS: u64 = 24 * 3600;

/// Two keys that may still be in the making.
#[derive(Clone, Default)]
struct LazyPair(Arc<OnceLock<Pair>>);

/// The keys of a pool, all of them made.
pub(crate) struct ReadyKeys(PoolKeys);

struct Pair {
    access: SigningKey,
    id: SigningKey,
    /// The public keys of both.
    public: KeySet,
}

impl PoolKeys {
    fn generate() -> Self {
        Self { current: LazyPair::generate(), retired: Vec::new() }
    }

    /// Returns the keys that all pools for tests share.
    fn for_tests() -> &'static Self {
        static SHARED: OnceLock<PoolKeys> = OnceLock::new();
        SHARED.get_or_init(|| {
            let current = LazyPair::default();
            current.0.get_or_init(Pair::for_tests);
            Self { current, retired: Vec::new() }
        })
    }

    /// Returns whether any of them is one that comes with this crate.
    pub(crate) fn are_for_tests(&self) -> bool {
        self.pairs().any(LazyPair::is_for_tests)
    }

    /// Returns keys that are in the making until the sender is dropped.
    #[cfg(test)]
    pub(crate) fn held_back() -> (Self, std::sync::mpsc::Sender<()>) {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (current, (begun, begins)) = (LazyPair::default(), std::sync::mpsc::channel());
        let keys = current.clone();
        thread::spawn(move || {
            keys.0.get_or_init(|| {
                begun.send(()).unwrap();
                let _released = released.recv();
                Pair::for_tests()
            });
        });
        begins.recv().unwrap();
        (Self { current, retired: Vec::new() }, release)
    }

    /// Signs with new keys from now on.
    pub(crate) fn rotate(&mut self, now: u64) {
        let old = std::mem::replace(&mut self.current, LazyPair::generate());
        self.retired.retain(|(_, ends)| *ends > now);
        self.retired.push((old, now.saturating_add(LONGEST_TOKEN_SECONDS)));
    }

    /// Returns whether none of them is still to be made.
    pub(crate) fn are_made(&self) -> bool {
        self.pairs().all(|pair| pair.0.get().is_some())
    }

    /// Returns those that are made, as if there were no others; the newest of them signs. None if
    /// none is made.
    pub(crate) fn made(&self) -> Option<Self> {
        let is_made = |pair: &LazyPair| pair.0.get().is_some();
        let retired = self.retired.iter().filter(|(pair, _)| is_made(pair));
        let mut retired: Vec<_> = retired.cloned().collect();
        let current = match is_made(&self.current) {
            true => self.current.clone(),
            false => retired.pop()?.0,
        };
        Some(Self { current, retired })
    }

    /// Makes the keys, or waits for them, unless they are made. No pool may be locked meanwhile.
    pub(crate) fn wait(self) -> ReadyKeys {
        for pair in self.pairs() {
            pair.pair();
        }
        ReadyKeys(self)
    }

    fn pairs(&self) -> impl Iterator<Item = &LazyPair> {
        [&self.current].into_iter().chain(self.retired.iter().map(|(pair, _)| pair))
    }
}

impl ReadyKeys {
    pub(crate) fn access(&self) -> &SigningKey {
        &self.0.current.pair().access
    }

    pub(crate) fn id(&self) -> &SigningKey {
        &self.0.current.pair().id
    }

    /// The key set as the pool publishes it.
    pub(crate) fn jwk_set(&self, now: u64) -> Value {
        let retired = self.0.retired.iter().rev().filter(|(_, ends)| *ends > now);
        let pairs = [&self.0.current].into_iter().chain(retired.map(|(pair, _)| pair));
        let keys: Vec<Value> = pairs.flat_map(|pair| pair.pair().jwks()).collect();
        json!({ "keys": keys })
    }

    /// The same, ready to verify with.
    pub(crate) fn public(&self, now: u64) -> Cow<'_, KeySet> {
        match self.0.retired.is_empty() {
            true => Cow::Borrowed(&self.0.current.pair().public),
            false => Cow::Owned(read_key_set(&self.jwk_set(now))),
        }
    }
}

/// Pools whose keys can wait to be made.
const AHEAD: usize = 16;

impl LazyPair {
    /// Keys that a thread in the background makes, one pair after the other, unless too many wait.
    fn generate() -> Self {
        static MAKER: OnceLock<SyncSender<Weak<OnceLock<Pair>>>> = OnceLock::new();
        let maker = MAKER.get_or_init(|| {
            let (sender, wanted) = sync_channel::<Weak<OnceLock<Pair>>>(AHEAD);
            // Keys of pools that are gone are not made. Without a thread all are made when needed.
            let _thread = thread::Builder::new().spawn(move || {
                for keys in wanted.iter().filter_map(|keys| keys.upgrade()) {
                    keys.get_or_init(Pair::generate);
                }
            });
            sender
        });
        let keys = Self::default();
        let _made_when_needed = maker.try_send(Arc::downgrade(&keys.0));
        keys
    }

    fn is_for_tests(&self) -> bool {
        Arc::ptr_eq(&self.0, &PoolKeys::for_tests().current.0)
    }

    /// Makes the keys, or waits for them, unless they are there.
    fn pair(&self) -> &Pair {
        self.0.get_or_init(Pair::generate)
    }
}

impl Pair {
    fn generate() -> Self {
        Self::new(SigningKey::generate(), SigningKey::generate())
    }

    fn for_tests() -> Self {
        Self::new(
            SigningKey::checked_in(include_bytes!("../../keys/test-access.pkcs8.der")),
            SigningKey::checked_in(include_bytes!("../../keys/test-id.pkcs8.der")),
        )
    }

    fn new(access: SigningKey, id: SigningKey) -> Self {
        let public = read_key_set(&json!({ "keys": [id.jwk(), access.jwk()] }));
        Self { access, id, public }
    }

    fn jwks(&self) -> [Value; 2] {
        [self.id.jwk(), self.access.jwk()]
    }
}

fn read_key_set(jwk_set: &Value) -> KeySet {
    KeySet::from_json(&jwk_set.to_string()).unwrap_or_default()
}

/// An RSA key of 2048 bits with its `kid`.
pub(crate) struct SigningKey {
    pair: KeyPair,
    kid: String,
}

impl SigningKey {
    #[allow(clippy::expect_used)] // Fails only without memory or random numbers.
    fn generate() -> Self {
        Self::new(KeyPair::generate(KeySize::Rsa2048).expect("an RSA key can be made"))
    }

    #[allow(clippy::expect_used)] // The keys are constants; a test loads them.
    fn checked_in(pkcs8: &[u8]) -> Self {
        Self::new(KeyPair::from_pkcs8(pkcs8).expect("the key is PKCS #8"))
    }

    fn new(pair: KeyPair) -> Self {
        let modulus = pair.public_key().modulus();
        let kid = STANDARD.encode(digest(&SHA256, modulus.big_endian_without_leading_zero()));
        Self { pair, kid }
    }

    /// Signs a payload as the service does: a header of `kid` and `alg`, and no `typ`.
    #[allow(clippy::expect_used)] // RS256 with a key of 2048 bits cannot fail.
    pub(crate) fn sign(&self, payload: &str) -> String {
        let header = format!(r#"{{"kid":"{}","alg":"RS256"}}"#, self.kid);
        let [header, payload] = [&header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = format!("{header}.{payload}");
        let signature = self.signature_of(message.as_bytes()).expect("a message can be signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs a message by RS256.
    fn signature_of(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }

    fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let [exponent, modulus] = [public.exponent(), public.modulus()]
            .map(|number| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero()));
        json!({
            "alg": "RS256", "e": exponent, "kid": self.kid, "kty": "RSA", "n": modulus, "use": "sig"
        })
    }
}

impl PublicKeyData for SigningKey {
    fn der_bytes(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signature_of(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_many_pools_are_made_one_pair_at_a_time() {
        let many: Vec<_> = (0..100).map(|_| LazyPair::generate()).collect();
        let in_the_making = many.iter().filter(|keys| Arc::strong_count(&keys.0) > 1).count();
        assert!(in_the_making <= 1, "{in_the_making}");
    }
}
