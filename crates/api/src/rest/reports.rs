//! Reports: as JSON, as a table for spreadsheets, as a picture.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use sutler_app::Problem;
use sutler_app::public::rfc3339;
use sutler_app::reports::{Cell, Column, Days, Kind, Report, Sort};
use sutler_app::transfer::{self, Table};
use sutler_domain::{Currency, Money};
use sutler_types::report as wire;

use super::fields::shortened;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Params, Told};
use crate::picture::{self, Bar};

/// Days of a report when none are named.
const DAYS_DEFAULT: i64 = 30;

/// How a report is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Csv,
    Svg,
}

/// The words of the forms.
const FORMS: [(&str, Form); 3] = [("json", Form::Json), ("csv", Form::Csv), ("svg", Form::Svg)];

pub(super) fn routes() -> Operations {
    operations! {
        get "/reports/{name}", Scope("orders:read"), "get_report", "A table of figures, also as CSV and as a picture" => show;
    }
}

/// `?from=2026-11-01&until=2026-11-30&format=csv`; the last 30 days as JSON when nothing is said.
async fn show(State(api): State<Api>, call: Call, Path(name): Path<String>, mut params: Params) -> Told {
    let days = days(&mut params, &api);
    let form = params.word("format", &FORMS).unwrap_or(Form::Json);
    params.done()?;
    let report = api.app.reports.report(&call.caller, kind(&name)?, days).await?;
    match form {
        Form::Json => Ok(Answer::ok(&call).json(&body(&report))),
        form => Ok(file(&report, form)),
    }
}

/// The report of this name.
pub(crate) fn kind(name: &str) -> Result<Kind, Problem> {
    let found = Kind::ALL.into_iter().find(|kind| kind.as_str() == name);
    found.ok_or_else(|| {
        let known = Kind::ALL.map(Kind::as_str).join(", ");
        let mut problem = Problem::not_found("report", shortened(name));
        problem.detail = format!("{}; there are: {known}", problem.detail);
        problem
    })
}

/// The days that are asked for.
pub(crate) fn days(params: &mut Params, api: &Api) -> Days {
    let usual = api.app.reports.last_days(DAYS_DEFAULT);
    let mut day = |name: &'static str| -> Option<Date> {
        let text = params.text(name).filter(|text| !text.is_empty())?;
        let day = text.parse().ok();
        if day.is_none() {
            params.invalid(name, format!("'{name}' is a day such as 2026-11-30"));
        }
        day
    };
    let (from, until) = (day("from"), day("until"));
    Days { from: from.unwrap_or(usual.from), until: until.unwrap_or(usual.until) }
}

/// A report as a file.
pub(crate) fn file(report: &Report, form: Form) -> Response {
    let (kind, body) = match form {
        Form::Json => ("application/json", serde_json::to_vec(&body(report)).unwrap_or_default()),
        Form::Csv => ("text/csv; charset=utf-8", csv(report)),
        Form::Svg => ("image/svg+xml", picture(report, true).into_bytes()),
    };
    let mut response = Body::from(body).into_response();
    response.headers_mut().extend([
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ]);
    response
}

pub(crate) fn body(report: &Report) -> wire::Report {
    let column = |column: &Column| wire::ReportColumn {
        name: column.name.to_owned(),
        title: column.title.to_owned(),
        kind: match column.sort {
            Sort::Text => "text",
            Sort::Count => "count",
            Sort::Money => "money",
        }
        .to_owned(),
    };
    let row = |row: &Vec<Cell>| -> Map<String, Value> {
        let cells = report.columns.iter().zip(row);
        cells.map(|(column, cell)| (column.name.to_owned(), value(cell))).collect()
    };
    wire::Report {
        object: "report".to_owned(),
        report: report.kind.as_str().to_owned(),
        title: report.kind.title().to_owned(),
        from: report.from.map(rfc3339),
        until: rfc3339(report.until),
        columns: report.columns.iter().map(column).collect(),
        data: report.rows.iter().map(row).collect(),
        is_cut: report.is_cut,
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Count(count) => Value::from(*count),
        Cell::Money(amount, currency) => json!({"amount": amount, "currency": currency.code()}),
    }
}

/// What a person reads in a cell.
pub(crate) fn words(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Money(amount, currency) => format!("{} {}", decimal(*amount, *currency), currency.code()),
    }
}

fn decimal(amount: i64, currency: Currency) -> String {
    Money { amount, currency }.to_decimal()
}

/// A table, with the currency of its money in a column of its own.
fn csv(report: &Report) -> Vec<u8> {
    let mut table = Table::new(Vec::new(), false);
    let has_money = report.columns.iter().any(|column| column.sort == Sort::Money);
    let titles = report.columns.iter().map(|column| column.name).chain(has_money.then_some("currency"));
    let titles: Vec<_> = titles.map(|name| transfer::Cell::Text(name.to_owned())).collect();
    // A vector takes whatever is written to it.
    _ = table.row(&titles);
    for row in &report.rows {
        let cells = row.iter().map(|cell| match cell {
            Cell::Text(text) => transfer::Cell::Text(text.clone()),
            Cell::Count(count) => transfer::Cell::Number(count.to_string()),
            Cell::Money(amount, currency) => transfer::Cell::Number(decimal(*amount, *currency)),
        });
        let currency = row.iter().find_map(currency_of).map(Currency::code).unwrap_or_default();
        let currency = has_money.then(|| transfer::Cell::Text(currency.to_owned()));
        let cells: Vec<_> = cells.chain(currency).collect();
        _ = table.row(&cells);
    }
    table.end().unwrap_or_default()
}

const fn currency_of(cell: &Cell) -> Option<Currency> {
    match cell {
        Cell::Money(_, currency) => Some(*currency),
        _ => None,
    }
}

/// The picture of a report: of its money in the currency of its first row, since sums of two cannot be compared.
pub(crate) fn picture(report: &Report, alone: bool) -> String {
    let of = |row: &Vec<Cell>| row.get(report.shown).cloned();
    let currency = report.rows.iter().find_map(|row| currency_of(&of(row)?));
    let bars = report.rows.iter().filter_map(|row| {
        let cell = of(row)?;
        let value = match cell {
            Cell::Money(amount, of) if Some(of) == currency => amount,
            Cell::Count(count) => count,
            _ => return None,
        };
        let label = row.first().map(words).unwrap_or_default();
        Some(Bar { label, value, shown: words(&cell) })
    });
    let bars: Vec<Bar> = bars.collect();
    if report.kind == Kind::SalesByDay {
        picture::standing(report.kind.title(), &bars, alone)
    } else {
        picture::lying(report.kind.title(), &bars, alone)
    }
}
