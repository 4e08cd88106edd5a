//! Endpoints over plain HTTP, which are refused unless they are loopback or named.

use aws_types::SdkConfig;
use aws_types::region::Region;
use cognito::identity_pool::{IdentityPoolCredentials, IdentityPoolId};
use cognito::sign_in::UserPoolBuilder;
use cognito::{Admin, Error, ErrorKind, UserPool, UserPoolId, UserPools};
use cognito_emulator::Emulator;
use cognito_tests::fixture::{PASSWORD, admin_config};
use cognito_tests::recorder::CLIENT;

fn pool_id() -> UserPoolId {
    "eu-west-1_Ab12Cd34E".parse().unwrap()
}

fn identity_pool_id() -> IdentityPoolId {
    "eu-west-1:0a1b2c3d-4e5f-6789-abcd-ef0123456789".parse().unwrap()
}

fn refused(set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder) -> Error {
    set_up(UserPool::builder(pool_id(), CLIENT)).build().unwrap_err()
}

fn is_about_plain_http(error: &Error) -> bool {
    error.kind() == ErrorKind::Configuration && error.to_string().contains("allow_plain_http")
}

#[tokio::test]
async fn plain_http_is_refused_unless_the_host_is_loopback_or_named() {
    for url in ["http://emulator:4701", "http://10.0.0.1", "http://localhost.example.com"] {
        let guest = IdentityPoolCredentials::builder(identity_pool_id()).guest().endpoint(url);
        let refusal = guest.build().unwrap_err().to_string();
        assert!(refusal.contains("allow_plain_http"), "{url} {refusal}");
        assert!(is_about_plain_http(&refused(|builder| builder.endpoint(url))), "{url}");
        assert!(is_about_plain_http(&refused(|builder| {
            builder.endpoint(url).allow_plain_http(["other", "emulator.example.com"])
        })));
        let config = SdkConfig::builder().endpoint_url(url).build();
        assert!(is_about_plain_http(&refused(|builder| builder.sdk_config(&config))), "{url}");
        let config = admin_config().into_builder().endpoint_url(url).build();
        let pool = UserPool::builder(pool_id(), CLIENT).build().unwrap();
        let sign_in = pool.as_admin(&config).sign_in("alice").password(PASSWORD).await;
        assert!(is_about_plain_http(sign_in.unwrap_err().error()), "{url}");
    }
    for url in ["http://127.0.0.1:1", "http://[::1]:1", "https://emulator:4701"] {
        IdentityPoolCredentials::builder(identity_pool_id()).guest().endpoint(url).build().unwrap();
        UserPool::builder(pool_id(), CLIENT).endpoint(url).build().unwrap();
    }
    let named = UserPool::builder(pool_id(), CLIENT).endpoint("http://emulator:4701");
    named.allow_plain_http(["emulator"]).build().unwrap();
    let named = IdentityPoolCredentials::builder(identity_pool_id()).guest();
    let named = named.endpoint("http://emulator:4701").allow_plain_http(["emulator"]);
    named.build().unwrap();
}

/// A configuration whose requests to any address are sent to an emulator in this process.
fn in_process(url: &str) -> SdkConfig {
    let client = Emulator::builder().in_process().http_client();
    let config = admin_config().into_builder().endpoint_url(url).http_client(client);
    config.region(Region::from_static("eu-west-1")).build()
}

/// Returns the errors of requests of each kind, whose pool does not exist.
async fn errors_of_administrators(admin: &Admin, pools: &UserPools) -> Vec<Error> {
    let elsewhere = pools.admin("us-east-1_Ab12Cd34E".parse().unwrap());
    let here = pools.admin(pool_id());
    let mut errors = Vec::new();
    for admin in [admin, &elsewhere, &here] {
        errors.push(admin.user("alice").get().await.unwrap_err());
        errors.push(admin.user("alice").enable().await.unwrap_err());
        errors.push(admin.pool().describe().await.unwrap_err());
        errors.push(admin.import_job("import-1").describe().await.unwrap_err());
    }
    errors
}

#[tokio::test]
async fn plain_http_of_administrators_is_refused_unless_the_host_is_loopback_or_named() {
    for (url, hosts, allowed) in [
        ("http://emulator:4701", &[][..], false),
        ("http://10.0.0.1", &["emulator"], false),
        ("http://localhost.example.com", &["example.com", "localhost"], false),
        ("http://127.0.0.1:1", &[], true),
        ("http://[::1]:1", &[], true),
        ("https://emulator:4701", &[], true),
        ("http://emulator:4701", &["emulator"], true),
    ] {
        let config = in_process(url);
        let admin = Admin::new(&config, pool_id()).allow_plain_http(hosts);
        let pools = UserPools::new(&config).allow_plain_http(hosts);
        for error in errors_of_administrators(&admin, &pools).await {
            assert_eq!(is_about_plain_http(&error), !allowed, "{url} {error:?}");
            assert_eq!(error.exception().is_some(), allowed, "{url} {error:?}");
        }
        assert_eq!(pools.list().await.is_ok(), allowed, "{url}");
        let direct = admin.sdk().list_users().user_pool_id("eu-west-1_Ab12Cd34E").send().await;
        let error = format!("{:?}", direct.unwrap_err());
        assert_eq!(error.contains("allow_plain_http"), !allowed, "{url} {error}");
    }
}

#[tokio::test]
async fn hosts_of_a_pool_and_of_an_administrator_replace_the_previous_ones() {
    let config = in_process("http://emulator:4701");
    let pool = UserPool::builder(pool_id(), CLIENT).allow_plain_http(["emulator"]);
    let admin = pool.build().unwrap().admin(&config);
    assert!(admin.pool().describe().await.unwrap_err().exception().is_some());
    for admin in [admin.allow_plain_http(["other"]), Admin::new(&config, pool_id())] {
        let error = admin.pool().describe().await.unwrap_err().to_string();
        assert!(error.contains("allow_plain_http"), "{error}");
        let named = admin.allow_plain_http(["emulator"]);
        assert!(named.user("alice").get().await.unwrap_err().exception().is_some());
        assert!(named.pool().describe().await.unwrap_err().exception().is_some());
    }
}

#[tokio::test]
async fn users_of_an_import_are_not_uploaded_over_plain_http() {
    let admin = Admin::new(&in_process("https://emulator:4701"), pool_id());
    let job = admin.import_job("import-1");
    let error = job.upload("http://bucket.example/file", "cognito:username\n").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
    assert!(error.to_string().contains("upload URL"), "{error}");
    let named = admin.allow_plain_http(["bucket.example"]).import_job("import-1");
    let sent = named.upload("http://bucket.example/file", "cognito:username\n").await.unwrap_err();
    assert_ne!(sent.kind(), ErrorKind::Configuration, "{sent:?}");
}
