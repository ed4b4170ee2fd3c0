//! The fake gateway's own books: one JSON object a line, written by the gateway before it answers.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// A call that the gateway took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its idempotency key.
    pub key: String,
    /// For which payment.
    pub payment_id: String,
    /// `authorize`, `charge`, `capture`, `void` or `refund`.
    pub operation: String,
    /// How much, in minor units.
    pub amount: i64,
    /// Whether it succeeded.
    pub succeeded: bool,
}

/// Read the books. A later line under the same key takes the place of an earlier one; a torn last line, as a crash may
/// leave it, was never answered and does not count.
pub fn read(path: &Path) -> Result<Vec<Call>> {
    let file = File::open(path).with_context(|| format!("cannot read the books {}", path.display()))?;
    let mut calls: BTreeMap<String, Call> = BTreeMap::new();
    let mut torn = None;
    for line in BufReader::new(file).split(b'\n') {
        if let Some(error) = torn {
            return Err(error).with_context(|| format!("a line in the middle of {}", path.display()));
        }
        match serde_json::from_slice::<Value>(&line?) {
            Ok(line) => {
                let call = call(&line)
                    .with_context(|| format!("a line of {} without its fields: {line}", path.display()))?;
                calls.insert(call.key.clone(), call);
            }
            Err(error) => torn = Some(error),
        }
    }
    Ok(calls.into_values().collect())
}

fn call(line: &Value) -> Option<Call> {
    let text = |field: &str| line[field].as_str().map(str::to_owned);
    Some(Call {
        key: text("key")?,
        payment_id: text("payment_id")?,
        operation: text("operation")?,
        amount: line["amount"]["amount"].as_i64()?,
        succeeded: line["outcome"].get("succeeded").is_some(),
    })
}
