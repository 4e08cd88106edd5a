//! The places of a token in a request: headers, cookies, the query, a subprotocol and functions.

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use axum::http::{Request, Response};
use axum::routing::get;
use cognito::Verifier;
use cognito::http::VerifyLayer;
use cognito::verify::Required;
use tower::{Layer, ServiceExt, service_fn};

use super::{Tokens, anonymous, ask, bearer, challenge, text};

/// Tokens that are refused without a verification of their signature.
const IMPLAUSIBLE: [&str; 6] =
    ["exp-past", "nbf-future", "iss-otherpool", "use-id-as-access", "client-suffix", "alg-rs512"];

/// Returns the request of a browser for `new WebSocket(url, protocols)`.
fn websocket(protocols: &str) -> Request<Body> {
    let request = Request::get("/").header("upgrade", "websocket").header("connection", "upgrade");
    request.header("sec-websocket-protocol", protocols).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_websocket_request_has_its_token_in_a_subprotocol() {
    let tokens = Tokens::new();
    let token = tokens.get("ok-access");
    const HEADER: &str = "sec-websocket-protocol";
    // Selects `chat` if it is offered, and echoes the received protocols.
    let service = service_fn(async |request: Request<Body>| {
        let offered = request.headers()[HEADER].to_str().unwrap().to_owned();
        let mut response = Response::new(Body::from(offered.clone()));
        *response.status_mut() = axum::http::StatusCode::SWITCHING_PROTOCOLS;
        if offered.contains("chat") {
            response.headers_mut().insert(HEADER, "chat".parse().unwrap());
        }
        Ok::<_, std::io::Error>(response)
    });
    let layer = VerifyLayer::access_tokens(tokens.verifier());
    let by_header = layer.clone().layer(service);
    let service = layer.or_websocket_protocol("bearer".parse().unwrap()).layer(service);
    for (offered, selected, seen) in [
        (format!("bearer, {token}"), "bearer", "bearer"),
        (format!("chat, bearer, {token}"), "chat", "chat, bearer"),
    ] {
        let response = service.clone().oneshot(websocket(&offered)).await.unwrap();
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()[HEADER], selected);
        assert_eq!(text(response).await, seen);
    }
    for (offered, status) in [("bearer, a.b.c", 401), ("bearer", 400), ("chat", 401)] {
        let response = service.clone().oneshot(websocket(offered)).await.unwrap();
        assert_eq!(response.status(), status, "{offered}");
        assert!(!response.headers().contains_key(HEADER));
    }
    let off = by_header.oneshot(websocket(&format!("bearer, {token}"))).await.unwrap();
    assert_eq!(off.status(), 401, "the place must be named");
}

#[tokio::test]
async fn the_token_may_come_in_a_cookie_or_another_header() {
    let tokens = Tokens::new();
    let layer = VerifyLayer::access_tokens(tokens.verifier());
    let layer = layer.header(HeaderName::from_static("x-token"), "").or_cookie("token");
    let router = Router::new().route("/", get(async || "ok")).layer(layer);
    let token = tokens.get("ok-access");
    let with = |name: HeaderName, value: String| {
        Request::get("/").header(name, value).body(Body::empty()).unwrap()
    };
    let in_header = with(HeaderName::from_static("x-token"), token.clone());
    let in_cookie = with(COOKIE, format!("other=1; token={token}"));
    let twice = with(COOKIE, format!("token={token}; token=x"));
    for (request, status) in
        [(in_header, 200), (in_cookie, 200), (twice, 200), (bearer(&token), 401)]
    {
        assert_eq!(ask(&router, request).await.status(), status);
    }
}

#[tokio::test]
async fn a_stale_cookie_of_the_same_name_does_not_hide_the_valid_one() {
    let tokens = Tokens::new();
    let layer = VerifyLayer::access_tokens(tokens.verifier()).or_cookie("token");
    let router = Router::new().route("/", get(async || "ok")).layer(layer);
    let (good, stale) = (tokens.get("ok-access"), tokens.get("exp-past"));
    for (cookies, expected) in [
        (format!("token=\"{good}\""), 200),
        (format!("token={stale}; token={good}"), 200),
        (format!("token={good}; token={stale}"), 200),
        (format!("token=; token=x; token=\"{good}\""), 200),
        (format!("{}token={good}", "token=stale; ".repeat(8)), 200),
        (format!("token={stale}; token=x"), 401),
        ("token=x".to_owned(), 401),
        ("token=".to_owned(), 401),
    ] {
        assert_eq!(ask(&router, with_cookies(&cookies)).await.status(), expected, "{cookies}");
    }
}

