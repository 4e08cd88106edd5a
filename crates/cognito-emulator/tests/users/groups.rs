//! Groups: creation, changes, members, and claims in tokens.

use serde_json::{Value, json};

use crate::support::{Pool, claims, invalid_parameter, refusal, settings};

/// Creates a group with a name and a precedence.
fn group(pool: &Pool, name: &str, precedence: u32) {
    pool.call("CreateGroup", json!({ "GroupName": name, "Precedence": precedence }));
}

fn join(pool: &Pool, username: &str, group: &str) {
    let input = json!({ "Username": username, "GroupName": group });
    assert_eq!(pool.call("AdminAddUserToGroup", input), json!({}));
}

fn names(list: &Value, member: &str) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    entries.map(|entry| entry[member].as_str().unwrap().to_owned()).collect()
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

#[test]
fn group_is_created_returned_updated_and_deleted() {
    let pool = Pool::new(settings());
    let input = json!({
        "GroupName": "beta", "Description": "Early users", "RoleArn": role("beta"), "Precedence": 3
    });
    let made = pool.call("CreateGroup", input)["Group"].clone();
    assert_eq!(made["UserPoolId"], pool.0.id().as_str());
    assert_eq!(made["Precedence"], 3);
    assert_eq!(made["CreationDate"], made["LastModifiedDate"]);
    assert_eq!(pool.call("GetGroup", json!({ "GroupName": "beta" }))["Group"], made);
    let again = pool.refused("CreateGroup", json!({ "GroupName": "beta" }));
    assert_eq!(again, refusal("GroupExistsException", "A group with the name already exists."));

    pool.advance(60);
    let changed = pool.call("UpdateGroup", json!({ "GroupName": "beta", "Precedence": 0 }));
    let changed = &changed["Group"];
    assert_eq!(changed["Precedence"], 0);
    assert_eq!(changed["Description"], "Early users", "missing members are kept");
    assert_eq!(changed["RoleArn"], made["RoleArn"]);
    assert_eq!(changed["CreationDate"], made["CreationDate"]);
    assert!(changed["LastModifiedDate"].as_f64() > made["LastModifiedDate"].as_f64());

    assert_eq!(pool.call("DeleteGroup", json!({ "GroupName": "beta" })), json!({}));
    let unknown = refusal("ResourceNotFoundException", "Group not found.");
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
        assert_eq!(pool.refused(operation, json!({ "GroupName": "beta" })), unknown);
    }
}

#[test]
fn description_of_a_group_omits_missing_members() {
    let pool = Pool::new(settings());
    let made = pool.call("CreateGroup", json!({ "GroupName": "beta" }))["Group"].clone();
    for member in ["Description", "RoleArn", "Precedence"] {
        assert!(made.get(member).is_none(), "{member}");
    }
}

#[test]
fn groups_that_violate_the_model_are_rejected() {
    let pool = Pool::new(settings());
    let cases = [
        json!({ "GroupName": "two words" }),
        json!({ "GroupName": "x".repeat(129) }),
        json!({ "GroupName": "beta", "Precedence": -1 }),
        json!({ "GroupName": "beta", "Description": "x".repeat(2049) }),
        json!({ "GroupName": "beta", "RoleArn": "beta-role-without-arn" }),
        json!({}),
    ];
    for input in cases {
        let (name, message) = pool.refused("CreateGroup", input.clone());
        assert_eq!(name, "InvalidParameterException", "{input}");
        assert!(message.starts_with("1 validation error detected: "), "{message}");
    }
    let (_, message) = pool.refused(
        "UpdateGroup",
        json!({ "GroupName": "two words", "Precedence": -1, "RoleArn": "beta-role-without-arn" }),
    );
    assert!(message.starts_with("3 validation errors detected: Value '-1' at 'precedence'"));
    let elsewhere = json!({ "UserPoolId": "us-east-1_nowhere", "GroupName": "beta" });
    assert_eq!(pool.refused("CreateGroup", elsewhere).0, "ResourceNotFoundException");
}

#[test]
fn groups_are_listed_in_pages() {
    let pool = Pool::new(settings());
    (0..61).for_each(|i| group(&pool, &format!("group-{i:02}"), i));
    let first = pool.call("ListGroups", json!({}));
    assert_eq!(first["Groups"].as_array().unwrap().len(), 60);
    let rest = pool.call("ListGroups", json!({ "NextToken": first["NextToken"] }));
    assert_eq!(names(&rest["Groups"], "GroupName"), ["group-60"]);
    assert!(rest.get("NextToken").is_none());

    let mut seen = Vec::new();
    let mut input = json!({ "Limit": 25 });
    loop {
        let page = pool.call("ListGroups", input.clone());
        seen.extend(names(&page["Groups"], "GroupName"));
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen, (0..61).map(|i| format!("group-{i:02}")).collect::<Vec<_>>());

    let refused = pool.refused("ListGroups", json!({ "Limit": 61 }));
    assert_eq!(
        refused,
        invalid_parameter(
            "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: \
             Member must have value less than or equal to 60"
        )
    );
    let refused = pool.refused("ListGroups", json!({ "NextToken": "nonsense" }));
    assert_eq!(refused, invalid_parameter("Invalid pagination token given."));
    pool.user("alice");
    let other = json!({ "Username": "alice", "NextToken": first["NextToken"] });
    let refused = pool.refused("AdminListGroupsForUser", other);
    assert_eq!(
        refused,
        invalid_parameter("Invalid pagination token given."),
        "the token belongs to another list"
    );
}

