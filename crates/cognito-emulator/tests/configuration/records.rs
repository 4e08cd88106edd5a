//! Settings that are stored only.

use serde_json::{Value, json};

use crate::support::{Pool, pages, with};

#[test]
fn tags_are_added_and_removed() {
    let pool = Pool::new();
    let arn = json!({ "ResourceArn": pool.described()["Arn"] });
    let tags = || pool.call("ListTagsForResource", arn.clone())["Tags"].clone();
    assert_eq!(tags(), json!({}));
    let some = json!({ "Tags": { "team": "a", "stage": "b" } });
    assert_eq!(pool.call("TagResource", with(&arn, some)), json!({}));
    pool.call("TagResource", with(&arn, json!({ "Tags": { "team": "c" } })));
    assert_eq!(tags(), json!({ "team": "c", "stage": "b" }));
    assert_eq!(pool.described()["UserPoolTags"], tags());
    pool.call("UntagResource", with(&arn, json!({ "TagKeys": ["stage", "other"] })));
    assert_eq!(tags(), json!({ "team": "c" }));
    let many: Value = (0..50).map(|number| (number.to_string(), json!(""))).collect();
    let message = "A user pool has at most 50 tags.";
    assert_eq!(pool.invalid("TagResource", with(&arn, json!({ "Tags": many }))), message);
    let many: Value = (0..51).map(|number| (number.to_string(), json!(""))).collect();
    for operation in ["CreateUserPool", "UpdateUserPool"] {
        let pool_of_many = json!({ "PoolName": "a", "UserPoolTags": many });
        assert_eq!(pool.invalid(operation, pool_of_many), message);
    }
    let other = json!({ "ResourceArn": format!("{}0", arn["ResourceArn"].as_str().unwrap()) });
    assert_eq!(pool.refused("ListTagsForResource", other), "ResourceNotFoundException");
    pool.invalid("ListTagsForResource", json!({ "ResourceArn": "local" }));
}

#[test]
fn provisioned_limits_have_a_minimum_and_a_maximum() {
    let pool = Pool::new();
    let limit = |category: &str| {
        let attributes = json!({ "Category": category });
        let definition = json!({ "LimitClass": "API_CATEGORY", "Attributes": attributes });
        json!({ "LimitDefinition": definition })
    };
    let read = limit("UserRead");
    let expected = |provisioned: u64| {
        let values = json!({ "ProvisionedLimitValue": provisioned, "FreeLimitValue": 120 });
        json!({ "Limit": with(&read, values) })
    };
    let update = |value: i64| {
        pool.try_call(
            "UpdateProvisionedLimit",
            with(&read, json!({ "RequestedLimitValue": value })),
        )
    };
    assert_eq!(pool.call("GetProvisionedLimit", read.clone()), expected(120));
    assert_eq!(update(200), Ok(expected(200)));
    assert_eq!(pool.call("GetProvisionedLimit", read.clone()), expected(200));
    for value in [119, 0, -1] {
        let error = update(value).unwrap_err();
        assert_eq!(error.0, "InvalidParameterException", "{error:?}");
    }
    assert_eq!(update(1_000_000).unwrap_err().0, "ServiceQuotaExceededException");
    let unknown = pool.refused("GetProvisionedLimit", limit("UserList"));
    assert_eq!(unknown, "ResourceNotFoundException");
}

#[test]
fn a_client_has_the_risk_configuration_of_the_pool_or_its_own() {
    let pool = Pool::new();
    let described = |client: &Value| {
        let input = json!({ "UserPoolId": pool.0.id().as_str(), "ClientId": client });
        let answer = pool.0.emulator().call("DescribeRiskConfiguration", &input).unwrap();
        answer["RiskConfiguration"].clone()
    };
    let set = |members: Value| {
        let input = with(&json!({ "UserPoolId": pool.0.id().as_str() }), members);
        pool.0.emulator().call("SetRiskConfiguration", &input).unwrap()["RiskConfiguration"].clone()
    };
    let client = json!(pool.0.client_id().as_str());
    assert_eq!(described(&Value::Null), json!({ "UserPoolId": pool.0.id().as_str() }));
    let block = json!({ "Actions": { "EventAction": "BLOCK" }, "EventFilter": ["SIGN_IN"] });
    let of_pool = set(json!({ "CompromisedCredentialsRiskConfiguration": block }));
    assert_eq!(of_pool["CompromisedCredentialsRiskConfiguration"], block);
    assert!(of_pool["LastModifiedDate"].is_number());
    assert_eq!(described(&client), of_pool);
    let exceptions = json!({ "BlockedIPRangeList": ["10.0.0.0/8"] });
    let own = set(json!({ "ClientId": client, "RiskExceptionConfiguration": exceptions }));
    assert_eq!(described(&client), own);
    assert_eq!(described(&Value::Null), of_pool);
    set(json!({ "ClientId": client }));
    assert_eq!(described(&client), of_pool, "its own value was reset");
    pool.invalid("SetRiskConfiguration", json!({ "CompromisedCredentialsRiskConfiguration": {} }));
}

