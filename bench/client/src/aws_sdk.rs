//! Signs in with the AWS SDK and aws-cognito-srp, which do not verify tokens:
//! `bench-aws-sdk ENDPOINT POOL_ID CLIENT_ID USERNAME PASSWORD`.
//!
//! Prints `ready` after the first sign-in. Then it reads a count from each line,
//! repeats the sign-in that often, and prints the total time in seconds.

mod counts;

use aws_cognito_srp::{SrpClient, User};
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Config, Region};
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A user and an app client.
struct Account {
    pool_id: String,
    client_id: String,
    username: String,
    password: String,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, pool_id, client_id, username, password] = &*arguments else {
        return Err("usage: bench-aws-sdk ENDPOINT POOL_ID CLIENT_ID USERNAME PASSWORD".into());
    };
    let [pool_id, client_id, username, password] =
        [pool_id, client_id, username, password].map(Clone::clone);
    let account = Account { pool_id, client_id, username, password };
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .allow_no_auth()
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::from_conf(config);
    counts::serve(|| runtime.block_on(sign_in(&client, &account)))
}

async fn sign_in(client: &Client, account: &Account) -> Result<()> {
    let Account { pool_id, client_id, username, password } = account;
    let srp = SrpClient::new(User::new(pool_id, username, password), client_id, None);
    let begin = client.initiate_auth().client_id(client_id).auth_flow(AuthFlowType::UserSrpAuth);
    let begin = begin.auth_parameters("USERNAME", username);
    let challenge = begin.auth_parameters("SRP_A", srp.get_auth_parameters().a).send().await?;
    let parameters = challenge.challenge_parameters().ok_or("no challenge")?;
    let parameter = |name: &str| parameters.get(name).ok_or_else(|| format!("no {name}"));
    let user_id = parameter("USER_ID_FOR_SRP")?;
    let (salt, srp_b) = (parameter("SALT")?, parameter("SRP_B")?);
    let proof = srp.verify(parameter("SECRET_BLOCK")?, user_id, salt, srp_b)?;
    let signed_in = client
        .respond_to_auth_challenge()
        .client_id(client_id)
        .challenge_name(ChallengeNameType::PasswordVerifier)
        .challenge_responses("USERNAME", user_id)
        .challenge_responses("PASSWORD_CLAIM_SECRET_BLOCK", proof.password_claim_secret_block)
        .challenge_responses("PASSWORD_CLAIM_SIGNATURE", proof.password_claim_signature)
        .challenge_responses("TIMESTAMP", proof.timestamp)
        .send()
        .await?;
    let tokens = signed_in.authentication_result().and_then(|result| result.access_token());
    tokens.map(drop).ok_or_else(|| "the response has no access token".into())
}
