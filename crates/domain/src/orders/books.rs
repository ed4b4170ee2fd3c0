//! An order in the books: double entry in its one currency, worked out of the order as it stands. What an event enters is
//! the difference between the balances after it and before it, so debits equal credits whatever happened.

use super::{Order, OrderStatus};
use crate::MoneyError;

/// What is kept count of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// What the buyer owes; below 0, what is owed to the buyer.
    Receivable,
    /// Money at the gateway, taken and not given back.
    Clearing,
    /// Goods that were sold, without tax and before discounts.
    Revenue,
    /// What was taken off.
    Discounts,
    /// Shipping that was sold, without tax.
    Shipping,
    /// Tax that is owed to the state.
    Tax,
    /// Money given back although the sale stands: returns and goodwill.
    Refunds,
}

impl Account {
    /// All of them, in the order of their lines.
    pub const ALL: [Self; 7] = [
        Self::Receivable,
        Self::Clearing,
        Self::Revenue,
        Self::Discounts,
        Self::Shipping,
        Self::Tax,
        Self::Refunds,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receivable => "receivable",
            Self::Clearing => "gateway_clearing",
            Self::Revenue => "revenue",
            Self::Discounts => "discounts",
            Self::Shipping => "shipping_income",
            Self::Tax => "tax_payable",
            Self::Refunds => "refunds",
        }
    }
}

/// What stands on each account, in minor units: debits above 0, credits below. Their sum is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances([i64; 7]);

/// A line of an entry: debits above 0, credits below; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookLine {
    /// The account.
    pub account: Account,
    /// Minor units.
    pub amount: i64,
}

impl Balances {
    /// The balances of an order as it stands. A sale that was called off or ran out is none.
    pub fn of(order: &Order) -> Result<Self, MoneyError> {
        let is_sold = !matches!(order.status, OrderStatus::Canceled | OrderStatus::Expired);
        let totals = if is_sold { order.totals } else { super::Totals::default() };
        let (taken, given) = (order.captured(), order.refunded());
        // What was paid beyond the sale goes back to the buyer; only what goes back beyond that lessens the sale.
        let overpaid = minus(taken, totals.total)?.max(0);
        let refunds = minus(given, overpaid)?.max(0);
        let held = order.shipping.as_ref().filter(|_| is_sold && totals.shipping > 0);
        let held = held.map_or(0, |shipping| if shipping.tax.included { shipping.tax.amount } else { 0 });
        let shipping = minus(totals.shipping, held)?;
        let receivable = minus(plus(minus(totals.total, taken)?, given)?, refunds)?;
        let sold = plus(totals.total, totals.discount)?;
        let revenue = minus(minus(sold, shipping)?, totals.tax)?;
        Ok(Self([
            receivable,
            minus(taken, given)?,
            minus(0, revenue)?,
            totals.discount,
            minus(0, shipping)?,
            minus(0, totals.tax)?,
            refunds,
        ]))
    }

    /// What has to be entered to come from these balances to those, in the order of the accounts.
    pub fn to(&self, after: &Self) -> Result<Vec<BookLine>, MoneyError> {
        let mut lines = Vec::new();
        for ((account, before), after) in Account::ALL.into_iter().zip(self.0).zip(after.0) {
            let amount = minus(after, before)?;
            if amount != 0 {
                lines.push(BookLine { account, amount });
            }
        }
        Ok(lines)
    }

    /// What stands on an account.
    pub fn on(&self, account: Account) -> i64 {
        let mut all = Account::ALL.into_iter().zip(self.0);
        all.find(|(one, _)| *one == account).map_or(0, |(_, amount)| amount)
    }
}

fn plus(one: i64, other: i64) -> Result<i64, MoneyError> {
    one.checked_add(other).ok_or(MoneyError::Overflow)
}

fn minus(one: i64, other: i64) -> Result<i64, MoneyError> {
    one.checked_sub(other).ok_or(MoneyError::Overflow)
}
