//! Tests of each rule with a token that meets it and one that does not.

use std::collections::HashSet;

use cognito_types::AccessToken;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::error::Reason;
use crate::policy::TokenIds;
use crate::testing::{CLIENT, POOL, START, access, at, id, key_set, signers};

fn rules() -> TokenRules {
    TokenRules::new(&POOL.parse().unwrap(), Clients::only(CLIENT))
}

fn keys() -> KeySet {
    KeySet::from_json(&key_set(&[signers()[0].jwk("a-key")])).unwrap()
}

fn now() -> SystemTime {
    at(0)
}

fn verify_access(rules: &TokenRules, changes: Value) -> Result<AccessClaims, VerifyError> {
    let token = signers()[0].sign("a-key", &access(changes));
    rules.access_token(&token, &keys(), now())
}

fn verify_id(rules: &TokenRules, changes: Value) -> Result<IdClaims, VerifyError> {
    rules.id_token(&signers()[0].sign("a-key", &id(changes)), &keys(), now())
}

fn refused(rules: &TokenRules, changes: Value) -> VerifyError {
    verify_access(rules, changes).unwrap_err()
}

#[test]
fn claims_can_be_read() {
    let claims = verify_access(&rules(), json!({ "device_key": "d\"e\\v" })).unwrap();
    assert_eq!(claims.subject(), "a-user");
    assert_eq!(claims.username(), Some("alice"));
    assert_eq!(claims.client_id().as_str(), CLIENT);
    assert_eq!(claims.scopes().collect::<Vec<_>>(), ["orders/read", "profile"]);
    assert_eq!(claims.groups(), ["staff", "beta"]);
    assert!(claims.in_group("beta") && !claims.in_group("bet"));
    assert_eq!(claims.device_key(), Some("d\"e\\v"), "escapes are resolved");
    assert_eq!(claims.jti(), Some("a-token"));
    assert_eq!(claims.origin_jti(), Some("a-sign-in"));
    assert_eq!(claims.event_id(), Some("an-event"));
    assert_eq!(claims.issuer(), rules().pool.issuer());
    assert_eq!(claims.auth_time(), Some(now() - Duration::from_secs(600)));
    assert!(!claims.is_machine() && claims.actors().is_empty());
    let claims = verify_id(&rules(), json!({})).unwrap();
    assert_eq!(claims.audience().as_str(), CLIENT);
    assert_eq!((claims.username(), claims.email()), (Some("alice"), Some("a@b.io")));
    assert!(!format!("{claims:?}").contains("a@b.io"));
}

#[test]
fn custom_claims_are_read_on_demand() {
    #[derive(Deserialize)]
    struct Tenant {
        #[serde(rename = "custom:tenant")]
        tenant: u32,
    }

    let claims = verify_access(&rules(), json!({ "custom:tenant": 7 })).unwrap();
    assert_eq!(claims.extra::<Tenant>().unwrap().tenant, 7);
    let claims = verify_access(&rules(), json!({ "custom:tenant": "x" })).unwrap();
    assert!(claims.extra::<Tenant>().is_err());
}

#[test]
fn both_issuers_and_configured_replicas_are_accepted() {
    let issuer = |host: &str| json!({ "iss": format!("https://{host}.amazonaws.com/{POOL}") });
    let updated = issuer("issuer-cognito-idp.eu-west-1");
    let replica = issuer("cognito-idp.us-west-2");
    assert!(verify_access(&rules(), updated.clone()).is_ok());
    assert!(matches!(refused(&rules(), replica.clone()), VerifyError::WrongIssuer));
    let rules = rules().replica_regions(["us-west-2".parse().unwrap()]);
    assert!(verify_access(&rules, replica).is_ok());
    assert!(verify_access(&rules, updated).is_ok());
    for host in ["issuer-cognito-idp.us-west-2", "cognito-idp.us-west-1", "cognito-idp.us-west-2."]
    {
        assert!(matches!(refused(&rules, issuer(host)), VerifyError::WrongIssuer), "{host}");
    }
}

#[test]
fn clients_are_named_or_explicitly_any() {
    let other = json!({ "client_id": "another" });
    assert!(matches!(refused(&rules(), other.clone()), VerifyError::WrongClient));
    let none: [&str; 0] = [];
    let no_client = TokenRules::new(&POOL.parse().unwrap(), Clients::any_of(none));
    assert_eq!(refused(&no_client, json!({})).reason(), Reason::Configuration);
    let any_client = TokenRules::new(&POOL.parse().unwrap(), Clients::Any);
    assert_eq!(verify_access(&any_client, other).unwrap().client_id().as_str(), "another");
}

