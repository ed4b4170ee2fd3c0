//! What one seed decides: who does what and when, and what goes wrong. A plan is an explicit list, so that things can
//! be left out of it and the rest stays as it was.

use super::dice::Dice;
use super::mishap::{Mishap, MishapKind, Place};

/// Everything that will happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The seed it was made from.
    pub seed: u64,
    /// What decides who goes first.
    pub schedule: u64,
    /// What customers and clerks do, in the order of their times.
    pub steps: Vec<Step>,
    /// What goes wrong.
    pub mishaps: Vec<Mishap>,
}

/// One thing that somebody does.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which step of the plan; stays when others are left out.
    pub number: u32,
    /// When, after the beginning.
    pub at_ms: u64,
    /// The dice of its details.
    pub dice: u64,
    /// What.
    pub act: Act,
    /// Its idempotency key, if any. Steps may share one: then one is a repeat of the other, or a mistake.
    pub key: Option<u32>,
    /// Whether it says which version it has seen.
    pub if_match: bool,
    /// Whether it waits for the payment to rest.
    pub waits: bool,
}

/// What somebody does. Orders and baskets are named by the step that makes them.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are named for what they are: the step of an order, a product's number"
)]
pub enum Act {
    /// Place an order.
    Place(Basket),
    /// Pay an order again.
    Pay { order: u32, token: Token, manual: bool },
    /// Take secured money, all or a part.
    Capture { order: u32, part: bool },
    /// Give secured money up.
    Void { order: u32 },
    /// Give money back: all, a part, or for an item.
    Refund { order: u32, how: Part },
    /// Call an order off, whole or an item.
    Cancel { order: u32, how: Part },
    /// Accept an order on its terms.
    Confirm { order: u32 },
    /// Put an order's items in a parcel, all or one, and send it at once or not.
    Fulfill { order: u32, how: Part, ship: bool },
    /// Send the first parcel that waits.
    Ship { order: u32 },
    /// Say that the first parcel on its way arrived.
    Deliver { order: u32 },
    /// Take the first parcel that waits apart.
    Unpack { order: u32 },
    /// Stop fulfillment.
    Hold { order: u32 },
    /// Let fulfillment go on.
    Unhold { order: u32 },
    /// Give an unpaid order's stock up.
    Release { order: u32 },
    /// Something with goods that come back.
    Back { order: u32, how: Back },
    /// Close an order.
    Complete { order: u32 },
    /// Note something.
    Note { order: u32 },
    /// Change an order's tags.
    Tag { order: u32 },
    /// The buyer decides at the bank's page.
    Decide { order: u32, approve: bool },
    /// Ask the gateway what became of a payment.
    Sync { order: u32 },
    /// Keep stock for a basket.
    Reserve { lines: Vec<(usize, i64)>, ttl_ms: i64 },
    /// Keep it longer.
    Extend { basket: u32 },
    /// Keep it no longer.
    Unreserve { basket: u32 },
    /// Move what lies on a shelf.
    Adjust { product: usize, delta: i64 },
    /// Count a shelf.
    Count { product: usize, on_hand: i64 },
    /// Keep so much safe.
    Safety { product: usize, units: i64 },
    /// Change a price.
    Reprice { product: usize, price: i64 },
    /// Take a product off sale, or put it back.
    Archive { product: usize, back: bool },
}

/// What is done with goods that come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// The buyer asks to return all, or one item.
    Ask(Part),
    /// The first return that waits may come.
    Approve,
    /// All of it came, or some, or some that is damaged.
    Receive(Part),
    /// It may not come.
    Reject,
    /// No more of it comes.
    Close,
    /// Its money goes back.
    Refund,
}

/// How much of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Some of it.
    Some,
    /// One item, its goods back on the shelf where that means something.
    Item,
}

/// An order to place.
#[derive(Clone, Debug, PartialEq)]
pub struct Basket {
    /// Products and quantities; one product may come twice.
    pub lines: Vec<(usize, i64)>,
    /// How it is paid; `None`: not yet.
    pub token: Option<Token>,
    /// Whether the money is only secured.
    pub manual: bool,
    /// Whether a payment that fails cancels the order.
    pub or_cancel: bool,
    /// The customer's own name for it, which two may want.
    pub reference: Option<u32>,
    /// The step whose basket it takes over.
    pub reservation: Option<u32>,
    /// A discount, in minor units.
    pub discount: i64,
    /// Who.
    pub customer: u32,
}

