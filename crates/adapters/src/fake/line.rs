//! A line of the books' file: one JSON object, one call as it stood after it was written.
//!
//! ```text
//! {"payment_id":"pay_…","key":"pay_…:charge:1","operation":"charge","amount":{"amount":1000,"currency":"EUR"},
//!  "outcome":{"succeeded":{"transaction_id":"fake_pay_…_charge_1"}},"rests_at":"2026-11-22T13:06:56Z","previous":734}
//! ```
//!
//! (On one line, and without spaces.) `operation` is `authorize`, `charge`, `capture`, `void` or `refund`; `outcome` is
//! `succeeded`, `requires_action` or `declined`. `previous` is the byte at which the line of this payment before this
//! one begins, and is left out on the first. A later line under the same key takes the place of an earlier one: the
//! buyer has decided, or the payment was given up.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use sutler_app::ports::BookEntry;

/// What every line begins with, so that its payment is found without reading all of it.
const START: &[u8] = b"{\"payment_id\":\"";

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    entry: &'a BookEntry,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<u64>,
}

/// A line that was read.
#[derive(Deserialize)]
pub(super) struct Line {
    #[serde(flatten)]
    pub(super) entry: BookEntry,
    #[serde(default)]
    pub(super) previous: Option<u64>,
}

/// Write a line at the end of `onto`.
pub(super) fn write(onto: &mut Vec<u8>, entry: &BookEntry, previous: Option<u64>) -> Result<(), String> {
    let line = serde_json::to_vec(&Written { entry, previous }).map_err(|error| error.to_string())?;
    onto.extend_from_slice(&line);
    onto.push(b'\n');
    Ok(())
}

/// Read a line with its end; `None` when it is not one.
pub(super) fn read(line: &[u8]) -> Option<Line> {
    serde_json::from_slice(line.strip_suffix(b"\n")?).ok()
}

/// The payment that a line is about, by the line's first and last bytes alone; `None` when they are not a line's.
pub(super) fn payment(line: &[u8]) -> Option<u64> {
    let rest = line.strip_suffix(b"}\n")?.strip_prefix(START)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    rest.get(..end).map(mark)
}

/// Sixteen bytes a payment is what memory holds. Two payments of one mark share a chain of lines, and each is told
/// from the other when they are read.
pub(super) fn mark(payment_id: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    payment_id.hash(&mut hasher);
    hasher.finish()
}
