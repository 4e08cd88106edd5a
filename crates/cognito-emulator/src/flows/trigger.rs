//! Calls of triggers: the closure that a pool has, or the function that its LambdaConfig names.

use crate::flows::context::Context;
use crate::flows::triggers::Closure;
use crate::flows::workers::workers;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::flows::function::{self, FunctionError};
use crate::flows::step::Step;
use crate::flows::triggers::{Strings, Trigger, Version};
use crate::model::ServiceError;
use crate::state::pool::Pool;

/// What every event tells of the request that led to it.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    client_id: Option<String>,
    metadata: Strings,
    begins_sign_in: bool,
    /// Whether no trigger is asked.
    seeds: bool,
}

impl Caller {
    /// Who sets the scene, without triggers.
    pub(crate) fn seed() -> Self {
        Self { seeds: true, ..Self::default() }
    }

    pub(crate) fn new(operation: &str, input: &Value) -> Self {
        let metadata = input.get("ClientMetadata").cloned().unwrap_or_default();
        Self {
            client_id: input.get("ClientId").and_then(Value::as_str).map(str::to_owned),
            // A request that is not as it should be is refused by its operation.
            metadata: serde_json::from_value(metadata).unwrap_or_default(),
            begins_sign_in: operation.ends_with("InitiateAuth"),
            seeds: false,
        }
    }

    /// An app client that asks for tokens by OAuth.
    pub(crate) fn client(id: &str) -> Self {
        Self { client_id: Some(id.to_owned()), ..Self::default() }
    }

    pub(crate) fn set_client(&mut self, id: &str) {
        self.client_id = Some(id.to_owned());
    }

    /// The app client, by the name that administrators' requests go by where there is none.
    pub(crate) fn client_id(&self) -> String {
        self.client_id.clone().unwrap_or_else(|| "CLIENT_ID_NOT_APPLICABLE".to_owned())
    }

    /// ClientMetadata, save that of InitiateAuth.
    pub(crate) fn client_metadata(&self) -> Strings {
        if self.begins_sign_in { Strings::new() } else { self.metadata.clone() }
    }

    /// ClientMetadata of InitiateAuth, which triggers see under this name.
    pub(crate) fn validation_data(&self) -> Strings {
        if self.begins_sign_in { self.metadata.clone() } else { Strings::new() }
    }
}

/// A function of a LambdaConfig.
pub(crate) struct Function {
    url: String,
    version: Version,
}

/// A trigger of a pool, ready to be asked while the pool is free.
pub(crate) enum Ready<T: Trigger> {
    Closure(Closure<T::Event, T::Answer>, T::Event),
    Function(Function, Value),
}

impl<T: Trigger> Ready<T> {
    /// Asks the trigger on a thread of the workers, so that it may block, and call the service.
    pub(crate) async fn ask(self) -> Result<T::Answer, ServiceError> {
        match self {
            Self::Closure(closure, event) => {
                let asked = workers().spawn_blocking(move || closure(&event)).await;
                asked.unwrap_or_else(|_| Err("it panicked".to_owned())).map_err(refused::<T>)
            }
            Self::Function(Function { url, .. }, event) => {
                let asked = workers()
                    .spawn(async move { function::call(&url, &event, function::TIME_LIMIT).await });
                let answer = asked
                    .await
                    .unwrap_or_else(|_| Err(FunctionError::NotCalled("it panicked".to_owned())));
                read_answer::<T>(answer.map_err(not_answered::<T>)?)
            }
        }
    }
}

impl Context {
    /// Asks a trigger while the pool is free; none if the pool has none.
    pub(crate) async fn ask<T: Trigger>(
        &self,
        event: T::Event,
    ) -> Result<Option<T::Answer>, ServiceError> {
        match self.step(|step| Ok(step.trigger::<T>(event)))? {
            Some(ready) => ready.ask().await.map(Some),
            None => Ok(None),
        }
    }
}

