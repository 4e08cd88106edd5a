//! RespondToAuthChallenge: the answers, and what follows each.

use serde::Deserialize;

use super::Output;
use super::sign_in::Parameters;
use crate::service::Service;
use crate::service::attributes;
use crate::service::challenge::Asked;
use crate::service::constraint::{CHALLENGE_NAME, CLIENT_ID, PASSWORD, SESSION};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::service::srp::Claim;
use crate::service::user::{Factor, UserStatus};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RespondInput {
    client_id: Option<String>,
    challenge_name: Option<String>,
    session: Option<String>,
    challenge_responses: Option<Parameters>,
}

pub(super) fn respond_to_auth_challenge(service: &mut Service, input: RespondInput) -> Output {
    let client_id = CLIENT_ID.required(input.client_id)?;
    let name = CHALLENGE_NAME.required(input.challenge_name)?;
    let session = SESSION.optional(input.session)?;
    let responses = input.challenge_responses.filter(|responses| !responses.is_empty());
    let responses = responses.ok_or_else(|| {
        ApiError::invalid_parameter("Missing required parameter challenge responses.")
    })?;
    let mut scope = service.pool_of_client(&client_id)?;
    let username = responses.required("USERNAME")?;
    let client = scope.pool.client(&client_id)?;
    client.check_secret_hash(responses.get("SECRET_HASH"), username)?;
    if name == "PASSWORD_VERIFIER" {
        return scope.verify_password_claim(&client_id, &responses);
    }
    let session = session.ok_or_else(|| ApiError::missing_parameter("Session"))?;
    scope.answer(&client_id, &name, &session, &responses)
}

impl Scope<'_> {
    fn verify_password_claim(&mut self, client_id: &str, responses: &Parameters) -> Output {
        let claim = Claim {
            username: responses.required("USERNAME")?,
            timestamp: responses.required("TIMESTAMP")?,
            signature: responses.required("PASSWORD_CLAIM_SIGNATURE")?,
            secret_block: responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?,
        };
        let username = self.check_claim(&claim, client_id)?;
        self.password_proven(client_id, &username)
    }

    /// Checks the answer to a challenge; its Session is used up only if the answer is right.
    fn answer(
        &mut self,
        client_id: &str,
        name: &str,
        session: &str,
        responses: &Parameters,
    ) -> Output {
        let username = responses.required("USERNAME")?;
        let now = self.now();
        let challenge = self.pool.open_challenge_mut(session, now)?;
        if challenge.client_id != client_id || challenge.asked.name() != name {
            return Err(ApiError::not_authorized("Invalid session for the user."));
        }
        if challenge.username != username {
            return Err(ApiError::user_unknown());
        }
        let next = match &challenge.asked {
            Asked::SoftwareToken => self.check_software_token(username, responses)?,
            Asked::SentCode(factor, code) => check_sent_code(*factor, code, responses)?,
            Asked::NewPassword => self.set_new_password(username, responses)?,
            Asked::SelectFactor(factors) => select(factors, responses)?,
            Asked::SetUp(_) => self.finish_set_up(session, username)?,
        };
        self.pool.use_up(session);
        self.pool.user_mut(username)?.check_may_sign_in()?;
        match next {
            Next::Tokens => self.sign_in_result(username, client_id),
            Next::Factor => self.ask_factor(client_id, username),
            Next::Ask(factor) => self.ask_for(factor, client_id, username),
        }
    }

    fn check_software_token(
        &mut self,
        username: &str,
        responses: &Parameters,
    ) -> Result<Next, ApiError> {
        let code = responses.required("SOFTWARE_TOKEN_MFA_CODE")?;
        let now = self.now();
        let wrong = || ApiError::code_mismatch("Invalid code received for user");
        let token = self.pool.user_mut(username)?.software_token.as_mut().ok_or_else(wrong)?;
        token.check(code, now).accepted_or(wrong())?;
        Ok(Next::Tokens)
    }

    fn set_new_password(
        &mut self,
        username: &str,
        responses: &Parameters,
    ) -> Result<Next, ApiError> {
        let password = responses.required("NEW_PASSWORD")?.to_owned();
        PASSWORD.optional(Some(password.clone()))?;
        self.pool.settings.password_policy().check(&password)?;
        let given = responses.with_prefix("userAttributes.");
        let schema = self.pool.settings.schema.clone();
        let verifier = self.verifier_of(username, &password)?;
        let user = self.pool.user_mut(username)?;
        if let Some(name) = given.keys().find(|name| user.attributes.contains_key(*name)) {
            return Err(ApiError::not_authorized(format!(
                "Cannot modify an already provided {name}"
            )));
        }
        let mut attributes = user.attributes.clone();
        attributes.extend(given);
        if let Some(name) = attributes::missing(&attributes, &schema).first() {
            return Err(ApiError::invalid_parameter(format!(
                "Invalid user attributes: {name}: The attribute {name} is required"
            )));
        }
        user.attributes = attributes;
        user.password = verifier;
        user.password_ends = None;
        user.status = UserStatus::Confirmed;
        Ok(Next::Factor)
    }
}

/// What follows a right answer.
pub(super) enum Next {
    Tokens,
    /// The second factor, if there must be one.
    Factor,
    /// This second factor.
    Ask(Factor),
}

fn check_sent_code(factor: Factor, code: &str, responses: &Parameters) -> Result<Next, ApiError> {
    let answer = format!("{}_CODE", factor.challenge_name());
    if responses.required(&answer)? != code {
        return Err(ApiError::code_mismatch("Invalid code or auth state for the user."));
    }
    Ok(Next::Tokens)
}

fn select(factors: &[Factor], responses: &Parameters) -> Result<Next, ApiError> {
    let chosen = responses.required("ANSWER")?;
    let factor = factors.iter().find(|factor| factor.challenge_name() == chosen);
    let unlisted = || ApiError::invalid_parameter("Invalid MFA type was selected.");
    Ok(Next::Ask(*factor.ok_or_else(unlisted)?))
}
