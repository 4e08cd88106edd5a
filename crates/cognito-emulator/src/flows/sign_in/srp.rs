//! SRP exchanges of users and devices: challenges and verification of proofs.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Identity, PasswordVerifier, SrpError, Timestamp};
use cognito_types::UserPoolId;

use crate::flows::sign_in::challenge;
use crate::flows::sign_in::progress::{Progress, SentChallenge};
use crate::flows::sign_in::turn::Response;
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::flows::{auth_event, password};
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::auth_event::EventChallenge;
use crate::state::challenge::{DeviceVerifier, PasswordVerifier as UserVerifier, invalid_session};
use crate::state::exchange::{Exchange, Prover};
use crate::state::pool::Pool;
use crate::state::user::User;

/// The challenge for the proof of a user's password.
pub(super) const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

/// The challenge for the proof of a device's password.
pub(super) const DEVICE_PASSWORD_VERIFIER: &str = "DEVICE_PASSWORD_VERIFIER";

/// The length of a SECRET_BLOCK in bytes; in base64 it is as long as the service's.
const SECRET_BLOCK_BYTES: usize = 1292;

/// The maximum difference between a claim's timestamp and the clock, in seconds.
const TIMESTAMP_TOLERANCE: u64 = 300;

/// Responds to a user's SRP_A with PASSWORD_VERIFIER, which has a Session if it is required.
pub(crate) fn challenge_user(
    step: &mut Step<'_>,
    srp_a: &str,
    attempt: Attempt,
    with_session: bool,
) -> Result<Progress, ServiceError> {
    let (verifier, prover) = verifier_of_user(step.pool, &attempt)?;
    let session = match with_session {
        true => Some(challenge::open(step, attempt.clone(), UserVerifier)?),
        false => None,
    };
    start_exchange(step, srp_a, &verifier, attempt, prover, session)
}

/// Responds to a device's SRP_A with DEVICE_PASSWORD_VERIFIER.
pub(crate) fn challenge_device(
    step: &mut Step<'_>,
    srp_a: &str,
    attempt: Attempt,
) -> Result<Progress, ServiceError> {
    let device = step.pool.unproven_device(&attempt)?.ok_or_else(ServiceError::bad_credentials)?;
    let verifier = device.verifier.clone().ok_or_else(ServiceError::bad_credentials)?;
    let prover = Prover::Device(device.group_key.clone(), device.key.clone());
    let session = challenge::open(step, attempt.clone(), DeviceVerifier)?;
    start_exchange(step, srp_a, &verifier, attempt, prover, Some(session))
}

/// Starts an exchange and returns its challenge.
fn start_exchange(
    step: &mut Step<'_>,
    srp_a: &str,
    verifier: &PasswordVerifier,
    attempt: Attempt,
    prover: Prover,
    session: Option<String>,
) -> Result<Progress, ServiceError> {
    let rejected = |error: SrpError| ServiceError::invalid_parameter(error.to_string());
    let exchange = verifier.challenge(srp_a, &mut step.random).map_err(rejected)?;
    let secret_block = step.random.bytes::<SECRET_BLOCK_BYTES>().to_vec();
    let id = STANDARD.encode(&secret_block);
    let now = step.now();
    let lifetime = step.pool.client(&attempt.client_id)?.settings.session_seconds();
    let exchange = Exchange { exchange, secret_block, attempt, prover, session };
    let sent = sent(&exchange, &id);
    step.pool.exchanges.insert(id, exchange, now.saturating_add(lifetime), now);
    Ok(Progress::Challenged(sent))
}

/// Returns the challenge that starts an exchange, with its SECRET_BLOCK in base64.
fn sent(exchange: &Exchange, secret_block: &str) -> SentChallenge {
    let Exchange { exchange, attempt, prover, session, .. } = exchange;
    let (name, member, id) = match prover {
        Prover::Device(_, key) => (DEVICE_PASSWORD_VERIFIER, "DEVICE_KEY", key),
        Prover::User | Prover::Unknown => (PASSWORD_VERIFIER, "USER_ID_FOR_SRP", &attempt.username),
    };
    let parameters = [
        ("SALT", exchange.salt()),
        ("SECRET_BLOCK", secret_block),
        ("SRP_B", exchange.srp_b()),
        ("USERNAME", &attempt.username),
        (member, id),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    SentChallenge {
        name,
        parameters: Strings::from(parameters),
        session: session.clone(),
        available: None,
    }
}

/// The response to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER.
pub(crate) struct Claim<'a> {
    client_id: &'a str,
    username: &'a str,
    /// The key of the device, if the claim is a device's and not a user's.
    device_key: Option<&'a str>,
    session: Option<&'a str>,
    secret_block: &'a str,
    signature: &'a str,
    timestamp: Timestamp,
}

