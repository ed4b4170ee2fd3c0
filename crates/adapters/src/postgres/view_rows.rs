//! View rows other than orders, each with the version that the door stamped on it.

use std::collections::HashMap;

use futures::join;
use sutler_app::stream::StreamKind;

use super::person_rows::{contacts, customers, erasures};
use super::session::{Session, column, p};
use super::trouble::Result;
use super::views::Folded;
use super::write::first_cause;
use super::{categories, collections, people_rows};
use crate::rows::{ProductRow, Row};
use crate::terms;

/// Kinds whose views are a table of their own, with the column of their id.
const TABLES: [(StreamKind, &str, &str); 14] = [
    (StreamKind::Product, "products", "product_id"),
    (StreamKind::Price, "prices", "variant_id"),
    (StreamKind::Category, "categories", "category_id"),
    (StreamKind::Collection, "collections", "collection_id"),
    (StreamKind::Location, "locations", "location_id"),
    (StreamKind::Reservation, "reservations", "reservation_id"),
    (StreamKind::Customer, "customers", "customer_id"),
    (StreamKind::Note, "notes", "note_id"),
    (StreamKind::Key, "api_keys", "key_id"),
    (StreamKind::Endpoint, "webhook_endpoints", "endpoint_id"),
    (StreamKind::User, "users", "user_id"),
    (StreamKind::Session, "sessions", "session_id"),
    (StreamKind::Import, "imports", "import_id"),
    (StreamKind::Views, "saved_views", "owner"),
];

/// Write the views of a batch, but for orders. A table that nothing happened to costs no statement.
pub(super) async fn write(session: &Session, folded: &Folded<'_>) -> Result<()> {
    // A view that went makes place, also for another one that takes what was unique about it.
    for (kind, table, id) in TABLES {
        delete(session, &folded.gone(kind), table, id).await?;
    }
    let done = join!(
        products(session, folded),
        bodies(session, folded, StreamKind::Price, "prices", "variant_id"),
        categories::put(session, folded),
        collections::put(session, folded),
        bodies(session, folded, StreamKind::Note, "notes", "note_id"),
        bodies(session, folded, StreamKind::Import, "imports", "import_id"),
        bodies(session, folded, StreamKind::Views, "saved_views", "owner"),
        locations(session, folded),
        reservations(session, folded),
        contacts(session, folded),
        customers(session, folded),
        erasures(session, folded),
        api_keys(session, folded),
        endpoints(session, folded),
        signals(session, folded),
        people_rows::users(session, folded),
        people_rows::sessions(session, folded),
    );
    let (
        products,
        prices,
        categories,
        collections,
        notes,
        imports,
        saved_views,
        locations,
        reservations,
        contacts,
        customers,
        erasures,
        keys,
        endpoints,
        signals,
        users,
        sessions,
    ) = done;
    first_cause([
        products,
        prices,
        categories,
        collections,
        notes,
        locations,
        reservations,
        contacts,
        customers,
        erasures,
    ])?;
    first_cause([keys, endpoints, signals, users, sessions, imports, saved_views])?;
    for (kind, table, id) in TABLES {
        touch(session, folded.touched(kind), table, id).await?;
    }
    Ok(())
}

pub(super) async fn delete(session: &Session, gone: &Vec<&str>, table: &str, id: &str) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    session.execute(&format!("DELETE FROM {table} WHERE {id} = ANY($1)"), &[p(gone)]).await.map(drop)
}

/// A change that keeps its view moves the view's version all the same. Stock has its version with its stream, and
/// each version of a contact is a row of its own.
async fn touch(
    session: &Session,
    (ids, versions): (Vec<&str>, Vec<i64>),
    table: &str,
    id: &str,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE {table} SET version = moved.version FROM UNNEST($1, $2) AS moved (id, version)
         WHERE {table}.{id} = moved.id"
    );
    session.execute(&sql, &[p(&ids), p(&versions)]).await.map(drop)
}

