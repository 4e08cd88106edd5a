//! The state machine of a sign-in, without I/O: a state and a response of the service lead to the
//! next request, a challenge for the application, or tokens.

use cognito_srp::{EphemeralKeyPair, Identity, SrpChallenge, SrpError, Timestamp};
use cognito_types::{ChallengeSession, Password};

use super::wire::{Initiate, NewTokens, Parameters, ReceivedChallenge, Request, Respond, Response};
use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};

/// The state of a sign-in.
pub(crate) struct Machine {
    /// The typed user name, then the one that the service returned.
    username: String,
    waiting: Waiting,
    /// True after the first device challenge; a second one is left to the application.
    device_challenged: bool,
}

enum Waiting {
    /// Waits for the response to the user's SRP_A.
    PasswordVerifier(Box<EphemeralKeyPair>, Password),
    /// Waits for the response to the device's SRP_A.
    DevicePasswordVerifier(Box<EphemeralKeyPair>),
    /// Waits for any response.
    Anything,
}

/// The values with which the machine responds without the application.
pub(crate) struct Inputs<'a> {
    pub(crate) pool_name: &'a str,
    pub(crate) timestamp: &'a Timestamp,
    /// The device to sign in with.
    pub(crate) device: Option<&'a DeviceCredentials>,
    /// Generates a new key pair for each use.
    pub(crate) pair: &'a (dyn Fn() -> Result<EphemeralKeyPair, Error> + Sync),
}

/// The next step.
pub(crate) enum Next {
    /// Send the request, and pass the response to the machine.
    Send(Machine, Request),
    /// Return the challenge to the application.
    Challenge(Question),
    /// The user is signed in.
    Done {
        /// The user's name, as far as it is known.
        username: String,
        tokens: NewTokens,
    },
}

/// A challenge for the application.
pub(crate) struct Question {
    /// The user name to respond with: the last one that the service returned.
    pub(crate) username: String,
    pub(crate) challenge: ReceivedChallenge,
}

/// The start of a sign-in.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    /// A password over SRP, with the flow and its other parameters.
    Srp { flow: &'static str, with: &'static [(&'static str, &'static str)], password: Password },
    /// A flow without SRP.
    Plain { flow: &'static str, parameters: Parameters },
}

const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";
const DEVICE_SRP_AUTH: &str = "DEVICE_SRP_AUTH";
const DEVICE_PASSWORD_VERIFIER: &str = "DEVICE_PASSWORD_VERIFIER";

impl Machine {
    /// Returns the machine and the first request.
    pub(crate) fn start(
        username: &str,
        start: Start,
        session: Option<ChallengeSession>,
        inputs: &Inputs<'_>,
    ) -> Result<(Self, Request), Error> {
        let (machine, flow, parameters) = match start {
            Start::Srp { flow, with, password } => {
                let (machine, srp_a) = Self::proving(username, password, inputs)?;
                let fixed = with.iter().fold(srp_a, |all, (name, value)| all.with(*name, *value));
                (machine, flow, fixed)
            }
            Start::Plain { flow, parameters } => (Self::responded(username), flow, parameters),
        };
        let parameters = with_device(parameters.with("USERNAME", username), inputs.device);
        Ok((machine, Request::Initiate(Initiate { flow, parameters, session })))
    }

    /// Returns a machine that proves a password over SRP, and the SRP_A to send.
    pub(crate) fn proving(
        username: &str,
        password: Password,
        inputs: &Inputs<'_>,
    ) -> Result<(Self, Parameters), Error> {
        let pair = (inputs.pair)()?;
        let parameters = Parameters::default().with("SRP_A", pair.srp_a());
        let waiting = Waiting::PasswordVerifier(Box::new(pair), password);
        Ok((Self::waiting(username, waiting), parameters))
    }

    /// Returns a machine that continues after a response of the application.
    pub(crate) fn responded(username: &str) -> Self {
        Self::waiting(username, Waiting::Anything)
    }

    fn waiting(username: &str, waiting: Waiting) -> Self {
        Self { username: username.to_owned(), waiting, device_challenged: false }
    }

