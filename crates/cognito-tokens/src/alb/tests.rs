//! Headers that are signed here as a load balancer signs them.

use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::*;
use crate::testing::{CLIENT, POOL, START, TestFetcher, Tools};

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
        let payload = json!({ "sub": "a-user", "email": "a@b.io" }).to_string();
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
async fn what_the_load_balancer_signed_is_believed() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    let header = balancer.sign(&json!({}));
    assert!(header.contains('='), "the example is padded");
    for _ in 0..3 {
        let claims = verifier.verify(&header).await.unwrap();
        assert_eq!(claims.subject(), "a-user");
        assert_eq!(claims.extra::<Value>().unwrap()["email"], "a@b.io");
        assert!(!format!("{claims:?}").contains("a@b.io"));
    }
    assert_eq!(tools.fetcher.asked(), [URI]);
    let forged = LoadBalancer::new().sign(&json!({}));
    assert!(matches!(verifier.verify(&forged).await, Err(VerifyError::WrongSignature)));
    assert!(verifier.verify(&header.replace('=', "")).await.is_err(), "padding belongs to it");
    tools.clock.advance(Duration::from_secs(180));
    assert!(matches!(verifier.verify(&header).await, Err(VerifyError::Expired { .. })));
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_a_key_is_fetched() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    let wrong = [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "crit": ["exp"] }),
        json!({ "signer": ARN.replace("lb/0123", "lb/0124") }),
        json!({ "client": "another" }),
        json!({ "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other" }),
        json!({ "exp": START - 60 }),
        json!({ "exp": "9999999999" }),
        json!({ "kid": "../../12345678-1234-1234-1234-1234567" }),
        json!({ "kid": "12345678-1234-1234-1234-12345678901/" }),
        json!({ "kid": 1 }),
    ];
    for changes in wrong {
        assert!(verifier.verify(&balancer.sign(&changes)).await.is_err(), "{changes}");
    }
    for text in ["", ".", "..", "a.b.c", &"a".repeat(20_000)] {
        assert!(verifier.verify(text).await.is_err(), "{text}");
    }
    assert_eq!(tools.fetcher.count(), 0);
}

#[tokio::test]
async fn bogus_keys_cause_few_fetches() {
    let balancer = LoadBalancer::new();
    let (verifier, tools) = verifier(&balancer);
    for bogus in 0..1000 {
        let kid = format!("{bogus:08}-1234-1234-1234-123456789012");
        assert!(verifier.verify(&balancer.sign(&json!({ "kid": kid }))).await.is_err());
    }
    assert_eq!(tools.fetcher.count(), MAX_FETCHES);
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
    assert!(verifier.verify(&balancer.sign(&json!({}))).await.is_ok());
}

#[test]
fn addresses_follow_the_region() {
    let arn = ARN.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1");
    let uri = arn.parse::<LoadBalancerArn>().unwrap().key_uri(KID);
    let host = "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1";
    assert_eq!(uri, format!("{host}/{KID}"));
    for wrong in ["", "arn:aws:elasticloadbalancing", &ARN.replace("/app/", "/net/"), &ARN[1..]] {
        assert_eq!(wrong.parse::<LoadBalancerArn>(), Err(InvalidLoadBalancerArn));
    }
    let evil = ARN.replace("eu-west-1", "evil.example/");
    assert!(evil.parse::<LoadBalancerArn>().is_err());
}
