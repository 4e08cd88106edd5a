//! Request rate quotas and monthly active users.

use std::time::{Duration, UNIX_EPOCH};

use cognito_emulator::{Emulator, LocalPool, PoolSettings, QuotaCategory, Quotas, SigningKeys};
use serde_json::{Value, json};

use crate::support::{get, post, raw};

/// Returns an emulator with a frozen clock.
async fn limited(quotas: Quotas) -> (Emulator, LocalPool) {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).quotas(quotas);
    let emulator = builder.start().await.unwrap();
    emulator.clock().freeze();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    local.add_user("alice", "Correct-horse1").unwrap();
    (emulator, local)
}

fn admitted(local: &LocalPool, operation: &str, input: &Value) -> usize {
    (0..20).filter(|_| local.call(operation, input.clone()).is_ok()).count()
}

async fn meter(emulator: &Emulator, category: &str) -> Value {
    let meters = get(emulator, "/_emulator/quotas").await.json();
    let categories = meters["Categories"].as_array().unwrap();
    categories.iter().find(|meter| meter["Category"] == category).unwrap().clone()
}

#[tokio::test]
async fn requests_over_the_rate_of_their_category_are_throttled() {
    let (emulator, local) = limited(Quotas::default().rate(QuotaCategory::UserRead, 3)).await;
    let alice = json!({ "Username": "alice" });
    assert_eq!(admitted(&local, "AdminGetUser", &alice), 3);
    let input = json!({ "UserPoolId": local.id().as_str(), "Username": "alice" }).to_string();
    let throttled = post(&emulator, "AdminGetUser", "", &input).await;
    assert_eq!(throttled.status(), 400);
    assert_eq!(
        throttled.json(),
        json!({ "__type": "TooManyRequestsException", "message": "Rate exceeded" })
    );
    assert_eq!(
        admitted(&local, "AdminListGroupsForUser", &alice),
        20,
        "another category has a separate rate"
    );
    assert_eq!(
        meter(&emulator, "UserRead").await,
        json!({ "Category": "UserRead", "Rate": 3, "Requests": 21, "Throttled": 18 })
    );
    emulator.clock().advance(Duration::from_secs(1));
    assert_eq!(admitted(&local, "AdminGetUser", &alice), 3);
    emulator.reset().unwrap();
    assert_eq!(meter(&emulator, "UserRead").await["Requests"], 0);
}

#[tokio::test]
async fn operation_on_resources_of_a_pool_has_a_separate_rate() {
    let (emulator, local) = limited(Quotas::default()).await;
    assert_eq!(admitted(&local, "ListGroups", &json!({})), 5);
    assert_eq!(admitted(&local, "ListResourceServers", &json!({})), 5);
    let other = emulator.create_pool(PoolSettings::default()).unwrap();
    assert_eq!(admitted(&other, "ListGroups", &json!({})), 5);
    let arn = |local: &LocalPool| {
        let described = local
            .emulator()
            .call("DescribeUserPool", &json!({ "UserPoolId": local.id().as_str() }));
        json!({ "ResourceArn": described.unwrap()["UserPool"]["Arn"] })
    };
    assert_eq!(
        admitted(&local, "ListTagsForResource", &arn(&local)),
        5,
        "the pool is named by its ARN"
    );
}

#[tokio::test]
async fn requests_to_missing_pools_only_have_the_rate_of_their_category() {
    let quotas = Quotas::default().rate(QuotaCategory::UserPoolResourceRead, 12);
    let (emulator, _) = limited(quotas).await;
    let list = |number: usize| {
        let input = json!({ "UserPoolId": format!("us-east-1_Unknown{number}") });
        emulator.call("ListGroups", &input).unwrap_err().to_string()
    };
    let throttled = (0..20).filter(|number| list(*number).contains("Rate exceeded")).count();
    assert_eq!(throttled, 8);
}

#[tokio::test]
async fn provisioned_limits_are_those_of_the_quotas_until_they_are_updated() {
    let (emulator, _) = limited(Quotas::default().rate(QuotaCategory::UserRead, 200)).await;
    let limit = |category: &str| {
        let attributes = json!({ "Category": category });
        let definition = json!({ "LimitClass": "API_CATEGORY", "Attributes": attributes });
        json!({ "LimitDefinition": definition })
    };
    let provisioned = |category: &str| {
        let limit = emulator.call("GetProvisionedLimit", &limit(category)).unwrap();
        emulator.clock().advance(Duration::from_secs(1)); // one request of this category in a second
        limit["Limit"]["ProvisionedLimitValue"].clone()
    };
    assert_eq!((provisioned("UserRead"), provisioned("UserToken")), (json!(200), json!(120)));
    let mut update = limit("UserRead");
    update["RequestedLimitValue"] = 150.into();
    emulator.call("UpdateProvisionedLimit", &update).unwrap();
    emulator.clock().advance(Duration::from_secs(1));
    assert_eq!(provisioned("UserRead"), 150);
}

