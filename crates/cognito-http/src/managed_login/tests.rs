//! Tests without a server: URLs, callbacks and the secrets of a sign-in.

use std::collections::BTreeMap;

use cognito_types::TokenErrorKind;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use super::*;

const CALLBACK: &str = "https://www.example.com/callback?from=login";

fn builder() -> ManagedLoginBuilder {
    let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
    ManagedLogin::builder(&pool, "client", "https://auth.example.com/")
}

fn login() -> ManagedLogin {
    builder().scopes(["openid", "email"]).build().unwrap()
}

fn pending() -> PendingSignIn {
    login().authorization_url(CALLBACK).build().unwrap().into_pending()
}

fn query(url: &str) -> BTreeMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn the_authorization_url_has_the_parameters_of_the_code_flow() {
    let request = login().authorization_url(CALLBACK).build().unwrap();
    assert!(request.url().starts_with("https://auth.example.com/oauth2/authorize?"));
    let query = query(request.url());
    let names: Vec<&str> = query.keys().map(String::as_str).collect();
    let expected = [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ];
    assert_eq!(names, expected);
    assert_eq!((&*query["client_id"], &*query["response_type"]), ("client", "code"));
    assert_eq!((&*query["redirect_uri"], &*query["scope"]), (CALLBACK, "openid email"));
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["code_challenge"], request.pending().code_challenge());
    assert_eq!(query["state"], request.pending().state());
    for secret in ["state", "nonce", "code_challenge"] {
        assert_eq!(query[secret].len(), 43, "{secret}");
    }
}

#[test]
fn each_sign_in_has_its_own_secrets() {
    let (one, other) = (pending(), pending());
    assert_ne!(one.state(), other.state());
    assert_ne!(one.nonce(), other.nonce());
    assert_ne!(one.code_verifier(), other.code_verifier());
    assert!(one.state() != one.nonce() && one.state() != one.code_verifier());
}

#[cfg(target_os = "linux")]
#[test]
fn a_dropped_sign_in_leaves_no_copy_of_its_secrets() {
    use crate::memory::Planted;

    let request = login().authorization_url(CALLBACK).build().unwrap();
    let pending = request.pending();
    let secrets = [pending.state(), pending.nonce(), pending.code_verifier()];
    let secrets = secrets.map(|secret| Planted::of(secret.as_bytes()));
    assert!(secrets.iter().all(Planted::is_in_memory));
    drop(request);
    assert_eq!(secrets.map(|secret| secret.is_in_memory()), [false; 3]);
}

#[test]
fn options_are_parameters_of_the_url() {
    let url = login()
        .authorization_url(CALLBACK)
        .scopes(["orders/read"])
        .idp_identifier("example.com")
        .identity_provider("Google & co")
        .login_hint("alice@example.com")
        .login_hint("bob+1@example.com")
        .prompt(Prompt::Login)
        .prompt(Prompt::Consent)
        .lang("pt-BR")
        .resource("https://api.example.com")
        .build()
        .unwrap();
    let query = query(url.url());
    assert_eq!(query["scope"], "orders/read");
    assert_eq!(query["identity_provider"], "Google & co");
    assert!(!query.contains_key("idp_identifier"), "the provider replaces it");
    assert_eq!(query["login_hint"], "bob+1@example.com");
    assert_eq!(query["prompt"], "login consent");
    assert_eq!((&*query["lang"], &*query["resource"]), ("pt-BR", "https://api.example.com"));
    let all = builder().build().unwrap().authorization_url(CALLBACK).build().unwrap();
    assert!(!all.url().contains("scope="), "no scope stands for all of the app client");
}

