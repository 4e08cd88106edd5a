//! Passkeys with a third-party authenticator: parsing of its documents, and the flow from
//! registration to sign-in.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use cognito::account::PasskeyCreationOptions;
use cognito::sign_in::{FirstFactor, PasskeyChallenge, PasskeyRequestOptions};
use cognito::{Challenge, ErrorKind};
use cognito_apart_tests::browser::Browser;
use cognito_emulator::PoolSettings;
use cognito_tests::cancelled::{Yielding, at_each_await, within_rounds};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use serde_json::{Value, json};

const PAGE: &str = "https://shop.example.com";

fn with_passkeys() -> PoolSettings {
    let site = json!({ "RelyingPartyId": "example.com", "UserVerification": "required" });
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] });
    PoolSettings::default()
        .pool_member("WebAuthnConfiguration", site)
        .pool_member("Policies", json!({ "SignInPolicy": factors }))
        .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]))
}

async fn passkey_challenge(fixture: &Fixture, username: &str) -> PasskeyChallenge {
    let sign_in = fixture.pool.sign_in(username).first_factor(FirstFactor::Passkey);
    expect_challenge!(challenge(sign_in.await.unwrap()), Passkey)
}

#[tokio::test]
async fn a_passkey_is_registered_used_listed_and_deleted() {
    let fixture = Fixture::new(with_passkeys());
    let session = fixture.signed_in("alice").await;
    let mut browser = Browser::on(PAGE);
    let options = session.start_passkey_registration().await.unwrap();
    assert_eq!(options.rp_id(), Some("example.com"));
    let made = browser.create(&options).await;
    session.complete_passkey_registration(&made).await.unwrap();
    let passkeys = session.passkeys().await.unwrap();
    assert_eq!((passkeys.len(), passkeys[0].relying_party()), (1, "example.com"));
    let factors = session.auth_factors().await.unwrap();
    assert!(factors.first().contains(&"WEB_AUTHN".to_owned()));

    for _ in 0..2 {
        let challenge = passkey_challenge(&fixture, "alice").await;
        let assertion = browser.get(&challenge.options().unwrap()).await;
        let session = done(challenge.respond(&assertion).await.unwrap());
        assert_eq!(session.user().await.unwrap().username(), "alice");
    }

    let next = fixture.pool.sign_in("alice").choose_first_factor().await.unwrap();
    let select = expect_challenge!(challenge(next), SelectChallenge);
    assert!(select.options().contains(&"WEB_AUTHN".to_owned()));
    let challenge = expect_challenge!(challenge(select.passkey().await.unwrap()), Passkey);
    // The challenge and the response are in separate requests of the web server.
    let saved = serde_json::to_string(&challenge.save()).unwrap();
    let assertion = browser.get(&challenge.options().unwrap()).await;
    let resumed = fixture.pool.resume(serde_json::from_str(&saved).unwrap()).unwrap();
    let Challenge::Passkey(challenge) = resumed else { panic!("not the same challenge") };
    done(challenge.respond(&assertion).await.unwrap());

    session.delete_passkey(passkeys[0].id()).await.unwrap();
    assert!(session.passkeys().await.unwrap().is_empty());
}

#[tokio::test]
async fn another_site_and_an_old_response_are_rejected() {
    let fixture = Fixture::new(with_passkeys());
    let session = fixture.signed_in("bob").await;
    let mut browser = Browser::on(PAGE);
    let made = browser.create(&session.start_passkey_registration().await.unwrap()).await;
    session.complete_passkey_registration(&made).await.unwrap();
    let again = session.complete_passkey_registration(&made).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::ChallengeExpired, "its challenge was used");

    let challenge = passkey_challenge(&fixture, "bob").await;
    let old = browser.get(&challenge.options().unwrap()).await;
    drop(challenge);
    let challenge = passkey_challenge(&fixture, "bob").await;
    let refused = challenge.respond(&old).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::BadCredentials);
}

