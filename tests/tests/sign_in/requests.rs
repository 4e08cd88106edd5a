//! The exact requests: every field and hash, and nothing else.

use std::time::SystemTime;

use cognito::account::{Attributes, Factor, MfaPreference};
use cognito::sign_in::{ContextData, FirstFactor, SignInRequest};
use cognito::types::ChallengeSession;
use cognito::{Challenge, ErrorKind, SignIn, UserPool};
use cognito_srp::{EphemeralKeyPair, Identity, PasswordVerifier, secret_hash};
use cognito_tests::fixture::{PASSWORD, admin_config, challenge};
use cognito_tests::recorder::{CLIENT, Recorder, SECRET, SESSION, challenge_json};
use getrandom::SysRng;
use serde_json::{Value, json};

fn hash(username: &str) -> String {
    secret_hash(username, CLIENT, SECRET)
}

/// Returns SRP parameters that a client accepts.
fn srp_parameters() -> Value {
    let identity = Identity::user("Ab12Cd34E", "the-users-id");
    let stored = PasswordVerifier::generate(identity, PASSWORD, &mut SysRng).unwrap();
    let pair = EphemeralKeyPair::generate(&mut SysRng).unwrap();
    let exchange = stored.challenge(&pair.srp_a(), &mut SysRng).unwrap();
    json!({
        "SALT": exchange.salt(),
        "SRP_B": exchange.srp_b(),
        "SECRET_BLOCK": "c2VjcmV0IGJsb2Nr",
        "USERNAME": "the-users-id",
        "USER_ID_FOR_SRP": "the-users-id",
    })
}

/// Removes random values after checking their format.
fn without_random(mut body: Value) -> Value {
    let parts = ["AuthParameters", "ChallengeResponses"];
    let Some(part) = parts.into_iter().find(|part| body.get(part).is_some()) else { return body };
    let parameters = body[part].as_object_mut().unwrap();
    if let Some(srp_a) = parameters.remove("SRP_A") {
        assert!(srp_a.as_str().unwrap().bytes().all(|digit| digit.is_ascii_hexdigit()));
    }
    if let Some(signature) = parameters.remove("PASSWORD_CLAIM_SIGNATURE") {
        assert_eq!(signature.as_str().unwrap().len(), 44);
        assert!(parameters.remove("TIMESTAMP").unwrap().as_str().unwrap().contains(" UTC 20"));
    }
    body
}

/// Returns the first request of a sign-in.
async fn first_request(start: impl FnOnce(&UserPool) -> SignInRequest) -> Value {
    let server = Recorder::start().await;
    server.respond("InitiateAuth", challenge_json("CUSTOM_CHALLENGE", json!({})));
    let step = start(&server.client().build().unwrap()).await.unwrap();
    assert!(matches!(step, SignIn::Challenge(Challenge::Custom(_))));
    without_random(server.only("InitiateAuth").await)
}

#[tokio::test]
async fn each_flow_starts_with_its_own_parameters() {
    let with = |flow: &str, extra: Value| {
        let mut parameters = json!({ "USERNAME": "alice", "SECRET_HASH": hash("alice") });
        parameters.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "ClientId": CLIENT, "AuthFlow": flow, "AuthParameters": parameters })
    };
    let password = || PASSWORD.into();
    let prefer = |name: &str| json!({ "PREFERRED_CHALLENGE": name });
    let sent_password = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD });

    let sent = first_request(|pool| pool.sign_in("alice").password(PASSWORD)).await;
    assert_eq!(sent, with("USER_SRP_AUTH", json!({})));
    let sent = first_request(|pool| pool.sign_in("alice").password_over_the_wire(PASSWORD)).await;
    assert_eq!(sent, with("USER_PASSWORD_AUTH", json!({ "PASSWORD": PASSWORD })));
    let sent = first_request(|pool| pool.sign_in("alice").custom()).await;
    assert_eq!(sent, with("CUSTOM_AUTH", json!({})));
    let sent = first_request(|pool| pool.sign_in("alice").custom_after_password(PASSWORD)).await;
    assert_eq!(sent, with("CUSTOM_AUTH", json!({ "CHALLENGE_NAME": "SRP_A" })));
    let sent = first_request(|pool| pool.sign_in("alice").choose_first_factor()).await;
    assert_eq!(sent, with("USER_AUTH", json!({})));
    for (factor, extra) in [
        (FirstFactor::Password(password()), prefer("PASSWORD_SRP")),
        (FirstFactor::PasswordOverTheWire(password()), sent_password),
        (FirstFactor::EmailOtp, prefer("EMAIL_OTP")),
        (FirstFactor::SmsOtp, prefer("SMS_OTP")),
        (FirstFactor::Passkey, prefer("WEB_AUTHN")),
    ] {
        let sent = first_request(|pool| pool.sign_in("alice").first_factor(factor)).await;
        assert_eq!(sent, with("USER_AUTH", extra));
    }
}

