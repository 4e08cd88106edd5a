//! A pool that tests configure by JSON requests.

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};

pub(crate) use crate::refusal::Refusal;

pub(crate) struct Pool(pub(crate) LocalPool);

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/sms";

pub(crate) fn lambda(name: &str) -> Value {
    json!(format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"))
}

pub(crate) fn emulator() -> Emulator {
    Emulator::builder().signing_keys(SigningKeys::ForTests).in_process()
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self::with(PoolSettings::default())
    }

    pub(crate) fn with(settings: PoolSettings) -> Self {
        Self(emulator().create_pool(settings).unwrap())
    }

    pub(crate) fn try_call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.0.call(operation, input).map_err(crate::refusal::of)
    }

    #[track_caller]
    pub(crate) fn call(&self, operation: &str, input: Value) -> Value {
        self.try_call(operation, input).unwrap()
    }

    /// Returns the message of a rejection, which must be an InvalidParameterException.
    #[track_caller]
    pub(crate) fn invalid(&self, operation: &str, input: Value) -> String {
        let (name, message) = self.try_call(operation, input).unwrap_err();
        assert_eq!(name, "InvalidParameterException", "{message}");
        message
    }

    /// Returns the name of the exception.
    #[track_caller]
    pub(crate) fn refused(&self, operation: &str, input: Value) -> String {
        self.try_call(operation, input).unwrap_err().0
    }

    /// Returns UserPoolType.
    pub(crate) fn described(&self) -> Value {
        self.call("DescribeUserPool", json!({}))["UserPool"].clone()
    }
}

/// Returns all pages of a list with a page size.
#[track_caller]
pub(crate) fn pages(
    pool: &Pool,
    operation: &str,
    input: &Value,
    [list, token]: [&str; 2],
) -> Vec<Vec<Value>> {
    let (mut pages, mut next) = (Vec::new(), Value::Null);
    loop {
        let mut input = input.clone();
        input[token] = next;
        let page = pool.call(operation, input);
        pages.push(page[list].as_array().unwrap().clone());
        next = page[token].clone();
        if next.is_null() {
            return pages;
        }
    }
}

/// Returns an object with additional members.
pub(crate) fn with(object: &Value, members: Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    object
}
