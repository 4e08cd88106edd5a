//! Bodies and rejections in the format of the service.

use std::net::SocketAddr;

use cognito_emulator::{
    Emulator, EmulatorError, IssuerStyle, LocalPool, Mfa, PoolSettings, SigningKeys, Support,
};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{get, post, start};

#[tokio::test]
async fn rejections_have_the_bodies_and_headers_of_the_service() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let body = json!({
        "ClientId": local.client_id().as_str(), "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": { "USERNAME": "nobody", "SRP_A": "abc" }
    });
    let answer = post(&emulator, "InitiateAuth", "", &body.to_string()).await;
    assert!(answer.head.starts_with("HTTP/1.1 400"), "{}", answer.head);
    assert!(answer.has_header("content-type: application/x-amz-json-1.1"));
    assert!(answer.has_header("x-amzn-errortype: UserNotFoundException:"));
    assert!(answer.has_header("x-amzn-errormessage: User does not exist."));
    assert!(answer.head.to_lowercase().contains("x-amzn-requestid: "));
    let expected = json!({ "__type": "UserNotFoundException", "message": "User does not exist." });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn nulls_and_unknown_members_are_ignored() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let body = json!({
        "ClientId": local.client_id().as_str(), "Username": "alice", "Password": "Correct-horse1",
        "UserAttributes": [{ "Name": "email", "Value": "a@b.io" }],
        "SecretHash": null, "ValidationData": null, "ClientMetadata": {}, "OfTheFuture": [1]
    });
    let answer = post(&emulator, "SignUp", "", &body.to_string()).await;
    assert!(answer.head.starts_with("HTTP/1.1 200"), "{}", answer.body);
    assert_eq!(answer.json()["UserConfirmed"], false);
}

