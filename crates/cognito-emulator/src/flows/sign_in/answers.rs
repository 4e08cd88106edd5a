//! RespondToAuthChallenge and AdminRespondToAuthChallenge: the answers, and what follows each.

use crate::flows::step::Step;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::flows::alias::TakenAlias;
use crate::flows::auth_event::AskedFor;
use crate::flows::delivery::{Address, AskedCode};
use crate::flows::sign_in::challenge::{Asked, Attempt, SetUp};
use crate::flows::sign_in::srp::Claim;
use crate::flows::triggers::{CustomChallenge, TokenOccasion};
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::operations::Output;
use crate::operations::sign_in::Parameters;
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::user::{Factor, FirstFactor, UserStatus};

/// An answer to a challenge.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Answer {
    client_id: String,
    #[serde(rename = "ChallengeName")]
    challenge: String,
    session: Option<String>,
    #[serde(rename = "ChallengeResponses", default)]
    responses: Parameters,
    #[serde(default)]
    client_metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AdminAnswer {
    #[serde(flatten)]
    answer: Answer,
}

pub(crate) fn respond_to_auth_challenge(step: &mut Step<'_>, answer: Answer) -> Output {
    answer.check_responses()?;
    step.take_answer(&answer)
}

pub(crate) fn admin_respond_to_auth_challenge(
    step: &mut Step<'_>,
    AdminAnswer { answer }: AdminAnswer,
) -> Output {
    answer.check_responses()?;
    step.take_answer(&answer)
}