    /// Processes a response of the service.
    pub(crate) fn receive(self, response: Response, inputs: &Inputs<'_>) -> Result<Next, Error> {
        let Self { username, waiting, device_challenged } = self;
        let challenge = match response {
            Response::Tokens(tokens) => return Ok(Next::Done { username, tokens }),
            Response::Challenge(challenge) => challenge,
        };
        let username = newest_username(&challenge).unwrap_or(&username).to_owned();
        match (challenge.name.as_str(), waiting) {
            (PASSWORD_VERIFIER, Waiting::PasswordVerifier(pair, password)) => {
                let identity = Identity::user(inputs.pool_name, srp_user(&challenge, &username));
                let proof = prove(*pair, identity, &password, &challenge, inputs.timestamp)?;
                let machine = Self { username, waiting: Waiting::Anything, device_challenged };
                Ok(machine.send(challenge, proof, inputs))
            }
            (DEVICE_SRP_AUTH, _) if inputs.device.is_some() && !device_challenged => {
                let pair = (inputs.pair)()?;
                let srp_a = Parameters::default().with("SRP_A", pair.srp_a());
                let waiting = Waiting::DevicePasswordVerifier(Box::new(pair));
                let machine = Self { username, waiting, device_challenged: true };
                Ok(machine.send(challenge, srp_a, inputs))
            }
            (DEVICE_PASSWORD_VERIFIER, Waiting::DevicePasswordVerifier(pair)) => {
                let device = inputs.device.ok_or(ErrorKind::Service)?;
                let identity = Identity::device(device.group_key(), device.key());
                let proof =
                    prove(*pair, identity, device.password(), &challenge, inputs.timestamp)?;
                let machine = Self { username, waiting: Waiting::Anything, device_challenged };
                Ok(machine.send(challenge, proof, inputs))
            }
            // Includes verifier challenges without a matching SRP_A; the application gets all their
            // data.
            _ => Ok(Next::Challenge(Question { username, challenge })),
        }
    }

    fn send(
        self,
        challenge: ReceivedChallenge,
        responses: Parameters,
        inputs: &Inputs<'_>,
    ) -> Next {
        let responses = with_device(responses.with("USERNAME", &self.username), inputs.device);
        let ReceivedChallenge { name, session, .. } = challenge;
        let request = Request::Respond(Respond { challenge: name, session, responses });
        Next::Send(self, request)
    }
}

/// Adds DEVICE_KEY, which every request of a sign-in with a device must have.
pub(crate) fn with_device(
    parameters: Parameters,
    device: Option<&DeviceCredentials>,
) -> Parameters {
    match device {
        Some(device) => parameters.with("DEVICE_KEY", device.key()),
        None => parameters,
    }
}

/// Returns the user name that a challenge contains.
pub(super) fn newest_username(challenge: &ReceivedChallenge) -> Option<&str> {
    let named = challenge.parameter("USERNAME").or_else(|| challenge.parameter("USER_ID_FOR_SRP"));
    named.filter(|name| !name.is_empty())
}

/// Returns the user name for the hashes: that of the challenge, never the typed one.
fn srp_user<'a>(challenge: &'a ReceivedChallenge, username: &'a str) -> &'a str {
    challenge.parameter("USER_ID_FOR_SRP").unwrap_or(username)
}

fn prove(
    pair: EphemeralKeyPair,
    identity: Identity<'_>,
    password: &Password,
    challenge: &ReceivedChallenge,
    timestamp: &Timestamp,
) -> Result<Parameters, Error> {
    let parameter = |name| challenge.parameter(name).unwrap_or_default();
    let secret_block = parameter("SECRET_BLOCK");
    let parsed = SrpChallenge::parse(parameter("SALT"), parameter("SRP_B"), secret_block);
    let claim = parsed
        .and_then(|parsed| pair.claim(identity, password.expose_secret(), &parsed, timestamp))
        .map_err(unusable)?;
    Ok(Parameters::default()
        .with("PASSWORD_CLAIM_SECRET_BLOCK", secret_block)
        .with("PASSWORD_CLAIM_SIGNATURE", claim.signature())
        .with("TIMESTAMP", timestamp.as_str()))
}

