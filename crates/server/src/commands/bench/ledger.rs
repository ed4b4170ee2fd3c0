//! What each buyer was told: kept apart from the server, written as the answers arrive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sutler_client::types::Money;

use crate::console::{Exit, Failure};

/// The key under which an order says whose it is.
pub(super) const BUYER: &str = "buyer";

/// An order as the server showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "named as on the wire")]
pub(super) struct Order {
    pub(super) order_id: String,
    pub(super) version: u64,
    pub(super) status: String,
    pub(super) totals: Totals,
    pub(super) items: Vec<Item>,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
}

/// What an order costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) total: Money,
}

/// What was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) variant_id: String,
    pub(super) total: Money,
    pub(super) quantity: Quantity,
}

/// How much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quantity {
    pub(super) ordered: i64,
}

impl Order {
    pub(super) fn units(&self) -> i64 {
        self.items.iter().map(|item| item.quantity.ordered).fold(0, i64::saturating_add)
    }
}

/// What a buyer was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// The order stands.
    Placed(Box<Order>),
    /// There is no more.
    OutOfStock,
    /// Something else: the status and the code of the problem.
    Refused { status: u16, code: String },
    /// Nothing, however often it was tried; whether the order stands is not known.
    Nothing { reason: String },
}

/// One buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Answer {
    pub(super) buyer: u64,
    pub(super) told: Told,
    /// Why it was asked again under the same key, such as `503 busy`, and how often.
    pub(super) asked_again: BTreeMap<String, u32>,
    /// From the arrival that was planned to the answer.
    pub(super) took: Duration,
}

/// Every answer, in a file and in memory.
pub(super) struct Ledger {
    pub(super) answers: Vec<Answer>,
    pub(super) path: PathBuf,
    file: BufWriter<File>,
}

impl Ledger {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot write the ledger {} ({error})", path.display()))
                .next("another place:  --ledger FILE")
        })?;
        Ok(Self { answers: Vec::new(), path: path.to_owned(), file: BufWriter::new(file) })
    }

    pub(super) fn add(&mut self, answer: Answer) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(&answer).unwrap_or_default();
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.answers.push(answer);
        Ok(())
    }

    /// Nothing follows: the file is whole, and on the disk.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.file.flush()?;
        Ok(self.file.get_ref().sync_all()?)
    }

    pub(super) fn placed(&self) -> impl Iterator<Item = (&Answer, &Order)> {
        placed(&self.answers)
    }

    /// Why orders were asked for again, and how often.
    pub(super) fn asked_again(&self) -> BTreeMap<&str, u64> {
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for (reason, count) in self.answers.iter().flat_map(|answer| &answer.asked_again) {
            let sum = reasons.entry(reason).or_default();
            *sum = sum.saturating_add(u64::from(*count));
        }
        reasons
    }

    /// The time within which so many of a thousand had their answer.
    pub(super) fn within(&self, of_thousand: usize) -> Duration {
        let mut times: Vec<Duration> = self.answers.iter().map(|answer| answer.took).collect();
        times.sort_unstable();
        let rank = times.len().saturating_mul(of_thousand).div_ceil(1000).saturating_sub(1);
        times.get(rank).copied().unwrap_or_default()
    }
}

/// The orders among the answers.
pub(super) fn placed(answers: &[Answer]) -> impl Iterator<Item = (&Answer, &Order)> {
    answers.iter().filter_map(|answer| match &answer.told {
        Told::Placed(order) => Some((answer, &**order)),
        _ => None,
    })
}