impl Step<'_> {
    fn take_answer(&mut self, answer: &Answer) -> Output {
        let username = answer.responses.required("USERNAME")?;
        let client = self.pool.client(&answer.client_id)?;
        client.check_secret_hash(answer.responses.get("SECRET_HASH"), username)?;
        match answer.challenge.as_str() {
            "PASSWORD_VERIFIER" => {
                let mut attempt = self.check_claim(&answer.claim(None)?)?;
                attempt.take_over(answer);
                attempt.note(&answer.challenge, true, None);
                self.password_proven(attempt)
            }
            "DEVICE_PASSWORD_VERIFIER" => {
                let device_key = answer.responses.required("DEVICE_KEY")?;
                let mut attempt = self.check_claim(&answer.claim(Some(device_key))?)?;
                attempt.take_over(answer);
                attempt.note(&answer.challenge, true, None);
                self.device_proven(attempt)
            }
            _ => self.answer(answer),
        }
    }

    /// Checks the answer to a challenge; its Session is used up only if the answer is right.
    fn answer(&mut self, answer: &Answer) -> Output {
        let session = self.session_of(answer)?;
        let responses = &answer.responses;
        let now = self.now();
        let challenge = self.pool.open_challenge_mut(&session, now)?;
        let expected = challenge.asked.name() == Some(&answer.challenge);
        if challenge.attempt.client_id != answer.client_id || !expected {
            return Err(ServiceError::not_authorized("Invalid session for the user."));
        }
        let mut attempt = challenge.attempt.clone();
        let second_factor = matches!(challenge.asked, Asked::SoftwareToken | Asked::SentCode(..));
        if attempt.username != self.pool.users.flattened(responses.required("USERNAME")?) {
            return Err(ServiceError::user_unknown());
        }
        attempt.take_over(answer);
        self.check_may_sign_in(&attempt.username)?;
        let next = self.check_answer(&session, &attempt.username, responses);
        if second_factor && next.is_err() {
            self.record_failure(&attempt.username, AskedFor::Mfa);
        }
        let next = next?;
        attempt.by_second_factor |= second_factor;
        // Whether a custom answer is right, its trigger says; the Session is spent in any case.
        let custom = matches!(next, Next::AskTrigger(_));
        if !custom {
            attempt.note(&answer.challenge, true, None);
        }
        let output = self.go_on(next, attempt, responses);
        if custom || output.is_ok() {
            self.pool.use_up(&session);
        }
        output
    }

    /// The Session that an answer belongs to.
    ///
    /// Clients need not send that of DEVICE_SRP_AUTH, and some send the one before it.
    fn session_of(&mut self, answer: &Answer) -> Result<String, ServiceError> {
        let now = self.now();
        let is_open = |session: &&String| self.pool.open_challenge_mut(session, now).is_ok();
        if let Some(open) = answer.session.as_ref().filter(is_open) {
            return Ok(open.clone());
        }
        let of_device = || {
            let key = answer.responses.get("DEVICE_KEY");
            let key = key.filter(|_| answer.challenge == "DEVICE_SRP_AUTH")?;
            let username = self.pool.username_for(answer.responses.get("USERNAME")?)?;
            self.pool.users.get(username)?.devices.get(key)?.session.clone()
        };
        let session = of_device().or_else(|| answer.session.clone());
        session.ok_or_else(|| ServiceError::missing_parameter("Session"))
    }

    fn check_answer(
        &mut self,
        session: &str,
        username: &str,
        responses: &Parameters,
    ) -> Result<Next, ServiceError> {
        let now = self.now();
        match &self.pool.open_challenge_mut(session, now)?.asked {
            Asked::SelectFirst(factors) => Ok(Next::Begin(select_first(factors, responses)?)),
            Asked::Password => {
                responses.required("PASSWORD")?;
                Ok(Next::Begin(FirstFactor::Password))
            }
            Asked::PasswordSrp => {
                responses.required_srp_a()?;
                Ok(Next::Begin(FirstFactor::PasswordSrp))
            }
            Asked::OneTimeCode(factor, code) => {
                let address = check_sent_code(factor.challenge_name(), code, responses)?;
                self.verify_by_code(username, address)?;
                Ok(Next::Finish)
            }
            Asked::Passkey(challenge) => {
                let challenge = challenge.clone();
                self.check_passkey(username, &challenge, responses)?;
                Ok(Next::Finish)
            }
            _ => self.check_further_answer(session, username, responses),
        }
    }

    /// Checks an answer to what comes after the first factor.
    fn check_further_answer(
        &mut self,
        session: &str,
        username: &str,
        responses: &Parameters,
    ) -> Result<Next, ServiceError> {
        let now = self.now();
        match &self.pool.open_challenge_mut(session, now)?.asked {
            Asked::SoftwareToken => self.check_software_token(username, responses),
            Asked::SentCode(factor, code) => {
                let factor = *factor;
                let address = check_sent_code(factor.challenge_name(), code, responses)?;
                self.verify_by_code(username, address)?;
                self.finish_email_set_up(username, factor)?;
                Ok(Next::Finish)
            }
            Asked::NewPassword => self.set_new_password(session, username, responses),
            Asked::SelectFactor(factors) => select_factor(factors, responses),
            Asked::SetUp(set_up) => match (responses.get("EMAIL"), set_up) {
                (Some(address), _) => self.set_up_email(username, address),
                (None, SetUp::Verified) => Ok(Next::Finish),
                (None, _) => Err(ServiceError::invalid_parameter(
                    "Software token MFA has not been verified.",
                )),
            },
            Asked::DeviceSrp => Ok(Next::ProveDevice(responses.required_srp_a()?.to_owned())),
            Asked::Custom(challenge) => {
                responses.required("ANSWER")?;
                Ok(Next::AskTrigger(challenge.clone()))
            }
            _ => Err(ServiceError::not_authorized("Invalid session for the user.")),
        }
    }

    fn go_on(&mut self, next: Next, attempt: Attempt, responses: &Parameters) -> Output {
        match next {
            Next::Begin(factor) => self.begin_with(factor, attempt, responses),
            Next::Factor => self.ask_factor(attempt),
            Next::Ask(factor) => self.ask_for(factor, attempt),
            Next::AskTrigger(challenge) => {
                let attempt = self.check_custom_answer(attempt, &challenge, responses)?;
                self.next_custom(attempt)
            }
            Next::ProveDevice(srp_a) => self.device_verifier(&srp_a, attempt),
            Next::Finish => self.finish(attempt),
        }
    }

    fn check_software_token(
        &mut self,
        username: &str,
        responses: &Parameters,
    ) -> Result<Next, ServiceError> {
        let code = responses.required("SOFTWARE_TOKEN_MFA_CODE")?;
        let now = self.now();
        let wrong = || ServiceError::code_mismatch("Invalid code received for user");
        let token = self.pool.user_mut(username)?.software_token.as_mut().ok_or_else(wrong)?;
        token.check(code, now).accepted_or(wrong())?;
        Ok(Next::Finish)
    }

    fn set_new_password(
        &mut self,
        session: &str,
        username: &str,
        responses: &Parameters,
    ) -> Result<Next, ServiceError> {
        let password = responses.required("NEW_PASSWORD")?;
        model::check_text("Password", &shapes::PASSWORD_TYPE, Some(password))?;
        self.pool.settings.password_policy().check(password)?;
        let now = self.now();
        let client_id = self.pool.open_challenge_mut(session, now)?.attempt.client_id.clone();
        let given = responses.with_prefix("userAttributes.");
        self.pool.client(&client_id)?.check_writes(given.keys())?;
        let attributes = self.completed_attributes(username, given)?;
        self.claim_aliases(username, &attributes, TakenAlias::Refuse)?;
        self.set_password(username, password, UserStatus::Confirmed)?;
        self.write_attributes(username, attributes, TakenAlias::Refuse)?;
        Ok(Next::Factor)
    }

    /// The attributes of a user with those that come with the first password.
    fn completed_attributes(
        &self,
        username: &str,
        mut given: Attributes,
    ) -> Result<Attributes, ServiceError> {
        let schema = &self.pool.settings.schema;
        attributes::check_new(&given, schema, Writer::User)?;
        given.retain(|_, value| !value.is_empty());
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut attributes = user.attributes().clone();
        if let Some(name) = given.keys().find(|name| attributes.contains_key(*name)) {
            return Err(ServiceError::not_authorized(format!(
                "Cannot modify an already provided {name}"
            )));
        }
        attributes.extend(given);
        match attributes::missing(&attributes, schema).first() {
            None => Ok(attributes),
            Some(name) => Err(ServiceError::invalid_parameter(format!(
                "Invalid attributes given, {name} is missing"
            ))),
        }
    }
}

