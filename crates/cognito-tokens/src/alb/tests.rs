//! Tests with headers that are signed in the way of a load balancer.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64_simd::{STANDARD, URL_SAFE};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::{MAX_NEW_KEYS, MAX_REPEATED_KEYS};
use super::*;
use crate::fetched::MAX_FAILURE_BACK_OFF;
use crate::key_source::{
    KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, KEY_SET_REFRESH_AGE, UNKNOWN_KEY_COOLDOWN,
};
use crate::testing::{CLIENT, POOL, START, TestFetcher, Tools};

mod overlapping;

const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/lb/0123";
const KID: &str = "12345678-1234-1234-1234-123456789012";
const URI: &str = concat!(
    "https://public-keys.auth.elb.eu-west-1.amazonaws.com/",
    "12345678-1234-1234-1234-123456789012"
);

struct LoadBalancer(EcdsaKeyPair);

impl LoadBalancer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn pem(&self) -> String {
        let der = self.0.public_key().as_der().unwrap();
        let base64 = STANDARD.encode_to_string(der.as_ref());
        let (one, two) = base64.split_at(64);
        format!("-----BEGIN PUBLIC KEY-----\n{one}\n{two}\n-----END PUBLIC KEY-----\n")
    }

    fn sign(&self, changes: &Value) -> String {
        let mut header = json!({
            "alg": "ES256", "typ": "JWT", "kid": KID, "signer": ARN, "client": CLIENT,
            "iss": format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"),
            "exp": START + 120,
        });
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        let part = |part: String| URL_SAFE.encode_to_string(part);
        let payload = json!({ "sub": "a-user", "email": "a@b.io", "email_verified": "true" });
        let payload = payload.to_string();
        let input = format!("{}.{}", part(header.to_string()), part(payload));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE.encode_to_string(signature.as_ref()))
    }
}

fn verifier(balancer: &LoadBalancer) -> (AlbVerifier, Tools) {
    let tools = Tools::new(TestFetcher::default());
    tools.fetcher.answer(URI, Some(&balancer.pem()));
    let (pool, clients) = (POOL.parse().unwrap(), Clients::only(CLIENT));
    let verifier = AlbVerifier::new(ARN.parse().unwrap(), &pool, clients, tools.fetcher());
    (verifier.clock(tools.clock()), tools)
}

#[tokio::test]
async fn header_signed_by_the_load_balancer_is_accepted() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    let header = balancer.sign(&json!({}));
    assert!(header.contains('='), "the header has padding");
    for _ in 0..3 {
        let claims = verifier.verify(&header).await.unwrap();
        assert_eq!(claims.subject(), "a-user");
        assert_eq!(claims.extra::<Value>().unwrap()["email"], "a@b.io");
        assert!(!format!("{claims:?}").contains("a@b.io"));
    }
    assert_eq!(tools.fetcher.asked(), [URI]);
    let forged = LoadBalancer::new().sign(&json!({}));
    assert!(matches!(verifier.verify(&forged).await, Err(VerifyError::WrongSignature)));
    assert!(
        verifier.verify(&header.replace('=', "")).await.is_err(),
        "a header without padding is refused"
    );
    tools.clock.advance(Duration::from_secs(180));
    assert!(matches!(verifier.verify(&header).await, Err(VerifyError::Expired { .. })));
}

