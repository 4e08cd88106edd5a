//! CustomMessage, and the default texts.

use cognito_emulator::{Message, MessageKind, MessageText, Mfa};
use serde_json::json;

use crate::support::{PASSWORD, Pool, refusal, settings};

fn last(pool: &Pool) -> Message {
    pool.0.emulator().outbox().pop().unwrap()
}

fn sign_up(pool: &Pool, username: &str) -> Result<serde_json::Value, (String, String)> {
    pool.try_call(
        "SignUp",
        json!({
            "Username": username, "Password": PASSWORD, "ClientMetadata": { "lang": "fr" },
            "UserAttributes": [{ "Name": "email", "Value": format!("{username}@example.com") }]
        }),
    )
}

#[test]
fn texts_are_from_the_pool_or_the_service() {
    let pool = Pool::new(
        settings()
            .pool_member("VerificationMessageTemplate", json!({ "EmailSubject": "Hello" }))
            .pool_member("EmailVerificationMessage", "It is {####}.")
            .mfa(Mfa::Optional)
            .pool_member("EmailMfaConfiguration", json!({ "Message": "Factor {####}" })),
    );
    sign_up(&pool, "alice").unwrap();
    let message = last(&pool);
    assert_eq!(message.subject.as_deref(), Some("Hello"));
    assert_eq!(message.text, format!("It is {}.", message.code));

    let invitation = json!({
        "Username": "bob", "TemporaryPassword": "Temporary-horse1",
        "UserAttributes": [{ "Name": "phone_number", "Value": "+15550100" }]
    });
    pool.call("AdminCreateUser", invitation);
    let message = last(&pool);
    assert_eq!(message.subject, None, "the message is a text message");
    let expected = "Your username is bob and temporary password is Temporary-horse1";
    assert_eq!(message.text, expected);
    assert!(!format!("{message:?}").contains("Temporary-horse1"));
}

#[test]
fn trigger_sets_the_text_of_messages() {
    let pool = Pool::new(settings().custom_message(|message| {
        let language = message.client_metadata.get("lang").cloned().unwrap_or_default();
        match message.kind {
            MessageKind::SignUp => Ok(MessageText::default()
                .email(format!("{language}!"), "Voici {####}")
                .sms("short {####}")),
            MessageKind::AdminCreateUser => Ok(MessageText::default().sms("{username}: {####}")),
            _ => Ok(MessageText::default()),
        }
    }));
    sign_up(&pool, "alice").unwrap();
    let message = last(&pool);
    assert_eq!(message.subject.as_deref(), Some("fr!"));
    assert_eq!(message.text, format!("Voici {}", message.code));
    assert_eq!(pool.code("alice"), message.code);
    pool.call("ResendConfirmationCode", json!({ "Username": "alice" }));
    let message = last(&pool);
    assert_eq!(message.text, format!("Your confirmation code is {}", message.code));
    let invitation = json!({
        "Username": "bob", "TemporaryPassword": "Temporary-horse1",
        "UserAttributes": [{ "Name": "phone_number", "Value": "+15550100" }]
    });
    pool.call("AdminCreateUser", invitation);
    assert_eq!(last(&pool).text, "bob: Temporary-horse1");
}

#[test]
fn failed_trigger_is_reported_to_the_client() {
    let pool = Pool::new(settings().custom_message(|_| Err("no paper".to_owned())));
    let refused = sign_up(&pool, "alice").unwrap_err();
    let message = "CustomMessage failed with error no paper.";
    assert_eq!(refused, refusal("UserLambdaValidationException", message));
    assert!(pool.0.emulator().outbox().is_empty());
    let next = pool.call("AdminGetUser", json!({ "Username": "alice" }));
    assert_eq!(next["UserStatus"], "UNCONFIRMED", "the next call is not rejected");
}
