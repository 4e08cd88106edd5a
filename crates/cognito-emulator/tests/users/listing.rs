//! Lists of users: pages, filters, and delays.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Pool, Refusal, invalid_parameter, settings, with};

/// Creates a user without a password, which is fast.
fn make(pool: &Pool, username: &str, attributes: &[(&str, &str)]) {
    let attributes: Value =
        attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    pool.call("AdminCreateUser", json!({ "Username": username, "UserAttributes": attributes }));
}

/// Returns a pool in which users need no password.
fn pool() -> Pool {
    Pool::new(passwordless())
}

fn passwordless() -> cognito_emulator::PoolSettings {
    let policy =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    settings().pool_member("Policies", policy)
}

fn names(page: &Value) -> BTreeSet<String> {
    let users = page["Users"].as_array().unwrap().iter();
    users.map(|user| user["Username"].as_str().unwrap().to_owned()).collect()
}

/// Returns all pages of a list, with the name of its pagination token.
fn pages(pool: &Pool, operation: &str, input: Value, token: &str) -> Vec<Value> {
    let mut input = input;
    let mut pages = Vec::new();
    loop {
        let page = pool.call(operation, input.clone());
        pages.push(page.clone());
        match page.get(token) {
            Some(next) => input = with(input, token, next.clone()),
            None => return pages,
        }
    }
}

fn found(pool: &Pool, filter: &str) -> Result<BTreeSet<String>, Refusal> {
    pool.try_call("ListUsers", json!({ "Filter": filter })).map(|page| names(&page))
}

#[track_caller]
fn assert_found<const N: usize>(pool: &Pool, filter: &str, usernames: [&str; N]) {
    assert_eq!(found(pool, filter), Ok(usernames.map(str::to_owned).into()), "{filter}");
}

#[test]
fn every_user_is_on_one_page_and_no_user_on_two() {
    let pool = pool();
    (0..130).for_each(|i| make(&pool, &format!("user-{i}"), &[]));
    let everyone: BTreeSet<_> = (0..130).map(|i| format!("user-{i}")).collect();
    for (limit, lengths) in [(0, vec![60, 60, 10]), (50, vec![50, 50, 30]), (60, vec![60, 60, 10])]
    {
        let pages = pages(&pool, "ListUsers", json!({ "Limit": limit }), "PaginationToken");
        assert_eq!(pages.iter().map(|page| names(page).len()).collect::<Vec<_>>(), lengths);
        assert_eq!(pages.iter().flat_map(names).collect::<BTreeSet<_>>(), everyone);
    }
    assert_eq!(names(&pool.call("ListUsers", json!({}))).len(), 60);
    assert_eq!(pool.refused("ListUsers", json!({ "Limit": 61 })).0, "InvalidParameterException");
    assert_eq!(pool.refused("ListUsers", json!({ "Limit": -1 })).0, "InvalidParameterException");
}

#[test]
fn a_user_in_a_list_has_the_members_of_the_model() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let user = pool.call("ListUsers", json!({}))["Users"][0].clone();
    let members: BTreeSet<&str> = user.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "Attributes",
        "Enabled",
        "UserCreateDate",
        "UserLastModifiedDate",
        "UserStatus",
        "Username",
    ];
    assert_eq!(members, expected.into());
    assert_eq!(user["Attributes"][0]["Name"], "sub");
    let before = pool.call("AdminGetUser", json!({ "Username": "alice" }));
    pool.advance(60);
    let after = pool.call("AdminGetUser", json!({ "Username": "alice" }));
    assert_eq!(before, after, "reading a user does not change it");
}