#[tokio::test]
async fn a_dropped_registration_can_be_repeated_unless_the_passkey_is_registered() {
    at_each_await("passkey registration", async |rounds| {
        let (fixture, context) = (Fixture::new(with_passkeys()), format!("{rounds} rounds"));
        fixture.register("alice").await;
        let http = Yielding(fixture.wire.clone());
        let pool = fixture.another_client(|builder| builder.http_client(http));
        let session = done(pool.sign_in("alice").password(PASSWORD).await.unwrap());
        drop(within_rounds(session.start_passkey_registration(), rounds).await);
        let mut browser = Browser::on(PAGE);
        let made = browser.create(&session.start_passkey_registration().await.unwrap()).await;
        let first = within_rounds(session.complete_passkey_registration(&made), rounds).await;
        let has_arrived = !fixture.wire.seen("CompleteWebAuthnRegistration").is_empty();
        if let Err(error) = session.complete_passkey_registration(&made).await {
            assert!(has_arrived, "{context}: {error}");
            assert_eq!(error.kind(), ErrorKind::ChallengeExpired, "{context}");
        }
        assert_eq!(session.passkeys().await.unwrap().len(), 1, "{context}");
        let challenge = passkey_challenge(&fixture, "alice").await;
        let assertion = browser.get(&challenge.options().unwrap()).await;
        done(challenge.respond(&assertion).await.expect(&context));
        first.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_saved_passkey_challenge_can_be_responded_to_after_a_dropped_response() {
    let (fixture, mut browser) = (Fixture::new(with_passkeys()), Browser::on(PAGE));
    let session = fixture.signed_in("alice").await;
    let made = browser.create(&session.start_passkey_registration().await.unwrap()).await;
    session.complete_passkey_registration(&made).await.unwrap();
    let http = Yielding(fixture.wire.clone());
    let pool = fixture.another_client(|builder| builder.http_client(http));
    at_each_await("passkey", async |rounds| {
        let sign_in = pool.sign_in("alice").first_factor(FirstFactor::Passkey).await.unwrap();
        let challenge = expect_challenge!(challenge(sign_in), Passkey);
        let (saved, options) = (challenge.save(), challenge.options().unwrap());
        let arrived = || fixture.wire.seen("RespondToAuthChallenge").len();
        let before = arrived();
        let assertion = browser.get(&options).await;
        let first = challenge.respond(&assertion).into_future();
        let done = within_rounds(first, rounds).await.is_some();
        let has_arrived = arrived() > before;
        let resumed = expect_challenge!(pool.resume(saved).unwrap(), Passkey);
        match resumed.respond(&assertion).await {
            Ok(_) => assert!(!done, "the assertion was accepted twice"),
            Err(refused) => {
                assert!(has_arrived, "{rounds} rounds: {refused}");
                assert_eq!(refused.error().kind(), ErrorKind::ChallengeExpired, "{rounds}");
            }
        }
        done
    })
    .await;
}

#[tokio::test]
async fn pool_without_passkeys_returns_an_error() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("carol").await;
    let error = session.start_passkey_registration().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn parsed_bytes_are_the_signed_bytes() {
    let mut browser = Browser::on("https://example.com");
    let options = json!({
        "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
        "challenge": "bWFrZSBhIHBhc3NrZXk",
        "excludeCredentials": [],
        "pubKeyCredParams": [{ "alg": -7, "type": "public-key" }],
        "rp": { "id": "example.com", "name": "Example" },
        "timeout": 60000,
        "user": { "displayName": "Alice", "id": "YWxpY2U", "name": "alice" },
    });
    let options = PasskeyCreationOptions::from_json(&options.to_string()).unwrap();
    assert_eq!(
        (options.challenge(), options.user_handle()),
        (&b"make a passkey"[..], &b"alice"[..])
    );
    let registration = browser.create(&options).await;
    let said = client_data(registration.client_data());
    assert_eq!(
        (&said["type"], &said["challenge"]),
        (&json!("webauthn.create"), &json!("bWFrZSBhIHBhc3NrZXk"))
    );

    let made = serde_json::to_value(&registration).unwrap();
    let options = json!({
        "challenge": "dXNlIGEgcGFzc2tleQ",
        "rpId": "example.com",
        "allowCredentials": [{ "id": made["id"], "type": "public-key" }],
        "userVerification": "required",
    });
    let options = PasskeyRequestOptions::from_json(&options.to_string()).unwrap();
    assert_eq!(options.allowed()[0].id(), registration.credential_id());
    let assertion = browser.get(&options).await;
    assert_eq!(assertion.credential_id(), registration.credential_id());
    assert_eq!(assertion.user_handle(), Some(&b"alice"[..]));
    assert_eq!(client_data(assertion.client_data())["challenge"], "dXNlIGEgcGFzc2tleQ");

    let hash = digest(&SHA256, assertion.client_data());
    let signed = [assertion.authenticator_data(), hash.as_ref()].concat();
    let key = point(registration.attestation_object());
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    key.verify(&signed, assertion.signature()).unwrap();
}

fn client_data(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Returns the key in an attestation object without attestation: COSE's coordinates x and y, at its
/// end.
fn point(attestation_object: &[u8]) -> Vec<u8> {
    let coordinate = |label: u8| {
        // A byte string of 32 bytes with the label -2 or -3, in CBOR.
        let head = [label, 0x58, 32];
        let found = attestation_object.windows(3).rposition(|bytes| bytes == head).unwrap();
        &attestation_object[found + 3..found + 35]
    };
    [&[4], coordinate(0x21), coordinate(0x22)].concat()
}
