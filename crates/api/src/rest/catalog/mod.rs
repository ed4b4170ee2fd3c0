//! Products and their variants.

mod request;
mod search;
mod shape;

use axum::extract::{Path, State};
use sutler_app::catalog::{Saved, SavedVariant, product_name, variant_name};
use sutler_app::ports::reads::{ProductName, ProductQuery};
use sutler_app::{Answered, Problem};
use sutler_domain::catalog::ProductStatus;
use sutler_domain::{Fault, ProductId};
use sutler_types::catalog::Products;
use sutler_types::page::List;

use super::fields::shortened;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Document, MaybeDocument, Params, Shown, Told, json, page};
pub(crate) use request::{
    product as product_input, product_patch, sku_variant, variant as variant_input, variant_patch,
};
pub(crate) use shape::{product_body, variant_body};

pub(super) fn routes() -> Operations {
    operations! {
        get "/products", Scope("catalog:read"), "list_products", "Products, by title" => list;
        post "/products", Scope("catalog:write"), "create_product", "Make a product" => create;
        get "/products/{id}", Scope("catalog:read"), "get_product", "A product" => show;
        put "/products/{id}", Scope("catalog:write"), "put_product", "Make or replace a product under an id of one's own" => put;
        patch "/products/{id}", Scope("catalog:write"), "update_product", "Change a product" => patch;
        delete "/products/{id}", Scope("catalog:write"), "delete_product", "Take a product away" => remove;
        post "/products/{id}/publish", Scope("catalog:write"), "publish_product", "Let a product be ordered" => publish;
        post "/products/{id}/archive", Scope("catalog:write"), "archive_product", "Let a product be ordered no more" => archive;
        get "/products/{id}/variants", Scope("catalog:read"), "list_variants", "The variants of a product" => variants;
        post "/products/{id}/variants", Scope("catalog:write"), "create_variant", "Add a variant to a product" => add_variant;
        get "/catalog/search", Scope("catalog:read"), "search_products", "Products by what they are called, with facets" => search::search;
        get "/catalog/suggest", Scope("catalog:read"), "suggest_products", "Titles that somebody may be about to write" => search::suggest;
        post "/catalog/search/rebuild", Scope("catalog:write"), "rebuild_search", "Build the search index of this node anew" => search::rebuild;
        get "/variants/{id}", Scope("catalog:read"), "get_variant", "A variant" => variant;
        put "/variants/{id}", Scope("catalog:write"), "put_variant", "Make or replace a variant by its SKU" => put_variant;
        patch "/variants/{id}", Scope("catalog:write"), "update_variant", "Change a variant" => patch_variant;
        delete "/variants/{id}", Scope("catalog:write"), "delete_variant", "Take a variant away" => remove_variant;
    }
}

/// The words of a product's status.
pub(crate) const STATUSES: [(&str, ProductStatus); 3] = [
    ("draft", ProductStatus::Draft),
    ("active", ProductStatus::Active),
    ("archived", ProductStatus::Archived),
];

/// A page of products, or with `?ids=` several at once.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    if let Some(ids) = params.text("ids") {
        params.done()?;
        let names: Vec<String> =
            ids.split(',').map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned).collect();
        let (found, missing) = api.app.catalog.many(&call.caller, &names).await?;
        let data = found.iter().map(|view| product_body(view, &call.caller)).collect();
        return Ok(Answer::ok(&call).json(&Products { data, missing }));
    }
    let status = params.words("status", &STATUSES);
    let (tag, vendor, product_type) =
        (params.text("tag"), params.text("vendor"), params.text("product_type"));
    let metadata = params.metadata();
    let (by_updated, descending) = params.sort(&[("title", false), ("updated_at", true)], false);
    let page = params.page();
    params.done()?;
    let category_id = None;
    let query = ProductQuery {
        status,
        tag,
        vendor,
        product_type,
        category_id,
        metadata,
        by_updated,
        descending,
        page,
    };
    let rows = api.app.catalog.list(&call.caller, &query).await?;
    Ok(page::shown(&call, rows.map(|view| product_body(&view, &call.caller))))
}