#[test]
fn log_delivery_is_stored() {
    let pool = Pool::new();
    let id = pool.0.id();
    let none = json!({ "UserPoolId": id.as_str(), "LogConfigurations": [] });
    let get = || pool.call("GetLogDeliveryConfiguration", json!({}));
    assert_eq!(get()["LogDeliveryConfiguration"], none);
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:a";
    let logs = json!([{
        "LogLevel": "ERROR", "EventSource": "userNotification",
        "CloudWatchLogsConfiguration": { "LogGroupArn": group },
    }]);
    let set = pool.call("SetLogDeliveryConfiguration", json!({ "LogConfigurations": logs }));
    assert_eq!(set["LogDeliveryConfiguration"]["LogConfigurations"], logs);
    assert_eq!(get(), set);
    pool.invalid("SetLogDeliveryConfiguration", json!({ "LogConfigurations": [{}] }));
}

#[test]
fn customization_of_classic_pages_requires_a_domain() {
    let pool = Pool::new();
    let message = "There has to be an existing domain associated with this user pool";
    let all = json!({ "ClientId": "ALL", "CSS": ".logo {}" });
    for operation in ["GetUICustomization", "SetUICustomization"] {
        assert_eq!(pool.invalid(operation, all.clone()), message);
    }
    pool.call("CreateUserPoolDomain", json!({ "Domain": "my-app" }));
    assert_eq!(pool.call("GetUICustomization", json!({}))["UICustomization"], json!({}));
    let set = pool.call("SetUICustomization", all);
    assert_eq!(set["UICustomization"]["CSS"], ".logo {}");
    assert_eq!(
        pool.call("GetUICustomization", json!({})),
        set,
        "a client without a value has the one of all clients"
    );
    let own = pool.call("SetUICustomization", json!({ "CSS": ".own {}" }));
    assert_eq!(pool.call("GetUICustomization", json!({})), own);
}

#[test]
fn a_client_has_one_managed_login_branding() {
    let pool = Pool::new();
    let asset = json!({
        "Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": "AAAA"
    });
    let settings = json!({ "components": { "form": { "radius": 8.5 } } });
    let input = json!({ "Settings": settings, "Assets": [asset] });
    let made = pool.call("CreateManagedLoginBranding", input.clone());
    let branding = &made["ManagedLoginBranding"];
    assert_eq!(branding["Settings"], settings);
    assert_eq!(branding["Assets"][0], asset);
    assert_eq!(branding["UseCognitoProvidedValues"], false);
    assert!(branding.get("ClientId").is_none());
    let again = pool.refused("CreateManagedLoginBranding", input);
    assert_eq!(again, "ManagedLoginBrandingExistsException");
    let named = json!({ "ManagedLoginBrandingId": branding["ManagedLoginBrandingId"] });
    assert_eq!(pool.call("DescribeManagedLoginBranding", named.clone()), made);
    assert_eq!(pool.call("DescribeManagedLoginBrandingByClient", json!({})), made);
    let update = with(&named, json!({ "Settings": { "a": 1 } }));
    let updated = pool.call("UpdateManagedLoginBranding", update);
    assert_eq!(updated["ManagedLoginBranding"]["Settings"], json!({ "a": 1 }));
    assert_eq!(updated["ManagedLoginBranding"]["Assets"][0], asset, "missing members are kept");
    let both = with(&named, json!({ "UseCognitoProvidedValues": true, "Settings": {} }));
    pool.invalid("UpdateManagedLoginBranding", both);
    let missing = pool.invalid("UpdateManagedLoginBranding", json!({ "Settings": {} }));
    assert_eq!(missing, "Missing required parameter ManagedLoginBrandingId");
    pool.call("DeleteManagedLoginBranding", named.clone());
    let gone = pool.refused("DescribeManagedLoginBranding", named);
    assert_eq!(gone, "ResourceNotFoundException");
    let gone = pool.refused("DescribeManagedLoginBrandingByClient", json!({}));
    assert_eq!(gone, "ResourceNotFoundException");
}

