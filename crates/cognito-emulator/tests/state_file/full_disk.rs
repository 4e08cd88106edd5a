//! A full disk: only changes in the file are acknowledged.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Program, program};

/// Returns the program with a limit on the length of its files, in blocks.
fn limited(state: &Path, blocks: u64) -> Command {
    let plain = program(state, &[]);
    let mut limited = Command::new("sh");
    // With the signal ignored, a write over the limit fails as on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    limited.arg("-c").arg(script).arg(plain.get_program()).args(plain.get_args());
    limited.stdout(Stdio::piped()).stderr(Stdio::piped());
    limited
}

/// Creates a pool, restarts the program without free space, and returns the pool's id.
fn start_without_space(state: &Path) -> (Program, Value) {
    let program = Program::start(state, &[]);
    let created = program.client().done("CreateUserPool", &json!({ "PoolName": "a" }));
    program.kill();
    let blocks = std::fs::metadata(state).unwrap().len() / 512;
    (Program::spawn(limited(state, blocks)), created["UserPool"]["Id"].clone())
}

#[test]
fn file_that_is_emptied_on_a_full_disk_acknowledges_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let (program, pool_id) = start_without_space(&state);
    let mut client = program.client();
    let mut create = |number: u32| {
        let user = json!({ "UserPoolId": pool_id, "Username": format!("user-{number}") });
        client.call("AdminCreateUser", &user).unwrap()
    };
    let full = (0..100_000).find(|number| create(*number).is_err()).unwrap();
    let repeated = create(full).unwrap_err();
    assert_eq!(repeated["__type"], "InternalErrorException", "the user is not stored: {repeated}");
    std::fs::write(&state, "").unwrap();
    for number in 0..2 {
        let rejection = create(full + 1 + number).unwrap_err();
        assert_eq!(rejection["__type"], "InternalErrorException", "{rejection}");
    }
}

#[test]
fn change_that_cannot_be_written_is_not_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let (program, pool_id) = start_without_space(&state);
    let mut client = program.client();
    let user = |number: u32| json!({ "UserPoolId": pool_id, "Username": format!("user-{number}") });
    let mut create = |number| client.call("AdminCreateUser", &user(number)).unwrap();
    let (full, rejection) =
        (0..100_000).find_map(|number| Some((number, create(number).err()?))).unwrap();
    assert_eq!(rejection["__type"], "InternalErrorException", "{rejection}");
    assert!(rejection["message"].as_str().unwrap().contains("state file"), "{rejection}");
    assert!(create(full + 1).is_err(), "the disk is still full");
    client.done("AdminGetUser", &user(0));
    let told = String::from_utf8(program.kill().stderr).unwrap();
    assert!(told.contains(state.to_str().unwrap()) && told.contains("larger than"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");

    let program = Program::start(&state, &[]);
    let mut client = program.client();
    for number in 0..full {
        client.done("AdminGetUser", &user(number));
    }
    client.done("AdminCreateUser", &user(full + 2));
}
