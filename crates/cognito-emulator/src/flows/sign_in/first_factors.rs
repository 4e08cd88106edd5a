//! USER_AUTH: sign-ins that begin with a factor of the user's choice.

use crate::flows::alias::TakenAlias;
use crate::flows::delivery::{Address, AskedCode};
use crate::flows::sign_in::challenge::{Asked, Attempt};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::sign_in::Parameters;
use crate::state::outbox::MessageKind;
use crate::state::settings::MfaConfiguration;
use crate::state::user::FirstFactor;

/// Digits of a code that stands for a password.
const ONE_TIME_CODE_DIGITS: usize = 8;

impl Step<'_> {
    /// Begins with the preferred factor, or asks which it shall be.
    pub(crate) fn begin_by_choice(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let attempt = self.attempt_of(client_id, parameters)?;
        self.check_may_sign_in(&attempt.username)?;
        let factors = self.first_factors(&attempt.username)?;
        let preferred = parameters.get("PREFERRED_CHALLENGE");
        match factors.iter().find(|factor| preferred == Some(factor.challenge_name())) {
            Some(factor) => self.begin_with(*factor, attempt, parameters),
            None => self.ask(attempt, Asked::SelectFirst(factors)),
        }
    }

    /// Goes on after a sign-up that was just confirmed, which stands for the first factor.
    pub(crate) fn begin_after_sign_up(
        &mut self,
        client_id: &str,
        parameters: &Parameters,
        session: &str,
    ) -> Output {
        let attempt = self.attempt_of(client_id, parameters)?;
        self.check_may_sign_in(&attempt.username)?;
        let now = self.now();
        let challenge = self.pool.open_challenge_mut(session, now)?;
        let ours = challenge.attempt.username == attempt.username
            && challenge.attempt.client_id == client_id
            && matches!(challenge.asked, Asked::SignedUp);
        if !ours {
            return Err(ServiceError::not_authorized("Invalid session for the user."));
        }
        let answer = self.ask_factor(attempt)?;
        self.pool.use_up(session);
        Ok(answer)
    }

    /// Begins with a factor whose answer may be there already.
    pub(crate) fn begin_with(
        &mut self,
        factor: FirstFactor,
        attempt: Attempt,
        parameters: &Parameters,
    ) -> Output {
        match factor {
            FirstFactor::Password => match parameters.get("PASSWORD") {
                None => self.ask(attempt, Asked::Password),
                Some(password) => {
                    self.check_password(&attempt.username, password)?;
                    self.password_proven(attempt)
                }
            },
            FirstFactor::PasswordSrp => match parameters.srp_a()? {
                None => self.ask(attempt, Asked::PasswordSrp),
                Some(srp_a) => self.password_verifier(srp_a, attempt, true),
            },
            FirstFactor::WebAuthn => self.ask_for_passkey(attempt),
            FirstFactor::EmailOtp | FirstFactor::SmsOtp => self.send_one_time_code(factor, attempt),
        }
    }

    fn send_one_time_code(&mut self, factor: FirstFactor, attempt: Attempt) -> Output {
        let code = self.random.digits(ONE_TIME_CODE_DIGITS);
        let Some(user) = self.pool.users.get(&attempt.username) else {
            // A code that nobody gets, with the address that a user of that name might have.
            let address = Address::new("email", format!("{}@example.com", attempt.username));
            return self.ask(attempt, Asked::OneTimeCode(factor, AskedCode { code, address }));
        };
        let address = factor.attribute().and_then(|attribute| user.address(attribute));
        if let Some(address) = &address {
            self.send(&attempt.username, address, MessageKind::Authentication, code.clone());
        }
        self.ask(attempt, Asked::OneTimeCode(factor, AskedCode { code, address }))
    }

    /// What a user may begin with; for one who does not exist, what most users may.
    ///
    /// Users with a second factor need a password, or a passkey that is two: nothing else goes
    /// with one.
    pub(crate) fn first_factors(&self, username: &str) -> Result<Vec<FirstFactor>, ServiceError> {
        let settings = &self.pool.settings;
        let user = self.pool.users.get(username);
        let second_factor = settings.mfa_configuration == MfaConfiguration::On
            || (user.is_some() && !self.usable_factors(username)?.is_empty());
        let usable = |factor: &FirstFactor| match (factor, user) {
            (FirstFactor::Password | FirstFactor::PasswordSrp, user) => {
                user.is_none_or(|user| user.password.is_some())
            }
            (FirstFactor::WebAuthn, user) => {
                let enough = !second_factor || settings.passkeys_are_two_factors();
                enough && user.is_some_and(|user| !user.passkeys.is_empty())
            }
            (FirstFactor::EmailOtp | FirstFactor::SmsOtp, _) if second_factor => false,
            (factor, None) => *factor == FirstFactor::EmailOtp,
            (factor, Some(user)) => {
                factor.attribute().is_some_and(|name| user.attributes().contains_key(name))
            }
        };
        let allowed = FirstFactor::ALL.into_iter().filter(|factor| settings.allows_first(*factor));
        Ok(allowed.filter(usable).collect())
    }

    /// Marks the address to which the code of a sign-in was sent as verified, for text messages and
    /// e-mail alike (AWS guide).
    pub(crate) fn verify_by_code(
        &mut self,
        username: &str,
        address: Option<Address>,
    ) -> Result<(), ServiceError> {
        let address = address.ok_or_else(ServiceError::user_unknown)?;
        self.verify_address(username, &address, TakenAlias::Refuse)
    }
}
