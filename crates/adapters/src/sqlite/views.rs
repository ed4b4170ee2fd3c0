//! View rows, each with the version and number that the door stamped on it.

use std::sync::Arc;

use rusqlite::Result;
use sutler_app::commit::{Change, Receipt};
use sutler_app::ports::Stored;
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::OrderId;
use sutler_domain::orders::Order;

use super::session::Session;
use super::{order_rows, people_rows};
use crate::rows::{Prepared, ProductRow, Row, RowChange};
use crate::terms;

/// What a commit did to an order.
pub(super) enum WrittenOrder {
    /// It stands like this.
    Stands(Stored<Arc<Order>>),
    /// Its version moved without its view, or it is gone.
    Moved(OrderId),
}

/// Write what becomes of the view rows of a commit; gives what became of its orders.
pub(super) fn write(
    session: &Session,
    rows: &mut order_rows::Orders<'_>,
    prepared: &Prepared,
    receipt: &Receipt,
    orders: &mut Vec<WrittenOrder>,
) -> Result<()> {
    for (change, row) in prepared.commit.changes.iter().zip(&prepared.rows) {
        let version = receipt.version_of(&change.stream).unwrap_or_default();
        match row {
            RowChange::Put(row) => match &**row {
                Row::Order(order) => {
                    let drawn = receipt.number_of(&change.stream).filter(|_| change.numbered);
                    let number = rows.put(order, version, drawn)?;
                    let value = Arc::clone(&order.order);
                    orders.push(WrittenOrder::Stands(Stored { value, version, number }));
                }
                row => put(session, change, row, version.0)?,
            },
            RowChange::Keep => touch(session, &change.stream, version.0)?,
            RowChange::Delete if change.stream.kind() == StreamKind::Order => {
                rows.delete(change.stream.id())?;
            }
            RowChange::Delete => delete(session, &change.stream, version.0)?,
        }
        if change.stream.kind() == StreamKind::Order && !matches!(row, RowChange::Put(_)) {
            orders.push(WrittenOrder::Moved(OrderId::trusted(change.stream.id().into())));
        }
    }
    Ok(())
}

fn put(session: &Session, change: &Change, row: &Row, version: u64) -> Result<()> {
    let id = change.stream.id();
    match row {
        // Orders are written with their terms, above.
        Row::Order(_) => Ok(()),
        Row::Product(product) => put_product(session, id, product, version),
        Row::Price { body } => {
            let sql = "INSERT OR REPLACE INTO prices (variant_id, version, body) VALUES (?1, ?2, ?3)";
            session.execute(sql, (id, version, body)).map(drop)
        }
        Row::Collection(row) => {
            let sql = "INSERT OR REPLACE INTO collections
                           (collection_id, version, handle, title, status, publish_at, unpublish_at, body)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let (publish_at, unpublish_at) = (row.publish_at, row.unpublish_at);
            let row = (id, version, &row.handle, &row.title, row.status, publish_at, unpublish_at, &row.body);
            session.execute(sql, row).map(drop)
        }
        Row::Category(row) => {
            let sql =
                "INSERT OR REPLACE INTO categories (category_id, version, parent_id, handle, position, body)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            session
                .execute(sql, (id, version, &row.parent_id, &row.handle, row.position, &row.body))
                .map(drop)
        }
        Row::Stock { signal } => put_signal(session, id, signal),
        Row::Location { name, is_default, body } => {
            let sql = "INSERT OR REPLACE INTO locations (location_id, version, name, is_default, body)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            session.execute(sql, (id, version, name, is_default, body)).map(drop)
        }
        Row::Reservation { created_at, ends_at, body } => {
            let sql =
                "INSERT OR REPLACE INTO reservations (reservation_id, version, created_at, ends_at, body)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            session.execute(sql, (id, version, created_at, ends_at, body)).map(drop)
        }
        Row::Contact { body } => {
            let sql = "INSERT OR REPLACE INTO contacts (contact_id, version, body) VALUES (?1, ?2, ?3)";
            session.execute(sql, (id, version, body)).map(drop)
        }
        Row::Customer { created_at, body } => {
            let sql = "INSERT OR REPLACE INTO customers (customer_id, version, created_at, body)
                       VALUES (?1, ?2, ?3, ?4)";
            session.execute(sql, (id, version, created_at, body)).map(drop)
        }
        Row::Note { body } => {
            let sql = "INSERT OR REPLACE INTO notes (note_id, version, body) VALUES (?1, ?2, ?3)";
            session.execute(sql, (id, version, body)).map(drop)
        }
        Row::Key { hash, created_at, body } => {
            let sql =
                "INSERT INTO api_keys (key_id, version, hash, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (key_id) DO UPDATE SET version = excluded.version, body = excluded.body";
            session.execute(sql, (id, version, hash, created_at, body)).map(drop)
        }
        Row::Endpoint { enabled, created_at, body } => {
            let sql =
                "INSERT OR REPLACE INTO webhook_endpoints (endpoint_id, version, enabled, created_at, body)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            session.execute(sql, (id, version, enabled, created_at, body)).map(drop)
        }
        Row::Views { body } => {
            let sql = "INSERT OR REPLACE INTO saved_views (owner, version, body) VALUES (?1, ?2, ?3)";
            session.execute(sql, (id, version, body)).map(drop)
        }
        Row::Import { body } => {
            let sql = "INSERT OR REPLACE INTO imports (import_id, version, body) VALUES (?1, ?2, ?3)";
            session.execute(sql, (id, version, body)).map(drop)
        }
        Row::User { .. } | Row::Session(_) => people_rows::put(session, &change.stream, row, version),
    }
}

