//! Machine-to-machine authorization: resource servers, scopes, and app clients.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{
    Emulator, EmulatorError, InjectedFault, LocalPool, PoolSettings, QuotaCategory, Quotas,
    SigningKeys, TokenChanges, TokenOccasion,
};
use serde_json::{Value, json};

fn pool() -> LocalPool {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    emulator.create_pool(PoolSettings::default()).unwrap()
}

fn refused(local: &LocalPool, operation: &str, input: Value) -> String {
    match local.call(operation, input) {
        Err(EmulatorError::Refused { name, .. }) => name,
        other => panic!("{operation}: {other:?}"),
    }
}

fn orders(scopes: &[&str]) -> Value {
    let scope = |name: &&str| json!({ "ScopeName": name, "ScopeDescription": "of orders" });
    let scopes: Vec<Value> = scopes.iter().map(scope).collect();
    json!({ "Identifier": "orders", "Name": "Orders", "Scopes": scopes })
}

fn machine(scopes: &[&str]) -> Value {
    json!({
        "ClientName": "machine", "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": scopes,
        "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
    })
}

#[test]
fn resource_server_is_created_updated_and_deleted() {
    let local = pool();
    let made = local.call("CreateResourceServer", orders(&["read"])).unwrap();
    let described = local.call("DescribeResourceServer", json!({ "Identifier": "orders" }));
    assert_eq!(described.unwrap(), made);
    let Err(EmulatorError::Refused { name, message }) =
        local.call("CreateResourceServer", orders(&["read"]))
    else {
        panic!("the identifier is taken");
    };
    let taken = format!("orders already exists in user pool {}.", local.id());
    assert_eq!((&*name, &*message), ("InvalidParameterException", &*taken));
    let changed = local.call("UpdateResourceServer", orders(&["write"])).unwrap();
    assert_eq!(changed["ResourceServer"]["Scopes"].as_array().unwrap().len(), 1);
    assert_eq!(changed["ResourceServer"]["Scopes"][0]["ScopeName"], "write");
    let bare = json!({ "Identifier": "orders", "Name": "Orders" });
    for scopes in [json!(null), json!([])] {
        let mut update = bare.clone();
        update["Scopes"] = scopes;
        let changed = local.call("UpdateResourceServer", update).unwrap();
        assert!(
            changed["ResourceServer"].get("Scopes").is_none(),
            "an update without scopes removes them"
        );
    }
    local.call("DeleteResourceServer", json!({ "Identifier": "orders" })).unwrap();
    for operation in ["DescribeResourceServer", "DeleteResourceServer"] {
        let name = refused(&local, operation, json!({ "Identifier": "orders" }));
        assert_eq!(name, "ResourceNotFoundException", "{operation}");
    }
    let gone = refused(&local, "UpdateResourceServer", orders(&[]));
    assert_eq!(gone, "ResourceNotFoundException");
}

#[test]
fn names_of_servers_and_scopes_are_checked() {
    let local = pool();
    let long = "x".repeat(257);
    for (identifier, name, scope) in [
        ("", "Orders", "read"),
        ("or ders", "Orders", "read"),
        ("or\"ders", "Orders", "read"),
        (&*long, "Orders", "read"),
        ("orders", "Orders!", "read"),
        ("orders", "Orders", "a/b"),
        ("orders", "Orders", ""),
    ] {
        let scopes = json!([{ "ScopeName": scope, "ScopeDescription": "x" }]);
        let input = json!({ "Identifier": identifier, "Name": name, "Scopes": scopes });
        let name = refused(&local, "CreateResourceServer", input);
        assert_eq!(name, "InvalidParameterException", "{identifier} {scope}");
    }
}

