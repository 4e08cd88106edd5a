//! The wire format of the administration of settings, request by request.

use std::future::IntoFuture;

use aws_types::region::Region;
use cognito::sdk::types::{
    AdminCreateUserConfigType, AttributeDataType, CloudWatchLogsConfigurationType,
    CompromisedCredentialsRiskConfigurationType, CustomDomainConfigType, EventFilterType,
    EventSourceName, IdentityProviderTypeType, LogConfigurationType, LogLevel,
    PasswordHashingAlgorithmType, ResourceServerScopeType, SchemaAttributeType,
};
use cognito::{Error, ErrorKind, UserPools};
use cognito_tests::fixture::admin_config;
use cognito_tests::recorder::{CLIENT, Recorder};
use serde_json::{Value, json};

const POOL: &str = "eu-west-1_Ab12Cd34E";

/// Awaits a call and checks its last request.
async fn sends<T>(
    server: &Recorder,
    operation: &str,
    expected: Value,
    call: impl IntoFuture<Output = Result<T, Error>>,
) -> T {
    let result = call.await.unwrap_or_else(|error| panic!("{operation}: {error:?}"));
    let last = server.requests().await.pop().unwrap();
    assert_eq!((&*last.operation, &last.body), (operation, &expected));
    assert!(last.signed, "{operation} is not signed");
    result
}

/// Returns a request with these members and the pool id.
fn to_pool(mut members: Value) -> Value {
    members["UserPoolId"] = POOL.into();
    members
}

fn pools(server: &Recorder) -> UserPools {
    let config = admin_config().into_builder().region(Region::new("eu-west-1"));
    UserPools::new(&config.endpoint_url(server.url()).build())
}

#[tokio::test]
async fn pools_are_created_listed_and_administered() {
    let server = Recorder::start().await;
    let pools = pools(&server);
    server.respond("CreateUserPool", json!({ "UserPool": { "Id": POOL } }));
    let call = pools.create("shop", |pool| {
        let config = AdminCreateUserConfigType::builder().allow_admin_create_user_only(true);
        pool.admin_create_user_config(config.build())
    });
    let expected = json!({
        "PoolName": "shop",
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
    });
    let made = sends(&server, "CreateUserPool", expected, call).await;

    let admin = pools.admin(made.id().unwrap().parse().unwrap());
    server.respond("DescribeUserPool", json!({ "UserPool": { "Id": POOL, "Name": "shop" } }));
    let described =
        sends(&server, "DescribeUserPool", to_pool(json!({})), admin.pool().describe()).await;
    assert_eq!(described.name(), Some("shop"));
    sends(&server, "DeleteUserPool", to_pool(json!({})), admin.pool().delete()).await;
    let elsewhere = pools.admin("us-east-1_Ab12Cd34E".parse().unwrap());
    server.respond("DescribeUserPool", json!({ "UserPool": {} }));
    elsewhere.pool().describe().await.unwrap();

    server.respond("ListUserPools", json!({ "UserPools": [{ "Id": "1" }], "NextToken": "n" }));
    server.respond("ListUserPools", json!({ "UserPools": [] }));
    assert_eq!(pools.list().await.unwrap().len(), 1);
    let sent = server.sent("ListUserPools").await;
    assert_eq!(sent, [json!({ "MaxResults": 60 }), json!({ "MaxResults": 60, "NextToken": "n" })]);
}

#[tokio::test]
async fn without_a_region_nothing_is_sent() {
    let pools = UserPools::new(&admin_config());
    let error = pools.list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("has no Region"), "{error}");
}

