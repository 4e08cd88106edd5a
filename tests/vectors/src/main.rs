//! Runs files of test vectors: `vectors FILE...`.

use std::process::ExitCode;

use cognito_vectors::Report;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!(
            "usage: vectors FILE...\n\nFILE has the shape of tests/data/srp.json or jwt.json, or is \
             Wycheproof's json_web_signature_test.json or json_web_key_test.json"
        );
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    let mut readable = true;
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string());
        if let Err(problem) = text.and_then(|text| report.run(&text)) {
            eprintln!("{file}: {problem}");
            readable = false;
        }
    }
    println!("{report}");
    if readable && report.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
