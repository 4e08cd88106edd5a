//! Decisions of the pool's triggers: custom sign-ins and approval of registrations.

use cognito::{Challenge, ErrorKind};
use cognito_emulator::{CustomChallengeParameters, NextStep, PoolSettings, SignUpDecision};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use serde_json::json;

/// Returns triggers with a riddle, which can be tried three times, after the password if there is
/// one.
fn riddle() -> PoolSettings {
    PoolSettings::default()
        .client_member("ExplicitAuthFlows", json!(["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"]))
        .define_auth_challenge(|auth| match auth.session.last() {
            Some(last) if last.name == "SRP_A" => NextStep::PasswordVerifier,
            Some(last) if last.name == "CUSTOM_CHALLENGE" && last.correct => NextStep::IssueTokens,
            _ if auth.session.iter().filter(|asked| !asked.correct).count() >= 3 => NextStep::Fail,
            _ => NextStep::CustomChallenge,
        })
        .create_auth_challenge(|_| {
            CustomChallengeParameters::default()
                .public("riddle", "a colour")
                .private("answer", "blue")
        })
        .verify_auth_challenge(|given| given.private.get("answer") == Some(&given.answer))
}

#[tokio::test]
async fn correct_riddle_response_signs_in() {
    let fixture = Fixture::new(riddle());
    fixture.register("alice").await;
    let next = fixture.pool.sign_in("alice").custom().await.unwrap();
    let custom = expect_challenge!(challenge(next), Custom);
    assert_eq!(custom.parameters()["riddle"], "a colour");
    let again = custom.respond("red").await.unwrap();
    let custom = expect_challenge!(challenge(again), Custom);
    let session = done(custom.respond("blue").await.unwrap());
    assert_eq!(session.user().await.unwrap().username(), "alice");
}

#[tokio::test]
async fn triggers_end_a_sign_in_after_three_wrong_responses() {
    let fixture = Fixture::new(riddle());
    fixture.register("bob").await;
    let mut next = fixture.pool.sign_in("bob").custom().await.unwrap();
    for _ in 0..2 {
        let custom = expect_challenge!(challenge(next), Custom);
        next = custom.respond("red").await.unwrap();
    }
    let custom = expect_challenge!(challenge(next), Custom);
    let refused = custom.respond("red").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::BadCredentials);
    assert!(refused.retry().is_err());
}

#[tokio::test]
async fn riddle_follows_the_password() {
    let fixture = Fixture::new(riddle());
    fixture.register("carol").await;
    let sign_in = |password: &str| fixture.pool.sign_in("carol").custom_after_password(password);
    assert_eq!(sign_in("Wrong-horse1").await.unwrap_err().kind(), ErrorKind::BadCredentials);
    let custom = expect_challenge!(challenge(sign_in(PASSWORD).await.unwrap()), Custom);
    done(custom.respond("blue").await.unwrap());
}

#[tokio::test]
async fn saved_riddle_can_be_continued() {
    let fixture = Fixture::new(riddle());
    fixture.register("dave").await;
    let next = fixture.pool.sign_in("dave").custom().await.unwrap();
    let saved = serde_json::to_string(&challenge(next).save()).unwrap();
    let another = fixture.another_client(|builder| builder);
    let resumed = another.resume(serde_json::from_str(&saved).unwrap()).unwrap();
    let Challenge::Custom(custom) = resumed else { panic!("not the same challenge") };
    assert_eq!(custom.parameters()["riddle"], "a colour");
    done(custom.respond("blue").await.unwrap());
}

#[tokio::test]
async fn pre_sign_up_decides_by_validation_data() {
    let settings = PoolSettings::default().pre_sign_up(|request| {
        match request.validation_data.get("invitation").map(String::as_str) {
            Some("golden") => Ok(SignUpDecision::default().confirm().verify_email()),
            Some(_) => Ok(SignUpDecision::default()),
            None => Err("by invitation only".to_owned()),
        }
    });
    let fixture = Fixture::new(settings);
    let sign_up = |name: &str| {
        let sign_up = fixture.pool.sign_up(name).password(PASSWORD);
        sign_up.attribute("email", format!("{name}@example.com"))
    };
    let refused = sign_up("erin").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TriggerFailed);
    assert_eq!(refused.reason(), Some("by invitation only."));
    let invited = sign_up("erin").validation_data("invitation", "plain").await.unwrap();
    assert!(!invited.is_confirmed());
    let golden = sign_up("frank").validation_data("invitation", "golden").await.unwrap();
    assert!(golden.is_confirmed());
    let session = fixture.sign_in("frank").await;
    let user = session.user().await.unwrap();
    assert_eq!(user.attributes().email_verified(), Some(true));
    assert_eq!(user.attributes().get("invitation"), None);
}
