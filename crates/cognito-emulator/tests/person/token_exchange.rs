//! GetDerivedToken: users' tokens in exchange for tokens that are bound to a service.

use serde_json::{Value, json};

use crate::support::{Pool, Refusal, claims, invalid_parameter, not_authorized, settings, text};

/// A pool with a resource server, and an app client that may exchange tokens in two ways.
fn pool(flows: &[&str]) -> (Pool, Exchanger) {
    let pool = Pool::new(settings());
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
    (pool, Exchanger { id, secret })
}

struct Exchanger {
    id: String,
    secret: String,
}

const BOTH: [&str; 2] = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"];

impl Exchanger {
    fn exchange(&self, pool: &Pool, subject: &str, members: Value) -> Result<Value, Refusal> {
        let mut request = json!({
            "ClientId": self.id, "ClientSecret": self.secret,
            "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN",
        });
        request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        request.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        pool.try_call("GetDerivedToken", request)
    }
}

#[test]
fn an_exchanged_token_is_of_the_same_user_for_the_named_service() {
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
        assert!(pool.try_call("GetUser", get_user).is_err(), "it is for another service");
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
fn an_actor_is_named_outside_of_those_before_it() {
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
    assert_eq!(act, expected, "an exchange without an actor keeps them");
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
fn scopes_that_the_client_is_not_allowed_are_left_out_also_if_none_are_requested() {
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
            let refused = gateway.exchange(&pool, &token, members).err();
            let expected = not_authorized("Auth flow not enabled for this client");
            assert_eq!(refused, (!is_allowed).then_some(expected), "{flows:?}");
        }
    }
}

#[test]
fn tokens_that_are_not_valid_are_not_exchanged() {
    let (pool, gateway) = pool(&BOTH);
    let token = pool.access_token("alice");
    let id_token = text(&pool.tokens("alice")["IdToken"]);
    let exchange = |subject: &str, members| gateway.exchange(&pool, subject, members).unwrap_err();
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
}

#[test]
fn members_that_contradict_each_other_are_rejected() {
    let (pool, gateway) = pool(&BOTH);
    let token = pool.access_token("alice");
    let exchange = |members| gateway.exchange(&pool, &token, members).unwrap_err();
    let both = invalid_parameter("Audiences and Resources cannot be requested together");
    assert_eq!(exchange(json!({ "Audiences": ["orders"], "Resources": ["orders"] })), both);
    let one = invalid_parameter("ActorToken and ActorTokenType are required together");
    assert_eq!(exchange(json!({ "ActorToken": token })), one);
    assert_eq!(exchange(json!({ "ActorTokenType": "ACCESS_TOKEN" })), one);
    let unknown = exchange(json!({ "Resources": ["unknown"] }));
    assert_eq!(unknown.0, "ResourceNotFoundException");
    for other in
        [json!({ "SubjectTokenType": "SAML2" }), json!({ "SubjectTokenProviderName": "corporate" })]
    {
        assert_eq!(exchange(other).0, "InvalidParameterException");
    }
    assert_eq!(exchange(json!({ "ClientSecret": null })).0, "NotAuthorizedException");
    let wrong = "x".repeat(24);
    assert_eq!(exchange(json!({ "ClientSecret": wrong })).0, "NotAuthorizedException");
}
