//! The same on PostgreSQL.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{history, take_in, told};
use crate::bench::figures::{Row, per};
use crate::bench::postgres::{Primary, connect};
use crate::bench::rows::postgres::So;
use crate::bench::stage::Stage;

/// `sutler import` of past orders. What the database uses counts.
pub(in crate::bench::rows) async fn orders(row: Row, stage: &Stage, primary: &Primary) -> Result<Row> {
    let history = history(stage)?;
    let database = primary.empty()?;
    let url = primary.url(&database);
    let servers = [stage.node(&url).await?];
    let books = connect(&url).await?;
    primary.settle()?;
    let before = So::far(primary, &servers, &books).await?;
    let [server] = &servers;
    let (ran, orders) = take_in(stage, server, &history)?;
    let (cpu, written) = So::far(primary, &servers, &books).await?.since(before);
    drop(books);
    let [server] = servers;
    server.stop().await?;
    primary.forget(&database)?;
    let lines = history.lines;
    let mut row = row.cost(lines, cpu, ran.cpu).wrote(lines, written);
    row.rate = Some(per(lines, ran.took));
    row.note = told(lines, orders, ran.took);
    Ok(row)
}

/// What an import left, by `COPY` into empty tables with their indexes, in one transaction.
pub(in crate::bench::rows) async fn loaded(row: Row, stage: &Stage, primary: &Primary) -> Result<Row> {
    let (history, from, to) = (history(stage)?, primary.empty()?, primary.empty()?);
    let server = stage.node(&primary.url(&from)).await?;
    take_in(stage, &server, &history)?;
    server.stop().await?;
    // A node that comes and goes leaves the schema behind.
    stage.node(&primary.url(&to)).await?.stop().await?;
    let (rows, took) = copy(primary, &from, &to)?;
    primary.forget(&from)?;
    primary.forget(&to)?;
    let mut row = row;
    row.rate = Some(per(history.lines, took));
    row.note = format!("{rows} rows in {:.1} s", took.as_secs_f64());
    Ok(row)
}

fn copy(primary: &Primary, from: &str, to: &str) -> Result<(u64, Duration)> {
    let names =
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'refinery%'";
    let names = primary.sql(from, names)?;
    let names: Vec<&str> = names.lines().collect();
    ensure!(!names.is_empty(), "no table in the schema 'public'");
    let file = |name: &&str| format!("{}/{name}.copy", primary.folder().display());
    let each = |sql: &dyn Fn(&&str) -> String| names.iter().map(sql).collect::<Vec<_>>().join("; ");
    primary.sql(from, &each(&|name| format!("COPY {name} TO '{}' (FORMAT binary)", file(name))))?;
    let counts = names.iter().map(|name| format!("(SELECT count(*) FROM {name})")).collect::<Vec<_>>();
    primary.sql(to, &format!("TRUNCATE {}", names.join(", ")))?;
    primary.settle()?;
    let begun = Instant::now();
    let load = each(&|name| format!("COPY {name} FROM '{}' (FORMAT binary)", file(name)));
    // Rows of one table that name those of another come in any order.
    primary.sql(to, &format!("SET session_replication_role = replica; {load}"))?;
    let took = begun.elapsed();
    let rows = primary.sql(to, &format!("SELECT {}", counts.join(" + ")))?.parse()?;
    for name in &names {
        std::fs::remove_file(file(name))?;
    }
    Ok((rows, took))
}
