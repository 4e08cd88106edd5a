//! Domains.

use serde_json::{Value, json};

use crate::support::{Pool, emulator, with};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/a-b";

fn prefix() -> Value {
    json!({ "Domain": "my-app" })
}

fn custom() -> Value {
    let config = json!({ "CertificateArn": CERTIFICATE });
    json!({ "Domain": "auth.example.com", "CustomDomainConfig": config })
}

fn describe(pool: &Pool, domain: &str) -> Value {
    let input = json!({ "Domain": domain });
    pool.call("DescribeUserPoolDomain", input)["DomainDescription"].clone()
}

#[test]
fn pool_can_have_a_prefix_and_a_custom_domain() {
    let pool = Pool::new();
    let made = pool.call("CreateUserPoolDomain", prefix());
    assert_eq!(made, json!({ "ManagedLoginVersion": 1 }));
    let version = json!({ "ManagedLoginVersion": 2 });
    let made = pool.call("CreateUserPoolDomain", with(&custom(), version));
    let distribution = made["CloudFrontDomain"].clone();
    assert!(distribution.as_str().unwrap().ends_with(".cloudfront.net"));
    let expected = json!({
        "AWSAccountId": "000000000000",
        "CloudFrontDistribution": distribution,
        "CustomDomainConfig": { "CertificateArn": CERTIFICATE },
        "Domain": "auth.example.com",
        "ManagedLoginVersion": 2,
        "Status": "ACTIVE",
        "UserPoolId": pool.0.id().as_str(),
    });
    assert_eq!(describe(&pool, "auth.example.com"), expected);
    let described = pool.described();
    assert_eq!(described["Domain"], "my-app");
    assert_eq!(described["CustomDomain"], "auth.example.com");
    assert_eq!(describe(&pool, "nobodys"), json!({}), "a domain that does not exist is empty");
}

#[test]
fn domains_are_changed_and_deleted() {
    let pool = Pool::new();
    pool.call("CreateUserPoolDomain", prefix());
    for version in [-1, 0, 3] {
        let unknown = with(&prefix(), json!({ "ManagedLoginVersion": version }));
        assert!(pool.invalid("UpdateUserPoolDomain", unknown).contains("'managedLoginVersion'"));
    }
    let update = with(&prefix(), json!({ "ManagedLoginVersion": 2 }));
    assert_eq!(pool.call("UpdateUserPoolDomain", update), json!({ "ManagedLoginVersion": 2 }));
    assert_eq!(describe(&pool, "my-app")["ManagedLoginVersion"], 2);
    let message = "User pool cannot be deleted. It has a domain configured that should be deleted \
                   first.";
    assert_eq!(pool.invalid("DeleteUserPool", json!({})), message);
    assert_eq!(pool.call("DeleteUserPoolDomain", prefix()), json!({}));
    assert_eq!(describe(&pool, "my-app"), json!({}));
    pool.invalid("DeleteUserPoolDomain", prefix());
    pool.invalid("UpdateUserPoolDomain", prefix());
    pool.call("DeleteUserPool", json!({}));
}

#[test]
fn domain_belongs_to_one_pool_and_has_a_unique_name() {
    let emulator = emulator();
    let settings = cognito_emulator::PoolSettings::default;
    let [pool, other] = [(); 2].map(|()| Pool(emulator.create_pool(settings()).unwrap()));
    pool.call("CreateUserPoolDomain", prefix());
    let message = "Domain already associated with another user pool.";
    assert_eq!(other.invalid("CreateUserPoolDomain", prefix()), message);
    pool.invalid("CreateUserPoolDomain", json!({ "Domain": "second" }));
    for name in ["", "Upper", "-a", "a-", "a_b", "auth.example.com"] {
        other.invalid("CreateUserPoolDomain", json!({ "Domain": name }));
    }
    let prefix = with(&custom(), json!({ "Domain": "auth" }));
    assert_eq!(
        other.invalid("CreateUserPoolDomain", prefix),
        "Custom domain is not a valid subdomain"
    );
}

#[test]
fn a_prefix_contains_no_reserved_word_and_no_dot() {
    let pool = Pool::new();
    for (name, word) in [
        ("my-cognito", "cognito"),
        ("shop-newcognito", "cognito"),
        ("awsome", "aws"),
        ("laws", "aws"),
        ("amazonia-shop", "amazon"),
    ] {
        let refused = pool.invalid("CreateUserPoolDomain", json!({ "Domain": name }));
        assert_eq!(refused, format!("Domain cannot contain reserved word: {word}"), "{name}");
    }
    let message = "The domain name contains an invalid character. Domain names can only contain \
                   lower-case letters, numbers, and hyphens. Please enter a different name that \
                   follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$";
    assert_eq!(pool.invalid("CreateUserPoolDomain", json!({ "Domain": "shop.eu" })), message);
    // Custom domains may contain these words.
    pool.call("CreateUserPoolDomain", with(&custom(), json!({ "Domain": "auth.laws.example" })));
}

#[test]
fn a_prefix_is_described_with_its_bucket_and_version() {
    let pool = Pool::new();
    pool.call("CreateUserPoolDomain", prefix());
    pool.call("CreateUserPoolDomain", custom());
    let described = describe(&pool, "my-app");
    assert_eq!(described["S3Bucket"], "aws-cognito-prod-iad-assets");
    let version = described["Version"].as_str().unwrap();
    assert!(version.len() == 14 && version.starts_with("20"), "{version}");
    pool.call("UpdateUserPoolDomain", with(&prefix(), json!({ "ManagedLoginVersion": 2 })));
    assert_eq!(describe(&pool, "my-app")["Version"], version);
    let custom = describe(&pool, "auth.example.com");
    assert!(custom.get("S3Bucket").is_none() && custom.get("Version").is_none());
}

#[test]
fn lite_tier_has_only_classic_pages() {
    let pool = Pool::new();
    let lite = json!({ "UserPoolTier": "LITE", "AutoVerifiedAttributes": ["email"] });
    pool.call("UpdateUserPool", lite);
    let managed = with(&prefix(), json!({ "ManagedLoginVersion": 2 }));
    let refused = pool.refused("CreateUserPoolDomain", managed.clone());
    assert_eq!(refused, "FeatureUnavailableInTierException");
    pool.call("CreateUserPoolDomain", prefix());
    let refused = pool.refused("UpdateUserPoolDomain", managed);
    assert_eq!(refused, "FeatureUnavailableInTierException");
}
