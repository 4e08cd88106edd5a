//! SRP vectors.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::hazmat::{self, Transcript};
use cognito_srp::{
    EphemeralKeyPair, Identity, PasswordVerifier, SrpChallenge, Timestamp, secret_hash,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Mismatch;
use super::fields::{bytes, compare, must_equal, text, utf8};

type Outcome = Result<(), Mismatch>;

pub(super) fn run(case: &Value) -> Outcome {
    match text(case, "kind")? {
        "constants" => constants(&case["expected"]),
        "pad_hex" | "signed_pad_hex" => pad(case),
        "timestamp" => must_equal(&case["expected"], "timestamp", timestamp(case)?),
        "secret_hash" => hash_of_secret(case),
        "public_a" => public_a(case),
        "scrambler_u" => scrambler(case),
        "hkdf" => session_key(case),
        "password_claim" => password_claim(case),
        "device_claim" => device_claim(case),
        "device_verifier" => device_verifier(case),
        "rejection" => rejection(case),
        other => Err(Mismatch::new("kind", "a known kind", other)),
    }
}

fn constants(expected: &Value) -> Outcome {
    let prime = hazmat::prime_hex();
    let info = hazmat::KEY_INFO;
    must_equal(expected, "n_hex", &prime)?;
    must_equal(expected, "n_bits", prime.len() * 4)?;
    must_equal(expected, "g_hex", hazmat::generator_hex())?;
    must_equal(expected, "k_hex", hazmat::multiplier_hex())?;
    must_equal(expected, "k_hex", hazmat::computed_multiplier_hex())?;
    must_equal(expected, "info_utf8", String::from_utf8_lossy(info))?;
    must_equal(expected, "info_bits_hex", format!("{}01", hex(info)))
}

fn pad(case: &Value) -> Outcome {
    let padded = succeed("padded_hex", hazmat::pad_hex(text(case, "input")?))?;
    must_equal(&case["expected"], "padded_hex", padded)
}

fn hash_of_secret(case: &Value) -> Outcome {
    let username = utf8(case, "username_utf8_hex")?;
    let hash = secret_hash(&username, text(case, "client_id")?, text(case, "client_secret")?);
    must_equal(&case["expected"], "secret_hash", hash)
}

fn public_a(case: &Value) -> Outcome {
    let expected = &case["expected"];
    let srp_a = pair(case, expected)?.srp_a();
    must_equal(expected, "srp_a_param", &srp_a)?;
    must_equal(expected, "srp_a_len", srp_a.len())
}

fn scrambler(case: &Value) -> Outcome {
    let u = hazmat::scrambler_hex(text(case, "large_a_hex")?, text(case, "large_b_hex")?);
    must_equal(&case["expected"], "u_hex", succeed("u_hex", u)?.trim_start_matches('0'))
}

fn session_key(case: &Value) -> Outcome {
    let key = hazmat::session_key(&bytes(case, "ikm_hex")?, &bytes(case, "salt_hex")?);
    must_equal(&case["expected"], "key_hex", hex(&key))
}

fn password_claim(case: &Value) -> Outcome {
    let (_, pool_name) = text(case, "pool_id")?
        .split_once('_')
        .ok_or_else(|| Mismatch::new("pool_id", "an underscore", "none"))?;
    let user = utf8(case, "user_id_utf8_hex")?;
    let requested = text(case, "username")?;
    let answered = case["challenge_parameters"]["USERNAME"].as_str().unwrap_or(requested);
    let request = &case["initiate_auth_params"];
    compare(request, "SECRET_HASH", client_hash(case, requested)?)?;
    compare(&case["expected"]["challenge_responses"], "USERNAME", answered)?;
    let identity = Identity::user(pool_name, &user);
    claim(case, identity, &utf8(case, "password_utf8_hex")?, answered)
}

fn device_claim(case: &Value) -> Outcome {
    let identity = Identity::device(text(case, "device_group_key")?, text(case, "device_key")?);
    claim(case, identity, text(case, "device_password")?, text(case, "username")?)
}

/// Computes the complete claim of the client, compares every intermediate value, and verifies the
/// claim on the server side.
fn claim(case: &Value, identity: Identity<'_>, password: &str, username: &str) -> Outcome {
    let (expected, parameters) = (&case["expected"], &case["challenge_parameters"]);
    let secret_block = text(parameters, "SECRET_BLOCK")?;
    let parsed =
        SrpChallenge::parse(text(parameters, "SALT")?, text(parameters, "SRP_B")?, secret_block);
    let (challenge, timestamp) = (succeed("challenge", parsed)?, timestamp(case)?);
    let pair = pair(case, case)?;
    compare(&case["initiate_auth_params"], "SRP_A", pair.srp_a())?;
    let inner = Transcript::new(&pair, identity, password, &challenge, &timestamp);
    compare_transcript(expected, &succeed("transcript", inner)?)?;

    let srp_a = pair.srp_a();
    let claim = succeed("claim", pair.claim(identity, password, &challenge, &timestamp))?;
    let responses = &expected["challenge_responses"];
    must_equal(expected, "timestamp", &timestamp)?;
    must_equal(responses, "TIMESTAMP", &timestamp)?;
    must_equal(responses, "PASSWORD_CLAIM_SIGNATURE", claim.signature())?;
    must_equal(responses, "PASSWORD_CLAIM_SECRET_BLOCK", secret_block)?;
    compare(responses, "SECRET_HASH", client_hash(case, username)?)?;
    if case["server_agrees"] == true {
        server_agrees(case, identity, password, &srp_a, claim.signature())?;
    }
    Ok(())
}

fn compare_transcript(expected: &Value, inner: &Transcript) -> Outcome {
    must_equal(expected, "k_hex", hazmat::multiplier_hex())?;
    must_equal(expected, "u_hex", &inner.u)?;
    must_equal(expected, "identity_hash_hex", &inner.identity_hash)?;
    must_equal(expected, "x_hex", &inner.x)?;
    must_equal(expected, "verifier_hex", &inner.verifier)?;
    must_equal(expected, "s_hex", &inner.s)?;
    must_equal(expected, "hkdf_prk_hex", &inner.prk)?;
    must_equal(expected, "hkdf_key_hex", &inner.key)?;
    must_equal(expected, "hmac_message_hex", &inner.message)?;
    let names = ["a_padded_bytes", "b_padded_bytes", "s_padded_bytes", "u_padded_bytes"];
    for (name, length) in names.into_iter().zip(inner.padded_bytes) {
        must_equal(expected, name, length)?;
    }
    Ok(())
}

/// Checks that the server computes the same B from the b in the file, and accepts the claim.
fn server_agrees(
    case: &Value,
    identity: Identity<'_>,
    password: &str,
    srp_a: &str,
    signature: &str,
) -> Outcome {
    let parameters = &case["challenge_parameters"];
    let verifier = PasswordVerifier::new(identity, password, &bytes(parameters, "SALT")?);
    let b = bytes(case, "server_b_hex")?;
    let exchange = hazmat::exchange_from_secret(&verifier, srp_a, &b);
    let exchange = succeed("the server's challenge", exchange)?;
    let sent = text(parameters, "SRP_B")?.trim_start_matches('0').to_lowercase();
    if exchange.srp_b() != sent {
        return Err(Mismatch::new("the server's SRP_B", sent, exchange.srp_b()));
    }
    let block = STANDARD.decode(text(parameters, "SECRET_BLOCK")?);
    let block = succeed("SECRET_BLOCK", block)?;
    let proof = exchange.verify(identity, &block, &timestamp(case)?, signature);
    succeed("the server's check", proof)
}

fn device_verifier(case: &Value) -> Outcome {
    let expected = &case["expected"];
    let (group, key) = (text(case, "device_group_key")?, text(case, "device_key")?);
    let password: [u8; 40] = exactly(case, "random_password_40_hex")?;
    let salt: [u8; 16] = exactly(case, "random_salt_16_hex")?;
    let secret = hazmat::device_secret(group, key, &password, &salt);
    let config = &expected["device_secret_verifier_config"];
    must_equal(expected, "device_password", secret.password())?;
    must_equal(config, "PasswordVerifier", secret.password_verifier())?;
    must_equal(config, "Salt", secret.salt())?;

    let inner = hazmat::DeviceTranscript::new(group, key, secret.password(), &salt);
    must_equal(expected, "salt_padded_hex", &inner.salt)?;
    must_equal(expected, "identity_hash_hex", &inner.identity_hash)?;
    must_equal(expected, "x_hex", &inner.x)?;
    must_equal(expected, "verifier_hex", &inner.verifier)?;
    must_equal(expected, "verifier_padded_bytes", inner.verifier_padded_bytes)
}

/// Checks that values are rejected, or at least cause no panic.
fn rejection(case: &Value) -> Outcome {
    let field = |name: &str, valid: &'static str| case[name].as_str().unwrap_or(valid).to_owned();
    let salt = field("salt", "21c6e608118c950c662e645418b2f1");
    let (srp_b, block) = (field("server_b_hex", "2"), field("secret_block", "YWJjZA=="));
    let outcome = SrpChallenge::parse(&salt, &srp_b, &block).and_then(|challenge| {
        let pair = EphemeralKeyPair::generate(&mut getrandom::SysRng)?;
        let identity = Identity::user("Ab1Cd2Ef3", "alice");
        pair.claim(identity, "password", &challenge, &Timestamp::from_unix_seconds(0)?)
    });
    match (text(case, "expect")?, outcome) {
        ("reject", Ok(_)) => Err(Mismatch::new("outcome", "a refusal", "a claim")),
        ("reject", Err(_)) | ("no_panic", _) => Ok(()),
        (other, _) => Err(Mismatch::new("expect", "reject or no_panic", other)),
    }
}

/// Returns the client's key pair of a case, and checks its a and A against `expected`.
fn pair(case: &Value, expected: &Value) -> Result<EphemeralKeyPair, Mismatch> {
    let secret = bytes(case, "random_128_hex")?;
    let reduced = succeed("small_a_hex", hazmat::reduced_secret_hex(&secret))?;
    must_equal(expected, "small_a_hex", reduced)?;
    let pair = succeed("large_a_hex", hazmat::pair_from_secret(&secret))?;
    must_equal(expected, "large_a_hex", pair.srp_a())?;
    Ok(pair)
}

fn client_hash(case: &Value, username: &str) -> Result<String, Mismatch> {
    match case["client_secret"].as_str() {
        Some(secret) => Ok(secret_hash(username, text(case, "client_id")?, secret)),
        None => Ok("none, for the client has no secret".to_owned()),
    }
}

fn timestamp(case: &Value) -> Result<Timestamp, Mismatch> {
    let utc: DateTime = succeed("utc", text(case, "utc")?.parse())?;
    let seconds = succeed("utc", utc.to_zoned(TimeZone::UTC))?.timestamp().as_second();
    let seconds = succeed("utc", u64::try_from(seconds))?;
    succeed("timestamp", Timestamp::from_unix_seconds(seconds))
}

fn exactly<const LEN: usize>(case: &Value, name: &str) -> Result<[u8; LEN], Mismatch> {
    let bytes = bytes(case, name)?;
    bytes.try_into().map_err(|bytes: Vec<u8>| Mismatch::new(name, LEN, bytes.len()))
}

fn succeed<T, E: Display>(what: &str, result: Result<T, E>) -> Result<T, Mismatch> {
    result.map_err(|error| Mismatch::new(what, "success", error))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
