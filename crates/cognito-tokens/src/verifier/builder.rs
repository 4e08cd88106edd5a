//! The settings of a verifier.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_types::{Clock, SystemClock};

use super::{Cache, Trusted, Verifier};
use crate::fetch::{Address, FetchKeys};
use crate::key_set::KeySet;
use crate::key_source::KeySource;
use crate::plain_http::PlainHttpHosts;
use crate::rules::TokenRules;

/// The source of the keys of a pool.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum KeysFrom {
    /// From each issuer's own URL, `<issuer>/.well-known/jwks.json`, when its first token is
    /// verified.
    #[default]
    Issuer,
    /// From this URL, for all issuers of the pool.
    Uri(String),
    /// These fixed keys.
    Set(KeySet),
}

/// Settings of a [`Verifier`]; the defaults fit pools on AWS.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifierBuilder {
    rules: TokenRules,
    keys: KeysFrom,
    others: Vec<(TokenRules, KeysFrom)>,
    fetcher: Option<Arc<dyn FetchKeys>>,
    clock: Arc<dyn Clock>,
    cache: Option<NonZeroUsize>,
    plain_http: PlainHttpHosts,
}

impl VerifierBuilder {
    pub(super) fn new(
        rules: TokenRules,
        keys: KeysFrom,
        fetcher: Option<Arc<dyn FetchKeys>>,
    ) -> Self {
        let clock = Arc::new(SystemClock);
        let plain_http = PlainHttpHosts::default();
        Self { rules, keys, others: Vec::new(), fetcher, clock, cache: None, plain_http }
    }

    /// Sets the endpoint of the first pool, such as the URL of an emulator.
    ///
    /// The key set comes from `<url>/<pool id>/.well-known/jwks.json`, and `<url>/<pool id>` is
    /// accepted as issuer besides the pool's own. `localhost`, `127.0.0.1` and `[::1]` are accepted
    /// in place of each other.
    ///
    /// ```
    /// # mod cognito { pub use cognito_tokens::*; pub use cognito_tokens as verify; }
    /// use std::sync::Arc;
    /// use cognito::Verifier;
    /// use cognito::verify::{Clients, FetchKeys};
    ///
    /// # fn example(fetcher: Arc<dyn FetchKeys>) -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = Verifier::builder(&"local_Pool1".parse()?, Clients::only("web"), fetcher)
    ///     .endpoint("http://localhost:9229")
    ///     .build();
    /// let key_set = "http://localhost:9229/local_Pool1/.well-known/jwks.json";
    /// assert_eq!(verifier.key_sets()[0].uri, key_set);
    /// # Ok(())
    /// # }
    /// ```
    pub fn endpoint(self, url: impl AsRef<str>) -> Self {
        let uri = key_set_of(&self.rules.issuer_at(url.as_ref()));
        self.rules(|rules| rules.or_endpoint(url.as_ref())).jwks_uri(uri)
    }