#[test]
fn a_client_has_terms_of_two_names() {
    let pool = Pool::new();
    let links = json!({ "cognito:default": "https://example.com/terms" });
    let terms = |name: &str| {
        json!({
            "TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE", "Links": links
        })
    };
    let made = pool.call("CreateTerms", terms("terms-of-use"))["Terms"].clone();
    assert_eq!(made["Links"], links);
    assert_eq!(made["ClientId"], pool.0.client_id().as_str());
    assert_eq!(pool.refused("CreateTerms", terms("terms-of-use")), "TermsExistsException");
    pool.call("CreateTerms", terms("privacy-policy"));
    let named = json!({ "TermsId": made["TermsId"] });
    assert_eq!(pool.call("DescribeTerms", named.clone())["Terms"], made);
    let by_client = pool.call("DescribeTermsByClient", json!({ "TermsName": "terms-of-use" }));
    assert_eq!(by_client["Terms"], made);
    let listed = pages(&pool, "ListTerms", &json!({ "MaxResults": 1 }), ["Terms", "NextToken"]);
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert!(listed[0][0].get("Links").is_none());
    let spanish = json!({ "cognito:spanish": "https://example.com/es" });
    let updated = pool.call("UpdateTerms", with(&named, json!({ "Links": spanish })));
    assert_eq!(updated["Terms"]["Links"], spanish);
    assert_eq!(updated["Terms"]["TermsName"], "terms-of-use");
    let taken = with(&named, json!({ "TermsName": "privacy-policy" }));
    assert_eq!(pool.refused("UpdateTerms", taken), "TermsExistsException");
    pool.call("DeleteTerms", named.clone());
    assert_eq!(pool.refused("DescribeTerms", named), "ResourceNotFoundException");
    pool.call("DeleteUserPoolClient", json!({}));
    assert_eq!(
        pool.call("ListTerms", json!({})),
        json!({ "Terms": [] }),
        "removed with the client"
    );
    let klingon = json!({ "Links": { "cognito:klingon": "https://example.com" } });
    pool.invalid("CreateTerms", with(&terms("terms-of-use"), klingon));
}

#[test]
fn replicas_are_in_other_regions() {
    let pool = Pool::new();
    let list = || pool.call("ListUserPoolReplicas", json!({}))["UserPoolReplicas"].clone();
    let arn = |region: &str| {
        format!("arn:aws:cognito-idp:{region}:000000000000:userpool/{}", pool.0.id())
    };
    let primary = json!({
        "RegionName": "us-east-1", "Role": "PRIMARY", "Status": "ACTIVE",
        "UserPoolArn": arn("us-east-1"),
    });
    assert_eq!(list(), json!([primary]));
    let region = json!({ "RegionName": "us-west-2" });
    let made = pool.call("CreateUserPoolReplica", region.clone())["UserPoolReplica"].clone();
    assert_eq!(made["UserPoolArn"], arn("us-west-2"));
    assert_eq!(list(), json!([primary, made]));
    pool.invalid("CreateUserPoolReplica", region.clone());
    pool.invalid("DeleteUserPoolReplica", region.clone());
    let off = with(&region, json!({ "Status": "INACTIVE" }));
    let updated = pool.call("UpdateUserPoolReplica", off);
    assert_eq!(updated["UserPoolReplica"]["Status"], "INACTIVE");
    pool.call("DeleteUserPoolReplica", region.clone());
    assert_eq!(list(), json!([primary]));
    assert_eq!(pool.refused("DeleteUserPoolReplica", region), "ResourceNotFoundException");
}

#[test]
fn validity_of_shared_sessions_is_stored_for_a_client() {
    let pool = Pool::new();
    let id = json!(pool.0.id().as_str());
    let client = json!({ "UserPoolId": id, "ClientId": pool.0.client_id().as_str() });
    let default = json!({
        "UserPoolId": id, "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 }
    });
    assert_eq!(pool.call("GetUserPoolSessionConfiguration", json!({})), default);
    let own = with(&client, json!({ "SSOSession": { "MaxValidityMinutes": 5 } }));
    pool.invalid("SetUserPoolClientSessionConfiguration", own.clone());
    let tracked = with(&default, json!({ "UserSessionTracking": "ENABLED" }));
    assert_eq!(pool.call("SetUserPoolSessionConfiguration", tracked.clone()), tracked);
    assert_eq!(pool.call("GetUserPoolSessionConfiguration", json!({})), tracked);
    let of_client = || pool.call("GetUserPoolClientSessionConfiguration", json!({}));
    assert_eq!(of_client(), with(&client, json!({ "SSOSession": { "MaxValidityMinutes": 60 } })));
    assert_eq!(pool.call("SetUserPoolClientSessionConfiguration", own.clone()), own);
    assert_eq!(of_client(), own);
    let lite = json!({ "UserPoolTier": "LITE", "AutoVerifiedAttributes": ["email"] });
    pool.call("UpdateUserPool", lite);
    let refused = pool.refused("SetUserPoolSessionConfiguration", tracked);
    assert_eq!(refused, "FeatureUnavailableInTierException");
}