#[tokio::test]
async fn wrong_header_is_refused_before_a_key_is_fetched() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    let other_pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other";
    let wrong = [
        (json!({ "alg": "none" }), "member alg is not supported"),
        (json!({ "alg": "HS256" }), "member alg is not supported"),
        (json!({ "crit": ["exp"] }), "member crit is not supported"),
        (json!({ "signer": ARN.replace("lb/0123", "lb/0124") }), "by another load balancer"),
        (json!({ "client": "another" }), "to another app client"),
        (json!({ "iss": other_pool }), "by another user pool"),
        (json!({ "exp": START - 60 }), "has expired"),
        (json!({ "exp": "9999999999" }), "claim exp is invalid"),
        (json!({ "kid": "../../12345678-1234-1234-1234-1234567" }), "no usable key"),
        (json!({ "kid": "12345678-1234-1234-1234-12345678901/" }), "no usable key"),
        (json!({ "kid": &KID[1..] }), "no usable key"),
        (json!({ "kid": &KID[..35] }), "no usable key"),
        (json!({ "kid": format!("{KID}0") }), "no usable key"),
        (json!({ "kid": 1 }), "claim kid is invalid"),
    ];
    for (changes, reason) in wrong {
        let error = verifier.verify(&balancer.sign(&changes)).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{changes}: {error}");
    }
    for text in ["", ".", "..", "a.b.c", &"a".repeat(DEFAULT_MAX_TOKEN_BYTES + 1)] {
        assert!(verifier.verify(text).await.is_err(), "{text}");
    }
    assert_eq!(tools.fetcher.count(), 0);
}

fn bogus(number: usize) -> Value {
    json!({ "kid": format!("{number:08}-1234-1234-1234-123456789012") })
}

#[tokio::test]
async fn bogus_keys_cause_few_fetches() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    for number in 0..1000 {
        let error = verifier.verify(&balancer.sign(&bogus(number))).await.unwrap_err();
        assert!(error.is_transient(), "the key may exist: {error}");
    }
    assert_eq!(tools.fetcher.count(), MAX_NEW_KEYS);
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
    assert!(verifier.verify(&balancer.sign(&json!({}))).await.is_ok());
}

#[tokio::test]
async fn a_genuine_key_is_found_during_a_flood_of_bogus_ones() {
    let balancer = LoadBalancer::new();
    let genuine = balancer.sign(&json!({}));
    for per_second in [1, 20] {
        let (verifier, tools) = verifier(&balancer);
        for number in 0..per_second * 60 {
            assert!(verifier.verify(&balancer.sign(&bogus(number))).await.is_err());
            if number % per_second == 0 {
                tools.clock.advance(Duration::from_secs(1));
            }
        }
        let at_once = verifier.verify(&genuine).await.is_ok();
        assert!(at_once || verifier.verify(&genuine).await.is_ok(), "the second attempt succeeds");
        let most = (MAX_NEW_KEYS + MAX_REPEATED_KEYS) * 3;
        assert!(tools.fetcher.count() <= most, "{}", tools.fetcher.count());
    }
}

#[tokio::test]
async fn an_address_that_is_down_is_never_an_unknown_key() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    tools.fetcher.answer(URI, None);
    let header = balancer.sign(&json!({ "exp": START + 1000 }));
    for _ in 0..300 {
        let error = verifier.verify(&header).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        tools.clock.advance(Duration::from_secs(1));
    }
    assert!(tools.fetcher.count() <= 12, "{}", tools.fetcher.count());
    tools.fetcher.answer(URI, Some(&balancer.pem()));
    tools.clock.advance(Duration::from_secs(60));
    assert!(verifier.verify(&header).await.is_ok());
}

#[tokio::test]
async fn concurrent_requests_cause_one_fetch() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    let header = balancer.sign(&json!({}));
    let results = futures_util::future::join_all((0..50).map(|_| verifier.verify(&header))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(tools.fetcher.count(), 1);
}

#[tokio::test]
async fn booleans_of_user_info_are_texts() {
    #[derive(Deserialize)]
    struct Profile {
        email_verified: bool,
    }

    let balancer = LoadBalancer::new();
    let claims = verifier(&balancer).0.verify(&balancer.sign(&json!({}))).await.unwrap();
    assert!(claims.extra::<Profile>().unwrap().email_verified);
    assert_eq!(claims.extra::<Value>().unwrap()["email_verified"], "true");
}

