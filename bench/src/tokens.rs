//! Verification of one access token with keys in memory.

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_tokens::{Clients, KeySet, TokenRules, Verifier, VerifierBuilder};
use core_affinity::CoreId;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use jwt_simple::algorithms::{RS256PublicKey, RSAPublicKeyLike};
use jwt_simple::common::VerificationOptions;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::child::ChildProcess;
use crate::measure::Contender;
use crate::{Installed, Result};

pub(crate) const POOL_ID: &str = "us-east-1_AbCdEfGhI";
const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI";
pub(crate) const CLIENT_ID: &str = "1example23456789abcdefghij";
const KID: &str = "M6MkIxa82Amj85SQhuUVLlj5kzKWdkKDv5nJsL7nN/Q=";
const ID_KID: &str = "ujtCGPXJ0bJLK8xWTqCXYFjPtiG/o3+K0xFvmOcGYbM=";
const USER: &str = "f3220b80-cf89-423e-b3af-6e7cadeff59d";

const OURS: &str = "ours: header, claims, signature, all rules";

const BARE_RSA: &str = "aws-lc-rs, the RSA verification alone";

/// The factor by which turns with several threads are longer. A core that was idle is now and then given to
/// another program for the 4 ms of a time slice, which is much of a turn of 20 ms.
const LONGER: u32 = 10;

pub(crate) fn contenders(installed: &Installed, cores: Vec<CoreId>) -> Result<Vec<Contender>> {
    let job = Job::new()?;
    let mut contenders = vec![
        ours(&job)?,
        bare_rsa(&job)?,
        cached(&job)?,
        on_all_cores(&job, cores)?,
        jsonwebtoken(&job)?,
        jwt_simple(&job)?,
    ];
    match &installed.node {
        Some(packages) => {
            let arguments =
                [&*packages.to_string_lossy(), POOL_ID, CLIENT_ID, &job.jwks, &job.token];
            let child = ChildProcess::start("node".as_ref(), "aws_jwt_verify.mjs", arguments)?;
            contenders.push(of_child("aws-jwt-verify 5.2.1, verifySync (node)", child).wanted(1.8));
        }
        None => eprintln!("aws-jwt-verify is left out: node=DIRECTORY is missing"),
    }
    match &installed.python {
        Some(python) => {
            let child = ChildProcess::start(
                python,
                "pycognito_verify.py",
                [POOL_ID, CLIENT_ID, &job.jwks, &job.token],
            )?;
            contenders.push(of_child("pycognito 2024.5.1, verify_token", child).wanted(9.0));
        }
        None => eprintln!("pycognito is left out: python=INTERPRETER is missing"),
    }
    Ok(contenders)
}

/// A token in the format of the service, and the public keys of its pool.
pub(crate) struct Job {
    pub(crate) token: String,
    pub(crate) jwks: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Job {
    /// Signs a token that is valid now, because other implementations read the system clock.
    pub(crate) fn new() -> Result<Self> {
        let [id_pair, access_pair] = [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048));
        let (id_pair, access_pair) = (id_pair?, access_pair?);
        let token = sign(&access_pair, &claims()?)?;
        let (modulus, exponent) = components(&access_pair);
        // A pool publishes two keys: one signs ID tokens, the other access tokens.
        let keys = [jwk(&id_pair, ID_KID), jwk(&access_pair, KID)];
        Ok(Self { token, jwks: json!({ "keys": keys }).to_string(), modulus, exponent })
    }
}

fn jwk(pair: &KeyPair, kid: &str) -> Value {
    let (modulus, exponent) = components(pair);
    json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
    })
}

fn components(pair: &KeyPair) -> (Vec<u8>, Vec<u8>) {
    let public = pair.public_key();
    let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
    (modulus, public.exponent().big_endian_without_leading_zero().to_vec())
}

fn claims() -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({
        "sub": USER, "cognito:groups": ["admins"], "iss": ISSUER, "version": 2,
        "client_id": CLIENT_ID, "origin_jti": "8a5145e5-1a2a-434b-855b-5f9911e8d8c8",
        "event_id": "0eb64e6c-b4b7-44f2-b3e6-a970b6f9effe", "token_use": "access",
        "scope": "aws.cognito.signin.user.admin api/read", "auth_time": now - 10,
        "exp": now + 86_400, "iat": now - 10, "jti": "40e8fe50-9384-4e72-80d5-c704a19709f3",
        "username": USER,
    });
    Ok(claims.to_string())
}

