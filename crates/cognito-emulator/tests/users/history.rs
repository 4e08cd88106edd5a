//! The event history of users in a pool with threat protection.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, claims, refusal, settings, with};

/// Returns a pool with an event history.
fn pool() -> Pool {
    let add_ons = json!({ "AdvancedSecurityMode": "AUDIT" });
    Pool::new(settings().pool_member("UserPoolAddOns", add_ons))
}

fn events(pool: &Pool, username: &str) -> Vec<Value> {
    let list = pool.call("AdminListUserAuthEvents", json!({ "Username": username }));
    list["AuthEvents"].as_array().unwrap().clone()
}

#[test]
fn events_are_listed_newest_first() {
    let pool = pool();
    pool.user("alice");
    let tokens = pool.tokens("alice");
    assert!(pool.password_sign_in("alice", "Wrong-horse1").is_err());
    pool.call(
        "ChangePassword",
        json!({
            "AccessToken": tokens["AccessToken"], "PreviousPassword": PASSWORD,
            "ProposedPassword": "Another-horse2"
        }),
    );
    pool.call("ForgotPassword", json!({ "Username": "alice" }));
    let events = events(&pool, "alice");
    let told: Vec<_> =
        events.iter().map(|event| [&event["EventType"], &event["EventResponse"]]).collect();
    assert_eq!(
        json!(told),
        json!([
            ["ForgotPassword", "Pass"],
            ["PasswordChange", "Pass"],
            ["SignIn", "Fail"],
            ["SignIn", "Pass"],
        ])
    );
    let [.., failed, passed] = &events[..] else { panic!("four events") };
    let failure = json!([{ "ChallengeName": "Password", "ChallengeResponse": "Failure" }]);
    assert_eq!(failed["ChallengeResponses"], failure);
    assert_eq!(passed["EventId"], claims(&tokens["IdToken"])["event_id"]);
    assert_eq!(passed["EventRisk"]["RiskDecision"], "NoRisk");
    assert!(passed.get("EventFeedback").is_none());
}

#[test]
fn sign_ups_are_events_too() {
    let pool = pool();
    let attributes = json!([{ "Name": "email", "Value": "bob@example.com" }]);
    let input = json!({ "Username": "bob", "Password": PASSWORD, "UserAttributes": attributes });
    pool.call("SignUp", input);
    pool.call("ResendConfirmationCode", json!({ "Username": "bob" }));
    let events = events(&pool, "bob");
    assert_eq!(events[0]["EventType"], "ResendCode");
    assert_eq!(events[1]["EventType"], "SignUp");
}

#[test]
fn events_are_listed_in_pages() {
    let pool = pool();
    pool.user("alice");
    for _ in 0..7 {
        pool.tokens("alice");
    }
    let all = events(&pool, "alice");
    assert_eq!(all.len(), 7);
    let mut input = json!({ "Username": "alice", "MaxResults": 3 });
    let mut pages = Vec::new();
    loop {
        let page = pool.call("AdminListUserAuthEvents", input.clone());
        pages.push(page["AuthEvents"].as_array().unwrap().clone());
        match page.get("NextToken") {
            Some(token) => input = with(input, "NextToken", token.clone()),
            None => break,
        }
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(pages.concat(), all);
}

#[test]
fn feedback_is_stored_with_its_event() {
    let pool = pool();
    pool.user("alice");
    pool.tokens("alice");
    let id = events(&pool, "alice")[0]["EventId"].as_str().unwrap().to_owned();
    let input = json!({ "Username": "alice", "EventId": id, "FeedbackValue": "Invalid" });
    assert_eq!(pool.call("AdminUpdateAuthEventFeedback", input.clone()), json!({}));
    let feedback = events(&pool, "alice")[0]["EventFeedback"].clone();
    assert_eq!(feedback["FeedbackValue"], "Invalid");
    assert_eq!(feedback["Provider"], "Admin");
    let maybe = with(input.clone(), "FeedbackValue", "Maybe".into());
    let refused = pool.refused("AdminUpdateAuthEventFeedback", maybe);
    assert_eq!(refused.0, "InvalidParameterException");
    let unknown = with(input.clone(), "EventId", "none".into());
    let refused = pool.refused("AdminUpdateAuthEventFeedback", unknown);
    assert_eq!(refused.0, "ResourceNotFoundException");

    let by_user = with(input, "FeedbackValue", "Valid".into());
    let forged = with(by_user.clone(), "FeedbackToken", "x.y".into());
    assert_eq!(pool.refused("UpdateAuthEventFeedback", forged).0, "NotAuthorizedException");
    let token = pool.0.feedback_token("alice", &id).unwrap();
    let input = with(by_user, "FeedbackToken", token.expose_secret().into());
    assert_eq!(pool.call("UpdateAuthEventFeedback", input), json!({}));
    assert_eq!(events(&pool, "alice")[0]["EventFeedback"]["FeedbackValue"], "Valid");
    assert_eq!(events(&pool, "alice")[0]["EventFeedback"]["Provider"], "User");
}

#[test]
fn a_pool_without_threat_protection_has_no_history() {
    let pool = Pool::new(settings());
    pool.user("alice");
    pool.tokens("alice");
    let refused = pool.refused("AdminListUserAuthEvents", json!({ "Username": "alice" }));
    let message = "Threat protection is not enabled for the user pool.";
    assert_eq!(refused, refusal("UserPoolAddOnNotEnabledException", message));
}