#[test]
fn error_names_the_use_of_the_token() {
    let id_token = signers()[0].sign("a-key", &id(json!({})));
    let error = rules().access_token(&id_token, &keys(), now()).unwrap_err();
    let VerifyError::WrongTokenUse { expected, found } = error else { panic!("{error}") };
    assert_eq!((expected, found), ("access", "id"));
    let error = refused(&rules(), json!({ "token_use": "refresh" }));
    assert!(matches!(error, VerifyError::WrongTokenUse { found: "another", .. }));
    let error = refused(&rules(), json!({ "token_use": Value::Null }));
    assert!(matches!(error, VerifyError::MissingClaim("token_use")));
}

#[test]
fn times_are_kept_within_the_leeway() {
    let at = |name: &str, offset: i64| json!({ name: START.checked_add_signed(offset).unwrap() });
    assert!(verify_access(&rules(), at("exp", -59)).is_ok());
    assert!(matches!(refused(&rules(), at("exp", -60)), VerifyError::Expired { .. }));
    for name in ["nbf", "iat"] {
        assert!(verify_access(&rules(), at(name, 60)).is_ok(), "{name}");
        assert!(matches!(refused(&rules(), at(name, 61)), VerifyError::NotYetValid { .. }));
    }
    let strict = rules().leeway(Duration::ZERO);
    assert!(verify_access(&strict, at("exp", 1)).is_ok());
    let VerifyError::Expired { expired_at, now } = refused(&strict, at("exp", 0)) else {
        panic!("a token expires at exp, not after it")
    };
    assert_eq!(expired_at, now);
}

#[test]
fn old_sign_in_can_be_refused_regardless_of_the_age_of_the_token() {
    let rules = rules().leeway(Duration::ZERO);
    assert!(verify_access(&rules.clone().max_age(Duration::from_secs(600)), json!({})).is_ok());
    let strict = rules.max_age(Duration::from_secs(599));
    assert!(matches!(refused(&strict, json!({})), VerifyError::SignInTooOld { .. }));
    let relaxed = strict.max_age(Duration::from_secs(9999));
    assert!(verify_access(&relaxed, json!({})).is_err(), "rules accumulate");
    let future = |seconds: u64| json!({ "auth_time": START + seconds });
    assert!(verify_access(&self::rules().max_age(Duration::ZERO), future(60)).is_ok());
    for rules in [self::rules(), self::rules().max_age(Duration::from_secs(600))] {
        for ahead in [61, 10 * 86_400] {
            assert!(matches!(refused(&rules, future(ahead)), VerifyError::NotYetValid { .. }));
        }
    }
    let without = json!({ "auth_time": Value::Null });
    assert!(matches!(refused(&relaxed, without), VerifyError::MissingClaim("auth_time")));
}

#[test]
fn scopes_and_groups_are_required() {
    let any = rules().scopes(Required::any_of(["orders/write", "orders/read"]));
    assert!(verify_access(&any, json!({})).is_ok());
    for scope in ["orders/rea", "orders/read/x", "ORDERS/READ", "orders/read,profile", ""] {
        let error = refused(&any, json!({ "scope": scope }));
        assert_eq!(error.reason(), Reason::NotAllowed, "{scope}");
    }
    let all = any.scopes(Required::all_of(["profile", "email"]));
    let error = refused(&all, json!({}));
    assert!(matches!(error, VerifyError::MissingScope { expected: Required::AllOf(_) }));
    assert!(verify_access(&all, json!({ "scope": "email orders/write profile" })).is_ok());
    assert!(verify_id(&all, json!({})).is_err(), "ID tokens have no scopes");

    let staff = rules().groups(Required::any_of(["admins", "staff"]));
    assert!(verify_access(&staff, json!({})).is_ok());
    let error = refused(&staff, json!({ "cognito:groups": ["beta"] }));
    assert!(matches!(error, VerifyError::MissingGroup { .. }));
    assert!(refused(&staff, json!({ "cognito:groups": "staff" })).reason() == Reason::BadToken);
}

