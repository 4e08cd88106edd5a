//! SRP exchanges, found again by the SECRET_BLOCK that the client returns.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Identity, PasswordVerifier, ServerExchange, SrpError, Timestamp};
use serde_json::{Value, json};

use crate::flows::auth_event::AskedFor;
use crate::flows::sign_in::challenge::{Asked, Attempt};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::pool::Pool;

/// An exchange that waits for its proof. Like the service's, it may be tried many times.
pub(crate) struct Exchange {
    exchange: ServerExchange,
    secret_block: Vec<u8>,
    attempt: Attempt,
    prover: Prover,
    /// The user's id, which a later user of the same name does not have.
    sub: Option<String>,
    /// The Session that must come with the proof; a sign-in that begins with SRP has none.
    session: Option<String>,
}

/// Who is to prove a password.
#[derive(Clone)]
pub(crate) enum Prover {
    User,
    /// A user who does not exist and can prove nothing.
    Nobody,
    /// A device, by its group key and its key.
    Device(String, String),
}

/// Bytes of a SECRET_BLOCK; in base64 as long as those of the service.
const SECRET_BLOCK_BYTES: usize = 1292;

/// How far a claim's timestamp may be from the clock, in seconds.
const TIMESTAMP_TOLERANCE: u64 = 300;

impl Step<'_> {
    /// Answers a user's SRP_A with PASSWORD_VERIFIER, which carries a Session if asked to.
    pub(crate) fn password_verifier(
        &mut self,
        srp_a: &str,
        attempt: Attempt,
        with_session: bool,
    ) -> Result<Value, ServiceError> {
        let (verifier, prover) = self.pool.verifier_of_user(&attempt)?;
        let session = match with_session {
            true => Some(self.open_challenge(attempt.clone(), Asked::PasswordVerifier)?),
            false => None,
        };
        self.exchange(srp_a, &verifier, attempt, prover, session)
    }

    /// Answers a device's SRP_A with DEVICE_PASSWORD_VERIFIER.
    pub(crate) fn device_verifier(
        &mut self,
        srp_a: &str,
        attempt: Attempt,
    ) -> Result<Value, ServiceError> {
        let device =
            self.pool.unproven_device(&attempt)?.ok_or_else(ServiceError::bad_credentials)?;
        let verifier = device.verifier.clone().ok_or_else(ServiceError::bad_credentials)?;
        let prover = Prover::Device(device.group_key.clone(), device.key.clone());
        let session = self.open_challenge(attempt.clone(), Asked::DeviceVerifier)?;
        self.exchange(srp_a, &verifier, attempt, prover, Some(session))
    }

    /// Starts an exchange and returns its challenge.
    fn exchange(
        &mut self,
        srp_a: &str,
        verifier: &PasswordVerifier,
        attempt: Attempt,
        prover: Prover,
        session: Option<String>,
    ) -> Result<Value, ServiceError> {
        let exchange = verifier.challenge(srp_a, &mut self.random).map_err(refused_srp_a)?;
        let secret_block = self.random.bytes::<SECRET_BLOCK_BYTES>().to_vec();
        let id = STANDARD.encode(&secret_block);
        let now = self.now();
        let lifetime = self.pool.client(&attempt.client_id)?.settings.session_seconds();
        let sub = self.pool.sub_of(&attempt.username);
        let exchange = Exchange { exchange, secret_block, attempt, prover, sub, session };
        let challenge = exchange.challenge(&id);
        self.pool.exchanges.insert(id, exchange, now.saturating_add(lifetime), now);
        Ok(challenge)
    }

    /// Checks a claim and returns the sign-in that goes on with it.
    ///
    /// Wrong claims of users count towards the lockout.
    pub(crate) fn check_claim(&mut self, claim: &Claim<'_>) -> Result<Attempt, ServiceError> {
        let (now, moment) = (self.now(), self.since_epoch());
        let timestamp: Timestamp = claim.timestamp.parse().map_err(|_| {
            const MESSAGE: &str =
                "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
            ServiceError::invalid_parameter(MESSAGE)
        })?;
        // Said before anything is looked up.
        STANDARD.decode(claim.signature).map_err(|_| malformed_signature())?;
        let (pool, refused) = (&mut *self.pool, ServiceError::bad_credentials);
        let (exchange, ends) = pool.exchanges.get_mut(claim.secret_block).ok_or_else(refused)?;
        let username = pool.users.flattened(claim.username);
        let proof = exchange.check(claim, &username, &timestamp, pool.id.pool_name())?;
        let timely = timestamp.unix_seconds().abs_diff(now) <= TIMESTAMP_TOLERANCE && now < ends;
        let (attempt, prover) = (exchange.attempt.clone(), exchange.prover.clone());
        let (session, sub) = (exchange.session.clone(), exchange.sub.clone());
        if let Some(session) = &session {
            pool.check_session_of_claim(session, claim, now)?;
        }
        if let Some(user) = pool.users.get(&attempt.username) {
            user.check_may_sign_in()?;
        }
        pool.lockouts.check(&attempt.username, moment)?;
        let timely = timely && sub == pool.sub_of(&attempt.username);
        if !(proof && timely) || matches!(prover, Prover::Nobody) {
            pool.lockouts.failed(&attempt.username, moment);
            self.record_failure(&attempt.username, AskedFor::Password);
            return Err(refused());
        }
        pool.lockouts.forget(&attempt.username);
        if let Some(session) = session {
            pool.use_up(&session);
        }
        Ok(attempt)
    }
}