#[tokio::test]
async fn limits_of_the_account_are_named_by_their_category() {
    let server = Recorder::start().await;
    let definition =
        json!({ "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserRead" } });
    let limit = json!({
        "LimitDefinition": definition,
        "ProvisionedLimitValue": 200,
        "FreeLimitValue": 120,
    });
    server.respond("GetProvisionedLimit", json!({ "Limit": limit }));
    server.respond("UpdateProvisionedLimit", json!({ "Limit": limit }));
    let pools = pools(&server);
    let expected = json!({ "LimitDefinition": definition });
    let call = pools.provisioned_limit("UserRead");
    let limit = sends(&server, "GetProvisionedLimit", expected, call).await;
    assert_eq!((limit.provisioned_limit_value(), limit.free_limit_value()), (200, 120));
    let expected = json!({ "LimitDefinition": definition, "RequestedLimitValue": 200 });
    let call = pools.set_provisioned_limit("UserRead", 200);
    sends(&server, "UpdateProvisionedLimit", expected, call).await;
}

#[tokio::test]
async fn settings_with_separate_operations() {
    let server = Recorder::start().await;
    let pool = server.admin().pool();
    let plan = SchemaAttributeType::builder().name("plan");
    let plan = plan.attribute_data_type(AttributeDataType::String).build();
    let expected = to_pool(json!({
        "CustomAttributes": [{ "Name": "plan", "AttributeDataType": "String" }],
    }));
    sends(&server, "AddCustomAttributes", expected, pool.add_custom_attributes([plan])).await;

    let group = "arn:aws:logs:eu-west-1:123456789012:log-group:l";
    let destination = CloudWatchLogsConfigurationType::builder().log_group_arn(group).build();
    let log = LogConfigurationType::builder()
        .log_level(LogLevel::Error)
        .event_source(EventSourceName::UserNotification)
        .cloud_watch_logs_configuration(destination)
        .build()
        .unwrap();
    let logs = json!([{
        "LogLevel": "ERROR",
        "EventSource": "userNotification",
        "CloudWatchLogsConfiguration": { "LogGroupArn": group },
    }]);
    let expected = to_pool(json!({ "LogConfigurations": logs }));
    sends(&server, "SetLogDeliveryConfiguration", expected, pool.set_log_delivery([log.clone()]))
        .await;
    let response = to_pool(json!({ "LogConfigurations": logs }));
    let response = json!({ "LogDeliveryConfiguration": response });
    server.respond("GetLogDeliveryConfiguration", response);
    let call = pool.log_delivery();
    let read = sends(&server, "GetLogDeliveryConfiguration", to_pool(json!({})), call).await;
    assert_eq!(read, [log]);
}

#[tokio::test]
async fn risk_configuration_is_read_and_written() {
    let server = Recorder::start().await;
    let exception = json!({ "BlockedIPRangeList": ["192.0.2.0/24"] });
    let actions = json!({ "Actions": { "EventAction": "BLOCK" }, "EventFilter": ["SIGN_IN"] });
    let was = json!({
        "CompromisedCredentialsRiskConfiguration": actions,
        "RiskExceptionConfiguration": exception,
        "LastModifiedDate": 1_700_000_000,
    });
    server.respond("DescribeRiskConfiguration", json!({ "RiskConfiguration": was }));
    server.respond("SetRiskConfiguration", json!({ "RiskConfiguration": was }));
    let admin = server.admin();
    let pool = admin.pool();
    let call = pool.set_risk_configuration(|risk| risk);
    let mut expected = to_pool(json!({
        "CompromisedCredentialsRiskConfiguration": actions,
        "RiskExceptionConfiguration": exception,
    }));
    sends(&server, "SetRiskConfiguration", expected.clone(), call).await;

    let client = admin.client(CLIENT);
    let call = client.set_risk_configuration(|risk| {
        let was = risk.get_compromised_credentials_risk_configuration().as_ref();
        let actions = was.and_then(CompromisedCredentialsRiskConfigurationType::actions);
        let changed = CompromisedCredentialsRiskConfigurationType::builder()
            .set_actions(actions.cloned())
            .event_filter(EventFilterType::SignUp)
            .build();
        risk.compromised_credentials_risk_configuration(changed)
    });
    expected["ClientId"] = CLIENT.into();
    expected["CompromisedCredentialsRiskConfiguration"]["EventFilter"] = json!(["SIGN_UP"]);
    sends(&server, "SetRiskConfiguration", expected, call).await;
    let expected = to_pool(json!({ "ClientId": CLIENT }));
    sends(&server, "DescribeRiskConfiguration", expected, client.risk_configuration()).await;
    let call = pool.risk_configuration();
    sends(&server, "DescribeRiskConfiguration", to_pool(json!({})), call).await;
}

