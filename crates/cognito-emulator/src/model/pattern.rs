//! Regular expression patterns of strings.
//!
//! The service uses Java patterns: `\w`, `\s` and `\S` are ASCII classes, and the whole text must
//! match. Classes such as `\p{L}` are general categories of Unicode.

use std::sync::OnceLock;

use regex::Regex;

/// A pattern, compiled when a text is first matched.
pub(crate) struct Pattern {
    /// The pattern in the service's messages.
    text: &'static str,
    /// The pattern that is applied.
    matched: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(text: &'static str) -> Self {
        Self::matched_by(text, text)
    }

    /// Creates a pattern for messages, with another one that is applied.
    pub(super) const fn matched_by(text: &'static str, matched: &'static str) -> Self {
        Self { text, matched, compiled: OnceLock::new() }
    }

    pub(super) const fn text(&self) -> &'static str {
        self.text
    }

    /// Returns whether the pattern matches the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        // A test compiles every pattern of the tables.
        self.compiled().is_none_or(|pattern| pattern.is_match(text))
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        self.compiled().is_some()
    }

    fn compiled(&self) -> Option<&Regex> {
        let compile = || Regex::new(&format!(r"\A(?:{})\z", translated(self.matched))).ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// Translates a Java pattern to the syntax of the `regex` crate.
fn translated(java: &str) -> String {
    let dot_is_any = java.starts_with("(?s)");
    let (mut text, mut in_class) = (String::new(), false);
    let mut letters = java.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text += &escape(letters.next().unwrap_or('\\')),
            // Any character except Java's line terminators.
            '.' if !in_class && !dot_is_any => text += r"[^\n\r\x{85}\x{2028}\x{2029}]",
            _ => {
                in_class = (in_class || letter == '[') && letter != ']';
                text.push(letter);
            }
        }
    }
    text
}

fn escape(letter: char) -> String {
    match letter {
        'w' => "[0-9A-Za-z_]".to_owned(),
        's' => r"[\t\n\x0B\x0C\r ]".to_owned(),
        'S' => r"[^\t\n\x0B\x0C\r ]".to_owned(),
        'b' => r"(?-u:\b)".to_owned(),
        other => format!("\\{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_as_a_whole() {
        let pattern = Pattern::new(r"[\w-]+_[0-9a-zA-Z]+");
        assert!(pattern.matches("eu-west-1_Ab12"));
        for text in ["eu-west-1", " eu-west-1_Ab12", "eu-west-1_Ab12\n", "ü_a", ""] {
            assert!(!pattern.matches(text), "{text:?}");
        }
    }

    #[test]
    fn characters_are_classified_by_their_unicode_category() {
        let pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        // A combining acute accent, an Arabic digit, an emoji, and Thai with a vowel sign.
        for text in ["alice", "e\u{301}", "\u{663}", "\u{1f600}", "\u{e01}\u{e34}", "«€»", "_"]
        {
            assert!(pattern.matches(text), "{text:?}");
        }
        // Spaces, controls, and invisible characters: zero-width space and joiners, soft hyphen,
        // directional marks, byte order mark, tags, private use, unassigned.
        for letter in [
            ' ',
            '\u{a0}',
            '\u{3000}',
            '\u{2028}',
            '\n',
            '\0',
            '\u{85}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{ad}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0041}',
            '\u{e000}',
            '\u{378}',
        ] {
            assert!(!pattern.matches(&format!("al{letter}ice")), "{letter:?}");
        }
    }

    #[test]
    fn whitespace_is_ascii_only() {
        let visible = Pattern::new(r"[\S]+");
        assert!(visible.matches("a\u{a0}b\u{3000}"));
        assert!(!visible.matches("a b") && !visible.matches("a\u{b}b"));
        let name = Pattern::new(r"[\w\s+=,.@-]+");
        assert!(name.matches("My pool\t(1)".trim_end_matches("(1)")));
        assert!(!name.matches("a\u{a0}b") && !name.matches("é"));
    }

    #[test]
    fn a_dot_is_anything_but_the_end_of_a_line() {
        let password = Pattern::new(r"^[\S]+.*[\S]+$");
        assert!(password.matches("pass word") && password.matches("pw"));
        for text in ["p", " pw", "pw ", "pass\nword", "pass \u{2028} word", ""] {
            assert!(!password.matches(text), "{text:?}");
        }
        assert!(Pattern::new("(?s).*").matches("two\nlines"));
    }

    #[test]
    fn signs_in_classes_stay_as_they_are() {
        let token = Pattern::new("[A-Za-z0-9-_=.]+");
        assert!(token.matches("a-b_c=.") && !token.matches("a b") && !token.matches("a+b"));
        let url = Pattern::new(r"^https://[!$-;=@-\[\]_a-z~]+$");
        assert!(url.matches("https://example.com/a[1]") && !url.matches("https://a b"));
        let id = Pattern::new(r"^[0-9a-f]{8}\b-[0-9a-f]{4}$");
        assert!(id.matches("0123abcd-00ff") && !id.matches("0123abcd-00f"));
    }
}