#[tokio::test]
async fn bad_requests_are_rejected_and_do_not_stop_the_server() {
    let emulator = start().await;
    emulator.create_pool(PoolSettings::default()).unwrap();
    let cases = [
        ("SignUp", "", "InvalidParameterException"),
        ("SignUp", "{", "SerializationException"),
        ("SignUp", "[]", "SerializationException"),
        ("InitiateAuth", r#"[null, "x", "USER_AUTH", {}, null]"#, "SerializationException"),
        ("SignUp", r#"{"ClientId":5}"#, "SerializationException"),
        ("SignUp", "{}", "InvalidParameterException"),
        ("SignUp", "\u{0}\u{1}", "SerializationException"),
        ("InitiateAuth", r#"{"ClientId":"x"}"#, "InvalidParameterException"),
        ("InitiateAuth", r#"{"ClientId":"x","AuthFlow":"y"}"#, "InvalidParameterException"),
        (
            "InitiateAuth",
            r#"{"ClientId":"x","AuthFlow":"USER_SRP_AUTH"}"#,
            "ResourceNotFoundException",
        ),
        ("GetUser", r#"{"AccessToken":"a.b.c"}"#, "NotAuthorizedException"),
        ("GetUser", r#"{"AccessToken":"e30.e30.e30"}"#, "NotAuthorizedException"),
        ("GetSigningCertificate", "{}", "UnknownOperationException"),
        ("", "{}", "UnknownOperationException"),
    ];
    for (operation, body, name) in cases {
        let answer = post(&emulator, operation, "", body).await;
        assert!(answer.head.starts_with("HTTP/1.1 400"), "{operation} {body}");
        assert_eq!(answer.json()["__type"], name, "{operation} {body}");
    }
    let answer = post(&emulator, "Nonsense", "", "{}").await;
    assert!(answer.has_header("x-amzn-errormessage: There is no operation \"Nonsense\"."));
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let answer = post(&emulator, "SignUp", "", &deep).await;
    assert_eq!(answer.json()["__type"], "SerializationException");
    assert!(get(&emulator, "/nowhere").await.head.starts_with("HTTP/1.1 404"));
    assert!(get(&emulator, "/x/.well-known/jwks.json").await.head.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn message_member_of_a_wrong_type_is_capitalized() {
    let emulator = start().await;
    for operation in ["CreateGroup", "SignUp"] {
        let answer = post(&emulator, operation, "", "[]").await;
        let message = "Start of list found where not expected";
        let expected = json!({ "__type": "SerializationException", "Message": message });
        assert_eq!(answer.json(), expected);
        assert!(answer.has_header(&format!("x-amzn-errormessage: {message}")));
    }
}

#[tokio::test]
async fn every_operation_rejects_invalid_requests() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let name_of = |operation: &str, input: Value| match local.call(operation, input) {
        Err(EmulatorError::Refused { name, .. }) => name,
        other => panic!("{operation}: {other:?}"),
    };
    let there = |(_, support): &(&str, Support)| *support != Support::Missing;
    for (operation, _) in cognito_emulator::operations().filter(there) {
        let empty = emulator.call(operation, &json!({})).unwrap_err().to_string();
        assert!(empty.starts_with("InvalidParameterException"), "{operation}: {empty}");
        let numbers = json!({
            "UserPoolId": 1, "ClientId": 1, "Username": 1, "AccessToken": 1, "UserCode": 1,
            "PoolName": 1, "ClientName": 1
        });
        let refused = name_of(operation, numbers);
        let expected = ["SerializationException", "InvalidParameterException"];
        assert!(expected.contains(&&*refused), "{operation}: {refused}");
    }
}

#[tokio::test]
async fn the_srp_challenge_has_no_session_and_the_sizes_of_the_service() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    local.call("SignUp", json!({ "Username": "alice", "Password": "Correct-horse1" })).unwrap();
    let input = |srp_a: &str| {
        json!({
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp_a }
        })
    };
    let challenge = local.call("InitiateAuth", input("abc")).unwrap();
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    assert!(challenge.get("Session").is_none());
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(parameters["SECRET_BLOCK"].as_str().unwrap().len(), 1724);
    assert_eq!(parameters["USERNAME"], "alice");
    assert_eq!(parameters["USER_ID_FOR_SRP"], "alice");
    assert!(!parameters["SALT"].as_str().unwrap().starts_with('0'));

    let prime = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";
    for srp_a in ["0", prime, "", "xyz", &"f".repeat(100_000)] {
        let refused = local.call("InitiateAuth", input(srp_a)).unwrap_err().to_string();
        assert!(refused.starts_with("InvalidParameterException"), "{refused}");
    }
}

#[tokio::test]
async fn srp_responses_are_validated_in_the_order_of_the_service() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let timestamp = "Sat Sep 5 01:02:03 UTC 2026";
    let steps = [
        (json!({}), "Missing required parameter challenge responses."),
        (json!({ "X": "y" }), "Missing required parameter USERNAME"),
        (json!({ "USERNAME": "a" }), "Missing required parameter TIMESTAMP"),
        (
            json!({ "USERNAME": "a", "TIMESTAMP": timestamp }),
            "Missing required parameter PASSWORD_CLAIM_SIGNATURE",
        ),
        (
            json!({ "USERNAME": "a", "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SIGNATURE": "eA==" }),
            "Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK",
        ),
        (
            json!({
                "USERNAME": "a", "TIMESTAMP": "now", "PASSWORD_CLAIM_SIGNATURE": "eA==",
                "PASSWORD_CLAIM_SECRET_BLOCK": "eA=="
            }),
            "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
        ),
        (
            json!({
                "USERNAME": "a", "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SIGNATURE": "e",
                "PASSWORD_CLAIM_SECRET_BLOCK": "eA=="
            }),
            "Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.",
        ),
        (
            json!({
                "USERNAME": "a", "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SIGNATURE": "eA==",
                "PASSWORD_CLAIM_SECRET_BLOCK": "eA=="
            }),
            "Incorrect username or password.",
        ),
    ];
    for (responses, message) in steps {
        let input =
            json!({ "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses });
        let refused = local.call("RespondToAuthChallenge", input).unwrap_err();
        let EmulatorError::Refused { message: actual, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(actual, message);
    }
}

#[tokio::test]
async fn two_keys_are_published_and_two_callers_do_not_meet() {
    let emulator = Emulator::start().await.unwrap();
    let (one, other) = (
        emulator.create_pool(PoolSettings::default()).unwrap(),
        emulator.create_pool(PoolSettings::default()).unwrap(),
    );
    let key_set = async |pool: &LocalPool| {
        get(&emulator, &format!("/{}/.well-known/jwks.json", pool.id())).await.json()
    };
    let (one, other) = tokio::join!(key_set(&one), key_set(&other));
    let kids = |set: &Value| -> Vec<String> {
        let keys = set["keys"].as_array().unwrap();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let (one, other) = (kids(&one), kids(&other));
    assert_eq!((one.len(), other.len()), (2, 2));
    assert_ne!(one[0], one[1]);
    assert!(one.iter().all(|kid| kid.len() == 44 && !other.contains(kid)));
}

#[tokio::test]
async fn settings_are_returned_unchanged() {
    let emulator = start().await;
    let settings = PoolSettings::default()
        .id("eu-west-1_Fixed0001".parse().unwrap())
        .client_id("1example23456789")
        .mfa(Mfa::Optional)
        .pool_member("UserPoolTags", json!({ "team": "a" }))
        .client_member("AccessTokenValidity", 2);
    let local = emulator.create_pool(settings.clone()).unwrap();
    let pool = local.call("DescribeUserPool", json!({})).unwrap();
    assert_eq!(pool["UserPool"]["Id"], "eu-west-1_Fixed0001");
    assert_eq!(pool["UserPool"]["Name"], "local");
    assert_eq!(pool["UserPool"]["MfaConfiguration"], "OPTIONAL");
    assert_eq!(pool["UserPool"]["UserPoolTags"]["team"], "a");
    let client = local.call("DescribeUserPoolClient", json!({})).unwrap();
    assert_eq!(client["UserPoolClient"]["ClientId"], "1example23456789");
    assert_eq!(client["UserPoolClient"]["AccessTokenValidity"], 2);
    assert!(emulator.create_pool(settings).is_err(), "the id is taken");
}

#[tokio::test]
async fn same_seed_creates_the_same_ids() {
    let ids = || {
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7);
        let local = builder.in_process().create_pool(PoolSettings::default()).unwrap();
        (local.id(), local.client_id())
    };
    assert_eq!(ids(), ids());
    let (pool, client) = ids();
    assert_eq!(pool.pool_name().len(), 9);
    assert_eq!(client.as_str().len(), 26);
}

#[tokio::test]
async fn test_keys_stay_on_this_machine() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let builder = Emulator::builder().address(everywhere).signing_keys(SigningKeys::ForTests);
    let error = builder.start().await.unwrap_err();
    assert!(matches!(error, EmulatorError::TestKeysBeyondLoopback));
    assert!(Emulator::builder().address(everywhere).start().await.is_ok());
}

#[tokio::test]
async fn address_in_use_is_an_error_and_free_after_the_last_handle() {
    let emulator = start().await;
    let address: SocketAddr = emulator.endpoint().strip_prefix("http://").unwrap().parse().unwrap();
    let taken = Emulator::builder().address(address).start().await;
    let taken = taken.unwrap_err();
    assert!(matches!(taken, EmulatorError::Bind { address: at, .. } if at == address));
    let message = taken.to_string();
    assert!(message.starts_with(&format!("cannot listen on {address}; stop the ")), "{message}");
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    drop(emulator);
    assert!(TcpStream::connect(address).await.is_ok(), "the pool is a handle too");
    drop(local);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the server continues without handles");
}

#[tokio::test]
async fn tokens_have_the_format_of_the_service() {
    let emulator = Emulator::builder()
        .signing_keys(SigningKeys::ForTests)
        .issuer(IssuerStyle::Aws)
        .in_process();
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let settings = PoolSettings::default().client_member("ExplicitAuthFlows", flows);
    let local = emulator.create_pool(settings).unwrap();
    local.call("SignUp", json!({ "Username": "alice", "Password": "Correct-horse1" })).unwrap();
    local.call("AdminConfirmSignUp", json!({ "Username": "alice" })).unwrap();
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Correct-horse1" }
    });
    let result = local.call("InitiateAuth", input).unwrap();
    assert_eq!(result["ChallengeParameters"], json!({}));
    let result = &result["AuthenticationResult"];
    assert_eq!((&result["ExpiresIn"], &result["TokenType"]), (&json!(3600), &json!("Bearer")));
    let part = |token: &str, index: usize| {
        use base64::Engine;
        let encoded = result[token].as_str().unwrap().split('.').nth(index).unwrap();
        let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(encoded).unwrap();
        String::from_utf8(decoded).unwrap()
    };
    let header: Value = serde_json::from_str(&part("AccessToken", 0)).unwrap();
    assert_eq!(header.as_object().unwrap().len(), 2, "kid and alg, no typ");
    assert_ne!(part("AccessToken", 0), part("IdToken", 0), "two keys");
    let issuer = format!(r"https:\/\/cognito-idp.us-east-1.amazonaws.com\/{}", local.id());
    assert!(part("AccessToken", 1).contains(&issuer), "slashes are escaped");
    let refresh = result["RefreshToken"].as_str().unwrap();
    assert_eq!(refresh.split('.').count(), 5);
}
