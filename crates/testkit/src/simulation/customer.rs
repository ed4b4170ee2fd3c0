//! Whoever asks: sends a request, and sends it again under its key until somebody answers.

use std::rc::Rc;

use sutler_app::inventory::{AdjustInput, ReserveInput};
use sutler_app::orders::{
    Amount, CancelInput, CustomerInput, DiscountInput, FulfillInput, ItemInput, OrderRequest, OrderView,
    PaymentInput, UpdateInput,
};
use sutler_app::ports::reads::{OrderName, ProductName};
use sutler_app::{App, Caller, Kind};
use sutler_domain::orders::{FulfillmentState, Order};
use sutler_domain::payments::{CaptureMode, OnFailure, Payment};
use sutler_domain::{ItemId, Metadata, ProductId};

use super::dice::Dice;
use super::evidence::{Asked, Told};
use super::plan::{Act, Basket, Part, Step, Token};
use super::request::{Made, Request};
use super::world::World;

/// How often a request is sent before its customer gives up.
const SENDS_MAX: u32 = 6;

/// A request that was made, to be repeated when the day is over.
pub(super) struct Kept {
    pub(super) asked: usize,
    pub(super) request: Request,
    pub(super) caller: Caller,
}

impl World {
    /// One step of the plan.
    pub(super) async fn perform(self: Rc<Self>, step: Step) {
        self.rest(step.at_ms).await;
        let Some((request, seen)) = self.prepared(&step).await else { return };
        let mut caller = Caller { request_id: format!("step-{}", step.number), ..Caller::system("customer") };
        let takes_key = !matches!(step.act, Act::Decide { .. } | Act::Sync { .. });
        caller.idempotency_key = step.key.filter(|_| takes_key).map(|key| format!("key-{key}"));
        caller.if_match = seen.filter(|_| step.if_match).map(|view| view.version);
        caller.wait_s = if step.waits { 5 } else { 0 };
        let asked = self.begin(&step, &request, &caller);
        self.kept.borrow_mut().push(Kept { asked, request: request.clone(), caller: caller.clone() });
        for send in 1..=SENDS_MAX {
            let Some(told) = self.send(asked, &request, &caller).await else { return };
            let again = matches!(told, Told::Unknown(_)) && caller.idempotency_key.is_some();
            if !again || send == SENDS_MAX {
                return;
            }
            self.rest(200 * u64::from(send) * u64::from(send)).await;
        }
    }

    fn begin(&self, step: &Step, request: &Request, caller: &Caller) -> usize {
        let items = match &step.act {
            Act::Place(basket) => Some(basket.lines.iter().map(|(p, n)| (product(*p), *n)).collect()),
            _ => None,
        };
        let mut asked = self.asked.borrow_mut();
        asked.push(Asked {
            step: step.number,
            words: super::words::of(step),
            key: caller.idempotency_key.clone(),
            // The version asked for is no part of the request: a repeat may name another.
            request: format!("{request:?}"),
            items,
            waits: step.waits || matches!(&step.act, Act::Place(basket) if basket.or_cancel),
            ..Asked::default()
        });
        asked.len() - 1
    }

    /// Send once, and write down what came back. `None` when there was nobody to send it to.
    pub(super) async fn send(&self, asked: usize, request: &Request, caller: &Caller) -> Option<Told> {
        let step = self.asked.borrow()[asked].step;
        let sent = match self.node() {
            None => Some(Err("nobody listens".to_owned())),
            Some(node) => {
                self.asked.borrow_mut()[asked].sent += 1;
                self.tell(|| format!("-> step {step}: {}", self.asked.borrow()[asked].words));
                let answer = node.within(request.send(&node.app, caller)).await;
                answer.map(|answer| {
                    answer.map_err(|problem| {
                        let unknown = matches!(problem.kind, Kind::Busy);
                        if unknown { problem.code.to_owned() } else { format!("={}", problem.code) }
                    })
                })
            }
        };
        let told = match sent {
            None => Told::Unknown("the connection died".to_owned()),
            Some(Err(code)) => match code.strip_prefix('=') {
                Some(code) => Told::Refused(code.to_owned()),
                None => Told::Unknown(code),
            },
            Some(Ok((told, made))) => {
                self.remember(step, made);
                told
            }
        };
        self.tell(|| format!("<- step {step}: {}", in_words(&told)));
        self.trace.note_bytes(format!("{told:?}").as_bytes());
        self.asked.borrow_mut()[asked].answers.push(told.clone());
        Some(told)
    }

    fn remember(&self, step: u32, made: Made) {
        match made {
            Made::Order(id) => drop(self.orders.borrow_mut().entry(step).or_insert(id)),
            Made::Basket(id) => drop(self.baskets.borrow_mut().entry(step).or_insert(id)),
            Made::Nothing => {}
        }
    }

