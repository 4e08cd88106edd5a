//! Tests with events in the forms of each kind of API.

use serde_json::{Value, json};

use super::*;
use crate::error::Reason;
use crate::key_set::KeySet;
use crate::policy::{Clients, Required};
use crate::testing::{CLIENT, POOL, START, TestClock, access, id, key_set, signers};
use crate::verifier::Verifier;

const ARN: &str = "arn:aws:execute-api:eu-west-1:111122223333:api1/prod/GET/orders";

fn rules() -> TokenRules {
    TokenRules::new(&POOL.parse().unwrap(), Clients::only(CLIENT))
}

fn gateway(rules: TokenRules) -> ApiGateway {
    ApiGateway::new(rules).clock(Arc::new(TestClock::default()))
}

/// Returns the claims as API Gateway sends them, with every value as text.
fn texts(claims: &Value, groups: &str, exp: &str) -> Value {
    let claims = claims.as_object().unwrap().iter().map(|(name, value)| {
        let text = match (name.as_str(), value) {
            ("cognito:groups", _) => groups.to_owned(),
            ("exp", _) => exp.to_owned(),
            (_, Value::String(text)) => text.clone(),
            (_, value) => value.to_string(),
        };
        (name.clone(), Value::String(text))
    });
    claims.collect::<serde_json::Map<_, _>>().into()
}

fn rest(claims: Value) -> Value {
    json!({ "requestContext": { "authorizer": { "claims": claims } } })
}

fn http(claims: Value) -> Value {
    json!({ "version": "2.0", "requestContext": { "authorizer": {
        "jwt": { "claims": claims, "scopes": null },
    } } })
}

