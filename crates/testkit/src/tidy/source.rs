//! A Rust file, taken apart: what is code, what is comment.

/// The same text twice, line for line: once with comments and literals blanked, once with all but comments blanked.
/// A rule about calls then never trips over a sentence, and a rule about notes never over a string.
pub(super) struct Source {
    pub(super) code: String,
    pub(super) comments: String,
}

impl Source {
    pub(super) fn of(text: &str) -> Self {
        let mut source = Self { code: String::new(), comments: String::new() };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (kind, length) = piece(rest, first);
            let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
            source.push(&kind, taken);
            rest = left;
        }
        source
    }

    fn push(&mut self, kind: &Kind, taken: &str) {
        for character in taken.chars() {
            let blank = if character == '\n' { '\n' } else { ' ' };
            self.code.push(if *kind == Kind::Code { character } else { blank });
            self.comments.push(if *kind == Kind::Comment { character } else { blank });
        }
    }
}

#[derive(PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// What the text begins with, and for how many bytes.
fn piece(text: &str, first: char) -> (Kind, usize) {
    if text.starts_with("//") {
        return (Kind::Comment, text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return (Kind::Comment, text.find("*/").map_or(text.len(), |end| end + 2));
    }
    if let Some(length) = raw_string(text).or_else(|| string(text)).or_else(|| character(text)) {
        return (Kind::Literal, length);
    }
    // A whole identifier at once: the r of `for"…"` begins no raw string.
    let word = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    (Kind::Code, word.max(first.len_utf8()))
}

fn string(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('"').or_else(|| text.strip_prefix("b\""))?;
    let mut escaped = false;
    for (at, character) in inner.char_indices() {
        match character {
            '"' if !escaped => return Some(text.len() - inner.len() + at + 1),
            _ => escaped = character == '\\' && !escaped,
        }
    }
    Some(text.len())
}

fn raw_string(text: &str) -> Option<usize> {
    let after_r = text.strip_prefix('r').or_else(|| text.strip_prefix("br"))?;
    let inner = after_r.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(after_r.len() - inner.len()));
    let inner = inner.strip_prefix('"')?;
    Some(inner.find(&end).map_or(text.len(), |at| text.len() - inner.len() + at + end.len()))
}

/// `'x'`, `'\n'`, `'\u{1F4A9}'`; not the lifetime `'x`.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'').or_else(|| text.strip_prefix("b'"))?;
    let skip = if let Some(escape) = inner.strip_prefix('\\') {
        1 + escape.chars().next()?.len_utf8()
    } else {
        inner.chars().next()?.len_utf8()
    };
    let end = inner.get(skip..)?.find('\'')?;
    let closes = end == 0 || inner.starts_with("\\u") || inner.starts_with("\\x");
    closes.then(|| text.len() - inner.len() + skip + end + 1)
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[track_caller]
    fn check(text: &str, code: &str, comments: &str) {
        let source = Source::of(text);
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((squeeze(&source.code).as_str(), squeeze(&source.comments).as_str()), (code, comments));
        assert_eq!(source.code.lines().count(), text.lines().count(), "lines stay where they are");
    }

    #[test]
    fn comments_and_strings_leave_the_code() {
        check("let a = \"// { \\\" no\"; // say { why", "let a = ;", "// say { why");
        check("/* two\nlines */ fn f() {}", "fn f() {}", "/* two lines */");
        check("let a = r#\"{ \"quoted\" // {\"#; b", "let a = ; b", "");
    }

    #[test]
    fn a_lifetime_is_no_character() {
        check(
            "fn f<'a>(c: &'a str) { g('{', '\\'', '\\u{7b}', b'x') }",
            "fn f<'a>(c: &'a str) { g( , , , ) }",
            "",
        );
        check("for\"x\"", "for", "");
    }
}
