//! Creates a user and lists all users: `bench-admin ENDPOINT POOL_ID USERNAME`.

use cognito::admin::{Credentials, SdkConfig, SdkRegion, SharedCredentialsProvider};
use cognito::{Admin, UserPoolId};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, pool_id, username] = &*arguments else {
        return Err("usage: bench-admin ENDPOINT POOL_ID USERNAME".into());
    };
    let pool_id: UserPoolId = pool_id.parse()?;
    let credentials = Credentials::new("test", "test", None, None, "bench");
    let config = SdkConfig::builder()
        .endpoint_url(endpoint)
        .region(SdkRegion::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let admin = Admin::new(&config, pool_id);
    admin.create_user(username.as_str()).suppress_invitation().await?;
    for user in admin.users().await? {
        println!("{}", user.username());
    }
    Ok(())
}
