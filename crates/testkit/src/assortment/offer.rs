//! An assortment put on sale: product by product through the door of a store, as the catalog itself saves them.

use anyhow::{Result, anyhow};
use futures::{StreamExt, TryStreamExt, stream};
use sutler_app::commit::{Change, ClaimKind, Commit, Expect, View, ViewChange};
use sutler_app::event::NewEvent;
use sutler_app::ports::Store;
use sutler_app::stream::StreamId;
use sutler_domain::catalog::{Product, ProductEvent, price_changes};

use super::Assortment;

/// Products on their way to the door: more than a store takes at once, fewer than may wait there.
const ON_THE_WAY_MAX: usize = 1_024;

/// Put all of an assortment on sale in a store that has none of it.
pub async fn offer(store: &dyn Store, goods: Assortment) -> Result<()> {
    let sent = stream::iter(goods.iter()).map(|product| store.commit(offered(&product)));
    sent.buffered(ON_THE_WAY_MAX)
        .try_for_each(|_| async { Ok(()) })
        .await
        .map_err(|refused| anyhow!("a product was refused: {refused}"))
}

/// A new product with the price records of its variants and the names that they take.
fn offered(product: &Product) -> Commit {
    let (stream, at) = (StreamId::from(&product.product_id), product.created_at);
    let created = ProductEvent::ProductCreated(Box::new(product.clone()));
    let mut commit = Commit { actor: "assortment".to_owned(), ..Commit::default() };
    commit = commit.change(Change {
        stream: stream.clone(),
        expect: Expect::New,
        events: vec![NewEvent::of(&created, at)],
        view: ViewChange::Put(Box::new(View::Product(product.clone()))),
        numbered: false,
    });
    for event in price_changes(None, Some(product)) {
        let record = event.record();
        commit = commit.change(Change {
            stream: StreamId::price(&record.variant_id),
            expect: Expect::New,
            events: vec![NewEvent::of(&event, at)],
            view: ViewChange::Put(Box::new(View::Price(record.clone()))),
            numbered: false,
        });
    }
    commit = commit.take(ClaimKind::ProductHandle, product.handle.as_str(), &stream);
    product.variants.iter().fold(commit, |commit, variant| {
        commit.take(ClaimKind::VariantSku, variant.sku.as_str(), &stream).take(
            ClaimKind::VariantId,
            variant.variant_id.as_str(),
            &stream,
        )
    })
}
