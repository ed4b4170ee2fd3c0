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

/// A run of 13 to 19 digits, single spaces or dashes between them allowed, that passes the Luhn check
/// (ISO/IEC 7812-1) and starts as payment cards do (2 to 6).
fn holds_card_number(text: &str) -> bool {
    let mut run: Vec<u32> = Vec::new();
    let mut separated = false;
    for c in text.chars().chain(['.']) {
        if let Some(digit) = c.to_digit(10) {
            run.push(digit);
            separated = false;
        } else if matches!(c, ' ' | '-') && !run.is_empty() && !separated {
            separated = true;
        } else {
            if is_card_number(&run) {
                return true;
            }
            run.clear();
            separated = false;
        }
    }
    false
}

fn is_card_number(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match digit * (1 + u32::from(place % 2 == 1)) {
            two_digits @ 10.. => two_digits - 9,
            one => one,
        })
        .sum();
    (13..=19).contains(&digits.len()) && matches!(digits.first(), Some(2..=6)) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_however_they_are_spaced() {
        for text in ["4242424242424242", "card 4242 4242 4242 4242.", "5555-5555-5555-4444"] {
            assert_eq!(line(text, 100), Err(TextError::CardNumber), "{text}");
        }
        for text in ["4242424242424241", "0000000000000000", "12 34", "1234567890123"] {
            assert_eq!(line(text, 100), Ok(()), "{text}");
        }
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