impl Attempt {
    /// Takes over the device that an answer names, and its metadata.
    fn take_over(&mut self, answer: &Answer) {
        if let Some(key) = answer.responses.get("DEVICE_KEY") {
            self.device_key = Some(key.to_owned());
        }
        if answer.challenge == "NEW_PASSWORD_REQUIRED" {
            self.occasion = TokenOccasion::NewPasswordChallenge;
        }
        self.client_metadata.clone_from(&answer.client_metadata);
    }
}

impl Answer {
    fn check_responses(&self) -> Result<(), ServiceError> {
        match self.responses.is_empty() {
            true => Err(ServiceError::missing_parameter("challenge responses.")),
            false => Ok(()),
        }
    }

    /// The answer as the end of an SRP exchange.
    fn claim<'a>(&'a self, device_key: Option<&'a str>) -> Result<Claim<'a>, ServiceError> {
        Ok(Claim {
            client_id: &self.client_id,
            username: self.responses.required("USERNAME")?,
            device_key,
            session: self.session.as_deref(),
            timestamp: self.responses.required("TIMESTAMP")?,
            signature: self.responses.required("PASSWORD_CLAIM_SIGNATURE")?,
            secret_block: self.responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?,
        })
    }
}

/// What follows a right answer.
pub(crate) enum Next {
    /// This first factor, of which the answer may hold the proof.
    Begin(FirstFactor),
    /// The second factor, if there must be one.
    Factor,
    /// This second factor.
    Ask(Factor),
    /// What the triggers say to the answer to this challenge.
    AskTrigger(CustomChallenge),
    /// The exchange with a device that sent this SRP_A.
    ProveDevice(String),
    /// Whatever comes after the last factor.
    Finish,
}

/// Checks a code and returns the address that it came from.
fn check_sent_code(
    name: &str,
    asked: &AskedCode,
    responses: &Parameters,
) -> Result<Option<Address>, ServiceError> {
    if responses.required(&format!("{name}_CODE"))? != asked.code {
        return Err(ServiceError::code_mismatch("Invalid code or auth state for the user."));
    }
    Ok(asked.address.clone())
}

fn select_first(
    factors: &[FirstFactor],
    responses: &Parameters,
) -> Result<FirstFactor, ServiceError> {
    let chosen = responses.required("ANSWER")?;
    let factor = factors.iter().find(|factor| factor.challenge_name() == chosen);
    factor
        .copied()
        .ok_or_else(|| ServiceError::invalid_parameter("Invalid challenge was selected."))
}

fn select_factor(factors: &[Factor], responses: &Parameters) -> Result<Next, ServiceError> {
    let chosen = responses.required("ANSWER")?;
    let factor = factors.iter().find(|factor| factor.challenge_name() == chosen);
    let unlisted = || ServiceError::invalid_parameter("Invalid MFA type was selected.");
    Ok(Next::Ask(*factor.ok_or_else(unlisted)?))
}
