//! The queue of parts, and the tasks of its messages.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::QueuedPart;
use crate::aws;
use crate::aws_json::{JsonClient, JsonFailure, JsonService, origin};
use crate::failure::Outcome;
use crate::jobs::parts::Worker;

/// The maximum time that Amazon SQS waits for a message.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The number of attempts to send the result of a task.
const ATTEMPTS: u32 = 5;

/// A queue, and the state machine whose tasks it delivers.
pub(super) struct Queue {
    client: JsonClient,
    url: String,
    sqs: JsonService,
    step_functions: JsonService,
}

/// A received message.
pub(super) struct Message {
    receipt: String,
    /// The part of the message; `None` for a message of another kind.
    pub(super) task: Option<QueuedPart>,
}

impl Queue {
    pub(super) async fn open(url: &str, worker: &Worker<'_>) -> Outcome<Self> {
        let (app, pool) = (worker.app, worker.admin.pool_id());
        let address = origin(url)?;
        let (region, suffix) =
            region_and_domain(&address).unwrap_or_else(|| (pool.region(), pool.partition_suffix()));
        let (region, states) = (region.to_owned(), format!("https://states.{region}.{suffix}"));
        let config = aws::sdk_config_of_others(app, &region).await?;
        let credentials = config.credentials_provider();
        let endpoint = |id, own| {
            let set = aws::endpoints::of_service(&config, &app.environment, id);
            set.and_then(|set| app.environment.secure(set.unwrap_or(own)))
        };
        let service = |name, target, endpoint| {
            let (version, region) = ("1.0", region.clone());
            JsonService { name, target, version, endpoint, region }
        };
        Ok(Self {
            client: JsonClient::new(credentials.ok_or_else(|| {
                JsonFailure::NoCredentials("no source".to_owned()).of("the use of the queue")
            })?),
            url: url.to_owned(),
            sqs: service("sqs", "AmazonSQS", endpoint("SQS", address)?),
            step_functions: service("states", "AWSStepFunctions", endpoint("SFN", states)?),
        })
    }

    /// Receives a message, which is then hidden from other workers for a lease.
    pub(super) async fn receive(
        &self,
        lease: Duration,
        wait: Duration,
    ) -> Result<Option<Message>, JsonFailure> {
        let request = json!({
            "QueueUrl": self.url,
            "MaxNumberOfMessages": 1,
            "VisibilityTimeout": lease.as_secs(),
            "WaitTimeSeconds": wait.as_secs().max(1),
        });
        let response = self.client.call(&self.sqs, "ReceiveMessage", &request).await?;
        let message = response.get("Messages").and_then(|messages| messages.get(0));
        let text = |member: &str| message?.get(member)?.as_str();
        let Some((receipt, body)) = text("ReceiptHandle").zip(text("Body")) else {
            return Ok(None);
        };
        Ok(Some(Message { receipt: receipt.to_owned(), task: QueuedPart::parse(body) }))
    }

    /// Sends a heartbeat to the state machine, and extends the visibility timeout of the message.
    /// Returns false if the task has ended.
    pub(super) async fn heartbeat(
        &self,
        message: &Message,
        lease: Duration,
    ) -> Result<bool, JsonFailure> {
        if !self.task(message, "SendTaskHeartbeat", json!({})).await? {
            return Ok(false);
        }
        self.set_visibility(message, lease).await?;
        Ok(true)
    }

    /// Ends a task with a result. Returns false if it has already ended.
    pub(super) async fn succeed(
        &self,
        message: &Message,
        output: &Value,
    ) -> Result<bool, JsonFailure> {
        let members = json!({ "output": output.to_string() });
        self.end(message, "SendTaskSuccess", members).await
    }

    /// Ends a task with an error.
    pub(super) async fn fail(
        &self,
        message: &Message,
        error: &str,
        cause: &str,
    ) -> Result<bool, JsonFailure> {
        let members = json!({ "error": error, "cause": cause });
        self.end(message, "SendTaskFailure", members).await
    }

    /// Lets another worker receive the message at once.
    pub(super) async fn give_back(&self, message: &Message) {
        // If this fails, the message is delivered again after its lease.
        let _ = self.set_visibility(message, Duration::ZERO).await;
    }

    pub(super) async fn delete(&self, message: &Message) {
        let request = json!({ "QueueUrl": self.url, "ReceiptHandle": message.receipt });
        // If this fails, the message is delivered again, but its task has ended by then.
        let _ = self.client.call(&self.sqs, "DeleteMessage", &request).await;
    }

    async fn end(
        &self,
        message: &Message,
        operation: &str,
        members: Value,
    ) -> Result<bool, JsonFailure> {
        let (mut attempt, mut pause) = (1, Duration::from_secs(1));
        let was_open = loop {
            match self.task(message, operation, members.clone()).await {
                Ok(was_open) => break was_open,
                Err(failure) if failure.may_pass() && attempt < ATTEMPTS => {
                    attempt = attempt.saturating_add(1);
                    sleep(pause).await;
                    pause = pause.saturating_mul(2);
                }
                Err(failure) => return Err(failure),
            }
        };
        self.delete(message).await;
        Ok(was_open)
    }

    /// Sends a request about a task. Returns false if the task has ended.
    async fn task(
        &self,
        message: &Message,
        operation: &str,
        mut members: Value,
    ) -> Result<bool, JsonFailure> {
        let token = message.task.as_ref().map(|task| task.token.as_str());
        if let (Some(token), Some(members)) = (token, members.as_object_mut()) {
            members.insert("taskToken".to_owned(), token.into());
        }
        match self.client.call(&self.step_functions, operation, &members).await {
            Ok(_) => Ok(true),
            Err(JsonFailure::Refused { code, .. })
                if ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"].contains(&&*code) =>
            {
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn set_visibility(&self, message: &Message, time: Duration) -> Result<(), JsonFailure> {
        let request = json!({
            "QueueUrl": self.url,
            "ReceiptHandle": message.receipt,
            "VisibilityTimeout": time.as_secs(),
        });
        self.client.call(&self.sqs, "ChangeMessageVisibility", &request).await.map(drop)
    }
}

/// Returns the Region and the partition's domain of an address such as
/// `https://sqs.REGION.amazonaws.com`, or `None` for the address of an emulator.
fn region_and_domain(address: &str) -> Option<(&str, &str)> {
    let (_, host) = address.split_once("://sqs.")?;
    host.split_once('.').filter(|(_, suffix)| suffix.starts_with("amazonaws."))
}

#[cfg(test)]
mod tests {
    use super::region_and_domain;

    #[test]
    fn region_and_domain_are_read_from_the_address_of_a_queue() {
        for (address, expected) in [
            ("https://sqs.eu-west-1.amazonaws.com", Some(("eu-west-1", "amazonaws.com"))),
            ("https://sqs.cn-north-1.amazonaws.com.cn", Some(("cn-north-1", "amazonaws.com.cn"))),
            ("https://sqs.eusc-de-east-1.amazonaws.eu", Some(("eusc-de-east-1", "amazonaws.eu"))),
            ("https://sqs.example.com", None),
            ("http://127.0.0.1:4566", None),
        ] {
            assert_eq!(region_and_domain(address), expected, "{address}");
        }
    }
}