#[test]
fn filters_accept_every_searchable_attribute() {
    let pool = pool();
    let alice = [
        ("email", "alice@example.com"),
        ("phone_number", "+15550100"),
        ("name", r#"Alice "Al" \ Liddell"#),
        ("given_name", "Alice"),
        ("family_name", "Liddell"),
        ("preferred_username", "al"),
    ];
    make(&pool, "alice", &alice);
    make(&pool, "alan", &[("email", "Alan@example.com"), ("given_name", "Alan")]);
    make(&pool, "bob", &[]);
    pool.call("AdminDisableUser", json!({ "Username": "bob" }));
    let sub = pool.call("AdminGetUser", json!({ "Username": "alan" }))["UserAttributes"][0].clone();
    let sub = sub["Value"].as_str().unwrap();

    assert_found(&pool, r#"username = "alice""#, ["alice"]);
    assert_found(&pool, r#"username = "Alice""#, []);
    assert_found(&pool, r#"username ^= "al""#, ["alan", "alice"]);
    assert_found(&pool, r#"email = "alice@example.com""#, ["alice"]);
    assert_found(&pool, r#"email = "ALICE@example.com""#, ["alice"]);
    assert_found(&pool, r#"email ^= "al""#, ["alan", "alice"]);
    assert_found(&pool, r#""email" = "alice@example.com""#, ["alice"]);
    assert_found(&pool, r#""email"^="alice""#, ["alice"]);
    assert_found(&pool, r#"phone_number ^= "+1555""#, ["alice"]);
    assert_found(&pool, r#"name = "Alice \"Al\" \\ Liddell""#, ["alice"]);
    assert_found(&pool, r#"given_name ^= "Al""#, ["alan", "alice"]);
    assert_found(&pool, r#"given_name = "ALAN""#, ["alan"]);
    assert_found(&pool, r#"family_name = "Liddell""#, ["alice"]);
    assert_found(&pool, r#"preferred_username = "al""#, ["alice"]);
    assert_found(&pool, r#"cognito:user_status = "confirmed""#, ["alan", "alice", "bob"]);
    assert_found(&pool, r#"cognito:user_status = "UNCONFIRMED""#, []);
    assert_found(&pool, r#"status = "Disabled""#, ["bob"]);
    assert_found(&pool, r#"status = "disabled""#, []);
    assert_found(&pool, &format!("sub = \"{sub}\""), ["alan"]);
    assert_found(&pool, &format!("sub = \"{}\"", sub.to_uppercase()), ["alan"]);
    assert_found(&pool, &format!("sub ^= \"{}\"", &sub[..20]), ["alan"]);
    assert_found(&pool, "", ["alan", "alice", "bob"]);

    let refused = found(&pool, r#"custom:plan = "gold""#).unwrap_err();
    assert_eq!(refused, invalid_parameter("Invalid search attribute: custom:plan"));
    let refused = found(&pool, "email = alice").unwrap_err();
    assert_eq!(refused, invalid_parameter("Error while parsing filter."));
    let refused = found(&pool, &format!("email = \"{}\"", "x".repeat(256))).unwrap_err();
    assert!(refused.1.contains("at 'filter' failed to satisfy constraint"), "{}", refused.1);
}

#[test]
fn filtered_users_are_sorted_by_the_attribute_of_the_filter() {
    let pool = pool();
    for (username, name) in [("u1", "Anton"), ("u2", "anna"), ("u3", "Andy"), ("u4", "Andy")] {
        make(&pool, username, &[("name", name), ("email", &format!("{username}@example.com"))]);
    }
    for limit in [1, 2, 60] {
        let input = json!({ "Filter": r#"name ^= "an""#, "Limit": limit });
        let pages = pages(&pool, "ListUsers", input, "PaginationToken");
        let users = pages.iter().flat_map(|page| page["Users"].as_array().unwrap());
        let names: Vec<_> = users
            .map(|user| user["Attributes"].as_array().unwrap())
            .filter_map(|list| list.iter().find(|attribute| attribute["Name"] == "name"))
            .map(|name| name["Value"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["Andy", "Andy", "anna", "Anton"], "{limit}");
    }
    let input = json!({ "Filter": r#"username ^= "u""#, "Limit": 3 });
    let page = pool.call("ListUsers", input);
    let usernames = page["Users"].as_array().unwrap().iter().map(|user| &user["Username"]);
    assert_eq!(usernames.collect::<Vec<_>>(), ["u1", "u2", "u3"]);
}

#[test]
fn filtered_lists_have_pages() {
    let pool = pool();
    for i in 0..30 {
        let name = if i % 3 == 0 { "third" } else { "other" };
        make(&pool, &format!("user-{i}"), &[("name", name), ("email", "all@example.com")]);
    }
    for (filter, count) in [
        (r#"name = "third""#, 10),
        (r#"email = "all@example.com""#, 30),
        (r#"sub ^= """#, 30),
        (r#"username ^= "user-2""#, 11),
    ] {
        let input = json!({ "Filter": filter, "Limit": 4 });
        let pages = pages(&pool, "ListUsers", input, "PaginationToken");
        assert_eq!(pages.len(), usize::div_ceil(count, 4), "{filter}");
        assert_eq!(pages.iter().flat_map(names).collect::<BTreeSet<_>>().len(), count, "{filter}");
    }
    let shards = "0123456789abcdef".chars().map(|digit| format!("sub ^= \"{digit}\""));
    let sharded: Vec<_> = shards.flat_map(|filter| found(&pool, &filter).unwrap()).collect();
    assert_eq!(sharded.len(), 30, "sixteen shards are the whole pool");
}

#[test]
fn pagination_token_is_valid_for_its_list_only() {
    let pool = pool();
    (0..4).for_each(|i| make(&pool, &format!("user-{i}"), &[]));
    let first = pool.call("ListUsers", json!({ "Limit": 1, "Filter": "sub ^= \"\"" }));
    let token = &first["PaginationToken"];
    let invalid = invalid_parameter("Invalid pagination token given.");
    for filter in ["", r#"sub ^= "a""#] {
        let input = json!({ "Filter": filter, "PaginationToken": token });
        assert_eq!(pool.refused("ListUsers", input), invalid, "{filter}");
    }
    assert_eq!(pool.refused("ListUsers", json!({ "PaginationToken": "x" })), invalid);
    let gone = names(&first).first().cloned();
    pool.call("AdminDeleteUser", json!({ "Username": gone }));
    let input = json!({ "Filter": "sub ^= \"\"", "PaginationToken": token });
    assert_eq!(names(&pool.call("ListUsers", input)).len(), 3, "the list continues");
}

#[test]
fn attributes_to_get_exist_in_the_schema_and_for_each_user() {
    let schema = json!([{ "Name": "plan", "AttributeDataType": "String", "Mutable": true }]);
    let pool = Pool::new(passwordless().pool_member("Schema", schema));
    make(&pool, "alice", &[("email", "alice@example.com"), ("custom:plan", "gold")]);
    let list = |names: Value| pool.try_call("ListUsers", json!({ "AttributesToGet": names }));
    let page = list(json!(["email", "custom:plan"])).unwrap();
    let attributes = json!([
        { "Name": "custom:plan", "Value": "gold" },
        { "Name": "email", "Value": "alice@example.com" },
    ]);
    assert_eq!(page["Users"][0]["Attributes"], attributes);
    assert!(list(json!(["sub"])).is_ok());
    let refused = list(json!(["custom:shoe"])).unwrap_err();
    assert_eq!(refused, invalid_parameter("One or more requested attributes do not exist."));
    make(&pool, "bob", &[("email", "bob@example.com")]);
    let refused = list(json!(["custom:plan"])).unwrap_err();
    assert_eq!(refused, invalid_parameter("Input fails to satisfy the constraints."));
    let found = json!({ "AttributesToGet": ["custom:plan"], "Filter": r#"username = "alice""# });
    assert_eq!(pool.call("ListUsers", found)["Users"].as_array().unwrap().len(), 1);
}

#[test]
fn pages_can_be_short_and_empty_on_request() {
    let pool = Pool::new(passwordless().short_pages(3).empty_pages(2));
    pool.call("CreateGroup", json!({ "GroupName": "staff" }));
    for i in 0..7 {
        let username = format!("user-{i}");
        make(&pool, &username, &[]);
        let input = json!({ "Username": username, "GroupName": "staff" });
        pool.call("AdminAddUserToGroup", input);
    }
    let lists = [
        pages(&pool, "ListUsers", json!({ "Limit": 60 }), "PaginationToken"),
        pages(&pool, "ListUsersInGroup", json!({ "GroupName": "staff" }), "NextToken"),
    ];
    for pages in lists {
        let lengths: Vec<_> = pages.iter().map(|page| names(page).len()).collect();
        assert_eq!(lengths, [3, 0, 0, 3, 0, 0, 1]);
        assert_eq!(pages.iter().flat_map(names).collect::<BTreeSet<_>>().len(), 7);
    }
}

#[test]
fn lists_can_be_delayed() {
    let pool = Pool::new(passwordless().late_lists(Duration::from_secs(10)));
    let update = |value: &str| {
        let attributes = json!([{ "Name": "name", "Value": value }]);
        let input = json!({ "Username": "alice", "UserAttributes": attributes });
        pool.call("AdminUpdateUserAttributes", input);
    };
    make(&pool, "alice", &[("name", "first")]);
    pool.call("CreateGroup", json!({ "GroupName": "staff" }));
    pool.call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "staff" }));
    let members = || names(&pool.call("ListUsersInGroup", json!({ "GroupName": "staff" })));
    assert_found(&pool, "", []);
    assert_found(&pool, r#"username = "alice""#, []);
    assert_eq!(members().len(), 0);
    assert_eq!(pool.call("AdminGetUser", json!({ "Username": "alice" }))["Enabled"], true);
    pool.advance(5);
    update("second");
    pool.advance(6); // 11 s after the user was created, 6 s after the change
    assert_found(&pool, r#"name = "first""#, ["alice"]);
    assert_found(&pool, r#"name = "second""#, []);
    assert_eq!(members().len(), 1);
    pool.advance(5);
    assert_found(&pool, r#"name = "first""#, []);
    assert_found(&pool, r#"name = "second""#, ["alice"]);
    update("third");
    pool.call("AdminDeleteUser", json!({ "Username": "alice" }));
    assert_found(&pool, "", []);
}

#[test]
fn lists_show_every_change_after_the_clock_was_set_back() {
    let pool = Pool::new(passwordless().late_lists(Duration::from_secs(10)));
    make(&pool, "alice", &[("name", "first")]);
    assert_found(&pool, r#"name = "first""#, []);
    let clock = pool.0.clock();
    clock.set(cognito_types::Clock::now(&*clock) - Duration::from_secs(3600));
    assert_found(&pool, r#"name = "first""#, ["alice"]);
}
