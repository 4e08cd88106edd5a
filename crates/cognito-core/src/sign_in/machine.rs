//! The sign-in as a pure state machine: from what it waits for and the service's answer to the
//! next request, to a question for the application, or to tokens.

use cognito_srp::{Challenge, EphemeralKeyPair, Identity, SrpError, Timestamp};
use cognito_tokens::Password;

use super::wire::{Answer, ChallengeAnswer, NewTokens, Parameters, Request};
use crate::error::{Error, ErrorKind};

/// What a sign-in waits for.
pub(crate) struct Machine {
    /// The name that was typed, then the one that the service returned.
    username: String,
    waiting: Waiting,
}

enum Waiting {
    /// The answer to SRP_A.
    PasswordVerifier(Box<EphemeralKeyPair>, Password),
    /// Whatever follows.
    Anything,
}

/// What to do next.
pub(crate) enum Next {
    /// Send this, and give the machine the answer.
    Send(Machine, Request),
    /// Ask the application.
    Ask(Question),
    /// The user is signed in.
    Done {
        /// The user's name, as far as it is known.
        username: String,
        tokens: NewTokens,
    },
}

/// A challenge that the application has to answer.
pub(crate) struct Question {
    /// The name to answer with, which is the newest that the service returned.
    pub(crate) username: String,
    pub(crate) challenge: ChallengeAnswer,
}

const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

impl Machine {
    /// Starts with SRP; the password stays in this program.
    pub(crate) fn start_srp(
        username: &str,
        password: Password,
        pair: EphemeralKeyPair,
    ) -> (Self, Request) {
        let parameters =
            Parameters::default().with("USERNAME", username).with("SRP_A", pair.srp_a());
        let machine = Self {
            username: username.to_owned(),
            waiting: Waiting::PasswordVerifier(Box::new(pair), password),
        };
        (machine, Request::Initiate { flow: "USER_SRP_AUTH", parameters })
    }

    /// Goes on from an answer that the application gave.
    pub(crate) fn answered(username: &str) -> Self {
        Self { username: username.to_owned(), waiting: Waiting::Anything }
    }

    /// Takes the service's answer.
    pub(crate) fn receive(
        self,
        answer: Answer,
        pool_name: &str,
        timestamp: &Timestamp,
    ) -> Result<Next, Error> {
        let Self { username, waiting } = self;
        let challenge = match answer {
            Answer::Tokens(tokens) => return Ok(Next::Done { username, tokens }),
            Answer::Challenge(challenge) => challenge,
        };
        let username = newest_username(&challenge).unwrap_or(&username).to_owned();
        match waiting {
            Waiting::PasswordVerifier(pair, password) if challenge.name == PASSWORD_VERIFIER => {
                let identity = Identity::user(pool_name, srp_user(&challenge, &username));
                let responses = prove(*pair, identity, &password, &challenge, timestamp)?;
                let request = Request::Respond {
                    responses: responses.with("USERNAME", &username),
                    session: challenge.session,
                    challenge: challenge.name,
                };
                Ok(Next::Send(Self::answered(&username), request))
            }
            _ if challenge.name == PASSWORD_VERIFIER => {
                // A proof was asked for that no SRP_A of ours belongs to.
                Err(ErrorKind::Unsupported.into())
            }
            _ => Ok(Next::Ask(Question { username, challenge })),
        }
    }
}

/// The name that a challenge says to go on with.
fn newest_username(challenge: &ChallengeAnswer) -> Option<&str> {
    let named = challenge.parameter("USERNAME").or_else(|| challenge.parameter("USER_ID_FOR_SRP"));
    named.filter(|name| !name.is_empty())
}

/// The name that enters the hashes: that of the challenge, never what the user typed.
fn srp_user<'a>(challenge: &'a ChallengeAnswer, username: &'a str) -> &'a str {
    challenge.parameter("USER_ID_FOR_SRP").unwrap_or(username)
}

