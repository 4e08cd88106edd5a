//! Rejected authorization requests: on the error page, or with a redirect to the application.

use cognito_emulator::{Emulator, SigningKeys};
use serde_json::json;

use crate::support::{App, Browser, CALLBACK, call, encoded, header, pool, settings};

#[tokio::test]
async fn redirect_uri_that_is_not_equal_byte_for_byte_shows_the_error_page() {
    let local = pool(settings());
    for uri in [
        "http://localhost:3000/callback/",
        "http://localhost:3000/callback?a=1",
        "http://localhost:3000/callback#a",
        "http://localhost:3000/Callback",
        "http://localhost:3001/callback",
        "http://localhost:3000/callback%20",
        "http://localhost:3000/callback/../evil",
        "http://localhost:3000@evil.example/callback",
        "http://localhost/callback",
        "https://localhost:3000/callback",
        "//evil.example/callback",
        "javascript:alert(1)",
    ] {
        for path in ["/oauth2/authorize", "/login"] {
            let query = App::of(&local).with("redirect_uri", uri).query();
            let response = Browser::of(&local).get(&format!("{path}?{query}")).await;
            let id = local.client_id();
            let expected = format!("/error?error=redirect_mismatch&client_id={}", id.as_str());
            assert_eq!(response.status(), 302);
            assert_eq!(header(&response, "location"), expected, "{uri}");
            let page = Browser::of(&local).get(&expected).await;
            assert_eq!(page.status(), 400);
            assert!(page.body().contains("An error was encountered with the requested page."));
        }
    }
}

#[tokio::test]
async fn request_without_a_known_client_or_redirect_uri_shows_the_error_page() {
    let local = pool(settings());
    let id = local.client_id();
    let unknown = format!("client_id=unknown&response_type=code&redirect_uri={CALLBACK}");
    let twice = format!("{}&redirect_uri=http://evil.example", App::of(&local).query());
    let bare = format!("client_id={}&response_type=code", id.as_str());
    for (query, expected) in [
        ("", "/error?error=invalid_request"),
        (&*unknown, "/error?error=invalid_request&client_id=unknown"),
        (&*twice, "/error?error=invalid_request"),
        (&*bare, &*format!("/error?error=invalid_request&client_id={}", id.as_str())),
    ] {
        let response = Browser::of(&local).get(&format!("/oauth2/authorize?{query}")).await;
        assert_eq!(header(&response, "location"), expected, "{query}");
    }
}

#[tokio::test]
async fn error_is_returned_to_a_valid_redirect_uri() {
    let local = pool(settings());
    let invalid = "?error=invalid_request&state=s1";
    let scope = "?error_description=invalid_scope&state=s1&error=invalid_request";
    for (name, value, expected) in [
        ("response_type", "", invalid),
        ("response_type", "id_token", invalid),
        ("code_challenge_method", "", invalid),
        ("code_challenge_method", "plain", invalid),
        ("code_challenge", "", invalid),
        ("code_challenge", "short", invalid),
        ("scope", "openid offline_access", scope),
        ("scope", "openid orders/read", scope),
        ("scope", "email", scope),
        ("scope", "profile aws.cognito.signin.user.admin", scope),
        ("resource", "not a url", scope),
        ("resource", "http://api.example.com", scope),
        ("response_type", "token", "#error=unauthorized_client&state=s1"),
    ] {
        for path in ["/oauth2/authorize", "/login"] {
            let query = App::of(&local).with(name, value).query();
            let response = Browser::of(&local).get(&format!("{path}?{query}")).await;
            assert_eq!(response.status(), 302, "{name} {value}");
            assert_eq!(
                header(&response, "location"),
                format!("{CALLBACK}{expected}"),
                "{name} {value}"
            );
        }
    }
}

#[tokio::test]
async fn client_that_may_not_use_oauth_is_not_authorized() {
    let local = pool(settings().client_member("AllowedOAuthFlowsUserPoolClient", false));
    let query = App::of(&local).query();
    let response = Browser::of(&local).get(&format!("/oauth2/authorize?{query}")).await;
    let expected = format!("{CALLBACK}?error=unauthorized_client&state=s1");
    assert_eq!(header(&response, "location"), expected);
}

#[tokio::test]
async fn domain_of_another_pool_does_not_serve_a_client() {
    let local = pool(settings());
    let other = local.emulator().create_pool(settings()).unwrap();
    for (pool, domain) in [(&local, "shop"), (&other, "other")] {
        pool.call("CreateUserPoolDomain", json!({ "Domain": domain })).unwrap();
    }
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/a";
    // Custom domains whose first label is the prefix of the other pool's domain.
    for (pool, domain) in [(&local, "other.auth.shop.test"), (&other, "shop.auth.shop.test")] {
        let custom = json!({ "Domain": domain, "CustomDomainConfig": { "CertificateArn": arn } });
        pool.call("CreateUserPoolDomain", custom).unwrap();
    }
    let query = App::of(&local).query();
    for (host, location) in [
        ("shop.auth.us-east-1.localhost:9229", "/login?"),
        ("other.auth.us-east-1.localhost:9229", "/error?error=invalid_request"),
        ("other.auth.eu-west-1.localhost:9229", "/login?"),
        ("other.auth.shop.test", "/login?"),
        ("other.auth.shop.test.localhost:9229", "/login?"),
        ("shop.auth.shop.test", "/error?error=invalid_request"),
        ("SHOP.auth.shop.test.localhost:9229", "/error?error=invalid_request"),
        ("other.localhost:9229", "/login?"),
        ("localhost:9229", "/login?"),
    ] {
        let mut browser = Browser::at(&local, &format!("http://{host}"));
        let response = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(header(&response, "location").starts_with(location), "{host}");
    }
}