#[tokio::test]
async fn metadata_and_context_are_sent_with_every_step() {
    let server = Recorder::start().await;
    server.respond("InitiateAuth", challenge_json("PASSWORD_VERIFIER", srp_parameters()));
    server.respond("RespondToAuthChallenge", challenge_json("SMS_MFA", json!({})));
    let context = ContextData::default().encoded_data("fingerprint").ip_address("192.0.2.1");
    let sign_in = server.client().build().unwrap().sign_in("alice@example.com").password(PASSWORD);
    let step = sign_in.client_metadata("from", "web").context_data(context).await.unwrap();
    assert_eq!(challenge(step).username(), "the-users-id");

    let accompanies = |mut sent: Value| {
        let sent = sent.as_object_mut().unwrap();
        assert_eq!(sent.remove("ClientMetadata").unwrap(), json!({ "from": "web" }));
        let context = json!({ "EncodedData": "fingerprint", "IpAddress": "192.0.2.1" });
        assert_eq!(sent.remove("UserContextData").unwrap(), context);
        Value::Object(sent.clone())
    };
    let first = without_random(accompanies(server.only("InitiateAuth").await));
    assert_eq!(first["AuthParameters"]["SECRET_HASH"], hash("alice@example.com"));
    let second = without_random(accompanies(server.only("RespondToAuthChallenge").await));
    assert_eq!(
        second,
        json!({
            "ClientId": CLIENT,
            "ChallengeName": "PASSWORD_VERIFIER",
            "Session": SESSION,
            "ChallengeResponses": {
                "USERNAME": "the-users-id",
                "SECRET_HASH": hash("the-users-id"),
                "PASSWORD_CLAIM_SECRET_BLOCK": "c2VjcmV0IGJsb2Nr",
            },
        })
    );
}

/// Starts a sign-in with a challenge, and responds with the test's function.
async fn response_to<F: Future<Output = ()>>(
    name: &str,
    parameters: Value,
    respond: impl FnOnce(Challenge) -> F,
) -> Value {
    let server = Recorder::start().await;
    server.respond("InitiateAuth", challenge_json(name, parameters));
    server
        .respond("RespondToAuthChallenge", challenge_json("A_CHALLENGE_OF_THE_FUTURE", json!({})));
    let step = server.client().build().unwrap().sign_in("alice").custom().await.unwrap();
    respond(challenge(step)).await;
    let mut sent = server.only("RespondToAuthChallenge").await;
    assert_eq!(sent["ChallengeName"], name);
    assert_eq!(sent["Session"], SESSION);
    assert_eq!(sent.as_object().unwrap().len(), 4);
    let responses = sent["ChallengeResponses"].as_object_mut().unwrap();
    assert_eq!(responses.remove("USERNAME").unwrap(), "internal");
    assert_eq!(responses.remove("SECRET_HASH").unwrap(), hash("internal"));
    Value::Object(responses.clone())
}

