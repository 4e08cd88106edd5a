//! Exports leave the files of others as they are.

use std::fs;

use cognito::bulk::{Export, JobError, JobEvent};
use cognito_emulator::Quotas;

use crate::export::{assert_whole, directory, exported, pool, quota, rows};
use crate::timed::Timed;

#[tokio::test(start_paused = true)]
async fn an_export_does_not_overwrite_or_mix_with_another_one() {
    let timed = pool(5);
    let (_directory, path) = directory();
    fs::write(&path, "precious").unwrap();
    let error = exported(&timed, Export::to(&path)).await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_file(&path).unwrap();

    let mut first = Export::to(&path).run(&timed.admin(), &quota());
    first.next_event().await;
    let error = exported(&timed, Export::to(&path)).await.unwrap_err();
    assert!(matches!(error, JobError::Running), "{error}");
    drop(first);
    let error = exported(&timed, Export::to(&path).csv()).await.unwrap_err();
    assert!(matches!(error, JobError::OtherSettings), "{error}");
    let other = Timed::new(Quotas::default());
    let error = exported(&other, Export::to(&path)).await.unwrap_err();
    assert!(matches!(error, JobError::OtherSettings), "{error}");
    exported(&timed, Export::to(&path)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn other_files_in_the_directory_of_a_job_stay() {
    let timed = pool(5);
    let (directory, path) = directory();
    let export = || Export::to(&path).directory(directory.path());
    let precious = directory.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    exported(&timed, export()).await.unwrap();
    assert_whole(&rows(&path), 5);
    exported(&timed, export()).await.unwrap_err();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_appears_during_an_export_is_not_overwritten() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let mut run = Export::to(&path).run(&timed.admin(), &quota());
    while let Some(event) = run.next_event().await {
        if matches!(event, JobEvent::Started { .. }) {
            fs::write(&path, "precious").unwrap();
        }
    }
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_file(&path).unwrap();
    exported(&timed, Export::to(&path)).await.unwrap();
    assert_whole(&rows(&path), 130);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_appears_between_two_runs_is_not_overwritten() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let mut run = Export::to(&path).run(&timed.admin(), &quota());
    run.next_event().await;
    drop(run);
    fs::write(&path, "precious").unwrap();
    let error = exported(&timed, Export::to(&path)).await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test(start_paused = true)]
async fn files_with_the_names_of_those_of_a_job_stay() {
    let timed = pool(5);
    let (directory, path) = directory();
    let kept = ["output", "journal.jsonl", "parts/all", "members/ab"];
    let kept = kept.map(|name| directory.path().join(name));
    for file in &kept {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "precious").unwrap();
    }
    exported(&timed, Export::to(&path).directory(directory.path())).await.unwrap();
    assert_whole(&rows(&path), 5);
    for file in &kept {
        assert_eq!(fs::read_to_string(file).unwrap(), "precious");
    }
}

#[tokio::test(start_paused = true)]
async fn a_directory_of_a_job_without_its_journal_is_not_used() {
    let timed = pool(5);
    let (_directory, path) = directory();
    let file = path.with_extension("jsonl.job").join("members").join("ab");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "precious").unwrap();
    let error = exported(&timed, Export::to(&path)).await.unwrap_err();
    assert!(matches!(error, JobError::DirectoryInUse), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
}

#[tokio::test(start_paused = true)]
async fn exports_to_files_of_the_same_name_are_different_jobs() {
    let timed = pool(5);
    let (directory, path) = directory();
    let jobs = directory.path().join("jobs");
    let mut run = Export::to(&path).directory(&jobs).run(&timed.admin(), &quota());
    run.next_event().await;
    drop(run);
    let other = directory.path().join("other").join("users.jsonl");
    let error = exported(&timed, Export::to(other).directory(&jobs)).await.unwrap_err();
    assert!(matches!(error, JobError::OtherSettings), "{error}");
    exported(&timed, Export::to(&path).directory(&jobs)).await.unwrap();
    assert_whole(&rows(&path), 5);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn an_export_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let timed = pool(5);
    let (_directory, path) = directory();
    exported(&timed, Export::to(&path)).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