    /// The request of a step, and the order as its customer saw it. `None` when what it is about does not exist.
    async fn prepared(&self, step: &Step) -> Option<(Request, Option<OrderView>)> {
        let mut dice = Dice::of(step.dice);
        if let Some(request) = self.about_shop(&step.act) {
            return Some((request?, None));
        }
        let order = about_order(&step.act)?;
        let view = self.view(order).await?;
        Some((of_order(&step.act, &view.order, &mut dice)?, Some(view)))
    }

    /// The order of a step as it stands, once its placing was answered.
    async fn view(&self, step: u32) -> Option<OrderView> {
        for patience in 1..=6u64 {
            let id = self.orders.borrow().get(&step).cloned();
            if let (Some(id), Some(node)) = (id, self.node()) {
                let (name, caller) = (OrderName::Id(id), Caller::system("customer"));
                if let Some(Ok(view)) = node.within(node.app.orders.get(&caller, &name)).await {
                    return Some(view);
                }
            }
            self.rest(100 * patience).await;
        }
        None
    }

    /// What needs no order to be seen first; `Some(None)` when what it needs does not exist.
    #[expect(clippy::option_option, reason = "nothing to ask and nobody to ask about are two things")]
    fn about_shop(&self, act: &Act) -> Option<Option<Request>> {
        let basket = |step: &u32| self.baskets.borrow().get(step).cloned();
        let adjust = |product: &usize, input: AdjustInput| {
            Request::Adjust(AdjustInput { sku: Some(format!("P{product}")), ..input })
        };
        Some(match act {
            Act::Place(wanted) => {
                let mut request = order_request(wanted);
                request.reservation_id = wanted.reservation.and_then(|step| basket(&step));
                Some(Request::Place(Box::new(request)))
            }
            Act::Reserve { lines, ttl_ms } => {
                let items = lines.iter().map(item).collect();
                Some(Request::Reserve(ReserveInput {
                    items,
                    ttl_ms: Some(*ttl_ms),
                    ..ReserveInput::default()
                }))
            }
            Act::Extend { basket: step } => basket(step).map(Request::Extend),
            Act::Unreserve { basket: step } => basket(step).map(Request::Unreserve),
            Act::Adjust { product, delta } => {
                Some(adjust(product, AdjustInput { delta: Some(*delta), ..AdjustInput::default() }))
            }
            Act::Count { product, on_hand } => {
                Some(adjust(product, AdjustInput { set_to: Some(*on_hand), ..AdjustInput::default() }))
            }
            Act::Safety { product, units } => {
                Some(adjust(product, AdjustInput { safety_stock: Some(*units), ..AdjustInput::default() }))
            }
            Act::Reprice { product: number, price } => Some(Request::Reprice(named(*number), *price)),
            Act::Archive { product: number, back } => Some(Request::Archive(named(*number), *back)),
            _ => return None,
        })
    }
}

/// The product of a number.
pub(super) fn product(number: usize) -> String {
    format!("P{number}")
}

fn named(number: usize) -> ProductName {
    ProductName::Id(ProductId::trusted(product(number).into()))
}

fn in_words(told: &Told) -> String {
    match told {
        Told::Done { id, version, replayed: false, .. } => format!("done: {id} at version {version}"),
        Told::Done { id, version, replayed: true, .. } => format!("as before: {id} at version {version}"),
        Told::Refused(code) => format!("refused: {code}"),
        Told::Unknown(why) => format!("no answer: {why}"),
    }
}

fn item((number, quantity): &(usize, i64)) -> ItemInput {
    ItemInput {
        product_id: Some(ProductId::trusted(product(*number).into())),
        variant_id: None,
        sku: None,
        quantity: *quantity,
        expected_unit_price: None,
        tax: None,
        metadata: Metadata::new(),
    }
}

fn payment(token: Token, manual: bool, or_cancel: bool) -> PaymentInput {
    PaymentInput {
        token: Some(token.as_str().to_owned()),
        capture: if manual { CaptureMode::Manual } else { CaptureMode::Automatic },
        on_failure: if or_cancel { OnFailure::Cancel } else { OnFailure::Keep },
        ..PaymentInput::default()
    }
}

fn order_request(basket: &Basket) -> OrderRequest {
    let discount = || DiscountInput {
        code: None,
        title: "Welcome".to_owned(),
        amount: Amount { amount: basket.discount, currency: None },
        item: None,
    };
    OrderRequest {
        items: basket.lines.iter().map(item).collect(),
        customer: Some(CustomerInput {
            email: Some(format!("buyer{}@example.com", basket.customer)),
            ..CustomerInput::default()
        }),
        payment: basket.token.map(|token| payment(token, basket.manual, basket.or_cancel)),
        reference: basket.reference.map(|number| format!("ref-{number}")),
        discounts: (basket.discount > 0).then(discount).into_iter().collect(),
        ..OrderRequest::default()
    }
}

