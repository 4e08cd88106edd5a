//! Token exchange by GetDerivedToken and at the token endpoint: each request is sent to both, which
//! must agree.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::{Emulator, LocalPool, QuotaCategory, Quotas, SigningKeys, TokenChanges};
use cognito_types::SendHttp;
use serde_json::{Map, Value, json};

use crate::support::{
    Pool, Refusal, claims, invalid_parameter, not_authorized, settings, text, with,
};

/// Returns a pool with a resource server, and an app client that allows both kinds of exchange.
fn pool(flows: &[&str]) -> (Pool, Exchanger) {
    let pool = Pool::new(settings());
    let gateway = exchanger(&pool, flows);
    (pool, gateway)
}

fn exchanger(pool: &Pool, flows: &[&str]) -> Exchanger {
    pool.user("alice");
    let scope = json!({ "ScopeName": "read", "ScopeDescription": "of orders" });
    pool.call(
        "CreateResourceServer",
        json!({ "Identifier": "orders", "Name": "Orders", "Scopes": [scope] }),
    );
    let client = json!({
        "ClientName": "gateway", "GenerateSecret": true, "ExplicitAuthFlows": flows,
        "AccessTokenValidity": 10, "TokenValidityUnits": { "AccessToken": "minutes" },
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["aws.cognito.signin.user.admin", "orders/read"],
        "CallbackURLs": ["https://example.com/"], "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = pool.call("CreateUserPoolClient", client)["UserPoolClient"].clone();
    let (id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    Exchanger { id, secret }
}

struct Exchanger {
    id: String,
    secret: String,
}

const BOTH: [&str; 2] = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"];

/// The parameters of the token endpoint, by member of GetDerivedToken.
const PARAMETERS: [(&str, &str); 9] = [
    ("SubjectToken", "subject_token"),
    ("SubjectTokenType", "subject_token_type"),
    ("ActorToken", "actor_token"),
    ("ActorTokenType", "actor_token_type"),
    ("Scopes", "scope"),
    ("Audiences", "audience"),
    ("Resources", "resource"),
    ("RequestedTokenType", "requested_token_type"),
    ("ClientSecret", "client_secret"),
];

const TYPE: &str = "urn:ietf:params:oauth:token-type:";

impl Exchanger {
    fn exchange(&self, pool: &Pool, subject: &str, members: Value) -> Result<Value, Refusal> {
        self.exchange_by_both(pool, subject, members).map_err(|(refusal, _)| refusal)
    }

    /// Sends a request to both entry points, and returns the response of the API, or its rejection
    /// with the error code of the token endpoint.
    fn exchange_by_both(
        &self,
        pool: &Pool,
        subject: &str,
        members: Value,
    ) -> Result<Value, (Refusal, String)> {
        let mut request = json!({ "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN" });
        request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let (status, granted) = self.post(pool, &form(&request));
        let mut own = json!({ "ClientId": self.id, "ClientSecret": self.secret });
        own.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        own.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        match pool.try_call("GetDerivedToken", own) {
            Ok(derived) => {
                assert_eq!(status, 200, "{granted}");
                assert_same(&derived, &granted);
                Ok(derived)
            }
            Err(refusal) => {
                assert_eq!(status, 400, "{granted}");
                assert_eq!(granted["error_description"], printable(&refusal.1));
                Err((refusal, text(&granted["error"])))
            }
        }
    }

    /// Sends a form to the token endpoint, with the credentials in a header.
    fn post(&self, pool: &Pool, form: &[(String, String)]) -> (u16, Value) {
        let basic = STANDARD.encode(format!("{}:{}", self.id, self.secret));
        let mut form = form.to_vec();
        form.push(("grant_type".to_owned(), GRANT.to_owned()));
        post(pool, Some(&format!("Basic {basic}")), &form)
    }
}

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

fn post(pool: &Pool, basic: Option<&str>, form: &[(String, String)]) -> (u16, Value) {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = http::Request::post(format!("{}/oauth2/token", pool.0.endpoint()))
        .header("content-type", "application/x-www-form-urlencoded");
    let request = basic.into_iter().fold(request, |r, basic| r.header("authorization", basic));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = pool.0.http_client();
    let sent = client.send(request.body(body.into()).unwrap(), usize::MAX);
    let response = runtime.block_on(sent).unwrap();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

/// Converts a request of GetDerivedToken to a form.
fn form(request: &Value) -> Vec<(String, String)> {
    let value = |member: &str, value: &Value| match value {
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(" "),
        value if member.ends_with("Type") => format!("{TYPE}{}", text(value).to_lowercase()),
        value => text(value),
    };
    let given = request.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    given
        .filter_map(|(member, given)| {
            let (_, name) = PARAMETERS.iter().find(|(own, _)| own == member)?;
            Some(((*name).to_owned(), value(member, given)))
        })
        .collect()
}

/// Asserts that both responses have the same type, scopes and lifetime, and tokens with the same
/// claims.
fn assert_same(derived: &Value, granted: &Value) {
    let of_type = format!("{TYPE}{}", text(&derived["IssuedTokenType"]).to_lowercase());
    assert_eq!(granted["issued_token_type"], of_type);
    assert_eq!(granted["token_type"], derived["TokenType"]);
    assert_eq!(granted["expires_in"], derived["ExpiresIn"]);
    let scopes = derived["Scopes"]
        .as_array()
        .map(|scopes| Value::from(scopes.iter().map(text).collect::<Vec<_>>().join(" ")));
    assert_eq!(granted.get("scope"), scopes.as_ref());
    assert!(granted.get("refresh_token").is_none() && granted.get("id_token").is_none());
    let comparable = |token: &Value| {
        let mut claims: Map<_, _> = claims(token).as_object().unwrap().clone();
        ["jti", "iat", "exp"].iter().for_each(|name| drop(claims.remove(*name)));
        claims
    };
    assert_eq!(comparable(&granted["access_token"]), comparable(&derived["IssuedToken"]));
}

/// Returns a message with the allowed characters of error_description (RFC 6749, 5.2).
fn printable(message: &str) -> String {
    message.replace(['"', '\\'], "?")
}

#[test]
fn exchanged_token_has_the_same_user_and_the_named_service() {
    let (pool, gateway) = pool(&BOTH);
    let subject = pool.access_token("alice");
    let before = claims(&json!(subject));
    pool.advance(60);
    for target in [json!({ "Audiences": ["orders"] }), json!({ "Resources": ["orders"] })] {
        let derived = gateway.exchange(&pool, &subject, target).unwrap();
        assert_eq!(derived["IssuedTokenType"], "ACCESS_TOKEN");
        assert_eq!((&derived["TokenType"], &derived["ExpiresIn"]), (&json!("Bearer"), &json!(600)));
        assert_eq!(derived["Scopes"], json!(["aws.cognito.signin.user.admin"]));
        let after = claims(&derived["IssuedToken"]);
        assert_eq!((&after["aud"], &after["client_id"]), (&json!("orders"), &json!(gateway.id)));
        let get_user = json!({ "AccessToken": derived["IssuedToken"] });
        assert!(pool.try_call("GetUser", get_user).is_err(), "the token is for another service");
        for kept in ["sub", "username", "iss", "scope", "auth_time", "origin_jti"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
        assert_ne!(after["jti"], before["jti"]);
        let lifetime = after["exp"].as_u64().unwrap() - after["iat"].as_u64().unwrap();
        assert_eq!(lifetime, 600);
        assert_eq!(after.get("act"), None);
    }
}

#[test]
fn last_actor_is_outermost() {
    let (pool, gateway) = pool(&BOTH);
    let alice = pool.access_token("alice");
    pool.user("agent");
    pool.user("helper");
    let mut subject = alice.clone();
    let mut expected = Value::Null;
    for name in ["agent", "helper"] {
        let actor = pool.access_token(name);
        let sub = claims(&json!(actor))["sub"].clone();
        let members = json!({ "ActorToken": actor, "ActorTokenType": "ACCESS_TOKEN" });
        let derived = gateway.exchange(&pool, &subject, members).unwrap();
        expected = match expected {
            Value::Null => json!({ "sub": sub }),
            before => json!({ "sub": sub, "act": before }),
        };
        let issued = claims(&derived["IssuedToken"]);
        assert_eq!(issued["act"], expected);
        assert_eq!(issued["sub"], claims(&json!(alice))["sub"]);
        subject = text(&derived["IssuedToken"]);
    }
    let derived = gateway.exchange(&pool, &subject, json!({})).unwrap();
    let act = claims(&derived["IssuedToken"])["act"].clone();
    assert_eq!(act, expected, "an exchange without an actor keeps the actors");
}

#[test]
fn scopes_are_those_that_were_requested_held_and_allowed() {
    let (pool, gateway) = pool(&BOTH);
    let subject = pool.access_token("alice");
    let granted = |scopes: Value| {
        let derived = gateway.exchange(&pool, &subject, json!({ "Scopes": scopes })).unwrap();
        (derived["Scopes"].clone(), claims(&derived["IssuedToken"])["scope"].clone())
    };
    let held = "aws.cognito.signin.user.admin";
    assert_eq!(granted(json!([held, "orders/read", "x"])), (json!([held]), json!(held)));
    assert_eq!(granted(json!(["orders/read"])), (Value::Null, json!("")));
}

#[test]
fn scopes_that_the_client_is_not_allowed_are_left_out() {
    let (pool, gateway) = pool(&BOTH);
    let held = ["aws.cognito.signin.user.admin", "orders/read", "orders/write"];
    let settings = pool.call("DescribeUserPoolClient", json!({ "ClientId": gateway.id }));
    let allowed = settings["UserPoolClient"]["AllowedOAuthScopes"].clone();
    assert_eq!(allowed, json!(held[..2]));
    let claims = json!({ "username": "alice", "scope": held.join(" ") });
    let subject = pool.0.access_token_for(claims).unwrap();
    for members in [json!({}), json!({ "Scopes": held })] {
        let derived = gateway.exchange(&pool, subject.expose_secret(), members).unwrap();
        assert_eq!(derived["Scopes"], allowed);
    }
}

#[test]
fn id_tokens_are_exchanged_and_issued() {
    let (pool, gateway) = pool(&BOTH);
    let subject = text(&pool.tokens("alice")["IdToken"]);
    let members = json!({
        "SubjectTokenType": "ID_TOKEN", "RequestedTokenType": "ID_TOKEN", "Audiences": ["orders"],
    });
    let derived = gateway.exchange(&pool, &subject, members).unwrap();
    assert_eq!(
        (&derived["IssuedTokenType"], &derived["TokenType"]),
        (&json!("ID_TOKEN"), &json!("N_A"))
    );
    let issued = claims(&derived["IssuedToken"]);
    assert_eq!((&issued["aud"], &issued["token_use"]), (&json!("orders"), &json!("id")));
    assert_eq!(issued["email"], "alice@example.com");
}

#[test]
fn each_kind_of_exchange_needs_its_flow() {
    for (flows, impersonates, delegates) in [
        (&["ALLOW_USER_SRP_AUTH"][..], false, false),
        (&["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"], true, false),
        (&["ALLOW_TOKEN_EXCHANGE_DELEGATION"], false, true),
    ] {
        let (pool, gateway) = pool(flows);
        let token = pool.access_token("alice");
        let delegation = json!({ "ActorToken": token, "ActorTokenType": "ACCESS_TOKEN" });
        for (members, is_allowed) in [(json!({}), impersonates), (delegation, delegates)] {
            let refused = gateway.exchange_by_both(&pool, &token, members).err();
            let expected = not_authorized("Auth flow not enabled for this client");
            let expected = (expected, "unauthorized_client".to_owned());
            assert_eq!(refused, (!is_allowed).then_some(expected), "{flows:?}");
        }
    }
}

#[test]
fn tokens_that_are_not_valid_are_not_exchanged() {
    let (pool, gateway) = pool(&BOTH);
    let token = pool.access_token("alice");
    let id_token = text(&pool.tokens("alice")["IdToken"]);
    let exchange = |subject: &str, members| {
        let (refusal, error) = gateway.exchange_by_both(&pool, subject, members).unwrap_err();
        assert_eq!(error, "invalid_request"); // RFC 8693, 2.2.2
        refusal
    };
    let invalid = not_authorized("Invalid subject token");
    for other in ["x", "a.b.c", &id_token, &format!("{token}x")] {
        assert_eq!(exchange(other, json!({})), invalid, "{other}");
    }
    let actor = json!({ "ActorToken": "x", "ActorTokenType": "ACCESS_TOKEN" });
    assert_eq!(exchange(&token, actor), not_authorized("Invalid actor token"));
    pool.call("GlobalSignOut", json!({ "AccessToken": token }));
    let revoked = not_authorized("The subject token has been revoked");
    assert_eq!(exchange(&token, json!({})), revoked);
    let token = pool.access_token("alice");
    pool.advance(3601);
    assert_eq!(exchange(&token, json!({})), not_authorized("The subject token has expired"));
    let token = pool.access_token("alice");
    pool.call("AdminDisableUser", json!({ "Username": "alice" }));
    assert_eq!(exchange(&token, json!({})).0, "NotAuthorizedException");
    pool.call("AdminDeleteUser", json!({ "Username": "alice" }));
    assert_eq!(exchange(&token, json!({})), not_authorized("The subject token has been revoked"));
}

#[test]
fn machine_token_can_be_an_actor_but_not_a_subject() {
    let (pool, gateway) = pool(&BOTH);
    let (client, secret) = pool.0.create_machine_client(["orders/read"]).unwrap();
    let input = json!({ "ClientId": client.as_str(), "Secret": secret.expose_secret() });
    let own = pool.call("GetClientToken", input)["ClientAuthenticationResult"].clone();
    let own = text(&own["AccessToken"]);
    let actor = json!({ "ActorToken": own, "ActorTokenType": "ACCESS_TOKEN" });
    let derived = gateway.exchange(&pool, &pool.access_token("alice"), actor).unwrap();
    assert_eq!(claims(&derived["IssuedToken"])["act"], json!({ "sub": client.as_str() }));
    let refused = gateway.exchange(&pool, &own, json!({})).unwrap_err();
    assert_eq!(refused, not_authorized("Invalid subject token"));
}

#[test]
fn contradictory_members_are_rejected() {
    let (pool, gateway) = pool(&BOTH);
    let token = pool.access_token("alice");
    let exchange = |members| gateway.exchange_by_both(&pool, &token, members).unwrap_err();
    let invalid = |message: &str| (invalid_parameter(message), "invalid_request".to_owned());
    let both = invalid("Audiences and Resources cannot be requested together");
    assert_eq!(exchange(json!({ "Audiences": ["orders"], "Resources": ["orders"] })), both);
    let one = invalid("ActorToken and ActorTokenType are required together");
    assert_eq!(exchange(json!({ "ActorToken": token })), one);
    assert_eq!(exchange(json!({ "ActorTokenType": "ACCESS_TOKEN" })), one);
    let (unknown, error) = exchange(json!({ "Resources": ["unknown"] }));
    assert_eq!((&*unknown.0, &*error), ("ResourceNotFoundException", "invalid_target"));
    let foreign = invalid("The emulator exchanges no tokens of other identity providers.");
    assert_eq!(exchange(json!({ "SubjectTokenType": "SAML2" })), foreign);
    let actor = json!({ "ActorToken": token, "ActorTokenType": "SAML2" });
    assert_eq!(exchange(actor), foreign);
    // Both entry points have the limits of the API's members.
    for limited in [
        json!({ "Audiences": ["with space"] }),
        json!({ "Audiences": ["x".repeat(257)] }),
        json!({ "RequestedTokenType": "SAML2" }),
        json!({ "SubjectToken": null }),
        json!({ "SubjectTokenType": null }),
    ] {
        let (refusal, error) = exchange(limited.clone());
        assert_eq!((&*refusal.0, &*error), ("InvalidParameterException", "invalid_request"));
    }
}

#[test]
fn provider_and_wrong_secret_are_rejected_by_the_api() {
    let (pool, gateway) = pool(&BOTH);
    let token = pool.access_token("alice");
    for (member, value, name) in [
        ("SubjectTokenProviderName", json!("corporate"), "InvalidParameterException"),
        ("ClientSecret", json!(null), "NotAuthorizedException"),
        ("ClientSecret", json!("x".repeat(24)), "NotAuthorizedException"),
    ] {
        let mut request = json!({
            "ClientId": gateway.id, "ClientSecret": gateway.secret,
            "SubjectToken": token, "SubjectTokenType": "ACCESS_TOKEN",
        });
        request[member] = value;
        request.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(pool.refused("GetDerivedToken", request).0, name);
    }
}

#[test]
fn client_of_the_token_endpoint_authenticates_by_header_or_form() {
    let (pool, gateway) = pool(&BOTH);
    let subject = json!({
        "SubjectToken": pool.access_token("alice"), "SubjectTokenType": "ACCESS_TOKEN"
    });
    let send = |id: &str, secret: Option<&str>| {
        let mut form = form(&subject);
        let own = [("grant_type", Some(GRANT)), ("client_id", Some(id)), ("client_secret", secret)];
        form.extend(
            own.iter().filter_map(|(name, value)| Some(((*name).into(), (*value)?.into()))),
        );
        post(&pool, None, &form)
    };
    assert_eq!(send(&gateway.id, Some(&gateway.secret)).0, 200);
    let refused = (400, json!({ "error": "invalid_client" }));
    assert_eq!(send(&gateway.id, None), refused);
    assert_eq!(send(&gateway.id, Some("wrong")), refused);
    assert_eq!(send("unknown", None), refused);
    let client = json!({ "ClientName": "public", "ExplicitAuthFlows": BOTH });
    let public = text(&pool.call("CreateUserPoolClient", client)["UserPoolClient"]["ClientId"]);
    assert_eq!(send(&public, None).0, 200, "a public client has no secret");
}

#[test]
fn parameters_of_unknown_types_and_repeated_ones_are_rejected() {
    let (pool, gateway) = pool(&BOTH);
    let subject = pool.access_token("alice");
    let good = json!({ "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN" });
    for (name, value) in [
        ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
        ("actor_token_type", "access_token"),
        ("audience", "orders"),
    ] {
        let mut form = form(&good);
        form.push((name.to_owned(), value.to_owned()));
        if name == "audience" {
            form.push((name.to_owned(), "billing".to_owned()));
        }
        let (status, refused) = gateway.post(&pool, &form);
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_request")), "{name}");
    }
}

#[test]
fn pool_of_the_tier_lite_exchanges_no_tokens() {
    let (pool, gateway) = pool(&BOTH);
    let token = pool.access_token("alice");
    pool.call("UpdateUserPool", json!({ "UserPoolTier": "LITE" }));
    let (refusal, error) = gateway.exchange_by_both(&pool, &token, json!({})).unwrap_err();
    let expected = ("FeatureUnavailableInTierException", "unsupported_grant_type");
    assert_eq!((&*refusal.0, &*error), expected);
}

#[test]
fn trigger_changes_and_rejects_tokens_of_both_entry_points() {
    let rejects = Arc::new(AtomicBool::new(false));
    let trigger = Arc::clone(&rejects);
    let pool =
        Pool::new(settings().pre_token_generation(move |_| match trigger.load(Ordering::SeqCst) {
            true => Err("not \"now\"".to_owned()),
            false => Ok(TokenChanges::default().claim("tenant", "north")),
        }));
    let gateway = exchanger(&pool, &BOTH);
    let subject = pool.access_token("alice");
    let derived = gateway.exchange(&pool, &subject, json!({})).unwrap();
    assert_eq!(claims(&derived["IssuedToken"])["tenant"], "north");
    rejects.store(true, Ordering::SeqCst);
    let (refusal, error) = gateway.exchange_by_both(&pool, &subject, json!({})).unwrap_err();
    assert_eq!((&*refusal.0, &*error), ("UserLambdaValidationException", "invalid_request"));
}

#[test]
fn sign_in_revoked_during_the_trigger_gets_no_token() {
    for operation in ["AdminUserGlobalSignOut", "AdminDisableUser"] {
        let of_trigger = Arc::new(OnceLock::<LocalPool>::new());
        let trigger = Arc::clone(&of_trigger);
        let pool = Pool::new(settings().pre_token_generation(move |_| {
            if let Some(pool) = trigger.get() {
                pool.call(operation, json!({ "Username": "alice" })).unwrap();
            }
            Ok(TokenChanges::default())
        }));
        let gateway = exchanger(&pool, &BOTH);
        let subject = pool.access_token("alice");
        assert!(of_trigger.set(pool.0.clone()).is_ok());
        let (refusal, error) = gateway.exchange_by_both(&pool, &subject, json!({})).unwrap_err();
        let revoked = not_authorized("The subject token has been revoked");
        assert_eq!((refusal, &*error), (revoked, "invalid_request"));
    }
}

#[test]
fn both_entry_points_share_a_rate() {
    let quotas = Quotas::default().rate(QuotaCategory::UserToken, 4);
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).quotas(quotas);
    let emulator = emulator.in_process();
    emulator.clock().freeze();
    let pool = Pool(emulator.create_pool(settings()).unwrap());
    let gateway = exchanger(&pool, &BOTH);
    let subject = pool.access_token("alice");
    for _ in 0..2 {
        gateway.exchange(&pool, &subject, json!({})).unwrap();
    }
    let request = json!({ "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN" });
    let (status, refused) = gateway.post(&pool, &form(&request));
    assert_eq!((status, refused), (429, json!({ "error": "too_many_requests" })));
    let members = json!({ "ClientId": gateway.id, "ClientSecret": gateway.secret });
    let request = ["SubjectToken", "SubjectTokenType"]
        .iter()
        .fold(members, |members, name| with(members, name, request[*name].clone()));
    assert_eq!(pool.refused("GetDerivedToken", request).0, "TooManyRequestsException");
}
