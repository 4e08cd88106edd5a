//! Calls of triggers: closures of the pool, or functions in LambdaConfig.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::flows::caller::TriggerLimit;
use crate::flows::function::{self as http, FunctionError};
use crate::flows::step::Step;
use crate::flows::triggers::{Closure, Strings, Trigger, Version};
use crate::flows::workers::workers;
use crate::model::ServiceError;
use crate::state::identity;
use crate::state::pool::Pool;

/// A function of a LambdaConfig.
pub(crate) struct Function {
    url: String,
    version: Version,
}

/// A trigger with its event, which can be called without a lock on the pool.
pub(crate) enum Ready<T: Trigger> {
    Closure(Closure<T::Event, T::Response>, T::Event),
    Function(Function, Value),
}

impl<T: Trigger> Ready<T> {
    /// Calls the trigger on a worker thread, so that it may block and call the service. It fails if
    /// it does not return within the limit.
    pub(crate) async fn call(self, limit: TriggerLimit) -> Result<T::Response, ServiceError> {
        let Some(limit) = limit else {
            return self.run().await;
        };
        // The caller may not be in a runtime with timers.
        let run = async move { tokio::time::timeout(limit, self.run()).await };
        match workers().spawn(run).await {
            Ok(Ok(result)) => result,
            Ok(Err(_late)) => Err(blocked::<T>(limit)),
            Err(_) => Err(refused::<T>("it panicked".to_owned())),
        }
    }

    async fn run(self) -> Result<T::Response, ServiceError> {
        match self {
            Self::Closure(closure, event) => {
                let called = workers().spawn_blocking(move || closure(&event)).await;
                called.unwrap_or_else(|_| Err("it panicked".to_owned())).map_err(refused::<T>)
            }
            Self::Function(Function { url, version }, event) => {
                let called = workers()
                    .spawn(async move { http::call(&url, &event, http::TIME_LIMIT).await });
                let event = called
                    .await
                    .unwrap_or_else(|_| Err(FunctionError::NotCalled("it panicked".to_owned())));
                read_response::<T>(event.map_err(call_failed::<T>)?, version)
            }
        }
    }
}

/// Returns a trigger with its event, to be called after the step; `None` if the pool does not have
/// the trigger, or the event is not for it.
pub(crate) fn ready<T: Trigger>(step: &Step<'_>, event: T::Event) -> Option<Ready<T>> {
    if step.caller.seeds {
        return None;
    }
    if let Some(closure) = T::closure(step.triggers) {
        return Some(Ready::Closure(Arc::clone(closure), event));
    }
    let function = function::<T>(step);
    let function = function.filter(|function| T::wants(&event, function.version))?;
    let event = event_json::<T>(step, &event, function.version);
    Some(Ready::Function(function, event))
}

pub(crate) fn has_trigger<T: Trigger>(step: &Step<'_>) -> bool {
    T::closure(step.triggers).is_some() || function::<T>(step).is_some()
}

/// Returns the function of a trigger: its URL or, for an ARN, the URL of the emulator's settings.
fn function<T: Trigger>(step: &Step<'_>) -> Option<Function> {
    let (named, version) = step.pool.settings.members.lambda_config.function(T::NAME)?;
    let url = match named.starts_with("http") {
        true => named.to_owned(),
        false => step.shared.trigger_url.clone()?,
    };
    let version = match version {
        Some("V3_0") => Version::V3,
        Some("V2_0") => Version::V2,
        _ => Version::V1,
    };
    Some(Function { url, version })
}

fn event_json<T: Trigger>(step: &Step<'_>, event: &T::Event, version: Version) -> Value {
    json!({
        "version": version.as_str(),
        "region": step.pool.id.region(),
        "userPoolId": step.pool.id.as_str(),
        "userName": T::username(event),
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": step.caller.client_id(),
        },
        "triggerSource": T::source(event),
        "request": T::request(event, version),
        "response": T::response(version),
    })
}

/// Returns the attributes of a user for events; empty for a user who does not exist.
pub(crate) fn attributes(pool: &Pool, username: &str) -> Strings {
    let Some(user) = pool.users.get(username) else {
        return Strings::new();
    };
    let attributes = user.attributes().iter();
    let shown = attributes
        .map(|(name, value)| (name.to_owned(), identity::shown(name, value).into_owned()));
    let mut attributes: Strings = shown.collect();
    attributes.insert("sub".to_owned(), user.sub.to_string());
    attributes.insert("cognito:user_status".to_owned(), user.status.as_str().to_owned());
    attributes
}

/// Parses the response in a returned event.
fn read_response<T: Trigger>(
    mut event: Value,
    version: Version,
) -> Result<T::Response, ServiceError> {
    let response = event.get_mut("response").filter(|response| !response.is_null());
    let mut response = response.map_or_else(|| json!({}), Value::take);
    // A response without members is not read: PHP encodes an empty one as `[]`. It is not measured
    // whether the service accepts that.
    if !T::HAS_RESPONSE {
        return T::read(response).ok_or_else(unrecognizable);
    }
    // Serde would read a list as the members in their order.
    if !response.is_object() {
        return Err(unrecognizable());
    }
    T::normalize(&mut response, version);
    remove_nulls(&mut response);
    T::read(response).ok_or_else(unrecognizable)
}

/// Returns the error for a rejection by a trigger.
fn refused<T: Trigger>(message: String) -> ServiceError {
    ServiceError::user_lambda_validation(format!("{} failed with error {message}.", T::NAME))
}

fn call_failed<T: Trigger>(error: FunctionError) -> ServiceError {
    let reason = match error {
        FunctionError::Failed(message) => return refused::<T>(message),
        FunctionError::Unreadable => return unrecognizable(),
        FunctionError::TimedOut => "Socket timeout while invoking Lambda function".to_owned(),
        FunctionError::NotCalled(reason) => reason,
    };
    let message = format!("{} invocation failed due to error {reason}.", T::NAME);
    ServiceError::unexpected_lambda(message)
}

fn blocked<T: Trigger>(limit: Duration) -> ServiceError {
    ServiceError::unexpected_lambda(format!(
        "{} invocation failed due to error the trigger did not return within {limit:?}: a mock \
         server responds to one request at a time, so that a trigger that calls the emulator \
         through it waits for itself; call Emulator::call or another server instead.",
        T::NAME
    ))
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
    use crate::flows::triggers::{
        CustomMessage, PostAuthentication, PostConfirmation, PreAuthentication, PreSignUp,
        UserMigration,
    };

    #[test]
    fn function_errors_have_the_messages_of_the_service() {
        let told = |error| {
            let ServiceError { name, message } = call_failed::<PreSignUp>(error);
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

    /// Returns whether the response of a function is accepted.
    fn accepts<T: Trigger>(response: &Value) -> bool {
        read_response::<T>(json!({ "response": response }), Version::V1).is_ok()
    }

    #[test]
    fn response_of_another_type_fails_only_if_it_is_read() {
        for response in [json!([]), json!("done"), json!(1), json!(false)] {
            assert!(accepts::<PreAuthentication>(&response), "{response}");
            assert!(accepts::<PostAuthentication>(&response), "{response}");
            assert!(accepts::<PostConfirmation>(&response), "{response}");
            assert!(!accepts::<PreSignUp>(&response), "{response}");
            assert!(!accepts::<CustomMessage>(&response), "{response}");
            assert!(!accepts::<UserMigration>(&response), "{response}");
        }
    }
}