#[tokio::test]
async fn clients_and_their_secrets() {
    let server = Recorder::start().await;
    let admin = server.admin();
    server.respond("CreateUserPoolClient", json!({ "UserPoolClient": { "ClientId": CLIENT } }));
    let call = admin.create_client("web", |client| client.generate_secret(true));
    let expected = to_pool(json!({ "ClientName": "web", "GenerateSecret": true }));
    sends(&server, "CreateUserPoolClient", expected, call).await;

    let client = admin.client(CLIENT);
    let named = to_pool(json!({ "ClientId": CLIENT }));
    sends(&server, "DeleteUserPoolClient", named.clone(), client.delete()).await;

    let secret = "a-secret-of-the-app-client+";
    let descriptor = json!({
        "ClientSecretId": "id--1",
        "ClientSecretValue": secret,
        "ClientSecretCreateDate": 1_700_000_000,
    });
    server.respond("AddUserPoolClientSecret", json!({ "ClientSecretDescriptor": descriptor }));
    let call = client.add_secret();
    let added = sends(&server, "AddUserPoolClientSecret", named.clone(), call).await;
    assert_eq!((added.id(), added.value().unwrap().expose_secret()), ("id--1", secret));
    assert!(added.created_at().is_some());
    assert!(!format!("{added:?}").contains(secret), "{added:?}");
    let expected = to_pool(json!({ "ClientId": CLIENT, "ClientSecret": secret }));
    sends(&server, "AddUserPoolClientSecret", expected, client.add_secret_value(secret)).await;
    let expected = to_pool(json!({ "ClientId": CLIENT, "ClientSecretId": "id--1" }));
    sends(&server, "DeleteUserPoolClientSecret", expected, client.delete_secret("id--1")).await;
    let response = json!({ "ClientSecrets": [{ "ClientSecretId": "id--1" }] });
    server.respond("ListUserPoolClientSecrets", response);
    let listed = sends(&server, "ListUserPoolClientSecrets", named, client.secrets()).await;
    assert_eq!((listed[0].id(), listed[0].value().is_none()), ("id--1", true));
}

#[tokio::test]
async fn identity_providers() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let response = json!({ "IdentityProvider": { "ProviderName": "Corp" } });
    server.respond("CreateIdentityProvider", response.clone());
    let call = admin.create_identity_provider("Corp", IdentityProviderTypeType::Saml, |provider| {
        provider.provider_details("MetadataURL", "https://idp.example.com/metadata")
    });
    let expected = to_pool(json!({
        "ProviderName": "Corp",
        "ProviderType": "SAML",
        "ProviderDetails": { "MetadataURL": "https://idp.example.com/metadata" },
    }));
    sends(&server, "CreateIdentityProvider", expected, call).await;
    let named = to_pool(json!({ "ProviderName": "Corp" }));
    let corp = admin.identity_provider("Corp");
    sends(&server, "DeleteIdentityProvider", named, corp.delete()).await;
    server.respond("GetIdentityProviderByIdentifier", response);
    let expected = to_pool(json!({ "IdpIdentifier": "example.com" }));
    let call = admin.identity_provider_by_identifier("example.com");
    let found = sends(&server, "GetIdentityProviderByIdentifier", expected, call).await;
    assert_eq!(found.provider_name(), Some("Corp"));
}