async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let input = request::product(&body, &api.app.settings)?;
    Ok(saved(&call, &api.app.catalog.create(&call.caller, &input).await?))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = api.app.catalog.get(&call.caller, &product_name(&id)?).await?;
    let shown = Shown::product(&view, &call.caller);
    let body = || api.rendered.body(shown, || json(&product_body(&view, &call.caller)));
    Ok(Answer::ok(&call).version(view.version).body(body))
}

/// Create or replace under the caller's id.
async fn put(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    let name = ProductId::parse(&id)
        .map_err(|error| Problem::invalid(vec![Fault::invalid("", error.to_string())]))?;
    let input = request::product(&body, &api.app.settings)?;
    Ok(saved(&call, &api.app.catalog.put(&call.caller, &name, &input).await?))
}

async fn patch(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let patch = request::product_patch(&body, &api.app.settings)?;
    Ok(saved(&call, &api.app.catalog.patch(&call.caller, &product_name(&id)?, &patch).await?))
}

async fn remove(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    call.conditional()?;
    api.app.catalog.delete(&call.caller, &product_name(&id)?).await?;
    Ok(Answer::gone(&call))
}

async fn publish(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    body: MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    request::nothing(&body.0)?;
    Ok(saved(&call, &api.app.catalog.publish(&call.caller, &product_name(&id)?).await?))
}

async fn archive(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    body: MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    request::nothing(&body.0)?;
    Ok(saved(&call, &api.app.catalog.archive(&call.caller, &product_name(&id)?).await?))
}

/// Every variant of a product; there are at most 500.
async fn variants(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = api.app.catalog.get(&call.caller, &product_name(&id)?).await?;
    let data = view.variants().map(|variant| variant_body(&variant, &call.caller)).collect();
    Ok(Answer::ok(&call).version(view.version).json(&List { data }))
}

async fn add_variant(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let input = request::variant(&body, &api.app.settings)?;
    Ok(saved_variant(&call, &api.app.catalog.add_variant(&call.caller, &product_name(&id)?, &input).await?))
}

async fn variant(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = api.app.catalog.get_variant(&call.caller, &variant_name(&id)?).await?;
    Ok(Answer::ok(&call).version(view.version).json(&variant_body(&view, &call.caller)))
}

async fn patch_variant(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let patch = request::variant_patch(&body, &api.app.settings)?;
    Ok(saved_variant(&call, &api.app.catalog.patch_variant(&call.caller, &variant_name(&id)?, &patch).await?))
}

/// Create or replace by SKU.
async fn put_variant(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    let ProductName::Sku(sku) = variant_name(&id)? else {
        let detail = format!(
            "a variant is put by its SKU: PUT /variants/sku:…; PATCH /variants/{} changes one",
            shortened(&id)
        );
        return Err(Problem::invalid(vec![Fault::invalid("", detail)]).into());
    };
    let input = request::sku_variant(&body, &api.app.settings)?;
    Ok(saved_variant(&call, &api.app.catalog.put_variant(&call.caller, &sku, &input).await?))
}

async fn remove_variant(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    call.conditional()?;
    api.app.catalog.delete_variant(&call.caller, &variant_name(&id)?).await?;
    Ok(Answer::gone(&call))
}

fn saved(call: &Call, done: &Answered<Saved>) -> axum::response::Response {
    let view = &done.value.view;
    let answer = if done.value.created {
        Answer::created(call, format!("/products/{}", view.product.product_id))
    } else {
        Answer::ok(call)
    };
    answer.replayed(done.replayed).version(view.version).json(&product_body(view, &call.caller))
}

fn saved_variant(call: &Call, done: &Answered<SavedVariant>) -> axum::response::Response {
    let view = &done.value.view;
    let answer = if done.value.created {
        Answer::created(call, format!("/variants/{}", view.variant.variant_id))
    } else {
        Answer::ok(call)
    };
    answer.replayed(done.replayed).version(view.version).json(&variant_body(view, &call.caller))
}
