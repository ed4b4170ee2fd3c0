//! Rows of persons and customers, and the list of who was erased.

use sutler_app::stream::StreamKind;

use super::session::{Session, column, int, p};
use super::trouble::Result;
use super::view_rows::{body, delete};
use super::views::Folded;
use crate::rows::Row;

/// Persons: every version is a row; all of them go at once.
pub(super) async fn contacts(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let all = || folded.of_kind(StreamKind::Contact);
    let gone: Vec<&str> = all().filter(|(_, last)| last.gone).map(|(stream, _)| stream.id()).collect();
    delete(session, &gone, "contacts", "contact_id").await?;
    let rows: Vec<_> = all()
        .flat_map(|(stream, last)| {
            last.versions.iter().map(|(version, row)| (stream.id(), int(*version), body(row)))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO contacts (contact_id, version, body) SELECT * FROM UNNEST($1, $2, $3)
               ON CONFLICT (contact_id, version) DO UPDATE SET body = excluded.body";
    let columns = (column(&rows, |r| r.0), column(&rows, |r| r.1), column(&rows, |r| r.2));
    session.execute(sql, &[p(&columns.0), p(&columns.1), p(&columns.2)]).await.map(drop)
}

/// Customers, by the time of their making.
pub(super) async fn customers(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Customer);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Customer { created_at, body } => Some((id, version, *created_at, body.as_str())),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO customers (customer_id, version, created_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4)
               ON CONFLICT (customer_id) DO UPDATE SET version = excluded.version,
                   created_at = excluded.created_at, body = excluded.body";
    let (ids, versions) = (column(&rows, |row| row.0), column(&rows, |row| row.1));
    let (times, bodies) = (column(&rows, |row| row.2), column(&rows, |row| row.3));
    session.execute(sql, &[p(&ids), p(&versions), p(&times), p(&bodies)]).await.map(drop)
}

/// Persons who were taken away are remembered as erased, by id and version.
pub(super) async fn erasures(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let of = |kind| folded.of_kind(kind).filter(|(_, last)| last.gone);
    let rows: Vec<_> = of(StreamKind::Contact)
        .chain(of(StreamKind::Note))
        .map(|(stream, last)| (stream.as_str(), int(last.version)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO erasures (stream, version, at)
               SELECT gone.*, head.recorded_at FROM UNNEST($1, $2) AS gone (stream, version), head
               ON CONFLICT (stream) DO UPDATE SET version = excluded.version, at = excluded.at";
    let (streams, versions) = (column(&rows, |row| row.0), column(&rows, |row| row.1));
    session.execute(sql, &[p(&streams), p(&versions)]).await.map(drop)
}
