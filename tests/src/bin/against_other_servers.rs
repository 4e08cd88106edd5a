//! The conformance suites against other servers.
//!
//! Usage: `against_other_servers ENDPOINT SERVER [secret]`, where SERVER is `ministack` or `moto`.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use cognito::sdk::types::{ExplicitAuthFlowsType, UserPoolMfaType, VerifiedAttributeType};
use cognito::types::{BoxFuture, Code};
use cognito::{Admin, UserPool, UserPools};
use cognito_tests::conformance::administration::{self, Administered, Lack};
use cognito_tests::conformance::configuration::{self, Configured};
use cognito_tests::conformance::{STEPS, STEPS_WITH_CODES, Server, Target, jobs};
use cognito_tests::fixture::admin_config;
use serde_json::Value;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, server, rest @ ..] = &*arguments else {
        return Err("usage: against_other_servers ENDPOINT ministack|moto [secret]".into());
    };
    let (pool, pools) = new_pool(endpoint, rest.iter().any(|word| word == "secret")).await?;
    let admin = pools.admin(pool.id().clone());
    run_configuration(pools, server).await;
    run_administration(admin, pool.clone(), server).await;
    // moto accepts any password, and sends no codes.
    if server == "ministack" {
        let server = Box::new(Ministack { endpoint: endpoint.clone() });
        let target = Target { pool, server };
        for (name, step) in STEPS_WITH_CODES.into_iter().chain(STEPS) {
            println!("  {name}");
            step(&target).await;
        }
    }
    Ok(())
}

/// Runs the suite of settings of pools and app clients.
async fn run_configuration(pools: UserPools, server: &str) {
    let lacks = match server {
        "ministack" => configuration::MINISTACK_LACKS,
        _ => configuration::MOTO_LACKS,
    };
    println!("  ({server} cannot: {})", lacks.join(", "));
    let mark = "conformance".to_owned();
    let created = Arc::default();
    let configured = Configured { pools, lacks, mark, created, accepts_arns: true };
    for (name, step) in configuration::STEPS {
        println!("  {name}");
        step(&configured).await;
    }
}

/// Runs the suites of the administration of users, and of jobs.
async fn run_administration(admin: Admin, pool: UserPool, server: &str) {
    let lacks: &'static [Lack] = match server {
        "ministack" => &[
            Lack::ChangedGroups,
            Lack::ChosenAttributes,
            Lack::DeletedAttributes,
            Lack::UnrankedGroups,
        ],
        _ => &[Lack::PasswordChecks],
    };
    for lack in lacks {
        println!("  ({server} cannot: {lack:?})");
    }
    let administered = Administered { admin, pool, lacks, rate: 200 };
    // ministack numbers the ids of users, and has no filter by their prefix.
    let jobs: &[_] = if server == "moto" { &jobs::STEPS } else { &[] };
    for (name, step) in administration::STEPS.iter().chain(jobs) {
        println!("  {name}");
        step(&administered).await;
    }
}

/// Creates a pool and an app client on the server.
async fn new_pool(endpoint: &str, secret: bool) -> Outcome<(UserPool, UserPools)> {
    use ExplicitAuthFlowsType::{AllowRefreshTokenAuth, AllowUserPasswordAuth, AllowUserSrpAuth};
    let region = aws_types::region::Region::from_static("us-east-1");
    let config = admin_config().into_builder().endpoint_url(endpoint).region(region).build();
    let pools = UserPools::new(&config);
    let made = pools.create("interop", |pool| {
        pool.auto_verified_attributes(VerifiedAttributeType::Email)
            .mfa_configuration(UserPoolMfaType::Optional)
    });
    let id = made.await?.id.ok_or("the pool has no id")?.parse()?;
    let admin = pools.admin(id);
    let made = admin.create_client("interop", |client| {
        let flows = [AllowUserSrpAuth, AllowUserPasswordAuth, AllowRefreshTokenAuth];
        client.generate_secret(secret).set_explicit_auth_flows(Some(flows.to_vec()))
    });
    let made = made.await?;
    let client_id = made.client_id.ok_or("the app client has no id")?;
    let mut builder = UserPool::builder(admin.pool_id().clone(), client_id).endpoint(endpoint);
    if let Some(secret) = made.client_secret {
        builder = builder.client_secret(secret);
    }
    Ok((builder.build()?, pools))
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

    /// Returns at once, because the servers accept a code several times.
    fn wait_for_next_code(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn code_in_last_message(messages: &Value, username: &str) -> Option<Code> {
    let of_account = messages["messages"].as_object()?.values().next()?.as_array()?;
    let address = format!("{username}@example.com");
    let to_user = |message: &&Value| message.to_string().contains(&address);
    let text = of_account.iter().rfind(to_user)?["BodyText"].as_str()?;
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(|c: char| !c.is_ascii_digit()).find(is_code).map(Code::from)
}
