//! Products: the list, and each one with its variants.

mod bulk;
mod change;
mod page;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::routing::{get, post};
use sutler_app::Problem;
use sutler_app::catalog::{ProductView, product_name};
use sutler_app::ports::reads::{ProductName, ProductQuery, StockLevel};
use sutler_domain::catalog::{Product, ProductStatus};
use sutler_domain::{ProductId, VariantId};

use super::desk::{Desk, Frame, Shown, see, shown};
use super::lists::{self, Pager, Tab};
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/products", get(list))
        .route("/admin/products/new", get(async |desk: Desk| change::new_form(&desk)).post(change::create))
        .route("/admin/products/bulk", post(bulk::asked))
        .route("/admin/products/bulk/{deed}", post(bulk::act))
        .route("/admin/products/{id}", get(page::show).post(change::save))
        .route("/admin/products/{id}/variants/{variant}", post(change::save_variant))
        .route("/admin/products/{id}/publish", post(change::publish))
        .route("/admin/products/{id}/archive", post(change::archive))
}

const VIEWS: [(&str, &str); 4] =
    [("All", ""), ("Active", "status=active"), ("Draft", "status=draft"), ("Archived", "status=archived")];

/// A product as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    title: String,
    image: Option<String>,
    status: Html,
    vendor: String,
    variants: usize,
    available: Option<i64>,
    price: Html,
    updated: Html,
}

/// From the cheapest variant to the dearest.
fn price_range(product: &Product) -> Html {
    let prices: Vec<_> = product.variants.iter().map(|variant| variant.price).collect();
    let (low, high) = (prices.iter().min_by_key(|p| p.amount), prices.iter().max_by_key(|p| p.amount));
    match (low, high) {
        (Some(low), Some(high)) if low.amount == high.amount => w::cash(low.amount, low.currency),
        (Some(low), Some(high)) => {
            Html(format!("{} – {}", w::cash(low.amount, low.currency), w::cash(high.amount, high.currency)))
        }
        _ => Html::default(),
    }
}

/// What can still be promised of each variant, at all locations together; absent for those that nobody counts.
async fn available(desk: &Desk, products: &[&Product]) -> Result<BTreeMap<VariantId, i64>, Problem> {
    let mut sums = BTreeMap::new();
    for level in levels(desk, products).await? {
        let sum: &mut i64 = sums.entry(level.at.variant_id).or_default();
        *sum = sum.saturating_add(level.level.available());
    }
    Ok(sums)
}

/// The levels of the variants of these products, where somebody may see them.
async fn levels(desk: &Desk, products: &[&Product]) -> Result<Vec<StockLevel>, Problem> {
    if !desk.may("inventory:read") {
        return Ok(Vec::new());
    }
    let variants = products.iter().flat_map(|product| &product.variants);
    let ids: Vec<VariantId> = variants.map(|variant| variant.variant_id.clone()).collect();
    if ids.is_empty() { Ok(Vec::new()) } else { Ok(desk.api.app.ports.stock.levels(&ids).await?) }
}

/// A picture that may be shown here: from this server, or encrypted on its way.
fn picture(product: &Product) -> Option<String> {
    let url = product.images.first().map(|image| image.url.clone());
    url.filter(|url| url.starts_with("https://") || (url.starts_with('/') && !url.starts_with("//")))
}

#[derive(Template)]
#[template(path = "products.html")]
struct ProductsPage {
    frame: Frame,
    q: String,
    missed: bool,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    pager: Pager,
    is_filtered: bool,
    may_write: bool,
}

async fn list(desk: Desk) -> Shown {
    let uri = &desk.uri;
    let q = lists::value_whole(uri, "q");
    if let Some(id) = named(&desk, &q).await? {
        return Ok(see(&format!("/admin/products/{id}")));
    }
    let chosen = lists::values(uri, "status");
    let query = ProductQuery {
        status: ProductStatus::ALL
            .into_iter()
            .filter(|s| chosen.iter().any(|word| word == s.as_str()))
            .collect(),
        tag: lists::value(uri, "tag"),
        vendor: lists::value(uri, "vendor"),
        page: lists::page(uri)?,
        ..ProductQuery::default()
    };
    let page = desk.api.app.catalog.list(desk.caller(), &query).await?;
    let products: Vec<&Product> = page.rows.iter().map(|view| &*view.product).collect();
    let available = available(&desk, &products).await?;
    let rows = products.iter().map(|product| Row {
        id: product.product_id.to_string(),
        title: product.title.clone(),
        image: picture(product),
        status: w::badge(product.status.as_str()),
        vendor: product.vendor.clone(),
        variants: product.variants.len(),
        available: product
            .variants
            .iter()
            .filter(|variant| variant.track_inventory)
            .map(|variant| available.get(&variant.variant_id).copied().unwrap_or_default())
            .reduce(i64::saturating_add),
        price: price_range(product),
        updated: w::ago(product.updated_at, desk.now),
    });
    let view = ProductsPage {
        frame: desk.frame("Products", "products"),
        missed: !q.is_empty(),
        q,
        tabs: lists::tabs(uri, &VIEWS),
        rows: rows.collect(),
        pager: Pager::of(uri, &page),
        is_filtered: lists::with(uri, &[]) != uri.path(),
        may_write: desk.may("catalog:write"),
    };
    Ok(shown(&view))
}

/// The product that is named by its id, its handle, or the SKU of a variant.
pub(super) async fn named(desk: &Desk, text: &str) -> Result<Option<ProductId>, Problem> {
    let names = [
        product_name(text).ok(),
        Some(ProductName::Sku(text.to_owned())),
        Some(ProductName::Handle(text.to_lowercase())),
    ];
    if text.is_empty() || !desk.may("catalog:read") {
        return Ok(None);
    }
    for name in names.into_iter().flatten() {
        match desk.api.app.catalog.get(desk.caller(), &name).await {
            Ok(found) => return Ok(Some(found.product.product_id.clone())),
            Err(problem) if problem.kind == sutler_app::Kind::NotFound => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(None)
}

/// A product by what stands in the address.
async fn found(desk: &Desk, id: &str) -> Result<ProductView, Problem> {
    let id = ProductId::parse(id).map_err(|_| Problem::not_found("product", w::short_id(id)))?;
    desk.api.app.catalog.get(desk.caller(), &ProductName::Id(id)).await
}
