//! The door inside: the use cases themselves.

mod request;
mod shown;

use async_trait::async_trait;
use serde_json::Value;
use sutler_app::catalog::{ProductInput, VariantInput, product_name};
use sutler_app::inventory::{AdjustInput, ReserveInput};
use sutler_app::orders::{self, Amount, OrderRequest};
use sutler_app::patch::Patch;
use sutler_app::ports::reads::{OrderQuery, ProductName};
use sutler_app::public::EventQuery;
use sutler_app::{App, Caller};
use sutler_domain::catalog::Oversell;
use sutler_domain::{LocationId, PaymentId, ProductId, ReservationId, VariantId, Version};

use request::{acted, item_input, named, request};
use shown::{heard, level, order, product, read, reservation};

use super::door::{
    Act, Answer, AsOf, Door, Level, Manners, Order, OrderWish, Product, ProductWish, Quote, Refused,
    Reservation, ReservationAct, StockWish, Wanted,
};

/// The use cases, called as any other door calls them.
pub(crate) struct Within(pub(crate) App);

fn caller(manners: &Manners) -> Caller {
    Caller {
        idempotency_key: manners.key.clone(),
        if_match: manners.if_match.map(Version),
        wait_s: manners.wait_s,
        ..Caller::system("gherkin")
    }
}

fn anyone() -> Caller {
    caller(&Manners::default())
}

#[async_trait]
impl Door for Within {
    async fn put_product(&self, wish: &ProductWish) -> Answer<Product> {
        let variant = VariantInput {
            sku: wish.sku.clone().unwrap_or_default(),
            price: Some(Amount { amount: wish.price_minor, currency: None }),
            track_inventory: wish.untracked.then_some(false),
            oversell: wish.oversell.then_some(Oversell::Allow),
            stock: wish.stock,
            ..VariantInput::default()
        };
        let input = ProductInput {
            title: wish.product_id.clone(),
            handle: wish.handle.clone(),
            variant: Some(variant),
            ..ProductInput::default()
        };
        let put = self.0.catalog.put(&anyone(), &ProductId::parse(&wish.product_id).unwrap(), &input).await;
        heard(put, |saved| product(&saved.view))
    }

    async fn product(&self, name: &str) -> Answer<Product> {
        let found = async { self.0.catalog.get(&anyone(), &product_name(name)?).await };
        read(found.await, product)
    }

    async fn products(&self, ids: &[String]) -> Answer<(Vec<Product>, Vec<String>)> {
        read(self.0.catalog.many(&anyone(), ids).await, |(known, missing)| {
            (known.iter().map(product).collect(), missing.clone())
        })
    }

    async fn set_for_sale(&self, product_id: &str, for_sale: bool) -> Answer<Product> {
        let name = ProductName::Id(ProductId::parse(product_id).unwrap());
        let saved = if for_sale {
            self.0.catalog.publish(&anyone(), &name).await
        } else {
            self.0.catalog.archive(&anyone(), &name).await
        };
        heard(saved, |saved| product(&saved.view))
    }

    async fn level(&self, variant_id: &str) -> Answer<Level> {
        let variant = ProductName::Variant(VariantId::parse(variant_id).unwrap());
        let main = LocationId::parse("main").unwrap();
        read(self.0.inventory.level(&anyone(), &variant, &main).await, level)
    }

    async fn adjust(&self, wish: &StockWish) -> Answer<Level> {
        let input = AdjustInput {
            variant_id: VariantId::parse(&wish.variant_id).ok(),
            set_to: wish.set_to,
            expected_on_hand: wish.expected_on_hand,
            safety_stock: wish.safety_stock,
            reorder_point: wish.reorder_point.map_or(Patch::Keep, Patch::Set),
            ..AdjustInput::default()
        };
        heard(self.0.inventory.adjust(&anyone(), &input).await, level)
    }

    async fn reserve(&self, items: &[Wanted], minutes: i64) -> Answer<Reservation> {
        let items = items.iter().map(|wanted| item_input(wanted, None)).collect();
        let input = ReserveInput { items, ttl_ms: Some(minutes * 60_000), ..ReserveInput::default() };
        heard(self.0.inventory.reserve(&anyone(), &input).await, reservation)
    }

    async fn reservation(&self, id: &str, then: &ReservationAct) -> Answer<Reservation> {
        let (inventory, id) = (&self.0.inventory, ReservationId::parse(id).unwrap());
        match then {
            ReservationAct::Look => read(inventory.reservation(&anyone(), &id).await, reservation),
            ReservationAct::Release => heard(inventory.release(&anyone(), &id).await, reservation),
            ReservationAct::Extend { minutes } => {
                heard(inventory.extend(&anyone(), &id, Some(minutes * 60_000)).await, reservation)
            }
        }
    }

    async fn place(&self, wish: &OrderWish) -> Answer<Order> {
        let placed = self.0.orders.place(&caller(&wish.manners), request(wish)).await;
        match placed {
            Ok(answered) if answered.value.is_declined() => Err(Refused {
                code: "payment_declined".to_owned(),
                order_id: Some(answered.value.order.order_id.to_string()),
                ..Refused::default()
            }),
            placed => heard(placed, order),
        }
    }

    async fn quote(&self, items: &[Wanted]) -> Answer<Quote> {
        let items = items.iter().map(|wanted| item_input(wanted, None)).collect();
        let quote = self.0.orders.quote(&anyone(), OrderRequest { items, ..OrderRequest::default() }).await;
        read(quote, |quote| Quote {
            total_minor: quote.totals.total,
            short: quote.availability.iter().map(|item| item.short).collect(),
        })
    }

    async fn act(&self, order_id: &str, act: &Act, manners: &Manners) -> Answer<Order> {
        heard(acted(&self.0, &caller(manners), named(order_id), act).await, order)
    }

    async fn order(&self, name: &str) -> Answer<Order> {
        read(self.0.orders.get(&anyone(), &named(name)).await, order)
    }

    async fn order_at(&self, order_id: &str, at: &AsOf) -> Answer<Order> {
        let at = match at {
            AsOf::Version(version) => orders::AsOf::Version(Version(*version)),
            AsOf::Time(time) => orders::AsOf::Time(*time),
        };
        read(self.0.orders.get_at(&anyone(), &named(order_id), at).await, order)
    }

    async fn orders(&self) -> Answer<Vec<Order>> {
        let page = self.0.orders.list(&anyone(), &OrderQuery::default()).await;
        read(page, |page| page.rows.iter().map(order).collect())
    }

    async fn explain(&self, order_id: &str) -> Answer<Vec<(String, bool, String)>> {
        read(self.0.orders.explain(&anyone(), &named(order_id)).await, |(_, checks)| {
            checks.iter().map(|check| (check.check.to_owned(), check.pass, check.detail.clone())).collect()
        })
    }

    async fn events(&self, subject: Option<&str>) -> Answer<Vec<String>> {
        let query =
            EventQuery { types: Vec::new(), subject: subject.map(str::to_owned), after: None, limit: 200 };
        read(self.0.events.list(&anyone(), &query).await, |page| {
            page.events.iter().map(|event| event.kind.clone()).collect()
        })
    }

    async fn buyer_decides(&self, payment_id: &str, approves: bool) -> Answer<()> {
        let id = PaymentId::parse(payment_id).unwrap();
        read(self.0.payments.buyer_decided("fake", &id, approves).await, |_| ())
    }

    async fn literal(&self, _method: &str, _path: &str, _body: &str) -> Option<(u16, Value)> {
        None
    }
}