#[test]
fn users_join_and_leave_groups() {
    let pool = Pool::new(settings());
    for username in ["alice", "bob"] {
        pool.user(username);
    }
    group(&pool, "admins", 1);
    group(&pool, "staff", 2);
    join(&pool, "alice", "staff");
    join(&pool, "alice", "admins");
    join(&pool, "alice", "admins"); // again, which changes nothing
    join(&pool, "bob", "staff");
    let groups_of = |username: &str| {
        let list = pool.call("AdminListGroupsForUser", json!({ "Username": username }));
        names(&list["Groups"], "GroupName")
    };
    let members = |group: &str| {
        let list = pool.call("ListUsersInGroup", json!({ "GroupName": group }));
        names(&list["Users"], "Username")
    };
    assert_eq!(groups_of("alice"), ["admins", "staff"]);
    assert_eq!(members("staff"), ["alice", "bob"]);

    let input = json!({ "Username": "alice", "GroupName": "staff" });
    assert_eq!(pool.call("AdminRemoveUserFromGroup", input.clone()), json!({}));
    assert_eq!(
        pool.call("AdminRemoveUserFromGroup", input),
        json!({}),
        "the second request succeeds too"
    );
    assert_eq!(groups_of("alice"), ["admins"]);
    assert_eq!(members("staff"), ["bob"]);

    pool.call("AdminDeleteUser", json!({ "Username": "bob" }));
    assert_eq!(members("staff"), [""; 0]);
    pool.user("bob");
    assert_eq!(groups_of("bob"), [""; 0], "a new user with the same name");

    pool.call("DeleteGroup", json!({ "GroupName": "admins" }));
    assert_eq!(groups_of("alice"), [""; 0]);
    group(&pool, "admins", 1);
    assert_eq!(members("admins"), [""; 0], "a new group with the same name");
}

#[test]
fn memberships_of_unknown_users_and_groups_are_refused() {
    let pool = Pool::new(settings());
    pool.user("alice");
    group(&pool, "staff", 1);
    for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
        let refused = pool.refused(operation, json!({ "Username": "no", "GroupName": "staff" }));
        assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
        let refused = pool.refused(operation, json!({ "Username": "alice", "GroupName": "no" }));
        assert_eq!(refused, refusal("ResourceNotFoundException", "Group not found."));
    }
    let refused = pool.refused("AdminListGroupsForUser", json!({ "Username": "no" }));
    assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
}

#[test]
fn a_user_is_in_a_hundred_groups_at_most() {
    let pool = Pool::new(settings());
    pool.user("alice");
    for i in 0..101 {
        group(&pool, &format!("g{i}"), 0);
    }
    (0..100).for_each(|i| join(&pool, "alice", &format!("g{i}")));
    join(&pool, "alice", "g7"); // already a member
    let one_more = json!({ "Username": "alice", "GroupName": "g100" });
    assert_eq!(pool.refused("AdminAddUserToGroup", one_more).0, "LimitExceededException");
}

#[test]
fn tokens_contain_the_groups_and_their_roles() {
    let pool = Pool::new(settings());
    pool.user("alice");
    let tokens = pool.tokens("alice");
    for token in ["AccessToken", "IdToken"] {
        assert!(claims(&tokens[token]).get("cognito:groups").is_none());
    }
    let make = |name: &str, precedence: Option<u32>, role: Option<String>| {
        let input = json!({ "GroupName": name, "Precedence": precedence, "RoleArn": role });
        pool.call("CreateGroup", input);
        join(&pool, "alice", name);
    };
    make("any", None, Some(role("any")));
    make("second", Some(2), Some(role("second")));
    make("first", Some(1), None);
    let tokens = pool.tokens("alice");
    let id = claims(&tokens["IdToken"]);
    assert_eq!(id["cognito:groups"], json!(["first", "second", "any"]));
    assert_eq!(id["cognito:roles"], json!([role("second"), role("any")]));
    assert_eq!(id["cognito:preferred_role"], role("second").as_str());
    let access = claims(&tokens["AccessToken"]);
    assert_eq!(access["cognito:groups"], id["cognito:groups"]);
    assert!(access.get("cognito:roles").is_none());

    make("same", Some(2), Some(role("second")));
    let id = claims(&pool.tokens("alice")["IdToken"]);
    assert_eq!(
        id["cognito:preferred_role"],
        role("second").as_str(),
        "both groups have the same role"
    );
    make("rival", Some(2), Some(role("rival")));
    let id = claims(&pool.tokens("alice")["IdToken"]);
    assert!(id.get("cognito:preferred_role").is_none(), "two roles have the same precedence");
    assert_eq!(id["cognito:roles"].as_array().unwrap().len(), 3);

    let input = json!({ "RefreshToken": tokens["RefreshToken"] });
    let refreshed = pool.call("GetTokensFromRefreshToken", input);
    let refreshed = claims(&refreshed["AuthenticationResult"]["AccessToken"]);
    let groups = json!(["first", "rival", "same", "second", "any"]);
    assert_eq!(refreshed["cognito:groups"], groups, "refreshed tokens have the current groups");
}
