//! Categories and the products in them.

use serde_json::{Value, json};
use sutler_app::categories::{CategoryName, CategoryView};
use sutler_app::ports::search::SearchSort;
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::catalog::ProductStatus;

use super::orders::words;
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::catalog::product_body;
use crate::rest::categories as rest;

fields! {
    "Query" {
        "category" => category,
        "categories" => categories,
    }
    "Category" { "products" => products }
    "Mutation" {
        "categoryCreate" => create,
        "categoryUpdate" => update,
        "categoryDelete" => delete,
    }
}

async fn category(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = match (asked.text("id"), asked.text("handle")) {
        (Some(id), None) => rest::name_of(id)?,
        (None, Some(handle)) => CategoryName::Handle(handle.to_owned()),
        _ => return Err(pages::wrong("name the category once: by 'id' or 'handle'")),
    };
    shown(&rest::category_body(&asked.api().app.categories.get(asked.caller(), &name).await?))
}

async fn categories(asked: Asked<'_>) -> Result<Value, Problem> {
    let parent = match asked.text("parent") {
        None => None,
        Some("none") => Some(None),
        Some(name) => Some(Some(rest::name_of(name)?)),
    };
    let page = pages::asked(&asked)?;
    let page = asked.api().app.categories.list(asked.caller(), parent, page).await?;
    pages::connection(page, |view| shown(&rest::category_body(&view)))
}

/// By title.
async fn products(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = rest::name_of(asked.own("category_id"))?;
    let status = words(&asked.arguments, "status", &ProductStatus::ALL, |status| status.as_str());
    let is_deep = asked.plain("descendants").unwrap_or(true);
    let (page, by_title) = (pages::asked(&asked)?, (SearchSort::Title, false));
    let categories = &asked.api().app.categories;
    let page = categories.products(asked.caller(), &name, (&status, is_deep), by_title, &page).await?;
    pages::connection(page, |view| shown(&product_body(&view, asked.caller())))
}

fn payload(asked: &Asked<'_>, done: Answered<CategoryView>) -> Result<Value, Problem> {
    Ok(json!({ "category": shown(&rest::category_body(&asked.heard(done)))?, "user_errors": [] }))
}

/// The category that an input is about, the rest of the input, and who asks.
fn about(asked: &Asked<'_>) -> Result<(CategoryName, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    Ok((rest::name_of(&taken(&mut input, "category_id"))?, input, caller))
}

async fn create(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let input = rest::new_category(&input)?;
    payload(&asked, asked.api().app.categories.create(&caller, &input).await?)
}

async fn update(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let patch = rest::category_patch(&input)?;
    payload(&asked, asked.api().app.categories.update(&caller, &name, &patch).await?)
}

async fn delete(asked: Asked<'_>) -> Result<Value, Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "category_id");
    asked.api().app.categories.delete(&caller, &rest::name_of(&id)?).await?;
    Ok(json!({ "deleted_id": id, "user_errors": [] }))
}
