// The hidden part of this crate's examples: an administrator of an emulated pool in this process.

use cognito_core::sdk::config::{Credentials, SharedCredentialsProvider};
use cognito_core::{Admin, UserPool};
use cognito_emulator::{Emulator, PoolSettings, SigningKeys};

#[allow(dead_code)]
fn admin() -> Result<Admin, Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(PoolSettings::default())?;
    let builder = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let credentials = Credentials::new("id", "secret", None, None, "example");
    let config = aws_types::SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    Ok(builder.http_client(local.http_client()).build()?.admin(&config))
}
