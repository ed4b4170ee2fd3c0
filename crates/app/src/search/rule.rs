//! What a rule means: said here of a document, and answered by every index alike.

use sutler_domain::catalog::{Condition, Equality, Limit, Matching, Rule, Side, Wording};
use sutler_domain::fault::Faults;

use super::Document;
use super::words::words;

/// Note what of a rule cannot be looked for: a title without a word.
pub(crate) fn check(rule: &Rule, at: &str, faults: &mut Faults) {
    for (index, condition) in rule.conditions.iter().enumerate() {
        if let Condition::Title { value, .. } = condition {
            faults.require(!words(value).is_empty(), &format!("{at}/conditions/{index}/value"), || {
                format!("'{value}' has no letter and no digit, so no title can have it")
            });
        }
    }
}

impl Document {
    /// Whether a rule means this product.
    pub fn meets(&self, rule: &Rule) -> bool {
        let mut conditions = rule.conditions.iter();
        match rule.matching {
            Matching::All => conditions.all(|condition| self.has(condition)),
            Matching::Any => conditions.any(|condition| self.has(condition)),
        }
    }

    fn has(&self, condition: &Condition) -> bool {
        let as_said = |relation: &Equality, is: bool| is == (*relation == Equality::Is);
        match condition {
            Condition::Title { relation, value } => {
                let all = words(value).iter().all(|word| self.title.contains(&word.text));
                all == (*relation == Wording::Has)
            }
            Condition::Vendor { relation, value } => as_said(relation, self.vendor == *value),
            Condition::ProductType { relation, value } => as_said(relation, self.product_type == *value),
            Condition::Tag { relation, value } => as_said(relation, self.tags.contains(value)),
            Condition::Option { name, relation, value } => {
                as_said(relation, self.options.contains(&(name.clone(), value.clone())))
            }
            Condition::Discounted { relation } => as_said(relation, self.is_discounted),
            Condition::Price { relation, price } => {
                let lowest = self.prices.first().filter(|_| self.currency == price.currency.code());
                lowest.is_some_and(|lowest| match relation {
                    Limit::AtLeast => *lowest >= price.amount,
                    Limit::AtMost => *lowest <= price.amount,
                })
            }
            Condition::CreatedAt { relation, at } => match relation {
                Side::Since => self.created_at.as_microsecond() >= at.as_microsecond(),
                Side::Before => self.created_at.as_microsecond() < at.as_microsecond(),
            },
        }
    }
}
