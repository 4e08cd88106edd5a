//! InitiateAuth and AdminInitiateAuth: the start of a sign-in.

use crate::flows::step::Step;
use std::collections::HashMap;

use serde::Deserialize;

use crate::flows::sign_in::challenge::Attempt;
use crate::flows::triggers::{PreAuthentication, SignInAttempt};
use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::attributes::Attributes;
use crate::state::client::Flow;
use crate::state::user::User;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateRequest {
    client_id: String,
    auth_flow: AuthFlow,
    #[serde(default)]
    auth_parameters: Parameters,
    session: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminInitiateRequest {
    #[serde(flatten)]
    initiate: InitiateRequest,
}

/// AuthFlowType.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AuthFlow {
    AdminNoSrpAuth,
    AdminUserPasswordAuth,
    CustomAuth,
    RefreshToken,
    RefreshTokenAuth,
    UserAuth,
    UserPasswordAuth,
    UserSrpAuth,
}

/// AuthParameters and ChallengeResponses.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Parameters(HashMap<String, String>);

impl Parameters {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, ServiceError> {
        self.get(name).ok_or_else(|| ServiceError::missing_parameter(name))
    }

    /// SRP_A, which must be hexadecimal if it is there.
    pub(crate) fn srp_a(&self) -> Result<Option<&str>, ServiceError> {
        match self.get("SRP_A") {
            Some(srp_a) if !srp_a.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                Err(ServiceError::invalid_parameter(format!(
                    "1 validation error detected: Value '{srp_a}' at 'sRPA' failed to satisfy \
                     constraint: Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$"
                )))
            }
            given => Ok(given),
        }
    }

    pub(crate) fn required_srp_a(&self) -> Result<&str, ServiceError> {
        self.srp_a()?.ok_or_else(|| ServiceError::missing_parameter("SRP_A"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn with_prefix(&self, prefix: &str) -> Attributes {
        let named = self.0.iter().filter_map(|(name, value)| {
            name.strip_prefix(prefix).map(|rest| (rest.to_owned(), value.clone()))
        });
        named.collect()
    }
}

/// Who runs a sign-in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// An application on behalf of the user.
    Client,
    /// A server with AWS credentials.
    Admin,
}

pub(super) fn initiate_auth(step: &mut Step<'_>, request: InitiateRequest) -> Output {
    let flow = request.auth_flow.for_caller(Caller::Client)?;
    step.initiate(Caller::Client, flow, &request)
}

pub(super) fn admin_initiate_auth(step: &mut Step<'_>, request: AdminInitiateRequest) -> Output {
    let AdminInitiateRequest { initiate } = request;
    let flow = initiate.auth_flow.for_caller(Caller::Admin)?;
    step.initiate(Caller::Admin, flow, &initiate)
}

impl AuthFlow {
    /// Returns the flow, unless it is one of other callers.
    fn for_caller(self, caller: Caller) -> Result<Flow, ServiceError> {
        match (self, caller) {
            (Self::UserSrpAuth, _) => Ok(Flow::Srp),
            (Self::CustomAuth, _) => Ok(Flow::Custom),
            (Self::UserAuth, _) => Ok(Flow::Choice),
            (Self::RefreshTokenAuth | Self::RefreshToken, _) => Ok(Flow::Refresh),
            (Self::UserPasswordAuth, Caller::Client) => Ok(Flow::Password),
            (Self::AdminUserPasswordAuth | Self::AdminNoSrpAuth, Caller::Admin) => {
                Ok(Flow::AdminPassword)
            }
            (Self::UserPasswordAuth, Caller::Admin)
            | (Self::AdminUserPasswordAuth | Self::AdminNoSrpAuth, Caller::Client) => {
                Err(ServiceError::invalid_parameter("Initiate Auth method not supported."))
            }
        }
    }
}

/// The refusal of a flow that the client was not made for.
fn not_enabled(flow: Flow, caller: Caller) -> ServiceError {
    ServiceError::invalid_parameter(match (caller, flow) {
        (Caller::Client, Flow::Srp) => "USER_SRP_AUTH is not enabled for the client.",
        (Caller::Client, Flow::Password) => "USER_PASSWORD_AUTH flow not enabled for this client",
        (Caller::Client, Flow::Custom) => "CUSTOM_AUTH is not enabled for the client.",
        (Caller::Client, Flow::Choice) => "USER_AUTH is not enabled for the client.",
        _ => "Auth flow not enabled for this client",
    })
}

impl Step<'_> {
    fn initiate(&mut self, caller: Caller, flow: Flow, request: &InitiateRequest) -> Output {
        let InitiateRequest { client_id, auth_parameters: parameters, session, .. } = request;
        let client = self.pool.client(client_id)?;
        // A renewal is refused in words of its own.
        if flow != Flow::Refresh && !client.settings.allows(flow) {
            return Err(not_enabled(flow, caller));
        }
        match (flow, session) {
            (Flow::Srp, _) => {
                parameters.required("USERNAME")?;
                let srp_a = parameters.required_srp_a()?;
                let attempt = self.attempt_of(client_id, parameters)?;
                self.password_verifier(srp_a, attempt, false)
            }
            (Flow::Password | Flow::AdminPassword, _) => self.password(client_id, parameters),
            (Flow::Choice, Some(session)) => {
                self.begin_after_sign_up(client_id, parameters, session)
            }
            (Flow::Choice, None) => self.begin_by_choice(client_id, parameters),
            (Flow::Custom, _) => self.begin_custom(client_id, parameters),
            (Flow::Refresh, _) => self.refresh(client_id, parameters),
        }
    }

    fn password(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let given_name = parameters.required("USERNAME")?;
        let password = parameters.required("PASSWORD")?;
        self.pool
            .client(client_id)?
            .check_secret_hash(parameters.get("SECRET_HASH"), given_name)?;
        self.migrate(client_id, given_name, Some(password))?;
        let attempt = self.attempt_of(client_id, parameters)?;
        self.check_may_sign_in(&attempt.username)?;
        self.check_password(&attempt.username, password)?;
        self.password_proven(attempt)
    }

    /// The sign-in of the user whom the parameters name.
    ///
    /// One who does not exist is refused, or goes on to prove nothing if the client hides that. The
    /// trigger may refuse any.
    pub(crate) fn attempt_of(
        &self,
        client_id: &str,
        parameters: &Parameters,
    ) -> Result<Attempt, ServiceError> {
        let given_name = parameters.required("USERNAME")?;
        let client = self.pool.client(client_id)?;
        client.check_secret_hash(parameters.get("SECRET_HASH"), given_name)?;
        let username = self.pool.known_or_flattened(given_name);
        if self.pool.users.get(&username).is_none() && !client.settings.hides_users() {
            return Err(ServiceError::user_unknown());
        }
        let attempt = Attempt::new(&username, client_id, parameters.get("DEVICE_KEY"));
        let event = SignInAttempt {
            username: attempt.username.clone(),
            client_id: client_id.to_owned(),
            user_not_found: self.pool.users.get(&attempt.username).is_none(),
            attributes: self.attributes_for_triggers(&attempt.username),
            validation_data: self.caller.validation_data(),
        };
        self.ask_trigger::<PreAuthentication>(&event)?;
        Ok(attempt)
    }

    /// Refuses a user who is disabled or not confirmed.
    pub(crate) fn check_may_sign_in(&self, username: &str) -> Result<(), ServiceError> {
        self.pool.users.get(username).map_or(Ok(()), User::check_may_sign_in)
    }
}
