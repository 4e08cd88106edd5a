//! The public keys of load balancers, each of which has its own URL.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64_simd::STANDARD;
use cognito_types::{Clock, Moment};

use crate::error::VerifyError;
use crate::fetch::{Address, FetchError};
use crate::fetched::{Fetched, Need, State};
use crate::key_source::{
    KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, KEY_SET_REFRESH_AGE, UNKNOWN_KEY_COOLDOWN,
};

/// The largest number of keys in memory, including those that could not be fetched.
const MAX_KEYS: usize = 64;

/// The largest number of unknown keys that are fetched within one [`UNKNOWN_KEY_COOLDOWN`].
pub(super) const MAX_NEW_KEYS: usize = 16;

/// The largest number of additional fetches in that time for keys that were refused before.
///
/// A bogus `kid` normally comes once and a genuine one with every request, so that a flood of bogus
/// keys does not shut out the genuine one.
///
/// A flood that repeats its keys can use this allowance too, and shut out a genuine key that is not
/// in memory yet. Only clients that reach the service past the load balancer can send one.
pub(super) const MAX_REPEATED_KEYS: usize = 4;

/// The largest number of refused keys that are remembered.
const MAX_REFUSED: usize = 1024;

type Key = Fetched<ParsedPublicKey>;

#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Oldest first.
    keys: Vec<(String, Key)>,
    admitted: Window,
    repeated: Window,
    refused: VecDeque<String>,
}

/// The times of the fetches that were allowed within the last [`UNKNOWN_KEY_COOLDOWN`].
#[derive(Debug, Default)]
struct Window(Vec<Moment>);

impl Keys {
    /// Returns the key, fetching it if it is unknown.
    pub(super) async fn get(
        &self,
        kid: &str,
        now: &Moment,
        new: impl FnOnce() -> (Address, Arc<dyn Clock>),
    ) -> Result<Arc<ParsedPublicKey>, VerifyError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).key(kid, now, new);
        let Some(key) = known else {
            let error = FetchError::new("too many unknown keys were requested; try again later");
            return Err(VerifyError::KeysUnavailable(error));
        };
        key.address().check()?;
        let fetched = key.get(now, |state| need(state, now)).await;
        fetched.or_else(|error| usable(&key).ok_or(VerifyError::KeysUnavailable(error)))
    }
}

/// Returns the required age of a key. Like a key set, it is used while its endpoint fails.
fn need(state: &State<ParsedPublicKey>, now: &Moment) -> Need {
    let age = state.good.as_ref().map_or(KEY_SET_OUTAGE_LIMIT, |good| good.age(now));
    match state.failure {
        _ if age >= KEY_SET_OUTAGE_LIMIT => Need::New,
        _ if age < KEY_SET_REFRESH_AGE => Need::Kept,
        None if age >= KEY_SET_MAX_AGE => Need::New,
        _ => Need::Refresh,
    }
}

/// Returns whether the endpoint has responded that the key does not exist. Amazon S3, which serves
/// the keys of some Regions, responds with 403 if objects cannot be listed.
fn is_withdrawal(error: &FetchError) -> bool {
    matches!(error.status(), Some(403 | 404 | 410))
}

/// Returns the last good key, unless it is older than [`KEY_SET_OUTAGE_LIMIT`].
fn usable(key: &Key) -> Option<Arc<ParsedPublicKey>> {
    let now = key.now();
    key.with(|state| {
        let good = state.good.as_ref().filter(|good| good.age(&now) < KEY_SET_OUTAGE_LIMIT)?;
        Some(Arc::clone(&good.document))
    })
}

impl Known {
    fn key(
        &mut self,
        kid: &str,
        now: &Moment,
        new: impl FnOnce() -> (Address, Arc<dyn Clock>),
    ) -> Option<Key> {
        if let Some((_, key)) = self.keys.iter().find(|(known, _)| known == kid) {
            return Some(key.clone());
        }
        if !self.try_admit(kid, now) {
            return None;
        }
        let (address, clock) = new();
        let key = Fetched::new(address, parse_pem, is_withdrawal, clock);
        self.make_room();
        self.keys.push((kid.to_owned(), key.clone()));
        Some(key)
    }