macro_rules! responded {
    ($name:literal, $kind:ident, |$challenge:ident| $response:expr) => {
        response_to($name, json!({ "USERNAME": "internal" }), |challenge| async move {
            let Challenge::$kind($challenge) = challenge else {
                panic!("{} was returned", challenge.name())
            };
            let next = challenge_of_the_future($response.await.unwrap());
            assert_eq!(next, "A_CHALLENGE_OF_THE_FUTURE");
        })
        .await
    };
}

fn challenge_of_the_future(step: SignIn) -> String {
    let SignIn::Challenge(Challenge::Other(other)) = step else { panic!("something else") };
    assert_eq!(other.session().map(ChallengeSession::expose_secret), Some(SESSION));
    other.name().to_owned()
}

#[tokio::test]
async fn response_to_each_challenge_has_its_fields() {
    let sent = responded!("SMS_MFA", SmsMfa, |mfa| mfa.respond("123456"));
    assert_eq!(sent, json!({ "SMS_MFA_CODE": "123456" }));
    let sent = responded!("SOFTWARE_TOKEN_MFA", SoftwareToken, |mfa| mfa.respond("123456"));
    assert_eq!(sent, json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" }));
    let sent = responded!("EMAIL_OTP", EmailOtp, |otp| otp.respond("12345678"));
    assert_eq!(sent, json!({ "EMAIL_OTP_CODE": "12345678" }));
    let sent = responded!("SMS_OTP", SmsOtp, |otp| otp.respond("12345678"));
    assert_eq!(sent, json!({ "SMS_OTP_CODE": "12345678" }));
    let sent = responded!("CUSTOM_CHALLENGE", Custom, |custom| custom.respond("blue"));
    assert_eq!(sent, json!({ "ANSWER": "blue" }));
    let sent = responded!("PASSWORD", Password, |asked| asked.respond_over_the_wire("secret"));
    assert_eq!(sent, json!({ "PASSWORD": "secret" }));
    let sent = responded!("ADMIN_NO_SRP_AUTH", Password, |asked| {
        asked.respond_over_the_wire("secret")
    });
    assert_eq!(sent, json!({ "PASSWORD": "secret" }));
    let sent = responded!("NEW_PASSWORD_REQUIRED", NewPassword, |asked| {
        asked.respond("new").attributes([("name", "Al")].into_iter().collect())
    });
    assert_eq!(sent, json!({ "NEW_PASSWORD": "new", "userAttributes.name": "Al" }));
    let sent = responded!("MFA_SETUP", MfaSetup, |set_up| set_up.email("al@example.com"));
    assert_eq!(sent, json!({ "EMAIL": "al@example.com" }));
    let sent = responded!("SELECT_CHALLENGE", SelectChallenge, |select| select.email_otp());
    assert_eq!(sent, json!({ "ANSWER": "EMAIL_OTP" }));
    let sent = responded!("SELECT_CHALLENGE", SelectChallenge, |select| select.sms_otp());
    assert_eq!(sent, json!({ "ANSWER": "SMS_OTP" }));
    let sent = responded!("SELECT_CHALLENGE", SelectChallenge, |select| select.passkey());
    assert_eq!(sent, json!({ "ANSWER": "WEB_AUTHN" }));
    let sent = responded!("SELECT_CHALLENGE", SelectChallenge, |select| {
        select.password_over_the_wire("secret")
    });
    assert_eq!(sent, json!({ "ANSWER": "PASSWORD", "PASSWORD": "secret" }));
    let srp = |mut sent: Value| {
        let srp_a = sent.as_object_mut().unwrap().remove("SRP_A").unwrap();
        assert!(srp_a.as_str().unwrap().len() > 700);
        sent
    };
    let sent = responded!("SELECT_CHALLENGE", SelectChallenge, |select| select.password("secret"));
    assert_eq!(srp(sent), json!({ "ANSWER": "PASSWORD_SRP" }));
    let sent = responded!("PASSWORD_SRP", PasswordSrp, |asked| asked.respond("secret"));
    assert_eq!(srp(sent), json!({}));
}

#[tokio::test]
async fn choice_is_sent_unchanged() {
    let server = Recorder::start().await;
    let listed = json!({ "MFAS_CAN_CHOOSE": "[\"SMS_MFA\",\"EMAIL_OTP\"]" });
    server.respond("InitiateAuth", challenge_json("SELECT_MFA_TYPE", listed));
    server.respond("RespondToAuthChallenge", challenge_json("EMAIL_OTP", json!({})));
    let step = server.client().build().unwrap().sign_in("alice").custom().await.unwrap();
    let Challenge::SelectMfa(select) = challenge(step) else { panic!("no choice") };
    let refused = select.respond("EMAIL_MFA").await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::InvalidParameter);
    assert_eq!(server.count("RespondToAuthChallenge").await, 0);
    let _next = refused.retry().unwrap().respond("EMAIL_OTP").await.unwrap();
    let sent = server.only("RespondToAuthChallenge").await;
    assert_eq!(sent["ChallengeResponses"]["ANSWER"], "EMAIL_OTP");
}

