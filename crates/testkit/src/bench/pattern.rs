//! From two values that the engine wrote at the same place in two rounds, all that it would write there in further
//! rounds: of the same length, with ids and numbers that go on as those two do.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use rusqlite::types::Value;

use super::requests::{DIGITS, KEY_MARK, scattered};

/// The digits of ids.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of an id behind its prefix.
const ID_LENGTH: usize = 26;

/// A value that depends on the round.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    /// Always the same.
    Same(Value),
    /// Another step in each round.
    Count { first: i64, step: i64 },
    /// Bytes without order: hashes.
    Scatter(Vec<u8>),
    /// Text with ids and keys in it.
    Text(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    /// The digits of an id.
    Id {
        first: u128,
        step: u128,
    },
    /// The number in an idempotency key.
    Key,
}

impl Pattern {
    /// Of the values of round 0 and round 1.
    pub(super) fn of(first: &Value, second: &Value) -> Result<Self> {
        Ok(match (first, second) {
            (Value::Integer(a), Value::Integer(b)) if a != b => {
                Self::Count { first: *a, step: b.wrapping_sub(*a) }
            }
            (Value::Blob(a), Value::Blob(b)) if a != b => Self::Scatter(a.clone()),
            (Value::Text(a), Value::Text(b)) => Self::of_text(a, b)?,
            (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => Self::Same(a.clone()),
            (a, b) => bail!("one round wrote {a:?} where the other wrote {b:?}"),
        })
    }

    fn of_text(first: &str, second: &str) -> Result<Self> {
        let (a, b) = (pieces(first), pieces(second));
        if a.len() != b.len() {
            bail!("two rounds differ in more than ids:\n{first}\n{second}");
        }
        let joined = a.into_iter().zip(b).map(|pair| match pair {
            (Piece::Id { first, .. }, Piece::Id { first: next, .. }) => {
                Piece::Id { first, step: next.wrapping_sub(first) }
            }
            // Times and the like: their length is what counts.
            (piece, _) => piece,
        });
        let joined: Vec<Piece> = joined.collect();
        Ok(match joined.as_slice() {
            [Piece::Literal(text)] => Self::Same(Value::Text(text.clone())),
            _ => Self::Text(joined),
        })
    }

    /// What stands there in this round; `order` counts all orders.
    pub(super) fn value(&self, round: u64, order: u64) -> Value {
        match self {
            Self::Same(value) => value.clone(),
            Self::Count { first, step } => {
                Value::Integer(first.wrapping_add(step.wrapping_mul(i64::try_from(round).unwrap_or(0))))
            }
            Self::Scatter(bytes) => {
                let mut bytes = bytes.clone();
                for (byte, other) in bytes.iter_mut().zip(scattered(order).to_be_bytes().into_iter().cycle())
                {
                    *byte ^= other;
                }
                Value::Blob(bytes)
            }
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    piece.write(round, order, &mut text);
                }
                Value::Text(text)
            }
        }
    }
}

impl Piece {
    fn write(&self, round: u64, order: u64, text: &mut String) {
        match self {
            Self::Literal(literal) => text.push_str(literal),
            Self::Id { first, step } => {
                let bits = first.wrapping_add(step.wrapping_mul(u128::from(round)));
                for digit in (0..26_u32).rev() {
                    let five = usize::try_from((bits >> (digit * 5)) & 31).unwrap_or(0);
                    text.push(ALPHABET.get(five).map_or('0', |byte| char::from(*byte)));
                }
            }
            Self::Key => _ = write!(text, "{:016x}", scattered(order)),
        }
    }
}

/// Cut a text at its ids and keys.
fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut rest, mut literal) = (Vec::new(), text, String::new());
    while let Some(at) = rest.find(['_', '-']) {
        let (before, behind) = rest.split_at(at + 1);
        literal.push_str(before);
        rest = behind;
        let name_length = KEY_MARK.len() + 2;
        if let Some((digits, behind)) = behind.split_at_checked(ID_LENGTH)
            && before.ends_with('_')
            && let Some(first) = bits(digits)
        {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            pieces.push(Piece::Id { first, step: 0 });
            rest = behind;
        } else if literal.ends_with(KEY_MARK)
            && let Some(behind) = behind.get(2 + DIGITS..)
            && text.len() - behind.len() >= name_length + DIGITS
        {
            literal.push_str(rest.get(..2).unwrap_or_default());
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            pieces.push(Piece::Key);
            rest = behind;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// The number that 26 digits are.
fn bits(digits: &str) -> Option<u128> {
    digits.bytes().try_fold(0_u128, |bits, digit| {
        let five = ALPHABET.iter().position(|known| *known == digit)?;
        Some((bits << 5) | u128::try_from(five).ok()?)
    })
}

/// A text without what changes from round to round, to find its like in another round: keys, and the ids that were made
/// since this time, in milliseconds.
pub(super) fn masked(value: &Value, since_ms: u128) -> String {
    let Value::Text(text) = value else { return String::new() };
    let shown = |piece| match piece {
        Piece::Literal(literal) => literal,
        Piece::Id { first, .. } if first >> 80 < since_ms => format!("{first:032x}"),
        Piece::Id { .. } | Piece::Key => "*".to_owned(),
    };
    pieces(text).into_iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::requests::key;

    #[test]
    fn ids_and_keys_go_on_and_the_rest_stays() {
        let text = |id: &str, key: &str| Value::Text(format!(r#"{{"id":"ord_{id}","key":"{key}","at":1}}"#));
        let first = text("01k00000000000000000000000", &key("re", 0));
        let second = text("01k0000000000000000000000z", &key("re", 7));
        let pattern = Pattern::of(&first, &second).unwrap();
        assert_eq!(pattern.value(0, 0), first);
        assert_eq!(pattern.value(1, 7), second);
        assert_eq!(pattern.value(2, 14), text("01k0000000000000000000001y", &key("re", 14)));
    }

    #[test]
    fn numbers_take_the_same_step_and_hashes_none_twice() {
        let count = Pattern::of(&Value::Integer(10), &Value::Integer(13)).unwrap();
        assert_eq!(count.value(5, 0), Value::Integer(25));
        let hash = Pattern::of(&Value::Blob(vec![1; 32]), &Value::Blob(vec![2; 32])).unwrap();
        assert_ne!(hash.value(0, 1), hash.value(0, 2));
        assert!(Pattern::of(&Value::Null, &Value::Integer(1)).is_err());
    }
}
