//! Updates that read, change and write settings: the handling of every field.

use std::fmt::Debug;

use cognito::ErrorKind;
use cognito::sdk::operation::update_identity_provider::UpdateIdentityProviderInput;
use cognito::sdk::operation::update_user_pool::UpdateUserPoolInput;
use cognito::sdk::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use cognito::sdk::operation::update_user_pool_client::UpdateUserPoolClientInput;
use cognito::sdk::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use cognito::sdk::types::{
    IdentityProviderType, LambdaConfigType, ResourceServerScopeType, UserPoolClientType,
    UserPoolMfaType, UserPoolType, VerificationMessageTemplateType, VerifiedAttributeType,
};
use cognito_tests::described;
use cognito_tests::recorder::{CLIENT, Recorder};
use serde_json::{Value, json};

const POOL: &str = "eu-west-1_Ab12Cd34E";

const POOLS_GUIDE: &str = include_str!("../../../docs/pools-and-app-clients.md");
const PROVIDERS_GUIDE: &str = include_str!("../../../docs/identity-providers.md");

/// Members of a description that an update does not accept.
const POOL_READ_ONLY: [&str; 15] = [
    "AliasAttributes",
    "Arn",
    "CreationDate",
    "CustomDomain",
    "Domain",
    "EmailConfigurationFailure",
    "EstimatedNumberOfUsers",
    "Id",
    "LastModifiedDate",
    "Name", // PoolName
    "SchemaAttributes",
    "SmsConfigurationFailure",
    "Status",
    "UsernameAttributes",
    "UsernameConfiguration",
];
const CLIENT_READ_ONLY: [&str; 3] = ["ClientSecret", "CreationDate", "LastModifiedDate"];
const PROVIDER_READ_ONLY: [&str; 3] = ["CreationDate", "LastModifiedDate", "ProviderType"];

/// Returns a server with this description of a pool.
async fn server_with(pool: Value) -> Recorder {
    let server = Recorder::start().await;
    server.respond("DescribeUserPool", json!({ "UserPool": pool }));
    server
}

fn without(mut described: Value, fields: &[&str]) -> Value {
    let members = described.as_object_mut().unwrap();
    for field in fields {
        assert!(members.remove(*field).is_some(), "{field} is not described");
    }
    described
}

