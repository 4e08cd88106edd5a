//! The conformance suite against ministack, a server that others wrote.
//!
//! Usage: `against_ministack ENDPOINT POOL_ID CLIENT_ID [CLIENT_SECRET]`

use std::error::Error;
use std::time::SystemTime;

use cognito::tokens::BoxFuture;
use cognito::{Code, UserPool};
use cognito_tests::conformance::{STEPS, Server, Target};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, pool_id, client_id, rest @ ..] = &*arguments else {
        return Err("usage: against_ministack ENDPOINT POOL_ID CLIENT_ID [CLIENT_SECRET]".into());
    };
    let mut builder = UserPool::builder(pool_id.parse()?, client_id.as_str()).endpoint(endpoint);
    if let Some(secret) = rest.first().filter(|secret| !secret.is_empty()) {
        builder = builder.client_secret(secret.as_str());
    }
    let server = Box::new(Ministack { endpoint: endpoint.clone() });
    let target = Target { pool: builder.build(), server };
    for (name, step) in STEPS {
        println!("  {name}");
        step(&target).await;
    }
    println!("  {} steps passed", STEPS.len());
    Ok(())
}

struct Ministack {
    endpoint: String,
}

impl Server for Ministack {
    fn last_code<'a>(&'a self, username: &'a str) -> BoxFuture<'a, Code> {
        Box::pin(async move {
            let messages = format!("{}/_ministack/ses/messages", self.endpoint);
            let messages = reqwest::get(messages).await.unwrap().text().await.unwrap();
            let messages: Value = serde_json::from_str(&messages).unwrap();
            code_in_last_message(&messages, username).expect("no code was sent")
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Codes are good more than once there.
    fn wait_for_next_code(&self) {}
}

fn code_in_last_message(messages: &Value, username: &str) -> Option<Code> {
    let of_account = messages["messages"].as_object()?.values().next()?.as_array()?;
    let address = format!("{username}@example.com");
    let to_user = |message: &&Value| message.to_string().contains(&address);
    let text = of_account.iter().rfind(to_user)?["BodyText"].as_str()?;
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(|c: char| !c.is_ascii_digit()).find(is_code).map(Code::from)
}