#[test]
fn an_audience_can_be_required() {
    let api = "https://api.example.com";
    for aud in [json!(api), json!([api, "other"])] {
        let claims = verify_access(&rules().allow_any_audience(), json!({ "aud": aud })).unwrap();
        assert_eq!(claims.audience()[0], api);
    }
    let bound = rules().audience(Required::any_of([api]));
    assert!(verify_access(&bound, json!({ "aud": [api] })).is_ok());
    for aud in [Value::Null, json!([]), json!("https://api.example.com.evil")] {
        assert!(matches!(
            refused(&bound, json!({ "aud": aud })),
            VerifyError::WrongAudience { .. }
        ));
    }
    assert!(verify_id(&rules().audience(Required::any_of([CLIENT])), json!({})).is_ok());
}

#[test]
fn delegated_tokens_are_refused_unless_allowed() {
    let act = json!({ "act": { "sub": "agent", "act": { "sub": "gateway" } } });
    let error = refused(&rules(), act.clone());
    assert!(matches!(error, VerifyError::Delegated), "{error}");
    let claims = verify_access(&rules().allow_delegated(), act).unwrap();
    assert_eq!(claims.actors(), ["agent", "gateway"]);
    for act in [json!("agent"), json!({}), json!({ "sub": 1 }), json!({ "sub": "a", "act": 1 })] {
        let error = refused(&rules().allow_delegated(), json!({ "act": act }));
        assert!(matches!(error, VerifyError::InvalidClaim("act")), "{error}");
    }
}

#[test]
fn programs_are_distinguished_from_users() {
    let machine = json!({ "sub": CLIENT, "username": Value::Null });
    assert!(verify_access(&rules(), machine.clone()).unwrap().is_machine());
    let users = rules().callers(Callers::Users);
    assert!(verify_access(&users, json!({})).is_ok());
    assert!(matches!(refused(&users, machine.clone()), VerifyError::WrongCaller { .. }));
    for neither in [json!({ "username": Value::Null }), json!({ "username": "" })] {
        assert!(verify_access(&rules(), neither.clone()).is_ok());
        assert!(matches!(refused(&users, neither), VerifyError::WrongCaller { .. }));
    }
    assert!(verify_id(&users, json!({})).is_ok());
    let both = users.clone().callers(Callers::Machines);
    assert!(verify_access(&both, json!({})).is_err(), "rules accumulate");
    assert!(verify_access(&users.callers(Callers::Any), machine.clone()).is_err());
    let machines = rules().callers(Callers::Machines);
    assert!(verify_access(&machines, machine).is_ok());
    for user in [json!({}), json!({ "sub": CLIENT }), json!({ "username": Value::Null })] {
        assert!(verify_access(&machines, user).is_err());
    }
}

#[derive(Debug)]
struct SignedOut(HashSet<String>);

impl RevocationList for SignedOut {
    fn is_revoked(&self, token: &TokenIds<'_>) -> bool {
        token.origin_jti.is_some_and(|sign_in| self.0.contains(sign_in))
    }
}

#[test]
fn revoked_tokens_and_failed_checks_are_refused() {
    let list = Arc::new(SignedOut(["a-sign-in".to_owned()].into()));
    let rules = rules().revocation(list);
    assert!(matches!(refused(&rules, json!({})), VerifyError::Revoked));
    let another = json!({ "origin_jti": "another" });
    assert!(verify_access(&rules, another.clone()).is_ok());
    let checked = rules.check_access("name", |claims| claims.username() == Some("bob"));
    assert!(matches!(refused(&checked, another), VerifyError::CheckFailed("name")));
    assert!(verify_id(&checked, json!({})).is_ok(), "the check does not apply to ID tokens");
    let checked = checked.check_id("mail", |claims| claims.email().is_none());
    assert!(matches!(verify_id(&checked, json!({})), Err(VerifyError::CheckFailed("mail"))));
}

#[test]
fn an_id_token_is_tied_to_its_sign_in_and_its_access_token() {
    // The values of OpenID Connect's example are not RS256 over Cognito's tokens: this is
    // `printf abc | openssl dgst -sha256 -binary | head -c 16 | basenc --base64url`.
    let changes = json!({ "nonce": "n-0S6", "at_hash": "ungWv48Bz-pBQUDeXa4iIw" });
    let claims = verify_id(&rules(), changes).unwrap();
    assert!(claims.require_nonce("n-0S6").is_ok());
    assert!(matches!(claims.require_nonce("n-0S"), Err(VerifyError::WrongNonce)));
    assert!(claims.require_access_token(&AccessToken::from("abc")).is_ok());
    let wrong = claims.require_access_token(&AccessToken::from("abd"));
    assert!(matches!(wrong, Err(VerifyError::WrongAccessToken)));
    let without = verify_id(&rules(), json!({})).unwrap();
    assert!(matches!(without.require_nonce(""), Err(VerifyError::MissingClaim("nonce"))));
    assert!(without.require_access_token(&AccessToken::from("abc")).is_err());
}