#[test]
fn claims_of_each_kind_of_api_get_their_types_back() {
    let exp = (START + 3600).to_string();
    let groups = ["staff", "beta"];
    for event in [
        rest(texts(&access(json!({})), "staff,beta", "Fri Jan 15 09:00:00 UTC 2027")),
        rest(texts(&access(json!({})), "[staff beta]", &exp)),
        http(texts(&access(json!({})), "[staff beta]", &exp)),
        http(texts(&access(json!({})), "[staff beta]", "1.8000036E9")),
        http(texts(&access(json!({})), r#"["staff","beta"]"#, &exp)),
        rest(access(json!({ "exp": START + 3600, "nickname": null }))),
        json!({ "authorizer": { "claims": texts(&access(json!({})), "staff, beta", &exp) } }),
    ] {
        let claims = gateway(rules()).access_claims(&event).unwrap();
        assert_eq!((claims.subject(), claims.username()), ("a-user", Some("alice")), "{event}");
        assert_eq!(claims.groups(), groups, "{event}");
        assert_eq!(claims.expires_at(), crate::testing::at(3600), "{event}");
        assert!(claims.has_scope("orders/read"), "{event}");
        assert_eq!(claims.issued_at().is_some(), claims.auth_time().is_some(), "{event}");
    }
    let claims = texts(&id(json!({})), "", &exp);
    let claims = gateway(rules()).id_claims(&http(claims)).unwrap();
    assert_eq!((claims.email(), claims.groups().len()), (Some("a@b.io"), 0));
}

#[test]
fn lists_without_elements_and_with_one_are_read() {
    for (text, groups) in [("[]", &[][..]), ("", &[]), ("[a]", &["a"]), ("a", &["a"])] {
        let event = rest(texts(&access(json!({})), text, &(START + 1).to_string()));
        assert_eq!(gateway(rules()).access_claims(&event).unwrap().groups(), groups, "{text}");
    }
}

#[test]
fn rules_apply_to_the_claims_of_an_event() {
    let refused = |rules: TokenRules, changes: Value| {
        let event = http(texts(&access(changes), "[staff]", &(START + 1).to_string()));
        gateway(rules).access_claims(&event).unwrap_err()
    };
    let other = refused(rules(), json!({ "client_id": "another" }));
    assert!(matches!(other, VerifyError::WrongClient), "{other}");
    let other = refused(rules(), json!({ "iss": "https://another" }));
    assert!(matches!(other, VerifyError::WrongIssuer), "{other}");
    let other = refused(rules(), json!({ "token_use": "id" }));
    assert!(matches!(other, VerifyError::WrongTokenUse { .. }), "{other}");
    let other = refused(rules().groups(Required::any_of(["admins"])), json!({}));
    assert!(matches!(other, VerifyError::MissingGroup { .. }), "{other}");
    let other = refused(rules(), json!({ "act": { "sub": "agent" } }));
    assert!(matches!(other, VerifyError::Delegated), "{other}");
    let other = refused(rules(), json!({ "act": "{sub=agent}" }));
    assert!(matches!(other, VerifyError::InvalidClaim("act")), "{other}");
    let other = refused(rules(), json!({ "aud": "[https://a https://b]" }));
    assert!(matches!(other, VerifyError::UnexpectedAudience), "{other}");
}

#[test]
fn claims_that_have_expired_or_have_no_readable_time_are_refused() {
    let refused = |exp: &str| {
        let event = rest(texts(&access(json!({})), "staff", exp));
        gateway(rules()).access_claims(&event).unwrap_err()
    };
    for exp in ["Thu Dec 06 17:08:23 UTC 2018", "1544116103"] {
        assert!(matches!(refused(exp), VerifyError::Expired { .. }), "{exp}");
    }
    for exp in ["", "soon", "NaN", "inf", "-1", "1e400", "Thu Dec 06 17:08:23 CET 2018", "[1]"] {
        assert!(matches!(refused(exp), VerifyError::InvalidClaim("exp")), "{exp}");
    }
}

#[test]
fn event_without_authorizer_claims_is_a_configuration_error() {
    for event in [
        json!({}),
        json!(null),
        json!("text"),
        json!({ "requestContext": null }),
        json!({ "requestContext": { "authorizer": null } }),
        json!({ "requestContext": { "authorizer": { "claims": null, "scopes": null } } }),
        json!({ "requestContext": { "authorizer": { "jwt": {}, "claims": [1] } } }),
        json!({ "requestContext": { "authorizer": "text" } }),
    ] {
        let error = gateway(rules()).access_claims(&event).unwrap_err();
        assert!(matches!(error, VerifyError::NoAuthorizerClaims), "{event}: {error}");
        assert_eq!(error.reason(), Reason::Configuration);
    }
}

fn authorizer(rules: TokenRules, grant: AuthorizerGrant) -> LambdaAuthorizer {
    let keys = KeySet::from_json(&key_set(&[signers()[0].jwk("a-key")])).unwrap();
    let clock = Arc::new(TestClock::default());
    LambdaAuthorizer::new(Verifier::offline(rules, keys).clock(clock).build(), grant)
}

fn token() -> String {
    signers()[0].sign("a-key", &access(json!({})))
}

fn event(event: Value) -> AuthorizerEvent {
    serde_json::from_value(event).unwrap()
}

fn token_event(arn: &str, value: &str) -> AuthorizerEvent {
    event(json!({ "type": "TOKEN", "methodArn": arn, "authorizationToken": value }))
}

async fn response(authorizer: LambdaAuthorizer, event: AuthorizerEvent) -> Value {
    serde_json::to_value(authorizer.authorize(&event).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_policy_allows_the_stage_and_carries_the_claims_to_the_function() {
    let event = token_event(ARN, &format!("Bearer {}", token()));
    let response = response(authorizer(rules(), AuthorizerGrant::Stage), event).await;
    assert_eq!(response["principalId"], "a-user");
    let statement = &response["policyDocument"]["Statement"][0];
    assert_eq!(response["policyDocument"]["Version"], "2012-10-17");
    assert_eq!(
        (&statement["Effect"], &statement["Action"]),
        (&json!("Allow"), &json!("execute-api:Invoke"))
    );
    let stage = "arn:aws:execute-api:eu-west-1:111122223333:api1/prod/*";
    assert_eq!(statement["Resource"], stage);
    for authorizer in [response["context"].clone(), json!({ "lambda": response["context"] })] {
        let event = json!({ "requestContext": { "authorizer": authorizer } });
        let claims = gateway(rules()).access_claims(&event).unwrap();
        assert_eq!(claims.groups(), ["staff", "beta"]);
    }
}

#[tokio::test]
async fn http_api_gets_a_simple_response_unless_policies_are_set() {
    let v2 = event(json!({
        "version": "2.0", "type": "REQUEST", "routeArn": ARN,
        "headers": { "authorization": token() },
    }));
    let simple = authorizer(rules(), AuthorizerGrant::Stage);
    let policies = simple.clone().iam_policies();
    let allowed = response(simple, v2.clone()).await;
    assert_eq!(allowed["isAuthorized"], true);
    assert!(allowed["context"]["claims"].is_string() && allowed.get("principalId").is_none());
    let policy = response(policies, v2.clone()).await;
    assert_eq!(policy["policyDocument"]["Statement"][0]["Effect"], "Allow");
    let admins = rules().groups(Required::any_of(["admins"]));
    let denied = response(authorizer(admins, AuthorizerGrant::Stage), v2).await;
    assert_eq!(denied, json!({ "isAuthorized": false, "context": {} }));
}

#[tokio::test]
async fn insufficient_token_is_denied_and_invalid_token_is_unauthorized() {
    let admins = authorizer(rules().scopes(Required::any_of(["admin"])), AuthorizerGrant::Method);
    let denied = admins.authorize(&token_event(ARN, &token())).await.unwrap();
    assert!(!denied.is_allowed());
    let denied = serde_json::to_value(denied).unwrap();
    assert_eq!(denied["policyDocument"]["Statement"][0]["Resource"], ARN);
    for value in ["Bearer a.b.c", "Bearer ", "", "Basic dXNlcg==", "Bearer a b"] {
        let error = admins.authorize(&token_event(ARN, value)).await.unwrap_err();
        assert_eq!(error.to_string(), "Unauthorized", "{value}");
    }
    let id = signers()[0].sign("a-key", &id(json!({})));
    let any = authorizer(rules(), AuthorizerGrant::Stage);
    assert!(any.authorize(&token_event(ARN, &id)).await.is_err());
    assert!(any.authorize_id_token(&token_event(ARN, &id)).await.unwrap().is_allowed());
}

#[tokio::test]
async fn missing_keys_are_not_reported_as_an_invalid_token() {
    let offline = Verifier::offline(
        TokenRules::new(&POOL.parse().unwrap(), Clients::any_of([""; 0])),
        KeySet::default(),
    );
    let authorizer = LambdaAuthorizer::new(offline.build(), AuthorizerGrant::Stage);
    let error = authorizer.authorize(&token_event(ARN, &token())).await.unwrap_err();
    assert!(matches!(error, AuthorizerError::NotVerified(_)), "{error:?}");
}

#[tokio::test]
async fn a_path_with_a_pattern_is_not_granted() {
    for (path, allowed) in
        [("a", true), ("$connect", true), ("*", false), ("a?", false), ("${x}", false)]
    {
        let arn = format!("arn:aws:execute-api:eu-west-1:111122223333:api1/prod/GET/{path}");
        let authorizer = authorizer(rules(), AuthorizerGrant::Method);
        let response = authorizer.authorize(&token_event(&arn, &token())).await.unwrap();
        assert_eq!(response.is_allowed(), allowed, "{path}");
    }
    for arn in
        ["", "api1/prod", "arn:aws:execute-api:eu-west-1:1:api1", "arn:x:y/", "arn:x:y/*/GET"]
    {
        let authorizer = authorizer(rules(), AuthorizerGrant::Stage);
        let error = authorizer.authorize(&token_event(arn, &token())).await.unwrap_err();
        assert!(matches!(error, AuthorizerError::InvalidEvent(_)), "{arn}");
    }
}

#[tokio::test]
async fn a_request_has_one_token_in_its_header() {
    let authorizer = authorizer(rules(), AuthorizerGrant::Stage).header("X-Token");
    let sent = |headers: Value| {
        event(json!({
            "type": "REQUEST", "methodArn": ARN, "headers": headers["one"],
            "multiValueHeaders": headers["many"],
        }))
    };
    let token = token();
    let bearer = format!("bearer {token}");
    for headers in [
        json!({ "one": { "x-token": token } }),
        json!({ "one": { "X-TOKEN": bearer, "authorization": "Basic x" } }),
        json!({ "one": { "X-Token": "last" }, "many": { "X-Token": [token] } }),
    ] {
        assert!(authorizer.authorize(&sent(headers.clone())).await.unwrap().is_allowed());
    }
    for headers in [
        json!({}),
        json!({ "one": {} }),
        json!({ "one": { "authorization": token } }),
        json!({ "one": { "x-token": token, "X-Token": token } }),
        json!({ "one": { "x-token": token }, "many": { "x-token": [token, "other"] } }),
        json!({ "many": { "x-token": [token], "X-Token": ["other"] } }),
        json!({ "one": { "x-token": null } }),
    ] {
        let error = authorizer.authorize(&sent(headers.clone())).await.unwrap_err();
        assert!(matches!(error, AuthorizerError::NoToken), "{headers}");
    }
}

/// Returns the event of `$connect` in a WebSocket API, as the developer guide of API Gateway shows
/// it.
fn connect(offered: &[&str], query: &Value) -> AuthorizerEvent {
    let last = |values: &Value| values.as_array().and_then(|values| values.last()).cloned();
    let one: serde_json::Map<_, _> = query
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, values)| (name.clone(), last(values).unwrap()))
        .collect();
    event(json!({
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:eu-west-1:111122223333:api1/prod/$connect",
        "headers": { "Upgrade": "websocket", "Sec-WebSocket-Protocol": offered.last() },
        "multiValueHeaders": { "Upgrade": ["websocket"], "Sec-WebSocket-Protocol": offered },
        "queryStringParameters": one, "multiValueQueryStringParameters": query,
    }))
}

#[tokio::test]
async fn token_of_a_websocket_is_read_from_the_subprotocols() {
    let header_only = authorizer(rules(), AuthorizerGrant::Stage);
    let authorizer = header_only.clone().or_websocket_protocol("bearer");
    let token = token();
    let (after, before) = (format!("bearer, {token}"), format!("chat,bearer,{token} , more"));
    for offered in [&[&*after][..], &[&*before], &["chat, bearer", &*token]] {
        let event = connect(offered, &json!({}));
        assert!(authorizer.authorize(&event).await.unwrap().is_allowed(), "{offered:?}");
        assert!(header_only.authorize(&event).await.is_err(), "{offered:?}");
    }
    let twice = format!("bearer, {token}, bearer, {token}");
    let other_case = format!("Bearer, {token}");
    for offered in
        [&[][..], &["bearer"], &["chat, bearer,"], &[&*twice], &[&*other_case], &[&*token]]
    {
        let error = authorizer.authorize(&connect(offered, &json!({}))).await.unwrap_err();
        assert!(matches!(error, AuthorizerError::NoToken), "{offered:?}");
    }
    let error = authorizer.authorize(&connect(&["bearer, a.b.c"], &json!({}))).await.unwrap_err();
    assert!(matches!(error, AuthorizerError::Rejected(_)));
}

#[tokio::test]
async fn query_has_one_token_in_the_named_parameter() {
    let header_only = authorizer(rules(), AuthorizerGrant::Stage);
    let authorizer = header_only.clone().or_websocket_protocol("bearer").or_query("token");
    let token = token();
    let sent = connect(&["chat"], &json!({ "token": [token], "Token": ["other"] }));
    assert!(authorizer.authorize(&sent).await.unwrap().is_allowed());
    assert!(header_only.authorize(&sent).await.is_err());
    // HTTP APIs with payload format 2.0 send one value for each name.
    let v2 = event(json!({
        "version": "2.0", "type": "REQUEST", "routeArn": ARN, "headers": { "host": "h" },
        "queryStringParameters": { "token": token },
    }));
    assert!(authorizer.authorize(&v2).await.unwrap().is_allowed());
    for query in [
        json!({}),
        json!({ "token": [""] }),
        json!({ "token": [token, token] }),
        json!({ "TOKEN": [token] }),
        json!({ "token": [format!("Basic {token}")] }),
    ] {
        let error = authorizer.authorize(&connect(&["chat"], &query)).await.unwrap_err();
        assert!(matches!(error, AuthorizerError::NoToken), "{query}");
    }
}

/// Returns an event of type `REQUEST` with one value for each name, for APIs of this format.
fn request(version: &str, headers: &Value, query: &Value) -> AuthorizerEvent {
    event(json!({
        "version": version, "type": "REQUEST", "methodArn": ARN,
        "headers": headers, "queryStringParameters": query,
    }))
}

#[tokio::test]
async fn values_in_two_places_are_refused() {
    let authorizer = authorizer(rules(), AuthorizerGrant::Stage)
        .or_websocket_protocol("bearer")
        .or_query("token");
    let token = token();
    let bearer = format!("Bearer {token}");
    // HTTP APIs join the values of a name with commas.
    let joined = format!("{bearer},{bearer}");
    let offered = format!("bearer, {token}");
    let in_query = json!({ "token": token });
    for (headers, query) in [
        (json!({ "authorization": bearer }), in_query.clone()),
        (json!({ "authorization": token }), in_query.clone()),
        (json!({ "authorization": bearer }), json!({ "token": "other" })),
        (json!({ "authorization": "Basic dXNlcg==" }), in_query.clone()),
        (json!({ "authorization": "Bearer" }), in_query.clone()),
        (json!({ "authorization": "bearer " }), in_query.clone()),
        (json!({ "authorization": joined }), in_query.clone()),
        (json!({ "authorization": format!("{token},{token}") }), in_query.clone()),
        (json!({ "authorization": joined }), json!({})),
        (json!({}), json!({ "token": format!("{token},{token}") })),
        (json!({ "sec-websocket-protocol": offered }), in_query.clone()),
        (json!({ "sec-websocket-protocol": "bearer" }), in_query.clone()),
        (json!({ "sec-websocket-protocol": offered, "authorization": bearer }), json!({})),
        (json!({ "sec-websocket-protocol": "bearer", "authorization": bearer }), json!({})),
    ] {
        for version in ["1.0", "2.0"] {
            let sent = request(version, &headers, &query);
            let outcome = authorizer.authorize(&sent).await;
            assert!(matches!(outcome, Err(AuthorizerError::NoToken)), "{headers} {query}");
        }
    }
}

#[tokio::test]
async fn empty_values_of_other_places_are_ignored() {
    let authorizer = authorizer(rules(), AuthorizerGrant::Stage)
        .or_websocket_protocol("bearer")
        .or_query("token");
    let token = token();
    for (headers, query) in [
        (json!({ "authorization": token }), json!({ "token": "", "other": "x" })),
        (json!({ "authorization": token, "sec-websocket-protocol": "chat" }), json!({})),
        (json!({ "authorization": "", "sec-websocket-protocol": "" }), json!({ "token": token })),
    ] {
        let sent = request("1.0", &headers, &query);
        assert!(authorizer.authorize(&sent).await.unwrap().is_allowed(), "{headers} {query}");
    }
}

#[tokio::test]
async fn simple_response_cannot_be_limited_to_a_method() {
    let simple = authorizer(rules(), AuthorizerGrant::Method);
    let headers = json!({ "authorization": token() });
    for headers in [&headers, &json!({})] {
        let error = simple.authorize(&request("2.0", headers, &json!({}))).await.unwrap_err();
        assert!(error.to_string().contains("call iam_policies"), "{error}");
    }
    let sent = request("2.0", &headers, &json!({}));
    let policy = response(simple.clone().iam_policies(), sent).await;
    assert_eq!(policy["policyDocument"]["Statement"][0]["Resource"], ARN);
    // Events of format 1.0 get a policy in any case.
    let policy = response(simple, request("1.0", &headers, &json!({}))).await;
    assert_eq!(policy["policyDocument"]["Statement"][0]["Resource"], ARN);
}

#[tokio::test]
async fn events_and_responses_do_not_print_tokens_and_claims() {
    let event = token_event(ARN, &token());
    let response = authorizer(rules(), AuthorizerGrant::Stage).authorize(&event).await.unwrap();
    let printed = format!("{event:?} {response:?}");
    assert!(!printed.contains(&token()) && !printed.contains("a-user"), "{printed}");
}

#[test]
fn texts_that_could_be_numbers_stay_texts() {
    let claims =
        access(json!({ "username": "42", "sub": "1e3", "jti": "Fri Jan 15 09:00:00 UTC 2027" }));
    let event = http(texts(&claims, "[staff]", &(START + 1).to_string()));
    let claims = gateway(rules()).access_claims(&event).unwrap();
    assert_eq!((claims.username(), claims.subject()), (Some("42"), "1e3"));
    assert_eq!(claims.jti(), Some("Fri Jan 15 09:00:00 UTC 2027"));
}

#[test]
fn audience_in_brackets_is_a_list() {
    let claims = texts(&access(json!({ "aud": "[https://a https://b]" })), "[]", "4102444800");
    let rules = rules().audience(Required::any_of(["https://b"]));
    let claims = gateway(rules).access_claims(&http(claims)).unwrap();
    assert_eq!(claims.audience(), ["https://a", "https://b"]);
}
