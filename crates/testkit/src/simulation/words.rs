//! Steps of a plan in words of the trade, for whoever reads a history.

use super::plan::{Act, Back, Part, Step};

/// What a step does.
pub(super) fn of(step: &Step) -> String {
    let key = step.key.map(|key| format!(" (key {key})")).unwrap_or_default();
    let matched = if step.if_match { " if it has not moved" } else { "" };
    format!("{}{matched}{key}", act(&step.act))
}

fn act(act: &Act) -> String {
    match act {
        Act::Place(basket) => {
            let items: Vec<String> = basket.lines.iter().map(|(p, n)| format!("{n} x P{p}")).collect();
            let paid = basket.token.map(|token| {
                let how = if basket.manual { "secured" } else { "paid" };
                let or_cancel = if basket.or_cancel { " or canceled" } else { "" };
                format!(", {how} with {}{or_cancel}", token.as_str())
            });
            let reference = basket.reference.map(|n| format!(", as ref-{n}")).unwrap_or_default();
            let kept =
                basket.reservation.map(|n| format!(", from the basket of step {n}")).unwrap_or_default();
            format!(
                "buyer {} orders {}{}{reference}{kept}",
                basket.customer,
                items.join(", "),
                paid.unwrap_or_default()
            )
        }
        Act::Reserve { lines, ttl_ms } => {
            let items: Vec<String> = lines.iter().map(|(p, n)| format!("{n} x P{p}")).collect();
            format!("keeps {} in a basket for {ttl_ms} ms", items.join(", "))
        }
        Act::Extend { basket } => format!("keeps the basket of step {basket} longer"),
        Act::Unreserve { basket } => format!("gives the basket of step {basket} up"),
        Act::Adjust { product, delta } => format!("moves {delta} of P{product}"),
        Act::Count { product, on_hand } => format!("counts {on_hand} of P{product}"),
        Act::Safety { product, units } => format!("keeps {units} of P{product} safe"),
        Act::Reprice { product, price } => format!("prices P{product} at {price}"),
        Act::Archive { product, back: true } => format!("puts P{product} on sale"),
        Act::Archive { product, back: false } => format!("takes P{product} off sale"),
        _ => about_order(act),
    }
}

fn about_order(act: &Act) -> String {
    let how_much = |how: &Part| match how {
        Part::Whole => "all",
        Part::Some => "some",
        Part::Item => "an item",
    };
    let (what, order) = match act {
        Act::Pay { order, token, .. } => (format!("pays with {} for", token.as_str()), order),
        Act::Capture { order, part: true } => ("captures a part of".to_owned(), order),
        Act::Capture { order, part: false } => ("captures".to_owned(), order),
        Act::Void { order } => ("voids the payment of".to_owned(), order),
        Act::Refund { order, how } => (format!("refunds {} of", how_much(how)), order),
        Act::Cancel { order, how } => (format!("cancels {} of", how_much(how)), order),
        Act::Confirm { order } => ("confirms".to_owned(), order),
        Act::Fulfill { order, how, ship: true } => (format!("packs and ships {} of", how_much(how)), order),
        Act::Fulfill { order, how, ship: false } => (format!("packs {} of", how_much(how)), order),
        Act::Ship { order } => ("ships a parcel of".to_owned(), order),
        Act::Deliver { order } => ("delivers a parcel of".to_owned(), order),
        Act::Unpack { order } => ("takes a parcel apart of".to_owned(), order),
        Act::Back { order, how } => (about_return(*how, how_much), order),
        Act::Hold { order } => ("holds".to_owned(), order),
        Act::Unhold { order } => ("lets go on".to_owned(), order),
        Act::Release { order } => ("releases".to_owned(), order),
        Act::Complete { order } => ("completes".to_owned(), order),
        Act::Note { order } => ("notes something on".to_owned(), order),
        Act::Tag { order } => ("tags".to_owned(), order),
        Act::Decide { order, approve: true } => ("approves the payment of".to_owned(), order),
        Act::Decide { order, approve: false } => ("does not approve the payment of".to_owned(), order),
        Act::Sync { order } => ("asks the gateway about".to_owned(), order),
        _ => return String::new(),
    };
    format!("{what} the order of step {order}")
}

fn about_return(how: Back, how_much: impl Fn(&Part) -> &'static str) -> String {
    match how {
        Back::Ask(part) => format!("asks to return {} of", how_much(&part)),
        Back::Approve => "approves a return of".to_owned(),
        Back::Receive(part) => format!("receives {} of a return of", how_much(&part)),
        Back::Reject => "rejects a return of".to_owned(),
        Back::Close => "closes a return of".to_owned(),
        Back::Refund => "refunds a return of".to_owned(),
    }
}
