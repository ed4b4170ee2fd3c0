//! What somebody may give back who may give refunds and no more, such as the role `support`.

use sutler_domain::orders::{Order, RefundStatus};

use crate::caller::Caller;
use crate::commit::{Commit, View, ViewChange};
use crate::error::{Kind, Problem};

/// Refuse a commit after which more of an order is given back than such a caller may, in minor units, all its refunds
/// together: or the limit would be one of patience.
pub(super) fn within(caller: &Caller, commit: Commit, max: i64) -> Result<Commit, Problem> {
    if caller.scopes.allow("payments:write") {
        return Ok(commit);
    }
    let after = commit.changes.iter().find_map(|change| match &change.view {
        ViewChange::Put(view) => match &**view {
            View::Order(order) => Some(given_back(order)),
            _ => None,
        },
        _ => None,
    });
    match after {
        Some(total) if total > max => {
            let detail = format!(
                "{total} would be given back of this order in all; whoever may only give refunds gives back {max} at most: ask somebody who may do more with payments"
            );
            Err(Problem::new(Kind::Unauthorized, "insufficient_scope", detail)
                .fact("scope", "payments:write")
                .fact("refund_max", max))
        }
        _ => Ok(commit),
    }
}

fn given_back(order: &Order) -> i64 {
    let refunds = order.refunds.iter().filter(|refund| refund.status != RefundStatus::Failed);
    refunds.fold(0, |sum, refund| sum.saturating_add(refund.amount))
}
