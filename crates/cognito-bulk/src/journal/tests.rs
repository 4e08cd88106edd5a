//! Tests of journals: torn and damaged lines, locks, and lines of lost claims.

use std::fs;

use super::*;

fn written(path: &Path, entries: &[u32]) {
    let (mut journal, _) = Journal::open::<u32>(path, None).unwrap();
    for entry in entries {
        journal.append(entry).unwrap();
    }
}

fn read(path: &Path) -> Result<Vec<u32>, JobError> {
    Journal::open(path, None).map(|(_, entries)| entries)
}

#[test]
fn a_journal_cut_at_any_byte_keeps_its_whole_lines_and_can_be_continued() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    written(&path, &[1, 2, 3]);
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(read(&path).unwrap(), [1, 2, 3][..lines], "{length}");
        written(&path, &[7]);
        assert_eq!(read(&path).unwrap().len(), lines + 1, "{length}");
    }
}

#[test]
fn changed_moved_and_removed_lines_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    written(&path, &[10, 20, 30]);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (damaged, line) in [
        (text.replace(":20", ":21"), 2),
        (format!("{}\n{}\n", lines[0], lines[2]), 2),
        (format!("{}\n{}\n", lines[1], lines[0]), 1),
        (format!("\n{text}"), 1),
        (format!("{text}{{}}\n"), 4),
    ] {
        fs::write(&path, damaged).unwrap();
        let error = read(&path).unwrap_err();
        assert!(matches!(error, JobError::Damaged { line: found } if found == line), "{error:?}");
    }
}

#[test]
fn a_journal_is_open_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let (first, _) = Journal::open::<u32>(&path, None).unwrap();
    assert!(matches!(read(&path), Err(JobError::Running)));
    drop(first);
    assert!(read(&path).unwrap().is_empty());
}

/// Opens a journal and removes its lock, as a file server does when its client is suspended.
fn opened(path: &Path, fence: u64) -> (Journal, Vec<u32>) {
    let (journal, entries) = Journal::open(path, Some(fence)).unwrap();
    journal.file.unlock().unwrap();
    (journal, entries)
}

#[test]
fn lines_of_a_claim_that_was_lost_are_ignored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let (mut lost, _) = opened(&path, 7);
    lost.append(&1_u32).unwrap();
    let (mut next, entries) = opened(&path, 8);
    assert_eq!(entries, [1]);
    // The first write of the lost claim reaches the file, and detects the later claim.
    assert!(matches!(lost.append(&100_u32), Err(JobError::TakenOver)));
    assert!(matches!(lost.check_claim(), Err(JobError::TakenOver)));
    next.append(&2_u32).unwrap();
    next.check_claim().unwrap();
    assert_eq!(read(&path).unwrap(), [1, 2]);
    assert!(fs::read_to_string(&path).unwrap().contains(r#""fence":7,"entry":100"#));
}

#[test]
fn run_without_a_number_continues_the_last_claim() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    written(&path, &[1]);
    drop(opened(&path, 8));
    written(&path, &[2]);
    assert!(matches!(Journal::open::<u32>(&path, Some(7)), Err(JobError::TakenOver)));
    let (_, entries) = opened(&path, 8);
    assert_eq!(entries, [1, 2]);
    let (_, entries) = opened(&path, 9);
    assert_eq!(entries, [1, 2]);
}

#[test]
fn writer_without_a_number_is_passed_by_a_claim() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let (mut lost, _) = Journal::open::<u32>(&path, None).unwrap();
    lost.file.unlock().unwrap();
    lost.append(&1_u32).unwrap();
    let (mut next, _) = opened(&path, 8);
    lost.append(&100_u32).unwrap();
    next.append(&2_u32).unwrap();
    assert_eq!(read(&path).unwrap(), [1, 2]);
}

#[test]
fn lines_between_the_read_and_the_claim_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let (mut lost, _) = opened(&path, 7);
    lost.append(&1_u32).unwrap();
    let (mut next, _) = opened(&path, 7);
    lost.append(&100_u32).unwrap();
    next.fence = Some(8);
    next.take_over().unwrap();
    next.append(&2_u32).unwrap();
    assert_eq!(read(&path).unwrap(), [1, 2]);
    assert!(matches!(lost.append(&101_u32), Err(JobError::TakenOver)));
    assert_eq!(read(&path).unwrap(), [1, 2]);
}

#[test]
fn claim_does_not_remove_the_line_of_a_later_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let (mut slow, _) = opened(&path, 7);
    slow.append(&1_u32).unwrap();
    let (mut later, _) = opened(&path, 9);
    slow.fence = Some(8);
    assert!(matches!(slow.take_over(), Err(JobError::TakenOver)));
    later.append(&2_u32).unwrap();
    assert_eq!(read(&path).unwrap(), [1, 2]);
}

#[test]
fn damaged_lines_of_a_claim_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    for (entry, fence) in [(1_u32, 7), (2, 8), (3, 8)] {
        opened(&path, fence).0.append(&entry).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, line) in [
        (r#""fence":7}"#, r#""fence":6}"#, 1),
        (r#""fence":8,"entry":2"#, r#""fence":9,"entry":2"#, 4),
        // A line with a smaller number is not part of the chain of checksums.
        (r#""fence":8,"entry":2"#, r#""fence":7,"entry":2"#, 5),
        (r#","entry":2"#, "", 4),
    ] {
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = read(&path).unwrap_err();
        assert!(
            matches!(error, JobError::Damaged { line: found } if found == line),
            "{from}: {error:?}"
        );
    }
}

#[test]
fn journal_of_an_earlier_version_is_readable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let lines =
        [r#"{"sum":"4a44dc15364204a8","entry":10}"#, r#"{"sum":"8055cc14bdad835b","entry":20}"#];
    fs::write(&path, lines.map(|line| format!("{line}\n")).concat()).unwrap();
    assert_eq!(read(&path).unwrap(), [10, 20]);
    let (_, entries) = opened(&path, 1);
    assert_eq!(entries, [10, 20]);
    written(&path, &[30]);
    assert_eq!(read(&path).unwrap(), [10, 20, 30]);
}
