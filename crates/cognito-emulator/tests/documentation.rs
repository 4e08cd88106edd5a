//! The table of operations in the documentation is the one of the code.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use cognito_emulator::{Support, operations};

const START: &str = "<!-- operations -->\n";

#[test]
fn the_table_of_operations_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/emulator.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, table) = text.split_once(START).unwrap();
    if env::var_os("WRITE_DOCS").is_some() {
        fs::write(path, format!("{before}{START}{}", written())).unwrap();
        return;
    }
    let hint = "write it: WRITE_DOCS=1 cargo test -p cognito-emulator --test documentation";
    assert_eq!(table, written(), "{hint}");
}

fn written() -> String {
    let count = |wanted| operations().filter(|(_, support)| *support == wanted).count();
    let [strict, stored, missing] = [Support::Strict, Support::Stored, Support::Missing].map(count);
    let mut table = format!(
        "Of {} operations {strict} are strict, {stored} stored and {missing} missing.\n\n\
         | operation | here |\n| --- | --- |\n",
        strict + stored + missing
    );
    for (name, support) in operations() {
        let here = match support {
            Support::Strict => "strict",
            Support::Stored => "stored",
            _ => "missing",
        };
        writeln!(table, "| {name} | {here} |").unwrap();
    }
    table
}
