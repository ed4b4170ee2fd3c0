//! The page of a product: its details, its variants to be edited in place, and whether it can be sold.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sutler_app::Problem;
use sutler_app::catalog::ProductView;
use sutler_domain::catalog::{ProductStatus, Variant};

use super::{found, levels, picture};
use crate::dashboard::desk::{Desk, Frame, Shown, shown};
use crate::dashboard::sheet::{Ask, Sheet};
use crate::dashboard::typed::Form;
use crate::dashboard::words::{self as w, Html};

/// A variant as a row that can be edited.
#[derive(Clone, Debug)]
pub(super) struct Row {
    id: String,
    title: String,
    sku: String,
    barcode: String,
    price: String,
    currency: &'static str,
    stock: Vec<(String, String, i64, i64)>,
    is_counted: bool,
    faults: Vec<String>,
}

/// Something that must be so for a product to be sold.
#[derive(Clone, Debug)]
struct Check {
    pass: bool,
    text: String,
}

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage {
    frame: Frame,
    id: String,
    title: String,
    handle: String,
    version: u64,
    status: Html,
    image: Option<String>,
    details: Sheet,
    rows: Vec<Row>,
    checks: Vec<Check>,
    tags: Vec<String>,
    updated: Html,
    is_active: bool,
    may_write: bool,
}

pub(super) async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let view = found(&desk, &id).await?;
    page(&desk, &view, &Form::fresh(), None).await
}

/// Which form of the page was refused, and why.
pub(super) enum Refused<'p> {
    /// The details.
    Details(&'p Problem),
    /// The row of a variant.
    Variant(&'p str, &'p Problem),
}

/// The page again, with what was typed and what is wrong with it.
pub(super) async fn again(desk: &Desk, id: &str, form: &Form, refused: Refused<'_>) -> Shown {
    let view = found(desk, id).await?;
    let page = page(desk, &view, form, Some(refused)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    desk: &Desk,
    view: &ProductView,
    form: &Form,
    refused: Option<Refused<'_>>,
) -> Result<Response, crate::dashboard::desk::Trouble> {
    let product = &view.product;
    let levels = levels(desk, &[product]).await?;
    let (fresh, base) = (Form::fresh(), format!("/admin/products/{}", product.product_id));
    let of_details = if let Some(Refused::Details(_)) = refused { form } else { &fresh };
    let mut details = Sheet::new("Details", base.clone(), base, "Save details")
        .ask(of_details, "title", "Title", Ask::Line("off"), product.title.clone())
        .needed()
        .ask(of_details, "handle", "Handle", Ask::Line("off"), product.handle.clone())
        .hint("Its name in addresses.")
        .ask(of_details, "vendor", "Vendor", Ask::Line("off"), product.vendor.clone())
        .ask(of_details, "product_type", "Type", Ask::Line("off"), product.product_type.clone())
        .ask(of_details, "tags", "Tags", Ask::Line("off"), product.tags.join(", "))
        .hint("Separated by commas.")
        .ask(of_details, "description_html", "Description", Ask::Lines, product.description_html.clone())
        .hint("HTML; what could run in a page is taken out.");
    if let Some(Refused::Details(problem)) = &refused {
        details = details.told(problem, crate::dashboard::sheet::last_name);
    }
    let mut rows: Vec<Row> = product.variants.iter().map(|variant| row(variant, &levels)).collect();
    if let Some(Refused::Variant(id, problem)) = &refused {
        for row in rows.iter_mut().filter(|row| row.id == *id) {
            let typed = |name: &str, known: &str| form.raw(name).unwrap_or(known).to_owned();
            row.sku = typed("sku", &row.sku);
            row.barcode = typed("barcode", &row.barcode);
            row.price = typed("price", &row.price);
            row.faults = match problem.errors.as_slice() {
                [] => vec![problem.detail.clone()],
                faults => faults.iter().map(|fault| fault.detail.clone()).collect(),
            };
        }
    }
    let view = ProductPage {
        frame: desk.frame(product.title.clone(), "products").under("/admin/products", "Products"),
        id: product.product_id.to_string(),
        title: product.title.clone(),
        handle: product.handle.clone(),
        version: view.version.0,
        status: w::badge(product.status.as_str()),
        image: picture(product),
        details,
        checks: checks(product, &rows),
        rows,
        tags: product.tags.clone(),
        updated: w::ago(product.updated_at, desk.now),
        is_active: product.status == ProductStatus::Active,
        may_write: desk.may("catalog:write"),
    };
    Ok(shown(&view))
}

fn row(variant: &Variant, levels: &[sutler_app::ports::reads::StockLevel]) -> Row {
    let of_it = levels.iter().filter(|level| level.at.variant_id == variant.variant_id);
    let stock = of_it.map(|level| {
        let href = format!("/admin/inventory/{}/{}", level.at.variant_id, level.at.location_id);
        (href, level.at.location_id.to_string(), level.level.on_hand, level.level.available())
    });
    Row {
        id: variant.variant_id.to_string(),
        title: if variant.title.is_empty() { "Default".to_owned() } else { variant.title.clone() },
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        price: w::decimal(variant.price.amount, variant.price.currency),
        currency: variant.price.currency.code(),
        stock: stock.collect(),
        is_counted: variant.track_inventory,
        faults: Vec::new(),
    }
}

/// Why it can be sold, or cannot.
fn checks(product: &sutler_domain::catalog::Product, rows: &[Row]) -> Vec<Check> {
    let sellable = |row: &Row| {
        let variant = product.variants.iter().find(|variant| variant.variant_id.as_str() == row.id);
        let may_go_below = variant.is_some_and(|v| v.oversell == sutler_domain::catalog::Oversell::Allow);
        !row.is_counted || may_go_below || row.stock.iter().any(|(_, _, _, available)| *available > 0)
    };
    let (all, gone) = (rows.len(), rows.iter().filter(|row| !sellable(row)).count());
    let unnamed = rows.iter().filter(|row| row.sku.is_empty()).count();
    let check = |pass, text: String| Check { pass, text };
    vec![
        match product.status {
            ProductStatus::Active => check(true, "It is for sale.".to_owned()),
            ProductStatus::Draft => check(false, "It is a draft: publish it.".to_owned()),
            ProductStatus::Archived => {
                check(false, "It is archived: publish it to sell it again.".to_owned())
            }
        },
        match gone {
            0 => check(true, "Every variant can be promised.".to_owned()),
            gone => check(gone < all, format!("{gone} of {all} variants are out of stock.")),
        },
        match unnamed {
            0 => check(true, "Every variant has a SKU.".to_owned()),
            unnamed => check(true, format!("{unnamed} of {all} variants have no SKU.")),
        },
    ]
}
