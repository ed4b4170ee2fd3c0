//! Collections and their products.

use serde_json::{Value, json};
use sutler_app::collections::{CollectionName, CollectionView};
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::catalog::ProductStatus;

use super::orders::words;
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::catalog::product_body;
use crate::rest::collections as rest;

fields! {
    "Query" {
        "collection" => collection,
        "collections" => collections,
    }
    "Collection" { "products" => products }
    "Mutation" {
        "collectionCreate" => create,
        "collectionUpdate" => update,
        "collectionDelete" => delete,
        "collectionSetProducts" => set_products,
        "collectionAddProducts" => add_products,
        "collectionRemoveProduct" => remove_product,
    }
}

async fn collection(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = match (asked.text("id"), asked.text("handle")) {
        (Some(id), None) => rest::name_of(id)?,
        (None, Some(handle)) => CollectionName::Handle(handle.to_owned()),
        _ => return Err(pages::wrong("name the collection once: by 'id' or 'handle'")),
    };
    let view = asked.api().app.collections.get(asked.caller(), &name).await?;
    shown(&rest::collection_body(&view))
}

async fn collections(asked: Asked<'_>) -> Result<Value, Problem> {
    let filter = asked.argument("filter").cloned().unwrap_or_default();
    let status = words(&filter, "status", &ProductStatus::ALL, |status| status.as_str());
    let published = filter.get("published").and_then(Value::as_bool).unwrap_or(false);
    let page = pages::asked(&asked)?;
    let page = asked.api().app.collections.list(asked.caller(), status, published, page).await?;
    pages::connection(page, |view| shown(&rest::collection_body(&view)))
}

async fn products(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = rest::name_of(asked.own("collection_id"))?;
    let status = words(&asked.arguments, "status", &ProductStatus::ALL, |status| status.as_str());
    let page = pages::asked(&asked)?;
    let page = asked.api().app.collections.products(asked.caller(), &name, &status, &page).await?;
    pages::connection(page, |view| shown(&product_body(&view, asked.caller())))
}

fn payload(asked: &Asked<'_>, done: Answered<CollectionView>) -> Result<Value, Problem> {
    Ok(json!({ "collection": shown(&rest::collection_body(&asked.heard(done)))?, "user_errors": [] }))
}

/// The collection that an input is about, the rest of the input, and who asks.
fn about(asked: &Asked<'_>) -> Result<(CollectionName, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    Ok((rest::name_of(&taken(&mut input, "collection_id"))?, input, caller))
}

async fn create(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let input = rest::new_collection(&input, asked.api().app.settings.currency)?;
    payload(&asked, asked.api().app.collections.create(&caller, &input).await?)
}

async fn update(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let patch = rest::collection_patch(&input, asked.api().app.settings.currency)?;
    payload(&asked, asked.api().app.collections.update(&caller, &name, &patch).await?)
}

async fn delete(asked: Asked<'_>) -> Result<Value, Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "collection_id");
    asked.api().app.collections.delete(&caller, &rest::name_of(&id)?).await?;
    Ok(json!({ "deleted_id": id, "user_errors": [] }))
}

async fn set_products(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let ids = rest::picked(&input)?;
    payload(&asked, asked.api().app.collections.put_products(&caller, &name, &ids).await?)
}

async fn add_products(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let (ids, place) = rest::added(&input)?;
    payload(&asked, asked.api().app.collections.add_products(&caller, &name, (&ids, place)).await?)
}

async fn remove_product(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, mut input, caller) = about(&asked)?;
    let id = pages::id(&taken(&mut input, "product_id"), "product")?;
    payload(&asked, asked.api().app.collections.remove_product(&caller, &name, &id).await?)
}