fn prove(
    pair: EphemeralKeyPair,
    identity: Identity<'_>,
    password: &Password,
    challenge: &ChallengeAnswer,
    timestamp: &Timestamp,
) -> Result<Parameters, Error> {
    let parameter = |name| challenge.parameter(name).unwrap_or_default();
    let secret_block = parameter("SECRET_BLOCK");
    let parsed = Challenge::parse(parameter("SALT"), parameter("SRP_B"), secret_block);
    let claim = parsed
        .and_then(|parsed| pair.claim(identity, password.expose_secret(), &parsed, timestamp))
        .map_err(unusable)?;
    Ok(Parameters::default()
        .with("PASSWORD_CLAIM_SECRET_BLOCK", secret_block)
        .with("PASSWORD_CLAIM_SIGNATURE", claim.signature())
        .with("TIMESTAMP", timestamp.as_str()))
}

/// The service sent values that must not be used.
fn unusable(error: SrpError) -> Error {
    Error::new(ErrorKind::Service).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use cognito_srp::PasswordVerifier;
    use cognito_tokens::ChallengeSession;
    use getrandom::SysRng;

    use super::*;

    const POOL: &str = "Ab12Cd34E";

    fn challenge(name: &str, parameters: &[(&str, &str)]) -> Answer {
        let parameters =
            parameters.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Answer::Challenge(ChallengeAnswer {
            name: name.to_owned(),
            session: Some(ChallengeSession::from("session-of-this-challenge")),
            parameters: parameters.collect::<BTreeMap<_, _>>(),
        })
    }

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(1_767_582_249).unwrap()
    }

    fn start(username: &str) -> (Machine, Request) {
        let pair = EphemeralKeyPair::generate(&mut SysRng).unwrap();
        Machine::start_srp(username, Password::from("correct horse"), pair)
    }

    #[test]
    fn the_proof_is_of_the_name_that_the_service_returned() {
        let (machine, request) = start("alice@example.com");
        assert_eq!(request.username(), "alice@example.com");
        let identity = Identity::user(POOL, "uuid-of-alice");
        let stored = PasswordVerifier::generate(identity, "correct horse", &mut SysRng).unwrap();
        let srp_a = request.parameters().get("SRP_A").unwrap();
        let exchange = stored.challenge(srp_a, &mut SysRng).unwrap();
        let answer = challenge(
            PASSWORD_VERIFIER,
            &[
                ("SALT", exchange.salt()),
                ("SRP_B", exchange.srp_b()),
                ("SECRET_BLOCK", "YmxvY2s="),
                ("USERNAME", "uuid-of-alice"),
                ("USER_ID_FOR_SRP", "uuid-of-alice"),
            ],
        );
        let Ok(Next::Send(_, request)) = machine.receive(answer, POOL, &now()) else {
            panic!("the challenge is answered");
        };
        assert_eq!(request.username(), "uuid-of-alice");
        let signature = request.parameters().get("PASSWORD_CLAIM_SIGNATURE").unwrap();
        assert_eq!(exchange.verify(identity, b"block", &now(), signature), Ok(()));
    }

    #[test]
    fn a_challenge_without_names_is_answered_with_the_typed_one() {
        let (machine, _) = start("bob");
        let answer = challenge("SMS_MFA", &[]);
        let Ok(Next::Ask(question)) = machine.receive(answer, POOL, &now()) else {
            panic!("the application is asked");
        };
        assert_eq!(question.username, "bob");
        assert_eq!(question.challenge.name, "SMS_MFA");
    }

    #[test]
    fn values_that_give_the_password_away_are_not_answered() {
        let zero = [("SALT", "ab"), ("SRP_B", "0"), ("SECRET_BLOCK", "YmxvY2s=")];
        let (machine, _) = start("alice");
        let error = machine.receive(challenge(PASSWORD_VERIFIER, &zero), POOL, &now()).err();
        assert_eq!(error.unwrap().kind(), ErrorKind::Service);
    }

    #[test]
    fn a_proof_that_was_not_prepared_is_not_given() {
        let machine = Machine::answered("alice");
        let error = machine.receive(challenge(PASSWORD_VERIFIER, &[]), POOL, &now()).err();
        assert_eq!(error.unwrap().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn tokens_may_come_at_any_time() {
        let (machine, _) = start("alice");
        let tokens = NewTokens {
            access_token: "access".into(),
            id_token: None,
            refresh_token: None,
            lifetime: Duration::from_secs(300),
        };
        let next = machine.receive(Answer::Tokens(tokens), POOL, &now());
        assert!(matches!(next, Ok(Next::Done { username, .. }) if username == "alice"));
    }
}