    /// Allows key sets to be fetched over plain HTTP from these hosts, named without scheme and
    /// port.
    ///
    /// By default, they must come over HTTPS or from a loopback address; a verifier with another
    /// URL refuses every token that needs it with
    /// [`VerifyError::InsecureKeySet`](crate::VerifyError::InsecureKeySet).
    ///
    /// # Security
    ///
    /// An attacker on the network to such a host can replace the keys and forge tokens.
    pub fn allow_plain_http<H: AsRef<str>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: PlainHttpHosts::new(hosts), ..self }
    }

    /// Replaces the first pool's own two issuers.
    pub fn issuers(self, issuers: impl IntoIterator<Item = String>) -> Self {
        self.rules(|rules| rules.issuers(issuers))
    }

    /// Fetches one key set for all issuers of the first pool from this URL instead of
    /// `<issuer>/.well-known/jwks.json`.
    pub fn jwks_uri(self, uri: impl Into<String>) -> Self {
        Self { keys: KeysFrom::Uri(uri.into()), ..self }
    }

    /// Changes the rules for tokens of the first pool.
    pub fn rules(self, change: impl FnOnce(TokenRules) -> TokenRules) -> Self {
        Self { rules: change(self.rules), ..self }
    }

    /// Also accepts tokens of another pool, by its own rules.
    ///
    /// If several pools have the same issuer, the first of them is used.
    pub fn pool(mut self, rules: TokenRules, keys: KeysFrom) -> Self {
        self.others.push((rules, keys));
        self
    }

    /// Sets the clock; the system clock by default.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the tolerance for clocks that differ for the first pool;
    /// [`DEFAULT_LEEWAY`](crate::DEFAULT_LEEWAY) by default.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.rules(|rules| rules.leeway(leeway))
    }

    /// Sets the longest token of the first pool that is parsed;
    /// [`DEFAULT_MAX_TOKEN_BYTES`](crate::DEFAULT_MAX_TOKEN_BYTES) by default.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        self.rules(|rules| rules.max_token_bytes(bytes))
    }

    /// Caches up to this number of verified tokens of each kind, so that their signatures are not
    /// verified again.
    ///
    /// All rules, the time, the revocation lists and the key are still checked at every use. The
    /// token itself is not stored, only a keyed hash of it and its claims.
    pub fn cache(self, tokens: NonZeroUsize) -> Self {
        Self { cache: Some(tokens), ..self }
    }

    /// Creates the verifier without any I/O.
    pub fn build(self) -> Verifier {
        let mut sources = Sources { by_uri: HashMap::new(), builder: &self };
        let (mut trusted, mut by_issuer) = (Vec::new(), HashMap::new());
        let mut longest_token = 0;
        for (pool, (rules, keys)) in self.pools().enumerate() {
            longest_token = longest_token.max(rules.longest_token());
            let rules = Arc::new(rules.clone());
            for issuer in rules.accepted_issuers() {
                if let Entry::Vacant(place) = by_issuer.entry(Arc::clone(issuer)) {
                    let index = *place.insert(trusted.len());
                    let (issuer, rules) = (Arc::clone(issuer), Arc::clone(&rules));
                    let source = sources.get(keys, &issuer);
                    trusted.push(Some(Trusted { issuer, index, pool, rules, source }));
                }
            }
        }
        let cache = self.cache.map(|tokens| Arc::new(Cache::new(tokens)));
        let (trusted, by_issuer) = (Arc::new(trusted), Arc::new(by_issuer));
        let headers = Arc::default();
        Verifier { trusted, by_issuer, longest_token, clock: self.clock, headers, cache }
    }

    fn pools(&self) -> impl Iterator<Item = (&TokenRules, &KeysFrom)> {
        let others = self.others.iter().map(|(rules, keys)| (rules, keys));
        std::iter::once((&self.rules, &self.keys)).chain(others)
    }
}

/// The key sources, one for each URL.
struct Sources<'a> {
    by_uri: HashMap<String, KeySource>,
    builder: &'a VerifierBuilder,
}

impl Sources<'_> {
    fn get(&mut self, keys: &KeysFrom, issuer: &str) -> KeySource {
        let uri = match keys {
            KeysFrom::Issuer => key_set_of(issuer),
            KeysFrom::Uri(uri) => uri.clone(),
            KeysFrom::Set(set) => return KeySource::fixed(set.clone()),
        };
        let VerifierBuilder { fetcher, clock, plain_http, .. } = self.builder;
        let source = self.by_uri.entry(uri.clone()).or_insert_with(|| {
            KeySource::new(Address::new(uri, fetcher.clone(), plain_http), Arc::clone(clock))
        });
        source.clone()
    }
}

/// Returns the URL at which an issuer publishes its keys.
fn key_set_of(issuer: &str) -> String {
    format!("{issuer}/.well-known/jwks.json")
}
