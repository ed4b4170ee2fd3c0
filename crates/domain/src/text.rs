//! Limits of the texts that a shop keeps with its things, and `metadata`.

use std::collections::BTreeMap;

/// Caller's own key and value pairs. No place for persons: erasure does not reach them.
pub type Metadata = BTreeMap<String, String>;

/// Pairs of one metadata map.
pub const METADATA_PAIRS_MAX: usize = 50;
/// Characters of a metadata key.
pub const METADATA_KEY_MAX: usize = 40;
/// Characters of a metadata value.
pub const METADATA_VALUE_MAX: usize = 500;
/// Tags of one thing.
pub const TAGS_MAX: usize = 50;
/// Characters of a tag.
pub const TAG_MAX: usize = 80;
/// Characters of a title, a name or another single line.
pub const LINE_MAX: usize = 255;
/// Characters of a description or a note.
pub const BODY_MAX: usize = 65_535;

/// A text that is too long or has a character that has no place in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Longer than its limit.
    #[error("has {found} characters, at most {max} are allowed")]
    TooLong {
        /// How many characters it has.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// Empty where something is needed.
    #[error("must not be empty")]
    Empty,
    /// A control character; NUL above all, which no database text may hold.
    #[error("holds the control character U+{0:04X}")]
    Control(u32),
    /// A run of digits that is a valid card number: card data never enters the engine.
    #[error("looks like a card number; card data must never be sent here")]
    CardNumber,
    /// More pairs or entries than allowed.
    #[error("has {found} entries, at most {max} are allowed")]
    TooMany {
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
}

/// A single line of at most `max` characters: no control characters, no card number.
pub fn line(text: &str, max: usize) -> Result<(), TextError> {
    body_of(text, max, char::is_control)
}

/// An address or a carrier's number: a line whose digits may look like a card number by chance.
pub fn address(text: &str, max: usize) -> Result<(), TextError> {
    match line(text, max) {
        Err(TextError::CardNumber) => Ok(()),
        other => other,
    }
}

/// A code that goods are known by: a line that may be a GTIN, of which every tenth that starts with 2 to 6 looks like
/// a card number.
pub fn product_code(text: &str, max: usize) -> Result<(), TextError> {
    match line(text, max) {
        Err(TextError::CardNumber) if is_gtin(text) => Ok(()),
        other => other,
    }
}

/// 13 or 14 digits with the check digit of the GS1 General Specifications, section 7.9: weights 3 and 1 from the
/// right. (Shorter ones are too short for a card number.)
fn is_gtin(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| matches!(digits.len(), 13 | 14)) else { return false };
    let weight = |place: usize| if place.is_multiple_of(2) { 1 } else { 3 };
    let sum: u32 = digits.iter().rev().enumerate().map(|(place, digit)| digit * weight(place)).sum();
    sum.is_multiple_of(10)
}

/// A text of several lines of at most `max` characters.
pub fn body(text: &str, max: usize) -> Result<(), TextError> {
    body_of(text, max, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn body_of(text: &str, max: usize, banned: impl Fn(char) -> bool) -> Result<(), TextError> {
    let found = text.chars().count();
    if found > max {
        return Err(TextError::TooLong { found, max });
    }
    if let Some(c) = text.chars().find(|c| banned(*c)) {
        return Err(TextError::Control(u32::from(c)));
    }
    if holds_card_number(text) { Err(TextError::CardNumber) } else { Ok(()) }
}

/// Pairs, keys and values within their limits; the key of the first pair that is not is named.
pub fn metadata(map: &Metadata) -> Result<(), (String, TextError)> {
    if map.len() > METADATA_PAIRS_MAX {
        return Err((String::new(), TextError::TooMany { found: map.len(), max: METADATA_PAIRS_MAX }));
    }
    map.iter().try_for_each(|(key, value)| {
        let key_ok = if key.is_empty() { Err(TextError::Empty) } else { line(key, METADATA_KEY_MAX) };
        key_ok.and_then(|()| body(value, METADATA_VALUE_MAX)).map_err(|e| (key.clone(), e))
    })
}

const CARD_DIGITS_MAX: usize = 19;

/// 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1) and start as payment cards do (2 to 6). They may stand in
/// groups of four or more (the last of three or more) with spaces or dashes between them, as on cards,
/// and other digits may stand before and after. Smaller groups are lists, such as sizes.
fn holds_card_number(text: &str) -> bool {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-')));
    runs.into_iter().any(|run| {
        let groups: Vec<&str> = run.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        (0..groups.len()).any(|first| groups.get(first..).is_some_and(begins_with_card_number))
    })
}

/// Whether the first groups, one or several, are a card number.
fn begins_with_card_number(groups: &[&str]) -> bool {
    let mut digits = Vec::new();
    for group in groups {
        digits.extend(group.chars().filter_map(|c| c.to_digit(10)));
        if digits.len() > CARD_DIGITS_MAX || group.len() < 3 {
            return false;
        }
        if is_card_number(&digits) {
            return true;
        }
        if group.len() < 4 {
            return false;
        }
    }
    false
}

fn is_card_number(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let value = |(place, digit): (usize, &u32)| if place % 2 == 1 { doubled(*digit) } else { *digit };
    let sum: u32 = digits.iter().rev().enumerate().map(value).sum();
    (13..=CARD_DIGITS_MAX).contains(&digits.len())
        && matches!(digits.first(), Some(2..=6))
        && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_however_they_are_spaced() {
        for text in [
            "4242424242424242",
            "card 4242 4242 4242 4242.",
            "5555-5555-5555-4444",
            "4242  4242 -4242 4242",
            "3782-822463-10005",
            "12/26 4242424242424242 123",
            "order 123 4242424242424242",
        ] {
            assert_eq!(line(text, 100), Err(TextError::CardNumber), "{text}");
        }
        for text in [
            "4242424242424241",
            "0000000000000000",
            "12 34",
            "1234567890123",
            "20 21 22 23 24 25 26 27",
            "42424242424242424242",
        ] {
            assert_eq!(line(text, 100), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_address_may_look_like_a_card_number() {
        assert_eq!(address("https://dhl.example/4242424242424242", 100), Ok(()));
        assert_eq!(address("42\n", 100), Err(TextError::Control(10)));
        assert_eq!(address("42", 1), Err(TextError::TooLong { found: 2, max: 1 }));
    }

    #[test]
    fn a_product_code_may_be_a_gtin_and_never_a_card_number() {
        // GTIN-13 of the GS1 check digit example, and one that passes the Luhn check as well.
        for gtin in ["6291041500213", "4000000000006"] {
            assert!(is_gtin(gtin), "{gtin}");
            assert_eq!(product_code(gtin, 100), Ok(()), "{gtin}");
        }
        assert_eq!(line("4000000000006", 100), Err(TextError::CardNumber));
        for card in ["4242424242424242", "4222222222222", "36227206271667"] {
            assert_eq!(product_code(card, 100), Err(TextError::CardNumber), "{card}");
        }
        assert_eq!(product_code("6291041500213 4242424242424242", 100), Err(TextError::CardNumber));
    }

    #[test]
    fn limits_are_named() {
        assert_eq!(line("abc", 2), Err(TextError::TooLong { found: 3, max: 2 }));
        assert_eq!(line("a\0", 10), Err(TextError::Control(0)));
        assert_eq!(body("a\nb", 10), Ok(()));
        let pairs: Metadata = (0..51).map(|i| (i.to_string(), String::new())).collect();
        assert_eq!(metadata(&pairs), Err((String::new(), TextError::TooMany { found: 51, max: 50 })));
    }
}
