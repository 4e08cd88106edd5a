//! Objects with a user, and values that belong to one user each.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use bytes::Bytes;
use cognito::account::Attributes;
use cognito::admin::UserRecord;
use cognito::sign_in::{Retries, UserPoolBuilder};
use cognito::types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use cognito::{ErrorKind, UserPool};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, admin_config, done};
use http::{Request, Response};
use serde_json::{Value, json};

/// An HTTP client that records the hosts of requests, and sends none.
#[derive(Clone, Debug, Default)]
struct Hosts(Arc<Mutex<Vec<String>>>);

impl SendHttp for Hosts {
    fn send(
        &self,
        request: Request<Bytes>,
        _: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        self.0.lock().unwrap().push(request.uri().to_string());
        Box::pin(async { Err(HttpError::new(HttpErrorKind::NotConnected)) })
    }
}

async fn host(id: &str, set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder) -> String {
    let hosts = Hosts::default();
    let builder = UserPool::builder(id.parse().unwrap(), "client").http_client(hosts.clone());
    let builder = set_up(builder).retries(Retries::none());
    let forgot = builder.build().unwrap().forgot_password("alice").await;
    assert_eq!(forgot.unwrap_err().kind(), ErrorKind::Transport);
    hosts.0.lock().unwrap().concat()
}

#[tokio::test]
async fn blank_settings_count_as_not_set() {
    for blank in ["", " ", "\n"] {
        let config = aws_types::SdkConfig::builder().endpoint_url(blank).build();
        let address = host("eu-west-1_Ab12Cd34E", |builder| {
            let builder = builder.endpoint(blank).region(blank).jwks_uri(blank).issuer(blank);
            builder.client_secret(blank).sdk_config(&config)
        });
        assert_eq!(address.await, "https://cognito-idp.eu-west-1.amazonaws.com/");
    }
}

#[tokio::test]
async fn requests_go_to_the_region_of_the_pool() {
    let irish = "eu-west-1_Ab12Cd34E";
    let ireland = host(irish, |builder| builder).await;
    assert_eq!(ireland, "https://cognito-idp.eu-west-1.amazonaws.com/");
    let replica = host(irish, |builder| builder.region("eu-central-1")).await;
    assert_eq!(replica, "https://cognito-idp.eu-central-1.amazonaws.com/");
    let beijing = host("cn-north-1_Ab12Cd34E", |builder| builder).await;
    assert_eq!(beijing, "https://cognito-idp.cn-north-1.amazonaws.com.cn/");
    let elsewhere = host(irish, |builder| builder.endpoint("http://127.0.0.1:1/")).await;
    assert_eq!(elsewhere, "http://127.0.0.1:1/");
}

/// Returns the host of each administrator request for a pool with settings and an SDK
/// configuration.
async fn hosts_of_administrators(
    set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder,
    config: &SdkConfig,
) -> Vec<String> {
    let hosts = Hosts::default();
    let builder = UserPool::builder("eu-west-1_Ab12Cd34E".parse().unwrap(), "client");
    let builder = builder.http_client(hosts.clone()).retries(Retries::default().max_attempts(1));
    let pool = set_up(builder).build().unwrap();
    let alice = pool.admin(config).user("alice");
    drop(alice.get().await.unwrap_err());
    drop(alice.devices().await.unwrap_err());
    drop(pool.as_admin(config).sign_in("alice").password(PASSWORD).await.unwrap_err());
    let hosts = hosts.0.lock().unwrap();
    hosts.clone()
}

#[tokio::test]
async fn requests_of_administrators_have_the_endpoint_and_the_retries_of_the_pool() {
    let config = || admin_config().into_builder();
    let retries = RetryConfig::standard().with_max_attempts(5);
    let configs = [
        config().retry_config(retries).build(),
        config().use_fips(true).build(),
        config().use_dual_stack(true).build(),
        config().endpoint_url("https://elsewhere.example").build(),
    ];
    let contributed = SdkConfig::builder().endpoint_url("https://contributed.example").build();
    let fips = "https://cognito-idp-fips.eu-west-1.amazonaws.com/";
    for config in &configs {
        let of_endpoint =
            hosts_of_administrators(|pool| pool.endpoint("https://own.example/"), config);
        assert_eq!(of_endpoint.await, ["https://own.example/"; 3], "{config:?}");
        let of_contributed = hosts_of_administrators(|pool| pool.sdk_config(&contributed), config);
        assert_eq!(of_contributed.await, ["https://contributed.example/"; 3], "{config:?}");
        let of_fips = hosts_of_administrators(UserPoolBuilder::use_fips, config);
        assert_eq!(of_fips.await, [fips; 3], "{config:?}");
    }
    let unset = hosts_of_administrators(|pool| pool, &configs[1]).await;
    assert_eq!(unset, [fips; 3], "a pool without a choice leaves it to the configuration");
}