#[test]
fn servers_are_listed_in_pages_and_have_a_limit() {
    let local = pool();
    for number in 0..25 {
        let input = json!({ "Identifier": format!("server{number:02}"), "Name": "x" });
        local.call("CreateResourceServer", input).unwrap();
    }
    let one_more = refused(&local, "CreateResourceServer", orders(&[]));
    assert_eq!(one_more, "LimitExceededException");
    let (mut found, mut token) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "MaxResults": 10, "NextToken": token });
        let page = local.call("ListResourceServers", input).unwrap();
        let servers = page["ResourceServers"].as_array().unwrap();
        found.extend(servers.iter().map(|server| server["Identifier"].to_string()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let expected: Vec<String> = (0..25).map(|number| format!("\"server{number:02}\"")).collect();
    assert_eq!(found, expected);
    for input in [json!({ "MaxResults": 51 }), json!({ "NextToken": "!" })] {
        let name = refused(&local, "ListResourceServers", input);
        assert_eq!(name, "InvalidParameterException");
    }
}

#[test]
fn machine_clients_are_validated_on_creation() {
    let local = pool();
    local.call("CreateResourceServer", orders(&["read"])).unwrap();
    let mut public = machine(&["orders/read"]);
    public["GenerateSecret"] = json!(false);
    let mut two_flows = machine(&["orders/read"]);
    two_flows["AllowedOAuthFlows"] = json!(["client_credentials", "code"]);
    for (input, name) in [
        (public, "InvalidOAuthFlowException"),
        (two_flows, "InvalidOAuthFlowException"),
        (machine(&["orders/write"]), "ScopeDoesNotExistException"),
        (machine(&["orders"]), "ScopeDoesNotExistException"),
    ] {
        assert_eq!(refused(&local, "CreateUserPoolClient", input), name);
    }
    local.call("CreateUserPoolClient", machine(&["orders/read"])).unwrap();
}

#[test]
fn machine_token_has_the_requested_scopes() {
    let local = pool();
    let (client, secret) = local.create_machine_client(["orders/read", "orders/write"]).unwrap();
    let input = |scopes: Value| {
        json!({
            "ClientId": client.as_str(), "Secret": secret.expose_secret(), "Scopes": scopes
        })
    };
    let output = local.call("GetClientToken", input(json!(["orders/read"]))).unwrap();
    let result = &output["ClientAuthenticationResult"];
    assert_eq!((&result["ExpiresIn"], &result["TokenType"]), (&json!(3600), &json!("Bearer")));

    let payload = result["AccessToken"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let expected = json!({
        "sub": client.as_str(), "client_id": client.as_str(), "token_use": "access",
        "scope": "orders/read", "version": 2,
        "iss": format!("{}/{}", local.endpoint(), local.id()),
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&claims[name], value, "{name}");
    }
    assert!(claims.get("username").is_none() && claims.get("origin_jti").is_none());
    let of_no_user = local.call("GetUser", json!({ "AccessToken": result["AccessToken"] }));
    assert_eq!(
        of_no_user.unwrap_err().to_string(),
        "NotAuthorizedException: Access Token does not have required scopes"
    );

    let unknown = refused(&local, "GetClientToken", input(json!(["orders/delete"])));
    assert_eq!(unknown, "InvalidParameterException");
    let mut wrong = input(Value::Null);
    wrong["Secret"] = json!("secret0of0nobody0at0all0");
    assert_eq!(refused(&local, "GetClientToken", wrong), "NotAuthorizedException");
    local.call("DeleteResourceServer", json!({ "Identifier": "orders" })).unwrap();
    let gone = refused(&local, "GetClientToken", input(Value::Null));
    assert_eq!(gone, "InvalidParameterException", "no scope is left");
}

#[test]
fn trigger_changes_a_machine_token() {
    let settings = PoolSettings::default().pre_token_generation(|tokens| {
        assert_eq!(tokens.occasion, TokenOccasion::ClientCredentials);
        assert_eq!(tokens.username, "ClientCredentials");
        match tokens.scopes.iter().any(|scope| scope == "orders/write") {
            true => Err("read only".to_owned()),
            false => Ok(TokenChanges::default().access_claim("plan", "gold").add_scope("extra/x")),
        }
    });
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(settings).unwrap();
    let (client, secret) = local.create_machine_client(["orders/read", "orders/write"]).unwrap();
    let input = |scope: &str| {
        json!({
            "ClientId": client.as_str(), "Secret": secret.expose_secret(), "Scopes": [scope]
        })
    };
    let output = local.call("GetClientToken", input("orders/read")).unwrap();
    let token = output["ClientAuthenticationResult"]["AccessToken"].as_str().unwrap();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        (&claims["plan"], &claims["scope"]),
        (&json!("gold"), &json!("orders/read extra/x"))
    );
    let denied = refused(&local, "GetClientToken", input("orders/write"));
    assert_eq!(denied, "UserLambdaValidationException");
}

#[test]
fn a_client_needs_a_secret_and_the_flow() {
    let local = pool();
    let secret = "secret0of0nobody0at0all0";
    let public = refused(&local, "GetClientToken", json!({ "Secret": secret }));
    assert_eq!(public, "InvalidParameterException");
    local.call("CreateResourceServer", orders(&["read"])).unwrap();
    let mut input = machine(&["orders/read"]);
    input["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH"]);
    let made = local.call("CreateUserPoolClient", input).unwrap();
    let (id, secret) =
        (&made["UserPoolClient"]["ClientId"], &made["UserPoolClient"]["ClientSecret"]);
    let name = refused(&local, "GetClientToken", json!({ "ClientId": id, "Secret": secret }));
    assert_eq!(name, "NotAuthorizedException");
}

#[test]
fn create_machine_client_is_not_counted_and_not_affected_by_faults() {
    let quotas = Quotas::default().rate(QuotaCategory::UserPoolResourceUpdate, 0);
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).quotas(quotas);
    let emulator = builder.in_process();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    for operation in ["CreateResourceServer", "UpdateResourceServer", "CreateUserPoolClient"] {
        emulator.plan_fault(operation, 1, InjectedFault::Throttled);
    }
    local.create_machine_client(["orders/read", "orders/write"]).unwrap();
    let (client, secret) = local.create_machine_client(["orders/write", "stock/read"]).unwrap();
    let described =
        local.call("DescribeResourceServer", json!({ "Identifier": "orders" })).unwrap();
    assert_eq!(described["ResourceServer"]["Scopes"].as_array().unwrap().len(), 2);
    let request = json!({ "ClientId": client.as_str(), "Secret": secret.expose_secret() });
    local.call("GetClientToken", request).unwrap();
    for bad in ["orders", "orders/ ", "/read"] {
        assert!(local.create_machine_client([bad]).is_err(), "{bad:?}");
    }
    let throttled = local.call("CreateUserPoolClient", json!({ "ClientName": "a" })).unwrap_err();
    assert_eq!(throttled.to_string(), "TooManyRequestsException: Rate exceeded");
}
