//! Pools with identity providers, and browsers that sign in there.

use cognito_emulator::{LocalPool, PoolSettings};
use serde_json::{Value, json};

use crate::oidc_support::details;
use crate::support::{App, Browser, CALLBACK, Response, claims, header, pool, sent_parameter};

/// The path of the built-in provider.
pub(crate) const MOCK: &str = "/mock-provider";

/// Returns a pool with the provider Google, which maps the e-mail address and the name, and an app
/// client for native and federated users.
pub(crate) fn pool_with_google(settings: PoolSettings) -> LocalPool {
    let local = pool(settings);
    add_google(&local);
    serve(&local, &["COGNITO", "Google"]);
    local
}

pub(crate) fn add_google(local: &LocalPool) {
    let details = json!({
        "client_id": "app", "client_secret": "s", "authorize_scopes": "openid email profile"
    });
    add_provider(local, "Google", "Google", details);
}

pub(crate) fn add_provider(local: &LocalPool, name: &str, kind: &str, details: Value) {
    let provider = json!({
        "ProviderName": name, "ProviderType": kind, "ProviderDetails": details,
        "AttributeMapping": { "email": "email", "name": "name" },
    });
    local.call("CreateIdentityProvider", provider).unwrap();
}

/// Adds the provider Corp on another machine, which the built-in provider replaces.
pub(crate) fn add_remote_corp(local: &LocalPool) {
    add_provider(local, "Corp", "OIDC", details("https://idp.example.com"));
}

/// Returns the request that links a subject of Google with a user of the pool.
pub(crate) fn link(source: &str, destination: &str) -> Value {
    json!({
        "SourceUser": provider_user("Google", "Cognito_Subject", source),
        "DestinationUser": provider_user("Cognito", "Cognito_Subject", destination)
    })
}

/// Returns a ProviderUserIdentifierType.
pub(crate) fn provider_user(provider: &str, attribute: &str, value: &str) -> Value {
    json!({
        "ProviderName": provider, "ProviderAttributeName": attribute,
        "ProviderAttributeValue": value
    })
}

/// Sets the providers of the app client.
pub(crate) fn serve(local: &LocalPool, providers: &[&str]) {
    let client = json!({
        "ClientId": local.client_id().as_str(), "SupportedIdentityProviders": providers,
        "CallbackURLs": [CALLBACK], "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": ["openid", "email", "profile"],
    });
    local.call("UpdateUserPoolClient", client).unwrap();
}

/// Returns the query of an authorization request that names Google.
pub(crate) fn to_google(local: &LocalPool) -> String {
    App::of(local).with("identity_provider", "Google").query()
}

/// Opens an authorization request, and returns the page of the built-in provider.
pub(crate) async fn open_mock(browser: &mut Browser, query: &str) -> Response {
    let response = browser.open(query).await;
    let path = header(&response, "location").to_owned();
    assert!(path.starts_with(MOCK), "{path} {}", response.body());
    let page = browser.get(&path).await;
    assert_eq!(page.status(), 200, "{}", page.body());
    page
}

/// Signs in at the built-in provider with these form fields, and returns the redirect to the
/// application.
pub(crate) async fn sign_in_at_mock(
    browser: &mut Browser,
    query: &str,
    fields: &[(&str, &str)],
) -> Response {
    let page = open_mock(browser, query).await;
    browser.submit(MOCK, &page, fields).await
}

/// Signs in a listed user at Google with a new browser.
pub(crate) async fn choose(local: &LocalPool, person: &str) -> Response {
    let mut browser = Browser::of(local);
    sign_in_at_mock(&mut browser, &to_google(local), &[("person", person)]).await
}

/// Redeems the code of a response, and returns the claims of the ID token.
pub(crate) async fn id_claims(local: &LocalPool, response: &Response) -> Value {
    let code = sent_parameter(response, "code");
    let code = code.unwrap_or_else(|| panic!("no code: {}", header(response, "location")));
    let (status, tokens) = App::of(local).redeem(&[("code", &code)]).await;
    assert_eq!(status, 200, "{tokens}");
    claims(&tokens["id_token"])
}

/// Returns the error of a response and its description.
pub(crate) fn error(response: &Response) -> (String, String) {
    let parameter = |name| sent_parameter(response, name).unwrap_or_default();
    assert!(header(response, "location").starts_with(CALLBACK), "{}", response.body());
    assert_eq!(sent_parameter(response, "code"), None);
    (parameter("error"), parameter("error_description"))
}

/// Returns the error of a request that the pool rejects, with its description.
pub(crate) fn invalid(description: &str) -> (String, String) {
    ("invalid_request".to_owned(), description.to_owned())
}

pub(crate) fn user(local: &LocalPool, username: &str) -> Value {
    local.call("AdminGetUser", json!({ "Username": username })).unwrap()
}

/// Returns the value of an attribute of a user.
pub(crate) fn attribute(local: &LocalPool, username: &str, name: &str) -> Option<String> {
    let user = user(local, username);
    let mut attributes = user["UserAttributes"].as_array().unwrap().iter();
    let found = attributes.find(|attribute| attribute["Name"] == name);
    found.map(|attribute| attribute["Value"].as_str().unwrap().to_owned())
}
