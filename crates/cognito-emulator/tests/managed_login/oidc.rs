//! OpenID Connect providers on loopback addresses, which are really called.

use cognito_emulator::{Emulator, LocalPool, SigningKeys};
use serde_json::{Value, json};

use crate::external_support::{attribute, error, id_claims, invalid, open_mock, user};
use crate::oidc_support::{
    Begun, ENDPOINTS, Provider, add_corp, details, id_token, pool_with, sign_in, to_corp,
};
use crate::support::{
    App, Browser, PASSWORD, header, pool, sent_parameter, sent_parameters, settings,
};

async fn started() -> Emulator {
    Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap()
}

/// Returns a pool with the user bea, for use as a provider.
fn provider_pool(emulator: &Emulator, callback: &str) -> (LocalPool, Value) {
    let local = emulator.create_pool(settings()).unwrap();
    let bea = json!({ "Username": "bea", "UserAttributes": [
        { "Name": "email", "Value": "bea@corp.example" }, { "Name": "name", "Value": "Bea" },
        { "Name": "email_verified", "Value": "true" },
    ] });
    local.call("AdminCreateUser", bea).unwrap();
    let password = json!({ "Username": "bea", "Password": PASSWORD, "Permanent": true });
    local.call("AdminSetUserPassword", password).unwrap();
    let client = json!({
        "ClientName": "relying pool", "GenerateSecret": true, "CallbackURLs": [callback],
        "AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": ["openid", "email", "profile"],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = local.call("CreateUserPoolClient", client).unwrap()["UserPoolClient"].clone();
    let details = json!({
        "client_id": client["ClientId"], "client_secret": client["ClientSecret"],
        "oidc_issuer": local.issuer(), "authorize_scopes": "openid email profile",
        "attributes_request_method": "GET"
    });
    (local, details)
}

#[tokio::test]
async fn pool_is_the_provider_of_another_pool_of_the_same_and_of_another_emulator() {
    let emulator = started().await;
    let other = started().await;
    for of_provider in [&emulator, &other] {
        sign_in_across(&emulator, emulator.endpoint(), of_provider, of_provider.endpoint()).await;
    }
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn pool_is_the_provider_of_another_pool_over_tls_of_the_same_authority() {
    let directory = tempfile::tempdir().unwrap();
    let start = async || {
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
        builder.tls_ca(directory.path()).start().await.unwrap()
    };
    let (emulator, other) = (start().await, start().await);
    let endpoint = |emulator: &Emulator| emulator.tls_endpoint().unwrap().to_owned();
    for of_provider in [&emulator, &other] {
        sign_in_across(&emulator, &endpoint(&emulator), of_provider, &endpoint(of_provider)).await;
    }
    let stranger = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let stranger = stranger.tls().start().await.unwrap();
    let local = emulator.create_pool(settings()).unwrap();
    add_corp(&local, &details(&stranger.create_pool(settings()).unwrap().issuer()));
    let back = Browser::of(&local).open(&to_corp(&local)).await;
    let message = "TLS to the identity provider failed: its certificate must be of the emulator's \
                   authority";
    assert_eq!(error(&back), invalid(message));
}

/// Signs in bea, a user of one emulator, at a pool of another emulator.
async fn sign_in_across(
    emulator: &Emulator,
    endpoint: &str,
    of_provider: &Emulator,
    provider_endpoint: &str,
) {
    let local = emulator.create_pool(settings()).unwrap();
    let (provider, details) = provider_pool(of_provider, &format!("{endpoint}/oauth2/idpresponse"));
    add_corp(&local, &details);
    let mut browser = Browser::at(&local, endpoint);
    let mut at_provider = Browser::at(&provider, provider_endpoint);
    let sent = browser.open(&to_corp(&local)).await;
    let (url, query) = header(&sent, "location").split_once('?').unwrap();
    assert_eq!(url, format!("{provider_endpoint}/oauth2/authorize"));
    at_provider.open(query).await;
    let sent = at_provider.fill_in(query, "bea", PASSWORD).await;
    let back = browser.get(header(&sent, "location").strip_prefix(endpoint).unwrap()).await;
    let id = id_claims(&local, &back).await;
    let sub = &user(&provider, "bea")["UserAttributes"][0];
    assert_eq!(sub["Name"], "sub");
    assert_eq!(id["cognito:username"], format!("Corp_{}", sub["Value"].as_str().unwrap()));
    assert_eq!((&id["email"], &id["email_verified"]), (&json!("bea@corp.example"), &json!(true)));
    assert_eq!((&id["name"], &id["nonce"]), (&json!("Bea"), &Value::Null));
    assert_eq!(id["identities"][0]["providerType"], "OIDC");
}

#[tokio::test]
async fn provider_gets_a_state_and_a_nonce_of_the_pool_and_the_hints_of_the_application() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let app = App::of(&local).with("identity_provider", "Corp").with("nonce", "n-of-app");
    let app = app.with("login_hint", "ann@corp.example").with("prompt", "login consent");
    let sent = Browser::of(&local).open(&app.query()).await;
    let prefix = format!("{}/authorize?tenant=1&client_id=our-client&", provider.issuer);
    assert!(header(&sent, "location").starts_with(&prefix), "{}", header(&sent, "location"));
    let parameters = sent_parameters(&sent);
    let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "tenant",
            "client_id",
            "redirect_uri",
            "scope",
            "response_type",
            "state",
            "nonce",
            "login_hint",
            "prompt"
        ]
    );
    let sent = |name: &str| {
        parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).unwrap()
    };
    assert_eq!(sent("redirect_uri"), "http://localhost:9229/oauth2/idpresponse");
    assert_eq!((sent("scope"), sent("response_type")), ("openid email", "code"));
    assert_eq!((sent("login_hint"), sent("prompt")), ("ann@corp.example", "login consent"));
    assert!(sent("state").len() > 40 && sent("nonce").len() > 40);
    assert_ne!(sent("nonce"), "n-of-app");
    let mut at_domain = Browser::at(&local, "http://127.0.0.1:9229");
    let sent = at_domain.open(&to_corp(&local)).await;
    let redirect_uri = sent_parameter(&sent, "redirect_uri").unwrap();
    assert_eq!(
        redirect_uri, "http://127.0.0.1:9229/oauth2/idpresponse",
        "the host is that of the cookie"
    );
}