    /// Takes one fetch from the allowance for unknown keys; if none is left, remembers the key and
    /// returns false.
    fn try_admit(&mut self, kid: &str, now: &Moment) -> bool {
        let refused_at = self.refused.iter().position(|refused| refused == kid);
        let admitted = self.admitted.try_use(now, MAX_NEW_KEYS)
            || refused_at.is_some() && self.repeated.try_use(now, MAX_REPEATED_KEYS);
        match refused_at {
            Some(at) if admitted => drop(self.refused.remove(at)),
            None if !admitted => {
                self.refused.push_back(kid.to_owned());
                if self.refused.len() > MAX_REFUSED {
                    self.refused.pop_front();
                }
            }
            _ => {}
        }
        admitted
    }

    /// Removes the oldest entry without a key, or else the oldest entry.
    fn make_room(&mut self) {
        if self.keys.len() >= MAX_KEYS {
            let is_empty =
                |(_, key): &(String, Key)| key.with(|state: &mut State<_>| state.good.is_none());
            let at = self.keys.iter().position(is_empty).unwrap_or_default();
            self.keys.remove(at);
        }
    }
}

impl Window {
    /// Takes one of the `limit` places; returns false if none is left.
    fn try_use(&mut self, now: &Moment, limit: usize) -> bool {
        let length: Duration = UNKNOWN_KEY_COOLDOWN;
        self.0.retain(|at| now.since(at) < length);
        let allowed = self.0.len() < limit;
        if allowed {
            self.0.push(*now);
        }
        allowed
    }
}

fn parse_pem(pem: String) -> Result<ParsedPublicKey, FetchError> {
    let invalid = || FetchError::new("the response is not a P-256 public key");
    let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----");
    let body = body.and_then(|body| body.strip_suffix("-----END PUBLIC KEY-----"));
    let base64: String = body.ok_or_else(invalid)?.split_ascii_whitespace().collect();
    let der = STANDARD.decode_to_vec(base64).map_err(|_| invalid())?;
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;
    use crate::plain_http::PlainHttpHosts;
    use crate::testing::{TestClock, at};

    /// A moment so many cooldowns after the beginning.
    fn moment(cooldowns: u32) -> Moment {
        Moment { wall: at(0), elapsed: UNKNOWN_KEY_COOLDOWN.saturating_mul(cooldowns) }
    }

    #[test]
    fn refused_keys_are_remembered_until_they_are_admitted_or_too_many() {
        let (mut known, now) = (Known::default(), moment(0));
        for number in 0..MAX_NEW_KEYS + MAX_REFUSED {
            assert_eq!(known.try_admit(&number.to_string(), &now), number < MAX_NEW_KEYS);
            assert_eq!(known.refused.len(), (number + 1).saturating_sub(MAX_NEW_KEYS));
        }
        assert_eq!((known.refused.len(), &*known.refused[0]), (MAX_REFUSED, "16"));
        assert!(!known.try_admit("another", &now));
        assert_eq!((known.refused.len(), &*known.refused[0]), (MAX_REFUSED, "17"));
        for number in 17..17 + MAX_REPEATED_KEYS {
            assert!(known.try_admit(&number.to_string(), &now), "it is asked for again");
        }
        assert_eq!((known.refused.len(), &*known.refused[0]), (MAX_REFUSED - 4, "21"));
        assert!(!known.try_admit("21", &now), "no more fetches within this cooldown");
        assert_eq!((known.refused.len(), &*known.refused[0]), (MAX_REFUSED - 4, "21"));
        assert!(known.try_admit("21", &moment(1)));
        assert_eq!((known.refused.len(), &*known.refused[0]), (MAX_REFUSED - 5, "22"));
    }

    #[test]
    fn oldest_entry_without_a_key_makes_room() {
        let mut known = Known::default();
        for number in 0..=u32::try_from(MAX_KEYS).unwrap() {
            let new = || {
                let address = Address::new(String::new(), None, &PlainHttpHosts::default());
                let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
                (address, clock)
            };
            let key = known.key(&number.to_string(), &moment(number), new).unwrap();
            if number == 0 {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                let public = pair.public_key();
                let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).unwrap();
                key.with(|state| state.restore(public, moment(0)));
            }
        }
        assert_eq!(known.keys.len(), MAX_KEYS);
        let names: Vec<&str> = known.keys.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[..2], ["0", "2"]);
        assert_eq!(names[MAX_KEYS - 1], "64");
    }
}