fn about_order(act: &Act) -> Option<u32> {
    Some(match act {
        Act::Pay { order, .. }
        | Act::Capture { order, .. }
        | Act::Void { order }
        | Act::Refund { order, .. }
        | Act::Cancel { order, .. }
        | Act::Confirm { order }
        | Act::Fulfill { order, .. }
        | Act::Ship { order }
        | Act::Deliver { order }
        | Act::Unpack { order }
        | Act::Hold { order }
        | Act::Unhold { order }
        | Act::Release { order }
        | Act::Complete { order }
        | Act::Back { order, .. }
        | Act::Note { order }
        | Act::Tag { order }
        | Act::Decide { order, .. }
        | Act::Sync { order } => *order,
        _ => return None,
    })
}

fn of_order(act: &Act, order: &Order, dice: &mut Dice) -> Option<Request> {
    let name = OrderName::Id(order.order_id.clone());
    let paid = || order.payments.last().map(|p: &Payment| p.payment_id.clone());
    let parcel =
        |state| order.fulfillments.iter().find(|f| f.status == state).map(|f| f.fulfillment_id.clone());
    Some(match act {
        Act::Pay { token, manual, .. } => Request::Pay(name, payment(*token, *manual, false)),
        Act::Capture { part, .. } => {
            let payment = order.payments.iter().find(|p| p.capturable() > 0).or(order.payments.last())?;
            let some = Amount { amount: (payment.capturable() / 2).max(1), currency: None };
            Request::Capture(payment.payment_id.clone(), part.then_some(some))
        }
        Act::Void { .. } => Request::Void(paid()?),
        Act::Sync { .. } => Request::Sync(paid()?),
        Act::Decide { approve, .. } => Request::Decide(paid()?, *approve),
        Act::Refund { how: Part::Whole, .. } => Request::refund(&name, None, Vec::new()),
        Act::Refund { how: Part::Some, .. } => Request::refund(&name, Some(dice.between(1, 500)), Vec::new()),
        Act::Refund { how: Part::Item, .. } => Request::refund(&name, None, some_item(order, dice)),
        Act::Cancel { how, .. } => {
            let items = if *how == Part::Whole { Vec::new() } else { some_item(order, dice) };
            Request::Cancel(name, CancelInput { reason: None, refund: true, items })
        }
        Act::Confirm { .. } => Request::Confirm(name),
        Act::Fulfill { how, ship, .. } => {
            let items = if *how == Part::Whole { Vec::new() } else { some_item(order, dice) };
            Request::Fulfill(name, FulfillInput { items, ship: *ship, ..FulfillInput::default() })
        }
        Act::Ship { .. } => Request::Ship(parcel(FulfillmentState::Pending)?),
        Act::Deliver { .. } => Request::Deliver(parcel(FulfillmentState::Shipped)?),
        Act::Unpack { .. } => Request::Unpack(parcel(FulfillmentState::Pending)?),
        Act::Hold { .. } => Request::Hold(name),
        Act::Unhold { .. } => Request::Unhold(name),
        Act::Release { .. } => Request::Release(name),
        Act::Complete { .. } => Request::Complete(name),
        Act::Back { how, .. } => return super::back::request(*how, order, dice),
        Act::Note { .. } => Request::Note(name, "call back".to_owned()),
        Act::Tag { .. } => {
            let tags = Some(vec![format!("tag{}", dice.below(3))]);
            Request::Tag(name, UpdateInput { tags, ..UpdateInput::default() })
        }
        _ => return None,
    })
}

/// One item, some or all of its units.
fn some_item(order: &Order, dice: &mut Dice) -> Vec<(ItemId, i64)> {
    let item = dice.pick(&order.items);
    vec![(item.item_id.clone(), dice.between(1, item.ordered))]
}

/// Products with their stock, before the day begins.
pub(super) async fn open_shop(app: &App) {
    use sutler_app::catalog::{ProductInput, VariantInput};
    use sutler_domain::catalog::Oversell;
    app.inventory.ensure_default_location().await.expect("a location");
    for (number, (price, stock, oversell)) in super::plan::PRODUCTS.iter().enumerate() {
        let variant = VariantInput {
            variant_id: Some(sutler_domain::VariantId::trusted(format!("V{number}").into())),
            sku: product(number),
            price: Some(Amount { amount: *price, currency: None }),
            stock: *stock,
            track_inventory: Some(stock.is_some()),
            oversell: Some(if *oversell { Oversell::Allow } else { Oversell::Deny }),
            ..VariantInput::default()
        };
        let input =
            ProductInput { title: product(number), variant: Some(variant), ..ProductInput::default() };
        let id = ProductId::trusted(product(number).into());
        app.catalog.put(&Caller::system("owner"), &id, &input).await.expect("a product");
    }
}
