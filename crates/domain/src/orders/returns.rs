//! Returns: goods that come back to the shop.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Order, Tracking};
use crate::{ItemId, ReturnId};

/// Most lines of one return, and of one receipt of it.
pub const RETURN_LINES_MAX: usize = 500;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Where a return stands.
///
/// ```text
/// requested ──► approved ──► received ──► closed
///     │            ├───────────────────────►┘
///     └────────────┴──► rejected
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStatus {
    /// Somebody asked for it.
    Requested,
    /// The goods may come.
    Approved,
    /// Goods came.
    Received,
    /// Turned down; the goods stay with the customer.
    Rejected,
    /// Nothing more will come.
    Closed,
}

impl ReturnStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Requested, Self::Approved, Self::Received, Self::Rejected, Self::Closed];

    /// The transition table: what may follow.
    pub const fn successors(self) -> &'static [Self] {
        match self {
            Self::Requested => &[Self::Approved, Self::Rejected],
            Self::Approved => &[Self::Received, Self::Rejected, Self::Closed],
            Self::Received => &[Self::Received, Self::Closed],
            Self::Rejected | Self::Closed => &[],
        }
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Received => "received",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
        }
    }

    /// Whether goods may still come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Received)
    }
}

/// In which condition units came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnCondition {
    /// They can be sold again.
    #[default]
    Sellable,
    /// They cannot.
    Damaged,
}

impl ReturnCondition {
    /// Every condition.
    pub const ALL: [Self; 2] = [Self::Sellable, Self::Damaged];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sellable => "sellable",
            Self::Damaged => "damaged",
        }
    }
}

/// Units of an item in a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// The item.
    pub item_id: ItemId,
    /// How many units are to come back.
    pub quantity: i64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Units that came.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub received: i64,
    /// Of those, units put back on the shelf.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restocked: i64,
    /// Of those that came, units whose money went back or is on its way.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
}

impl ReturnLine {
    /// Units that have not come.
    pub const fn outstanding(&self) -> i64 {
        self.quantity.saturating_sub(self.received)
    }

    /// Units that came and are not refunded.
    pub const fn owed(&self) -> i64 {
        self.received.saturating_sub(self.refunded)
    }
}

/// Units that came back in one condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedLine {
    /// The item.
    pub item_id: ItemId,
    /// How many units.
    pub quantity: i64,
    /// How they are.
    #[serde(default)]
    pub condition: ReturnCondition,
    /// Of those, units put back on the shelf.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub restocked: i64,
}

/// Goods that come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Its id.
    pub return_id: ReturnId,
    /// What comes back, one line an item.
    pub lines: Vec<ReturnLine>,
    /// Where it stands.
    pub status: ReturnStatus,
    /// The parcel it comes in.
    #[serde(default)]
    pub label: Tracking,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject_reason: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    /// When goods came first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// When it was closed or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Return {
    /// The line of an item.
    pub fn line(&self, id: &ItemId) -> Option<&ReturnLine> {
        self.lines.iter().find(|line| &line.item_id == id)
    }

    /// Whether units came that are not refunded.
    pub fn is_owed(&self) -> bool {
        self.lines.iter().any(|line| line.owed() > 0)
    }
}

impl Order {
    /// A return by id.
    pub fn find_return(&self, id: &ReturnId) -> Option<&Return> {
        self.returns.iter().find(|one| &one.return_id == id)
    }

    /// Units of an item that a return brought back and that are not refunded.
    pub fn owed(&self, id: &ItemId) -> i64 {
        let lines = self.returns.iter().filter_map(|one| one.line(id));
        lines.fold(0, |sum: i64, line| sum.saturating_add(line.owed()))
    }
}