impl<'a> Claim<'a> {
    /// Parses a claim. The format of its timestamp and signature is checked before anything is
    /// looked up.
    pub(crate) fn of(
        response: &'a Response,
        device_key: Option<&'a str>,
    ) -> Result<Self, ServiceError> {
        const TIMESTAMP: &str = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
        let Response { client_id, session, responses, .. } = response;
        let username = responses.required("USERNAME")?;
        let timestamp = responses.required("TIMESTAMP")?;
        let signature = responses.required("PASSWORD_CLAIM_SIGNATURE")?;
        let secret_block = responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
        let timestamp =
            timestamp.parse().map_err(|_| ServiceError::invalid_parameter(TIMESTAMP))?;
        STANDARD.decode(signature).map_err(|_| malformed_signature())?;
        let session = session.as_deref();
        Ok(Self { client_id, username, device_key, session, secret_block, signature, timestamp })
    }
}

/// Verifies a claim and returns its sign-in. The Session is then used.
///
/// Wrong claims of users count towards the lockout.
pub(crate) fn take_proven(
    step: &mut Step<'_>,
    claim: &Claim<'_>,
) -> Result<(Attempt, Option<String>), ServiceError> {
    let (now, moment) = (step.now(), step.since_epoch());
    let pool = &mut *step.pool;
    let found = pool.exchanges.get(claim.secret_block);
    let (exchange, ends) = found.ok_or_else(ServiceError::bad_credentials)?;
    let proven = is_proven(exchange, claim, &pool.users.flattened(claim.username), &pool.id)?
        && claim.timestamp.unix_seconds().abs_diff(now) <= TIMESTAMP_TOLERANCE
        && now < ends;
    let (attempt, session) = (exchange.attempt.clone(), exchange.session.clone());
    if let Some(session) = &session {
        check_session(pool, session, claim, now)?;
    }
    pool.users.get(&attempt.username).map_or(Ok(()), User::check_may_sign_in)?;
    pool.lockouts.check(&attempt.username, moment)?;
    if !proven || pool.sub_of(&attempt.username) != attempt.sub {
        pool.lockouts.failed(&attempt.username, moment);
        auth_event::record_failure(step, &attempt.username, EventChallenge::Password);
        return Err(password::rejection(step.pool, &attempt));
    }
    pool.lockouts.forget(&attempt.username);
    if let Some(session) = &session {
        pool.take_challenge(session, now)?;
    }
    Ok((attempt, session))
}

/// Returns whether a claim belongs to this exchange and proves the password.
fn is_proven(
    exchange: &Exchange,
    claim: &Claim<'_>,
    username: &str,
    pool_id: &UserPoolId,
) -> Result<bool, ServiceError> {
    let Exchange { exchange, secret_block, attempt, prover, .. } = exchange;
    let (identity, device_key) = match prover {
        Prover::Device(group, key) => (Identity::device(group, key), Some(key.as_str())),
        Prover::User | Prover::Unknown => {
            (Identity::user(pool_id.pool_name(), &attempt.username), None)
        }
    };
    let ours = attempt.client_id == claim.client_id
        && attempt.username == username
        && device_key == claim.device_key
        && !matches!(prover, Prover::Unknown);
    match exchange.verify(identity, secret_block, &claim.timestamp, claim.signature) {
        Ok(()) => Ok(ours),
        Err(SrpError::InvalidSignature) => Err(malformed_signature()),
        Err(_) => Ok(false),
    }
}

/// Rejects a claim with the Session of another exchange, or an expired one.
///
/// A device's claim may omit the Session, because its SECRET_BLOCK identifies the exchange.
fn check_session(
    pool: &mut Pool,
    session: &str,
    claim: &Claim<'_>,
    now: u64,
) -> Result<(), ServiceError> {
    pool.challenge(session, now)?;
    match claim.session {
        Some(given) if given == session => Ok(()),
        None if claim.device_key.is_some() => Ok(()),
        None => Err(ServiceError::missing_parameter("Session")),
        Some(_) => Err(invalid_session()),
    }
}

/// Returns the verifier for a user's claim. For a hidden user who does not exist, or a user without
/// a password, it matches no password.
fn verifier_of_user(
    pool: &Pool,
    attempt: &Attempt,
) -> Result<(PasswordVerifier, Prover), ServiceError> {
    let user = pool.users.get(&attempt.username);
    match user.map(|user| &user.password) {
        Some(Some(password)) => Ok((PasswordVerifier::clone(password), Prover::User)),
        None if !pool.client(&attempt.client_id)?.settings.hides_users() => {
            Err(ServiceError::user_unknown())
        }
        _ => Ok((simulated_verifier(pool, &attempt.username), Prover::Unknown)),
    }
}

/// Returns a verifier for a user who does not exist. It is the same at every call, and matches no
/// password.
fn simulated_verifier(pool: &Pool, username: &str) -> PasswordVerifier {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &pool.secret);
    let tag = hmac::sign(&key, username.as_bytes());
    let (salt, password) = tag.as_ref().split_at(16);
    let identity = Identity::user(pool.id.pool_name(), username);
    PasswordVerifier::new(identity, &STANDARD.encode(password), salt)
}

fn malformed_signature() -> ServiceError {
    const MESSAGE: &str = "Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.";
    ServiceError::invalid_parameter(MESSAGE)
}
