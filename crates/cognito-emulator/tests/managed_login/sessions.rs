//! The session of a browser in the API: its description, and its revocation with the tokens that
//! came through it.

use std::time::Duration;

use cognito_emulator::LocalPool;
use serde_json::{Value, json};

use crate::support::{
    App, Browser, PASSWORD, header, pool, revoke_session, sent_parameter, sessions,
    sessions_of_type, settings,
};

fn date(session: &Value, name: &str) -> u64 {
    session[name].as_u64().unwrap()
}

/// Signs a new browser in, and returns it with the tokens.
async fn signed_in(local: &LocalPool) -> (Browser, Value) {
    let mut browser = Browser::of(local);
    let sent = browser.sign_in(&App::of(local).query()).await;
    let code = sent_parameter(&sent, "code").unwrap();
    let (_, tokens) = App::of(local).redeem(&[("code", &code)]).await;
    (browser, tokens)
}

/// Returns the tokens that a browser gets by its session, or `None` if it must sign in again.
async fn tokens_by_session(local: &LocalPool, browser: &mut Browser) -> Option<Value> {
    let path = format!("/oauth2/authorize?{}", App::of(local).query());
    let response = browser.get(&path).await;
    let Some(code) = sent_parameter(&response, "code") else {
        assert!(header(&response, "location").starts_with("/login?"));
        return None;
    };
    Some(App::of(local).redeem(&[("code", &code)]).await.1)
}

fn sign_in_by_api(local: &LocalPool) {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    local.call("InitiateAuth", input).unwrap();
}

fn has_valid_tokens(local: &LocalPool, tokens: &Value) -> bool {
    local.call("GetUser", json!({ "AccessToken": tokens["access_token"] })).is_ok()
}

