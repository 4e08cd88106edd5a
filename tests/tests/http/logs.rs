//! Events of verifiers and token sources, which must not contain secrets.

use std::sync::Arc;

use cognito::Verifier;
use cognito::http::{ClientCredentials, VerifyLayer, require_group};
use cognito::session::{TokenErrorKind, TokenRequest, TokenSource};
use cognito::verify::{Clients, ReqwestFetcher};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::logs::logged;
use cognito_tests::outgoing::{Only, Scene};
use cognito_tests::planted::Planted;
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};

const USERNAME: &str = "planted-username";

fn request(token: &str) -> http::Request<()> {
    let request = http::Request::get("/").header("authorization", format!("Bearer {token}"));
    request.body(()).unwrap()
}

/// Verifies tokens that are accepted, rejected and insufficient, and returns all of them.
async fn verify(local: &LocalPool) -> Vec<String> {
    let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
    let builder = Verifier::builder(&local.id(), Clients::only(local.client_id()), fetcher);
    let verifier = builder.endpoint(local.endpoint()).clock(local.clock()).build();
    let service =
        service_fn(async |_: http::Request<()>| Ok::<_, std::io::Error>(http::Response::new(())));
    let open = VerifyLayer::access_tokens(verifier.clone()).layer(service);
    let staff = require_group("staff").layer(open.clone());
    let _ = staff.oneshot(http::Request::new(())).await.unwrap();
    let access = local.access_token_for(json!({ "username": USERNAME })).unwrap();
    let id = local.id_token_for(json!({ "cognito:username": USERNAME })).unwrap();
    let (access, id) = (access.expose_secret().to_owned(), id.expose_secret().to_owned());
    for (token, status) in [(&access, 200), (&id, 401)] {
        let response = open.clone().oneshot(request(token)).await.unwrap();
        assert_eq!(response.status(), status);
    }
    let staff = VerifyLayer::access_tokens(verifier).layer(require_group("staff").layer(service));
    assert_eq!(staff.oneshot(request(&access)).await.unwrap().status(), 403);
    vec![access, id]
}

/// Fetches a machine token from the endpoint and from a server that rejects it.
async fn machine_tokens(local: &LocalPool) -> Vec<String> {
    let (client, secret) = local.create_machine_client(["orders/read"]).unwrap();
    let machine = |secret: String| {
        let builder = ClientCredentials::at_domain(local.endpoint(), &client);
        builder.clock(local.clock()).client_secret(secret).build().unwrap()
    };
    let secret = secret.expose_secret().to_owned();
    let token = machine(secret.clone()).token(&TokenRequest::access()).await.unwrap();
    let error = machine("planted-wrong-secret".to_owned()).token(&TokenRequest::access()).await;
    assert_ne!(error.unwrap_err().kind(), TokenErrorKind::Transient);
    vec![token.expose_secret().to_owned(), secret, "planted-wrong-secret".to_owned()]
}

#[test]
fn events_contain_results_but_no_token_and_no_claim() {
    let (secrets, log) = logged(async {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await;
        let local = emulator.unwrap().create_pool(PoolSettings::default()).unwrap();
        let mut secrets = verify(&local).await;
        secrets.extend(machine_tokens(&local).await);
        let scene = Scene::with_old_token(Only("token2")).await;
        assert_eq!(scene.client().get(scene.url("/")).send().await.unwrap().status(), 200);
        secrets.extend([USERNAME, "token1", "token2"].map(str::to_owned));
        secrets
    });
    let own: String = log
        .lines()
        .filter(|line| line.contains("cognito_tokens") || line.contains("cognito_http"))
        .map(|line| format!("{line}\n"))
        .collect();
    for wanted in [
        "fetched keys",
        "a token was rejected reason=BadToken error=the token's use is id, not access",
        "a request was refused status=403",
        "the endpoint issued a token",
        "cannot fetch a token error=Configuration",
        "the server rejected the token kind=Access",
        "fetched a token kind=Access",
    ] {
        assert!(own.contains(wanted), "{wanted} is not logged:\n{own}");
    }
    let mut planted = Planted::default();
    secrets.into_iter().for_each(|secret| planted.plant("secret", secret));
    planted.assert_absent("the log", &own);
}
