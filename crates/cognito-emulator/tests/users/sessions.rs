//! Sessions: the valid sign-ins of a user, and revocation of a session.

use serde_json::{Value, json};

use crate::support::{Pool, invalid_parameter, not_authorized, refusal, settings, text};

fn mine(pool: &Pool, access_token: &Value) -> Vec<Value> {
    let list = pool.call("ListUserSessions", json!({ "AccessToken": access_token }));
    list["Sessions"].as_array().unwrap().clone()
}

fn of_user(pool: &Pool, username: &str) -> Vec<Value> {
    let list = pool.call("AdminListUserSessions", json!({ "Username": username }));
    list["Sessions"].as_array().unwrap().clone()
}

fn current(sessions: &[Value]) -> &Value {
    sessions.iter().find(|session| session["IsCurrentSession"] == true).unwrap()
}

#[test]
fn user_lists_all_sessions_with_the_current_one() {
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.user("bob");
    let (old, other) = (pool.tokens("alice"), pool.tokens("bob"));
    pool.advance(60);
    let new = pool.tokens("alice");
    let sessions = mine(&pool, &new["AccessToken"]);
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0], *current(&sessions), "the newest comes first");
    let id = text(&sessions[0]["SessionId"]);
    assert!(id.starts_with("tkn") && id.len() == 28, "{id}");
    assert_eq!(sessions[0]["SessionType"], "TOKEN");
    assert_eq!(sessions[0]["ClientId"], pool.0.client_id().as_str());
    assert_eq!(current(&mine(&pool, &old["AccessToken"]))["SessionId"], sessions[1]["SessionId"]);
    assert_eq!(mine(&pool, &other["AccessToken"]).len(), 1);
    assert!(of_user(&pool, "alice").iter().all(|session| session["IsCurrentSession"] == false));
}

#[test]
fn refresh_is_activity_of_its_session() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    let before = of_user(&pool, "alice");
    assert_eq!(before[0]["CreateDate"], before[0]["LastActiveDate"]);
    pool.advance(600);
    pool.call("GetTokensFromRefreshToken", json!({ "RefreshToken": tokens["RefreshToken"] }));
    let after = of_user(&pool, "alice");
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["CreateDate"], before[0]["CreateDate"]);
    let [was, is] = [&before, &after].map(|list| list[0]["LastActiveDate"].as_u64().unwrap());
    assert!((was + 600..was + 630).contains(&is), "{was} {is}");
}

#[test]
fn session_ends_with_its_last_token() {
    let pool = Pool::new(settings().client_member("RefreshTokenValidity", 1));
    pool.user("alice");
    pool.tokens("alice");
    pool.advance(86_400 - 60);
    assert_eq!(of_user(&pool, "alice").len(), 1);
    pool.advance(60);
    assert_eq!(of_user(&pool, "alice").len(), 0);
}

#[test]
fn one_session_is_revoked_and_the_others_remain_valid() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let [lost, kept] = [(); 2].map(|()| pool.tokens("alice"));
    let id = current(&mine(&pool, &lost["AccessToken"]))["SessionId"].clone();
    let own = current(&mine(&pool, &kept["AccessToken"]))["SessionId"].clone();
    let revoke = |id: &Value| {
        let input = json!({ "AccessToken": kept["AccessToken"], "SessionId": id });
        pool.try_call("RevokeUserSession", input)
    };
    let refused = revoke(&own).unwrap_err();
    assert_eq!(refused, invalid_parameter("The current session cannot be revoked."));
    assert_eq!(revoke(&id), Ok(json!({})));
    let refused = pool.refused("GetUser", json!({ "AccessToken": lost["AccessToken"] }));
    assert_eq!(refused, not_authorized("Access Token has been revoked"));
    let refresh = json!({ "RefreshToken": lost["RefreshToken"] });
    let refused = pool.refused("GetTokensFromRefreshToken", refresh);
    assert_eq!(refused, not_authorized("Refresh Token has been revoked"));
    assert_eq!(mine(&pool, &kept["AccessToken"]).len(), 1);
    let unknown = refusal("ResourceNotFoundException", "Session does not exist.");
    assert_eq!(revoke(&id).unwrap_err(), unknown);
    assert_eq!(revoke(&json!("tkn1")).unwrap_err().0, "InvalidParameterException");
}

#[test]
fn administrator_revokes_sessions_of_the_named_user_only() {
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.user("bob");
    let tokens = pool.tokens("alice");
    let id = of_user(&pool, "alice")[0]["SessionId"].clone();
    let revoke = |username: &str, linked: &str| {
        let input = json!({
            "Username": username, "SessionId": id, "RevokeAssociatedSessions": linked
        });
        pool.try_call("AdminRevokeUserSession", input)
    };
    assert_eq!(revoke("bob", "NONE").unwrap_err().0, "ResourceNotFoundException");
    assert_eq!(revoke("alice", "ALL").unwrap_err().0, "InvalidParameterException");
    assert_eq!(revoke("alice", "LINKED"), Ok(json!({})));
    assert_eq!(of_user(&pool, "alice").len(), 0);
    let read = pool.refused("GetUser", json!({ "AccessToken": tokens["AccessToken"] }));
    assert_eq!(read, not_authorized("Access Token has been revoked"));
}

#[test]
fn a_user_does_not_have_the_sessions_of_a_deleted_one_of_the_same_name() {
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.tokens("alice");
    let old = of_user(&pool, "alice").remove(0);
    pool.call("AdminDeleteUser", json!({ "Username": "alice" }));
    pool.user("alice");
    assert_eq!(of_user(&pool, "alice"), Vec::<Value>::new());
    pool.tokens("alice");
    assert_eq!(of_user(&pool, "alice").len(), 1);
    let input = json!({ "Username": "alice", "SessionId": old["SessionId"] });
    assert_eq!(pool.refused("AdminRevokeUserSession", input).0, "ResourceNotFoundException");
}
