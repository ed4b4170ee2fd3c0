//! Goods that come back: when they do, and what is then asked for.

use sutler_app::orders::{Named, ReceiveInput, ReceivedInput, RefundInput, ReturnInput};
use sutler_app::ports::reads::OrderName;
use sutler_domain::orders::{Order, Return, ReturnCondition, ReturnStatus};

use super::dice::Dice;
use super::plan::{Act, Back, Part, Step};
use super::request::Request;

/// Some of those who are sent something send it back. The steps come from dice of their own, so that the rest of a plan
/// is as it would be without them.
pub(super) fn plan(steps: &mut Vec<Step>, dice: &mut Dice) {
    let sent: Vec<(u32, u64)> = steps
        .iter()
        .filter_map(|step| match step.act {
            Act::Fulfill { order, ship: true, .. } | Act::Ship { order } => Some((order, step.at_ms)),
            _ => None,
        })
        .collect();
    for (order, mut at_ms) in sent {
        if !dice.chance(60) {
            continue;
        }
        for _ in 0..dice.between(1, 6) {
            at_ms += if dice.chance(20) { 0 } else { dice.below(6000) };
            let number = u32::try_from(steps.len() + 1).unwrap_or(u32::MAX);
            let key = dice.chance(70).then_some(number);
            let (if_match, waits) = (dice.chance(10), dice.chance(8));
            let act = Act::Back { order, how: how(dice) };
            steps.push(Step { number, at_ms, dice: dice.roll(), act, key, if_match, waits });
        }
    }
}

fn how(dice: &mut Dice) -> Back {
    match dice.below(12) {
        0..=3 => Back::Ask(if dice.chance(50) { Part::Whole } else { Part::Item }),
        4..=6 => Back::Approve,
        7..=9 => Back::Receive(*dice.pick(&[Part::Whole, Part::Some, Part::Item])),
        10 => *dice.pick(&[Back::Reject, Back::Close]),
        _ => Back::Refund,
    }
}

/// The request of a step; `None` when the order has nothing that it could be about.
pub(super) fn request(how: Back, order: &Order, dice: &mut Dice) -> Option<Request> {
    let name = || OrderName::Id(order.order_id.clone());
    let that = |status: ReturnStatus| order.returns.iter().find(|one| one.status == status);
    let open = || order.returns.iter().find(|one| one.status.is_open());
    Some(match how {
        Back::Ask(Part::Whole) => Request::AskReturn(name(), ReturnInput::default()),
        Back::Ask(_) => {
            let item = dice.pick(&order.items);
            let line = (item.item_id.clone(), dice.between(1, item.ordered), None);
            Request::AskReturn(name(), ReturnInput { items: vec![line], ..ReturnInput::default() })
        }
        Back::Approve => Request::ApproveReturn(that(ReturnStatus::Requested)?.return_id.clone()),
        Back::Receive(part) => {
            let one = that(ReturnStatus::Approved).or_else(|| that(ReturnStatus::Received))?;
            Request::ReceiveReturn(one.return_id.clone(), received(part, one, dice))
        }
        Back::Reject => Request::RejectReturn(open()?.return_id.clone()),
        Back::Close => Request::CloseReturn(open()?.return_id.clone()),
        Back::Refund => Request::Refund(RefundInput {
            order: Named(name()),
            payment_id: None,
            amount: None,
            items: Vec::new(),
            return_id: Some(order.returns.iter().find(|one| one.is_owed())?.return_id.clone()),
            restock: false,
            reason: None,
            note: None,
        }),
    })
}

/// All that has not come; or units of one item, damaged or not, which may be more than are awaited.
fn received(part: Part, one: &Return, dice: &mut Dice) -> ReceiveInput {
    if part == Part::Whole {
        return ReceiveInput::default();
    }
    let line = dice.pick(&one.lines);
    let condition = if part == Part::Item { ReturnCondition::Damaged } else { ReturnCondition::Sellable };
    let quantity = dice.between(1, line.quantity);
    ReceiveInput {
        items: vec![ReceivedInput { item_id: line.item_id.clone(), quantity, condition, restock: None }],
    }
}
