//! Members that several requests and responses share.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attributes::Attributes;
use crate::context::{ClientMetadata, Context};
use crate::delivery::CodeDelivery;

/// A response whose members are not needed.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// A request that contains only the access token of the user.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenRequest<'a> {
    pub(super) access_token: &'a str,
}

/// Data for triggers and for threat protection.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContextMembers<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a ClientMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_context_data: Option<UserContextData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analytics_metadata: Option<AnalyticsMetadata<'a>>,
}

/// AnalyticsMetadata.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AnalyticsMetadata<'a> {
    analytics_endpoint_id: &'a str,
}

impl<'a> AnalyticsMetadata<'a> {
    pub(super) fn of(context: &'a Context) -> Option<Self> {
        context.analytics.as_deref().map(|id| Self { analytics_endpoint_id: id })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserContextData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoded_data: Option<&'a str>,
}

impl<'a> From<&'a Context> for ContextMembers<'a> {
    fn from(context: &'a Context) -> Self {
        let data = context.data.as_ref().map(|data| UserContextData {
            ip_address: data.ip_address.as_deref(),
            encoded_data: data.encoded_data.as_deref(),
        });
        Self {
            client_metadata: metadata(&context.metadata),
            user_context_data: data,
            analytics_metadata: AnalyticsMetadata::of(context),
        }
    }
}

/// Returns ClientMetadata unless it is empty.
pub(super) fn metadata(metadata: &ClientMetadata) -> Option<&ClientMetadata> {
    Some(metadata).filter(|metadata| !metadata.is_empty())
}

/// Attributes in the form of requests: a list of names and values.
pub(super) struct AttributeList<'a>(pub(super) &'a Attributes);

impl AttributeList<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for AttributeList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Attribute<'a> {
            name: &'a str,
            value: &'a str,
        }
        serializer.collect_seq(self.0.iter().map(|(name, value)| Attribute { name, value }))
    }
}

/// Attributes in the form of responses.
#[derive(Default)]
pub(super) struct ReadAttributes(pub(super) Attributes);

impl<'de> Deserialize<'de> for ReadAttributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Attribute {
            name: String,
            value: Option<String>,
        }
        let pair = |attribute: Attribute| (attribute.name, attribute.value.unwrap_or_default());
        let listed = Option::<Vec<Attribute>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(Self(listed.into_iter().map(pair).collect()))
    }
}

/// CodeDeliveryDetails.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delivery {
    destination: Option<String>,
    delivery_medium: Option<String>,
    attribute_name: Option<String>,
}

impl From<Delivery> for CodeDelivery {
    fn from(delivery: Delivery) -> Self {
        Self {
            destination: delivery.destination.unwrap_or_default(),
            medium: delivery.delivery_medium,
            attribute: delivery.attribute_name,
        }
    }
}

/// A response with the destination of a code.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delivered {
    code_delivery_details: Option<Delivery>,
}

impl Delivered {
    pub(super) fn delivery(self) -> Option<CodeDelivery> {
        self.code_delivery_details.map(Into::into)
    }
}

/// A point in time in the form of the API: seconds since 1970, with fractions.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct EpochSeconds(f64);

impl EpochSeconds {
    pub(crate) fn time(self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(self.0).ok()?)
    }
}

/// Deserializes an optional secret without copying it.
pub(crate) fn secret<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    Ok(Option::<String>::deserialize(deserializer)?.map(T::from))
}

/// Deserializes a map and skips members that are null.
pub(super) fn texts<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    let map = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?;
    let present = |(name, value): (String, Option<String>)| Some((name, value?));
    Ok(map.unwrap_or_default().into_iter().filter_map(present).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::context::ContextData;

    #[test]
    fn absent_context_adds_no_members() {
        let empty = Context::default();
        assert_eq!(serde_json::to_value(ContextMembers::from(&empty)).unwrap(), json!({}));
        let data = ContextData::default().ip_address("192.0.2.1");
        let context = Context { data: Some(data), ..Context::default() };
        let members = serde_json::to_value(ContextMembers::from(&context)).unwrap();
        assert_eq!(members, json!({ "UserContextData": { "IpAddress": "192.0.2.1" } }));
    }

    #[test]
    fn attributes_survive_serialization_and_null_is_empty() {
        let attributes: Attributes = [("email", "a@b.io"), ("name", "")].into_iter().collect();
        let written = serde_json::to_value(AttributeList(&attributes)).unwrap();
        assert_eq!(written[0], json!({ "Name": "email", "Value": "a@b.io" }));
        let read: ReadAttributes = serde_json::from_value(written).unwrap();
        assert_eq!(read.0, attributes);
        let none: ReadAttributes = serde_json::from_value(Value::Null).unwrap();
        assert!(none.0.is_empty());
    }

    #[test]
    fn times_out_of_range_are_absent() {
        let time = |value: Value| serde_json::from_value::<EpochSeconds>(value).unwrap().time();
        assert_eq!(time(json!(1.5)), UNIX_EPOCH.checked_add(Duration::from_millis(1500)));
        assert_eq!(time(json!(7)), UNIX_EPOCH.checked_add(Duration::from_secs(7)));
        for impossible in [json!(-1), json!(1e300)] {
            assert_eq!(time(impossible), None);
        }
    }
}
