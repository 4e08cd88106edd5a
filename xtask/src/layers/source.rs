//! A source file, reduced to the paths that it names.

use std::iter::Peekable;
use std::str::Chars;

/// A source file: its module, and the paths in it that begin with `crate` or `super`.
pub(super) struct Source {
    /// The folder of the crate's sources.
    pub(super) root: &'static str,
    /// The path below the root of the crate's sources.
    pub(super) file: String,
    pub(super) module: Vec<String>,
    pub(super) mentions: Vec<Mention>,
    /// The types with an inherent `impl` block in the file, with its line.
    pub(super) methods: Vec<(String, usize)>,
    /// The modules under `#[cfg(test)]` that are separate files.
    pub(super) test_modules: Vec<Vec<String>>,
}

/// A path that starts at the root of the crate.
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// An identifier, `::`, or a character of another kind, with its line.
type Token = (String, usize);

impl Source {
    pub(super) fn parse(file: String, text: &str) -> Self {
        let module = module_of(&file);
        let mut test_modules = Vec::new();
        let tokens = without_tests(tokens(text), |name| {
            test_modules.push([&*module, &[name]].concat());
        });
        let mut mentions = Vec::new();
        for (index, (word, line)) in tokens.iter().enumerate() {
            let is_first = index == 0 || tokens[index - 1].0 != "::";
            let mut rest = &tokens[index..];
            let base = match word.as_str() {
                "crate" if is_first => Vec::new(),
                "super" if is_first => parent(&module, &mut rest),
                _ => continue,
            };
            let mut paths = Vec::new();
            path(&rest[1..], base, &mut paths);
            mentions.extend(paths.into_iter().map(|path| Mention { path, line: *line }));
        }
        let methods = methods(&tokens);
        Self { root: super::ROOT, file, module, mentions, methods, test_modules }
    }
}

/// Returns the module of a file: `a::b` for `a/b.rs` and `a/b/mod.rs`.
fn module_of(file: &str) -> Vec<String> {
    let name = file.trim_end_matches(".rs").trim_end_matches("/mod");
    match name {
        "lib" | "main" => vec![format!("{name}.rs")],
        name => name.split('/').map(str::to_owned).collect(),
    }
}

/// Returns the module to which one or more `super` refer.
fn parent(module: &[String], rest: &mut &[Token]) -> Vec<String> {
    let mut base = module.to_vec();
    base.pop();
    while let [_, (colons, _), (word, _), ..] = rest
        && colons == "::"
        && word == "super"
    {
        base.pop();
        *rest = &rest[2..];
    }
    base
}

/// Parses the rest of a path, which may contain a list in braces, and returns the tokens after it.
fn path<'a>(
    mut rest: &'a [Token],
    mut base: Vec<String>,
    paths: &mut Vec<Vec<String>>,
) -> &'a [Token] {
    while let [(colons, _), (next, _), after @ ..] = rest
        && colons == "::"
    {
        if next == "{" {
            return fork(after, &base, paths);
        }
        rest = after;
        if !is_word(next) {
            break;
        }
        base.push(next.clone());
    }
    if !base.is_empty() {
        paths.push(base);
    }
    rest
}

fn fork<'a>(mut rest: &'a [Token], base: &[String], paths: &mut Vec<Vec<String>>) -> &'a [Token] {
    while let [(first, _), after @ ..] = rest {
        rest = match first.as_str() {
            "}" => return after,
            "self" | "*" => {
                paths.push(base.to_vec());
                after
            }
            word if is_word(word) && word != "as" => {
                path(after, [base, &[word.to_owned()]].concat(), paths)
            }
            // The name after `as` is not a path.
            "as" => after.get(1..).unwrap_or_default(),
            _ => after,
        };
    }
    rest
}

/// Returns the types with an inherent `impl` block.
fn methods(tokens: &[Token]) -> Vec<Token> {
    let block = |(index, _): (usize, &Token)| {
        let [(keyword, _), (name, line), after @ ..] = &tokens[index..] else { return None };
        let mut head = after.iter().take_while(|(token, _)| token != "{");
        let inherent = keyword == "impl" && is_word(name) && head.all(|(token, _)| token != "for");
        inherent.then(|| (name.clone(), *line))
    };
    tokens.iter().enumerate().filter_map(block).collect()
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// Removes the items under `#[cfg(test)]`, and calls `in_file` for each module among them that is a file.
fn without_tests(tokens: Vec<Token>, mut in_file: impl FnMut(String)) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = &*tokens;
    while let [first, after @ ..] = rest {
        let marked = rest.len() >= MARK.len() && rest.iter().zip(MARK).all(|((a, _), b)| a == b);
        if !marked {
            kept.push(first.clone());
            rest = after;
            continue;
        }
        let item = &rest[MARK.len()..];
        let length = item_length(item);
        if let [.., (keyword, _), (name, _), (end, _)] = &item[..length]
            && keyword == "mod"
            && end == ";"
        {
            in_file(name.clone());
        }
        rest = &item[length..];
    }
    kept
}

