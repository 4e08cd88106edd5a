//! The service's side in JSON, with a third-party authenticator and one that sends invalid data.

#[path = "../../../crates/cognito-emulator/tests/support/refusal.rs"]
mod refusal;
#[path = "../../../crates/cognito-emulator/tests/users/support.rs"]
#[allow(dead_code)] // Other suites use more of it.
mod support;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::cbor;
use cognito_apart_tests::browser::Browser;
use cognito_emulator::{Mfa, PoolSettings};
use serde_json::{Value, json};

use support::{
    PASSWORD, Pool, Refusal, claims, not_authorized, refusal, result, settings, text, with,
};

const SITE: &str = "https://shop.example.com";

fn with_passkeys() -> PoolSettings {
    settings()
        .pool_member(
            "WebAuthnConfiguration",
            json!({
                "RelyingPartyId": "example.com", "UserVerification": "required"
            }),
        )
        .pool_member(
            "Policies",
            json!({
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] }
            }),
        )
}

/// Returns the options in a WEB_AUTHN challenge.
fn options(challenge: &Value) -> Value {
    assert_eq!(challenge["ChallengeName"], "WEB_AUTHN", "{challenge}");
    let options = text(&challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]);
    serde_json::from_str(&options).unwrap()
}

fn start(pool: &Pool, token: &str) -> Value {
    let started = pool.call("StartWebAuthnRegistration", json!({ "AccessToken": token }));
    started["CredentialCreationOptions"].clone()
}

fn complete(pool: &Pool, token: &str, credential: &Value) -> Result<Value, Refusal> {
    let input = json!({ "AccessToken": token, "Credential": credential });
    pool.try_call("CompleteWebAuthnRegistration", input)
}

fn ask(pool: &Pool) -> Value {
    let preferred = json!({ "USERNAME": "alice", "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    pool.initiate("USER_AUTH", preferred).unwrap()
}

fn respond(pool: &Pool, challenge: &Value, credential: &Value) -> Result<Value, Refusal> {
    pool.respond(challenge, json!({ "CREDENTIAL": credential.to_string() }))
}

#[tokio::test]
async fn user_signs_in_with_a_passkey() {
    let pool = Pool::new(with_passkeys());
    pool.user("alice");
    let token = pool.access_token("alice");
    let mut browser = Browser::on(SITE);
    let asked = start(&pool, &token);
    assert_eq!(asked["rp"], json!({ "id": "example.com", "name": "example.com" }));
    assert_eq!(asked["user"]["name"], "alice");
    let credential = browser.create_json(&asked).await;
    assert_eq!(complete(&pool, &token, &credential), Ok(json!({})));
    let missing = complete(&pool, &token, &credential).unwrap_err();
    assert_eq!(missing.0, "WebAuthnChallengeNotFoundException", "a challenge is good once");

    for _ in 0..2 {
        let challenge = ask(&pool);
        let used = browser.get_json(&options(&challenge)).await;
        let tokens = result(&respond(&pool, &challenge, &used).unwrap());
        assert_eq!(claims(&tokens["AccessToken"])["username"], "alice");
        let again = ask(&pool);
        let refused = respond(&pool, &again, &used).unwrap_err();
        assert_eq!(refused, not_authorized("Incorrect username or password."), "another challenge");
    }
    let mut copy = browser.clone();
    let challenge = ask(&pool);
    result(&respond(&pool, &challenge, &browser.get_json(&options(&challenge)).await).unwrap());
    let challenge = ask(&pool);
    let refused =
        respond(&pool, &challenge, &copy.get_json(&options(&challenge)).await).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."), "its counter lags");
}

#[tokio::test]
async fn passkeys_are_listed_and_deleted() {
    let pool = Pool::new(with_passkeys());
    pool.user("alice");
    let token = pool.access_token("alice");
    let mut ids = Vec::new();
    for _ in 0..3 {
        let options = with(start(&pool, &token), "excludeCredentials", json!([]));
        let credential = Browser::on(SITE).create_json(&options).await;
        ids.push(text(&credential["id"]));
        complete(&pool, &token, &credential).unwrap();
    }
    let excluded = start(&pool, &token)["excludeCredentials"].as_array().unwrap().len();
    assert_eq!(excluded, 3);
    let list = |more: Value| {
        let mut input = json!({ "AccessToken": token });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pool.call("ListWebAuthnCredentials", input)
    };
    let first = list(json!({ "MaxResults": 2 }));
    let listed = first["Credentials"].as_array().unwrap();
    assert_eq!(listed.iter().map(|one| text(&one["CredentialId"])).collect::<Vec<_>>(), ids[..2]);
    assert_eq!(listed[0]["RelyingPartyId"], "example.com");
    let made_up = json!({ "AccessToken": token, "NextToken": "made-up" });
    let refused = pool.refused("ListWebAuthnCredentials", made_up);
    assert_eq!(refused, refusal("InvalidParameterException", "Invalid pagination token given."));
    let rest = list(json!({ "NextToken": first["NextToken"] }));
    assert_eq!(rest["Credentials"][0]["CredentialId"], ids[2]);
    assert!(rest.get("NextToken").is_none());
    let factors = pool.call("GetUserAuthFactors", json!({ "AccessToken": token }));
    assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["PASSWORD", "WEB_AUTHN"]));
    for id in &ids {
        let input = json!({ "AccessToken": token, "CredentialId": id });
        pool.call("DeleteWebAuthnCredential", input.clone());
        let refused = pool.refused("DeleteWebAuthnCredential", input);
        assert_eq!(refused.0, "ResourceNotFoundException");
    }
    let factors = pool.call("GetUserAuthFactors", json!({ "AccessToken": token }));
    assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["PASSWORD"]));
}