impl Step<'_> {
    /// Returns a trigger with its event, to be asked when the step is done; none if the pool has
    /// none, or none that wants the event.
    pub(crate) fn trigger<T: Trigger>(&self, event: T::Event) -> Option<Ready<T>> {
        if self.caller.seeds {
            return None;
        }
        if let Some(closure) = T::closure(&self.pool.triggers) {
            return Some(Ready::Closure(Arc::clone(closure), event));
        }
        let function = self.function::<T>();
        let function = function.filter(|function| T::wants(&event, function.version))?;
        let event = self.event::<T>(&event, function.version);
        Some(Ready::Function(function, event))
    }

    pub(crate) fn has_trigger<T: Trigger>(&self) -> bool {
        T::closure(&self.pool.triggers).is_some() || self.function::<T>().is_some()
    }

    /// The function of a trigger, by its URL or by an ARN that the emulator's URL stands for.
    fn function<T: Trigger>(&self) -> Option<Function> {
        let (named, version) = self.pool.settings.members.lambda_config.function(T::NAME)?;
        let url = match named.starts_with("http") {
            true => named.to_owned(),
            false => self.shared.trigger_url.clone()?,
        };
        let version = match version {
            Some("V3_0") => Version::V3,
            Some("V2_0") => Version::V2,
            _ => Version::V1,
        };
        Some(Function { url, version })
    }

    fn event<T: Trigger>(&self, event: &T::Event, version: Version) -> Value {
        json!({
            "version": version.as_str(),
            "region": self.pool.id.region(),
            "userPoolId": self.pool.id.as_str(),
            "userName": T::username(event),
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": self.caller.client_id(),
            },
            "triggerSource": T::source(event),
            "request": T::request(event, version),
            "response": T::response(version),
        })
    }
}

/// Returns the attributes of a user as triggers see them; none of a user who does not exist.
pub(crate) fn attributes(pool: &Pool, username: &str) -> Strings {
    let Some(user) = pool.users.get(username) else {
        return Strings::new();
    };
    let mut attributes = user.attributes().to_strings();
    attributes.insert("sub".to_owned(), user.sub.to_string());
    attributes.insert("cognito:user_status".to_owned(), user.status.as_str().to_owned());
    attributes
}

/// Reads what a function sent back.
fn read_answer<T: Trigger>(mut answer: Value) -> Result<T::Answer, ServiceError> {
    let response = answer.get_mut("response").filter(|response| !response.is_null());
    let mut response = response.map_or_else(|| json!({}), Value::take);
    T::replace_nulls(&mut response);
    remove_nulls(&mut response);
    T::read(response).ok_or_else(unrecognizable)
}

/// The refusal of a trigger that says no.
fn refused<T: Trigger>(message: String) -> ServiceError {
    ServiceError::user_lambda_validation(format!("{} failed with error {message}.", T::NAME))
}

fn not_answered<T: Trigger>(error: FunctionError) -> ServiceError {
    let reason = match error {
        FunctionError::Failed(message) => return refused::<T>(message),
        FunctionError::Unreadable => return unrecognizable(),
        FunctionError::TimedOut => "Socket timeout while invoking Lambda function".to_owned(),
        FunctionError::NotCalled(reason) => reason,
    };
    let message = format!("{} invocation failed due to error {reason}.", T::NAME);
    ServiceError::unexpected_lambda(message)
}

fn unrecognizable() -> ServiceError {
    ServiceError::invalid_lambda_response("Unrecognizable lambda output")
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::triggers::PreSignUp;

    #[test]
    fn what_happens_to_functions_has_the_words_of_the_service() {
        let told = |error| {
            let ServiceError { name, message } = not_answered::<PreSignUp>(error);
            format!("{name}: {message}")
        };
        assert_eq!(
            told(FunctionError::TimedOut),
            "UnexpectedLambdaException: PreSignUp invocation failed due to error Socket timeout \
             while invoking Lambda function."
        );
        assert_eq!(
            told(FunctionError::Failed("no".to_owned())),
            "UserLambdaValidationException: PreSignUp failed with error no."
        );
        assert_eq!(
            told(FunctionError::Unreadable),
            "InvalidLambdaResponseException: Unrecognizable lambda output"
        );
    }

    #[test]
    fn metadata_goes_by_the_name_that_the_operation_gives_it() {
        let input = json!({ "ClientId": "a", "ClientMetadata": { "from": "app" } });
        let metadata = Strings::from([("from".to_owned(), "app".to_owned())]);
        for (operation, begins) in [("AdminInitiateAuth", true), ("SignUp", false)] {
            let caller = Caller::new(operation, &input);
            let (expected, none) = (metadata.clone(), Strings::new());
            let (validation, client) = if begins { (expected, none) } else { (none, expected) };
            assert_eq!(caller.validation_data(), validation, "{operation}");
            assert_eq!(caller.client_metadata(), client, "{operation}");
        }
        let nonsense = Caller::new("SignUp", &json!({ "ClientId": 1, "ClientMetadata": [] }));
        assert_eq!(nonsense.client_id(), "CLIENT_ID_NOT_APPLICABLE");
    }
}
