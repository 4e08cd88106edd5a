//! The operations of point-in-time recovery, which are missing in the SDK crate.

use std::time::{Duration, SystemTime};

use cognito::Admin;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::App;
use crate::aws;
use crate::aws_json::{JsonClient, JsonFailure, JsonService};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{printable, time};

/// The recoveries of a user pool.
pub(super) struct Recoveries {
    client: JsonClient,
    service: JsonService,
    pool: String,
}

/// A recovery, as the service describes it.
#[derive(Debug, PartialEq)]
pub(super) struct Recovery {
    pub(super) id: String,
    pub(super) status: String,
    /// The time to which users are restored, in RFC 3339.
    pub(super) to: String,
    pub(super) preview: Vec<Change>,
}

/// The numbers of objects that a recovery changes, for a kind such as `Users`.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    entity: String,
    created: u64,
    updated: u64,
    deleted: u64,
}

impl Recoveries {
    pub(super) async fn open(admin: &Admin, app: &App) -> Outcome<Self> {
        let region = admin.pool_id().region();
        let config = aws::sdk_config(app, Some(region)).await?;
        let credentials = config
            .credentials_provider()
            .ok_or_else(|| JsonFailure::NoCredentials("no source".to_owned()).of("the recovery"))?;
        let suffix = admin.pool_id().partition_suffix();
        let address = aws::endpoints::of_user_pools(&config)?;
        let address = address.map(|address| app.environment.secure(address)).transpose()?;
        let service = JsonService {
            name: "cognito-idp",
            target: "AWSCognitoIdentityProviderService",
            version: "1.1",
            endpoint: address.unwrap_or_else(|| format!("https://cognito-idp.{region}.{suffix}")),
            region: region.to_owned(),
        };
        let (client, pool) = (JsonClient::new(credentials), admin.pool_id().to_string());
        Ok(Self { client, service, pool })
    }

    /// Starts the preview of a recovery.
    pub(super) async fn initiate(&self, to: Timestamp) -> Outcome<Recovery> {
        let members = json!({ "RestoreTimestamp": to.as_second() });
        self.recovery("InitiatePointInTimeRecovery", members).await
    }

    pub(super) async fn describe(&self, id: &str) -> Outcome<Recovery> {
        self.recovery("DescribePointInTimeRecovery", json!({ "RestoreId": id })).await
    }

    /// Restores the users of a preview.
    pub(super) async fn start(&self, id: &str) -> Outcome<Recovery> {
        self.recovery("StartPointInTimeRecovery", json!({ "RestoreId": id })).await
    }

    /// Discards a preview.
    pub(super) async fn cancel(&self, id: &str) -> Outcome<Recovery> {
        self.recovery("CancelPointInTimeRecovery", json!({ "RestoreId": id })).await
    }

    /// Lists all recoveries, the last one first.
    pub(super) async fn list(&self) -> Outcome<Vec<Recovery>> {
        let (mut recoveries, mut token) = (Vec::new(), Value::Null);
        loop {
            let members = match &token {
                Value::Null => json!({}),
                token => json!({ "NextToken": token }),
            };
            let mut page = self.call("ListPointInTimeRecoveries", members).await?;
            let items = page.get("Restorations").and_then(Value::as_array);
            recoveries.extend(items.into_iter().flatten().filter_map(Recovery::parse));
            token = page.get_mut("NextToken").map(Value::take).unwrap_or_default();
            if token.is_null() {
                return Ok(recoveries);
            }
        }
    }

    async fn recovery(&self, operation: &'static str, members: Value) -> Outcome<Recovery> {
        let response = self.call(operation, members).await?;
        response.get("Restoration").and_then(Recovery::parse).ok_or_else(|| {
            Failure::failed("service", format!("the response to {operation} has no recovery"))
        })
    }

    async fn call(&self, operation: &'static str, mut members: Value) -> Outcome<Value> {
        if let Some(members) = members.as_object_mut() {
            members.insert("UserPoolId".to_owned(), self.pool.clone().into());
        }
        let called = self.client.call(&self.service, operation, &members).await;
        called.map_err(|failure| refused(failure, operation))
    }
}

/// Returns the failure of a request, with a hint if there is a remedy.
fn refused(failure: JsonFailure, operation: &str) -> Failure {
    let JsonFailure::Refused { code, .. } = &failure else { return failure.of(operation) };
    let (exit, hint) = match &**code {
        "AccessDeniedException" => {
            let hint = format!(
                "the credentials need the IAM action cognito-idp:{operation} on the user pool"
            );
            (Exit::Refused, hint)
        }
        "FeatureUnavailableInTierException" => {
            let hint = "the feature plan must be ESSENTIALS or PLUS at the time to which the users are \
                        restored; `cognito pool describe` shows the current one as UserPoolTier";
            (Exit::Refused, hint.to_owned())
        }
        "LimitExceededException" => {
            let hint = "a user pool can have one recovery at a time, and in 24 hours one that ends and three previews; \
                        `cognito pool recover --list` lists them";
            (Exit::Refused, hint.to_owned())
        }
        "ResourceNotFoundException" => {
            let hint = "check the user pool, the Region and the id; `cognito pool recover --list` lists the ids";
            (Exit::NotFound, hint.to_owned())
        }
        "TooManyRequestsException" => (Exit::Throttled, "run the command again later".to_owned()),
        _ => return failure.of(operation),
    };
    failure.of(operation).exit_with(exit).hint(hint)
}

impl Recovery {
    fn parse(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let seconds = value.get("RestoreTimestamp").and_then(Value::as_f64);
        let since = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let to = time(since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)));
        let preview = value.get("RestorePreview").and_then(Value::as_array);
        Some(Self {
            id: printable(text("RestoreId")?),
            status: printable(text("RestoreStatus")?),
            to: to.as_str().unwrap_or_default().to_owned(),
            preview: preview.into_iter().flatten().map(Change::parse).collect(),
        })
    }
}

impl Change {
    fn parse(value: &Value) -> Self {
        let number = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default();
        Self {
            entity: printable(value.get("Entity").and_then(Value::as_str).unwrap_or_default()),
            created: number("CreateCount"),
            updated: number("UpdateCount"),
            deleted: number("DeleteCount"),
        }
    }

    /// Formats the change as a line of text.
    pub(super) fn text(&self) -> String {
        let Self { entity, created, updated, deleted } = self;
        format!("{entity}: {created} created again, {updated} set back, {deleted} deleted")
    }

    pub(super) fn json(&self) -> Value {
        let Self { entity, created, updated, deleted } = self;
        json!({ "entity": entity, "created": created, "updated": updated, "deleted": deleted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_has_its_preview_once_it_is_made() {
        let begun = json!({
            "RestoreId": "r1", "RestoreStatus": "PREVIEW_GENERATING", "RestoreTimestamp": 1.7952e9
        });
        let recovery = Recovery::parse(&begun).unwrap();
        assert_eq!((&*recovery.to, recovery.preview.len()), ("2026-11-20T18:40:00Z", 0));
        let mut made = begun;
        made["RestorePreview"] = json!([{ "Entity": "Users", "CreateCount": 5, "UpdateCount": 2 }]);
        let change = Recovery::parse(&made).unwrap().preview.remove(0);
        assert_eq!(change.text(), "Users: 5 created again, 2 set back, 0 deleted");
        assert_eq!(Recovery::parse(&json!({ "RestoreId": "r1" })), None);
    }
}
