//! Files of users, and standard input in place of a file.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};

/// Returns whether a path denotes standard input, `-`.
pub(crate) fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Parses the path of an output. It is not `-`, which denotes standard output in other programs.
pub(crate) fn output_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match is_input(&path) {
        true => Err("this output is not written to standard output; use a file, such as ./-"),
        false => Ok(path),
    })
}

/// Returns whether the name of a file has the extension of CSV. All other files are JSON Lines.
pub(crate) fn is_csv_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Returns whether a text without a file name is CSV. JSON Lines begin with an object. A JSON array
/// is neither, but its lines are rejected as JSON and not as a header without user names.
pub(crate) fn is_csv_text(text: &str) -> bool {
    !text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_is_that_of_the_name_or_of_the_first_character() {
        assert!(is_csv_name(Path::new("a.CSV")) && !is_csv_name(Path::new("a.csv.jsonl")));
        assert!(!is_csv_text("[{\"username\":\"a\"}]"));
        assert!(is_csv_text("username,email\n") && !is_csv_text("\u{feff}\n {\"username\":\"a\"}"));
        assert!(is_input(Path::new("-")) && !is_input(Path::new("./-")));
    }
}