#[tokio::test]
async fn update_of_a_resource_server_keeps_other_members() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let orders = json!({
        "Identifier": "orders",
        "Name": "Orders",
        "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Read orders" }],
    });
    for operation in ["CreateResourceServer", "DescribeResourceServer", "UpdateResourceServer"] {
        server.respond(operation, json!({ "ResourceServer": to_pool(orders.clone()) }));
    }
    let call = admin.create_resource_server("orders", "Orders", [("read", "Read orders")]);
    sends(&server, "CreateResourceServer", to_pool(orders.clone()), call).await;
    let handle = admin.resource_server("orders");
    let write = ResourceServerScopeType::builder().scope_name("write").scope_description("Write");
    let write = write.build().unwrap();
    let call = handle.update(|it| it.scopes(write.clone()));
    let mut expected = to_pool(orders);
    let more = json!({ "ScopeName": "write", "ScopeDescription": "Write" });
    expected["Scopes"].as_array_mut().unwrap().push(more);
    sends(&server, "UpdateResourceServer", expected, call).await;
    let named = to_pool(json!({ "Identifier": "orders" }));
    sends(&server, "DescribeResourceServer", named.clone(), handle.describe()).await;
    sends(&server, "DeleteResourceServer", named, handle.delete()).await;
}

#[tokio::test]
async fn update_of_a_domain_keeps_other_members() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let certificate = |name: &str| format!("arn:aws:acm:us-east-1:123456789012:certificate/{name}");
    let call = admin.create_domain("auth.example.com", |domain| {
        let config = CustomDomainConfigType::builder().certificate_arn(certificate("a"));
        domain.custom_domain_config(config.build().unwrap())
    });
    let config = json!({ "CertificateArn": certificate("a") });
    let expected = json!({ "Domain": "auth.example.com", "CustomDomainConfig": config });
    sends(&server, "CreateUserPoolDomain", to_pool(expected), call).await;

    let domain = admin.domain("auth.example.com");
    let routing = json!({
        "Failover": {
            "PrimaryRoute53HealthCheckId": "check",
            "SecondaryRegion": "eu-central-1",
        },
    });
    let described = to_pool(json!({
        "AWSAccountId": "123456789012",
        "Domain": "auth.example.com",
        "CloudFrontDistribution": "d.cloudfront.net",
        "Version": "1",
        "Status": "ACTIVE",
        "CustomDomainConfig": config,
        "ManagedLoginVersion": 1,
        "Routing": routing,
    }));
    server.respond("DescribeUserPoolDomain", json!({ "DomainDescription": described }));
    let call = domain.update(|domain| domain.managed_login_version(2));
    let expected = to_pool(json!({
        "Domain": "auth.example.com",
        "CustomDomainConfig": config,
        "ManagedLoginVersion": 2,
        "Routing": routing,
    }));
    sends(&server, "UpdateUserPoolDomain", expected, call).await;
    let expected = to_pool(json!({ "Domain": "auth.example.com" }));
    sends(&server, "DeleteUserPoolDomain", expected, domain.delete()).await;
}

