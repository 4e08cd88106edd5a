//! CUSTOM_AUTH: sign-ins whose steps the pool's triggers decide.

use crate::flows::sign_in::challenge::{Asked, Attempt};
use crate::flows::step::Step;
use crate::flows::triggers::{
    ChallengeResult, CreateAuthChallenge, CustomAnswer, CustomAuth, CustomChallenge,
    DefineAuthChallenge, NextStep, VerifyAuthChallengeResponse,
};
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::sign_in::Parameters;

impl Step<'_> {
    /// Begins with SRP if the client says so, else with what DefineAuthChallenge decides.
    pub(crate) fn begin_custom(&mut self, client_id: &str, parameters: &Parameters) -> Output {
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
    pub(crate) fn next_custom(&mut self, attempt: Attempt) -> Output {
        let step = self.define(&attempt)?;
        self.take_step(step, attempt)
    }

    /// Checks the answer to a custom challenge. A wrong one is no refusal: the trigger decides.
    pub(crate) fn check_custom_answer(
        &mut self,
        mut attempt: Attempt,
        challenge: &CustomChallenge,
        responses: &Parameters,
    ) -> Result<Attempt, ServiceError> {
        let CustomAuth { username, client_id, user_not_found, attributes, client_metadata, .. } =
            self.view(&attempt);
        let answer = CustomAnswer {
            username,
            client_id,
            user_not_found,
            attributes,
            answer: responses.required("ANSWER")?.to_owned(),
            private: challenge.private.clone(),
            client_metadata,
        };
        let correct = self.ask_trigger::<VerifyAuthChallengeResponse>(&answer)?;
        let correct = correct.ok_or_else(not_configured)?;
        attempt.note("CUSTOM_CHALLENGE", correct, challenge.metadata.clone());
        Ok(attempt)
    }

    fn define(&self, attempt: &Attempt) -> Result<NextStep, ServiceError> {
        let step = self.ask_trigger::<DefineAuthChallenge>(&self.view(attempt))?;
        step.ok_or_else(not_configured)
    }

    fn take_step(&mut self, step: NextStep, attempt: Attempt) -> Output {
        match step {
            NextStep::IssueTokens => self.sign_in_result(attempt),
            NextStep::CustomChallenge => {
                let challenge = self.ask_trigger::<CreateAuthChallenge>(&self.view(&attempt))?;
                self.ask(attempt, Asked::Custom(challenge.ok_or_else(not_configured)?))
            }
            // Without SRP_A there is nothing to verify.
            NextStep::PasswordVerifier | NextStep::Fail => Err(ServiceError::bad_credentials()),
        }
    }

    /// What triggers see of a sign-in.
    fn view(&self, attempt: &Attempt) -> CustomAuth {
        CustomAuth {
            username: attempt.username.clone(),
            client_id: attempt.client_id.clone(),
            user_not_found: self.pool.users.get(&attempt.username).is_none(),
            attributes: self.attributes_for_triggers(&attempt.username),
            session: attempt.custom.clone().unwrap_or_default(),
            client_metadata: attempt.client_metadata.clone(),
        }
    }
}

impl Attempt {
    /// Notes the outcome of a challenge for the triggers, if there are any to decide.
    pub(crate) fn note(&mut self, challenge: &str, correct: bool, metadata: Option<String>) {
        if let Some(session) = &mut self.custom {
            session.push(ChallengeResult::new(challenge, correct, metadata));
        }
    }
}

fn not_configured() -> ServiceError {
    ServiceError::invalid_parameter(
        "Custom auth lambda trigger is not configured for the user pool.",
    )
}
