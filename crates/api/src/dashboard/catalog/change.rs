//! Change products: details, prices and codes in place; publish and archive.

use axum::extract::Path;
use axum::response::Response;
use sutler_app::catalog::{ProductInput, ProductPatch, VariantInput, VariantPatch};
use sutler_app::orders::Amount;
use sutler_app::ports::reads::ProductName;
use sutler_app::{Caller, Problem};
use sutler_domain::catalog::ProductStatus;
use sutler_domain::{Fault, ProductId, VariantId, Version};

use super::found;
use super::page::{Refused, again};
use crate::dashboard::desk::{Desk, Shown, see};
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;
use crate::dashboard::words as w;

fn named(id: &str) -> Result<ProductName, Problem> {
    let id = ProductId::parse(id).map_err(|_| Problem::not_found("product", w::short_id(id)))?;
    Ok(ProductName::Id(id))
}

/// Who asks, for a change of the version that the form was made from: nobody's change is written over unseen.
fn caller(desk: &Desk, form: &Form) -> Caller {
    let if_match = form.text("version").and_then(|version| version.parse().ok()).map(Version);
    Caller { if_match, wait_s: 0, ..desk.caller_once(form.key()) }
}

fn tags(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// Save the details.
pub(super) async fn save(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let text = |name: &str| form.raw(name).map(|text| text.trim().to_owned());
    let patch = ProductPatch {
        title: text("title"),
        handle: text("handle"),
        vendor: text("vendor"),
        product_type: text("product_type"),
        tags: form.raw("tags").map(tags),
        description_html: text("description_html"),
        ..ProductPatch::default()
    };
    match desk.api.app.catalog.patch(&caller(&desk, &form), &named(&id)?, &patch).await {
        Ok(saved) => {
            let done = if saved.value.changed { "saved" } else { "unchanged" };
            Ok(see(&format!("/admin/products/{}?done={done}", saved.value.view.product.product_id)))
        }
        Err(problem) => again(&desk, &id, &form, Refused::Details(&explained(problem))).await,
    }
}

/// Save a variant's codes and price.
pub(super) async fn save_variant(
    desk: Desk,
    Path((id, variant)): Path<(String, String)>,
    form: Form,
) -> Shown {
    let view = found(&desk, &id).await?;
    let variant_id =
        VariantId::parse(&variant).map_err(|_| Problem::not_found("variant", w::short_id(&variant)))?;
    let currency = view.product.variant(&variant_id).map(|variant| variant.price.currency);
    let currency = currency.ok_or_else(|| Problem::not_found("variant of this product", &variant_id))?;
    let price = form.text("price").map(|text| w::typed_amount(&text, currency)).transpose();
    let saved = match price {
        Err(detail) => Err(Problem::invalid(vec![Fault::invalid("/price", detail)])),
        Ok(price) => {
            let patch = VariantPatch {
                sku: form.raw("sku").map(|sku| sku.trim().to_owned()),
                barcode: form.raw("barcode").map(|barcode| barcode.trim().to_owned()),
                price: price.map(|amount| Amount { amount, currency: Some(currency) }),
                ..VariantPatch::default()
            };
            let name = ProductName::Variant(variant_id);
            desk.api.app.catalog.patch_variant(&caller(&desk, &form), &name, &patch).await
        }
    };
    match saved {
        Ok(_) => Ok(see(&format!("/admin/products/{}?done=saved", view.product.product_id))),
        Err(problem) => again(&desk, &id, &form, Refused::Variant(&variant, &explained(problem))).await,
    }
}

/// A stale version, in words for somebody who edits a page.
fn explained(mut problem: Problem) -> Problem {
    if problem.code == "version_mismatch" {
        "somebody else changed this product meanwhile; what you typed is still here: compare and save again"
            .clone_into(&mut problem.detail);
    }
    problem
}

pub(super) async fn publish(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let saved = desk.api.app.catalog.publish(desk.caller(), &named(&id)?).await?;
    Ok(see(&format!("/admin/products/{}?done=published", saved.value.view.product.product_id)))
}

pub(super) async fn archive(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let saved = desk.api.app.catalog.archive(desk.caller(), &named(&id)?).await?;
    Ok(see(&format!("/admin/products/{}?done=archived", saved.value.view.product.product_id)))
}

fn new_sheet(desk: &Desk, form: &Form) -> Sheet {
    let currency = desk.api.app.settings.currency.code().to_owned();
    Sheet::new("New product", "/admin/products/new", "/admin/products", "Create product")
        .lead("With one variant; more are added over the API or an import.")
        .ask(form, "title", "Title", Ask::Line("off"), "")
        .needed()
        .ask(form, "sku", "SKU", Ask::Line("off"), "")
        .ask(form, "price", "Price", Ask::Amount(currency), "")
        .needed()
        .ask(form, "stock", "On hand", Ask::Units { most: None }, "")
        .hint("At the default location. Empty: nothing lies there yet.")
        .ask(form, "vendor", "Vendor", Ask::Line("off"), "")
        .ask(form, "tags", "Tags", Ask::Line("off"), "")
        .hint("Separated by commas.")
        .ask(form, "draft", "Keep it as a draft", Ask::Tick(false), "")
}

pub(super) fn new_form(desk: &Desk) -> Response {
    let form = Form::fresh();
    new_sheet(desk, &form).page(desk, "products", &form)
}

pub(super) async fn create(desk: Desk, form: Form) -> Shown {
    let caller = Caller { wait_s: 0, ..desk.caller_once(form.key()) };
    let created = match input(&desk, &form) {
        Ok(input) => desk.api.app.catalog.create(&caller, &input).await,
        Err(faults) => Err(Problem::invalid(faults)),
    };
    match created {
        Ok(saved) => Ok(see(&format!("/admin/products/{}?done=saved", saved.value.view.product.product_id))),
        Err(problem) => new_sheet(&desk, &form).refused(&desk, "products", &form, problem, last_name),
    }
}

fn input(desk: &Desk, form: &Form) -> Result<ProductInput, Vec<Fault>> {
    let currency = desk.api.app.settings.currency;
    let mut faults = Vec::new();
    let price = match w::typed_amount(form.raw("price").unwrap_or_default(), currency) {
        Ok(amount) => Some(Amount { amount, currency: Some(currency) }),
        Err(detail) => {
            faults.push(Fault::invalid("/price", detail));
            None
        }
    };
    let stock = form.whole("stock").unwrap_or_else(|detail| {
        faults.push(Fault::invalid("/stock", detail));
        None
    });
    let draft = form.raw("draft").is_some();
    let variant =
        VariantInput { sku: form.text("sku").unwrap_or_default(), price, stock, ..VariantInput::default() };
    let input = ProductInput {
        title: form.text("title").unwrap_or_default(),
        vendor: form.text("vendor").unwrap_or_default(),
        tags: tags(form.raw("tags").unwrap_or_default()),
        status: if draft { ProductStatus::Draft } else { ProductStatus::Active },
        variant: Some(variant),
        ..ProductInput::default()
    };
    if faults.is_empty() { Ok(input) } else { Err(faults) }
}