#[tokio::test]
async fn issuer_and_key_address_can_be_set() {
    let balancer = LoadBalancer::new();
    let header = balancer.sign(&json!({ "iss": "https://idp.example.com" }));
    let (verifier, tools) = verifier(&balancer);
    assert!(matches!(verifier.verify(&header).await, Err(VerifyError::WrongIssuer)));
    let verifier = verifier.issuers(["https://idp.example.com".to_owned()]);
    assert!(verifier.verify(&header).await.is_ok());
    let elsewhere = verifier.clone().key_address("http://keys.example.com/alb/");
    tools.fetcher.answer(&format!("http://keys.example.com/alb/{KID}"), Some(&balancer.pem()));
    assert!(matches!(elsewhere.verify(&header).await, Err(VerifyError::InsecureKeySet)));
    let allowed = elsewhere.allow_plain_http(["keys.example.com"]);
    assert!(allowed.verify(&header).await.is_ok());
    let no_issuer = verifier.issuers([]);
    assert!(matches!(no_issuer.verify(&header).await, Err(VerifyError::Misconfigured("issuer"))));
    let clients = Clients::any_of::<&str>([]);
    let no_client =
        AlbVerifier::new(ARN.parse().unwrap(), &POOL.parse().unwrap(), clients, tools.fetcher());
    let no_client = no_client.issuers(["https://idp.example.com".to_owned()]).clock(tools.clock());
    assert!(matches!(no_client.verify(&header).await, Err(VerifyError::Misconfigured("client"))));
    let short = allowed.max_header_bytes(100);
    assert!(matches!(short.verify(&header).await, Err(VerifyError::TooLong { .. })));
}

#[test]
fn addresses_follow_the_region() {
    let arn = ARN.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1");
    let address = |arn: &str| arn.parse::<LoadBalancerArn>().unwrap().key_address();
    let host = "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1";
    assert_eq!(address(&arn), host);
    for (region, host) in [
        ("eu-west-1", "public-keys.auth.elb.eu-west-1.amazonaws.com"),
        ("eusc-de-east-1", "public-keys.auth.elb.eusc-de-east-1.amazonaws.eu"),
        ("cn-north-1", "public-keys.auth.elb.cn-north-1.amazonaws.com.cn"),
    ] {
        assert_eq!(address(&ARN.replace("eu-west-1", region)), format!("https://{host}"));
    }
    for wrong in ["", "arn:aws:elasticloadbalancing", &ARN.replace("/app/", "/net/"), &ARN[1..]] {
        assert_eq!(wrong.parse::<LoadBalancerArn>(), Err(InvalidLoadBalancerArn));
    }
    let evil = ARN.replace("eu-west-1", "evil.example/");
    assert!(evil.parse::<LoadBalancerArn>().is_err());
}

#[tokio::test]
async fn changed_settings_count_and_keys_are_fetched_again() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    let header = balancer.sign(&json!({ "exp": START }));
    assert!(verifier.verify(&header).await.is_ok());
    let strict = verifier.clone().leeway(Duration::ZERO);
    assert!(matches!(strict.verify(&header).await, Err(VerifyError::Expired { .. })));
    assert!(verifier.clone().clock(tools.clock()).verify(&header).await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
    assert!(verifier.allow_plain_http(["keys.example.com"]).verify(&header).await.is_ok());
    assert_eq!(tools.fetcher.count(), 3);
}

#[tokio::test]
async fn header_of_the_greatest_length_is_accepted() {
    let balancer = LoadBalancer::new();
    let (verifier, _tools) = verifier(&balancer);
    let header = balancer.sign(&json!({}));
    let limit = |bytes| verifier.clone().max_header_bytes(bytes);
    assert!(limit(header.len()).verify(&header).await.is_ok());
    let short = limit(header.len() - 1).verify(&header).await;
    assert!(matches!(short, Err(VerifyError::TooLong { .. })));
}

/// A header that does not expire within the test.
fn lasting(balancer: &LoadBalancer) -> String {
    balancer.sign(&json!({ "exp": START + 7 * 86_400 }))
}

