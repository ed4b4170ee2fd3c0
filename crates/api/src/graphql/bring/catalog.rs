//! Products and variants.

use serde_json::{Value, json};
use sutler_app::catalog::{SavedVariant, product_name, variant_name};
use sutler_app::ports::reads::{ProductName, ProductQuery};
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::ProductId;
use sutler_domain::catalog::ProductStatus;

use super::orders::words;
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::catalog as rest;

fields! {
    "Query" {
        "product" => product,
        "products" => products,
        "variant" => variant,
    }
    "OrderItem" {
        "product" => product_of_item,
        "variant" => variant_of_item,
    }
    "Variant" { "levels" => levels }
    "Mutation" {
        "productUpsert" => upsert,
        "productPublish" => publish,
        "productArchive" => archive,
        "productUpdate" => update,
        "productDelete" => delete,
        "variantCreate" => create_variant,
        "variantUpdate" => update_variant,
        "variantDelete" => delete_variant,
    }
}

async fn product(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = match (asked.text("id"), asked.text("handle")) {
        (Some(id), None) => product_name(id)?,
        (None, Some(handle)) => ProductName::Handle(handle.to_owned()),
        _ => return Err(pages::wrong("name the product once: by 'id' or 'handle'")),
    };
    let view = asked.api().app.catalog.get(asked.caller(), &name).await?;
    shown(&rest::product_body(&view, asked.caller()))
}

async fn products(asked: Asked<'_>) -> Result<Value, Problem> {
    let filter = asked.argument("filter").cloned().unwrap_or_default();
    let text = |name: &str| filter.get(name).and_then(Value::as_str).map(str::to_owned);
    let sort = asked.text("sort").unwrap_or_default();
    let query = ProductQuery {
        status: words(&filter, "status", &ProductStatus::ALL, |status| status.as_str()),
        tag: text("tag"),
        vendor: text("vendor"),
        product_type: text("product_type"),
        category_id: None,
        metadata: pages::pairs(&filter),
        by_updated: sort.starts_with("updated_at"),
        descending: sort.ends_with("_desc"),
        page: pages::asked(&asked)?,
    };
    let page = asked.api().app.catalog.list(asked.caller(), &query).await?;
    pages::connection(page, |view| shown(&rest::product_body(&view, asked.caller())))
}

async fn variant(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = match (asked.text("id"), asked.text("sku")) {
        (Some(id), None) => variant_name(id)?,
        (None, Some(sku)) => ProductName::Sku(sku.to_owned()),
        _ => return Err(pages::wrong("name the variant once: by 'id' or 'sku'")),
    };
    let view = asked.api().app.catalog.get_variant(asked.caller(), &name).await?;
    shown(&rest::variant_body(&view, asked.caller()))
}

async fn product_of_item(asked: Asked<'_>) -> Result<Value, Problem> {
    Ok(asked.asker.loads.product(asked.own("product_id")).await?.unwrap_or_default())
}

async fn variant_of_item(asked: Asked<'_>) -> Result<Value, Problem> {
    let product = asked.asker.loads.product(asked.own("product_id")).await?;
    let variants = product.as_ref().and_then(|product| product.get("variants")?.as_array());
    let is_it =
        |variant: &&Value| variant.get("variant_id").and_then(Value::as_str) == Some(asked.own("variant_id"));
    Ok(variants.and_then(|all| all.iter().find(is_it)).cloned().unwrap_or_default())
}

async fn levels(asked: Asked<'_>) -> Result<Value, Problem> {
    asked.asker.loads.levels(asked.own("variant_id")).await
}

async fn upsert(asked: Asked<'_>) -> Result<Value, Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "product_id");
    let wish = rest::product_input(&input, &asked.api().app.settings)?;
    let catalog = &asked.api().app.catalog;
    let saved = if id.is_empty() {
        catalog.create(&caller, &wish).await?
    } else {
        let id = ProductId::parse(&id).map_err(|error| {
            Problem::invalid(vec![sutler_domain::Fault::invalid("/product_id", error.to_string())])
        })?;
        catalog.put(&caller, &id, &wish).await?
    };
    payload(&asked, &asked.heard(saved).view)
}

fn payload(asked: &Asked<'_>, view: &sutler_app::catalog::ProductView) -> Result<Value, Problem> {
    Ok(json!({ "product": shown(&rest::product_body(view, asked.caller()))?, "user_errors": [] }))
}

async fn publish(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, _, caller) = about(&asked)?;
    payload(&asked, &asked.heard(asked.api().app.catalog.publish(&caller, &name).await?).view)
}

async fn archive(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, _, caller) = about(&asked)?;
    payload(&asked, &asked.heard(asked.api().app.catalog.archive(&caller, &name).await?).view)
}

/// The product that an input is about, the rest of the input, and who asks.
fn about(asked: &Asked<'_>) -> Result<(ProductName, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    Ok((product_name(&taken(&mut input, "product_id"))?, input, caller))
}

async fn update(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let patch = rest::product_patch(&input, &asked.api().app.settings)?;
    payload(&asked, &asked.heard(asked.api().app.catalog.patch(&caller, &name, &patch).await?).view)
}

async fn delete(asked: Asked<'_>) -> Result<Value, Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "product_id");
    asked.api().app.catalog.delete(&caller, &product_name(&id)?).await?;
    Ok(json!({ "deleted_id": id, "user_errors": [] }))
}

fn variant_payload(asked: &Asked<'_>, saved: Answered<SavedVariant>) -> Result<Value, Problem> {
    let view = asked.heard(saved).view;
    Ok(json!({ "variant": shown(&rest::variant_body(&view, asked.caller()))?, "user_errors": [] }))
}

async fn create_variant(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let wish = rest::variant_input(&input, &asked.api().app.settings)?;
    variant_payload(&asked, asked.api().app.catalog.add_variant(&caller, &name, &wish).await?)
}

async fn update_variant(asked: Asked<'_>) -> Result<Value, Problem> {
    let (mut input, caller) = asked.input()?;
    let name = variant_name(&taken(&mut input, "variant_id"))?;
    let patch = rest::variant_patch(&input, &asked.api().app.settings)?;
    variant_payload(&asked, asked.api().app.catalog.patch_variant(&caller, &name, &patch).await?)
}

async fn delete_variant(asked: Asked<'_>) -> Result<Value, Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "variant_id");
    asked.api().app.catalog.delete_variant(&caller, &variant_name(&id)?).await?;
    Ok(json!({ "deleted_id": id, "user_errors": [] }))
}