#[test]
fn settings_that_the_service_never_accepts_are_refused_with_a_reason() {
    let refused =
        |scopes: &[&str]| builder().scopes(scopes.iter().copied()).build().unwrap_err().to_string();
    assert!(refused(&["openid", "offline_access"]).contains("without it"));
    assert!(refused(&["email"]).contains("openid"));
    assert!(refused(&["openid email"]).contains("on its own"));
    assert!(refused(&[""]).contains("on its own"));
    for uri in ["", "/callback", "http://www.example.com/", "https://a.example/#x", "a.example"] {
        assert!(login().authorization_url(uri).build().is_err(), "{uri}");
    }
    for uri in ["http://localhost:8765/cb", "http://[::1]:1/", "myapp://callback", "myapp:/x"] {
        assert!(login().authorization_url(uri).build().is_ok(), "{uri}");
    }
    let prompts = login().authorization_url(CALLBACK).prompt(Prompt::Login).prompt(Prompt::None);
    assert!(prompts.build().unwrap_err().to_string().contains("none"));
    let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
    for domain in ["auth.example.com", "http://auth.example.com", "https://a.example/login"] {
        let error = ManagedLogin::builder(&pool, "client", domain).build().unwrap_err();
        assert!(error.to_string().contains("domain"), "{domain}: {error}");
        assert_eq!(error.kind(), TokenErrorKind::Configuration);
    }
}

