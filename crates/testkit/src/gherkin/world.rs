//! What a scenario knows: its shop, who buys, and what was answered so far.

use std::sync::Arc;

use cucumber::World;
use sutler_app::job::JobState;
use sutler_app::ports::EventFilter;
use sutler_app::public::public;
use sutler_domain::Position;
use sutler_testkit::schema;
use tokio::task::JoinHandle;

use super::door::{Act, Answer, Door, Heard, Item, Manners, Order, OrderWish, Product, Refused, Wanted};
use super::shop::{Kept, Shop, Way};

/// The state of one scenario.
#[derive(Default, World)]
pub(crate) struct Scene {
    shop: Option<Shop>,
    /// Who buys.
    pub(crate) customer_id: String,
    /// The order that is spoken of.
    order_id: Option<String>,
    /// The reservation that is spoken of.
    pub(crate) reservation_id: Option<String>,
    /// What was answered to those who ordered, in the order of asking.
    pub(crate) answers: Vec<Heard<Order>>,
    /// A refusal that nobody has looked at yet.
    refused: Option<Refused>,
    /// The refusal that was looked at last.
    pub(crate) last_refusal: Refused,
    /// What came of several requests at once.
    pub(crate) at_once: Vec<Answer<Order>>,
    /// A request that is under way.
    pub(crate) under_way: Option<JoinHandle<Answer<Order>>>,
    /// A literal answer: status and body.
    pub(crate) literal: Option<(u16, serde_json::Value)>,
    /// The first variant of each product that was put.
    pub(crate) variants: std::collections::BTreeMap<String, String>,
    /// The products that were read at once, and the ids that were missing.
    pub(crate) shown: (Vec<Product>, Vec<String>),
    /// The quote that was given: the sum, and what is short by product.
    pub(crate) quoted: (i64, Vec<(String, bool)>),
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene")
            .field("order_id", &self.order_id)
            .field("refused", &self.refused)
            .field("last_refusal", &self.last_refusal)
            .field("literal", &self.literal)
            .finish_non_exhaustive()
    }
}

impl Scene {
    /// Open the shop.
    pub(crate) async fn open(&mut self, way: Way, kept: Kept) {
        self.customer_id = "C1".to_owned();
        self.shop = Some(Shop::open(way, kept).await);
    }

    /// What must hold at the end of every scenario, whatever it was about.
    pub(crate) async fn close(&mut self) {
        if let Some(refused) = &self.refused {
            panic!("nobody expected to be refused: {refused:?}");
        }
        let Some(shop) = &self.shop else { return };
        if let Some(due) = shop.left_due().await {
            panic!("a job has been due since {due} and was left; end with 'the background work is done'");
        }
        let mut counts = shop.app.ports.jobs.counts().await.unwrap();
        counts.retain(|count| count.state == JobState::Dead);
        assert_eq!(counts, [], "jobs were given up");
        self.judge_events(shop).await;
    }

    /// Every event that came of the scenario is as its schema says, to the last field.
    async fn judge_events(&self, shop: &Shop) {
        let feed = &shop.app.ports.feed;
        let events = feed.after(Position(0), &EventFilter::default(), 10_000).await.unwrap();
        for event in events.iter().filter_map(|event| public(event, &shop.app.settings.public_url)) {
            let faults = schema::faults(&event);
            assert!(faults.is_empty(), "{} is not as its schema says: {faults:?}\n{event:#?}", event.kind);
        }
    }

    /// The shop.
    pub(crate) fn shop(&self) -> &Shop {
        self.shop.as_ref().unwrap()
    }

    /// The way in.
    pub(crate) fn door(&self) -> &Arc<dyn Door> {
        &self.shop().door
    }

    /// Something is asked: a refusal that came before must have been expected.
    pub(crate) fn ask(&mut self) -> &Shop {
        if let Some(refused) = &self.refused {
            panic!("nobody expected to be refused: {refused:?}");
        }
        self.shop()
    }

    /// Remember a refusal; the answer, if there was none.
    pub(crate) fn hear<T>(&mut self, answer: Answer<T>) -> Option<T> {
        match answer {
            Ok(heard) => Some(heard.value),
            Err(refused) => {
                self.refused = Some(refused);
                None
            }
        }
    }

    /// Remember what was answered to an order that was placed.
    pub(crate) fn hear_of_order(&mut self, answer: Answer<Order>) {
        let heard = answer.as_ref().ok().cloned();
        if let Some(order) = self.hear(answer) {
            self.order_id = Some(order.order_id);
            self.answers.extend(heard);
        }
    }

    /// The refusal that was expected.
    pub(crate) fn refusal(&mut self) -> &Refused {
        self.last_refusal = self.refused.take().expect("nothing was refused");
        &self.last_refusal
    }

    /// The id of the order that is spoken of.
    pub(crate) fn order_id(&self) -> &str {
        self.order_id.as_deref().expect("no order was placed yet")
    }

    /// The order that is spoken of, as it stands.
    pub(crate) async fn order(&self) -> Order {
        self.read(self.order_id()).await
    }

    /// An order by name, as it stands.
    pub(crate) async fn read(&self, name: &str) -> Order {
        self.door().order(name).await.unwrap().value
    }

    /// An item of the order that is spoken of.
    pub(crate) async fn item(&self, product_id: &str) -> Item {
        let order = self.order().await;
        order.items.into_iter().find(|item| item.product_id == product_id).expect("no such item")
    }

    /// The basket in the item ids of the order that is spoken of.
    pub(crate) async fn items(&self, basket: &[Wanted]) -> Vec<(String, i64)> {
        let mut items = Vec::new();
        for wanted in basket {
            items.push((self.item(&wanted.product).await.item_id, wanted.quantity));
        }
        items
    }

    /// The id of the last payment of the order that is spoken of.
    pub(crate) async fn payment_id(&self) -> String {
        self.order().await.payments.last().expect("no payment was started").payment_id.clone()
    }

    /// Do something with the order that is spoken of.
    pub(crate) async fn act(&mut self, act: Act) {
        self.act_with(act, Manners::default()).await;
    }

    /// The same, with manners.
    pub(crate) async fn act_with(&mut self, act: Act, manners: Manners) {
        self.ask();
        let answer = self.door().act(self.order_id(), &act, &manners).await;
        self.hear(answer);
    }

    /// Place an order; the workers work beside it when its answer waits for them.
    pub(crate) async fn place(&mut self, wish: OrderWish) {
        self.ask();
        let door = Arc::clone(self.door());
        let waits = wish.manners.wait_s > 0 || wish.payment.as_ref().is_some_and(|p| p.or_not_at_all);
        let answer = if waits {
            self.shop().ask_beside_work(door.place(&wish)).await
        } else {
            door.place(&wish).await
        };
        self.hear_of_order(answer);
    }

    /// The variant of a product.
    pub(crate) async fn variant_id(&self, product_id: &str) -> String {
        self.door().product(product_id).await.unwrap().value.variant_id
    }
}
