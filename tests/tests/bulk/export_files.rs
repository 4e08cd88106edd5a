//! Exports do not change files of other programs.

use std::fs;
use std::path::Path;

use cognito::bulk::{Export, JobError, JobEvent, QuotaCategory};
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

#[tokio::test(start_paused = true)]
async fn missing_directories_of_an_output_are_created() {
    let timed = pool(5);
    let (directory, _) = directory();
    let path = directory.path().join("exports").join("2026").join("users.jsonl");
    let jobs = directory.path().join("jobs").join("exports");
    exported(&timed, Export::to(&path).directory(jobs)).await.unwrap();
    assert_whole(&rows(&path), 5);
}

/// Checks that an export fails before its first request.
async fn assert_fails_at_once(export: Export) -> JobError {
    let timed = pool(5);
    let before = timed.requests(QuotaCategory::UserPoolRead).0;
    let error = exported(&timed, export).await.unwrap_err();
    assert_eq!(timed.requests(QuotaCategory::UserPoolRead).0, before);
    error
}

#[tokio::test(start_paused = true)]
async fn an_output_that_cannot_be_a_file_is_rejected_before_the_first_request() {
    let (directory, path) = directory();
    fs::write(&path, "precious").unwrap();
    let below_a_file = path.join("users.jsonl");
    let error = assert_fails_at_once(Export::to(below_a_file).directory(directory.path())).await;
    assert!(matches!(error, JobError::Io { .. }), "{error}");
    for name in ["missing/", ".."] {
        let error = assert_fails_at_once(Export::to(directory.path().join(name))).await;
        assert!(matches!(error, JobError::OutputName) && !error.is_resumable(), "{error}");
    }
    assert!(matches!(assert_fails_at_once(Export::to("")).await, JobError::OutputName));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no job was begun");
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn an_output_on_another_file_system_is_rejected_before_the_first_request() {
    use std::os::unix::fs::MetadataExt;

    let (_directory, path) = directory();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    let elsewhere = Path::new("/dev/shm");
    if !elsewhere.exists() || device(elsewhere) == device(path.parent().unwrap()) {
        println!("skipped: /dev/shm is not another file system than that of temporary files");
        return;
    }
    let jobs = tempfile::tempdir_in(elsewhere).unwrap();
    let error = assert_fails_at_once(Export::to(&path).directory(jobs.path())).await;
    assert!(matches!(error, JobError::OtherFileSystem) && !error.is_resumable(), "{error}");
    assert_eq!(fs::read_dir(jobs.path()).unwrap().count(), 0, "no job was begun");
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn export_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let timed = pool(5);
    let (_directory, path) = directory();
    exported(&timed, Export::to(&path)).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