/// The buyer's means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Works.
    Ok,
    /// The bank says no.
    Declined,
    /// The buyer must approve.
    Approval,
    /// Works, and money never goes back.
    NoRefund,
    /// Works, and the buyer disputes it.
    Dispute,
}

impl Token {
    /// The word the gateway knows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "tok_ok",
            Self::Declined => "tok_declined",
            Self::Approval => "tok_3ds",
            Self::NoRefund => "tok_refund_fails",
            Self::Dispute => "tok_dispute",
        }
    }
}

/// Products of the simulated shop: price in minor units, stock at the start, and whether it may be oversold;
/// `None`: its stock is not tracked.
pub(super) const PRODUCTS: [(i64, Option<i64>, bool); 5] = [
    (1000, Some(6), false),
    (1999, Some(3), false),
    (350, Some(12), false),
    (777, Some(2), true),
    (5000, None, false),
];

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let dice = Dice::of(seed);
        let mut steps = steps(&mut dice.fork(1));
        super::back::plan(&mut steps, &mut dice.fork(4));
        steps.sort_by_key(|step| step.at_ms);
        Self { seed, schedule: dice.fork(3).roll(), steps, mishaps: mishaps(&mut dice.fork(2)) }
    }
}

fn steps(dice: &mut Dice) -> Vec<Step> {
    let (mut steps, mut number, mut at_ms) = (Vec::new(), 0, 0);
    let mut push = |steps: &mut Vec<Step>, dice: &mut Dice, at_ms: u64, act: Act| {
        number += 1;
        let key = dice.chance(70).then_some(number);
        let (if_match, waits) = (dice.chance(10), dice.chance(8));
        steps.push(Step { number, at_ms, dice: dice.roll(), act, key, if_match, waits });
        number
    };
    for _ in 0..dice.between(5, 14) {
        // Half of them come at the same moment, so that they meet at the door.
        at_ms += if dice.chance(50) { 0 } else { dice.below(6000) };
        if dice.chance(25) {
            let act = shopkeeping(dice);
            push(&mut steps, dice, at_ms, act);
            continue;
        }
        let reservation = dice.chance(15).then(|| {
            let act = Act::Reserve { lines: lines(dice), ttl_ms: dice.between(1000, 90_000) };
            push(&mut steps, dice, at_ms, act)
        });
        if let Some(basket) = reservation.filter(|_| dice.chance(40)) {
            let act = if dice.chance(50) { Act::Extend { basket } } else { Act::Unreserve { basket } };
            let later = at_ms + dice.below(3000);
            push(&mut steps, dice, later, act);
        }
        let placed_ms = at_ms + if reservation.is_some() { dice.below(2000) } else { 0 };
        let act = Act::Place(basket(dice, reservation));
        let waits = matches!(&act, Act::Place(Basket { token: Some(Token::Approval), .. }));
        let order = push(&mut steps, dice, placed_ms, act);
        if waits && dice.chance(70) {
            let act = Act::Decide { order, approve: dice.chance(75) };
            let later_ms = placed_ms + 500 + dice.below(8000);
            push(&mut steps, dice, later_ms, act);
        }
        let mut later_ms = placed_ms;
        if dice.chance(25) {
            // The life that every shop hopes for.
            later_ms += 1000 + dice.below(4000);
            push(&mut steps, dice, later_ms, Act::Fulfill { order, how: Part::Whole, ship: true });
            let delivered_ms = later_ms + 500 + dice.below(4000);
            push(&mut steps, dice, delivered_ms, Act::Deliver { order });
        }
        for _ in 0..dice.below(5) {
            later_ms += if dice.chance(30) { 0 } else { dice.below(9000) };
            let act = follow_up(dice, order);
            push(&mut steps, dice, later_ms, act);
        }
    }
    repeat_some(&mut steps, dice);
    steps
}

/// Some requests are sent again under their key, some keys are used for something else.
fn repeat_some(steps: &mut Vec<Step>, dice: &mut Dice) {
    for index in 0..steps.len() {
        if steps[index].key.is_none() || !dice.chance(12) {
            continue;
        }
        let mut again = steps[index].clone();
        again.at_ms += if dice.chance(50) { 0 } else { dice.below(20_000) };
        again.number = u32::try_from(steps.len() + 1).unwrap_or(u32::MAX);
        if dice.chance(25)
            && let Act::Place(basket) = &mut again.act
        {
            basket.lines.push((0, 1));
        }
        steps.push(again);
    }
}

