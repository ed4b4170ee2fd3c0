//! What an expression of Prometheus asks for: the series it names, and what it wants of their labels.

use std::iter::Peekable;
use std::str::Chars;

/// A series that an expression names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) name: String,
    /// Label, operator (`=`, `!=`, `=~` or `!~`) and value.
    pub(super) matchers: Vec<(String, String, String)>,
}

/// Words that stand between series and are none.
const WORDS: [&str; 6] = ["and", "or", "unless", "offset", "bool", "atan2"];

/// Words that sum up, and may say by which labels before they say of what.
const AGGREGATIONS: [&str; 8] = ["sum", "max", "min", "avg", "count", "topk", "bottomk", "quantile"];

/// Words whose parentheses hold labels.
const OF_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The series of an expression, in order.
pub(super) fn selectors(expression: &str) -> Vec<Selector> {
    let mut found = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(&c) = rest.peek() {
        if c.is_ascii_digit() {
            // A number, perhaps with a unit: no name.
            word(&mut rest);
        } else if is_of_word(c) {
            let name = word(&mut rest);
            skip_spaces(&mut rest);
            match rest.peek() {
                Some('(') if OF_LABELS.contains(&name.as_str()) => skip_past(&mut rest, ')'),
                Some('(') => {}
                _ if AGGREGATIONS.contains(&name.as_str()) || WORDS.contains(&name.as_str()) => {}
                _ => found.push(Selector { name, matchers: matchers(&mut rest) }),
            }
        } else {
            rest.next();
            match c {
                '[' => skip_past(&mut rest, ']'),
                '"' => skip_past(&mut rest, '"'),
                '{' => panic!("a selector without a name in `{expression}`"),
                _ => {}
            }
        }
    }
    found
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')
}

fn word(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(c) = rest.next_if(|&c| is_of_word(c)) {
        word.push(c);
    }
    word
}

fn skip_spaces(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

fn skip_past(rest: &mut Peekable<Chars<'_>>, end: char) {
    while rest.next().is_some_and(|c| c != end) {}
}

/// What stands in braces behind a name, if anything does.
fn matchers(rest: &mut Peekable<Chars<'_>>) -> Vec<(String, String, String)> {
    let mut matchers = Vec::new();
    if rest.next_if_eq(&'{').is_none() {
        return matchers;
    }
    while rest.next_if_eq(&'}').is_none() {
        assert!(rest.peek().is_some(), "a brace is not closed");
        skip_spaces(rest);
        let label = word(rest);
        let mut operator = String::new();
        while let Some(c) = rest.next_if(|&c| c != '"') {
            operator.push(c);
        }
        rest.next();
        let mut value = String::new();
        while let Some(c) = rest.next().filter(|&c| c != '"') {
            value.push(c);
        }
        rest.next_if_eq(&',');
        matchers.push((label, operator.trim().to_owned(), value));
    }
    matchers
}

#[test]
fn series_are_found_and_nothing_else_is() {
    let text = "sum by (le, job) (rate(a_bucket{status=~\"5..\", x=\"y\"}[5m])) / on (le) b > 0.01 and max(up) offset 1h";
    let found = selectors(text);
    let names: Vec<&str> = found.iter().map(|selector| selector.name.as_str()).collect();
    assert_eq!(names, ["a_bucket", "b", "up"]);
    let expected = [("status", "=~", "5.."), ("x", "=", "y")].map(|(l, o, v)| (l.into(), o.into(), v.into()));
    assert_eq!(found[0].matchers, expected);
}
