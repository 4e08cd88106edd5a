//! Files and events of jobs.

use std::fs;
use std::path::{Path, PathBuf};

use cognito::bulk::{Export, Quota};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use futures_util::StreamExt;

use crate::administrators::{AWS_SECRET, AWS_TOKEN, config};
use crate::users::ADDRESS;
use crate::witness::Witness;

/// Returns all files in a directory and below it.
pub(crate) fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files_in(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

/// Checks that only the owner can use a file or a directory.
pub(crate) fn assert_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has the mode {mode:o}", path.display());
    }
}

#[tokio::test]
async fn files_and_events_of_a_job_show_no_secret() {
    let fixture = Fixture::new(PoolSettings::default());
    for number in 0..130 {
        fixture.create_user(&format!("user{number}"), &[("email", ADDRESS)]);
    }
    let home = tempfile::tempdir().unwrap();
    let output = home.path().join("users.jsonl");
    let export = Export::to(&output);
    let admin = fixture.pool.admin(&config());
    let quota = Quota::builder().exclusive().build();
    let mut witness = Witness::default();
    witness.see("export", &export);
    witness.see("quota", &quota);
    witness.see("administrator", &admin);
    let mut run = export.clone().run(&admin, &quota);
    for _ in 0..3 {
        witness.see("event", &run.next().await.unwrap());
    }
    // Simulates a kill.
    drop(run);
    let left = files_in(home.path());
    assert!(left.iter().any(|path| fs::read_to_string(path).unwrap().contains("sum")), "{left:?}");
    assert_private(&home.path().join("users.jsonl.job"));
    for path in &left {
        assert_private(path);
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains(AWS_SECRET) && !text.contains(AWS_TOKEN), "{}", path.display());
    }
    // Events are for logs, and must not contain attributes of users.
    witness.plant("address", ADDRESS);
    witness.plant("AWS secret", AWS_SECRET);
    witness.plant("AWS session token", AWS_TOKEN);
    fixture.wire.on("ListUsers", Action::refusal("NotAuthorizedException", "no"));
    let refused = export.run(&admin, &quota).finish().await.unwrap_err();
    witness.see_error("refused job", &refused);
    witness.assert_nothing_shown("");
}