fn put_product(session: &Session, id: &str, product: &ProductRow, version: u64) -> Result<()> {
    forget_product_terms(session, id)?;
    session.execute(
        "INSERT INTO products (product_id, version, handle, title, status, updated_at, terms, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (product_id) DO UPDATE SET
             version = excluded.version, handle = excluded.handle, title = excluded.title,
             status = excluded.status, updated_at = excluded.updated_at, terms = excluded.terms,
             body = excluded.body",
        (
            id,
            version,
            &product.handle,
            &product.title,
            product.status,
            product.updated_at,
            &product.terms,
            &product.body,
        ),
    )?;
    for term in terms::changes("", &product.terms).0 {
        let sql = "INSERT INTO product_terms (term, title, product_id) VALUES (?1, ?2, ?3)";
        session.execute(sql, (term, &product.title, id))?;
    }
    session.execute("DELETE FROM variants WHERE product_id = ?1", [id])?;
    for (variant_id, sku) in &product.variants {
        let sql = "INSERT OR REPLACE INTO variants (variant_id, product_id, sku) VALUES (?1, ?2, ?3)";
        session.execute(sql, (variant_id, id, sku))?;
    }
    Ok(())
}

/// Products change seldom; their few terms are written anew with the title that sorts them.
fn forget_product_terms(session: &Session, id: &str) -> Result<()> {
    let sql = "SELECT title, terms FROM products WHERE product_id = ?1";
    let before: Option<(String, String)> = session.one(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some((title, before)) = before else { return Ok(()) };
    for term in terms::changes("", &before).0 {
        let sql = "DELETE FROM product_terms WHERE term = ?1 AND title = ?2 AND product_id = ?3";
        session.execute(sql, (term, &title, id))?;
    }
    Ok(())
}

fn put_signal(session: &Session, id: &str, signal: &str) -> Result<()> {
    let (variant, location) = id.split_once('/').unwrap_or((id, ""));
    let sql = "INSERT INTO stock (variant_id, location_id, signal) VALUES (?1, ?2, ?3)
               ON CONFLICT (variant_id, location_id) DO UPDATE SET signal = excluded.signal";
    session.execute(sql, (variant, location, signal)).map(drop)
}

/// A change that keeps its view moves the view's version all the same. Stock has its version with its stream, and
/// each version of a contact is a row of its own.
fn touch(session: &Session, stream: &StreamId, version: u64) -> Result<()> {
    let sql = match stream.kind() {
        StreamKind::Order => "UPDATE orders SET version = ?2 WHERE order_id = ?1",
        StreamKind::Product => "UPDATE products SET version = ?2 WHERE product_id = ?1",
        StreamKind::Price => "UPDATE prices SET version = ?2 WHERE variant_id = ?1",
        StreamKind::Category => "UPDATE categories SET version = ?2 WHERE category_id = ?1",
        StreamKind::Collection => "UPDATE collections SET version = ?2 WHERE collection_id = ?1",
        StreamKind::Location => "UPDATE locations SET version = ?2 WHERE location_id = ?1",
        StreamKind::Reservation => "UPDATE reservations SET version = ?2 WHERE reservation_id = ?1",
        StreamKind::Customer => "UPDATE customers SET version = ?2 WHERE customer_id = ?1",
        StreamKind::Note => "UPDATE notes SET version = ?2 WHERE note_id = ?1",
        StreamKind::Key => "UPDATE api_keys SET version = ?2 WHERE key_id = ?1",
        StreamKind::Endpoint => "UPDATE webhook_endpoints SET version = ?2 WHERE endpoint_id = ?1",
        StreamKind::User => "UPDATE users SET version = ?2 WHERE user_id = ?1",
        StreamKind::Session => "UPDATE sessions SET version = ?2 WHERE session_id = ?1",
        StreamKind::Import => "UPDATE imports SET version = ?2 WHERE import_id = ?1",
        StreamKind::Views => "UPDATE saved_views SET version = ?2 WHERE owner = ?1",
        StreamKind::Stock | StreamKind::Contact | StreamKind::Job | StreamKind::CategoryTree => return Ok(()),
    };
    session.execute(sql, (stream.id(), version)).map(drop)
}

/// A person who is taken away is remembered as erased, by id and version, so that no backup brings them back.
fn delete(session: &Session, stream: &StreamId, version: u64) -> Result<()> {
    let id = stream.id();
    if matches!(stream.kind(), StreamKind::Contact | StreamKind::Note) {
        let sql =
            "INSERT OR REPLACE INTO erasures (stream, version, at) SELECT ?1, ?2, recorded_at FROM head";
        session.execute(sql, (stream.as_str(), version))?;
    }
    let sql = match stream.kind() {
        StreamKind::Product => {
            forget_product_terms(session, id)?;
            session.execute("DELETE FROM variants WHERE product_id = ?1", [id])?;
            "DELETE FROM products WHERE product_id = ?1"
        }
        StreamKind::Price => "DELETE FROM prices WHERE variant_id = ?1",
        StreamKind::Category => "DELETE FROM categories WHERE category_id = ?1",
        StreamKind::Collection => "DELETE FROM collections WHERE collection_id = ?1",
        StreamKind::Stock => return put_signal(session, id, "in_stock"),
        StreamKind::Location => "DELETE FROM locations WHERE location_id = ?1",
        StreamKind::Reservation => "DELETE FROM reservations WHERE reservation_id = ?1",
        StreamKind::Customer => "DELETE FROM customers WHERE customer_id = ?1",
        StreamKind::Contact => "DELETE FROM contacts WHERE contact_id = ?1",
        StreamKind::Note => "DELETE FROM notes WHERE note_id = ?1",
        StreamKind::Key => "DELETE FROM api_keys WHERE key_id = ?1",
        StreamKind::Endpoint => "DELETE FROM webhook_endpoints WHERE endpoint_id = ?1",
        StreamKind::User => "DELETE FROM users WHERE user_id = ?1",
        StreamKind::Session => "DELETE FROM sessions WHERE session_id = ?1",
        StreamKind::Import => "DELETE FROM imports WHERE import_id = ?1",
        StreamKind::Views => "DELETE FROM saved_views WHERE owner = ?1",
        // Orders are taken away with their terms, above.
        StreamKind::Order | StreamKind::Job | StreamKind::CategoryTree => return Ok(()),
    };
    session.execute(sql, [id]).map(drop)
}
