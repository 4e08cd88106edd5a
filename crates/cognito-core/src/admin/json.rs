//! Settings as JSON of the service.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::app_client::unreadable;
use crate::error::Error;

/// The members of app clients that are secrets.
const SECRETS: [&str; 1] = ["ClientSecret"];

/// Keeps the body of the last response, because the SDK's types lose unknown members.
#[derive(Clone, Default)]
pub(super) struct KeptBody(Arc<Mutex<Zeroizing<Vec<u8>>>>);

impl KeptBody {
    /// Returns the body, or a member of it, without secrets.
    pub(super) fn json(&self, member: Option<&str>) -> Result<String, Error> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut value: Value = serde_json::from_slice(&body).map_err(|_| unreadable())?;
        if let Some(member) = member {
            value = value.get_mut(member).map(Value::take).ok_or_else(unreadable)?;
        }
        redact(&mut value);
        Ok(value.to_string())
    }
}

fn redact(value: &mut Value) {
    for name in SECRETS {
        if let Some(Value::String(secret)) = value.get_mut(name) {
            drop(Zeroizing::new(std::mem::replace(secret, "[redacted]".to_owned())));
        }
    }
}

#[dyn_dispatch_hint]
impl Intercept for KeptBody {
    fn name(&self) -> &'static str {
        "KeptBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Zeroizing::new(body.to_vec());
        Ok(())
    }
}

impl fmt::Debug for KeptBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptBody")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_redacted_and_unknown_members_kept() {
        let body = KeptBody::default();
        let text = r#"{"UserPoolClient":{"ClientSecret":"s3cret","Invented":[1]}}"#;
        *body.0.lock().unwrap() = Zeroizing::new(text.as_bytes().to_vec());
        let json = body.json(Some("UserPoolClient")).unwrap();
        assert_eq!(json, r#"{"ClientSecret":"[redacted]","Invented":[1]}"#);
        assert!(body.json(Some("UserPool")).is_err());
        assert_eq!(format!("{body:?}"), "KeptBody");
    }
}
