//! Ids, codes and opaque values from a random source, which can be seeded.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng, TryCryptoRng, TryRng};
use uuid::Builder;

/// The random source of a service.
pub(crate) struct Random(StdRng);

const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGITS: &[u8] = b"0123456789";

impl Random {
    /// Creates a source with a seed of the operating system, or with the given seed.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let system = || StdRng::try_from_rng(&mut SysRng).unwrap_or_else(|_| no_random());
        Self(seed.map_or_else(system, StdRng::seed_from_u64))
    }

    /// Returns a new source, seeded by this one.
    pub(crate) fn fork(&mut self) -> Self {
        Self(StdRng::from_seed(self.bytes()))
    }

    pub(crate) fn uuid(&mut self) -> String {
        Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    pub(crate) fn pool_id(&mut self, region: &str) -> String {
        format!("{region}_{}", self.text(9, ALPHANUMERIC))
    }

    pub(crate) fn client_id(&mut self) -> String {
        self.text(26, LOWER_ALPHANUMERIC)
    }

    pub(crate) fn client_secret(&mut self) -> String {
        self.text(51, LOWER_ALPHANUMERIC)
    }

    /// Returns an access key id of temporary AWS credentials.
    pub(crate) fn access_key_id(&mut self) -> String {
        format!("ASIA{}", self.text(16, BASE32))
    }

    /// Returns a role id.
    pub(crate) fn role_id(&mut self) -> String {
        format!("AROA{}", self.text(17, BASE32))
    }

    /// Returns the SessionId of a token session.
    pub(crate) fn token_session_id(&mut self) -> String {
        format!("tkn{}", self.text(25, LOWER_ALPHANUMERIC))
    }

    /// Returns the SessionId of a browser session.
    pub(crate) fn browser_session_id(&mut self) -> String {
        format!("sso{}", self.text(25, LOWER_ALPHANUMERIC))
    }

    /// Returns a code of `length` digits.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.text(length, DIGITS)
    }

    /// Returns an opaque text of `length` characters of URL-safe base64.
    pub(crate) fn opaque(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        // Six bits of a byte select one of 64 letters, with equal probability.
        let letter =
            |byte: &u8| BASE64URL.get(usize::from(byte % 64)).copied().map_or('0', char::from);
        bytes.iter().map(letter).collect()
    }

    pub(crate) fn bytes<const LEN: usize>(&mut self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        let mut pick = || {
            let index = self.0.random_range(0..alphabet.len());
            alphabet.get(index).copied().map_or('0', char::from)
        };
        (0..length).map(|_| pick()).collect()
    }
}

/// Request ids from a counter, so that requests to different pools share no lock.
pub(crate) struct RequestIds {
    seed: AtomicU64,
    requests: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let ids = Self { seed: AtomicU64::default(), requests: AtomicU64::default() };
        ids.seed(seed);
        ids
    }

    /// Restarts the sequence with another seed.
    pub(crate) fn seed(&self, seed: Option<u64>) {
        let seed = u64::from_le_bytes(Random::new(seed).bytes());
        self.seed.store(seed, Ordering::Relaxed);
    }

    pub(crate) fn next(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        Random::new(Some(self.seed.load(Ordering::Relaxed).wrapping_add(number))).uuid()
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Random {}

#[allow(clippy::panic)] // Without random numbers there is no pool; this is a program for tests.
fn no_random() -> StdRng {
    panic!("the operating system has no random numbers")
}
