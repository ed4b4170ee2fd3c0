//! The text of a document, measured before it is read: whoever reads it follows its brackets, one call in the other, and
//! must not be led too deep.

use async_graphql::Pos;
use sutler_app::{Kind, Problem};

use super::error::Refused;

/// Words and signs of a document.
pub const TOKENS_MAX: usize = 2_000;

/// Brackets that lie in each other.
pub const BRACKETS_MAX: usize = 48;

/// Whether the text is short and flat enough to be read at all.
pub(super) fn must_be_short(text: &str) -> Result<(), Refused> {
    let mut brackets = 0_usize;
    for (count, (token, at)) in Tokens::of(text).enumerate() {
        if count >= TOKENS_MAX {
            let detail = format!("the document has more than {TOKENS_MAX} words and signs; split it");
            return Err(complex(detail).at(at));
        }
        match token {
            '{' | '[' | '(' => brackets += 1,
            '}' | ']' | ')' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        if brackets > BRACKETS_MAX {
            let detail =
                format!("more than {BRACKETS_MAX} brackets lie in each other here; ask for less depth");
            return Err(complex(detail).at(at));
        }
    }
    Ok(())
}

/// A refusal of a document that asks for too much.
pub(super) fn complex(detail: String) -> Refused {
    Refused::from(Problem::new(Kind::Invalid, "query_too_complex", detail))
}

/// The first letter of each word, number, text and sign, and where it stands; space, commas and comments are none.
struct Tokens<'t> {
    rest: &'t str,
    at: Pos,
}

impl<'t> Tokens<'t> {
    const fn of(text: &'t str) -> Self {
        Self { rest: text, at: Pos { line: 1, column: 1 } }
    }

    /// Go on behind so many bytes.
    fn skip(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for letter in passed.chars() {
            if letter == '\n' {
                self.at = Pos { line: self.at.line + 1, column: 1 };
            } else {
                self.at.column += 1;
            }
        }
        self.rest = rest;
    }

    fn skip_while(&mut self, is_part: impl Fn(char) -> bool) {
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        self.skip(end);
    }
}

impl Iterator for Tokens<'_> {
    type Item = (char, Pos);

    fn next(&mut self) -> Option<(char, Pos)> {
        loop {
            self.skip_while(|letter| letter.is_whitespace() || letter == ',' || letter == '\u{feff}');
            let first = self.rest.chars().next()?;
            if first == '#' {
                self.skip_while(|letter| !matches!(letter, '\n' | '\r'));
                continue;
            }
            let at = self.at;
            if self.rest.starts_with("\"\"\"") {
                self.skip(3);
                self.skip(end_of(self.rest, "\"\"\"", "\\\"\"\""));
            } else if first == '"' {
                self.skip(1);
                self.skip(end_of(self.rest, "\"", "\\"));
            } else if first.is_alphanumeric() || first == '_' {
                self.skip_while(|letter| letter.is_alphanumeric() || letter == '_');
            } else {
                self.skip(first.len_utf8());
            }
            return Some((first, at));
        }
    }
}

/// Where a text ends: behind the first `end` that is not part of an `escape`, which hides what it is followed by.
fn end_of(text: &str, end: &str, escape: &str) -> usize {
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(escape) {
            // A single backslash hides one letter; before three quotes it hides just these.
            let hidden = if escape.len() == 1 { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
            from += escape.len() + hidden;
        } else if rest.starts_with(end) {
            return from + end.len();
        } else {
            from += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> String {
        Tokens::of(text).map(|(first, _)| first).collect()
    }

    #[test]
    fn words_signs_and_texts_are_tokens() {
        for (text, expected) in [
            ("{ a, b # c d\n }", "{ab}"),
            ("{ a # \"\r b }", "{ab}"),
            (r#"a(b: "x y \" z")"#, "a(b:\")"),
            (r#"a(b: "\\") c"#, "a(b:\")c"),
            (r#"a(b: """ x " y """) c"#, "a(b:\")c"),
            (r#"a(b: """ \""" { """) c"#, "a(b:\")c"),
            (r#"a(b: "") c"#, "a(b:\")c"),
            ("\u{feff}{ été }", "{é}"),
            ("\"never ends", "\""),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_deep_is_refused_where_it_becomes_so() {
        let long = "{ a\n".to_owned() + &"b ".repeat(TOKENS_MAX) + "}";
        let deep = "{\n".to_owned() + &"[".repeat(BRACKETS_MAX);
        for (text, line) in [(long, 2), (deep, 2)] {
            let refused = must_be_short(&text).unwrap_err();
            assert_eq!((refused.problem.code, refused.at.unwrap().line), ("query_too_complex", line));
        }
        let hidden = "{ a(b: \"\"\"\"\"\") ".to_owned() + &"{".repeat(1_000);
        assert!(must_be_short(&hidden).is_err());
        assert!(must_be_short("{ orders(first: 2) { nodes { id } } }").is_ok());
    }
}
