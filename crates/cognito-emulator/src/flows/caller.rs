//! The caller of an operation, for events of triggers.

use std::time::Duration;

use serde_json::Value;

use crate::flows::triggers::Strings;
use crate::state::attempt::Channel;

/// The part of a request that every trigger event contains.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    client_id: Option<String>,
    metadata: Strings,
    begins_sign_in: bool,
    pub(super) channel: Channel,
    /// True if no trigger is called.
    pub(super) seeds: bool,
    /// The `sub` of the user to create; random if it is missing. Only seed files set it.
    pub(super) sub: Option<String>,
    pub(super) trigger_limit: TriggerLimit,
}

/// The time limit of a trigger that would block other requests; none by default.
pub(crate) type TriggerLimit = Option<Duration>;

impl Caller {
    /// Returns the caller of requests that set up test data, for which no trigger is called.
    pub(crate) fn seed() -> Self {
        Self { seeds: true, ..Self::default() }
    }

    /// Sets the `sub` of the user that the request creates.
    pub(crate) fn with_sub(self, sub: Option<String>) -> Self {
        Self { sub, ..self }
    }

    pub(crate) fn new(operation: &str, input: &Value) -> Self {
        let metadata = input.get("ClientMetadata").cloned().unwrap_or_default();
        Self {
            client_id: input.get("ClientId").and_then(Value::as_str).map(str::to_owned),
            // Invalid metadata is rejected by the operation.
            metadata: serde_json::from_value(metadata).unwrap_or_default(),
            begins_sign_in: operation.ends_with("InitiateAuth"),
            ..Self::default()
        }
    }

    /// Returns an app client that requests tokens by OAuth.
    pub(crate) fn client(id: &str) -> Self {
        Self { client_id: Some(id.to_owned()), ..Self::default() }
    }

    /// Returns a browser on the pages of an app client.
    pub(crate) fn browser(client_id: &str) -> Self {
        Self { channel: Channel::ManagedLogin, ..Self::client(client_id) }
    }

    /// Returns whether the request comes from a page of managed login.
    pub(crate) fn is_browser(&self) -> bool {
        self.channel == Channel::ManagedLogin
    }

    /// Sets ClientMetadata.
    pub(crate) fn with_metadata(self, metadata: Strings) -> Self {
        Self { metadata, ..self }
    }

    pub(crate) fn with_trigger_limit(self, trigger_limit: TriggerLimit) -> Self {
        Self { trigger_limit, ..self }
    }

    pub(crate) fn set_client(&mut self, id: &str) {
        self.client_id = Some(id.to_owned());
    }

    /// Returns the app client, or the service's placeholder.
    pub(crate) fn client_id(&self) -> String {
        self.client_id.clone().unwrap_or_else(|| "CLIENT_ID_NOT_APPLICABLE".to_owned())
    }

    /// Returns ClientMetadata of requests other than InitiateAuth.
    pub(crate) fn client_metadata(&self) -> Strings {
        if self.begins_sign_in { Strings::new() } else { self.metadata.clone() }
    }

    /// Returns ClientMetadata of InitiateAuth, which triggers receive as validation data.
    pub(crate) fn validation_data(&self) -> Strings {
        if self.begins_sign_in { self.metadata.clone() } else { Strings::new() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn client_metadata_of_the_first_request_of_a_sign_in_is_validation_data() {
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
