//! Collections: make, show, change, take away, and their products.

mod request;
mod shape;

use axum::extract::{Path, State};
use sutler_app::collections::{CollectionName, CollectionView};
use sutler_app::{Answered, Problem};
use sutler_domain::ProductId;

use super::catalog::{STATUSES, product_body};
use super::fields::shortened;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Document, Params, Told, page};
pub(crate) use request::{added, collection_patch, new_collection, picked};
pub(crate) use shape::collection_body;

pub(super) fn routes() -> Operations {
    operations! {
        get "/collections", Scope("catalog:read"), "list_collections", "Collections, by title" => list;
        post "/collections", Scope("catalog:write"), "create_collection", "Make a collection" => create;
        get "/collections/{id}", Scope("catalog:read"), "get_collection", "A collection" => show;
        patch "/collections/{id}", Scope("catalog:write"), "update_collection", "Change a collection" => update;
        delete "/collections/{id}", Scope("catalog:write"), "delete_collection", "Take a collection away" => remove;
        get "/collections/{id}/products", Scope("catalog:read"), "list_collection_products", "The products of a collection, in its order" => products;
        put "/collections/{id}/products", Scope("catalog:write"), "put_collection_products", "Say which products are in a collection, and in which order" => put_products;
        post "/collections/{id}/products", Scope("catalog:write"), "add_collection_products", "Put products into a collection, or move them in it" => add_products;
        delete "/collections/{id}/products/{product_id}", Scope("catalog:write"), "remove_collection_product", "Take a product out of a collection" => remove_product;
    }
}

/// A collection by its id, or `handle:…`.
pub(crate) fn name_of(text: &str) -> Result<CollectionName, Problem> {
    CollectionName::parse(text).ok_or_else(|| Problem::not_found("collection", shortened(text)))
}

/// By title; `?published=true` has only those that are shown now.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let status = params.words("status", &STATUSES);
    let published = params.word("published", &[("true", ())]).is_some();
    let asked = params.page();
    params.done()?;
    let found = api.app.collections.list(&call.caller, status, published, asked).await?;
    Ok(page::shown(&call, found.map(|view| collection_body(&view))))
}

async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let input = new_collection(&body, api.app.settings.currency)?;
    let made = api.app.collections.create(&call.caller, &input).await?;
    let location = format!("/collections/{}", made.value.collection.collection_id);
    let answer = Answer::created(&call, location).replayed(made.replayed).version(made.value.version);
    Ok(answer.json(&collection_body(&made.value)))
}

/// Whether it is shown changes with the time and not with the version, so one that has times is always sent.
async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = api.app.collections.get(&call.caller, &name_of(&id)?).await?;
    let is_timed = view.collection.publish_at.or(view.collection.unpublish_at).is_some();
    let answer = Answer::ok(&call);
    let answer = if is_timed { answer.unsettled(view.version) } else { answer.version(view.version) };
    Ok(answer.json(&collection_body(&view)))
}

async fn update(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let patch = collection_patch(&body, api.app.settings.currency)?;
    Ok(changed(&call, &api.app.collections.update(&call.caller, &name_of(&id)?, &patch).await?))
}

async fn remove(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    call.conditional()?;
    api.app.collections.delete(&call.caller, &name_of(&id)?).await?;
    Ok(Answer::gone(&call))
}

/// A page of the active products, or of those in other statuses.
async fn products(State(api): State<Api>, call: Call, Path(id): Path<String>, mut params: Params) -> Told {
    let status = params.words("status", &STATUSES);
    let asked = params.page();
    params.done()?;
    let found = api.app.collections.products(&call.caller, &name_of(&id)?, &status, &asked).await?;
    Ok(page::shown(&call, found.map(|view| product_body(&view, &call.caller))))
}

async fn put_products(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let (ids, name) = (picked(&body)?, name_of(&id)?);
    Ok(changed(&call, &api.app.collections.put_products(&call.caller, &name, &ids).await?))
}

async fn add_products(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let ((ids, place), name) = (added(&body)?, name_of(&id)?);
    Ok(changed(&call, &api.app.collections.add_products(&call.caller, &name, (&ids, place)).await?))
}

async fn remove_product(
    State(api): State<Api>,
    call: Call,
    Path((id, product_id)): Path<(String, String)>,
    params: Params,
) -> Told {
    params.done()?;
    call.conditional()?;
    let name = name_of(&id)?;
    let product = ProductId::parse(&product_id);
    let product = product.map_err(|_| Problem::not_found("product", shortened(&product_id)))?;
    Ok(changed(&call, &api.app.collections.remove_product(&call.caller, &name, &product).await?))
}

fn changed(call: &Call, done: &Answered<CollectionView>) -> axum::response::Response {
    let answer = Answer::ok(call).replayed(done.replayed).version(done.value.version);
    answer.json(&collection_body(&done.value))
}