#[tokio::test]
async fn unknown_domain_or_domain_of_another_pool_is_not_found() {
    let server = Recorder::start().await;
    server.respond("DescribeUserPoolDomain", json!({ "DomainDescription": {} }));
    let other = json!({ "Domain": "shop", "UserPoolId": "eu-west-1_Other" });
    server.respond("DescribeUserPoolDomain", json!({ "DomainDescription": other }));
    let domain = server.admin().domain("shop");
    for _ in 0..2 {
        assert_eq!(domain.describe().await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn import_jobs() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let job = json!({ "UserImportJob": { "JobId": "import-1", "PreSignedUrl": "https://put" } });
    for operation in ["Create", "Describe", "Start", "Stop"] {
        server.respond(&format!("{operation}UserImportJob"), job.clone());
    }
    let role = "arn:aws:iam::123456789012:role/r";
    let call = admin.create_import_job("night", role, |job| {
        job.password_hashing_algorithm(PasswordHashingAlgorithmType::Bcrypt)
    });
    let expected = json!({
        "JobName": "night",
        "CloudWatchLogsRoleArn": role,
        "PasswordHashingAlgorithm": "BCRYPT",
    });
    let made = sends(&server, "CreateUserImportJob", to_pool(expected), call).await;
    assert_eq!(made.pre_signed_url(), Some("https://put"));
    let job = admin.import_job(made.job_id().unwrap());
    let named = to_pool(json!({ "JobId": "import-1" }));
    sends(&server, "DescribeUserImportJob", named.clone(), job.describe()).await;
    sends(&server, "StartUserImportJob", named.clone(), job.start()).await;
    sends(&server, "StopUserImportJob", named, job.stop()).await;
    server.respond("GetCSVHeader", json!({ "UserPoolId": POOL, "CSVHeader": ["name", "email"] }));
    let header = sends(&server, "GetCSVHeader", to_pool(json!({})), admin.import_header()).await;
    assert_eq!(header, ["name", "email"]);
}

/// Returns the requests for two pages of a list; the first page has at most 2 entries and contains
/// one, the last page is empty.
async fn pages_of<T: Send + 'static>(
    server: &Recorder,
    operation: &str,
    (entries, token): (&str, &str),
    list: cognito::types::List<T>,
) -> Vec<Value> {
    server.respond(operation, json!({ entries: [{}], token: "next" }));
    server.respond(operation, json!({ entries: [] }));
    assert_eq!(list.page_size(2).await.unwrap().len(), 1);
    server.sent(operation).await
}

#[tokio::test]
async fn lists_send_the_page_size_and_the_pagination_token() {
    let server = Recorder::start().await;
    let admin = server.admin();
    let expected = |token: &str| {
        let first = to_pool(json!({ "MaxResults": 2 }));
        let mut second = first.clone();
        second[token] = "next".into();
        [first, second]
    };
    let next = "NextToken";
    let sent = pages_of(&server, "ListUserPoolClients", ("UserPoolClients", next), admin.clients());
    assert_eq!(sent.await, expected(next));
    let list = admin.identity_providers();
    let sent = pages_of(&server, "ListIdentityProviders", ("Providers", next), list);
    assert_eq!(sent.await, expected(next));
    let list = admin.resource_servers();
    let sent = pages_of(&server, "ListResourceServers", ("ResourceServers", next), list);
    assert_eq!(sent.await, expected(next));
    let (list, token) = (admin.import_jobs(), "PaginationToken");
    let sent = pages_of(&server, "ListUserImportJobs", ("UserImportJobs", token), list);
    assert_eq!(sent.await, expected(token));
}

#[tokio::test]
async fn requests_that_create_something_are_not_retried() {
    let server = Recorder::start().await;
    let admin = server.admin();
    for operation in ["CreateUserPoolClient", "DeleteIdentityProvider", "AddUserPoolClientSecret"] {
        server.refuse(operation, "InternalErrorException", "broken");
    }
    let error = admin.create_client("web", |client| client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    admin.identity_provider("Corp").delete().await.unwrap_err();
    admin.client(CLIENT).add_secret().await.unwrap_err();
    assert_eq!(server.requests().await.len(), 3);
}

#[tokio::test]
async fn throttled_update_is_retried() {
    let server = Recorder::start().await;
    let client = json!({ "UserPoolClient": { "ClientId": CLIENT, "ClientName": "web" } });
    server.respond("DescribeUserPoolClient", client.clone());
    server.refuse("UpdateUserPoolClient", "TooManyRequestsException", "Rate exceeded");
    server.respond("UpdateUserPoolClient", client);
    server.admin().client(CLIENT).update(|client| client).await.unwrap();
    assert_eq!(server.count("DescribeUserPoolClient").await, 1);
    assert_eq!(server.count("UpdateUserPoolClient").await, 2);
}

#[tokio::test]
async fn missing_resources_are_not_found() {
    let server = Recorder::start().await;
    let missing = "User pool client 1example does not exist.";
    server.refuse("DescribeUserPoolClient", "ResourceNotFoundException", missing);
    let error = server.admin().client(CLIENT).describe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let present = "A provider of that name exists";
    server.refuse("CreateIdentityProvider", "DuplicateProviderException", present);
    let call = server.admin();
    let call = call.create_identity_provider("Corp", IdentityProviderTypeType::Saml, |it| it);
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::AlreadyExists);
}