#[test]
fn a_long_token_is_not_read() {
    let limit = rules().max_token_bytes(100);
    let error = limit.access_token(&"a".repeat(101), &keys(), now()).unwrap_err();
    assert!(matches!(error, VerifyError::TooLong { limit: 100, found: 101 }));
    let error = rules().access_token(&"a".repeat(131_073), &keys(), now()).unwrap_err();
    assert!(matches!(error, VerifyError::TooLong { limit: 131_072, found: 131_073 }));
}

#[test]
fn token_of_the_greatest_length_is_accepted() {
    let token = signers()[0].sign("a-key", &access(json!({})));
    let limit = |bytes| rules().max_token_bytes(bytes).access_token(&token, &keys(), now());
    assert!(limit(token.len()).is_ok());
    assert!(matches!(limit(token.len() - 1), Err(VerifyError::TooLong { .. })));
}

#[test]
fn token_with_a_resource_is_only_accepted_for_that_resource() {
    let bound = json!({ "aud": ["https://api.example.com", "https://b.example.com"] });
    for aud in [bound.clone(), json!({ "aud": "https://api.example.com" }), json!({ "aud": "" })] {
        assert!(matches!(refused(&rules(), aud), VerifyError::UnexpectedAudience));
    }
    assert!(verify_access(&rules().allow_any_audience(), bound.clone()).is_ok());
    let named = rules().audience(Required::any_of(["https://b.example.com"]));
    assert!(verify_access(&named, bound).is_ok());
    assert!(matches!(refused(&named, json!({})), VerifyError::WrongAudience { .. }));
    let named = named.allow_any_audience();
    let other = json!({ "aud": "https://c.example.com" });
    assert!(matches!(refused(&named, other), VerifyError::WrongAudience { .. }));
    for empty in [json!({ "aud": [] }), json!({})] {
        assert!(verify_access(&rules(), empty).is_ok(), "it is not bound to a resource");
    }
}

#[test]
fn a_token_may_name_its_own_app_client_as_audience() {
    let own = json!({ "aud": CLIENT });
    assert!(verify_access(&rules(), own.clone()).is_ok());
    assert!(matches!(refused(&rules(), json!({ "aud": "x" })), VerifyError::UnexpectedAudience));
    let any = TokenRules::new(&POOL.parse().unwrap(), Clients::Any);
    assert!(matches!(refused(&any, own), VerifyError::UnexpectedAudience), "no rule allows it");
}

#[test]
fn every_revocation_list_is_consulted() {
    let list = |sign_in: &str| Arc::new(SignedOut([sign_in.to_owned()].into()));
    for lists in [["a-sign-in", "other"], ["other", "a-sign-in"]] {
        let rules = lists.iter().fold(rules(), |rules, name| rules.revocation(list(name)));
        assert!(matches!(refused(&rules, json!({})), VerifyError::Revoked));
    }
}

#[test]
fn tokens_of_the_largest_users_are_accepted() {
    let groups: Vec<String> = (0..100).map(|group| format!("{group:0>128}")).collect();
    assert!(verify_access(&rules(), json!({ "cognito:groups": groups })).is_ok());
    let mut attributes = json!({});
    for attribute in 0..8 {
        attributes[format!("custom:text{attribute}")] = "x".repeat(2048).into();
    }
    assert!(verify_id(&rules(), attributes).is_ok());
}

#[test]
fn large_numbers_keep_their_value() {
    let claims = json!({ "custom:big": 9_007_199_254_740_993_u64, "custom:huge": 1e300 });
    let extra: Value = verify_access(&rules(), claims.clone()).unwrap().extra().unwrap();
    assert_eq!(extra["custom:big"], claims["custom:big"]);
    assert_eq!(extra["custom:huge"], claims["custom:huge"]);
    let error = refused(&rules(), json!({ "exp": 9_007_199_254_740_994_u64 }));
    assert!(matches!(error, VerifyError::InvalidClaim("exp")), "no time is rounded");
}

#[test]
fn audience_of_an_id_token_is_its_app_client() {
    let other = rules().audience(Required::any_of(["another"]));
    assert!(matches!(verify_id(&other, json!({})), Err(VerifyError::WrongAudience { .. })));
    let any = TokenRules::new(&POOL.parse().unwrap(), Clients::Any);
    assert!(verify_id(&any, json!({})).is_ok(), "it is bound to no resource");
}