#[tokio::test]
async fn administrators_sign_in_with_their_own_operations() {
    for (legacy, flow) in [(false, "ADMIN_USER_PASSWORD_AUTH"), (true, "ADMIN_NO_SRP_AUTH")] {
        let server = Recorder::start().await;
        server.respond(
            "AdminInitiateAuth",
            challenge_json("SMS_MFA", json!({ "USERNAME": "internal" })),
        );
        server
            .respond("AdminRespondToAuthChallenge", challenge_json("CUSTOM_CHALLENGE", json!({})));
        let admin = server.client().build().unwrap().as_admin(&admin_config());
        let admin = if legacy { admin.legacy_flow() } else { admin };
        let sign_in = admin.sign_in("alice").password_over_the_wire(PASSWORD);
        let context = ContextData::default().ip_address("192.0.2.1").server("example.com", "/in");
        let step = sign_in.context_data(context).await.unwrap();

        // A saved and resumed challenge still belongs to the administrator.
        let saved = serde_json::to_string(&challenge(step).save()).unwrap();
        let saved: cognito::sign_in::SavedChallenge = serde_json::from_str(&saved).unwrap();
        let not_admin = server.client().build().unwrap().resume(saved.clone()).unwrap_err();
        assert_eq!(not_admin.kind(), ErrorKind::Configuration);
        let Challenge::SmsMfa(mfa) = admin.resume(saved).unwrap() else { panic!("not the same") };
        let _next = mfa.respond("123456").await.unwrap();

        let context = json!({
            "IpAddress": "192.0.2.1", "ServerName": "example.com", "ServerPath": "/in",
            "HttpHeaders": [],
        });
        let requests = server.requests().await;
        assert!(requests.iter().all(|request| request.signed));
        assert_eq!(
            requests[0].body,
            json!({
                "UserPoolId": "eu-west-1_Ab12Cd34E",
                "ClientId": CLIENT,
                "AuthFlow": flow,
                "AuthParameters": {
                    "USERNAME": "alice", "PASSWORD": PASSWORD, "SECRET_HASH": hash("alice"),
                },
                "ContextData": context,
            })
        );
        assert_eq!(
            requests[1].body,
            json!({
                "UserPoolId": "eu-west-1_Ab12Cd34E",
                "ClientId": CLIENT,
                "ChallengeName": "SMS_MFA",
                "Session": SESSION,
                "ChallengeResponses": {
                    "USERNAME": "internal", "SMS_MFA_CODE": "123456", "SECRET_HASH": hash("internal"),
                },
                "ContextData": context,
            })
        );
    }
}

