//! Clients of the AWS SDK with the provider's credentials.

use std::time::Duration;

use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use cognito::admin::{SdkConfig, SdkRegion, SharedCredentialsProvider};
use cognito::identity_pool::IdentityPoolCredentials;
use cognito::sdk::config::{BehaviorVersion, IdentityCache};
use cognito::sdk::{Client, Config};
use cognito::session::TokenErrorKind;
use cognito::{ErrorKind, UserPools};
use cognito_tests::mock_server::MockServer;
use wiremock::{Mock, Request, ResponseTemplate, matchers};

use crate::support::{HOUR, Scene};

/// A server of another AWS service, here of user pools, and its clients.
struct Service(MockServer);

impl Service {
    async fn start() -> Self {
        let server = MockServer::start().await;
        let response = ResponseTemplate::new(200).set_body_string(r#"{"UserPools":[]}"#);
        Mock::given(matchers::any()).respond_with(response).mount(&server).await;
        Self(server)
    }

    /// Returns an SDK client with these credentials.
    fn client(&self, provider: &IdentityPoolCredentials, cache: SharedIdentityCache) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(SdkRegion::new("eu-west-1"))
            .endpoint_url(self.0.uri())
            .credentials_provider(provider.clone())
            .identity_cache(cache)
            .build();
        Client::from_conf(config)
    }

    /// Returns an SDK configuration for administration with these credentials.
    fn config(&self, provider: &IdentityPoolCredentials) -> SdkConfig {
        SdkConfig::builder()
            .credentials_provider(SharedCredentialsProvider::new(provider.clone()))
            .region(SdkRegion::new("eu-west-1"))
            .endpoint_url(self.0.uri())
            .build()
    }

    async fn requests(&self) -> Vec<Request> {
        self.0.received_requests().await.unwrap()
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).unwrap().to_str().unwrap()
}

#[tokio::test]
async fn a_client_of_the_sdk_signs_with_the_credentials() {
    let (scene, service) = (Scene::new().await, Service::start().await);
    let client = service.client(&scene.provider(), IdentityCache::lazy().build());
    for _ in 0..3 {
        client.list_user_pools().max_results(1).send().await.unwrap();
    }
    for request in service.requests().await {
        let signed = header(&request, "authorization");
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=ASIA1/"), "{signed}");
        assert_eq!(header(&request, "x-amz-security-token"), "planted token");
    }
    assert_eq!(scene.counts().await, (1, 1));
}

/// The cache of the SDK has its own clock: the credentials expire sooner than its buffer time.
#[tokio::test]
async fn buffer_time_of_the_sdk_decides_when_credentials_are_refreshed() {
    let (scene, service) = (Scene::new().await, Service::start().await);
    let cache = IdentityCache::lazy().buffer_time(2 * HOUR).build();
    let client = service.client(&scene.provider(), cache);
    client.list_user_pools().max_results(1).send().await.unwrap();
    scene.clock.advance(Duration::from_secs(60));
    client.list_user_pools().max_results(1).send().await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}

#[tokio::test]
async fn administration_takes_the_provider_in_an_sdk_configuration() {
    let (scene, service) = (Scene::new().await, Service::start().await);
    let config = service.config(&scene.provider());
    let mut pools = UserPools::new(&config).list().stream();
    assert!(pools.next().await.is_none());
    let requests = service.requests().await;
    assert!(header(&requests[0], "authorization").contains("Credential=ASIA1/"));
}

#[tokio::test]
async fn administration_is_not_retried_after_the_end_of_the_session() {
    let (scene, service) = (Scene::new().await, Service::start().await);
    scene.tokens.fail(TokenErrorKind::Ended);
    let config = service.config(&scene.provider());
    let error = UserPools::new(&config).list().stream().next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert!(!error.is_transient());
    assert!(service.requests().await.is_empty());
}
