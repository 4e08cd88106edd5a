//! Comparison with the crate `jsonwebtoken`: each verifies the other's tokens, and neither accepts
//! an altered one.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito::verify::{Clients, FetchKeys, KeySet, ReqwestFetcher, TokenRules, Verifier};
use cognito::{Session, SignIn, UserPool, UserPoolId};
use cognito_emulator::{Emulator, PoolSettings, SigningKeys};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header, TokenData, Validation, decode, decode_header};
use serde_json::{Value, json};

const POOL: &str = "eu-west-1_Ab12Cd34E";
const CLIENT: &str = "1example23456789";
const PASSWORD: &str = "Correct-horse1";

/// Returns the rules that `jsonwebtoken` can check itself. Access tokens have no audience.
fn validation(issuer: &str, audience: Option<&str>) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    match audience {
        Some(audience) => validation.set_audience(&[audience]),
        None => validation.validate_aud = false,
    }
    validation
}

fn decoded(
    token: &str,
    keys: &KeySet,
    validation: &Validation,
) -> Result<TokenData<Value>, Box<dyn std::error::Error>> {
    let kid = decode_header(token)?.kid.ok_or("no kid")?;
    let key = keys.decoding_key(&kid).ok_or("no such key")?;
    Ok(decode(token, &key, validation)?)
}

/// Returns variants of a token with one altered part that still parses.
fn altered(token: &str) -> Vec<(&'static str, String)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = *parts else { panic!("{} parts", parts.len()) };
    let with = |part: &str, change: &dyn Fn(&mut Value)| {
        let mut json = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        change(&mut json);
        URL_SAFE_NO_PAD.encode(json.to_string())
    };
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[0] ^= 1;
    let flipped = URL_SAFE_NO_PAD.encode(&bytes);
    let shorter = URL_SAFE_NO_PAD.encode(&bytes[1..]);
    let join = |parts: [&str; 3]| parts.join(".");
    vec![
        ("algorithm none", join([&with(header, &|h| h["alg"] = json!("none")), payload, ""])),
        ("an HMAC", join([&with(header, &|h| h["alg"] = json!("HS256")), payload, signature])),
        ("another kid", join([&with(header, &|h| h["kid"] = json!("x")), payload, signature])),
        ("another type", join([&with(header, &|h| h["typ"] = json!("jwt")), payload, signature])),
        ("another user", join([header, &with(payload, &|p| p["sub"] = json!("x")), signature])),
        (
            "a later end",
            join([header, &with(payload, &|p| p["exp"] = json!(1_u64 << 40)), signature]),
        ),
        ("a flipped bit", join([header, payload, &flipped])),
        ("a short signature", join([header, payload, &shorter])),
        ("no signature", join([header, payload, ""])),
    ]
}

/// Returns a session of a user of the emulator, and the published keys of the pool.
async fn signed_in() -> (Emulator, Session, UserPool, KeySet, String) {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let builder = UserPool::builder(local.id(), local.client_id());
    let pool = builder.endpoint(local.endpoint()).build().unwrap();
    let user = json!({ "Username": "alice", "MessageAction": "SUPPRESS" });
    local.call("AdminCreateUser", user).unwrap();
    let password = json!({ "Username": "alice", "Password": PASSWORD, "Permanent": true });
    local.call("AdminSetUserPassword", password).unwrap();
    let signed_in = pool.sign_in("alice").password(PASSWORD).await.unwrap();
    let SignIn::Done(session) = signed_in else { panic!("{signed_in:?}") };
    let issuer = format!("{}/{}", local.endpoint(), local.id());
    let published = format!("{issuer}/.well-known/jwks.json");
    let text = ReqwestFetcher::new().unwrap().fetch(&published).await.unwrap();
    (emulator, session, pool, KeySet::from_json(&text).unwrap(), issuer)
}