#[test]
fn pools_must_be_configured_for_passkeys() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let input = json!({ "AccessToken": pool.access_token("alice") });
    let refused = pool.refused("StartWebAuthnRegistration", input);
    assert_eq!(refused.0, "WebAuthnNotEnabledException");
    let pool = Pool::new(with_passkeys().pool_member("WebAuthnConfiguration", json!({})));
    pool.user("alice");
    let input = json!({ "AccessToken": pool.access_token("alice") });
    let refused = pool.refused("StartWebAuthnRegistration", input.clone());
    assert_eq!(refused.0, "WebAuthnConfigurationMissingException");
    let configuration = json!({ "RelyingPartyId": "example.com" });
    pool.call("SetUserPoolMfaConfig", json!({ "WebAuthnConfiguration": configuration }));
    let options = pool.call("StartWebAuthnRegistration", input);
    let selection = &options["CredentialCreationOptions"]["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "preferred");
}

/// An authenticator with an RSA key that sends data set by the test.
struct Liar {
    key: KeyPair,
    origin: &'static str,
    rp_id: &'static str,
    flags: u8,
    counter: u32,
    algorithm: i64,
    handle: Option<String>,
}

impl Liar {
    fn new() -> Self {
        Self {
            key: KeyPair::generate(KeySize::Rsa2048).unwrap(),
            origin: SITE,
            rp_id: "example.com",
            flags: 0x05,
            counter: 0,
            algorithm: -257,
            handle: None,
        }
    }

    fn client_data(&self, r#type: &str, options: &Value) -> String {
        let challenge = &options["challenge"];
        json!({ "type": r#type, "challenge": challenge, "origin": self.origin }).to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        [hash.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn create(&self, options: &Value) -> Value {
        let public = self.key.public_key();
        let n = public.modulus().big_endian_without_leading_zero().to_vec();
        let e = public.exponent().big_endian_without_leading_zero().to_vec();
        let (n, e) = (ciborium::Value::Bytes(n), ciborium::Value::Bytes(e));
        let key = cbor!({ 1 => 3, 3 => self.algorithm, -1 => n, -2 => e }).unwrap();
        let mut data = self.data(self.flags | 0x40);
        data.extend([0; 16]);
        data.extend([0, 4]);
        data.extend(b"liar");
        ciborium::into_writer(&key, &mut data).unwrap();
        let data = ciborium::Value::Bytes(data);
        let object = cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => data }).unwrap();
        let mut attestation = Vec::new();
        ciborium::into_writer(&object, &mut attestation).unwrap();
        let client_data = self.client_data("webauthn.create", options);
        json!({
            "id": URL_SAFE_NO_PAD.encode("liar"), "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
                "transports": ["usb"]
            }
        })
    }

    fn get(&self, challenge: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", &options(challenge));
        let data = self.data(self.flags);
        let signed = [&*data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut signature).unwrap();
        json!({
            "id": URL_SAFE_NO_PAD.encode("liar"), "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": self.handle
            }
        })
    }
}