/// Returns a verifier that has used the key of a header, whose endpoint now refuses it.
async fn withdrawn(balancer: &LoadBalancer, header: &str, status: u16) -> (AlbVerifier, Tools) {
    let (verifier, tools) = verifier(balancer);
    assert!(verifier.verify(header).await.is_ok());
    tools.fetcher.answer(URI, None);
    tools.fetcher.refuse(URI, status);
    (verifier, tools)
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_the_next_fetch() {
    let balancer = LoadBalancer::new();
    let header = lasting(&balancer);
    for status in [403, 404, 410] {
        let (verifier, tools) = withdrawn(&balancer, &header, status).await;
        tools.clock.advance(KEY_SET_REFRESH_AGE - Duration::from_secs(1));
        assert!(verifier.verify(&header).await.is_ok(), "no fetch is due");
        assert_eq!(tools.fetcher.count(), 1);
        tools.clock.advance(Duration::from_secs(1));
        for _ in 0..3 {
            let error = verifier.verify(&header).await.unwrap_err();
            assert!(matches!(error, VerifyError::KeysUnavailable(_)), "{error}");
        }
        assert_eq!(tools.fetcher.count(), 2, "further fetches wait");
        tools.clock.advance(KEY_SET_MAX_AGE);
        assert!(verifier.verify(&header).await.is_err());
        tools.fetcher.answer(URI, Some(&balancer.pem()));
        tools.clock.advance(MAX_FAILURE_BACK_OFF);
        assert!(verifier.verify(&header).await.is_ok(), "the key exists again");
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_during_a_later_outage() {
    let balancer = LoadBalancer::new();
    let header = lasting(&balancer);
    for status in [403, 404, 410] {
        let (verifier, tools) = withdrawn(&balancer, &header, status).await;
        tools.clock.advance(KEY_SET_REFRESH_AGE);
        assert!(verifier.verify(&header).await.is_err());
        tools.fetcher.refuse(URI, 503);
        for _ in 0..3 {
            tools.clock.advance(MAX_FAILURE_BACK_OFF);
            let error = verifier.verify(&header).await.unwrap_err();
            assert!(matches!(error, VerifyError::KeysUnavailable(_)), "{error}");
        }
        assert_eq!(tools.fetcher.count(), 5);
        tools.fetcher.answer(URI, Some(&balancer.pem()));
        tools.clock.advance(MAX_FAILURE_BACK_OFF);
        assert!(verifier.verify(&header).await.is_ok(), "the key exists again");
    }
}

#[tokio::test]
async fn a_replaced_key_is_refused_after_the_longest_age() {
    let (balancer, next) = (LoadBalancer::new(), LoadBalancer::new());
    let (verifier, tools) = verifier(&balancer);
    assert!(verifier.verify(&lasting(&balancer)).await.is_ok());
    tools.fetcher.answer(URI, Some(&next.pem()));
    tools.clock.advance(KEY_SET_MAX_AGE);
    let error = verifier.verify(&lasting(&balancer)).await.unwrap_err();
    assert!(matches!(error, VerifyError::WrongSignature), "{error}");
    assert!(verifier.verify(&lasting(&next)).await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn a_key_is_used_during_an_outage_until_its_limit() {
    let balancer = LoadBalancer::new();
    let header = lasting(&balancer);
    let (verifier, tools) = verifier(&balancer);
    assert!(verifier.verify(&header).await.is_ok());
    tools.fetcher.answer(URI, None);
    let steps = [KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT - KEY_SET_MAX_AGE - Duration::from_secs(1)];
    for (fetches, step) in (2..).zip(steps) {
        tools.clock.advance(step);
        for _ in 0..3 {
            assert!(verifier.verify(&header).await.is_ok());
        }
        assert_eq!(tools.fetcher.count(), fetches);
    }
    tools.clock.advance(Duration::from_secs(1));
    let error = verifier.verify(&header).await.unwrap_err();
    assert!(matches!(error, VerifyError::KeysUnavailable(_)), "{error}");
    tools.fetcher.answer(URI, Some(&balancer.pem()));
    tools.clock.advance(MAX_FAILURE_BACK_OFF);
    assert!(verifier.verify(&header).await.is_ok());
}
