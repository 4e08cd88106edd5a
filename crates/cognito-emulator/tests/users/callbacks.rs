//! Triggers that call the pool during a request.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use cognito_emulator::{LocalPool, MessageKind, MessageText, MigratedUser, SignUpDecision};
use serde_json::json;

use crate::support::{PASSWORD, Pool, attribute, refusal, settings};

/// The pool for a trigger, which is created before the pool.
pub(crate) type Own = Arc<OnceLock<LocalPool>>;

fn name_taken() -> (String, String) {
    refusal("UsernameExistsException", "User already exists")
}

fn user_unknown() -> (String, String) {
    refusal("UserNotFoundException", "User does not exist.")
}

/// A trigger that reports its start, and runs until it is released.
pub(crate) struct Held {
    runs: Receiver<()>,
    pub(crate) release: Sender<()>,
}

impl Held {
    pub(crate) fn new() -> (Self, impl Fn() + Send + Sync + 'static) {
        let (begin, runs) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let released = Mutex::new(released);
        let hold = move || {
            begin.send(()).unwrap();
            released.lock().unwrap().recv_timeout(Duration::from_secs(20)).unwrap();
        };
        (Self { runs, release }, hold)
    }

    pub(crate) fn wait(&self) {
        self.runs.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}

#[test]
fn post_confirmation_adds_the_user_to_a_group() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(
        settings().pre_sign_up(|_| Ok(SignUpDecision::default().confirm())).post_confirmation(
            move |confirmation| {
                let input = json!({ "Username": confirmation.username, "GroupName": "members" });
                pool.get()
                    .unwrap()
                    .call("AdminAddUserToGroup", input)
                    .map(drop)
                    .map_err(|error| error.to_string())
            },
        ),
    );
    own.set(local.0.clone()).unwrap();
    local.call("CreateGroup", json!({ "GroupName": "members" }));
    local.sign_up("alice", &[]).unwrap();
    let groups = local.call("AdminListGroupsForUser", json!({ "Username": "alice" }));
    assert_eq!(groups["Groups"][0]["GroupName"], "members");
}

#[test]
fn custom_message_reads_the_user_from_the_pool() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().custom_message(move |message| {
        let user =
            pool.get().unwrap().call("AdminGetUser", json!({ "Username": message.username }));
        let status = user.map_err(|error| error.to_string())?["UserStatus"].to_string();
        Ok(MessageText::default().email("Code", format!("{status} {{####}}")))
    }));
    own.set(local.0.clone()).unwrap();
    local.sign_up("alice", &[("email", "alice@example.com")]).unwrap();
    let message = local.0.emulator().outbox().pop().unwrap();
    assert_eq!(message.text, format!("\"UNCONFIRMED\" {}", message.code));
}

#[test]
fn requests_of_other_users_and_pools_finish_while_a_trigger_runs() {
    let (held, hold) = Held::new();
    let local = Pool::new(settings().custom_message(move |message| {
        if message.kind == MessageKind::ForgotPassword {
            hold();
        }
        Ok(MessageText::default())
    }));
    let other_pool = Pool(local.0.emulator().create_pool(settings()).unwrap());
    ["alice", "bob"].iter().for_each(|name| local.user(name));
    other_pool.user("carol");
    thread::scope(|scope| {
        let waiting =
            scope.spawn(|| local.try_call("ForgotPassword", json!({ "Username": "alice" })));
        held.wait();
        for (pool, name) in [(&local, "bob"), (&other_pool, "carol"), (&local, "alice")] {
            assert_eq!(pool.read(name)["UserStatus"], "CONFIRMED");
            pool.admin_update(name, &[("given_name", name)]).unwrap();
        }
        assert!(local.0.emulator().outbox().is_empty());
        held.release.send(()).unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(local.0.emulator().outbox().len(), 1);
    assert_eq!(local.value("alice", "given_name").as_deref(), Some("alice"));
}

#[test]
fn sign_up_fails_when_pre_sign_up_has_created_the_user() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().pre_sign_up(move |sign_up| {
        if sign_up.by_administrator {
            return Ok(SignUpDecision::default());
        }
        let attributes = json!([{ "Name": "given_name", "Value": "First" }]);
        let input = json!({ "Username": sign_up.username, "UserAttributes": attributes });
        let created = pool.get().unwrap().call("AdminCreateUser", input);
        created.map(|_| SignUpDecision::default()).map_err(|error| error.to_string())
    }));
    own.set(local.0.clone()).unwrap();
    assert_eq!(local.sign_up("alice", &[]).unwrap_err(), name_taken());
    assert_eq!(local.value("alice", "given_name").as_deref(), Some("First"));
    assert_eq!(local.read("alice")["UserStatus"], "FORCE_CHANGE_PASSWORD");
}

