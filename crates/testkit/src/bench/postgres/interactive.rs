//! What peers do: a transaction for each order that is open while its client speaks, with locks on the rows of stock.
//!
//! It writes the rows that an order of ours leaves behind, copied from the engine, into the same tables: so it has the
//! same bytes and the same entries in indexes, whatever the schema is. It is spared what would slow it: its statements
//! are prepared, its locks are taken in one order, rows of one table go in one statement, numbers are handed out by the
//! client, nothing reads a price or a key, and nobody works on its job.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::BytesMut;
use rusqlite::types::Value;
use tokio::task::LocalSet;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Row, Statement};

use super::connect;
use crate::bench::load::{Tally, all_done};
use crate::bench::pattern::Pattern;
use crate::bench::requests::{Basket, bought};

/// Numbers of the orders that were recorded: further ones are behind them.
const RECORDED: u64 = 2;

/// The place of the order that was recorded among those of a bench: it says which products are in its rows.
const RECORDED_AT: usize = 0;

/// The rows that an order leaves behind, table by table.
#[derive(Clone, Debug)]
pub(in crate::bench) struct Recorded {
    tables: Vec<Inserted>,
    /// The variant of each product.
    variants: HashMap<String, String>,
}

/// Rows of one table, and the statement that inserts all of them.
#[derive(Clone, Debug)]
struct Inserted {
    sql: String,
    cells: Vec<Pattern>,
}

/// A table with the columns that are not made by the server.
struct Table {
    name: String,
    columns: Vec<String>,
}

impl Recorded {
    /// Of two orders that `place` places.
    pub(in crate::bench) async fn of(books: &Client, place: impl AsyncFn(u64) -> Result<()>) -> Result<Self> {
        let tables = tables(books).await?;
        let mut rounds = Vec::new();
        for n in 0..RECORDED {
            let begin: i64 = books.query_one("SELECT txid_current()", &[]).await?.get(0);
            let before = counts(books, &tables).await?;
            place(n).await?;
            let after = counts(books, &tables).await?;
            let mut rows = Vec::new();
            for ((table, before), after) in tables.iter().zip(before).zip(after) {
                // Where only old rows changed, the door or a worker did so, which peers do without.
                rows.push(if after > before { written(books, table, begin).await? } else { Vec::new() });
            }
            rounds.push(rows);
        }
        let [first, second] = rounds.as_slice() else { bail!("two orders are recorded") };
        let pairs = tables.iter().zip(first.iter().zip(second)).filter(|(_, (rows, _))| !rows.is_empty());
        let tables = pairs.map(|(table, (first, second))| inserted(table, first, second));
        let tables = tables.collect::<Result<_>>()?;
        let variants = books.query("SELECT product_id, variant_id FROM variants", &[]).await?;
        let variants = variants.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Self { tables, variants })
    }

    fn variants(&self, products: &[String; 3]) -> Result<Vec<&str>> {
        let variant = |product| self.variants.get(product).map(String::as_str).context("an unknown product");
        products.iter().map(variant).collect()
    }

    /// Place orders on so many connections until the time is over. All of them are in the books afterwards.
    pub(in crate::bench) async fn place(
        &self,
        url: &str,
        (basket, products): (Basket, usize),
        clients: usize,
        length: Duration,
        first: u64,
    ) -> Result<Tally> {
        let mut open = Vec::with_capacity(clients);
        for _ in 0..clients {
            open.push(Peer::connect(url, self).await?);
        }
        let (tally, next) = (Rc::new(RefCell::new(Tally::new()?)), Rc::new(Cell::new(first)));
        let (local, begun) = (LocalSet::new(), Instant::now());
        let mut buyers = Vec::with_capacity(clients);
        for peer in open {
            let (tally, next, recorded) = (Rc::clone(&tally), Rc::clone(&next), self.clone());
            buyers.push(local.spawn_local(async move {
                while begun.elapsed() < length {
                    let n = next.replace(next.get() + 1);
                    let at = usize::try_from(n).unwrap_or(0) % products;
                    let asked = Instant::now();
                    let was = bought(Basket::Many, RECORDED_AT, products);
                    peer.place(&recorded, RECORDED + n, (&was, &bought(basket, at, products))).await?;
                    tally.borrow_mut().done_in(asked.elapsed());
                }
                anyhow::Ok(())
            }));
        }
        all_done(local, buyers, tally, begun).await
    }
}

/// A client with its prepared statements.
struct Peer {
    client: Client,
    lock: Statement,
    reserve: Statement,
    inserts: Vec<Statement>,
}

impl Peer {
    async fn connect(url: &str, recorded: &Recorded) -> Result<Self> {
        let client = connect(url).await?;
        let lock =
            "SELECT on_hand - reserved FROM stock WHERE variant_id = ANY($1) ORDER BY variant_id FOR UPDATE";
        let lock = client.prepare(lock).await?;
        let reserve =
            client.prepare("UPDATE stock SET reserved = reserved + 1 WHERE variant_id = ANY($1)").await?;
        let mut inserts = Vec::with_capacity(recorded.tables.len());
        for table in &recorded.tables {
            inserts.push(client.prepare(&table.sql).await?);
        }
        Ok(Self { client, lock, reserve, inserts })
    }