#[tokio::test]
async fn registration_and_recovery_send_the_hash_of_the_given_name() {
    let server = Recorder::start().await;
    let delivery = json!({ "Destination": "a***@e***", "DeliveryMedium": "EMAIL" });
    server.respond("SignUp", json!({ "UserSub": "sub", "Session": SESSION }));
    server.respond("ForgotPassword", json!({ "CodeDeliveryDetails": delivery }));
    let pool = server.client().build().unwrap();
    let sign_up = pool.sign_up("alice").password(PASSWORD).attribute("email", "a@b.io");
    let sign_up = sign_up.validation_data("captcha", "ok").client_metadata("from", "web");
    let session = sign_up.await.unwrap().session().cloned().unwrap();
    // The confirmation may be in another request of a web server.
    let confirm = pool.confirm_sign_up("alice", "123456").force_alias_creation();
    confirm.session(session).await.unwrap();
    pool.resend_confirmation_code("alice").client_metadata("from", "web").await.unwrap();
    let sent_to = pool.forgot_password("alice").await.unwrap().unwrap();
    assert_eq!(sent_to.destination(), "a***@e***");
    pool.confirm_forgot_password("alice", "123456", "New-horse1").await.unwrap();
    pool.sign_up("bob").without_password().await.unwrap();

    let named = |extra: Value| {
        let mut body =
            json!({ "ClientId": CLIENT, "Username": "alice", "SecretHash": hash("alice") });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let bodies: Vec<Value> = server.requests().await.into_iter().map(|sent| sent.body).collect();
    assert_eq!(
        bodies,
        [
            named(json!({
                "Password": PASSWORD,
                "UserAttributes": [{ "Name": "email", "Value": "a@b.io" }],
                "ValidationData": [{ "Name": "captcha", "Value": "ok" }],
                "ClientMetadata": { "from": "web" },
            })),
            named(json!({
                "ConfirmationCode": "123456", "ForceAliasCreation": true, "Session": SESSION,
            })),
            named(json!({ "ClientMetadata": { "from": "web" } })),
            named(json!({})),
            named(json!({ "ConfirmationCode": "123456", "Password": "New-horse1" })),
            json!({ "ClientId": CLIENT, "Username": "bob", "SecretHash": hash("bob") }),
        ]
    );
}

#[tokio::test]
async fn users_send_their_access_token_and_what_they_change() {
    let server = Recorder::start().await;
    let session = server.session().await;
    let pages = [json!({ "Devices": [], "PaginationToken": "next" }), json!({ "Devices": [] })];
    for page in pages {
        server.respond("ListDevices", page);
    }
    let changed = [("name", "Alice")];
    session.update_attributes(&changed.into_iter().collect()).await.unwrap();
    session.update_attributes(&Attributes::new()).await.unwrap();
    session.delete_attributes(["nickname"]).await.unwrap();
    session.send_attribute_code("email").await.unwrap();
    session.verify_attribute("email", "123456").await.unwrap();
    session.change_password(PASSWORD, "New-horse1").await.unwrap();
    session.set_first_password("New-horse1").await.unwrap();
    let preference = MfaPreference::default().email(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    assert!(session.devices().await.unwrap().is_empty());
    session.remember_device("us-east-1_0f1e", false).await.unwrap();
    session.forget_device("us-east-1_0f1e").await.unwrap();

    let token = session.tokens().unwrap().access_token().expose_secret().to_owned();
    let sent = |operation: &str, extra: Value| {
        let mut body = json!({ "AccessToken": token });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        (operation.to_owned(), body)
    };
    let requests = server.requests().await;
    assert!(requests.iter().all(|request| !request.signed));
    let requests = requests.into_iter().map(|sent| (sent.operation, sent.body));
    assert_eq!(
        requests.collect::<Vec<_>>(),
        [
            sent(
                "UpdateUserAttributes",
                json!({
                    "UserAttributes": [{ "Name": "name", "Value": "Alice" }],
                })
            ),
            sent("DeleteUserAttributes", json!({ "UserAttributeNames": ["nickname"] })),
            sent("GetUserAttributeVerificationCode", json!({ "AttributeName": "email" })),
            sent("VerifyUserAttribute", json!({ "AttributeName": "email", "Code": "123456" })),
            sent(
                "ChangePassword",
                json!({
                    "PreviousPassword": PASSWORD, "ProposedPassword": "New-horse1",
                })
            ),
            sent("ChangePassword", json!({ "ProposedPassword": "New-horse1" })),
            sent(
                "SetUserMFAPreference",
                json!({
                    "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true },
                })
            ),
            sent("ListDevices", json!({ "Limit": 60 })),
            sent("ListDevices", json!({ "Limit": 60, "PaginationToken": "next" })),
            sent(
                "UpdateDeviceStatus",
                json!({
                    "DeviceKey": "us-east-1_0f1e", "DeviceRememberedStatus": "not_remembered",
                })
            ),
            sent("ForgetDevice", json!({ "DeviceKey": "us-east-1_0f1e" })),
        ]
    );
}

#[tokio::test]
async fn a_refresh_sends_the_device_and_the_secret_itself() {
    let server = Recorder::start().await;
    let session = server.session().await;
    server.refuse("GetTokensFromRefreshToken", "InternalErrorException", "");
    let failed = session.refresh().await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Service);
    assert!(session.access_token().await.is_ok(), "the old tokens hold");
    assert_eq!(server.count("GetTokensFromRefreshToken").await, 2, "one more request, at once");
    let token = session.tokens().unwrap().refresh_token().unwrap().expose_secret().to_owned();
    assert_eq!(
        server.requests().await[0].body,
        json!({
            "ClientId": session.access_claims().await.unwrap().client_id().as_str(),
            "ClientSecret": SECRET,
            "RefreshToken": token,
            "DeviceKey": "us-east-1_0f1e",
        })
    );
}

#[tokio::test]
async fn saved_challenge_is_valid_for_its_pool_client_and_time_only() {
    let server = Recorder::start().await;
    server.respond("InitiateAuth", challenge_json("SMS_MFA", json!({ "USERNAME": "internal" })));
    server.respond("RespondToAuthChallenge", challenge_json("CUSTOM_CHALLENGE", json!({})));
    let own = server.client().build().unwrap();
    let sign_in = own.sign_in("alice").custom().client_metadata("from", "web");
    let saved = challenge(sign_in.await.unwrap()).save();
    assert!(saved.deadline() > SystemTime::now());
    let other_client = UserPool::builder(own.id().clone(), "another").build().unwrap();
    let other_pool = UserPool::builder("eu-west-1_Other".parse().unwrap(), CLIENT).build().unwrap();
    for stranger in [other_client, other_pool] {
        let error = stranger.resume(saved.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    let text = serde_json::to_string(&saved).unwrap();
    let late = text.replace(&format!("{:?}:", "deadline"), "\"deadline\":1,\"was\":");
    let late = own.resume(serde_json::from_str(&late).unwrap()).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::ChallengeExpired);
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    let newer = own.resume(serde_json::from_str(&newer).unwrap()).unwrap_err();
    assert!(newer.to_string().contains("another version"), "{newer}");

    let saved: cognito::sign_in::SavedChallenge = serde_json::from_str(&text).unwrap();
    let saved = saved.client_metadata("request", "2");
    let saved = saved.context_data(ContextData::default().ip_address("192.0.2.2"));
    let Challenge::SmsMfa(mfa) = own.resume(saved).unwrap() else {
        panic!("not the same challenge")
    };
    let _next = mfa.respond("123456").await.unwrap();
    assert_eq!(
        server.only("RespondToAuthChallenge").await,
        json!({
            "ClientId": CLIENT,
            "ChallengeName": "SMS_MFA",
            "Session": SESSION,
            "ChallengeResponses": {
                "USERNAME": "internal", "SMS_MFA_CODE": "123456", "SECRET_HASH": hash("internal"),
            },
            "ClientMetadata": { "from": "web", "request": "2" },
            "UserContextData": { "IpAddress": "192.0.2.2" },
        })
    );
}
