//! Reports, each as a picture and as the table behind it.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use sutler_app::reports::{Cell, Kind, Sort};

use super::desk::{Desk, Frame, Shown, shown};
use super::lists::Tab;
use super::words::{self as w, Html};
use crate::rest::reports::{Form, days, file, kind, picture};
use crate::rest::{Api, Params};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/reports", get(async || super::desk::see("/admin/reports/sales_by_day")))
        .route("/admin/reports/{name}", get(show))
}

/// Rows that a page shows; the file has all of them.
const SHOWN_MAX: usize = 100;

/// A cell with whether it is a number.
struct Shape {
    words: Html,
    is_number: bool,
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportPage {
    frame: Frame,
    title: &'static str,
    name: &'static str,
    tabs: Vec<Tab>,
    from: String,
    until: String,
    has_days: bool,
    picture: Html,
    head: Vec<(&'static str, bool)>,
    rows: Vec<Vec<Shape>>,
    more: usize,
}

/// A report of `?from=&until=`; with `?format=csv` or `svg` as a file.
async fn show(desk: Desk, Path(name): Path<String>) -> Shown {
    let mut params = Params::of(&desk.uri);
    let days = days(&mut params, &desk.api);
    let form = params.word("format", &[("csv", Form::Csv), ("svg", Form::Svg)]);
    params.faultless()?;
    let kind = kind(&name)?;
    let report = desk.api.app.reports.report(desk.caller(), kind, days).await?;
    if let Some(form) = form {
        return Ok(file(&report, form));
    }
    let view = ReportPage {
        frame: desk.frame(kind.title(), "reports"),
        title: kind.title(),
        name: kind.as_str(),
        tabs: tabs(&desk, kind),
        from: days.from.to_string(),
        until: days.until.to_string(),
        has_days: report.from.is_some(),
        picture: Html(picture(&report, false)),
        head: report.columns.iter().map(|column| (column.title, column.sort != Sort::Text)).collect(),
        rows: report.rows.iter().take(SHOWN_MAX).map(|row| row.iter().map(shape).collect()).collect(),
        more: report.rows.len().saturating_sub(SHOWN_MAX),
    };
    Ok(shown(&view))
}

fn shape(cell: &Cell) -> Shape {
    match cell {
        Cell::Text(text) => Shape { words: Html(crate::rest::escaped(text)), is_number: false },
        Cell::Count(count) => Shape { words: Html(count.to_string()), is_number: true },
        Cell::Money(amount, currency) => Shape { words: w::cash(*amount, *currency), is_number: true },
    }
}

/// The reports that somebody may see.
fn tabs(desk: &Desk, current: Kind) -> Vec<Tab> {
    let seen = Kind::ALL.into_iter().filter(|kind| desk.may(kind.needs()));
    let tab = |kind: Kind| Tab {
        href: format!("/admin/reports/{}", kind.as_str()),
        words: kind.title().into(),
        current: kind == current,
    };
    seen.map(tab).collect()
}
