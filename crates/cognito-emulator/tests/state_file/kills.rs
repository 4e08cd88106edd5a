//! A program that is killed at random times under load keeps the acknowledged changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, io, thread};

use serde_json::{Value, json};

use crate::support::{Client, Program};

/// The number of kills in a normal run; `cargo xtask full` sets more.
const KILLS: u64 = 20;

/// The variable that sets the number of kills.
const KILLS_VARIABLE: &str = "COGNITO_EMULATOR_KILLS";

const CLIENTS: usize = 4;

/// The number of users in each group.
const MEMBERS: usize = 3;

const PASSWORD: &str = "Correct-horse1";

/// The acknowledged changes of one client.
#[derive(Default)]
struct Acknowledged {
    users: BTreeSet<String>,
    /// Deleted users.
    deleted: BTreeSet<String>,
    /// Groups with their users.
    groups: BTreeMap<String, BTreeSet<String>>,
    /// Groups whose deletion was acknowledged, or was the last request.
    ended_groups: BTreeMap<String, BTreeSet<String>>,
    refresh_tokens: Vec<String>,
}

/// A pool under load, whose program is killed.
struct Setting {
    pool_id: String,
    client_id: String,
}

impl Setting {
    fn create(client: &mut Client) -> Self {
        let pool = client.done("CreateUserPool", &json!({ "PoolName": "load" }));
        let pool_id = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
        let input = json!({
            "UserPoolId": pool_id, "ClientName": "load",
            "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        });
        let app = client.done("CreateUserPoolClient", &input);
        let client_id = app["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
        Self { pool_id, client_id }
    }

    fn user(&self, username: &str) -> Value {
        json!({ "UserPoolId": self.pool_id, "Username": username })
    }

    fn group(&self, group: &str) -> Value {
        json!({ "UserPoolId": self.pool_id, "GroupName": group })
    }

    /// Sends writes until the program is killed.
    fn load(&self, address: &str, name: &str) -> Acknowledged {
        let mut acknowledged = Acknowledged::default();
        let mut rounds = || -> io::Result<()> {
            let mut client = Client::connect(address)?;
            for round in 0.. {
                self.round(&mut client, &format!("{name}-{round}"), &mut acknowledged)?;
            }
            Ok(())
        };
        assert!(rounds().is_err(), "the requests fail when the program is killed");
        acknowledged
    }

    /// Creates a group of users, signs one in, and deletes the group or a user.
    fn round(&self, client: &mut Client, name: &str, to: &mut Acknowledged) -> io::Result<()> {
        let mut done = |operation: &str, input: &Value| {
            let response = client.call(operation, input)?;
            Ok::<Value, io::Error>(response.unwrap_or_else(|error| panic!("{operation}: {error}")))
        };
        let group = format!("group-{name}");
        done("CreateGroup", &self.group(&group))?;
        to.groups.entry(group.clone()).or_default();
        for member in 0..MEMBERS {
            let username = format!("user-{name}-{member}");
            let user = self.user(&username);
            let with = |name: &str, value: &str| {
                let mut input = user.clone();
                input[name] = value.into();
                input
            };
            done("AdminCreateUser", &with("MessageAction", "SUPPRESS"))?;
            to.users.insert(username.clone());
            done("AdminAddUserToGroup", &with("GroupName", &group))?;
            to.groups.entry(group.clone()).or_default().insert(username);
        }
        let last = format!("user-{name}-{}", MEMBERS - 1);
        let mut password = self.user(&last);
        password["Password"] = PASSWORD.into();
        password["Permanent"] = true.into();
        done("AdminSetUserPassword", &password)?;
        let tokens = done("AdminInitiateAuth", &self.sign_in(&last))?;
        let token = tokens["AuthenticationResult"]["RefreshToken"].as_str().unwrap();
        to.refresh_tokens.push(token.to_owned());
        let first = format!("user-{name}-0");
        to.users.remove(&first);
        done("AdminDeleteUser", &self.user(&first))?;
        to.deleted.insert(first.clone());
        let mut members = to.groups.remove(&group).unwrap();
        members.remove(&first);
        to.ended_groups.insert(group.clone(), members);
        done("DeleteGroup", &self.group(&group)).map(drop)
    }

    fn sign_in(&self, username: &str) -> Value {
        json!({
            "UserPoolId": self.pool_id, "ClientId": self.client_id,
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": username, "PASSWORD": PASSWORD }
        })
    }

    /// Checks that all acknowledged changes are stored, and no request was stored partially.
    fn check(&self, client: &mut Client, acknowledged: &Acknowledged) {
        for username in &acknowledged.users {
            client.done("AdminGetUser", &self.user(username));
        }
        for username in &acknowledged.deleted {
            assert!(client.call("AdminGetUser", &self.user(username)).unwrap().is_err());
        }
        for (group, members) in &acknowledged.groups {
            for member in members.intersection(&acknowledged.users) {
                assert_eq!(self.groups_of(client, member), [group.as_str()]);
            }
        }
        for (group, members) in &acknowledged.ended_groups {
            self.check_ended(client, group, members);
        }
        for token in &acknowledged.refresh_tokens {
            let input = json!({
                "UserPoolId": self.pool_id, "ClientId": self.client_id,
                "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": { "REFRESH_TOKEN": token }
            });
            client.done("AdminInitiateAuth", &input);
        }
    }

    /// Checks that a group and its memberships were deleted together, or not at all. A remaining
    /// membership becomes visible when another group has the name.
    fn check_ended(&self, client: &mut Client, group: &str, members: &BTreeSet<String>) {
        let is_there = client.call("GetGroup", &self.group(group)).unwrap().is_ok();
        if !is_there {
            client.done("CreateGroup", &self.group(group));
        }
        for member in members {
            let groups = self.groups_of(client, member);
            assert_eq!(!groups.is_empty(), is_there, "{member} is in {groups:?}");
        }
        client.done("DeleteGroup", &self.group(group));
    }

    fn groups_of(&self, client: &mut Client, username: &str) -> Vec<String> {
        let listed = client.done("AdminListGroupsForUser", &self.user(username));
        let groups = listed["Groups"].as_array().unwrap().iter();
        groups.map(|group| group["GroupName"].as_str().unwrap().to_owned()).collect()
    }
}

/// Starts the program, sends writes, and kills it after a delay.
fn kill_under_load(
    state: &Path,
    setting: &Setting,
    name: &str,
    after: Duration,
) -> Vec<Acknowledged> {
    let program = Program::start(state, &[]);
    let address = program.address.clone();
    thread::scope(|scope| {
        let load = |client| {
            let (address, name) = (&address, format!("{name}-{client}"));
            scope.spawn(move || setting.load(address, &name))
        };
        let clients: Vec<_> = (0..CLIENTS).map(load).collect();
        thread::sleep(after);
        program.kill();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn acknowledged_changes_survive_a_kill() {
    let kills = env::var(KILLS_VARIABLE).map_or(KILLS, |kills| kills.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let setting = Setting::create(&mut Program::start(&state, &[]).client());
    let (begin, mut users) = (Instant::now(), 0);
    for kill in 0..kills {
        let after = Duration::from_micros(20_000 + getrandom::u64().unwrap() % 400_000);
        let acknowledged = kill_under_load(&state, &setting, &kill.to_string(), after);
        let program = Program::start(&state, &[]);
        let mut client = program.client();
        for acknowledged in &acknowledged {
            setting.check(&mut client, acknowledged);
            users += acknowledged.users.len();
        }
    }
    println!("{kills} kills, {users} users, {:?}", begin.elapsed());
    assert!(users > 0);
}
