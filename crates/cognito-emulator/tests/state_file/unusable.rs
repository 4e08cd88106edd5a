//! Unusable state files: the program reports the reason and a solution.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use cognito_emulator::{Emulator, EmulatorError, PoolSettings, SigningKeys};
use redb::{Database, TableDefinition};
use serde_json::json;

use crate::support::{Program, start_and_end};

/// Starts the program, which must end with an error, and returns the error.
#[track_caller]
fn error(state: &Path) -> String {
    let output = start_and_end(state);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(output.stdout.is_empty() && error.contains(state.to_str().unwrap()), "{error}");
    error
}

/// Removes the access of other users.
fn make_private(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn second_program_with_the_same_file_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let first = Program::start(&state, &[]);
    let told = error(&state);
    assert!(told.contains("another emulator is using it; stop that emulator"), "{told}");
    first.kill();
    Program::start(&state, &[]);
}

#[test]
fn files_of_other_programs_are_rejected_and_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    fs::write(&text, "Pools: []\n").unwrap();
    let long = directory.path().join("long");
    fs::write(&long, vec![b'x'; 5_000_000]).unwrap();
    let database = directory.path().join("database");
    let table: TableDefinition<'_, &str, u64> = TableDefinition::new("entries");
    let transaction = Database::create(&database).unwrap().begin_write().unwrap();
    transaction.open_table(table).unwrap().insert("a", 1).unwrap();
    transaction.commit().unwrap();
    for path in [&text, &long, &database] {
        make_private(path);
        let before = fs::read(path).unwrap();
        let told = error(path);
        assert!(told.contains("not a state file of the emulator; choose another"), "{told}");
        assert!(*path == database || fs::read(path).unwrap() == before);
    }
}

#[test]
fn file_of_a_newer_version_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let table: TableDefinition<'_, &str, u64> = TableDefinition::new("cognito-emulator");
    let transaction = Database::create(&state).unwrap().begin_write().unwrap();
    transaction.open_table(table).unwrap().insert("version", 2).unwrap();
    transaction.commit().unwrap();
    make_private(&state);
    let told = error(&state);
    assert!(
        told.contains(
            "a newer emulator wrote it, in format 2; use a newer version of the emulator"
        ),
        "{told}"
    );
}

#[test]
fn paths_that_are_not_files_are_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let told = error(&directory.path().join("missing").join("state"));
    assert!(told.contains("its directory does not exist; create the directory"), "{told}");
    let told = error(directory.path());
    assert!(told.contains("it is a directory; add the name of a file"), "{told}");
}

#[test]
fn file_that_other_users_can_access_is_restricted_to_its_owner() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    open(&state).unwrap();
    for mode in [0o604, 0o602, 0o640, 0o620, 0o644, 0o666, 0o777] {
        fs::set_permissions(&state, Permissions::from_mode(mode)).unwrap();
        open(&state).unwrap();
        let found = fs::metadata(&state).unwrap().permissions().mode();
        assert_eq!(found & 0o777, 0o600, "{mode:o}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no other file is left");
}

#[test]
fn file_of_another_user_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    open(&state).unwrap();
    match chown(&state, Some(65_533), None) {
        // Only root can give a file away, and only root could open it then.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
        given => {
            given.unwrap();
            for mode in [0o600, 0o666] {
                fs::set_permissions(&state, Permissions::from_mode(mode)).unwrap();
                let told = error(&state);
                assert!(told.contains("another user owns it"), "{told}");
                let found = fs::metadata(&state).unwrap().permissions().mode();
                assert_eq!(found & 0o777, mode, "the file is unchanged");
            }
        }
    }
}

#[test]
fn symbolic_link_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let (state, link) = (directory.path().join("state"), directory.path().join("link"));
    symlink(&state, &link).unwrap();
    let told = error(&link);
    assert!(told.contains("it is a symbolic link; name the file itself"), "{told}");
    assert!(!state.exists(), "no file is created through the link");
    open(&state).unwrap();
    assert!(error(&link).contains("symbolic link"));
}

fn open(state: &Path) -> Result<Emulator, EmulatorError> {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    builder.state_file(state).try_in_process()
}

#[test]
fn damaged_files_are_rejected_without_a_panic() {
    let directory = tempfile::tempdir().unwrap();
    let (intact, state) = (directory.path().join("intact"), directory.path().join("state"));
    let emulator = open(&intact).unwrap();
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    for number in 0..200 {
        pool.call("AdminCreateUser", json!({ "Username": format!("user-{number}") })).unwrap();
    }
    drop((pool, emulator));
    let bytes = fs::read(&intact).unwrap();
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let mut rejected = 0;
    let mut check = |damaged: &[u8]| {
        fs::write(&state, damaged).unwrap();
        make_private(&state);
        match open(&state) {
            // The byte is in a free page, or redb repaired it.
            Ok(emulator) => {
                let pools = emulator.call("ListUserPools", &json!({ "MaxResults": 10 })).unwrap();
                assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(1));
            }
            Err(EmulatorError::StateFile { .. }) => rejected += 1,
            Err(other) => panic!("{other}"),
        }
    };
    for at in used.iter().step_by(used.len() / 100) {
        let mut damaged = bytes.clone();
        damaged[*at] ^= 0x55;
        check(&damaged);
    }
    for length in [1, 100, 512, 4096, bytes.len() / 2, bytes.len() - 1] {
        check(&bytes[..length]);
    }
    println!("{rejected} of 106 rejected");
    assert!(rejected > 6);
}
