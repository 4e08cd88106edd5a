//! The actix-web service of the guide.

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use cognito::Verifier;
use cognito::verify::{Clients, ReqwestFetcher};
use cognito_emulator::{Emulator, PoolSettings, SigningKeys};
use cognito_services_tests::actix::Access;
use serde_json::json;

async fn me(Access(claims): Access) -> String {
    claims.username().unwrap_or("a program").to_owned()
}

#[actix_web::test]
async fn only_requests_with_a_valid_token_reach_a_handler() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
    let verifier = Verifier::builder(&local.id(), Clients::only(local.client_id()), fetcher);
    let verifier = web::Data::new(verifier.endpoint(local.endpoint()).build());
    let app = move || App::new().app_data(verifier.clone()).route("/me", web::get().to(me));
    let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/me", server.addrs()[0]);
    actix_web::rt::spawn(server.run());

    let access = local.access_token_for(json!({ "username": "alice" })).unwrap();
    let id = local.id_token_for(json!({ "cognito:username": "alice" })).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |token: &str| {
        let request = client.get(&url).header("authorization", token);
        request.send().await.unwrap()
    };
    let response = send(&format!("Bearer {}", access.expose_secret())).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "alice");
    let response = send(&format!("Bearer {}", id.expose_secret())).await;
    assert_eq!(response.status(), 401);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    assert_eq!(send("Basic dXNlcg==").await.status(), 401);
}

#[test]
fn guide_contains_this_code() {
    let (code, guide) =
        (include_str!("../src/actix.rs"), include_str!("../../../docs/web-services.md"));
    let (_, code) = code.split_once("\n\n").unwrap();
    assert!(guide.contains(code), "copy src/actix.rs to docs/web-services.md");
}