#[test]
fn sign_up_creates_no_user_when_pre_sign_up_has_deleted_the_app_client() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().pre_sign_up(move |_| {
        let deleted = pool.get().unwrap().call("DeleteUserPoolClient", json!({}));
        deleted.map(|_| SignUpDecision::default()).map_err(|error| error.to_string())
    }));
    own.set(local.0.clone()).unwrap();
    assert_eq!(local.sign_up("alice", &[]).unwrap_err().0, "ResourceNotFoundException");
    let read = local.0.call("AdminGetUser", json!({ "Username": "alice" }));
    assert!(read.unwrap_err().to_string().starts_with("UserNotFoundException"));
}

#[test]
fn administrator_cannot_create_a_user_whom_pre_sign_up_has_created() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().pre_sign_up(move |sign_up| {
        if sign_up.by_administrator {
            let input = json!({ "Username": sign_up.username, "Password": PASSWORD });
            pool.get().unwrap().call("SignUp", input).map_err(|error| error.to_string())?;
        }
        Ok(SignUpDecision::default())
    }));
    own.set(local.0.clone()).unwrap();
    let refused = local.admin_create("alice", &[("given_name", "Second")]).unwrap_err();
    assert_eq!(refused, refusal("UsernameExistsException", "User account already exists"));
    assert_eq!(local.value("alice", "given_name"), None);
    assert_eq!(local.read("alice")["UserStatus"], "UNCONFIRMED");
}

#[test]
fn one_of_two_sign_ups_of_one_name_wins() {
    let both = Arc::new(Barrier::new(2));
    for named_by_email in [false, true] {
        let both = Arc::clone(&both);
        let mut settings = settings().pre_sign_up(move |_| {
            both.wait();
            Ok(SignUpDecision::default().confirm())
        });
        if named_by_email {
            settings = settings.pool_member("UsernameAttributes", json!(["email"]));
        }
        let local = Pool::new(settings);
        let name = "alice@example.com";
        let results = thread::scope(|scope| {
            let sign_ups = [(); 2].map(|()| scope.spawn(|| local.sign_up(name, &[])));
            sign_ups.map(|sign_up| sign_up.join().unwrap())
        });
        let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "{results:?}");
        assert_eq!(refused[0].0, "UsernameExistsException");
        let sub = results.iter().find_map(|result| Some(result.as_ref().ok()?["UserSub"].clone()));
        assert_eq!(local.value(name, "sub").map(Into::into), sub);
    }
}

#[test]
fn code_is_not_sent_to_a_user_who_was_replaced_while_the_trigger_ran() {
    for creates in [false, true] {
        let own = Own::default();
        let pool = Arc::clone(&own);
        let local = Pool::new(settings().custom_message(move |message| {
            let pool = pool.get().unwrap();
            let username = json!({ "Username": message.username, "MessageAction": "SUPPRESS" });
            pool.call("AdminDeleteUser", username.clone()).unwrap();
            if creates {
                pool.call("AdminCreateUser", username).unwrap();
            }
            Ok(MessageText::default())
        }));
        own.set(local.0.clone()).unwrap();
        let refused = local.sign_up("alice", &[("email", "alice@example.com")]).unwrap_err();
        assert_eq!(refused, user_unknown());
        assert!(local.0.emulator().outbox().is_empty());
    }
}

#[test]
fn user_whom_the_migration_trigger_creates_itself_is_not_imported_twice() {
    let own = Own::default();
    let pool = Arc::clone(&own);
    let local = Pool::new(settings().user_migration(move |request| {
        let attributes = json!([
            { "Name": "email", "Value": "own@example.com" },
            { "Name": "email_verified", "Value": "true" },
        ]);
        let pool = pool.get().unwrap();
        let input = json!({
            "Username": request.username, "UserAttributes": attributes, "MessageAction": "SUPPRESS"
        });
        pool.call("AdminCreateUser", input).unwrap();
        let password = json!({
            "Username": request.username, "Password": "Correct-horse1", "Permanent": true
        });
        pool.call("AdminSetUserPassword", password).unwrap();
        Ok(Some(MigratedUser::default().attribute("email", "other@example.com")))
    }));
    own.set(local.0.clone()).unwrap();
    local.call("ForgotPassword", json!({ "Username": "alice" }));
    assert_eq!(attribute(&local.read("alice"), "email"), Some("own@example.com"));
    assert_eq!(local.0.emulator().outbox()[0].destination, "own@example.com");
}
