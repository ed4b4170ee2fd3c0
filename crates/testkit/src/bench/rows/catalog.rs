//! The large catalog: how long its index takes to build, what a search, a page of the list and memory come to.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::waited::asked;
use crate::assortment::questions;
use crate::bench::catalog::{Catalog, PRODUCTS, SEED};
use crate::bench::figures::{Row, mebi, per, shown};
use crate::bench::load::{self, Until};
use crate::bench::process::Server;
use crate::bench::requests::Requests;
use crate::bench::stage::Stage;

/// What is measured on it.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) enum Wanted {
    /// How fast the index is built.
    Index,
    /// The most memory while it is built.
    IndexMemory,
    /// Searches, without counts.
    Words,
    /// Searches with all facets.
    Facets,
    /// The whole catalog with all facets: nothing was written into the search box.
    Browse,
    /// Pages of the list.
    Page,
    /// Memory while it is searched and listed.
    Memory,
}

/// Questions that are asked in turn: far more than are answered from what was just read.
const QUESTIONS: usize = 2_000;

/// Pages of the list, one behind the other.
const PAGES: usize = 40;

/// Connections that search while memory is looked at.
const SEARCHERS: usize = 8;

pub(super) async fn measure(row: Row, stage: &Stage, wanted: Wanted) -> Result<Row> {
    let catalog = stage.catalog().await?;
    let row = match wanted {
        Wanted::Index | Wanted::IndexMemory => built(row, catalog, wanted),
        Wanted::Memory => memory(row, stage, catalog).await?,
        Wanted::Words | Wanted::Facets | Wanted::Browse | Wanted::Page => {
            let server = catalog.serve(stage).await?;
            let paths = match wanted {
                Wanted::Words => searches(catalog, "&facets=none"),
                Wanted::Facets => searches(catalog, ""),
                Wanted::Page => pages(&server).await?,
                _ => vec!["/catalog/search".to_owned()],
            };
            let row = asked(row, stage, &server, &Requests::get(&paths), 1).await?;
            server.stop().await?;
            row
        }
    };
    Ok(sized(row, catalog.goods.products()))
}

/// A row of another size has another name, so that no goal takes it for one of a million.
fn sized(mut row: Row, products: u64) -> Row {
    if products != PRODUCTS {
        row.name = row.name.replace("-1m", &format!("-{products}"));
        row.what = row.what.replace("1,000,000", &products.to_string());
    }
    row
}

fn built(row: Row, catalog: &Catalog, wanted: Wanted) -> Row {
    let (indexed, products) = (catalog.indexed, catalog.goods.products());
    if let Wanted::IndexMemory = wanted {
        let note = format!("{} MiB of it in no file at the end", shown(mebi(indexed.anonymous_bytes)));
        return Row { rate: Some(mebi(indexed.peak_bytes)), note, ..row };
    }
    let mut row = row.cost(products, indexed.cpu, Duration::ZERO);
    row.load_cpu_us = None;
    row.rate = Some(per(products, indexed.took));
    let (took, disk) = (indexed.took.as_secs_f64(), shown(mebi(indexed.disk_bytes)));
    row.note =
        format!("{products} products in {took:.1} s, from the start of the server; {disk} MiB on the disk");
    row
}

fn searches(catalog: &Catalog, rest: &str) -> Vec<String> {
    let path = |question: String| {
        let words: String = form_urlencoded::byte_serialize(question.as_bytes()).collect();
        format!("/catalog/search?q={words}{rest}")
    };
    questions(SEED, catalog.goods, QUESTIONS).into_iter().map(path).collect()
}

/// The first page, and those that follow it.
async fn pages(server: &Server) -> Result<Vec<String>> {
    let mut paths = vec!["/products".to_owned()];
    while paths.len() < PAGES
        && let Some(last) = paths.last()
    {
        let body: Value = serde_json::from_slice(
            &load::fetch(server.address, &Requests::get(std::slice::from_ref(last))).await?,
        )?;
        let page = body.pointer("/page").context("a list without a page")?;
        let Some(next) = page.pointer("/next").and_then(Value::as_str) else { break };
        let cursor: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        paths.push(format!("/products?after={cursor}"));
    }
    Ok(paths)
}

/// The most that is resident of a server that found its index, while eight search with facets and list.
async fn memory(row: Row, stage: &Stage, catalog: &Catalog) -> Result<Row> {
    let server = catalog.serve(stage).await?;
    let before = mebi(server.resident_bytes()?);
    let mut paths = searches(catalog, "");
    paths.extend(pages(&server).await?);
    let until = Until::Passed(Duration::from_secs(stage.pace.seconds));
    load::closed(server.address, &Requests::get(&paths), SEARCHERS, until, 0).await?;
    let rate = Some(mebi(server.peak_bytes()?));
    let anonymous = shown(mebi(server.anonymous_bytes()?));
    let note = format!("{anonymous} MiB of it in no file; {before:.1} MiB before the first search");
    server.stop().await?;
    Ok(Row { rate, note, ..row })
}
