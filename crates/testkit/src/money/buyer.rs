//! What one buyer and the shop's clerks do with one order.

use rand::Rng;
use rand::rngs::StdRng;
use sutler_app::orders::{Amount, Named, RefundInput};
use sutler_app::ports::Clock;
use sutler_app::ports::reads::OrderName;
use sutler_app::{Kind, Problem};
use sutler_domain::OrderId;
use sutler_domain::payments::{CaptureMode, Payment, PaymentStatus};

use super::shop::{Shop, caller};

/// Means of payment, each with how often it is chosen.
const TOKENS: [(&str, u32); 6] = [
    ("pm_card_visa", 12),
    ("pm_card_multicapture", 4),
    ("pm_card_threeDSecure2Required", 3),
    ("pm_card_chargeDeclined", 2),
    ("pm_card_pendingRefund", 1),
    ("cus_1/pm_card_saved", 2),
];

/// One buyer.
pub(super) struct Buyer {
    token: &'static str,
    quantity: i64,
    capture: CaptureMode,
    order: Option<OrderId>,
}

impl Buyer {
    pub(super) fn of(dice: &mut StdRng) -> Self {
        let all: u32 = TOKENS.iter().map(|(_, weight)| weight).sum();
        let mut drawn = dice.random_range(0..all);
        let token = TOKENS.iter().find(|(_, weight)| {
            let is_it = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            is_it
        });
        let capture = if dice.random_range(0..2) == 0 { CaptureMode::Automatic } else { CaptureMode::Manual };
        let token = token.map_or("pm_card_visa", |(token, _)| token);
        Self { token, quantity: dice.random_range(1..5), capture, order: None }
    }

    pub(super) async fn places(&mut self, shop: &Shop) -> Result<(), Problem> {
        let placed = shop.place(self.quantity, self.token, self.capture).await?;
        self.order = Some(placed.order.order_id.clone());
        Ok(())
    }

    /// The next thing that may be done with the order, if anything may.
    pub(super) async fn goes_on(&mut self, shop: &Shop, dice: &mut StdRng) -> Result<(), Problem> {
        let Some(id) = &self.order else { return Ok(()) };
        let view = shop.order(id).await?;
        let (payments, name) = (&shop.app.payments, OrderName::Id(id.clone()));
        let Some(payment) = view.order.payments.last() else { return Ok(()) };
        let chance = dice.random_range(0..100);
        let done = match payment.status {
            PaymentStatus::RequiresAction => {
                if chance < 10 {
                    shop.app.orders.cancel(&caller(), &name, canceled()).await.map(drop)
                } else {
                    decides(shop, payment, chance < 80);
                    Ok(())
                }
            }
            PaymentStatus::Authorized | PaymentStatus::Captured if payment.capturable() > 0 => {
                let part = payment.capturable() / 2;
                let amount = (chance < 50 && part > 0).then_some(Amount { amount: part, currency: None });
                match chance {
                    90.. => payments.void(&caller(), &payment.payment_id).await.map(drop),
                    _ => payments.capture(&caller(), &payment.payment_id, amount).await.map(drop),
                }
            }
            PaymentStatus::Captured if payment.refundable() > 0 && chance < 66 => {
                let part = dice.random_range(1..=payment.refundable());
                if chance >= 60 {
                    refunds_at_desk(shop, payment, part);
                    return Ok(());
                }
                payments.refund(&caller(), refund(name, part)).await.map(drop)
            }
            PaymentStatus::Captured if chance > 95 => {
                shop.app.orders.cancel(&caller(), &name, canceled()).await.map(drop)
            }
            _ => Ok(()),
        };
        // What may not be done just now is left.
        done.or_else(|problem| if problem.kind == Kind::Internal { Err(problem) } else { Ok(()) })
    }
}

/// Somebody at Stripe's own desk gives money back, if as much is left there.
fn refunds_at_desk(shop: &Shop, payment: &Payment, amount: i64) {
    let Some(intent) = shop.stripe.intent_of(payment.payment_id.as_str()) else { return };
    if amount <= intent.received - intent.refunded {
        let now_s = shop.clock.now().as_second();
        // Stripe says why not, and its desk leaves it at that.
        _ = shop.stripe.books(|books| books.refund_at_desk(&intent.id, amount, now_s));
    }
}

/// The buyer's word at the bank.
fn decides(shop: &Shop, payment: &Payment, approves: bool) {
    if let Some(intent) = shop.stripe.intent_of(payment.payment_id.as_str()) {
        shop.stripe.buyer_decides(&intent.id, approves);
    }
}

fn canceled() -> sutler_app::orders::CancelInput {
    sutler_app::orders::CancelInput { items: Vec::new(), reason: None, refund: true }
}

fn refund(order: OrderName, amount: i64) -> RefundInput {
    RefundInput {
        order: Named(order),
        payment_id: None,
        amount: Some(Amount { amount, currency: None }),
        items: Vec::new(),
        return_id: None,
        restock: false,
        reason: None,
        note: None,
    }
}