#[tokio::test]
async fn only_cookies_with_a_plausible_token_count_for_the_limit_of_signatures() {
    let tokens = Tokens::new();
    let layer = VerifyLayer::access_tokens(tokens.verifier()).or_cookie("token");
    let router = Router::new().route("/", get(async || "ok")).layer(layer);
    let cookie = |id: &str| format!("token={}; ", tokens.get(id));
    let good = cookie("ok-access");
    let status = async |cookies: String| ask(&router, with_cookies(&cookies)).await.status();
    for stale in IMPLAUSIBLE {
        assert_eq!(status(cookie(stale).repeat(63) + &good).await, 200, "{stale}");
        assert_eq!(status(cookie(stale).repeat(64) + &good).await, 401, "{stale}");
    }
    for forged in ["sig-flip", "kid-unknown"] {
        assert_eq!(status(cookie(forged).repeat(7) + &good).await, 200, "{forged}");
        assert_eq!(status(cookie(forged).repeat(8) + &good).await, 401, "{forged}");
    }
    let both = [cookie("sig-flip"), cookie("exp-past")].concat();
    assert_eq!(status(both.repeat(7) + &good).await, 200);
}

fn with_cookies(cookies: &str) -> Request<Body> {
    Request::get("/").header(COOKIE, cookies).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn refusal_of_several_tokens_is_that_of_the_most_valid_one() {
    let tokens = Tokens::new();
    let rules = tokens.rules().scopes(Required::any_of(["api/write"]));
    let verifier = Verifier::offline(rules, tokens.keys()).clock(tokens.clock()).build();
    let layer = VerifyLayer::access_tokens(verifier).or_cookie("token");
    let router = Router::new().route("/", get(async || "ok")).layer(layer);
    let (narrow, stale) = (tokens.get("ok-access"), tokens.get("exp-past"));
    for (cookies, status, part) in [
        (format!("token={stale}; token={narrow}"), 403, "insufficient_scope"),
        (format!("token={narrow}; token={stale}"), 403, "insufficient_scope"),
        (format!("token={stale}; token=x"), 401, "expired"),
        (format!("token=a.b.c; token={stale}"), 401, "malformed"),
        (format!("token=x; token={stale}"), 401, "expired"),
    ] {
        let response = ask(&router, with_cookies(&cookies)).await;
        assert_eq!(response.status(), status, "{cookies}");
        assert!(challenge(&response).contains(part), "{}", challenge(&response));
    }
}

#[tokio::test]
async fn the_token_may_come_without_prefix_in_the_query_or_by_a_function() {
    let tokens = Tokens::new();
    let token = tokens.get("ok-access");
    let from_path = |parts: &axum::http::request::Parts| {
        parts.uri.path().strip_prefix("/download/").map(str::to_owned)
    };
    let layer = VerifyLayer::access_tokens(tokens.verifier())
        .optional_prefix()
        .or_query("access_token")
        .or_token_from(from_path);
    let router = Router::new().fallback(async || "ok").layer(layer);
    let bare = Request::get("/").header(AUTHORIZATION, &token).body(Body::empty()).unwrap();
    let both = Request::get(format!("/?access_token={token}")).header(AUTHORIZATION, &token);
    let both = both.body(Body::empty()).unwrap();
    for (request, expected) in [
        (bare, 200),
        (bearer(&token), 200),
        (anonymous(&format!("/?access_token={token}")), 200),
        (anonymous(&format!("/?access_token={token}&access_token=x")), 400),
        (both, 400),
        (anonymous(&format!("/download/{token}")), 200),
        (anonymous("/download/x"), 401),
        (anonymous("/"), 401),
    ] {
        assert_eq!(ask(&router, request).await.status(), expected);
    }
}