#[test]
fn the_code_challenge_is_that_of_rfc_7636() {
    let mut written = serde_json::to_value(pending()).unwrap();
    written["code_verifier"] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
    let pending: PendingSignIn = serde_json::from_value(written).unwrap();
    assert_eq!(pending.code_challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn a_pending_sign_in_survives_serialization_and_is_not_printed() {
    let pending = pending();
    let text = serde_json::to_string(&pending).unwrap();
    let read: PendingSignIn = serde_json::from_str(&text).unwrap();
    assert_eq!((read.state(), read.redirect_uri()), (pending.state(), CALLBACK));
    assert_eq!((read.nonce(), read.code_verifier()), (pending.nonce(), pending.code_verifier()));
    let request = login().authorization_url(CALLBACK).build().unwrap();
    for secret in [pending.state(), pending.nonce(), pending.code_verifier()] {
        assert!(!format!("{pending:?} {pending:#?}").contains(secret));
    }
    assert!(!format!("{request:?}").contains(request.pending().state()));
}

#[test]
fn errors_do_not_quote_a_secret_of_another_type() {
    for secret in ["state", "nonce", "code_verifier"] {
        let mut wrong = serde_json::to_value(pending()).unwrap();
        wrong[secret] = 918_273.into();
        let error = serde_json::from_value::<PendingSignIn>(wrong).unwrap_err().to_string();
        assert!(error.starts_with("a secret must be a string"), "{secret}: {error}");
    }
}

#[test]
fn the_code_is_found_in_a_query_and_in_a_url() {
    let pending = pending();
    let state = pending.state();
    for callback in [
        format!("code=c0de&state={state}"),
        format!("?state={state}&code=c0de"),
        format!("/callback?code=c0de&state={state}&session_state=x"),
        format!("https://www.example.com/callback?code=c0de&state={state}#_=_"),
        format!("myapp://callback?code=c0de&state={state}"),
        format!("myapp:/callback?code=c%30de&state={state}"),
        format!("hint=who?&code=c0de&state={state}"),
        format!("https://www.example.com/cb;v=1?code=c0de&state={state}&hint=who?"),
        format!("callback?code=c0de&state={state}"),
    ] {
        let code = callback::code(&callback, &pending).unwrap();
        assert_eq!(code.expose_secret(), "c0de", "{callback}");
        assert!(pending.is_for(&callback));
    }
}

#[test]
fn parameters_of_the_callback_url_are_not_those_of_the_callback() {
    for own in ["state=a", "code=a", "error=a", "error_description=a%20b", "code=a&state=a&x=y"] {
        let redirect_uri = format!("https://www.example.com/callback?{own}");
        let request = login().authorization_url(&redirect_uri).build().unwrap();
        let pending = request.into_pending();
        let added = format!("code=c0de&state={}", pending.state());
        for callback in [
            format!("{redirect_uri}&{added}"),
            format!("{own}&{added}"),
            format!("{added}&{}", own.replace("%20", "+")),
            // The service may replace a parameter.
            format!("https://www.example.com/callback?{added}"),
        ] {
            let code = callback::code(&callback, &pending).expect(&callback);
            assert_eq!(code.expose_secret(), "c0de", "{callback}");
            assert!(pending.is_for(&callback), "{callback}");
        }
        let denied = format!("{own}&error=access_denied&state={}", pending.state());
        let refused = callback::code(&denied, &pending);
        assert!(matches!(refused, Err(ManagedLoginError::Rejected(_))), "{denied}");
        let repeated = format!("{own}&{added}&{added}");
        let refused = callback::code(&repeated, &pending);
        assert!(matches!(refused, Err(ManagedLoginError::MalformedCallback(_))), "{repeated}");
    }
}

#[test]
fn callback_of_another_sign_in_is_rejected() {
    let (pending, other) = (pending(), pending());
    for state in [other.state(), "", &pending.state()[1..], &format!("{}=", pending.state())] {
        for rest in ["code=c0de", "error=access_denied", "x=y"] {
            let callback = format!("{rest}&state={state}");
            let refused = callback::code(&callback, &pending);
            assert!(matches!(refused, Err(ManagedLoginError::WrongState)), "{callback}");
            assert!(!pending.is_for(&callback));
        }
    }
}

#[test]
fn a_pending_sign_in_without_a_state_or_of_another_version_has_no_callback() {
    let pending = pending();
    for (member, value, state) in [("state", json!(""), ""), ("version", json!(2), pending.state())]
    {
        let mut written = serde_json::to_value(&pending).unwrap();
        written[member] = value;
        let changed: PendingSignIn = serde_json::from_value(written).unwrap();
        let callback = format!("code=c0de&state={state}");
        let refused = callback::code(&callback, &changed);
        assert!(matches!(refused, Err(ManagedLoginError::WrongState)), "{member}");
        assert!(!changed.is_for(&callback));
    }
}

#[test]
fn malformed_callbacks_are_refused() {
    let pending = pending();
    let state = pending.state();
    for callback in [
        String::new(),
        "myapp://callback".to_owned(),
        "code=c0de".to_owned(),
        format!("state={state}"),
        format!("code=&state={state}"),
        format!("code=a&code=b&state={state}"),
        format!("code=a&state={state}&state={state}"),
        format!("error=a&error=b&state={state}"),
        format!("#code=a&state={state}"),
        format!("code=a&state={state}&x={}", "y".repeat(65_536)),
        format!("%63ode=a&code=b&state={state}"),
    ] {
        let refused = callback::code(&callback, &pending).unwrap_err();
        assert!(matches!(refused, ManagedLoginError::MalformedCallback(_)), "{refused}");
        assert!(callback.starts_with("code=&") || !pending.is_for(&callback), "{callback}");
    }
}

fn rejection(parameters: &str) -> Rejection {
    let pending = pending();
    let callback = format!("{parameters}&state={}", pending.state());
    match callback::code(&callback, &pending).unwrap_err() {
        ManagedLoginError::Rejected(rejection) => rejection,
        other => panic!("{other}"),
    }
}

#[test]
fn rejections_are_classified_as_the_service_writes_them() {
    use RejectionKind::*;
    for (parameters, kind) in [
        ("error_description=invalid_scope&error=invalid_request", InvalidScope),
        ("error=invalid_scope", InvalidScope),
        ("error=access_denied&error_description=User+cancelled", AccessDenied),
        ("error=access_denied&code=c0de", AccessDenied),
        ("error=login_required", LoginRequired),
        ("error=consent_required", InteractionRequired),
        ("error=unauthorized_client", UnauthorizedClient),
        (
            "error_description=PreSignUp+failed+with+error+not+invited.+&error=invalid_request",
            Trigger,
        ),
        (
            "error_description=PreSignUp+invocation+failed+due+to+error+timeout.&error=invalid_request",
            Trigger,
        ),
        ("error_description=Invalid+lambda+function+output&error=invalid_request", Trigger),
        (
            "error_description=Already+found+an+entry+for+username+google_123&error=invalid_request",
            Linked,
        ),
        (
            "error=invalid_request&error_description=Timeout+occurred+in+calling+IdP+token+endpoint",
            Unavailable,
        ),
        ("error=invalid_request&error_description=Read+timed+out", Unavailable),
        ("error=temporarily_unavailable", Unavailable),
        ("error=invalid_request", InvalidRequest),
        ("error=%3Cscript%3E", Other),
    ] {
        assert_eq!(rejection(parameters).kind(), kind, "{parameters}");
    }
}

#[test]
fn a_trigger_s_message_is_kept_apart_from_the_error_s_own_text() {
    let description = "PreSignUp+failed+with+error+%3Cb%3Enot+invited%3C%2Fb%3E.+";
    let refused = rejection(&format!("error_description={description}&error=invalid_request"));
    assert_eq!(refused.reason(), Some("<b>not invited</b>"));
    assert_eq!(refused.code(), "invalid_request");
    assert_eq!(refused.description(), Some("PreSignUp failed with error <b>not invited</b>. "));
    let error = ManagedLoginError::Rejected(refused);
    for text in [error.to_string(), error.public_message().to_owned()] {
        assert!(!text.contains("invited"), "{text}");
    }
    assert_eq!(error.kind(), TokenErrorKind::Ended);
    let denied = rejection("error_description=why?&error=access_denied");
    assert_eq!((denied.reason(), denied.description()), (None, Some("why?")));
}

#[tokio::test]
async fn a_pending_sign_in_of_another_app_client_is_not_exchanged() {
    let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let other = ManagedLogin::builder(&pool, "other", "https://auth.example.com").build().unwrap();
    let pending = pending();
    let refused = other.exchange(&pending, &format!("code=c&state={}", pending.state())).await;
    assert!(matches!(refused, Err(ManagedLoginError::InvalidSetting(_))));
}

#[test]
fn a_client_secret_with_the_line_break_of_its_file_is_refused() {
    let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let builder = ManagedLogin::builder(&pool, "client", "https://auth.example.com");
    let refused = builder.client_secret("secret\n").build().unwrap_err();
    assert!(refused.to_string().contains("line break"), "{refused}");
}

#[test]
fn the_logout_url_names_the_client_and_the_page() {
    let url = login().logout_url("https://www.example.com/bye?a=b&c");
    assert!(url.starts_with("https://auth.example.com/logout?"));
    let query = query(&url);
    assert_eq!((&*query["client_id"], query.len()), ("client", 2));
    assert_eq!(query["logout_uri"], "https://www.example.com/bye?a=b&c");
}

#[test]
fn the_types_are_shared_between_threads_and_cheap_to_clone() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<ManagedLogin>();
    shared::<PendingSignIn>();
    shared::<VerifiedTokens>();
    fn sent<T: Send>(_: T) {}
    let (login, pending) = (login(), pending());
    sent(login.exchange(&pending, ""));
    sent(async { LoopbackListener::bind("").await.unwrap().callback(&pending).await });
}

#[tokio::test]
async fn key_set_over_plain_http_is_fetched_without_the_proxy_of_the_domain() {
    let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (endpoint, proxy) = (listen().await, listen().await);
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    for domain in ["https://auth.example.com", "http://127.0.0.1:1"] {
        let http = reqwest::Client::builder().proxy(reqwest::Proxy::all(url(&proxy)).unwrap());
        let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
        let login = ManagedLogin::builder(&pool, "client", domain).endpoint(url(&endpoint));
        let login = login.build_with(http).unwrap();
        let fetch = tokio::spawn(async move { login.inner.verifier.prefetch().await });
        let is_direct = tokio::select! {
            _ = endpoint.accept() => true,
            _ = proxy.accept() => false,
        };
        fetch.abort();
        assert!(is_direct, "{domain}");
    }
}
