//! Two AWS Lambda functions behind API Gateway: an authorizer that verifies the token of a request, and
//! a handler that reads the claims that the authorizer has passed on.
//!
//! Events and responses are JSON, as on AWS Lambda. The crate `lambda_runtime` calls functions such as
//! `authorize` and `handle`. The tokens are from the emulator.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;

use cognito::verify::{
    ApiGateway, AuthorizerGrant, Clients, LambdaAuthorizer, Required, TokenRules, Verifier,
};
use cognito::{SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings};
use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const ARN: &str = "arn:aws:execute-api:eu-west-1:111122223333:api1/prod/GET/orders";

#[tokio::main]
async fn main() -> Outcome {
    let emulator = Emulator::builder().in_process();
    let local = emulator.create_pool(PoolSettings::default())?;
    local.call("CreateGroup", json!({ "GroupName": "staff" }))?;
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let pool = pool.http_client(local.http_client()).build()?;

    // Created once, outside of the handler, so that key sets are kept between requests. On AWS:
    // `Verifier::new(&pool_id, Clients::only(client_id))`.
    let authorizer = authorizer(pool.verifier());
    let rules = TokenRules::new(pool.id(), Clients::only(pool.client_id().clone()));
    let gateway = ApiGateway::new(rules.issuers([local.issuer()]));

    let alice = token(&local, &pool, "alice", &["staff"]).await?;
    let allowed = authorize(&authorizer, request(&alice)).await?;
    println!("alice: {:?}", effect(&allowed));
    assert_eq!(effect(&allowed), Some("Allow"));
    let response = handle(&gateway, &event_behind(&allowed));
    assert_eq!(response, json!({ "statusCode": 200, "body": "orders of alice" }));

    let bob = token(&local, &pool, "bob", &[]).await?;
    let denied = authorize(&authorizer, request(&bob)).await?;
    println!("bob: {:?}", effect(&denied));
    assert_eq!(effect(&denied), Some("Deny"));
    // API Gateway does not call the function then. An event without claims is an error of the deployment.
    assert_eq!(handle(&gateway, &event_behind(&denied)), json!({ "statusCode": 500 }));

    // API Gateway responds with 401 to this error, by its text.
    let forged = authorize(&authorizer, request(&format!("{alice}x"))).await;
    let error = forged.err().ok_or("a forged token is accepted")?;
    assert_eq!(error.to_string(), "Unauthorized");
    println!("a forged token is rejected: {error}");
    Ok(())
}

/// Accepts access tokens of members of the group `staff`.
fn authorizer(verifier: &Verifier) -> LambdaAuthorizer {
    let staff = verifier.with_rules(|rules| rules.groups(Required::any_of(["staff"])));
    LambdaAuthorizer::new(staff, AuthorizerGrant::Stage)
}

/// Runs the authorizer, and returns its policy.
async fn authorize(authorizer: &LambdaAuthorizer, event: Value) -> Outcome<Value> {
    let response = authorizer.authorize(&serde_json::from_value(event)?).await?;
    Ok(serde_json::to_value(response)?)
}

/// Runs the function behind the authorizer, and returns its response.
fn handle(gateway: &ApiGateway, event: &Value) -> Value {
    match gateway.access_claims(event) {
        Ok(claims) => {
            let name = claims.username().unwrap_or("a machine client");
            json!({ "statusCode": 200, "body": format!("orders of {name}") })
        }
        Err(error) => json!({ "statusCode": error.reason().http_status() }),
    }
}

/// Returns the event of an authorizer of type `REQUEST`.
fn request(token: &str) -> Value {
    json!({
        "type": "REQUEST",
        "methodArn": ARN,
        "headers": { "Authorization": format!("Bearer {token}") },
    })
}

/// Returns the event of the function, in which API Gateway includes the context of the authorizer's response.
fn event_behind(response: &Value) -> Value {
    json!({ "path": "/orders", "requestContext": { "authorizer": response.get("context") } })
}

/// Returns the effect of the policy in a response. Do not print the whole response: its context has all
/// claims of the user.
fn effect(response: &Value) -> Option<&str> {
    response.pointer("/policyDocument/Statement/0/Effect")?.as_str()
}

async fn token(local: &LocalPool, pool: &UserPool, name: &str, groups: &[&str]) -> Outcome<String> {
    const PASSWORD: &str = "Correct-horse1";
    local.call("AdminCreateUser", json!({ "Username": name }))?;
    let password = json!({ "Username": name, "Password": PASSWORD, "Permanent": true });
    local.call("AdminSetUserPassword", password)?;
    for group in groups {
        local.call("AdminAddUserToGroup", json!({ "Username": name, "GroupName": group }))?;
    }
    let SignIn::Done(session) = pool.sign_in(name).password(PASSWORD).await? else {
        return Err("a challenge was returned".into());
    };
    Ok(session.access_token().await?.expose_secret().to_owned())
}