/// Products change seldom; their few terms and variants are written anew with the title that sorts them.
async fn products(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Product);
    let put: Vec<(&str, i64, &ProductRow)> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Product(row) => Some((id, version, row)),
            _ => None,
        })
        .collect();
    let mut old = folded.gone(StreamKind::Product);
    old.extend(put.iter().map(|(id, ..)| *id));
    if old.is_empty() {
        return Ok(());
    }
    session.execute("DELETE FROM product_terms WHERE product_id = ANY($1)", &[p(&old)]).await?;
    session.execute("DELETE FROM variants WHERE product_id = ANY($1)", &[p(&old)]).await?;
    let (rows, terms, variants) =
        join!(product_rows(session, &put), product_terms(session, &put), variants(session, &put));
    first_cause([rows, terms, variants])
}

async fn product_rows(session: &Session, put: &[(&str, i64, &ProductRow)]) -> Result<()> {
    if put.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO products (product_id, version, handle, title, status, updated_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (product_id) DO UPDATE SET
                   version = excluded.version, handle = excluded.handle, title = excluded.title,
                   status = excluded.status, updated_at = excluded.updated_at, body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(put, |(id, ..)| *id)),
                p(&column(put, |(_, version, _)| *version)),
                p(&column(put, |(.., row)| row.handle.as_str())),
                p(&column(put, |(.., row)| row.title.as_str())),
                p(&column(put, |(.., row)| row.status)),
                p(&column(put, |(.., row)| row.updated_at)),
                p(&column(put, |(.., row)| row.body.as_str())),
            ],
        )
        .await
        .map(drop)
}

async fn product_terms(session: &Session, put: &[(&str, i64, &ProductRow)]) -> Result<()> {
    let rows: Vec<_> = put
        .iter()
        .flat_map(|(id, _, row)| {
            terms::changes("", &row.terms).0.into_iter().map(move |term| (term, row.title.as_str(), *id))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO product_terms (term, title, product_id) SELECT * FROM UNNEST($1, $2, $3)";
    let columns = (column(&rows, |r| r.0), column(&rows, |r| r.1), column(&rows, |r| r.2));
    session.execute(sql, &[p(&columns.0), p(&columns.1), p(&columns.2)]).await.map(drop)
}

/// A variant that passed from one product to another in this batch is the last one's.
async fn variants(session: &Session, put: &[(&str, i64, &ProductRow)]) -> Result<()> {
    let all = put.iter().flat_map(|(id, _, row)| {
        row.variants.iter().map(move |(variant, sku)| (variant.as_str(), (*id, sku.as_str())))
    });
    let last: HashMap<&str, (&str, &str)> = all.collect();
    if last.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = last.into_iter().collect();
    let sql = "INSERT INTO variants (variant_id, product_id, sku) SELECT * FROM UNNEST($1, $2, $3)
               ON CONFLICT (variant_id) DO UPDATE SET product_id = excluded.product_id, sku = excluded.sku";
    let ids = column(&rows, |(variant, _)| *variant);
    let products = column(&rows, |(_, (product, _))| *product);
    let skus = column(&rows, |(_, (_, sku))| *sku);
    session.execute(sql, &[p(&ids), p(&products), p(&skus)]).await.map(drop)
}

/// Prices and notes: an id, a version, a body.
async fn bodies(
    session: &Session,
    folded: &Folded<'_>,
    kind: StreamKind,
    table: &str,
    id: &str,
) -> Result<()> {
    let put = folded.standing(kind);
    if put.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO {table} ({id}, version, body) SELECT * FROM UNNEST($1, $2, $3)
         ON CONFLICT ({id}) DO UPDATE SET version = excluded.version, body = excluded.body"
    );
    let ids = column(&put, |(id, ..)| *id);
    let versions = column(&put, |(_, version, _)| *version);
    let bodies = column(&put, |(.., row)| body(row));
    session.execute(&sql, &[p(&ids), p(&versions), p(&bodies)]).await.map(drop)
}

/// The JSON of a row. Signals have none.
pub(super) fn body(row: &Row) -> &str {
    match row {
        Row::Order(order) => &order.body,
        Row::Product(product) => &product.body,
        Row::Price { body }
        | Row::Location { body, .. }
        | Row::Reservation { body, .. }
        | Row::Contact { body }
        | Row::Customer { body, .. }
        | Row::Note { body }
        | Row::Key { body, .. }
        | Row::Endpoint { body, .. }
        | Row::User { body, .. }
        | Row::Import { body }
        | Row::Views { body } => body,
        Row::Category(row) => &row.body,
        Row::Collection(row) => &row.body,
        Row::Session(session) => &session.body,
        Row::Stock { .. } => "",
    }
}

async fn locations(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Location);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Location { name, is_default, body } => Some((id, version, name, *is_default, body)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO locations (location_id, version, name, is_default, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5)
               ON CONFLICT (location_id) DO UPDATE SET version = excluded.version, name = excluded.name,
                   is_default = excluded.is_default, body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |row| row.0)),
                p(&column(&rows, |row| row.1)),
                p(&column(&rows, |row| row.2.as_str())),
                p(&column(&rows, |row| row.3)),
                p(&column(&rows, |row| row.4.as_str())),
            ],
        )
        .await
        .map(drop)
}