#[tokio::test]
async fn domain_of_another_pool_rejects_clients_and_tokens() {
    let local = pool(settings());
    let other = local.emulator().create_pool(settings()).unwrap();
    for (pool, domain) in [(&local, "shop"), (&other, "other")] {
        pool.call("CreateUserPoolDomain", json!({ "Domain": domain })).unwrap();
    }
    let tokens = App::of(&local).tokens().await;
    let text = |name: &str| tokens[name].as_str().unwrap();
    let (id, refresh) = (local.client_id(), text("refresh_token"));
    let bearer = format!("Bearer {}", text("access_token"));
    let refreshing =
        [("client_id", id.as_str()), ("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let revoking = [("client_id", id.as_str()), ("token", refresh)];
    for (path, form, error, status) in [
        ("/oauth2/token", &refreshing[..], "invalid_client", 400),
        ("/oauth2/userInfo", &[], "invalid_token", 401),
        ("/oauth2/revoke", &revoking, "invalid_client", 401),
    ] {
        for (domain, is_served) in [("other", false), ("shop", true)] {
            let host = format!("{domain}.auth.us-east-1.localhost:9229");
            let form_type = "application/x-www-form-urlencoded";
            let mut headers = vec![("host", &*host), ("content-type", form_type)];
            headers.extend(form.is_empty().then_some(("authorization", &*bearer)));
            let response = call(&local, "POST", path, &headers, encoded(form)).await;
            let expected = if is_served { 200 } else { status };
            assert_eq!(response.status(), expected, "{path} {host}: {}", response.body());
            let names_error = response.body().contains(&format!("\"error\":\"{error}\""));
            assert_eq!(names_error, !is_served, "{path} {host}");
        }
    }
}

#[tokio::test]
async fn public_url_that_is_not_a_host_is_an_error() {
    for url in [
        "https://proxy.test/cognito",
        "https://proxy.test?a=b",
        "https://proxy.test#a",
        "https://user@proxy.test",
        "https://proxy.test:0",
        "https://proxy.test:https",
        "ftp://proxy.test",
        "https://proxy test",
        "https://",
        "proxy.test",
    ] {
        let builder = || Emulator::builder().signing_keys(SigningKeys::ForTests).public_url(url);
        for error in [builder().start().await.err(), builder().try_in_process().err()] {
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(
                error.starts_with("the public URL `") && error.contains(" host"),
                "{url}: {error}"
            );
        }
    }
    for url in ["https://proxy.test", "http://[::1]:8080/", "https://proxy.test:8443/"] {
        assert!(Emulator::builder().public_url(url).try_in_process().is_ok(), "{url}");
    }
}

#[tokio::test]
async fn lite_pools_bind_no_token_to_a_resource() {
    let local = pool(settings().pool_member("UserPoolTier", "LITE"));
    let query = App::of(&local).with("resource", "https://api.example.com").query();
    let response = Browser::of(&local).get(&format!("/oauth2/authorize?{query}")).await;
    assert!(header(&response, "location").contains("error_description=invalid_scope"));
}

#[tokio::test]
async fn domains_with_classic_pages_bind_no_token_to_a_resource() {
    for (version, is_bound) in [(None, false), (Some(1), false), (Some(2), true)] {
        let local = pool(settings());
        let domain = json!({ "Domain": "people", "ManagedLoginVersion": version });
        local.call("CreateUserPoolDomain", domain).unwrap();
        let query = App::of(&local).with("resource", "https://api.example.com").query();
        let response = Browser::of(&local).get(&format!("/oauth2/authorize?{query}")).await;
        let location = header(&response, "location");
        assert_eq!(location.starts_with("/login"), is_bound, "{version:?}: {location}");
        assert_eq!(location.contains("error_description=invalid_scope"), !is_bound);
    }
}

#[tokio::test]
async fn other_methods_are_rejected_without_a_body() {
    let local = pool(settings());
    for (method, path) in [
        ("GET", "/oauth2/token"),
        ("POST", "/oauth2/authorize"),
        ("PUT", "/login"),
        ("POST", "/error"),
    ] {
        let response = Browser::of(&local).send(method, path, None).await;
        assert_eq!((response.status().as_u16(), &**response.body()), (405, ""), "{method} {path}");
        assert!(!header(&response, "allow").is_empty());
    }
}
