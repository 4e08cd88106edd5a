//! Groups, their users, and the groups of a user.

use serde_json::json;

use crate::users::{lines, pool_of};

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_memberships_are_listed() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    let role = "arn:aws:iam::123456789012:role/admin";
    for (name, precedence) in [("admins", 1), ("staff", 2), ("empty", 3)] {
        let group = json!({
            "GroupName": name, "Precedence": precedence, "RoleArn": role, "Description": "a group"
        });
        pool.call("CreateGroup", group).unwrap();
    }
    for (group, user) in [("admins", "alice"), ("staff", "alice"), ("staff", "bob")] {
        let membership = json!({ "GroupName": group, "Username": user });
        pool.call("AdminAddUserToGroup", membership).unwrap();
    }
    let arguments = ["groups", "list", "-o", "csv", "--fields", "name,precedence,role_arn"];
    let mut groups: Vec<String> =
        home.run(&arguments).succeeded().stdout.lines().skip(1).map(str::to_owned).collect();
    groups.sort();
    let expected = ["admins,1", "empty,3", "staff,2"].map(|group| format!("{group},{role}"));
    assert_eq!(groups, expected);

    let members = home.run(&["groups", "members", "staff", "-o", "jsonl"]).succeeded().stdout;
    let emails: Vec<_> =
        lines(&members).iter().map(|user| user["attributes"]["email"].clone()).collect();
    assert_eq!(emails.len(), 2);
    assert!(emails.contains(&json!("alice@example.com")));
    let limited = home.run(&["groups", "members", "staff", "--limit", "1", "-o", "jsonl"]);
    assert_eq!(lines(&limited.succeeded().stdout).len(), 1);

    let of_alice = home.run(&["groups", "of", "alice", "-o", "json"]).succeeded().json();
    assert_eq!(of_alice.as_array().unwrap().len(), 2);
    assert_eq!(of_alice[0]["description"], "a group");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_groups_and_memberships_are_told_apart() {
    let (pool, home) = pool_of(&["alice"]).await;
    let none = home.run(&["groups", "list"]).succeeded();
    assert_eq!(none.stdout, "");
    assert!(none.stderr.contains(&format!("no groups in the user pool {}", pool.id())));
    assert!(home.run(&["groups", "of", "alice"]).succeeded().stderr.contains("has no groups"));
    home.run(&["groups", "of", "nobody"]).failed(4, "");
    home.run(&["groups", "members", "absent"]).failed(4, "");
    pool.call("CreateGroup", json!({ "GroupName": "empty" })).unwrap();
    let empty = home.run(&["groups", "members", "empty", "-o", "json"]).succeeded();
    assert_eq!(empty.stdout, "[]\n");
    assert!(empty.stderr.contains("the group has no users"));
}