#[tokio::test]
async fn jsonwebtoken_verifies_our_tokens_and_rejects_altered_ones() {
    let (_emulator, session, pool, keys, issuer) = signed_in().await;
    let tokens = session.tokens().unwrap();
    let id_token = tokens.id_token().unwrap().expose_secret();
    let access_token = tokens.access_token().expose_secret();
    let client = pool.client_id().as_str();
    let rules = [
        (access_token, validation(&issuer, None), "access"),
        (id_token, validation(&issuer, Some(client)), "id"),
    ];
    for (token, validation, token_use) in rules {
        let claims = decoded(token, &keys, &validation).unwrap().claims;
        assert_eq!(claims["token_use"], token_use);
        for (change, altered) in altered(token) {
            assert!(decoded(&altered, &keys, &validation).is_err(), "{token_use}: {change}");
            let verifier = pool.verifier();
            let refused = match token_use {
                "id" => verifier.id_token(&altered).await.map(drop),
                _ => verifier.access_token(&altered).await.map(drop),
            };
            assert!(refused.is_err(), "{token_use}: {change}");
        }
    }
    let set = JwkSet::from(&keys);
    let kid = decode_header(access_token).unwrap().kid.unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(set.find(&kid).unwrap()).unwrap();
    decode::<Value>(access_token, &key, &validation(&issuer, None)).unwrap();
}

/// A key with which `jsonwebtoken` signs.
struct Signer {
    key: EncodingKey,
    keys: KeySet,
}

impl Signer {
    fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = pair.public_key();
        let n = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let jwk =
            json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "a-key", "n": n, "e": e });
        let keys = KeySet::from_json(&json!({ "keys": [jwk] }).to_string()).unwrap();
        let pkcs8: Pkcs8V1Der<'static> = pair.as_der().unwrap();
        // `jsonwebtoken` needs the RSAPrivateKey of PKCS #1, which begins after 26 bytes of PKCS
        // #8.
        let key = EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]);
        Self { key, keys }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some("a-key".to_owned()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    fn verifier(&self) -> Verifier {
        let pool: UserPoolId = POOL.parse().unwrap();
        let rules = TokenRules::new(&pool, Clients::only(CLIENT));
        Verifier::offline(rules, self.keys.clone()).build()
    }
}

fn claims(token_use: &str) -> Value {
    let pool: UserPoolId = POOL.parse().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    json!({
        "iss": pool.issuer(), "sub": "a-user", "token_use": token_use, "client_id": CLIENT,
        "username": "alice", "auth_time": now, "iat": now, "exp": now + 300, "jti": "a-token",
    })
}

#[test]
fn verifier_accepts_tokens_of_jsonwebtoken_and_rejects_altered_ones() {
    let signer = Signer::new();
    let (token, verifier) = (signer.sign(&claims("access")), signer.verifier());
    assert_eq!(verifier.access_token_offline(&token).unwrap().username(), Some("alice"));
    let validation = validation(&POOL.parse::<UserPoolId>().unwrap().issuer(), None);
    decoded(&token, &signer.keys, &validation).unwrap();
    for (change, altered) in altered(&token) {
        assert!(verifier.access_token_offline(&altered).is_err(), "{change}");
        assert!(decoded(&altered, &signer.keys, &validation).is_err(), "{change}");
    }
    // The same claims, signed by another key with the same `kid`.
    let forged = Signer::new().sign(&claims("access"));
    assert!(verifier.access_token_offline(&forged).is_err());
    assert!(decoded(&forged, &signer.keys, &validation).is_err());
}

#[test]
fn validation_of_jsonwebtoken_does_not_distinguish_id_and_access_tokens() {
    let signer = Signer::new();
    let token = signer.sign(&claims("id"));
    let validation = validation(&POOL.parse::<UserPoolId>().unwrap().issuer(), None);
    decoded(&token, &signer.keys, &validation).unwrap();
    assert!(signer.verifier().access_token_offline(&token).is_err());
}