#[tokio::test(start_paused = true)]
async fn requests_of_administrators_have_the_time_limits_of_the_pool() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let hour = Duration::from_secs(3600);
    let timeouts =
        TimeoutConfig::builder().operation_timeout(hour).operation_attempt_timeout(hour).build();
    let config = admin_config().into_builder().timeout_config(timeouts).build();
    let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse().unwrap(), "client");
    let pool = pool.endpoint(address).attempt_timeout(Duration::from_secs(1));
    let pool = pool.operation_timeout(Duration::from_secs(20)).build().unwrap();
    let alice = pool.admin(&config).user("alice");
    let start = tokio::time::Instant::now();
    assert_eq!(alice.get().await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(alice.devices().await.unwrap_err().kind(), ErrorKind::Transport);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test]
async fn custom_attributes_are_named_without_their_prefix() {
    let team = json!([{ "Name": "team", "AttributeDataType": "String", "Mutable": true }]);
    let fixture = Fixture::new(PoolSettings::default().pool_member("Schema", team));
    let mut attributes = Attributes::new();
    attributes.set("email", "alice@example.com");
    attributes.set_custom("team", "blue");
    attributes.set_custom("team", "red"); // the others are kept
    let sign_up = fixture.pool.sign_up("alice").password(PASSWORD).attributes(attributes);
    sign_up.await.unwrap();
    let alice = fixture.administrator().user("alice");
    alice.confirm_sign_up().await.unwrap();
    let session = fixture.sign_in("alice").await;
    let user = session.user().await.unwrap();
    assert_eq!(user.attributes().custom("team"), Some("red"));
    assert_eq!(user.attribute("custom:team"), Some("red"));
    assert_eq!(user.attributes().email(), Some("alice@example.com"));
}

#[tokio::test]
async fn claims_are_available_without_a_refresh() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    assert!(!session.needs_refresh().unwrap());
    let expires_at = session.expires_at().unwrap();
    fixture.advance(3600);
    assert!(session.needs_refresh().unwrap());
    assert_eq!(session.expires_at().unwrap(), expires_at);
    assert!(fixture.wire.seen("GetTokensFromRefreshToken").is_empty());
    session.access_token().await.unwrap();
    assert!(!session.needs_refresh().unwrap(), "it was refreshed");
    assert!(session.expires_at().unwrap() > expires_at);
}

#[tokio::test]
async fn an_administrator_resets_a_password() {
    let fixture = Fixture::new(PoolSettings::default());
    fixture.register("carol").await;
    fixture.administrator().user("carol").reset_password().await.unwrap();
    let sent = &fixture.wire.seen("AdminResetUserPassword")[0].body;
    let sent: Value = serde_json::from_str(sent).unwrap();
    assert_eq!(sent, json!({ "UserPoolId": fixture.local.id().as_str(), "Username": "carol" }));
    let sign_in = fixture.pool.sign_in("carol").password(PASSWORD).await;
    assert_eq!(sign_in.unwrap_err().kind(), ErrorKind::PasswordResetRequired);
    let code = fixture.local.code_for("carol").unwrap();
    fixture.pool.confirm_forgot_password("carol", code, "Better-horse2").await.unwrap();
    done(fixture.pool.sign_in("carol").password("Better-horse2").await.unwrap());
}

#[tokio::test]
async fn a_user_of_a_list_is_changed_and_deleted_and_no_other() {
    let fixture = Fixture::new(PoolSettings::default());
    let admin = fixture.administrator();
    for name in ["dora", "emil", "fritz"] {
        fixture.create_user(name, &[("email", &format!("{name}@example.com"))]);
    }
    let mut users = admin.users().await.unwrap();
    let emil = users.iter_mut().find(|user| user.username() == "emil").unwrap();
    emil.set("given_name", "Emil");
    emil.save(&admin).await.unwrap();
    admin.user(emil.username()).delete().await.unwrap();

    let sent: Value =
        serde_json::from_str(&fixture.wire.seen("AdminUpdateUserAttributes")[0].body).unwrap();
    let changed = json!([{ "Name": "given_name", "Value": "Emil" }]);
    assert_eq!((&sent["Username"], &sent["UserAttributes"]), (&json!("emil"), &changed));
    let left = admin.users().await.unwrap();
    let mut left: Vec<_> = left.iter().map(UserRecord::username).collect();
    left.sort_unstable();
    assert_eq!(left, ["dora", "fritz"]);
}

#[tokio::test]
async fn sdk_client_is_available_for_other_operations() {
    let fixture = Fixture::new(PoolSettings::default());
    let admin = fixture.administrator();
    admin.create_group("staff").await.unwrap();
    let call = admin.sdk().list_groups().user_pool_id(admin.pool_id().as_str());
    let groups = call.send().await.unwrap().groups.unwrap_or_default();
    assert_eq!(groups[0].group_name(), Some("staff"));
}