/// Returns the names of a type's fields in its Debug form.
fn fields_of(value: &impl Debug) -> Vec<String> {
    let printed = format!("{value:?}");
    let (_, fields) = printed.split_once(" { ").unwrap();
    let names = fields.trim_end_matches(" }").split(", ").map(|field| {
        let (name, _) = field.split_once(": ").unwrap();
        name.replace('_', "")
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Returns the names of members in the format of [`fields_of`].
fn members_of(described: &Value) -> Vec<String> {
    let members = described.as_object().unwrap().keys();
    let mut names: Vec<_> = members.map(|name| name.to_lowercase()).collect();
    names.sort();
    names
}

fn assert_all_in_table(guide: &str, described: &Value) {
    for name in described.as_object().unwrap().keys() {
        let has_row = guide.lines().any(|line| {
            let first = line.strip_prefix("| ").and_then(|line| line.split(" | ").next());
            first.is_some_and(|names| names.split(", ").any(|it| it == format!("`{name}`")))
        });
        assert!(has_row, "no row for {name}");
    }
}

#[tokio::test]
async fn pool_is_written_unchanged() {
    let described = described::pool();
    let read_only = UserPoolType::builder().build();
    assert_eq!(members_of(&described), fields_of(&read_only), "the SDK has other fields");
    assert_all_in_table(POOLS_GUIDE, &described);

    let server = server_with(described.clone()).await;
    let pool = server.admin().pool();
    let read = format!("{:?}", pool.describe().await.unwrap());
    assert!(!read.contains("None"), "a field is not described: {read}");
    pool.update(|pool| pool).await.unwrap();

    let mut expected = without(described, &POOL_READ_ONLY);
    expected["UserPoolId"] = POOL.into();
    expected["PoolName"] = "shop".into();
    let input = UpdateUserPoolInput::builder().build().unwrap();
    assert_eq!(members_of(&expected), fields_of(&input), "the SDK has other fields");
    expected["AdminCreateUserConfig"]
        .as_object_mut()
        .unwrap()
        .remove("UnusedAccountValidityDays")
        .unwrap();
    assert_eq!(server.only("UpdateUserPool").await, expected);
    assert_eq!(server.count("SetUserPoolMfaConfig").await, 0);
}

#[tokio::test]
async fn client_is_written_unchanged_without_its_secret() {
    let described = described::client();
    let read_only = UserPoolClientType::builder().build();
    assert_eq!(members_of(&described), fields_of(&read_only), "the SDK has other fields");
    assert_all_in_table(POOLS_GUIDE, &described);

    let server = Recorder::start().await;
    let response = json!({ "UserPoolClient": described });
    server.respond("DescribeUserPoolClient", response.clone());
    server.respond("UpdateUserPoolClient", response);
    let client = server.admin().client(CLIENT);
    let read = format!("{:?}", client.describe().await.unwrap());
    assert!(!read.contains("None"), "a field is not described: {read}");
    client.update(|client| client).await.unwrap();

    let expected = without(described, &CLIENT_READ_ONLY);
    let input = UpdateUserPoolClientInput::builder().build().unwrap();
    assert_eq!(members_of(&expected), fields_of(&input), "the SDK has other fields");
    assert_eq!(server.only("UpdateUserPoolClient").await, expected);
}

#[tokio::test]
async fn existing_entries_are_not_added_again() {
    let server = server_with(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let admin = server.admin();
    let email = VerifiedAttributeType::Email;
    admin.pool().update(|pool| pool.auto_verified_attributes(email.clone())).await.unwrap();
    let sent = server.only("UpdateUserPool").await;
    assert_eq!(sent["AutoVerifiedAttributes"], json!(["email"]));

    let urls = json!(["https://example.com/a", "https://example.com/b"]);
    let described = json!({ "CallbackURLs": urls, "SupportedIdentityProviders": ["COGNITO"] });
    server.respond("DescribeUserPoolClient", json!({ "UserPoolClient": described }));
    server.respond("UpdateUserPoolClient", json!({ "UserPoolClient": {} }));
    let change = |client: UpdateUserPoolClientFluentBuilder| {
        let client = client.supported_identity_providers("Corp");
        client.supported_identity_providers("Corp").callback_urls("https://example.com/a")
    };
    admin.client(CLIENT).update(change).await.unwrap();
    let sent = server.only("UpdateUserPoolClient").await;
    assert_eq!(sent["CallbackURLs"], urls);
    assert_eq!(sent["SupportedIdentityProviders"], json!(["COGNITO", "Corp"]));

    let scope = json!({ "ScopeName": "read", "ScopeDescription": "Read" });
    let described = json!({ "ResourceServer": { "Scopes": [scope] } });
    server.respond("DescribeResourceServer", described.clone());
    server.respond("UpdateResourceServer", described);
    let read = ResourceServerScopeType::builder().scope_name("read").scope_description("Read");
    let read = read.build().unwrap();
    admin.resource_server("orders").update(|it| it.scopes(read.clone())).await.unwrap();
    assert_eq!(server.only("UpdateResourceServer").await["Scopes"], json!([scope]));
}

#[tokio::test]
async fn identity_provider_is_written_unchanged() {
    let described = described::identity_provider();
    let read_only = IdentityProviderType::builder().build();
    assert_eq!(members_of(&described), fields_of(&read_only), "the SDK has other fields");
    assert_all_in_table(PROVIDERS_GUIDE, &described);

    let server = Recorder::start().await;
    let response = json!({ "IdentityProvider": described });
    server.respond("DescribeIdentityProvider", response.clone());
    server.respond("UpdateIdentityProvider", response);
    let provider = server.admin().identity_provider("Corp");
    let read = format!("{:?}", provider.describe().await.unwrap());
    assert!(!read.contains("None"), "a field is not described: {read}");
    provider.update(|provider| provider).await.unwrap();

    let expected = without(described, &PROVIDER_READ_ONLY);
    let input = UpdateIdentityProviderInput::builder().build().unwrap();
    assert_eq!(members_of(&expected), fields_of(&input), "the SDK has other fields");
    assert_eq!(server.only("UpdateIdentityProvider").await, expected);
}

#[tokio::test]
async fn missing_members_are_not_written() {
    let server = server_with(json!({ "Id": POOL, "Name": "shop" })).await;
    let pool = server.admin().pool();
    pool.update(|pool| pool).await.unwrap();
    let sent = server.only("UpdateUserPool").await;
    assert_eq!(sent, json!({ "UserPoolId": POOL, "PoolName": "shop" }));

    let described = json!({ "ClientId": CLIENT, "ClientName": "web" });
    server.respond("DescribeUserPoolClient", json!({ "UserPoolClient": described }));
    server.respond("UpdateUserPoolClient", json!({ "UserPoolClient": described }));
    server.admin().client(CLIENT).update(|client| client).await.unwrap();
    let expected = json!({ "UserPoolId": POOL, "ClientId": CLIENT, "ClientName": "web" });
    assert_eq!(server.only("UpdateUserPoolClient").await, expected);
}

#[tokio::test]
async fn a_pool_from_before_the_newer_validity_keeps_the_older() {
    let described = json!({
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": false,
            "UnusedAccountValidityDays": 30,
        },
        "Policies": { "PasswordPolicy": { "MinimumLength": 8 } },
    });
    let server = server_with(described.clone()).await;
    server.admin().pool().update(|pool| pool).await.unwrap();
    let sent = server.only("UpdateUserPool").await;
    assert_eq!(sent["AdminCreateUserConfig"], described["AdminCreateUserConfig"]);
    let policy = &sent["Policies"]["PasswordPolicy"];
    assert_eq!(policy.get("TemporaryPasswordValidityDays"), None);
    assert_eq!(policy["MinimumLength"], 8);
}

#[tokio::test]
async fn sms_configuration_without_a_role_is_written_without_one() {
    let sms = json!({ "EumsSms": { "CallerArn": "arn:aws:iam::123456789012:role/r" } });
    let server = server_with(json!({ "SmsConfiguration": sms })).await;
    server.admin().pool().update(|pool| pool).await.unwrap();
    assert_eq!(server.only("UpdateUserPool").await["SmsConfiguration"], sms);
}

/// Returns the messages in the update of a pool with all of them: SMS, e-mail, its subject, and the
/// same of the template.
async fn texts_after(
    change: impl Fn(UpdateUserPoolFluentBuilder) -> UpdateUserPoolFluentBuilder + Send + Sync,
) -> [Value; 6] {
    let server = server_with(described::pool()).await;
    server.admin().pool().update(change).await.unwrap();
    let sent = server.only("UpdateUserPool").await;
    let of = |member: &str| sent[member].clone();
    let template = |member: &str| sent["VerificationMessageTemplate"][member].clone();
    [
        of("SmsVerificationMessage"),
        of("EmailVerificationMessage"),
        of("EmailVerificationSubject"),
        template("SmsMessage"),
        template("EmailMessage"),
        template("EmailSubject"),
    ]
}

#[tokio::test]
async fn older_and_newer_texts_agree() {
    let template = VerificationMessageTemplateType::builder()
        .sms_message("new {####}")
        .email_subject("subject")
        .build();
    let texts = texts_after(|pool| pool.verification_message_template(template.clone())).await;
    let [sms, email, subject] = [json!("new {####}"), Value::Null, json!("subject")];
    assert_eq!(texts, [&sms, &email, &subject, &sms, &email, &subject].map(Clone::clone));

    let texts = texts_after(|pool| pool.email_verification_message("new {####}")).await;
    let [sms, email] = [json!("sms {####}"), json!("new {####}")];
    assert_eq!(texts, [&sms, &email, &subject, &sms, &email, &subject].map(Clone::clone));

    let texts = texts_after(|pool| pool.set_verification_message_template(None)).await;
    assert_eq!(texts, [(); 6].map(|()| Value::Null));
}

/// Returns the trigger in the update of a pool with both forms, the older one first.
async fn triggers_after(change: impl Fn(&mut LambdaConfigType) + Send + Sync) -> (Value, Value) {
    let server = server_with(described::pool()).await;
    let change = |pool: UpdateUserPoolFluentBuilder| {
        let mut lambda = pool.get_lambda_config().clone().unwrap();
        change(&mut lambda);
        pool.lambda_config(lambda)
    };
    server.admin().pool().update(change).await.unwrap();
    let sent = &server.only("UpdateUserPool").await["LambdaConfig"];
    (sent["PreTokenGeneration"].clone(), sent["PreTokenGenerationConfig"].clone())
}

#[tokio::test]
async fn older_and_newer_triggers_agree() {
    let v2 = json!({ "LambdaVersion": "V2_0", "LambdaArn": "arn:new" });
    let newer = |lambda: &mut LambdaConfigType| {
        lambda.pre_token_generation_config.as_mut().unwrap().lambda_arn = "arn:new".into();
    };
    assert_eq!(triggers_after(newer).await, (json!("arn:new"), v2.clone()));
    let older = |lambda: &mut LambdaConfigType| {
        lambda.pre_token_generation = Some("arn:new".into());
    };
    assert_eq!(triggers_after(older).await, (json!("arn:new"), v2));
    let none = (Value::Null, Value::Null);
    assert_eq!(triggers_after(|lambda| lambda.pre_token_generation = None).await, none);
    assert_eq!(triggers_after(|lambda| lambda.pre_token_generation_config = None).await, none);
}

#[tokio::test]
async fn mfa_is_updated_by_its_own_operation() {
    let server = server_with(described::pool()).await;
    server.respond("GetUserPoolMfaConfig", described::mfa());
    let pool = server.admin().pool();
    pool.update(|pool| pool.mfa_configuration(UserPoolMfaType::On)).await.unwrap();
    assert_eq!(server.only("UpdateUserPool").await["MfaConfiguration"], "OPTIONAL");
    let mut expected = described::mfa();
    expected["MfaConfiguration"] = "ON".into();
    expected["UserPoolId"] = POOL.into();
    assert_eq!(server.only("SetUserPoolMfaConfig").await, expected);
    let operations: Vec<_> =
        server.requests().await.into_iter().map(|request| request.operation).collect();
    let last = ["UpdateUserPool", "GetUserPoolMfaConfig", "SetUserPoolMfaConfig"];
    assert_eq!(operations[1..], last);
}

#[tokio::test]
async fn concurrent_mfa_update_keeps_the_other_settings() {
    let server = server_with(described::pool()).await;
    server.respond("GetUserPoolMfaConfig", described::mfa());
    server.refuse("SetUserPoolMfaConfig", "ConcurrentModificationException", "raced");
    server.respond("SetUserPoolMfaConfig", json!({}));
    let pool = server.admin().pool();
    pool.update(|pool| pool.mfa_configuration(UserPoolMfaType::On)).await.unwrap();
    assert_eq!(server.count("UpdateUserPool").await, 1);
    assert_eq!(server.count("GetUserPoolMfaConfig").await, 2);
}

#[tokio::test]
async fn no_factor_is_described_with_mfa_off() {
    let server = Recorder::start().await;
    server.respond("GetUserPoolMfaConfig", described::mfa());
    let pool = server.admin().pool();
    pool.set_mfa_config(|mfa| mfa.mfa_configuration(UserPoolMfaType::Off)).await.unwrap();
    let expected = json!({
        "UserPoolId": POOL,
        "MfaConfiguration": "OFF",
        "WebAuthnConfiguration": described::mfa()["WebAuthnConfiguration"],
    });
    assert_eq!(server.only("SetUserPoolMfaConfig").await, expected);
}

#[tokio::test]
async fn concurrent_update_is_repeated_from_the_read() {
    let server = server_with(json!({ "UserPoolTags": { "by": "us" } })).await;
    server.respond("DescribeUserPool", json!({ "UserPool": { "UserPoolTags": { "by": "them" } } }));
    let raced = "ConcurrentModificationException";
    server.refuse("UpdateUserPool", raced, "raced").refuse("UpdateUserPool", raced, "raced");
    server.respond("UpdateUserPool", json!({}));
    let pool = server.admin().pool();
    pool.update(|pool| pool.user_pool_tags("more", "x")).await.unwrap();
    let sent = server.sent("UpdateUserPool").await;
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[2]["UserPoolTags"], json!({ "by": "them", "more": "x" }));
    assert_eq!(server.count("DescribeUserPool").await, 3);
}

#[tokio::test]
async fn repeated_concurrent_updates_are_a_conflict() {
    let server = Recorder::start().await;
    let described = json!({ "IdentityProvider": described::identity_provider() });
    server.respond("DescribeIdentityProvider", described);
    server.refuse("UpdateIdentityProvider", "ConcurrentModificationException", "raced");
    let provider = server.admin().identity_provider("Corp");
    let error = provider.update(|provider| provider).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(server.count("UpdateIdentityProvider").await, 5);
    assert_eq!(server.count("DescribeIdentityProvider").await, 5);
}

#[tokio::test]
async fn update_during_an_import_fails_at_once() {
    let server = server_with(json!({})).await;
    server.refuse("UpdateUserPool", "UserImportInProgressException", "importing");
    let error = server.admin().pool().update(|pool| pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(server.count("UpdateUserPool").await, 1);
}
