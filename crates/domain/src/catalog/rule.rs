//! Rules that say which products are in a collection, in the words that an index of the catalog can answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::fault::Faults;
use crate::text::{self, LINE_MAX, TextError};

/// Conditions of one rule.
pub const CONDITIONS_MAX: usize = 50;

/// Which products are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How many of the conditions must hold.
    #[serde(rename = "match")]
    pub matching: Matching,
    /// The conditions; at least one.
    pub conditions: Vec<Condition>,
}

/// How many conditions must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// Every one.
    #[default]
    All,
    /// At least one.
    Any,
}

/// Something that holds of a product, or does not. Texts are compared as they are written, in the same case; words of a
/// title as a search compares them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum Condition {
    /// Every word of this stands in the title.
    Title {
        /// Whether they do.
        relation: Wording,
        /// The words.
        value: String,
    },
    /// Who makes it.
    Vendor {
        /// Whether it is so.
        relation: Equality,
        /// The vendor.
        value: String,
    },
    /// What sort of thing it is.
    ProductType {
        /// Whether it is so.
        relation: Equality,
        /// The type.
        value: String,
    },
    /// It has this tag.
    Tag {
        /// Whether it has.
        relation: Equality,
        /// The tag.
        value: String,
    },
    /// One of its variants has this choice.
    Option {
        /// The option, such as Color.
        name: String,
        /// Whether one has.
        relation: Equality,
        /// The choice, such as Blue.
        value: String,
    },
    /// What its cheapest variant costs; a product in another currency fails.
    Price {
        /// On which side of the amount.
        relation: Limit,
        /// The amount, which counts as inside.
        price: Money,
    },
    /// One of its variants costs less than it used to.
    Discounted {
        /// Whether one does.
        relation: Equality,
    },
    /// When it was made.
    CreatedAt {
        /// On which side of the instant.
        relation: Side,
        /// The instant.
        at: Timestamp,
    },
}

/// Whether something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Equality {
    /// It is.
    Is,
    /// It is not.
    IsNot,
}

/// Whether words stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// All of them do.
    Has,
    /// At least one is missing.
    HasNot,
}

/// A limit of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// So much or more.
    AtLeast,
    /// So much or less.
    AtMost,
}

/// A side of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Then or later.
    Since,
    /// Earlier.
    Before,
}

impl Rule {
    /// Note what is wrong with it at this pointer.
    pub(super) fn check(&self, at: &str, faults: &mut Faults) {
        let count = self.conditions.len();
        faults.require((1..=CONDITIONS_MAX).contains(&count), &format!("{at}/conditions"), || {
            format!("a rule has 1 to {CONDITIONS_MAX} conditions, this one has {count}")
        });
        for (index, condition) in self.conditions.iter().enumerate() {
            condition.check(&format!("{at}/conditions/{index}"), faults);
        }
    }
}

impl Condition {
    fn check(&self, at: &str, faults: &mut Faults) {
        let mut filled = |field: &str, text: &str| {
            let fits = if text.is_empty() { Err(TextError::Empty) } else { text::line(text, LINE_MAX) };
            faults.check(&format!("{at}/{field}"), fits);
        };
        match self {
            Self::Title { value, .. }
            | Self::Vendor { value, .. }
            | Self::ProductType { value, .. }
            | Self::Tag { value, .. } => filled("value", value),
            Self::Option { name, value, .. } => {
                filled("name", name);
                filled("value", value);
            }
            Self::Price { price, .. } => {
                faults
                    .require(price.amount >= 0, &format!("{at}/price"), || format!("{price} is below zero"));
                faults.check(&format!("{at}/price"), Money::new(price.amount, price.currency).map(|_| ()));
            }
            Self::Discounted { .. } | Self::CreatedAt { .. } => {}
        }
    }
}
