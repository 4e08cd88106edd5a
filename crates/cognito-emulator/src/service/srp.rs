//! SRP exchanges, found again by the SECRET_BLOCK that the client returns.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Identity, PasswordVerifier, ServerExchange, SrpError, Timestamp};
use serde_json::{Value, json};

use super::error::ApiError;
use super::pool::Pool;
use super::scope::Scope;

/// An exchange that waits for its proof. Like the service's, it may be tried many times.
pub(crate) struct Exchange {
    exchange: ServerExchange,
    secret_block: Vec<u8>,
    user_id: String,
    client_id: String,
    /// Whether there is such a user; a simulated one can prove nothing.
    real: bool,
}

/// Bytes of a SECRET_BLOCK; in base64 as long as those of the service.
const SECRET_BLOCK_BYTES: usize = 1292;

/// How far a claim's timestamp may be from the clock, in seconds.
const TIMESTAMP_TOLERANCE: u64 = 300;

impl Scope<'_> {
    /// Answers SRP_A with a PASSWORD_VERIFIER challenge, which carries no Session.
    pub(crate) fn password_verifier(
        &mut self,
        srp_a: &str,
        given_name: &str,
        client_id: &str,
    ) -> Result<Value, ApiError> {
        let username = self.pool.username_for(given_name).map(str::to_owned);
        let verifier = match username.as_ref().and_then(|name| self.pool.users.get(name)) {
            Some(user) => user.password.clone(),
            None if self.pool.client(client_id)?.settings.hides_users() => {
                self.pool.simulated_verifier(given_name)
            }
            None => return Err(ApiError::user_unknown()),
        };
        let exchange = verifier.challenge(srp_a, &mut self.random).map_err(refused_srp_a)?;
        let secret_block = self.random.bytes::<SECRET_BLOCK_BYTES>().to_vec();
        let real = username.is_some();
        let user_id = username.unwrap_or_else(|| given_name.to_owned());
        let answer = json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": exchange.salt(),
                "SECRET_BLOCK": STANDARD.encode(&secret_block),
                "SRP_B": exchange.srp_b(),
                "USERNAME": user_id,
                "USER_ID_FOR_SRP": user_id,
            },
        });
        let name = STANDARD.encode(&secret_block);
        let client_id = client_id.to_owned();
        let exchange = Exchange { exchange, secret_block, user_id, client_id, real };
        self.remember(name, exchange)?;
        Ok(answer)
    }

    fn remember(&mut self, name: String, exchange: Exchange) -> Result<(), ApiError> {
        let now = self.now();
        let lifetime = self.pool.client(&exchange.client_id)?.settings.session_seconds();
        self.pool.exchanges.insert(name, exchange, now.saturating_add(lifetime), now);
        Ok(())
    }

    /// Checks a claim and returns the name of the user who made it.
    pub(crate) fn check_claim(
        &mut self,
        claim: &Claim<'_>,
        client_id: &str,
    ) -> Result<String, ApiError> {
        let timestamp: Timestamp = claim.timestamp.parse().map_err(|_| {
            const MESSAGE: &str =
                "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.";
            ApiError::invalid_parameter(MESSAGE)
        })?;
        let now = self.now();
        let (pool, refused) = (&mut *self.pool, ApiError::bad_credentials);
        let (exchange, ends) = pool.exchanges.get_mut(claim.secret_block).ok_or_else(refused)?;
        let timely = timestamp.unix_seconds().abs_diff(now) <= TIMESTAMP_TOLERANCE && now < ends;
        let ours = exchange.client_id == client_id && exchange.user_id == claim.username;
        let identity = Identity::user(pool.id.pool_name(), &exchange.user_id);
        let proof =
            exchange.exchange.verify(identity, &exchange.secret_block, &timestamp, claim.signature);
        if proof == Err(SrpError::InvalidSignature) {
            return Err(ApiError::invalid_parameter(
                "Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.",
            ));
        }
        if let Some(user) = pool.users.get(&exchange.user_id).filter(|_| exchange.real) {
            user.check_may_sign_in()?;
        }
        let accepted = exchange.real && timely && ours && proof.is_ok();
        accepted.then(|| exchange.user_id.clone()).ok_or_else(refused)
    }
}

/// The answer to PASSWORD_VERIFIER.
pub(crate) struct Claim<'a> {
    pub(crate) username: &'a str,
    pub(crate) secret_block: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) timestamp: &'a str,
}

impl Pool {
    /// The verifier of a user who does not exist: the same at every call, and of no password.
    fn simulated_verifier(&self, username: &str) -> PasswordVerifier {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let tag = hmac::sign(&key, username.as_bytes());
        let (salt, password) = tag.as_ref().split_at(16);
        let identity = Identity::user(self.id.pool_name(), username);
        PasswordVerifier::new(identity, &STANDARD.encode(password), salt)
    }
}

fn refused_srp_a(error: SrpError) -> ApiError {
    ApiError::invalid_parameter(error.to_string())
}
