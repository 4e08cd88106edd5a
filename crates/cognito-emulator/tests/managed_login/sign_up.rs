//! Sign-ups on the pages, and the codes that confirm them.

use std::time::Duration;

use cognito_emulator::{MessageKind, MessageText, PoolSettings, SignUpDecision};
use serde_json::json;

use crate::support::{
    App, Browser, PASSWORD, encoded, header, hidden, pool, sent_code, sent_parameter, settings,
};

/// Returns a pool that verifies e-mail addresses and requires a name.
fn with_code() -> PoolSettings {
    let schema = json!([
        { "Name": "given_name", "Required": true, "Mutable": true },
        { "Name": "email", "Required": true, "Mutable": true },
    ]);
    settings()
        .pool_member("AutoVerifiedAttributes", json!(["email"]))
        .pool_member("Schema", schema)
        .client_secret("secret0of0the0client")
}

const CAROL: [(&str, &str); 5] = [
    ("username", "carol"),
    ("password", PASSWORD),
    ("confirmPassword", PASSWORD),
    ("userAttributes.email", "carol@example.com"),
    ("userAttributes.given_name", "Carol"),
];

#[tokio::test]
async fn user_signs_up_confirms_by_the_code_and_is_signed_in() {
    let local = pool(with_code());
    let query = App::of(&local).query();
    let (sign_up, confirm) = (format!("/signup?{query}"), format!("/confirm?{query}"));
    let mut browser = Browser::of(&local);
    assert!(browser.open(&query).await.body().contains("href=\"/signup?client_id="));
    let page = browser.get(&sign_up).await;
    for part in [
        "type=\"email\" id=\"attribute-email\"",
        "autocomplete=\"given-name\" required",
        "autocomplete=\"new-password\"",
        "an uppercase letter",
    ] {
        assert!(page.body().contains(part), "{part}: {}", page.body());
    }
    let page = browser.submit(&sign_up, &page, &CAROL).await;
    assert!(page.body().contains("c***@e***"), "{}", page.body());
    let user = ("username", "carol");
    let wrong = browser.submit(&confirm, &page, &[user, ("code", "000000")]).await;
    assert!(wrong.body().contains("Invalid verification code provided"));
    let resend = format!("/resendcode?{query}");
    let page = browser.submit(&resend, &wrong, &[user]).await;
    assert!(page.body().contains("A new code was sent."), "{}", page.body());
    let code = sent_code(&local, "carol");
    let done = browser.submit(&confirm, &page, &[user, ("code", &code)]).await;
    assert!(sent_parameter(&done, "code").is_some(), "{}", done.body());
    assert!(browser.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn code_later_or_in_another_browser_confirms_the_user_and_starts_no_session() {
    let local = pool(with_code());
    let query = App::of(&local).query();
    let (sign_up, confirm) = (format!("/signup?{query}"), format!("/confirm?{query}"));
    for is_same_browser in [true, false] {
        let mut browser = Browser::of(&local);
        let name = if is_same_browser { "carol" } else { "dave" };
        let page = browser.get(&sign_up).await;
        let mut fields = CAROL;
        fields[0].1 = name;
        let email = format!("{name}@example.com");
        fields[3].1 = &email;
        let mut page = browser.submit(&sign_up, &page, &fields).await;
        if is_same_browser {
            local.clock().advance(Duration::from_secs(3600));
        } else {
            browser = Browser::of(&local);
            page = browser.get(&confirm).await;
            assert_eq!(hidden(&page, "session"), None);
        }
        let code = sent_code(&local, name);
        let fields = [("username", name), ("code", &*code)];
        let done = browser.submit(&confirm, &page, &fields).await;
        assert!(done.body().contains("The account is confirmed."), "{}", done.body());
        assert!(!browser.cookies.contains_key("cognito"));
    }
}

#[tokio::test]
async fn rejected_sign_up_keeps_the_input_except_for_passwords() {
    let local = pool(with_code());
    let sign_up = format!("/signup?{}", App::of(&local).query());
    let mut browser = Browser::of(&local);
    let page = browser.get(&sign_up).await;
    let hostile = "\"><script>alert(1)</script>";
    let cases = [
        ("username", "alice", "User already exists"),
        ("password", "short", "The passwords do not match."),
        ("userAttributes.email", "nowhere", "Invalid email address format."),
        ("userAttributes.given_name", "", "given_name: The attribute is required"),
        ("userAttributes.custom:x", "1", "could not be determined"),
        ("username", hostile, ""),
        ("userAttributes.given_name", hostile, ""),
    ];
    for (name, value, message) in cases {
        let mut fields: Vec<_> = CAROL.into_iter().filter(|(own, _)| *own != name).collect();
        fields.push((name, value));
        if message.is_empty() {
            fields.retain(|(own, _)| *own != "userAttributes.email");
        }
        let again = browser.submit(&sign_up, &page, &fields).await;
        assert!(again.body().contains(message), "{message}: {}", again.body());
        assert!(again.body().contains("role=\"alert\""), "{name} {value}: {}", again.body());
        assert!(!again.body().contains(PASSWORD) && !again.body().contains("<script>"));
        assert!(name == "userAttributes.given_name" || again.body().contains("value=\"Carol\""));
    }
}

#[tokio::test]
async fn user_whom_the_trigger_confirms_is_signed_in_at_once() {
    let settings = with_code().pre_sign_up(|_| Ok(SignUpDecision::default().confirm()));
    let local = pool(settings);
    let sign_up = format!("/signup?{}", App::of(&local).query());
    let mut browser = Browser::of(&local);
    let page = browser.get(&sign_up).await;
    let done = browser.submit(&sign_up, &page, &CAROL).await;
    assert!(sent_parameter(&done, "code").is_some(), "{}", done.body());
}

#[tokio::test]
async fn unconfirmed_user_who_signs_in_gets_the_page_of_the_code() {
    let local = pool(with_code());
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    let page = browser.get(&format!("/signup?{query}")).await;
    browser.submit(&format!("/signup?{query}"), &page, &CAROL).await;
    let page = browser.fill_in(&query, "carol", PASSWORD).await;
    assert!(page.body().contains("User is not confirmed."), "{}", page.body());
    let code = sent_code(&local, "carol");
    let fields = [("username", "carol"), ("code", &*code)];
    let done = browser.submit(&format!("/confirm?{query}"), &page, &fields).await;
    assert!(done.body().contains("The account is confirmed."), "{}", done.body());
}

#[tokio::test]
async fn link_with_the_code_confirms_the_user_and_starts_no_session() {
    let local = pool(with_code());
    let sign_up = format!("/signup?{}", App::of(&local).query());
    let mut browser = Browser::of(&local);
    let page = browser.get(&sign_up).await;
    browser.submit(&sign_up, &page, &CAROL).await;
    let id = local.client_id();
    let link = |name: &str, code: &str| {
        let parameters =
            [("client_id", id.as_str()), ("user_name", name), ("confirmation_code", code)];
        format!("/confirmUser?{}", encoded(&parameters))
    };
    let wrong = browser.get(&link("carol", "000000")).await;
    assert!(wrong.body().contains("Invalid verification code provided"), "{}", wrong.body());
    let unknown = browser.get(&link("<script>", "000000")).await;
    assert!(unknown.body().contains("Username/client id combination not found."));
    let missing = browser.get(&link("carol", "")).await;
    assert!(missing.body().contains("Missing required parameter confirmation_code"));
    let done = browser.get(&link("carol", &sent_code(&local, "carol"))).await;
    assert!(done.body().contains("Your registration has been confirmed!"), "{}", done.body());
    assert!(!browser.cookies.contains_key("cognito"));
    let carol = local.call("AdminGetUser", json!({ "Username": "carol" })).unwrap();
    assert_eq!(carol["UserStatus"], "CONFIRMED");
    let refused = browser.get("/confirmUser?client_id=unknown&user_name=carol").await;
    assert_eq!(header(&refused, "location"), "/error?error=invalid_request&client_id=unknown");
}

#[tokio::test]
async fn message_with_a_link_confirms_the_user_who_follows_it() {
    let own = json!({
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailSubjectByLink": "Hello",
        "EmailMessageByLink": "<b>Welcome</b>, {##please confirm##}!",
    });
    let default = json!({ "DefaultEmailOption": "CONFIRM_WITH_LINK" });
    for (template, subject, start, label) in [
        (default, "Your verification link", "Please click the link below", "Verify Email"),
        (own, "Hello", "<b>Welcome</b>, ", "please confirm"),
    ] {
        let local = pool(with_code().pool_member("VerificationMessageTemplate", template));
        let query = App::of(&local).query();
        let (sign_up, resend) = (format!("/signup?{query}"), format!("/resendcode?{query}"));
        let mut browser = Browser::of(&local);
        let page = browser.get(&sign_up).await;
        let name = ("username", "carol&dave");
        let fields = [name, CAROL[1], CAROL[2], CAROL[3], CAROL[4]];
        let page = browser.submit(&sign_up, &page, &fields).await;
        browser.submit(&resend, &page, &[name]).await;
        let messages = local.emulator().outbox();
        assert_eq!(messages.len(), 2);
        for message in &messages {
            assert_eq!(message.subject.as_deref(), Some(subject));
            assert!(message.text.starts_with(start), "{}", message.text);
            assert!(message.text.contains(&format!(">{label}</a>")), "{}", message.text);
        }
        let (_, link) = messages[1].text.split_once("<a href=\"").unwrap();
        let link = link.split('"').next().unwrap();
        let path = link.strip_prefix("http://localhost:9229").unwrap();
        let done = Browser::of(&local).get(path).await;
        assert!(done.body().contains("Your registration has been confirmed!"), "{link}");
        let carol = local.call("AdminGetUser", json!({ "Username": name.1 })).unwrap();
        assert_eq!(carol["UserStatus"], "CONFIRMED");
    }
}

#[tokio::test]
async fn trigger_places_the_link_and_other_messages_have_codes() {
    let by_link = json!({ "DefaultEmailOption": "CONFIRM_WITH_LINK" });
    let settings = with_code().pool_member("VerificationMessageTemplate", by_link);
    let local = pool(settings.custom_message(|message| match message.kind {
        MessageKind::SignUp => {
            Ok(MessageText::default().email("Hi", "{##Confirm##} or type {####}. {##open"))
        }
        _ => Ok(MessageText::default()),
    }));
    let sign_up = format!("/signup?{}", App::of(&local).query());
    let mut browser = Browser::of(&local);
    let page = browser.get(&sign_up).await;
    browser.submit(&sign_up, &page, &CAROL).await;
    let code = sent_code(&local, "carol");
    let text = local.emulator().outbox()[0].text.clone();
    assert!(text.starts_with("<a href=\"http://localhost:9229/confirmUser?client_id="), "{text}");
    assert!(text.ends_with(&format!("\">Confirm</a> or type {code}. {{##open")), "{text}");
    local.call("AdminConfirmSignUp", json!({ "Username": "carol" })).unwrap();
    let verified = json!([{ "Name": "email_verified", "Value": "true" }]);
    let update = json!({ "Username": "carol", "UserAttributes": verified });
    local.call("AdminUpdateUserAttributes", update).unwrap();
    local.call("AdminResetUserPassword", json!({ "Username": "carol" })).unwrap();
    let code = sent_code(&local, "carol");
    let messages = local.emulator().outbox();
    assert_eq!(messages[1].text, format!("Your confirmation code is {code}"));
}

#[tokio::test]
async fn address_that_is_the_user_name_has_one_field() {
    let settings = settings()
        .pool_member("UsernameAttributes", json!(["email"]))
        .pool_member("AutoVerifiedAttributes", json!(["email"]))
        .pool_member("Schema", json!([{ "Name": "email", "Required": true, "Mutable": true }]));
    let emulator = cognito_emulator::Emulator::builder().in_process();
    let local = emulator.create_pool(settings).unwrap();
    let query = App::of(&local).query();
    let (sign_up, confirm) = (format!("/signup?{query}"), format!("/confirm?{query}"));
    let mut browser = Browser::of(&local);
    let page = browser.get(&sign_up).await;
    assert!(page.body().contains(">E-mail address</label>"), "{}", page.body());
    assert!(!page.body().contains("attribute-email"));
    let email = "erin@example.com";
    let fields = [("username", email), ("password", PASSWORD)];
    let page = browser.submit(&sign_up, &page, &fields).await;
    let code = sent_code(&local, email);
    let done = browser.submit(&confirm, &page, &[("username", email), ("code", &code)]).await;
    assert!(sent_parameter(&done, "code").is_some(), "{}", done.body());
}

#[tokio::test]
async fn pool_whose_users_are_created_by_administrators_has_no_sign_up() {
    let only = json!({ "AllowAdminCreateUserOnly": true });
    let local = pool(settings().pool_member("AdminCreateUserConfig", only));
    let query = App::of(&local).query();
    let mut browser = Browser::of(&local);
    assert!(!browser.open(&query).await.body().contains("/signup"));
    let sign_up = format!("/signup?{query}");
    let page = browser.get(&sign_up).await;
    let again = browser.submit(&sign_up, &page, &CAROL[..2]).await;
    assert!(again.body().contains("SignUp is not permitted for this user pool"));
}
