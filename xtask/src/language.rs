//! A check of the language of docs, comments, messages and test names, in every language of the repository:
//! words and openings to avoid, and the share of noun clauses.

use std::process::Command;

use crate::run::{self, Outcome};

/// Words for which there is a plainer one. Spaces are written as `_`.
const WORDS: [&str; 24] = [
    "anew",
    "anybody",
    "as_many_as_there_may_be",
    "at_hand",
    "by_itself",
    "come_to_an_end",
    "come_too_late",
    "comes_to_an_end",
    "comes_too_late",
    "in_vain",
    "is_not_there",
    "may_be_there",
    "must_be_there",
    "nobody",
    "once_more",
    "so_to_speak",
    "somebody",
    "sooner_or_later",
    "stand_ins",
    "such_a_thing",
    "those_who",
    "whatever",
    "whoever",
    "worth_nothing",
];

/// First words of doc comments that postpone the subject.
const OPENINGS: [&str; 8] = ["How", "It", "That", "What", "Whatever", "Whether", "Who", "Whoever"];

/// Nouns after which "who" begins a relative clause, which does not count as a noun clause.
const PERSONS: &str = "actor administrator caller client developer guest member owner people person reader user visitor";

/// The endings of the files that are checked, and the syntax of their comments.
const SYNTAXES: [(&str, Syntax); 15] = [
    (".md", Syntax::Prose),
    (".rs", Syntax::Slashes),
    (".go", Syntax::Slashes),
    (".java", Syntax::Slashes),
    (".js", Syntax::Slashes),
    (".cjs", Syntax::Slashes),
    (".mjs", Syntax::Slashes),
    (".ts", Syntax::Slashes),
    (".css", Syntax::Slashes),
    (".py", Syntax::Hashes),
    (".sh", Syntax::Hashes),
    (".toml", Syntax::Hashes),
    (".yaml", Syntax::Hashes),
    (".yml", Syntax::Hashes),
    (".lua", Syntax::Dashes),
];

/// The sign of the beginning and the end of a docstring.
const DOCSTRING: &str = "\"\"\"";

/// The syntax of comments.
#[derive(Clone, Copy, PartialEq)]
enum Syntax {
    /// The whole text is prose.
    Prose,
    /// `//`, and the lines of a block between `/*` and `*/`, which begin with `*`.
    Slashes,
    /// `#`, and the docstrings of Python.
    Hashes,
    /// `--`.
    Dashes,
}

impl Syntax {
    fn of(path: &str) -> Option<Self> {
        SYNTAXES.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, syntax)| *syntax)
    }
}

/// The limit of noun clauses per 1,000 words.
const NOUN_CLAUSES: f64 = 2.0;

#[derive(Default)]
struct Report {
    slips: Vec<String>,
    words: usize,
    noun_clauses: usize,
}

pub(crate) fn check() -> Outcome {
    let mut report = Report::default();
    for path in tracked()? {
        report.add(&path, &run::read(&path)?);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
    let share = report.noun_clauses as f64 * 1000.0 / report.words.max(1) as f64;
    println!("xtask: {share:.2} noun clauses per 1,000 words of docs and comments");
    if share > NOUN_CLAUSES {
        report.slips.push(format!("more than {NOUN_CLAUSES} noun clauses with what or who"));
    }
    if report.slips.is_empty() { Ok(()) } else { Err(report.slips.join("\nxtask: ")) }
}

fn tracked() -> Result<Vec<String>, String> {
    let mut git = Command::new("git");
    let names = run::output(git.arg("ls-files").current_dir(run::root()))?;
    // This file contains the words, and the target of a symbolic link is listed itself.
    let is_text = |path: &&str| {
        let file = run::root().join(path);
        let is_this = path.ends_with("xtask/src/language.rs");
        Syntax::of(path).is_some() && !is_this && file.is_file() && !file.is_symlink()
    };
    Ok(names.lines().filter(is_text).map(str::to_owned).collect())
}

impl Report {
    fn add(&mut self, path: &str, text: &str) {
        let Some(syntax) = Syntax::of(path) else { return };
        let (mut marker, mut in_docstring) = ("", false);
        for (number, line) in (1..).zip(text.lines()) {
            let line = match syntax {
                Syntax::Prose => Line::prose(line),
                Syntax::Slashes => Line::with_slashes(line),
                Syntax::Hashes => {
                    let continues = in_docstring;
                    in_docstring ^= !line.matches(DOCSTRING).count().is_multiple_of(2);
                    if continues { Line::prose(line) } else { Line::with_hashes(line) }
                }
                Syntax::Dashes => Line::of_code(line, "--"),
            };
            let begins = !line.marker.is_empty() && line.marker != marker;
            marker = line.marker;
            let first = line.prose.split_whitespace().next();
            let opening = first.filter(|first| begins && OPENINGS.contains(first));
            let found = avoided(&format!("{} {}", line.prose, line.code));
            for word in opening.map(str::to_owned).into_iter().chain(found) {
                self.slips.push(format!("{path}:{number}: {word}"));
            }
            let words: Vec<String> = words(line.prose).collect();
            self.words += words.len();
            self.noun_clauses += noun_clauses(&words);
        }
    }
}

struct Line<'a> {
    /// `///` or `//!` of a doc comment.
    marker: &'a str,
    prose: &'a str,
    /// The name of the function and the messages.
    code: String,
}