#[tokio::test]
async fn redirect_uri_has_the_public_url_if_a_proxy_replaces_the_host() {
    let provider = Provider::start().await;
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let builder = builder.endpoint("http://localhost:9229").public_url("https://login.test");
    let local = builder.in_process().create_pool(settings()).unwrap();
    local.call("CreateUserPoolDomain", json!({ "Domain": "shop" })).unwrap();
    add_corp(&local, &details(&provider.issuer));
    let of_domain = "http://shop.auth.us-east-1.localhost:9229";
    for (origin, way_back) in [
        ("http://127.0.0.1:9229", "https://login.test"),
        ("http://login.test", "https://login.test"),
        (of_domain, of_domain),
    ] {
        let sent = Browser::at(&local, origin).open(&to_corp(&local)).await;
        let redirect_uri = sent_parameter(&sent, "redirect_uri").unwrap();
        assert_eq!(redirect_uri, format!("{way_back}/oauth2/idpresponse"), "{origin}");
    }
}

#[tokio::test]
async fn code_is_redeemed_with_the_secret_in_the_form_only() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let back = sign_in(&provider, &local).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", header(&back, "location"));
    let [request] = &*provider.received("/token") else { panic!("one request") };
    assert!(request.head.starts_with("post /token http/1.1"), "{}", request.head);
    assert!(!request.head.contains("authorization"), "{}", request.head);
    let form = request.form();
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("client_id", "our-client"),
        ("client_secret", "our secret"),
        ("code", "c1"),
        ("redirect_uri", "http://localhost:9229/oauth2/idpresponse"),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), 5, "there is no code_verifier: {form:?}");
}

#[tokio::test]
async fn attributes_come_from_the_id_token_and_from_user_info_by_the_method_of_the_provider() {
    for method in ["GET", "POST"] {
        let provider = Provider::start().await;
        let local = pool(settings());
        let mut details = details(&provider.issuer);
        details["attributes_request_method"] = json!(method);
        add_corp(&local, &details);
        let id = id_claims(&local, &sign_in(&provider, &local).await).await;
        assert_eq!(id["cognito:username"], "Corp_u1");
        assert_eq!(
            (&id["email"], &id["name"]),
            (&json!("ann@corp.example"), &json!("Ann of userInfo"))
        );
        let [request] = &*provider.received("/userinfo") else { panic!("one request") };
        let start = format!("{} /userinfo", method.to_lowercase());
        assert!(request.head.starts_with(&start), "{}", request.head);
        assert!(request.head.contains("authorization: bearer at"), "{}", request.head);
    }
}

