//! Tests of the directories of jobs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use super::*;

fn description(work: serde_json::Value) -> Description {
    serde_json::from_value(json!({
        "version": 1, "pool": "eu-west-1_Ab12Cd34E", "created": "2026-11-29T12:00:00Z",
        "work": work,
    }))
    .unwrap()
}

fn disable() -> Description {
    description(json!({
        "kind": "mass_change",
        "change": { "change": "disable" },
        "selection": { "users": "names" },
    }))
}

#[test]
fn draft_is_kept_while_other_processes_remove_abandoned_ones() {
    let home = tempfile::tempdir().unwrap();
    let (store, is_ended) = (Store::at(home.path().to_owned()), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_ended.load(Ordering::Relaxed) {
                    store.remove_abandoned();
                }
            });
        }
        let finished: Outcome<Vec<Job>> = (0..100).map(|_| store.create(disable(), &[])).collect();
        is_ended.store(true, Ordering::Relaxed);
        finished.map_err(|failure| failure.to_text(false)).unwrap();
    });
}

#[test]
fn files_of_a_killed_run_of_a_finished_export_are_found() {
    let home = tempfile::tempdir().unwrap();
    let options = json!({ "no_groups": false, "mfa": false, "allow_incomplete": false });
    let export = json!({ "kind": "export", "csv": true, "options": options });
    for (description, name, is_export) in
        [(description(export), "users.csv", true), (disable(), "outcomes.jsonl", false)]
    {
        let job = Store::at(home.path().to_owned()).create(description, &[]).unwrap();
        fs::write(job.outcomes(), "").unwrap();
        assert_eq!((job.has_journal(), job.has_parts_of_export()), (false, false));
        let files = job.directory.join(format!("{name}.job"));
        fs::create_dir(&files).unwrap();
        assert_eq!((job.has_journal(), job.has_parts_of_export()), (false, false));
        fs::write(files.join("journal.jsonl"), "").unwrap();
        assert_eq!((job.has_journal(), job.has_parts_of_export()), (true, is_export));
    }
}

#[test]
fn part_of_a_job_is_opened_only_with_the_same_names() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::at(home.path().to_owned());
    let open = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        store.open_or_create("leavers-1-of-2", disable(), &names).map(drop)
    };
    open(&["alice", "bob"]).unwrap();
    open(&["alice", "bob"]).unwrap();
    for other in [&["alice"][..], &["bob", "alice"], &[]] {
        let warning = open(other).unwrap_err().to_warning();
        assert!(warning.contains("has other work"), "{warning}");
        let directory = home.path().join("leavers-1-of-2");
        assert!(warning.contains(&format!("remove the directory {}", directory.display())));
    }
}
