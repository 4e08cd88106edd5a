//! Inputs of imports in the formats of editors, spreadsheets and shells.

use std::fs;

use cognito::bulk::{JobError, RejectionReason};
use serde_json::json;

use crate::export::quota;
use crate::import::{Files, described, imported, pool};

const JSON_LINES: &str = concat!(
    "{\"username\":\"al\",\"attributes\":{\"name\":\"Äl 😀\"}}\n",
    "\n",
    "  {\"username\":\"bo\",\"attributes\":{\"name\":\"B\"}}\n",
    "{\"username\":\"cy\"}",
);

const CSV: &str = "username,name\nal,Äl 😀\nbo,\"B\"\ncy,\n";

/// Returns a text in the encodings of several programs.
fn encoded(text: &str) -> Vec<Vec<u8>> {
    let marked = format!("\u{feff}{text}");
    let lines = text.replace('\n', "\r\n");
    vec![
        text.into(),
        marked.clone().into(),
        lines.clone().into(),
        format!("\u{feff}{lines}").into(),
        marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        format!("\u{feff}{lines}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ]
}

#[tokio::test(start_paused = true)]
async fn inputs_are_read_with_byte_order_marks_carriage_returns_and_in_utf16() {
    for (text, is_csv) in [(JSON_LINES, false), (CSV, true)] {
        for bytes in encoded(text) {
            let (timed, files) = (pool(), Files::new(&bytes));
            let import = files.import();
            let import = if is_csv { import.csv() } else { import };
            assert_eq!(imported(&timed, import).await.unwrap().outcomes.done, 3, "{bytes:?}");
            let users = described(&timed).await;
            assert_eq!(users["al"]["attributes"], json!({ "name": "Äl 😀" }));
            assert_eq!(users["bo"]["attributes"], json!({ "name": "B" }));
            assert_eq!(users["cy"]["attributes"], json!({}));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn csv_of_import_jobs_and_quoted_fields_are_read() {
    let text = "\"cognito:username\",\"cognito:mfa_enabled\",name,email,email_verified,custom:seats\n\
                al,FALSE,\"A \"\"l\"\", jr\r\nx\",al@example.com,TRUE,3\n\
                \"b,o\",,,,,\n";
    let (timed, files) = (pool(), Files::new(text));
    let plan = files.import().csv().plan(&timed.admin(), &quota()).await.unwrap();
    assert_eq!(plan.ignored, [("cognito:mfa_enabled", 1)].into_iter().collect());
    assert_eq!(imported(&timed, files.import().csv()).await.unwrap().outcomes.done, 2);
    let users = described(&timed).await;
    assert_eq!(users["al"]["attributes"]["name"], "A \"l\", jr\r\nx");
    assert_eq!(users["al"]["attributes"]["custom:seats"], "3");
    assert!(users.contains_key("b,o"));
}

#[tokio::test(start_paused = true)]
async fn lines_that_cannot_be_read_are_rejected_and_the_others_are_not() {
    let huge = format!("{{\"username\":\"{}\"}}", "x".repeat(3 << 20));
    let mut input = format!("{{\"username\":\"al\"}}\n{huge}\n").into_bytes();
    input.extend(
        b"{\"username\":\"\xff\"}\n\x00\x00\n{\"username\":\"bo\"}{}\n{\"username\":\"cy\"}",
    );
    let (timed, files) = (pool(), Files::new(input));
    let plan = files.import().plan(&timed.admin(), &quota()).await.unwrap();
    let rejected: Vec<_> = plan.rejected.into_iter().map(|line| (line.line, line.reason)).collect();
    let malformed = RejectionReason::Malformed;
    let expected = [
        (2, RejectionReason::TooLong),
        (3, RejectionReason::NotUtf8),
        (4, malformed.clone()),
        (5, malformed),
    ];
    assert_eq!(rejected, expected);
    assert_eq!(plan.users, 2);
}

#[tokio::test(start_paused = true)]
async fn csv_that_cannot_be_read_on_is_an_error_with_its_line() {
    let open = format!("username\nal\n\"bo\n{}", "x".repeat(3 << 20));
    for (text, expected) in [
        ("", 1),
        ("name,email\nal,a@example.com\n", 1),
        ("username;name\nal;Al\n", 1),
        ("username,name,name\n", 1),
        (&*open, 3),
    ] {
        let (timed, files) = (pool(), Files::new(text));
        let error = imported(&timed, files.import().csv().skip_rejected()).await.unwrap_err();
        assert!(
            matches!(&error, JobError::InvalidInput { line, .. } if *line == expected),
            "{expected}: {error}"
        );
        assert!(described(&timed).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_input_that_is_missing_or_not_a_file_is_an_error() {
    let (timed, files) = (pool(), Files::new(""));
    fs::remove_file(&files.input).unwrap();
    let error = imported(&timed, files.import()).await.unwrap_err();
    assert!(matches!(error, JobError::Io { .. }), "{error}");
    fs::create_dir(&files.input).unwrap();
    let error = imported(&timed, files.import()).await.unwrap_err();
    assert!(matches!(error, JobError::Io { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_input_has_no_users() {
    let (timed, files) = (pool(), Files::new("\n\n"));
    let report = imported(&timed, files.import()).await.unwrap();
    assert_eq!((report.items, report.outcomes.total()), (0, 0));
    assert_eq!(fs::read_to_string(&files.outcomes).unwrap(), "");
}