impl<'a> Line<'a> {
    fn prose(prose: &'a str) -> Self {
        Self { marker: "", prose, code: String::new() }
    }

    fn with_slashes(line: &'a str) -> Self {
        let line = line.trim_start();
        if line.starts_with("///") || line.starts_with("//!") {
            let (marker, prose) = line.split_at(3);
            return Self { marker, prose, code: String::new() };
        }
        if line.starts_with("/*") || line.starts_with("* ") {
            return Self::prose(line);
        }
        Self::of_code(line, "//")
    }

    fn with_hashes(line: &'a str) -> Self {
        Self::of_code(line.trim_start(), "#")
    }

    /// Splits a line at the sign of a comment outside of literals.
    fn of_code(line: &'a str, sign: &str) -> Self {
        let outside = |code: &str| code.matches('"').count().is_multiple_of(2);
        let mut splits = line.match_indices(sign).map(|(at, _)| line.split_at(at));
        let (code, prose) = splits.find(|(code, _)| outside(code)).unwrap_or((line, ""));
        let after = ["fn ", "func ", "def "].iter().find_map(|word| code.split_once(word));
        let name = after.and_then(|(_, rest)| rest.split(['(', '<']).next()).unwrap_or_default();
        Self { marker: "", prose, code: format!("{name} {}", messages(code)) }
    }
}

/// Returns the string literals of more than one word; a single word is data, such as a user name.
fn messages(code: &str) -> String {
    let code = code.replace("\\\"", " ");
    let literals = code.split('"').skip(1).step_by(2);
    literals.filter(|literal| literal.contains(' ')).collect::<Vec<_>>().join(" . ")
}

fn avoided(text: &str) -> Vec<String> {
    let text = format!("_{}_", words(text).collect::<Vec<_>>().join("_"));
    let found = WORDS.iter().filter(|word| text.contains(&format!("_{word}_")));
    found.map(|word| word.replace('_', " ")).collect()
}

/// Returns the words with a lower-case first letter, so that `noBody` does not match a word of prose.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_lowercase() + rest
    })
}

fn noun_clauses(words: &[String]) -> usize {
    let is_person =
        |word: &str| PERSONS.split(' ').any(|person| person == word.trim_end_matches('s'));
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    let clauses = before.zip(words).filter(|(before, word)| match word.as_str() {
        "what" | "whoever" => true,
        "who" => !is_person(before),
        _ => false,
    });
    clauses.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slips(path: &str, text: &str) -> Vec<String> {
        let mut report = Report::default();
        report.add(path, text);
        report.slips
    }

    #[test]
    fn openings_are_checked_in_the_first_line_of_a_doc_comment() {
        let text =
            "/// How it works.\n/// That is all.\n//! What this is.\nfn f() {}\n/// It fails.";
        assert_eq!(slips("a.rs", text), ["a.rs:1: How", "a.rs:3: What", "a.rs:5: It"]);
        assert_eq!(slips("a.md", "How it works."), [""; 0]);
    }

    #[test]
    fn words_are_found_in_prose_messages_and_names() {
        assert_eq!(slips("a.md", "Begins (anew)."), ["a.md:1: anew"]);
        assert_eq!(slips("a.rs", "f(); // Ends By itself"), ["a.rs:1: by itself"]);
        assert_eq!(slips("a.rs", "fn tried_in_vain() {"), ["a.rs:1: in vain"]);
        assert_eq!(slips("a.rs", r#"say("{}", "no one, nobody")"#), ["a.rs:1: nobody"]);
    }

    #[test]
    fn comments_of_other_languages_are_checked() {
        assert_eq!(slips("a.toml", "a = 1 # for nobody"), ["a.toml:1: nobody"]);
        assert_eq!(slips("a.py", "\"\"\"Ends, by itself.\"\"\""), ["a.py:1: by itself"]);
        assert_eq!(slips("a.py", "def test_whatever(a):"), ["a.py:1: whatever"]);
        assert_eq!(slips("a.py", "\"\"\"Ends.\n\nFor nobody.\n\"\"\""), ["a.py:3: nobody"]);
        assert_eq!(slips("a.lua", "-- For nobody."), ["a.lua:1: nobody"]);
        assert_eq!(slips("a.ts", "/** Begins anew. */"), ["a.ts:1: anew"]);
        assert_eq!(slips("a.go", "func Tried_in_vain() {"), ["a.go:1: in vain"]);
        assert_eq!(slips("a.json", "\"nobody is here\""), [""; 0]);
    }

    #[test]
    fn code_and_literals_of_one_word_are_data() {
        assert_eq!(slips("a.rs", r#"let nobody = user("nobody", "http://x/nobody");"#), [""; 0]);
        assert_eq!(slips("a.md", "Renew and noBody()"), [""; 0]);
    }

    #[test]
    fn relative_clauses_after_persons_are_not_counted() {
        let count = |text: &str| noun_clauses(&words(text).collect::<Vec<_>>());
        assert_eq!(count("Users who exist, the user who asks"), 0);
        assert_eq!(count("Who asks, what is asked and whoever waits"), 3);
    }
}