    /// One order, one statement after the other, each waited for.
    async fn place(
        &self,
        recorded: &Recorded,
        n: u64,
        (was, products): (&[String; 3], &[String; 3]),
    ) -> Result<()> {
        let (variants_were, variants) = (recorded.variants(was)?, recorded.variants(products)?);
        let swapped = was.iter().map(String::as_str).zip(products.iter().map(String::as_str));
        let swapped: Vec<_> =
            swapped.chain(variants_were.into_iter().zip(variants.iter().copied())).collect();
        self.client.batch_execute("BEGIN").await?;
        let levels = self.client.query(&self.lock, &[&variants]).await?;
        ensure!(levels.len() == 3 && levels.iter().all(|level| level.get::<_, i64>(0) > 0), "out of stock");
        self.client.execute(&self.reserve, &[&variants]).await?;
        for (table, insert) in recorded.tables.iter().zip(&self.inserts) {
            let cells: Vec<Written> = table.cells.iter().map(|cell| Written::of(cell, n, &swapped)).collect();
            let cells: Vec<&(dyn ToSql + Sync)> =
                cells.iter().map(|cell| -> &(dyn ToSql + Sync) { cell }).collect();
            self.client.execute(insert, &cells).await?;
        }
        Ok(self.client.batch_execute("COMMIT").await?)
    }
}

/// A value on its way to a column.
#[derive(Debug)]
struct Written(Value);

impl Written {
    fn of(cell: &Pattern, n: u64, swapped: &[(&str, &str)]) -> Self {
        Self(match cell.value(n, n) {
            Value::Text(text) => Value::Text(with_others(&text, swapped)),
            value => value,
        })
    }
}

impl ToSql for Written {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) if *kind == Type::BOOL => (*number != 0).to_sql(kind, out),
            Value::Integer(number) => number.to_sql(kind, out),
            Value::Real(number) => number.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The text with other ids in the places of some, all of them at once.
fn with_others(text: &str, swapped: &[(&str, &str)]) -> String {
    let (mut named, mut rest) = (String::with_capacity(text.len()), text);
    // Ids of products begin with one of these letters, those of variants with the other.
    while let Some(at) = rest.find(['P', 'v']) {
        let (before, behind) = rest.split_at(at);
        named.push_str(before);
        let found = swapped.iter().find_map(|(was, is)| Some((behind.strip_prefix(was)?, *is)));
        let (next, is) = found.unwrap_or_else(|| {
            let (letter, next) = behind.split_at(1);
            (next, letter)
        });
        named.push_str(is);
        rest = next;
    }
    named.push_str(rest);
    named
}

/// The tables of the schema, but for that of the migrations.
async fn tables(books: &Client) -> Result<Vec<Table>> {
    let sql = "SELECT table_name::text, array_agg(column_name::text ORDER BY ordinal_position)
               FROM information_schema.columns
               WHERE table_schema = 'public' AND is_identity = 'NO' AND table_name <> 'sutler_migrations'
               GROUP BY table_name ORDER BY table_name";
    let rows = books.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| Table { name: row.get(0), columns: row.get(1) }).collect())
}

async fn counts(books: &Client, tables: &[Table]) -> Result<Vec<i64>> {
    let mut counts = Vec::with_capacity(tables.len());
    for table in tables {
        counts.push(books.query_one(&format!("SELECT count(*) FROM {}", table.name), &[]).await?.get(0));
    }
    Ok(counts)
}

/// The rows that were written since this transaction, in an order that two rounds have in common.
async fn written(books: &Client, table: &Table, since: i64) -> Result<Vec<Vec<Value>>> {
    let (name, columns) = (&table.name, table.columns.join(", "));
    let sql = format!("SELECT {columns} FROM {name} WHERE xmin::text::bigint > $1 ORDER BY {columns}");
    let rows = books.query(&sql, &[&since]).await?;
    rows.iter().map(|row| (0..row.len()).map(|at| value(row, at)).collect()).collect()
}

fn value(row: &Row, at: usize) -> Result<Value> {
    let kind = row.columns().get(at).map(tokio_postgres::Column::type_);
    Ok(match kind {
        Some(&Type::TEXT) => row.try_get::<_, Option<String>>(at)?.map_or(Value::Null, Value::Text),
        Some(&Type::INT8) => row.try_get::<_, Option<i64>>(at)?.map_or(Value::Null, Value::Integer),
        Some(&Type::BYTEA) => row.try_get::<_, Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Blob),
        Some(&Type::BOOL) => {
            row.try_get::<_, Option<bool>>(at)?.map_or(Value::Null, |is| Value::Integer(is.into()))
        }
        kind => bail!("a column of a type that is not recorded: {kind:?}"),
    })
}

/// The statement that inserts rows as those of two rounds.
fn inserted(table: &Table, first: &[Vec<Value>], second: &[Vec<Value>]) -> Result<Inserted> {
    ensure!(first.len() == second.len(), "two orders wrote different rows into {}", table.name);
    let pairs = first.iter().flatten().zip(second.iter().flatten());
    let cells = pairs.map(|(a, b)| Pattern::of(a, b)).collect::<Result<Vec<_>>>();
    let cells = cells.with_context(|| format!("in table {}", table.name))?;
    let width = table.columns.len();
    let places = |row: usize| {
        let places: Vec<String> = (0..width).map(|at| format!("${}", row * width + at + 1)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..first.len()).map(places).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns.join(", "), rows.join(", "));
    Ok(Inserted { sql, cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_ids_take_the_places_of_some_all_at_once() {
        let swapped = [("P000000", "P000002"), ("P000002", "P000900"), ("var_a", "var_v")];
        let text = r#"{"a":"P000000","b":"SKU-P000001 P000002","vendor":"var_a","c":"var_b"}"#;
        let named = r#"{"a":"P000002","b":"SKU-P000001 P000900","vendor":"var_v","c":"var_b"}"#;
        assert_eq!(with_others(text, &swapped), named);
    }
}