#[tokio::test]
async fn browser_session_is_listed_with_its_token_sessions() {
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let local = pool(settings().client_member("ExplicitAuthFlows", flows));
    let (mut browser, tokens) = signed_in(&local).await;
    local.clock().advance(Duration::from_secs(60));
    tokens_by_session(&local, &mut browser).await.unwrap();
    sign_in_by_api(&local);
    let [browser_session] = &*sessions_of_type(&local, "SSO") else {
        panic!("{:?}", sessions(&local))
    };
    let id = browser_session["SessionId"].as_str().unwrap();
    assert!(id.starts_with("sso") && id.len() == 28, "{id}");
    assert_eq!(browser_session["ClientId"], local.client_id().as_str());
    assert_eq!(browser_session["IsCurrentSession"], false);
    assert_eq!(browser_session.get("OriginSessionId"), None);
    let [created, active] =
        ["CreateDate", "LastActiveDate"].map(|name| date(browser_session, name));
    assert!((created + 60..created + 90).contains(&active), "{created} {active}");
    let origins: Vec<_> = sessions_of_type(&local, "TOKEN")
        .iter()
        .map(|session| session.get("OriginSessionId").cloned())
        .collect();
    assert_eq!(origins.iter().filter(|origin| **origin == Some(json!(id))).count(), 2);
    assert_eq!(origins.iter().filter(|origin| origin.is_none()).count(), 1);
    let mine = json!({ "AccessToken": tokens["access_token"] });
    let mine = local.call("ListUserSessions", mine).unwrap();
    assert_eq!(mine["Sessions"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn browser_session_keeps_its_id_when_the_user_continues_and_ends_at_the_logout() {
    let out = "https://app.example.com/out";
    let local = pool(settings().client_member("LogoutURLs", json!([out])));
    let (mut browser, _) = signed_in(&local).await;
    let before = sessions_of_type(&local, "SSO");
    browser.continue_session(&App::of(&local).query()).await;
    assert_eq!(sessions_of_type(&local, "SSO"), before);
    let id = local.client_id();
    browser.get(&format!("/logout?client_id={}&logout_uri={out}", id.as_str())).await;
    assert_eq!(sessions_of_type(&local, "SSO"), Vec::<Value>::new());
    assert_eq!(sessions_of_type(&local, "TOKEN").len(), 1, "logout does not end tokens");
}

#[tokio::test]
async fn revocation_of_a_token_session_includes_its_browser_session_on_request() {
    for associated in ["NONE", "LINKED"] {
        let local = pool(settings());
        let (mut browser, tokens) = signed_in(&local).await;
        let sibling = tokens_by_session(&local, &mut browser).await.unwrap();
        let (mut other_browser, _) = signed_in(&local).await;
        let mine = json!({ "AccessToken": tokens["access_token"] });
        let list = local.call("ListUserSessions", mine).unwrap();
        let sessions = list["Sessions"].as_array().unwrap();
        let current = sessions.iter().find(|session| session["IsCurrentSession"] == true).unwrap();
        revoke_session(&local, current, associated);
        assert!(!has_valid_tokens(&local, &tokens), "{associated}");
        assert!(has_valid_tokens(&local, &sibling), "{associated}");
        let is_signed_in = tokens_by_session(&local, &mut browser).await.is_some();
        assert_eq!(is_signed_in, associated == "NONE", "{associated}");
        assert!(tokens_by_session(&local, &mut other_browser).await.is_some(), "{associated}");
    }
}

#[tokio::test]
async fn revocation_of_a_browser_session_includes_its_tokens_on_request() {
    for associated in ["NONE", "LINKED"] {
        let local = pool(settings());
        let (mut browser, tokens) = signed_in(&local).await;
        let [session] = &*sessions_of_type(&local, "SSO") else { panic!("{:?}", sessions(&local)) };
        let (mut other_browser, other_tokens) = signed_in(&local).await;
        revoke_session(&local, session, associated);
        assert!(tokens_by_session(&local, &mut browser).await.is_none(), "{associated}");
        assert_eq!(has_valid_tokens(&local, &tokens), associated == "NONE", "{associated}");
        assert!(has_valid_tokens(&local, &other_tokens), "{associated}");
        assert!(tokens_by_session(&local, &mut other_browser).await.is_some(), "{associated}");
    }
}

#[tokio::test]
async fn revoke_token_includes_the_browser_session_on_request_if_sessions_are_tracked() {
    for (tracking, associated, is_kept) in [
        ("DISABLED", Some("LINKED"), true),
        ("ENABLED", None, true),
        ("ENABLED", Some("NONE"), true),
        ("ENABLED", Some("LINKED"), false),
    ] {
        let local = pool(settings());
        let tracked =
            json!({ "UserSessionTracking": tracking, "TokenSession": { "MaxPerUser": 20 } });
        local.call("SetUserPoolSessionConfiguration", tracked).unwrap();
        let (mut browser, tokens) = signed_in(&local).await;
        let mut input = json!({ "Token": tokens["refresh_token"] });
        if let Some(associated) = associated {
            input["RevokeAssociatedSessions"] = associated.into();
        }
        local.call("RevokeToken", input).unwrap();
        assert!(!has_valid_tokens(&local, &tokens), "{associated:?}");
        let is_signed_in = tokens_by_session(&local, &mut browser).await.is_some();
        assert_eq!(is_signed_in, is_kept, "{tracking} {associated:?}");
    }
}

#[tokio::test]
async fn user_revokes_the_browser_session_of_the_request_and_its_tokens_on_request() {
    for associated in ["NONE", "LINKED"] {
        let local = pool(settings());
        let (mut browser, tokens) = signed_in(&local).await;
        let session = sessions_of_type(&local, "SSO").remove(0);
        let input = json!({
            "AccessToken": tokens["access_token"],
            "SessionId": session["SessionId"],
            "RevokeAssociatedSessions": associated
        });
        local.call("RevokeUserSession", input).unwrap();
        assert!(tokens_by_session(&local, &mut browser).await.is_none(), "{associated}");
        assert_eq!(has_valid_tokens(&local, &tokens), associated == "NONE", "{associated}");
    }
}

#[tokio::test]
async fn browser_session_of_another_user_cannot_be_revoked() {
    let local = pool(settings());
    local.add_user("bob", PASSWORD).unwrap();
    let (mut browser, _) = signed_in(&local).await;
    let id = sessions_of_type(&local, "SSO").remove(0)["SessionId"].clone();
    let query = App::of(&local).query();
    let mut other_browser = Browser::of(&local);
    other_browser.open(&query).await;
    let sent = other_browser.fill_in(&query, "bob", PASSWORD).await;
    let code = sent_parameter(&sent, "code").unwrap();
    let (_, tokens) = App::of(&local).redeem(&[("code", &code)]).await;
    let requests = [
        ("AdminRevokeUserSession", json!({ "Username": "bob", "SessionId": id })),
        ("RevokeUserSession", json!({ "AccessToken": tokens["access_token"], "SessionId": id })),
    ];
    for (operation, input) in requests {
        let error = local.call(operation, input).unwrap_err().to_string();
        assert_eq!(error, "ResourceNotFoundException: Session does not exist.", "{operation}");
    }
    assert!(tokens_by_session(&local, &mut browser).await.is_some());
}

#[tokio::test]
async fn browser_session_of_a_disabled_user_can_be_revoked() {
    let local = pool(settings());
    let (mut browser, _) = signed_in(&local).await;
    let session = sessions_of_type(&local, "SSO").remove(0);
    let user = json!({ "Username": "alice" });
    local.call("AdminDisableUser", user.clone()).unwrap();
    revoke_session(&local, &session, "NONE");
    local.call("AdminEnableUser", user).unwrap();
    assert!(tokens_by_session(&local, &mut browser).await.is_none());
}

#[tokio::test]
async fn dates_of_sessions_are_those_of_their_tokens() {
    let local = pool(settings());
    let (mut browser, _) = signed_in(&local).await;
    local.clock().advance(Duration::from_secs(1800));
    tokens_by_session(&local, &mut browser).await.unwrap();
    let before = sessions_of_type(&local, "SSO").remove(0);
    let [second, first] = &*sessions_of_type(&local, "TOKEN") else {
        panic!("{:?}", sessions(&local))
    };
    let [first_created, created] = [first, second].map(|session| date(session, "CreateDate"));
    assert!((first_created + 1800..first_created + 1830).contains(&created), "{second}");
    revoke_session(&local, second, "NONE");
    assert_eq!(sessions_of_type(&local, "SSO"), [before], "the revoked tokens were activity");
}