#[tokio::test]
async fn provisioned_rates_replace_those_of_the_quotas() {
    let (_, local) = limited(Quotas::default().rate(QuotaCategory::UserRead, 1)).await;
    let attributes = json!({ "Category": "UserRead" });
    let definition = json!({ "LimitClass": "API_CATEGORY", "Attributes": attributes });
    let update = json!({ "LimitDefinition": definition, "RequestedLimitValue": 121 });
    local.emulator().call("UpdateProvisionedLimit", &update).unwrap();
    let alice = json!({ "Username": "alice" });
    let count = (0..200).filter(|_| local.call("AdminGetUser", alice.clone()).is_ok()).count();
    assert_eq!(count, 121);
}

#[tokio::test]
async fn the_token_endpoint_has_the_quotas_of_its_grants() {
    let quotas = Quotas::default().rate(QuotaCategory::ClientAuthentication, 1);
    let (emulator, local) = limited(quotas).await;
    let (id, secret) = local.create_machine_client(["orders/read"]).unwrap();
    let (id, secret) = (id.as_str(), secret.expose_secret());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    assert_eq!(raw(&emulator, request.clone()).await.status(), 200);
    let throttled = raw(&emulator, request).await;
    assert_eq!(
        (throttled.status(), &throttled.json()["error"]),
        (429, &json!("too_many_requests"))
    );
}

#[tokio::test]
async fn requests_are_counted_without_quotas() {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let emulator = builder.start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    assert_eq!(admitted(&local, "ListGroups", &json!({})), 20);
    let meter = meter(&emulator, "UserPoolResourceRead").await;
    assert_eq!((&meter["Rate"], &meter["Requests"]), (&Value::Null, &json!(20)));
}

#[tokio::test]
async fn users_are_active_once_in_a_month() {
    let (emulator, local) = limited(Quotas::default()).await;
    emulator.clock().set(UNIX_EPOCH + Duration::from_secs(1_769_903_999)); // the end of January 2026
    assert_eq!(local.monthly_active_users(), 0, "users of a seed are not active");
    local.call("ListUsers", json!({})).unwrap();
    assert_eq!(local.monthly_active_users(), 0, "nor are users who are listed");
    for name in ["bob", "carol"] {
        local.call("SignUp", json!({ "Username": name, "Password": "Correct-horse1" })).unwrap();
    }
    local.call("AdminGetUser", json!({ "Username": "bob" })).unwrap();
    let token = local.access_token_for(json!({ "username": "alice" })).unwrap();
    assert_eq!(local.monthly_active_users(), 3);
    local.call("AdminDeleteUser", json!({ "Username": "carol" })).unwrap();

    emulator.clock().advance(Duration::from_secs(1));
    assert_eq!(local.monthly_active_users(), 0);
    local.call("GetUser", json!({ "AccessToken": token.expose_secret() })).unwrap();
    assert!(local.call("AdminGetUser", json!({ "Username": "nobody" })).is_err());
    let id = local.id();
    let month = |month: &str, users: u64| json!({ "UserPoolId": id.as_str(), "Month": month, "Users": users });
    assert_eq!(
        get(&emulator, "/_emulator/quotas").await.json()["MonthlyActiveUsers"],
        json!([month("2026-01", 3), month("2026-02", 1)])
    );
}

#[tokio::test]
async fn users_are_counted_once_when_the_clock_is_set_back() {
    let (emulator, local) = limited(Quotas::default()).await;
    let [january, february] = [1_769_900_000, 1_769_910_000].map(Duration::from_secs);
    for time in [february, january, february, january] {
        emulator.clock().set(UNIX_EPOCH + time);
        local.call("AdminGetUser", json!({ "Username": "alice" })).unwrap();
        assert_eq!(local.monthly_active_users(), 1, "{time:?}");
    }
}

#[tokio::test]
async fn users_are_counted_by_their_name_before_the_operation() {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let settings = PoolSettings::default().pool_member("AliasAttributes", json!(["email"]));
    let local = builder.in_process().create_pool(settings).unwrap();
    let email = |address: &str| json!([{ "Name": "email", "Value": address }, { "Name": "email_verified", "Value": "true" }]);
    for name in ["alice", "bob"] {
        local.add_user(name, "Correct-horse1").unwrap();
        let address = format!("{name}@example.com");
        let input = json!({ "Username": name, "UserAttributes": email(&address) });
        local.call("AdminUpdateUserAttributes", input).unwrap();
    }
    local.clock().advance(Duration::from_secs(32 * 86_400));
    assert_eq!(local.monthly_active_users(), 0);
    let renamed = email("a@example.com");
    let update = json!({ "Username": "alice@example.com", "UserAttributes": renamed });
    local.call("AdminUpdateUserAttributes", update).unwrap();
    assert_eq!(local.monthly_active_users(), 1);
    local.call("AdminDeleteUser", json!({ "Username": "bob@example.com" })).unwrap();
    assert_eq!(local.monthly_active_users(), 2);
}