fn lines(dice: &mut Dice) -> Vec<(usize, i64)> {
    let mut lines: Vec<_> =
        (0..dice.between(1, 3)).map(|_| (dice.index(PRODUCTS.len()), dice.between(1, 3))).collect();
    if dice.chance(20) {
        lines.push((lines[0].0, 1));
    }
    lines
}

fn token(dice: &mut Dice) -> Token {
    *dice.pick(&[
        Token::Ok,
        Token::Ok,
        Token::Ok,
        Token::Ok,
        Token::Declined,
        Token::Approval,
        Token::Approval,
        Token::NoRefund,
        Token::Dispute,
    ])
}

fn basket(dice: &mut Dice, reservation: Option<u32>) -> Basket {
    Basket {
        lines: lines(dice),
        token: dice.chance(75).then(|| token(dice)),
        manual: dice.chance(35),
        or_cancel: dice.chance(15),
        reference: dice.chance(20).then(|| u32::try_from(dice.below(3)).unwrap_or(0)),
        reservation,
        discount: if dice.chance(20) { dice.between(1, 300) } else { 0 },
        customer: u32::try_from(dice.below(4)).unwrap_or(0),
    }
}

fn shopkeeping(dice: &mut Dice) -> Act {
    let product = dice.index(PRODUCTS.len() - 1);
    match dice.below(8) {
        0..=2 => Act::Adjust { product, delta: dice.between(-3, 6) },
        3 | 4 => Act::Count { product, on_hand: dice.between(0, 9) },
        5 => Act::Safety { product, units: dice.between(0, 2) },
        6 => Act::Reprice { product, price: dice.between(100, 3000) },
        _ => Act::Archive { product, back: dice.chance(60) },
    }
}

fn part(dice: &mut Dice) -> Part {
    *dice.pick(&[Part::Whole, Part::Whole, Part::Some, Part::Item])
}

fn follow_up(dice: &mut Dice, order: u32) -> Act {
    match dice.below(30) {
        0..=2 => Act::Pay { order, token: token(dice), manual: dice.chance(30) },
        3..=5 => Act::Capture { order, part: dice.chance(30) },
        6 => Act::Void { order },
        7..=9 => Act::Refund { order, how: part(dice) },
        10..=12 => Act::Cancel { order, how: part(dice) },
        13 => Act::Confirm { order },
        14..=17 => Act::Fulfill { order, how: part(dice), ship: dice.chance(60) },
        18 | 19 => Act::Ship { order },
        20 | 21 => Act::Deliver { order },
        22 => Act::Unpack { order },
        23 => Act::Hold { order },
        24 => Act::Unhold { order },
        25 => Act::Release { order },
        26 => Act::Complete { order },
        27 => {
            if dice.chance(50) {
                Act::Note { order }
            } else {
                Act::Tag { order }
            }
        }
        28 => Act::Sync { order },
        _ => Act::Decide { order, approve: dice.chance(70) },
    }
}

/// How many visits a place has in a typical run, measured: mishaps are spread over them.
const fn visits(place: Place) -> u64 {
    match place {
        Place::Step => 900,
        Place::Door => 45,
        Place::Read => 250,
        Place::Queue => 120,
        Place::Lease => 14,
        Place::Gateway => 8,
        Place::Question => 3,
        Place::Shipping => 4,
    }
}

fn mishaps(dice: &mut Dice) -> Vec<Mishap> {
    // A quiet day has none: what fails then is no fault of the weather.
    let count = if dice.chance(15) { 0 } else { dice.between(1, 12) };
    let mut mishaps: Vec<Mishap> = (0..count).map(|_| mishap(dice)).collect();
    mishaps.sort_by_key(|one| (one.kind.place(), one.nth));
    mishaps.dedup_by_key(|one| (one.kind.place(), one.nth));
    mishaps
}

fn mishap(dice: &mut Dice) -> Mishap {
    let kind = *dice.pick(&MishapKind::ALL);
    let amount_ms = match kind {
        MishapKind::ClockSet => *dice.pick(&[-3_600_000, -30_000, -500, 5_000, 60_000, 900_000, 3_600_000]),
        MishapKind::DoorSlow => dice.between(100, 90_000),
        MishapKind::WorkerLate => dice.between(61_000, 200_000),
        MishapKind::GatewayHung => dice.between(20_000, 150_000),
        MishapKind::GatewayLate | MishapKind::GatewayPending => dice.between(500, 70_000),
        MishapKind::Crash => dice.between(0, 5_000),
        _ => 0,
    };
    Mishap { kind, nth: 1 + dice.below(visits(kind.place())), amount_ms }
}