/// Returns the length of an item, which ends with a semicolon or a closing brace.
fn item_length(item: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (index, (token, _)) in item.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(token.as_str(), ";" | "}") {
            return index + 1;
        }
    }
    item.len()
}

/// Splits a text into tokens, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        match first {
            '\n' => line += 1,
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' => line += skip_text(&mut chars),
            '\'' => skip_character(&mut chars),
            ':' if chars.next_if_eq(&':').is_some() => tokens.push(("::".to_owned(), line)),
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                match word.as_str() {
                    "r" | "br" if matches!(chars.peek(), Some('"' | '#')) => {
                        line += skip_raw_text(&mut chars);
                    }
                    _ => tokens.push((word, line)),
                }
            }
            c if c.is_whitespace() => {}
            c => tokens.push((c.to_string(), line)),
        }
    }
    tokens
}

/// Skips a string literal after its opening quote, and returns the number of its line breaks.
fn skip_text(chars: &mut Peekable<Chars<'_>>) -> usize {
    let mut lines = 0;
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => lines += usize::from(chars.next() == Some('\n')),
            c => lines += usize::from(c == '\n'),
        }
    }
    lines
}

/// Skips a raw string literal after its `r`, and returns the number of its line breaks.
fn skip_raw_text(chars: &mut Peekable<Chars<'_>>) -> usize {
    let mut marks = 0;
    while chars.next_if_eq(&'#').is_some() {
        marks += 1;
    }
    if chars.next_if_eq(&'"').is_none() {
        return 0; // a raw identifier
    }
    let (mut lines, mut closing) = (0, None);
    for c in chars {
        closing = match (c, closing) {
            ('"', _) => Some(0),
            ('#', Some(count)) => Some(count + 1),
            _ => None,
        };
        if closing == Some(marks) {
            break;
        }
        lines += usize::from(c == '\n');
    }
    lines
}

/// Skips a character literal after its opening quote, but not a lifetime.
fn skip_character(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    let escaped = ahead.next_if_eq(&'\\').is_some();
    ahead.next();
    if escaped {
        while ahead.next_if(|c| *c != '\'').is_some() {}
    }
    if ahead.next() == Some('\'') {
        *chars = ahead;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(file: &str, text: &str) -> Vec<String> {
        let source = Source::parse(file.to_owned(), text);
        source.mentions.iter().map(|mention| mention.path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_imports_and_in_expressions() {
        let text = "use crate::a::{self, b::{C, D as E}, f::*};\n\
                    fn g(x: &crate::h::I<'_>) { super::j::<u8>(x); super::super::k() }";
        let expected = ["a", "a::b::C", "a::b::D", "a::f", "h::I", "m::n::j", "m::k"];
        assert_eq!(paths("m/n/o.rs", text), expected);
    }

    #[test]
    fn paths_in_comments_and_literals_are_ignored() {
        let text = "//! crate::a\n/// [`crate::b`]\nconst C: &str = \"crate::d \\\" crate::e\";\n\
                    const F: &str = r#\"crate::g \" crate::h\"#; const Q: char = '\"';\n\
                    use crate::i;";
        assert_eq!(paths("m.rs", text), ["i"]);
    }

    #[test]
    fn items_of_tests_are_left_out() {
        let text = "#[cfg(test)]\nmod samples;\n#[cfg(test)]\nuse crate::a;\nuse crate::b;\n\
                    #[cfg(test)]\nmod tests { use crate::c; fn d() { { } } }\nuse crate::e;";
        assert_eq!(paths("m.rs", text), ["b", "e"]);
        let source = Source::parse("m.rs".to_owned(), text);
        assert_eq!(source.test_modules, [["m", "samples"]]);
    }

    #[test]
    fn inherent_blocks_are_distinguished_from_trait_implementations() {
        let text = "impl Step<'_> { fn a() -> impl Iterator<Item = u8> {} }\nimpl Drop for B {}";
        assert_eq!(methods(&tokens(text))[0], ("Step".to_owned(), 1));
        assert!(methods(&tokens("impl Drop for B {}\nimpl<T> From<T> for C {}")).is_empty());
    }

    #[test]
    fn lines_are_counted_across_literals() {
        let text = "const A: &str = \"x \\\n y\n\";\nconst B: &str = r\"\n\";\nuse crate::c;";
        assert_eq!(Source::parse("m.rs".to_owned(), text).mentions[0].line, 6);
    }
}
