//! User pools by id, ARN and name, and AWS credentials.

use cognito_emulator::{InjectedFault, LocalPool, PoolSettings};
use serde_json::json;

use crate::support::{Home, emulator};

/// Two pools named `shop` and `twin`, the second of which has a namesake.
async fn pools() -> (LocalPool, LocalPool) {
    let emulator = emulator().await;
    let create = |name: &str| {
        emulator.create_pool(PoolSettings::default().pool_member("PoolName", name)).unwrap()
    };
    let (shop, twin) = (create("shop"), create("twin"));
    create("twin");
    (shop, twin)
}

fn home(pool: &LocalPool) -> Home {
    let mut home = Home::of(pool).with_credentials();
    home.set("AWS_REGION", pool.id().region());
    home.unset("COGNITO_POOL");
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_is_named_by_id_arn_or_unique_name() {
    let (shop, twin) = pools().await;
    let token = shop.access_token_for(json!({ "sub": "1" })).unwrap();
    let home = home(&shop);
    let verify = |name: &str| home.run(&["verify", "--pool", name, token.expose_secret()]);
    let arn = format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{}", shop.id());
    for name in [shop.id().as_str(), &*arn, "shop"] {
        verify(name).succeeded();
    }
    verify("twin").failed(2, twin.id().as_str());
    verify("absent").failed(4, "there is no user pool `absent` in the Region ");
    verify("arn:aws:s3:::bucket").failed(2, "is not a valid pool");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_permission_names_the_action() {
    let (shop, _) = pools().await;
    let home = home(&shop);
    let message = "User is not authorized to perform: cognito-idp:ListUserPools";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    shop.emulator().plan_fault("ListUserPools", 1, fault);
    let ran = home.run(&["verify", "--pool", "shop", "a.e30.c"]);
    ran.failed(7, "the IAM action cognito-idp:ListUserPools");
}
