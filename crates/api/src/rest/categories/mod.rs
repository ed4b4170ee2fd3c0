//! Categories: make, show, change, move, take away, and the products in them.

mod request;

use axum::extract::{Path, State};
use sutler_app::categories::{CategoryName, CategoryView};
use sutler_app::ports::search::SearchSort;
use sutler_app::public::rfc3339;
use sutler_app::{Answered, Problem};
use sutler_types::category as wire;

use super::catalog::{STATUSES, product_body};
use super::fields::shortened;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Document, Params, Told, page};
pub(crate) use request::{category_patch, new_category};

pub(super) fn routes() -> Operations {
    operations! {
        get "/categories", Scope("catalog:read"), "list_categories", "Categories, by position" => list;
        post "/categories", Scope("catalog:write"), "create_category", "Make a category" => create;
        get "/categories/{id}", Scope("catalog:read"), "get_category", "A category" => show;
        patch "/categories/{id}", Scope("catalog:write"), "update_category", "Change or move a category" => update;
        delete "/categories/{id}", Scope("catalog:write"), "delete_category", "Take an empty category away" => remove;
        get "/categories/{id}/products", Scope("catalog:read"), "list_category_products", "The products of a category and of those below it" => products;
    }
}

/// The body of a category.
pub(crate) fn category_body(view: &CategoryView) -> wire::Category {
    let one = &view.category;
    wire::Category {
        category_id: one.category_id.to_string(),
        object: "category".to_owned(),
        parent_id: one.parent_id.as_ref().map(ToString::to_string),
        path: view.path.iter().map(ToString::to_string).collect(),
        handle: one.handle.clone(),
        title: one.title.clone(),
        description_html: one.description_html.clone(),
        position: one.position,
        metadata: one.metadata.clone(),
        version: view.version.0,
        created_at: rfc3339(one.created_at),
        updated_at: rfc3339(one.updated_at),
    }
}

/// A category by its id, or `handle:…`.
pub(crate) fn name_of(text: &str) -> Result<CategoryName, Problem> {
    CategoryName::parse(text).ok_or_else(|| Problem::not_found("category", shortened(text)))
}

/// All of them, or with `?parent=` those right below one; `none` for those at the top.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let parent = params.text("parent");
    let asked = params.page();
    params.done()?;
    let parent = match parent.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some(name) => Some(Some(name_of(name)?)),
    };
    let found = api.app.categories.list(&call.caller, parent, asked).await?;
    Ok(page::shown(&call, found.map(|view| category_body(&view))))
}

async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let made = api.app.categories.create(&call.caller, &new_category(&body)?).await?;
    let location = format!("/categories/{}", made.value.category.category_id);
    let answer = Answer::created(&call, location).replayed(made.replayed).version(made.value.version);
    Ok(answer.json(&category_body(&made.value)))
}

/// The path changes with what is above it and not with the version, so one that has a parent is always sent.
async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = api.app.categories.get(&call.caller, &name_of(&id)?).await?;
    let answer = Answer::ok(&call);
    let is_below = view.category.parent_id.is_some();
    let answer = if is_below { answer.unsettled(view.version) } else { answer.version(view.version) };
    Ok(answer.json(&category_body(&view)))
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
    let patch = category_patch(&body)?;
    let done: Answered<CategoryView> =
        api.app.categories.update(&call.caller, &name_of(&id)?, &patch).await?;
    let answer = Answer::ok(&call).replayed(done.replayed).version(done.value.version);
    Ok(answer.json(&category_body(&done.value)))
}

async fn remove(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    call.conditional()?;
    api.app.categories.delete(&call.caller, &name_of(&id)?).await?;
    Ok(Answer::gone(&call))
}

const SORTS: [(&str, SearchSort); 3] =
    [("title", SearchSort::Title), ("price", SearchSort::Price), ("created_at", SearchSort::CreatedAt)];

/// A page of the active products, or of those in other statuses; `?descendants=false` leaves out what is below.
async fn products(State(api): State<Api>, call: Call, Path(id): Path<String>, mut params: Params) -> Told {
    let status = params.words("status", &STATUSES);
    let is_deep = params.flag("descendants").unwrap_or(true);
    let sort = params.sort(&SORTS, false);
    let asked = params.page();
    params.done()?;
    let name = name_of(&id)?;
    let found = api.app.categories.products(&call.caller, &name, (&status, is_deep), sort, &asked).await?;
    Ok(page::shown(&call, found.map(|view| product_body(&view, &call.caller))))
}
