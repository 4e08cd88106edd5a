//! Both sides of the SRP protocol of user pools, without HTTP: a client that proves a password or a
//! device, and a server that has only their verifiers.
//!
//! Programs that send the requests of Amazon Cognito themselves, and test servers, use it in this way. The
//! comments name the parameters of the API.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::time::{SystemTime, UNIX_EPOCH};

use cognito::srp::{
    DeviceSecret, EphemeralKeyPair, Identity, PasswordVerifier, ServerExchange, SrpChallenge,
    SrpError, Timestamp, secret_hash,
};
use getrandom::SysRng;

/// The id of the pool after `eu-west-1_`.
const POOL: &str = "Ab12Cd34E";
const PASSWORD: &str = "Correct-horse1";
const DEVICE_GROUP: &str = "-abCdEfGh";
const DEVICE: &str = "eu-west-1_0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

/// The bytes that the server has sent as SECRET_BLOCK, in base64. The service encrypts its state in it.
const SECRET_BLOCK: (&[u8], &str) = (b"secret block", "c2VjcmV0IGJsb2Nr");

fn main() -> Result<(), SrpError> {
    // At the sign-up, the server stores a verifier of the password instead of the password.
    let alice = Identity::user(POOL, "alice");
    let user = PasswordVerifier::generate(alice, PASSWORD, &mut SysRng)?;
    let wire = prove(&user, alice, PASSWORD)?;
    assert_eq!(wire.verdict, Ok(()));
    println!("alice: the proof is accepted");
    assert!(!wire.sent.iter().any(|text| text.contains(PASSWORD)));
    assert_eq!(prove(&user, alice, "Wrong-horse1")?.verdict, Err(SrpError::WrongProof));
    let bob = prove(&user, Identity::user(POOL, "bob"), PASSWORD)?;
    assert_eq!(bob.verdict, Err(SrpError::WrongProof));
    println!("another password, or another name: the proof is rejected");

    prove_device()?;

    // A client rejects values of a server that would disclose the key.
    let zero = SrpChallenge::parse("ab", "0", SECRET_BLOCK.1);
    assert_eq!(zero.err(), Some(SrpError::ZeroSrpB));
    // SECRET_HASH, for app clients with a secret.
    assert_eq!(secret_hash("alice", "1example23456789", "secret").len(), 44);
    Ok(())
}

/// Proves a remembered device, as in DEVICE_SRP_AUTH.
fn prove_device() -> Result<(), SrpError> {
    let device = Identity::device(DEVICE_GROUP, DEVICE);
    let secret = DeviceSecret::generate(DEVICE_GROUP, DEVICE, &mut SysRng)?;
    // ConfirmDevice sends PasswordVerifier and Salt. The device stores `secret.password()`.
    let kept = PasswordVerifier::from_device(secret.password_verifier(), secret.salt())?;
    assert_eq!(prove(&kept, device, secret.password())?.verdict, Ok(()));
    assert_eq!(prove(&kept, device, PASSWORD)?.verdict, Err(SrpError::WrongProof));
    println!("the device: its proof is accepted, and that of another password rejected");
    Ok(())
}

/// The values that an exchange sends, and the verdict of the server.
struct Wire {
    sent: [String; 4],
    verdict: Result<(), SrpError>,
}

/// Proves a password to a server that has a verifier.
fn prove(
    stored: &PasswordVerifier,
    identity: Identity<'_>,
    password: &str,
) -> Result<Wire, SrpError> {
    // The client sends InitiateAuth: SRP_A.
    let pair = EphemeralKeyPair::generate(&mut SysRng)?;
    let srp_a = pair.srp_a();

    // The server responds with PASSWORD_VERIFIER: SALT, SRP_B and SECRET_BLOCK. It can store the
    // exchange as text until the next request.
    let exchange = stored.challenge(&srp_a, &mut SysRng)?;
    let (salt, srp_b) = (exchange.salt().to_owned(), exchange.srp_b().to_owned());
    let saved = exchange.to_base64();

    // The client sends RespondToAuthChallenge: PASSWORD_CLAIM_SIGNATURE, TIMESTAMP and the block.
    let challenge = SrpChallenge::parse(&salt, &srp_b, SECRET_BLOCK.1)?;
    let timestamp = now()?;
    let claim = pair.claim(identity, password, &challenge, &timestamp)?;

    let exchange = ServerExchange::from_base64(&saved)?;
    let verdict = exchange.verify(identity, SECRET_BLOCK.0, &timestamp, claim.signature());
    Ok(Wire { sent: [srp_a, salt, srp_b, claim.signature().to_owned()], verdict })
}

fn now() -> Result<Timestamp, SrpError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_seconds(since.as_secs())
}