#[tokio::test]
async fn tokens_of_the_provider_can_be_mapped_and_reach_the_trigger() {
    let provider = Provider::start().await;
    let settings = settings().inbound_federation(|user| {
        assert_eq!(user.token_response["access_token"], "at");
        assert_eq!(user.id_token["email_verified"], "true");
        assert_eq!(user.user_info["name"], "Ann of userInfo");
        Ok(Default::default())
    });
    let local = pool(settings);
    add_corp(&local, &details(&provider.issuer));
    let mapping =
        json!({ "ProviderName": "Corp", "AttributeMapping": { "nickname": "access_token" } });
    local.call("UpdateIdentityProvider", mapping).unwrap();
    let id = id_claims(&local, &sign_in(&provider, &local).await).await;
    assert_eq!(id["nickname"], "at");
}

#[tokio::test]
async fn endpoints_in_the_details_take_precedence_over_discovery() {
    let provider = Provider::start().await;
    let local = pool(settings());
    let mut details = details(&provider.issuer);
    let url = |path: &str| json!(format!("{}{path}", provider.issuer));
    details["authorize_url"] = url("/other");
    details["token_url"] = url("/token");
    details["jwks_uri"] = url("/keys");
    add_corp(&local, &details);
    let back = sign_in(&provider, &local).await;
    assert!(sent_parameter(&back, "code").is_some(), "{}", header(&back, "location"));
    assert!(
        provider.received(ENDPOINTS[0]).is_empty() && provider.received("/userinfo").is_empty()
    );
    assert_eq!(attribute(&local, "Corp_u1", "email").as_deref(), Some("ann@corp.example"));
}

#[tokio::test]
async fn state_is_valid_once_and_only_in_its_browser() {
    let provider = Provider::start().await;
    let local = pool_with(&provider);
    let mut begun = Begun::at(&local).await;
    provider.issue(&id_token(&provider.claims(&begun.nonce)));
    let mut other = Begun::at(&local).await;
    other.state.clone_from(&begun.state);
    assert_eq!(other.back().await.status(), 400);
    assert!(provider.received("/token").is_empty(), "no code is redeemed for another browser");
    let cookies = begun.browser.cookies.clone();
    assert!(sent_parameter(&begun.back().await, "code").is_some());
    begun.browser.cookies = cookies;
    assert_eq!(begun.back().await.status(), 400);
    assert_eq!(provider.received("/token").len(), 1);
}

#[tokio::test]
async fn issuer_may_be_http_on_loopback_only() {
    let local = pool(settings());
    let create = |issuer: &str| {
        let name = format!("provider{}", issuer.len());
        let provider = json!({
            "ProviderName": name, "ProviderType": "OIDC", "ProviderDetails": details(issuer)
        });
        local.call("CreateIdentityProvider", provider)
    };
    for issuer in
        ["http://localhost:8080/realm", "http://127.0.0.1", "http://[::1]:9", "https://a.example"]
    {
        assert!(create(issuer).is_ok(), "{issuer}");
    }
    for issuer in
        ["http://idp.example.com", "http://localhost.example.com/", "ftp://localhost", "localhost"]
    {
        let refused = create(issuer).unwrap_err().to_string();
        assert!(refused.contains("OIDC endpoint must start with https://"), "{refused}");
    }
}

#[tokio::test]
async fn built_in_provider_replaces_an_https_provider_without_tls() {
    let local = pool(settings());
    add_corp(&local, &details("https://localhost:8443/realm"));
    open_mock(&mut Browser::of(&local), &to_corp(&local)).await;
}

#[tokio::test]
async fn unexpected_nonce_is_in_the_id_token_if_it_is_enabled() {
    let provider = Provider::start().await;
    for unexpected in [false, true] {
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
        let builder = builder.endpoint("http://localhost:9229");
        let builder = if unexpected { builder.unexpected_nonce() } else { builder };
        let local = builder.in_process().create_pool(settings()).unwrap();
        add_corp(&local, &details(&provider.issuer));
        let mut begun = Begun::at(&local).await;
        provider.issue(&id_token(&provider.claims(&begun.nonce)));
        let id = id_claims(&local, &begun.back().await).await;
        let expected = if unexpected { json!(begun.nonce) } else { Value::Null };
        assert_eq!(id["nonce"], expected);
        let app = App::of(&local).with("identity_provider", "Corp").with("nonce", "n-of-app");
        let again = begun.browser.open(&format!("{}&prompt=login", app.query())).await;
        let [state, nonce] = ["state", "nonce"].map(|name| sent_parameter(&again, name).unwrap());
        begun.state = state;
        provider.issue(&id_token(&provider.claims(&nonce)));
        let id = id_claims(&local, &begun.back().await).await;
        assert_eq!(id["nonce"], "n-of-app", "the application's nonce takes precedence");
        local.add_user("alice", PASSWORD).unwrap();
        let back = Browser::of(&local).sign_in(&App::of(&local).query()).await;
        assert_eq!(id_claims(&local, &back).await["nonce"], Value::Null, "a user of the pool");
    }
}
