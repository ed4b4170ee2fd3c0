//! The sample shop: goods and orders of our own making, so that no list is empty on the first day. It goes in through
//! the same requests as everything else, with `metadata.sample = "true"` on every product and order.

mod door;
mod goods;
mod orders;

use std::fmt;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

pub(crate) use door::Door;
pub(crate) use orders::{order, refused};

use crate::console::{Failure, field, plural, text};

/// Requests under way at one time; their commits share the store's writes.
const AT_ONCE: usize = 24;

/// What went in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    products: usize,
    variants: usize,
    locations: usize,
    orders: usize,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { products, variants, locations, orders } = *self;
        write!(
            f,
            "{}, {}, {}, {}",
            plural(products, "product"),
            plural(variants, "variant"),
            plural(locations, "location"),
            plural(orders, "order")
        )
    }
}

/// Put the sample shop in. What is there from an earlier time stays as it is, and so does what is not of the sample.
pub(crate) async fn load(door: &Door) -> Result<Loaded, Failure> {
    let location = json!({"location_id": goods::SECOND_LOCATION, "name": "Shop in town"});
    door.create("/locations", &location).await?;
    let taken = taken(door).await?;
    let goods: Vec<goods::Good> =
        goods::all().into_iter().filter(|good| !taken.contains(&good.id.to_owned())).collect();
    let put = |good: goods::Good| async move {
        door.put(&format!("/products/{}", good.id), &good.body()).await?;
        for (sku, units) in good.second_shelf() {
            let shelf =
                json!({"sku": sku, "location": goods::SECOND_LOCATION, "set_to": units, "reason": "count"});
            door.post("/inventory/adjustments", &shelf).await?;
        }
        Ok::<usize, Failure>(good.variants().len())
    };
    let variants: Vec<usize> = stream::iter(goods).map(put).buffer_unordered(AT_ONCE).try_collect().await?;
    let placed: Vec<bool> = stream::iter(orders::stories())
        .map(|story| story.tell(door))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Loaded {
        products: variants.len(),
        variants: variants.iter().sum(),
        locations: 2,
        orders: placed.iter().filter(|new| **new).count(),
    })
}

/// Ids of the sample that somebody else's products have.
async fn taken(door: &Door) -> Result<Vec<String>, Failure> {
    let ids: Vec<&str> = goods::all().iter().map(|good| good.id).collect();
    let found = door.get(&format!("/products?ids={}", ids.join(","))).await?;
    let others = field(&found, "/data").as_array().into_iter().flatten();
    Ok(others.filter(|p| text(p, "/metadata/sample") != "true").map(|p| text(p, "/product_id")).collect())
}

/// What went out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    products: usize,
    canceled: usize,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} removed, {} canceled",
            plural(self.products, "product"),
            plural(self.canceled, "open order")
        )
    }
}

/// Take the sample's products out, and cancel its orders that nothing was shipped of. Orders stay in the log.
pub(crate) async fn remove(door: &Door) -> Result<Removed, Failure> {
    let open = all(door, "/orders?metadata[sample]=true&status=created,confirmed").await?;
    let cancel = |order: Value| async move {
        let path = format!("/orders/{}/cancel", text(&order, "/order_id"));
        door.post_if_possible(&path, &json!({"reason": "sample removed"})).await
    };
    let canceled: Vec<bool> = stream::iter(open).map(cancel).buffer_unordered(AT_ONCE).try_collect().await?;
    let products = all(door, "/products?metadata[sample]=true").await?;
    let delete = |product: Value| async move {
        door.delete(&format!("/products/{}", text(&product, "/product_id"))).await
    };
    let deleted: Vec<()> = stream::iter(products).map(delete).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(Removed { products: deleted.len(), canceled: canceled.iter().filter(|done| **done).count() })
}

/// Every row of a list.
async fn all(door: &Door, path: &str) -> Result<Vec<Value>, Failure> {
    let mut rows = Vec::new();
    let mut after = String::new();
    loop {
        let page = door.get(&format!("{path}&limit=200{after}")).await?;
        rows.extend(field(&page, "/data").as_array().cloned().unwrap_or_default());
        let more = field(&page, "/page/has_more").as_bool().unwrap_or(false);
        match field(&page, "/page/next").as_str() {
            Some(next) if more => after = format!("&after={next}"),
            _ => return Ok(rows),
        }
    }
}
