//! The shop of the money lane, where nobody dies unless a test says so.

use std::time::Duration;

use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sutler_app::orders::OrderView;
use sutler_domain::orders::{Order, payment_status};
use sutler_domain::payments::CaptureMode;
use sutler_testkit::money::{Options, Shop};

pub(crate) struct Quiet {
    pub(crate) shop: Shop,
    dice: StdRng,
}

impl Quiet {
    pub(crate) async fn open() -> Self {
        Self::open_waiting(Duration::from_millis(500)).await
    }

    /// One that waits so long for Stripe.
    pub(crate) async fn open_waiting(timeout: Duration) -> Self {
        let shop = Shop::open(&Options { timeout, ..Options::default() }).await.unwrap();
        shop.lives();
        Self { shop, dice: StdRng::seed_from_u64(0) }
    }

    /// Work off everything that is due within so many seconds.
    pub(crate) async fn works(&mut self, seconds: i64) {
        self.shop.works(&mut self.dice, SignedDuration::from_secs(seconds)).await.unwrap();
    }

    /// Place an order over so many mugs of EUR 10.00, and work off what is due at once.
    pub(crate) async fn placed(&mut self, quantity: i64, token: &str, capture: CaptureMode) -> OrderView {
        let placed = self.shop.place(quantity, token, capture).await.unwrap();
        self.works(0).await;
        self.now(&placed).await
    }

    pub(crate) async fn now(&self, view: &OrderView) -> OrderView {
        self.shop.order(&view.order.order_id).await.unwrap()
    }

    /// The intent of the order's first payment.
    pub(crate) fn intent(&self, view: &OrderView) -> sutler_testkit::servers::stripe::Intent {
        self.shop.stripe.intent_of(view.order.payments[0].payment_id.as_str()).expect("an intent")
    }
}

/// Status, payment status, taken and given back.
pub(crate) fn state(order: &Order) -> (&'static str, &'static str, i64, i64) {
    (order.status.as_str(), payment_status(order).as_str(), order.captured(), order.refunded())
}