#[test]
fn invalid_data_of_a_new_passkey_is_rejected() {
    let pool = Pool::new(with_passkeys());
    pool.user("alice");
    let token = pool.access_token("alice");
    let refused = |liar: Liar| {
        let credential = liar.create(&start(&pool, &token));
        complete(&pool, &token, &credential).unwrap_err().0
    };
    let evil = Liar { origin: "https://example.com.evil.org", ..Liar::new() };
    assert_eq!(refused(evil), "WebAuthnOriginNotAllowedException");
    let other = Liar { rp_id: "example.org", ..Liar::new() };
    assert_eq!(refused(other), "WebAuthnRelyingPartyMismatchException");
    let unverified = Liar { flags: 0x01, ..Liar::new() };
    assert_eq!(refused(unverified), "WebAuthnCredentialNotSupportedException");
    let unknown = Liar { algorithm: -8, ..Liar::new() };
    assert_eq!(refused(unknown), "WebAuthnCredentialNotSupportedException");

    let honest = Liar::new();
    let mut renamed = honest.create(&start(&pool, &token));
    renamed["id"] = "b3RoZXI".into();
    assert_eq!(complete(&pool, &token, &renamed).unwrap_err().0, "InvalidParameterException");
    let made_up = honest.create(&json!({ "challenge": "bWFkZSB1cA" }));
    let missing = "WebAuthnChallengeNotFoundException";
    assert_eq!(complete(&pool, &token, &made_up).unwrap_err().0, missing);
    let late = honest.create(&start(&pool, &token));
    pool.advance(180);
    assert_eq!(complete(&pool, &token, &late).unwrap_err().0, missing);
    let nonsense = json!({
        "id": "eA", "response": { "clientDataJSON": "eA", "attestationObject": "eA" }
    });
    assert_eq!(complete(&pool, &token, &nonsense).unwrap_err().0, "InvalidParameterException");

    let made = pool.call(
        "CreateUserPoolClient",
        json!({
            "ClientName": "other", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]
        }),
    );
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD });
    let elsewhere = pool.call(
        "InitiateAuth",
        json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
            "ClientId": made["UserPoolClient"]["ClientId"]
        }),
    );
    let elsewhere = text(&result(&elsewhere)["AccessToken"]);
    let credential = honest.create(&start(&pool, &token));
    let refused = complete(&pool, &elsewhere, &credential).unwrap_err();
    assert_eq!(refused.0, "WebAuthnClientMismatchException");
}

#[test]
fn invalid_data_of_a_passkey_use_is_rejected() {
    let pool = Pool::new(with_passkeys());
    pool.user("alice");
    let token = pool.access_token("alice");
    let mut liar = Liar::new();
    complete(&pool, &token, &liar.create(&start(&pool, &token))).unwrap();
    let used = |liar: &Liar| {
        let challenge = ask(&pool);
        respond(&pool, &challenge, &liar.get(&challenge))
    };
    result(&used(&liar).unwrap());
    let refused = not_authorized("Incorrect username or password.");
    let forged = Liar { counter: 1, ..Liar::new() };
    assert_eq!(used(&forged).unwrap_err(), refused, "another key");
    liar.origin = "https://evil.org";
    assert_eq!(used(&liar).unwrap_err(), refused, "another site");
    liar.origin = SITE;
    liar.rp_id = "evil.org";
    assert_eq!(used(&liar).unwrap_err(), refused, "another relying party");
    liar.rp_id = "example.com";
    liar.flags = 0x01;
    assert_eq!(used(&liar).unwrap_err(), refused, "not verified");
    liar.flags = 0x04;
    assert_eq!(used(&liar).unwrap_err(), refused, "not there");
    liar.flags = 0x05;
    liar.handle = Some("Ym9i".to_owned());
    assert_eq!(used(&liar).unwrap_err(), refused, "of another user");
    liar.handle = None;
    result(&used(&liar).unwrap());
    let challenge = ask(&pool);
    let padded = with(liar.get(&challenge), "id", "bGlhcg==".into());
    result(&respond(&pool, &challenge, &padded).unwrap());
    let challenge = ask(&pool);
    let garbled = pool.respond(&challenge, json!({ "CREDENTIAL": "{" })).unwrap_err();
    assert_eq!(garbled.0, "InvalidParameterException");
    let missing = pool.respond(&challenge, json!({ "X": "y" })).unwrap_err();
    let message = "Missing required parameter CREDENTIAL";
    assert_eq!(missing, refusal("InvalidParameterException", message));
}

#[tokio::test]
async fn passkey_can_count_as_two_factors() {
    let two = json!({
        "RelyingPartyId": "example.com",
        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"
    });
    for (configuration, offered) in
        [(two, true), (json!({ "RelyingPartyId": "example.com" }), false)]
    {
        let pool = Pool::new(
            with_passkeys()
                .mfa(Mfa::Optional)
                .pool_member("EmailMfaConfiguration", json!({ "Subject": "Code" }))
                .pool_member("WebAuthnConfiguration", configuration),
        );
        pool.user("alice");
        let token = pool.access_token("alice");
        let mut browser = Browser::on(SITE);
        let credential = browser.create_json(&start(&pool, &token)).await;
        complete(&pool, &token, &credential).unwrap();
        pool.call(
            "AdminSetUserMFAPreference",
            json!({
                "Username": "alice", "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true }
            }),
        );
        let challenge = pool.initiate("USER_AUTH", json!({ "USERNAME": "alice" })).unwrap();
        let list = challenge["AvailableChallenges"].as_array().unwrap();
        assert_eq!(list.contains(&json!("WEB_AUTHN")), offered);
        if offered {
            let challenge = pool.respond(&challenge, json!({ "ANSWER": "WEB_AUTHN" })).unwrap();
            let used = browser.get_json(&options(&challenge)).await;
            result(&respond(&pool, &challenge, &used).unwrap());
        }
    }
}