async fn reservations(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Reservation);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Reservation { created_at, ends_at, body } => {
                Some((id, version, *created_at, *ends_at, body))
            }
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO reservations (reservation_id, version, created_at, ends_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5)
               ON CONFLICT (reservation_id) DO UPDATE SET version = excluded.version,
                   created_at = excluded.created_at, ends_at = excluded.ends_at, body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |row| row.0)),
                p(&column(&rows, |row| row.1)),
                p(&column(&rows, |row| row.2)),
                p(&column(&rows, |row| row.3)),
                p(&column(&rows, |row| row.4.as_str())),
            ],
        )
        .await
        .map(drop)
}

async fn api_keys(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Key);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Key { hash, created_at, body } => Some((id, version, hash, *created_at, body)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO api_keys (key_id, version, hash, created_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5)
               ON CONFLICT (key_id) DO UPDATE SET version = excluded.version, body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |row| row.0)),
                p(&column(&rows, |row| row.1)),
                p(&column(&rows, |row| row.2.as_str())),
                p(&column(&rows, |row| row.3)),
                p(&column(&rows, |row| row.4.as_str())),
            ],
        )
        .await
        .map(drop)
}

async fn endpoints(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Endpoint);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Endpoint { enabled, created_at, body } => Some((id, version, *enabled, *created_at, body)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO webhook_endpoints (endpoint_id, version, enabled, created_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5)
               ON CONFLICT (endpoint_id) DO UPDATE SET version = excluded.version,
                   enabled = excluded.enabled, body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |row| row.0)),
                p(&column(&rows, |row| row.1)),
                p(&column(&rows, |row| row.2)),
                p(&column(&rows, |row| row.3)),
                p(&column(&rows, |row| row.4.as_str())),
            ],
        )
        .await
        .map(drop)
}

/// What was last told about levels of stock; a level that nothing is told about any more is in stock.
async fn signals(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let told = folded.of_kind(StreamKind::Stock).filter_map(|(stream, last)| {
        let signal = match last.row {
            Some(Row::Stock { signal }) => *signal,
            _ if last.gone => "in_stock",
            _ => return None,
        };
        let (variant, location) = stream.id().split_once('/').unwrap_or((stream.id(), ""));
        Some((variant, location, signal))
    });
    let rows: Vec<_> = told.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO stock (variant_id, location_id, signal) SELECT * FROM UNNEST($1, $2, $3)
               ON CONFLICT (variant_id, location_id) DO UPDATE SET signal = excluded.signal";
    let columns = (column(&rows, |r| r.0), column(&rows, |r| r.1), column(&rows, |r| r.2));
    session.execute(sql, &[p(&columns.0), p(&columns.1), p(&columns.2)]).await.map(drop)
}