/// The answer to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER.
pub(crate) struct Claim<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) username: &'a str,
    /// The key of the device that claims to know its password, if it is not a user.
    pub(crate) device_key: Option<&'a str>,
    pub(crate) session: Option<&'a str>,
    pub(crate) secret_block: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) timestamp: &'a str,
}

impl Exchange {
    /// The challenge that starts it, with its SECRET_BLOCK in base64.
    fn challenge(&self, secret_block: &str) -> Value {
        let username = &self.attempt.username;
        let (name, member, id) = match &self.prover {
            Prover::Device(_, key) => ("DEVICE_PASSWORD_VERIFIER", "DEVICE_KEY", key),
            _ => ("PASSWORD_VERIFIER", "USER_ID_FOR_SRP", username),
        };
        let mut challenge = json!({
            "ChallengeName": name,
            "ChallengeParameters": {
                "SALT": self.exchange.salt(),
                "SECRET_BLOCK": secret_block,
                "SRP_B": self.exchange.srp_b(),
                "USERNAME": username,
                member: id,
            },
        });
        if let (Some(challenge), Some(session)) = (challenge.as_object_mut(), &self.session) {
            challenge.insert("Session".to_owned(), session.as_str().into());
        }
        challenge
    }

    /// Whether a claim is of this exchange and proves the password.
    fn check(
        &self,
        claim: &Claim<'_>,
        username: &str,
        timestamp: &Timestamp,
        pool_name: &str,
    ) -> Result<bool, ServiceError> {
        let (identity, expected) = match &self.prover {
            Prover::Device(group, key) => (Identity::device(group, key), Some(key.as_str())),
            _ => (Identity::user(pool_name, &self.attempt.username), None),
        };
        let ours = self.attempt.client_id == claim.client_id
            && self.attempt.username == username
            && expected == claim.device_key;
        match self.exchange.verify(identity, &self.secret_block, timestamp, claim.signature) {
            Ok(()) => Ok(ours),
            Err(SrpError::InvalidSignature) => Err(malformed_signature()),
            Err(_) => Ok(false),
        }
    }
}

impl Pool {
    /// Refuses a claim whose Session is not that of its exchange, or has ended.
    ///
    /// A device's claim may come without one: its SECRET_BLOCK says as much.
    fn check_session_of_claim(
        &mut self,
        session: &str,
        claim: &Claim<'_>,
        now: u64,
    ) -> Result<(), ServiceError> {
        self.open_challenge_mut(session, now)?;
        match claim.session {
            Some(given) if given == session => Ok(()),
            None if claim.device_key.is_some() => Ok(()),
            None => Err(ServiceError::missing_parameter("Session")),
            Some(_) => Err(ServiceError::not_authorized("Invalid session for the user.")),
        }
    }

    /// What a user's claim is checked with; of a user who does not exist, if that is hidden, or
    /// who has no password, it is of no password.
    fn verifier_of_user(
        &self,
        attempt: &Attempt,
    ) -> Result<(PasswordVerifier, Prover), ServiceError> {
        let user = self.users.get(&attempt.username);
        match user.map(|user| &user.password) {
            Some(Some(password)) => Ok((password.clone(), Prover::User)),
            None if !self.client(&attempt.client_id)?.settings.hides_users() => {
                Err(ServiceError::user_unknown())
            }
            _ => Ok((self.simulated_verifier(&attempt.username), Prover::Nobody)),
        }
    }

    /// The verifier of a user who does not exist: the same at every call, and of no password.
    fn simulated_verifier(&self, username: &str) -> PasswordVerifier {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let tag = hmac::sign(&key, username.as_bytes());
        let (salt, password) = tag.as_ref().split_at(16);
        let identity = Identity::user(self.id.pool_name(), username);
        PasswordVerifier::new(identity, &STANDARD.encode(password), salt)
    }
}

fn malformed_signature() -> ServiceError {
    const MESSAGE: &str = "Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.";
    ServiceError::invalid_parameter(MESSAGE)
}

fn refused_srp_a(error: SrpError) -> ServiceError {
    ServiceError::invalid_parameter(error.to_string())
}
