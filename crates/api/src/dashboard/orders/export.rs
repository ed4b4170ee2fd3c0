//! The orders of a list as a file, page by page: however many they are, what is held in memory is one page.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sutler_app::orders::{OrderSearch, OrderView};
use sutler_app::page::{From, PAGE_MAX};
use sutler_app::ports::reads::OrderQuery;
use sutler_app::transfer::Table;
use sutler_app::transfer::columns::{Column, ORDERS};
use sutler_app::{Page, PageRequest, Problem};

use crate::dashboard::desk::{Desk, Shown};
use crate::rest::orders::{Joined, order_body};

/// What is asked for as `orders-2026-11-22.csv`, with the columns of `sutler export orders`. What a browser has taken is whole:
/// where a page cannot be read, the connection breaks.
pub(super) async fn csv(desk: Desk, asked: OrderSearch) -> Shown {
    let query = desk.api.app.orders.resolved(desk.caller(), asked).await?;
    let first = match &query {
        Some(query) => page(&desk, query, From::Start).await?,
        None => Page::whole(Vec::new(), None),
    };
    let mut head = Vec::new();
    let titles: Vec<_> = ORDERS.iter().map(Column::title).collect();
    Table::new(&mut head, false).row(&titles).map_err(|error| Problem::internal(&error))?;
    let day = desk.now.strftime("%Y-%m-%d");
    let name = HeaderValue::from_str(&format!("attachment; filename=\"orders-{day}.csv\""));
    let name = name.unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let rows = stream::try_unfold(Some(first), move |page| {
        let (desk, query) = (desk.clone(), query.clone().unwrap_or_default());
        async move { following(&desk, &query, page).await }
    });
    let whole = stream::once(async { Ok::<_, String>(Bytes::from(head)) })
        .chain(rows.map_err(|problem| problem.detail));
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(whole)).into_response())
}

/// The rows of a page, and the page after it.
async fn following(
    desk: &Desk,
    query: &OrderQuery,
    at: Option<Page<OrderView>>,
) -> Result<Option<(Bytes, Option<Page<OrderView>>)>, Problem> {
    let Some(at) = at else { return Ok(None) };
    let bytes = written(desk, &at.rows)?;
    let next = match at.next {
        Some(cursor) => Some(page(desk, query, From::After(cursor)).await?),
        None => None,
    };
    Ok(Some((bytes, next)))
}

async fn page(desk: &Desk, query: &OrderQuery, from: From) -> Result<Page<OrderView>, Problem> {
    let page = PageRequest { limit: PAGE_MAX, from, count: false };
    desk.api.app.orders.list(desk.caller(), &OrderQuery { page, ..query.clone() }).await
}

fn written(desk: &Desk, views: &[OrderView]) -> Result<Bytes, Problem> {
    let (joined, settings) = (Joined::own_parts(), &desk.api.app.settings);
    let mut table = Table::new(Vec::new(), false);
    for view in views {
        let body = serde_json::to_value(order_body(view, desk.caller(), settings, &joined));
        let body = body.map_err(|error| Problem::internal(&error))?;
        let cells: Vec<_> = ORDERS.iter().map(|column| column.cell(&body)).collect();
        table.row(&cells).map_err(|error| Problem::internal(&error))?;
    }
    Ok(table.end().map_err(|error| Problem::internal(&error))?.into())
}
