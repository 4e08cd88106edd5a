//! The signing keys of pools: one for ID tokens and one for access tokens.

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

/// The source of keys for new pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningKeys {
    /// Each pool has its own keys, which are generated in the background when the pool is created.
    /// If very many pools are created at once, some keys are generated when they are first needed.
    #[default]
    Generated,
    /// All pools share the crate's test keys, which saves the time of generating keys.
    ///
    /// # Security
    ///
    /// The private keys are public. A server with these keys only starts on a loopback address.
    ForTests,
}

impl SigningKeys {
    pub(crate) fn for_new_pool(self) -> PoolKeys {
        match self {
            Self::Generated => PoolKeys::generate(),
            Self::ForTests => PoolKeys::for_tests().clone(),
        }
    }

    /// Returns keys that are generated when they are first needed.
    pub(crate) fn for_identity_pools(self) -> PoolKeys {
        match self {
            Self::Generated => PoolKeys::default(),
            Self::ForTests => PoolKeys::for_tests().clone(),
        }
    }
}

/// The keys of a pool: the current ones, and those before a rotation. They may still be in
/// generation; [`wait`](Self::wait) returns them for use. By default they are generated when first
/// needed.
#[derive(Clone, Default)]
pub(crate) struct PoolKeys {
    current: LazyPair,
    /// Each with the expiration of the last token that it signed, in seconds since 1970.
    retired: Vec<(LazyPair, u64)>,
}

/// The maximum validity of tokens in seconds.
const LONGEST_TOKEN_SECONDS: u64 = 24 * 3600;

/// Two keys that may still be in generation.
#[derive(Clone, Default)]
struct LazyPair(Arc<OnceLock<Pair>>);

/// The keys of a pool, all of them generated.
pub(crate) struct ReadyKeys(PoolKeys);

struct Pair {
    access: SigningKey,
    id: SigningKey,
    /// The public keys of the pair.
    public: KeySet,
}

impl PoolKeys {
    fn generate() -> Self {
        Self { current: LazyPair::generate(), retired: Vec::new() }
    }

    /// Returns the shared test keys.
    fn for_tests() -> &'static Self {
        static SHARED: OnceLock<PoolKeys> = OnceLock::new();
        SHARED.get_or_init(|| {
            let current = LazyPair::default();
            current.0.get_or_init(Pair::for_tests);
            Self { current, retired: Vec::new() }
        })
    }

    /// Returns whether any of the keys is a test key of the crate.
    pub(crate) fn are_for_tests(&self) -> bool {
        self.pairs().any(LazyPair::is_for_tests)
    }

    /// Returns keys whose generation ends when the sender is dropped.
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

    /// Returns the number of holders of the current keys, such as requests that wait for them.
    #[cfg(test)]
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.current.0)
    }

    /// Signs with new keys from now on.
    pub(crate) fn rotate(&mut self, now: u64) {
        let old = std::mem::replace(&mut self.current, LazyPair::generate());
        self.retired.retain(|(_, ends)| *ends > now);
        self.retired.push((old, now.saturating_add(LONGEST_TOKEN_SECONDS)));
    }

    /// Returns whether all keys are generated.
    pub(crate) fn are_made(&self) -> bool {
        self.pairs().all(|pair| pair.0.get().is_some())
    }

    /// Returns only the generated keys, the newest of which sign; `None` if there are none.
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

    /// Waits until the keys are generated, or generates them. The caller must not hold a lock on a
    /// pool.
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

    /// Returns the published key set.
    pub(crate) fn jwk_set(&self, now: u64) -> Value {
        let retired = self.0.retired.iter().rev().filter(|(_, ends)| *ends > now);
        let pairs = [&self.0.current].into_iter().chain(retired.map(|(pair, _)| pair));
        let keys: Vec<Value> = pairs.flat_map(|pair| pair.pair().jwks()).collect();
        json!({ "keys": keys })
    }

    /// Returns the key set for verification.
    pub(crate) fn public(&self, now: u64) -> Cow<'_, KeySet> {
        match self.0.retired.is_empty() {
            true => Cow::Borrowed(&self.0.current.pair().public),
            false => Cow::Owned(read_key_set(&self.jwk_set(now))),
        }
    }
}

/// The maximum number of pools in the queue for key generation.
const AHEAD: usize = 16;

impl LazyPair {
    /// Returns keys that a background thread generates, unless its queue is full.
    fn generate() -> Self {
        static MAKER: OnceLock<SyncSender<Weak<OnceLock<Pair>>>> = OnceLock::new();
        let maker = MAKER.get_or_init(|| {
            let (sender, wanted) = sync_channel::<Weak<OnceLock<Pair>>>(AHEAD);
            // Keys of dropped pools are skipped. If the thread cannot be started, all keys are
            // generated when needed.
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

    /// Returns the keys, after generating or waiting for them.
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

    /// Signs a payload like the service, with a header of `kid` and `alg` and without `typ`.
    #[allow(clippy::expect_used)] // RS256 with a key of 2048 bits cannot fail.
    pub(crate) fn sign(&self, payload: &str) -> String {
        let header = format!(r#"{{"kid":"{}","alg":"RS256"}}"#, self.kid);
        let [header, payload] = [&header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = format!("{header}.{payload}");
        let signature = self.signature_of(message.as_bytes()).expect("a message can be signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs a message with RS256.
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
    fn keys_of_many_pools_are_generated_one_pair_at_a_time() {
        let many: Vec<_> = (0..100).map(|_| LazyPair::generate()).collect();
        let in_the_making = many.iter().filter(|keys| Arc::strong_count(&keys.0) > 1).count();
        assert!(in_the_making <= 1, "{in_the_making}");
    }
}