/// Returns the error for invalid SRP values of the service.
fn unusable(error: SrpError) -> Error {
    Error::new(ErrorKind::Service).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use cognito_srp::{PasswordVerifier, ServerExchange};
    use getrandom::SysRng;

    use super::*;

    const POOL: &str = "Ab12Cd34E";

    fn now() -> Timestamp {
        Timestamp::from_unix_seconds(1_767_582_249).unwrap()
    }

    fn pair() -> Result<EphemeralKeyPair, Error> {
        Ok(EphemeralKeyPair::generate(&mut SysRng).unwrap())
    }

    fn inputs<'a>(timestamp: &'a Timestamp, device: Option<&'a DeviceCredentials>) -> Inputs<'a> {
        Inputs { pool_name: POOL, timestamp, device, pair: &pair }
    }

    fn challenge(name: &str, parameters: &[(&str, &str)]) -> Response {
        let parameters =
            parameters.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Response::Challenge(ReceivedChallenge {
            name: name.to_owned(),
            session: Some(ChallengeSession::from("session-of-this-challenge")),
            parameters: parameters.collect::<BTreeMap<_, _>>(),
            available: Vec::new(),
        })
    }

    fn srp() -> Start {
        let password = Password::from("correct horse");
        Start::Srp { flow: "USER_SRP_AUTH", with: &[], password }
    }

    fn start(username: &str, inputs: &Inputs<'_>) -> (Machine, Request) {
        Machine::start(username, srp(), None, inputs).unwrap()
    }

    fn response_of(exchange: &ServerExchange, name: &str, user: &str) -> Response {
        let parameters = [
            ("SALT", exchange.salt()),
            ("SRP_B", exchange.srp_b()),
            ("SECRET_BLOCK", "YmxvY2s="),
            ("USERNAME", user),
            ("USER_ID_FOR_SRP", user),
        ];
        challenge(name, &parameters)
    }

    #[test]
    fn the_proof_uses_the_user_name_of_the_service() {
        let (now, identity) = (now(), Identity::user(POOL, "uuid-of-alice"));
        let inputs = inputs(&now, None);
        let (machine, request) = start("alice@example.com", &inputs);
        assert_eq!(request.username(), "alice@example.com");
        let stored = PasswordVerifier::generate(identity, "correct horse", &mut SysRng).unwrap();
        let srp_a = request.parameters().get("SRP_A").unwrap();
        let exchange = stored.challenge(srp_a, &mut SysRng).unwrap();
        let response = response_of(&exchange, PASSWORD_VERIFIER, "uuid-of-alice");
        let Ok(Next::Send(_, request)) = machine.receive(response, &inputs) else {
            panic!("the client responds");
        };
        assert_eq!(request.username(), "uuid-of-alice");
        let signature = request.parameters().get("PASSWORD_CLAIM_SIGNATURE").unwrap();
        assert_eq!(exchange.verify(identity, b"block", &now, signature), Ok(()));
    }

    #[test]
    fn a_device_is_proven_with_its_own_key_pair() {
        let now = now();
        let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "device password");
        let inputs = inputs(&now, Some(&device));
        let (machine, first) = start("alice", &inputs);
        assert_eq!(first.parameters().get("DEVICE_KEY"), Some("us-east-1_0f1e"));
        let received = challenge(DEVICE_SRP_AUTH, &[]);
        let Ok(Next::Send(machine, second)) = machine.receive(received, &inputs) else {
            panic!("the device responds");
        };
        let srp_a = second.parameters().get("SRP_A").unwrap();
        assert_ne!(first.parameters().get("SRP_A"), Some(srp_a));

        let identity = Identity::device("-abCdEfGh", "us-east-1_0f1e");
        let stored = PasswordVerifier::generate(identity, "device password", &mut SysRng).unwrap();
        let exchange = stored.challenge(srp_a, &mut SysRng).unwrap();
        let response = response_of(&exchange, DEVICE_PASSWORD_VERIFIER, "alice");
        let Ok(Next::Send(_, third)) = machine.receive(response, &inputs) else {
            panic!("the device proves itself");
        };
        let signature = third.parameters().get("PASSWORD_CLAIM_SIGNATURE").unwrap();
        assert_eq!(exchange.verify(identity, b"block", &now, signature), Ok(()));
        assert_eq!(third.username(), "alice");
    }

    #[test]
    fn a_second_device_challenge_is_left_to_the_application() {
        let now = now();
        let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "device password");
        let inputs = inputs(&now, Some(&device));
        let (machine, _) = start("alice", &inputs);
        let Ok(Next::Send(machine, _)) = machine.receive(challenge(DEVICE_SRP_AUTH, &[]), &inputs)
        else {
            panic!("the device responds");
        };
        let again = machine.receive(challenge(DEVICE_SRP_AUTH, &[]), &inputs);
        assert!(matches!(again, Ok(Next::Challenge(_))), "a server cannot cause an endless loop");
    }

    #[test]
    fn a_challenge_without_a_user_name_keeps_the_typed_one() {
        let now = now();
        let inputs = inputs(&now, None);
        let (machine, _) = start("bob", &inputs);
        let Ok(Next::Challenge(question)) = machine.receive(challenge("SMS_MFA", &[]), &inputs)
        else {
            panic!("the application responds");
        };
        assert_eq!(question.username, "bob");
        assert_eq!(question.challenge.name, "SMS_MFA");
    }

    #[test]
    fn unsafe_srp_values_are_refused() {
        let zero = [("SALT", "ab"), ("SRP_B", "0"), ("SECRET_BLOCK", "YmxvY2s=")];
        let now = now();
        let inputs = inputs(&now, None);
        let (machine, _) = start("alice", &inputs);
        let error = machine.receive(challenge(PASSWORD_VERIFIER, &zero), &inputs).err();
        assert_eq!(error.unwrap().kind(), ErrorKind::Service);
    }

    #[test]
    fn a_verifier_challenge_without_srp_a_is_left_to_the_application() {
        let now = now();
        let inputs = inputs(&now, None);
        for name in [PASSWORD_VERIFIER, DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER] {
            let machine = Machine::responded("alice");
            let Ok(Next::Challenge(question)) = machine.receive(challenge(name, &[]), &inputs)
            else {
                panic!("{name} is not for the machine");
            };
            assert_eq!(question.challenge.name, name);
        }
    }

    #[test]
    fn tokens_are_accepted_in_every_state() {
        let now = now();
        let inputs = inputs(&now, None);
        let (machine, _) = start("alice", &inputs);
        let tokens = NewTokens {
            access_token: "access".into(),
            id_token: None,
            refresh_token: None,
            lifetime: Duration::from_secs(300),
            new_device: None,
        };
        let next = machine.receive(Response::Tokens(tokens), &inputs);
        assert!(matches!(next, Ok(Next::Done { username, .. }) if username == "alice"));
    }
}
