//! CUSTOM_AUTH: sign-ins whose steps the pool's triggers decide.

use super::Output;
use super::sign_in::Parameters;
use crate::service::challenge::{Asked, Attempt};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::triggers::{ChallengeResult, CustomAnswer, CustomAuth, CustomChallenge, NextStep};

impl Scope<'_> {
    /// Begins with SRP if the client says so, else with what DefineAuthChallenge decides.
    pub(super) fn begin_custom(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let mut attempt = self.attempt_of(client_id, parameters)?;
        self.check_may_sign_in(&attempt.username)?;
        attempt.custom = Some(Vec::new());
        if parameters.get("CHALLENGE_NAME") != Some("SRP_A") {
            return self.next_custom(attempt);
        }
        let srp_a = parameters.required_srp_a()?;
        attempt.note("SRP_A", true, None);
        match self.define(&attempt)? {
            NextStep::PasswordVerifier => self.password_verifier(srp_a, attempt, true),
            step => self.take_step(step, attempt),
        }
    }

    /// Does what DefineAuthChallenge decides.
    pub(super) fn next_custom(&mut self, attempt: Attempt) -> Output {
        let step = self.define(&attempt)?;
        self.take_step(step, attempt)
    }

    /// Checks the answer to a custom challenge. A wrong one is no refusal: the trigger decides.
    pub(super) fn check_custom_answer(
        &mut self,
        mut attempt: Attempt,
        challenge: &CustomChallenge,
        responses: &Parameters,
    ) -> Result<Attempt, ApiError> {
        let CustomAuth { username, attributes, client_metadata, .. } = self.view(&attempt);
        let answer = CustomAnswer {
            username,
            attributes,
            answer: responses.required("ANSWER")?.to_owned(),
            private: challenge.private.clone(),
            client_metadata,
        };
        let verify = self.pool.triggers.verify_auth_challenge.as_ref();
        let correct = verify.ok_or_else(not_configured)?(&answer);
        attempt.note("CUSTOM_CHALLENGE", correct, challenge.metadata.clone());
        Ok(attempt)
    }

    fn define(&self, attempt: &Attempt) -> Result<NextStep, ApiError> {
        let define = self.pool.triggers.define_auth_challenge.as_ref();
        Ok(define.ok_or_else(not_configured)?(&self.view(attempt)))
    }

    fn take_step(&mut self, step: NextStep, attempt: Attempt) -> Output {
        match step {
            NextStep::IssueTokens => self.sign_in_result(attempt),
            NextStep::CustomChallenge => {
                let create = self.pool.triggers.create_auth_challenge.as_ref();
                let challenge = create.ok_or_else(not_configured)?(&self.view(&attempt));
                self.ask(attempt, Asked::Custom(challenge))
            }
            // Without SRP_A there is nothing to verify.
            NextStep::PasswordVerifier | NextStep::Fail => Err(ApiError::bad_credentials()),
        }
    }

    /// What triggers see of a sign-in.
    fn view(&self, attempt: &Attempt) -> CustomAuth {
        let user = self.pool.users.get(&attempt.username);
        CustomAuth {
            username: attempt.username.clone(),
            user_not_found: user.is_none(),
            attributes: user.map(|user| user.attributes().clone()).unwrap_or_default(),
            session: attempt.custom.clone().unwrap_or_default(),
            client_metadata: attempt.client_metadata.clone(),
        }
    }
}

impl Attempt {
    /// Notes the outcome of a challenge for the triggers, if there are any to decide.
    pub(super) fn note(&mut self, challenge: &str, correct: bool, metadata: Option<String>) {
        if let Some(session) = &mut self.custom {
            session.push(ChallengeResult::new(challenge, correct, metadata));
        }
    }
}

fn not_configured() -> ApiError {
    ApiError::invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
}
