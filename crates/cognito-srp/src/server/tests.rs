//! Tests of the server with the client of this crate and with invalid input.

use getrandom::SysRng;
use rand_core::{TryCryptoRng, TryRng};

use super::*;
use crate::challenge::SrpChallenge;
use crate::client::EphemeralKeyPair;
use crate::device::DeviceSecret;

const PASSWORD: &str = "Correct-horse1";

fn alice() -> Identity<'static> {
    Identity::user("Example01", "alice")
}

fn noon() -> Timestamp {
    Timestamp::from_unix_seconds(1_767_582_249).unwrap()
}

/// Signs in, and returns the exchange and the signature of a client with this password.
fn sign_in(verifier: &PasswordVerifier, password: &str) -> (ServerExchange, String) {
    let pair = EphemeralKeyPair::generate(&mut SysRng).unwrap();
    let exchange = verifier.challenge(&pair.srp_a(), &mut SysRng).unwrap();
    let challenge = SrpChallenge::parse(exchange.salt(), exchange.srp_b(), "YmxvY2s=").unwrap();
    let claim = pair.claim(alice(), password, &challenge, &noon()).unwrap();
    (exchange, claim.signature().to_owned())
}

#[test]
fn claim_is_accepted_only_for_its_password_identity_block_and_time() {
    let verifier = PasswordVerifier::generate(alice(), PASSWORD, &mut SysRng).unwrap();
    let (exchange, signature) = sign_in(&verifier, PASSWORD);
    assert_eq!(exchange.verify(alice(), b"block", &noon(), &signature), Ok(()));
    let beginning = exchange.verify(alice(), b"block", &noon(), &signature[..8]);
    assert_eq!(beginning, Err(SrpError::WrongProof));

    let later = Timestamp::from_unix_seconds(noon().unix_seconds() + 1).unwrap();
    let bob = Identity::user("Example01", "bob");
    for (identity, block, time) in
        [(bob, &b"block"[..], noon()), (alice(), b"clock", noon()), (alice(), b"block", later)]
    {
        let outcome = exchange.verify(identity, block, &time, &signature);
        assert_eq!(outcome, Err(SrpError::WrongProof), "{identity:?} {time}");
    }
    let (other, _) = sign_in(&verifier, PASSWORD);
    assert_eq!(other.verify(alice(), b"block", &noon(), &signature), Err(SrpError::WrongProof));
    let (exchange, signature) = sign_in(&verifier, "Correct-horse2");
    assert_eq!(exchange.verify(alice(), b"block", &noon(), &signature), Err(SrpError::WrongProof));
    assert_eq!(exchange.verify(alice(), b"block", &noon(), ""), Err(SrpError::WrongProof));
    assert_eq!(exchange.verify(alice(), b"block", &noon(), "!"), Err(SrpError::InvalidSignature));
}

#[test]
fn verifier_matches_only_its_password_and_identity() {
    let verifier = PasswordVerifier::generate(alice(), PASSWORD, &mut SysRng).unwrap();
    assert!(verifier.matches(alice(), PASSWORD));
    assert!(!verifier.matches(alice(), "Correct-horse2"));
    assert!(!verifier.matches(Identity::user("Example01", "bob"), PASSWORD));
    let second = PasswordVerifier::generate(alice(), PASSWORD, &mut SysRng).unwrap();
    assert_ne!(second.to_base64(), verifier.to_base64(), "salts are random");
}

#[test]
fn verifier_of_a_device_is_from_1_to_n_minus_1() {
    let from = |verifier: &[u8], salt: &str| {
        PasswordVerifier::from_device(&Base64::encode_string(verifier), salt)
            .map(|verifier| verifier.to_base64())
    };
    let minus_1 = integer::pad(&Element::ONE.sub(&Element::TWO).to_be_bytes()[..]);
    let mut prime = minus_1.clone();
    *prime.last_mut().unwrap() += 1;
    for valid in [&[1][..], &minus_1] {
        let (verifier, salt) = from(valid, "AQ==").unwrap();
        assert_eq!((verifier, salt), (Base64::encode_string(valid), "AQ==".to_owned()));
    }
    for invalid in [&[][..], &[0], &prime] {
        assert_eq!(from(invalid, "AQ=="), Err(SrpError::InvalidDeviceVerifier), "{invalid:?}");
    }
    for salt in ["", "!"] {
        assert_eq!(from(&[1], salt), Err(SrpError::InvalidDeviceVerifier), "{salt:?}");
    }
}

#[test]
fn stored_exchange_accepts_the_same_claim() {
    let verifier = PasswordVerifier::new(alice(), PASSWORD, &[1; 16]);
    let (exchange, signature) = sign_in(&verifier, PASSWORD);
    let stored = exchange.to_base64();
    let restored = ServerExchange::from_base64(&stored).unwrap();
    assert_eq!((restored.salt(), restored.srp_b()), (exchange.salt(), exchange.srp_b()));
    assert_eq!(restored.verify(alice(), b"block", &noon(), &signature), Ok(()));
    for damaged in ["", "!", "AAAA", &Base64::encode_string(&[b'a'; 40])] {
        let outcome = ServerExchange::from_base64(damaged).map(|exchange| exchange.to_base64());
        assert_eq!(outcome, Err(SrpError::InvalidExchange), "{damaged}");
    }
}

/// A random source that fails.
struct NoRandom;

impl TryRng for NoRandom {
    type Error = fmt::Error;

    fn try_next_u32(&mut self) -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }

    fn try_next_u64(&mut self) -> Result<u64, fmt::Error> {
        Err(fmt::Error)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
}

impl TryCryptoRng for NoRandom {}

#[test]
fn failure_of_the_random_source_is_an_error() {
    let verifier = PasswordVerifier::new(alice(), PASSWORD, &[1; 16]);
    let outcomes = [
        PasswordVerifier::generate(alice(), PASSWORD, &mut NoRandom).map(drop),
        verifier.challenge("2", &mut NoRandom).map(drop),
        EphemeralKeyPair::generate(&mut NoRandom).map(drop),
        DeviceSecret::generate("-abCdEfGh", "key", &mut NoRandom).map(drop),
        DeviceSecret::of_password("-abCdEfGh", "key", PASSWORD, &mut NoRandom).map(drop),
    ];
    assert_eq!(outcomes, [Err(SrpError::RandomSource); 5]);
}