fn sign(pair: &KeyPair, claims: &str) -> Result<String> {
    let header = json!({ "kid": KID, "alg": "RS256" }).to_string();
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Measures the check of header, claims and signature, with all rules.
fn ours(job: &Job) -> Result<Contender> {
    let (verifier, token) = (verifier(job)?.build(), job.token.clone());
    verifier.access_token_offline(&token)?;
    Ok(Contender::new(OURS, move || verifier.access_token_offline(&token)))
}

fn cached(job: &Job) -> Result<Contender> {
    let (verifier, token) = (verifier(job)?.cache(NonZeroUsize::MIN).build(), job.token.clone());
    verifier.access_token_offline(&token)?;
    let name = "ours: a cached token, all rules";
    let contender = Contender::new(name, move || verifier.access_token_offline(&token));
    Ok(contender.wanted_at_most(0.04, BARE_RSA))
}

/// Measures a verifier that one thread on each core uses.
fn on_all_cores(job: &Job, cores: Vec<CoreId>) -> Result<Contender> {
    let (verifier, token) = (verifier(job)?.build(), Arc::new(job.token.clone()));
    let name = if cores.len() == 2 { "ours, on two cores" } else { "ours, on all cores" };
    // The average time of a verification: with two cores, half of the time with one.
    let wanted = 1.1 / f64::from(u32::try_from(cores.len())?);
    let job = move |times: u32| {
        let share = (times * LONGER).div_ceil(u32::try_from(cores.len())?);
        // New threads inherit the core of this one, where they would wait for each other.
        let ready = Arc::new(Barrier::new(cores.len() + 1));
        let threads: Vec<_> = cores
            .iter()
            .map(|core| {
                let (core, verifier, token) = (*core, verifier.clone(), Arc::clone(&token));
                let ready = Arc::clone(&ready);
                thread::spawn(move || {
                    core_affinity::set_for_current(core);
                    ready.wait();
                    for _ in 0..share {
                        black_box(verifier.access_token_offline(&token).is_ok());
                    }
                })
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        for thread in threads {
            thread.join().map_err(|_| "a thread panicked")?;
        }
        Ok(start.elapsed() / LONGER)
    };
    Ok(Contender::timed(name, job).wanted_on_idle_cores(wanted, OURS))
}

fn verifier(job: &Job) -> Result<VerifierBuilder> {
    let rules = TokenRules::new(&POOL_ID.parse()?, Clients::only(CLIENT_ID));
    Ok(Verifier::offline(rules, KeySet::from_json(&job.jwks)?))
}

/// Measures only the signature, which is decoded beforehand, with a parsed key.
fn bare_rsa(job: &Job) -> Result<Contender> {
    let (message, signature) = job.token.rsplit_once('.').ok_or("no signature")?;
    let (message, signature) = (message.to_owned(), URL_SAFE_NO_PAD.decode(signature)?);
    let components = PublicKeyComponents { n: &job.modulus, e: &job.exponent };
    let key = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?;
    key.verify_sig(message.as_bytes(), &signature)?;
    let verify = move || key.verify_sig(message.as_bytes(), &signature);
    // Ours may take 1.10 times as long.
    Ok(Contender::new(BARE_RSA, verify).wanted(1.0 / 1.10))
}

/// The claims that ours deserializes too.
#[derive(Deserialize)]
#[allow(dead_code)] // Their deserialization is measured.
struct Claims {
    sub: String,
    iss: String,
    client_id: String,
    token_use: String,
    username: Option<String>,
    scope: Option<String>,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    jti: Option<String>,
    origin_jti: Option<String>,
    event_id: Option<String>,
    exp: u64,
    iat: Option<u64>,
    auth_time: Option<u64>,
}

impl Claims {
    fn fit(&self) -> bool {
        self.token_use == "access" && self.client_id == CLIENT_ID
    }
}

fn jsonwebtoken(job: &Job) -> Result<Contender> {
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key = DecodingKey::from_rsa_components(&encoded(&job.modulus), &encoded(&job.exponent))?;
    let keys = HashMap::from([(KID.to_owned(), key)]);
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_required_spec_claims(&["exp", "iss"]);
    rules.validate_aud = false;
    rules.validate_nbf = true;
    let token = job.token.clone();
    let verify = move || {
        let header = jsonwebtoken::decode_header(&token).ok()?;
        let key = keys.get(&header.kid?)?;
        let claims = jsonwebtoken::decode::<Claims>(&token, key, &rules).ok()?.claims;
        claims.fit().then_some(claims)
    };
    verify().ok_or("jsonwebtoken rejects the token")?;
    Ok(Contender::new("jsonwebtoken 11.1.0 (aws_lc_rs), header and claims", verify).wanted(1.25))
}

fn jwt_simple(job: &Job) -> Result<Contender> {
    let key = RS256PublicKey::from_components(&job.modulus, &job.exponent)
        .map_err(|error| error.to_string())?;
    let allowed_issuers = Some(HashSet::from([ISSUER.to_owned()]));
    let options = VerificationOptions { allowed_issuers, ..VerificationOptions::default() };
    let token = job.token.clone();
    let verify = move || {
        let claims = key.verify_token::<Value>(&token, Some(options.clone())).ok()?.custom;
        (claims["token_use"] == "access" && claims["client_id"] == CLIENT_ID).then_some(claims)
    };
    verify().ok_or("jwt-simple rejects the token")?;
    Ok(Contender::new("jwt-simple 0.15.0 (pure Rust)", verify))
}

/// Measures a program in another language, which received the token as an argument.
fn of_child(name: &'static str, mut child: ChildProcess) -> Contender {
    Contender::timed(name, move |times: u32| -> Result<Duration> { child.run(times) })
}
