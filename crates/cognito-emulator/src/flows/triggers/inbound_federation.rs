//! InboundFederation.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Closure, Strings, Trigger, Triggers, Version};
use crate::state::identity_provider::SAML;
use crate::state::members::{Members, text_of};

/// The event of InboundFederation: the claims of a user of an identity provider, before the pool
/// maps them.
///
/// See [InboundFederation](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-inbound-federation.html).
#[derive(Clone)]
#[non_exhaustive]
pub struct FederatedUser {
    /// The id of the user at the provider.
    pub subject: String,
    /// The app client.
    pub client_id: String,
    /// The name of the provider.
    pub provider_name: String,
    /// The type of the provider, such as `OIDC` or `Google`.
    pub provider_type: String,
    /// The response of the token endpoint, with tokens of the provider; empty for SAML.
    pub token_response: Strings,
    /// The claims of the ID token; empty for SAML.
    pub id_token: Strings,
    /// The attributes of userInfo; empty for SAML.
    pub user_info: Strings,
    /// The attributes of a SAML assertion.
    pub saml_response: Strings,
}

impl fmt::Debug for FederatedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The response of the token endpoint contains tokens.
        f.debug_struct("FederatedUser")
            .field("subject", &self.subject)
            .field("provider_name", &self.provider_name)
            .finish_non_exhaustive()
    }
}

/// Changes the claims of users of identity providers.
pub(crate) struct InboundFederation;

impl Trigger for InboundFederation {
    type Event = FederatedUser;
    /// The claims that replace the provider's; if it is empty, the provider's claims are kept.
    type Response = Strings;

    const NAME: &'static str = "InboundFederation";

    fn closure(triggers: &Triggers) -> Option<&Closure<FederatedUser, Strings>> {
        triggers.inbound_federation.as_ref()
    }

    fn source(_: &FederatedUser) -> String {
        "InboundFederation_ExternalProvider".to_owned()
    }

    fn username(event: &FederatedUser) -> &str {
        &event.subject
    }

    fn request(event: &FederatedUser, _: Version) -> Value {
        let attributes = match event.provider_type.as_str() {
            SAML => json!({ "samlResponse": event.saml_response }),
            _ => json!({
                "tokenResponse": event.token_response,
                "idToken": event.id_token,
                "userInfo": event.user_info,
            }),
        };
        json!({
            "providerName": event.provider_name,
            "providerType": event.provider_type,
            "attributes": attributes,
        })
    }

    fn response(_: Version) -> Value {
        json!({ "userAttributesToMap": {} })
    }

    fn read(response: Value) -> Option<Strings> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Response {
            user_attributes_to_map: Members,
        }
        let response: Response = serde_json::from_value(response).ok()?;
        let attributes = response.user_attributes_to_map.into_iter();
        Some(attributes.filter_map(|(name, value)| Some((name, text_of(&value)?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(provider_type: &str) -> FederatedUser {
        let claims = |value: &str| Strings::from([("sub".to_owned(), value.to_owned())]);
        FederatedUser {
            subject: "1".to_owned(),
            client_id: "c".to_owned(),
            provider_name: "Corp".to_owned(),
            provider_type: provider_type.to_owned(),
            token_response: claims("secret"),
            id_token: claims("2"),
            user_info: claims("3"),
            saml_response: claims("4"),
        }
    }

    #[test]
    fn event_has_the_attributes_for_the_type_of_the_provider() {
        let attributes =
            |kind| InboundFederation::request(&user(kind), Version::V1)["attributes"].clone();
        assert_eq!(attributes("SAML"), json!({ "samlResponse": { "sub": "4" } }));
        let of_tokens = json!({
            "tokenResponse": { "sub": "secret" }, "idToken": { "sub": "2" },
            "userInfo": { "sub": "3" }
        });
        for kind in ["OIDC", "Google"] {
            assert_eq!(attributes(kind), of_tokens);
        }
    }

    #[test]
    fn values_of_a_response_become_strings() {
        let response =
            json!({ "userAttributesToMap": { "a": "x", "b": true, "c": [1], "d": null } });
        let read = InboundFederation::read(response).unwrap();
        let read: Vec<_> =
            read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(read, [("a", "x"), ("b", "true"), ("c", "[1]")]);
        assert!(InboundFederation::read(json!({})).unwrap().is_empty());
        assert!(InboundFederation::read(json!({ "userAttributesToMap": [] })).is_none());
    }

    #[test]
    fn tokens_of_the_provider_are_not_printed() {
        let printed = format!("{:?} {:#?}", user("OIDC"), user("OIDC"));
        assert!(printed.contains("Corp") && !printed.contains("secret"), "{printed}");
    }
}
