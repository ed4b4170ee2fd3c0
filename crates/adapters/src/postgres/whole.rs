//! A whole shop out of a database, and into an empty one.

use std::io::{BufRead, Write};
use std::sync::Arc;

use bytes::Bytes;
use futures::{SinkExt, TryStreamExt};
use tokio_postgres::types::Type;
use tokio_postgres::{CopyInSink, Row};

use super::session::{Session, get};
use super::target::Target;
use super::{Reading, schema};
use crate::whole::{Cell, Inward, MoveError, Outward, TABLES, Table};

/// Bytes that are gathered before they are sent.
const PART_BYTES: usize = 64 * 1024;

fn broken(error: impl std::fmt::Display) -> MoveError {
    MoveError::Database(error.to_string())
}

impl Reading {
    /// Write the whole shop, as it is at one moment; nodes may go on beside it. Gives how many rows there are.
    pub async fn write_whole(url: &str, out: impl Write) -> Result<u64, MoveError> {
        let target = Target::parse(url).map_err(broken)?;
        let session = target.connect(&Arc::default()).await.map_err(broken)?;
        schema::check_server(&session, &target).await.map_err(broken)?;
        let found = schema::found(&session, &target).await.map_err(broken)?;
        if found != schema::known() {
            return Err(MoveError::OtherSchema { found, known: schema::known() });
        }
        session.simple("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(broken)?;
        let mut outward = Outward::begin(out, schema::known())?;
        for table in TABLES {
            let rows = session.client().query_typed_raw(&table.select(), none()).await.map_err(broken)?;
            let mut rows = std::pin::pin!(rows);
            while let Some(row) = rows.try_next().await.map_err(broken)? {
                let cells = (0..table.width()).map(|at| cell(&row, at)).collect::<Result<Vec<_>, _>>()?;
                outward.row(table, &cells)?;
            }
        }
        session.simple("COMMIT").await.map_err(broken)?;
        outward.end()
    }
}

/// No parameters.
fn none() -> [(i64, Type); 0] {
    []
}

fn cell(row: &Row, at: usize) -> Result<Cell, MoveError> {
    let kind = row.columns().get(at).map(tokio_postgres::Column::type_);
    let cell = match kind {
        Some(&Type::INT8) => get::<Option<i64>>(row, at).map(|cell| cell.map(Cell::Int)),
        Some(&Type::INT4) => get::<Option<i32>>(row, at).map(|cell| cell.map(|n| Cell::Int(n.into()))),
        Some(&Type::BOOL) => get::<Option<bool>>(row, at).map(|cell| cell.map(|yes| Cell::Int(yes.into()))),
        Some(&Type::BYTEA) => get::<Option<&[u8]>>(row, at).map(|cell| cell.map(Cell::bytes)),
        _ => get::<Option<String>>(row, at).map(|cell| cell.map(Cell::Text)),
    };
    Ok(cell.map_err(broken)?.unwrap_or(Cell::Null))
}

/// Make the database the one of the whole shop that is read. It must not hold a shop. Gives how many rows there are.
pub async fn read_whole(url: &str, from: impl BufRead, options: &crate::Options) -> Result<u64, MoveError> {
    let mut inward = Inward::begin(from, schema::known())?;
    let target = Target::parse(url).map_err(broken)?;
    let session = target.connect(&Arc::default()).await.map_err(broken)?;
    schema::check_server(&session, &target).await.map_err(broken)?;
    schema::migrate(&session, &target, options, true).await.map_err(broken)?;
    // Nodes that start meanwhile wait for the lock of the schema, and then find the shop.
    session.simple(&format!("BEGIN; {}", schema::LOCK)).await.map_err(broken)?;
    must_be_empty(&target, &session).await?;
    let (mut rows, mut copy) = (0u64, None::<Copy>);
    while let Some((table, cells)) = inward.next()? {
        let under_way = match copy.take() {
            Some(same) if same.table.name == table.name => same,
            other => {
                end(other).await.map_err(|error| inward.damaged(&error.to_string()))?;
                Copy::begin(&session, table).await?
            }
        };
        let told = copy.insert(under_way).row(&cells).await;
        told.map_err(|error| inward.damaged(&error.to_string()))?;
        rows = rows.saturating_add(1);
    }
    end(copy).await?;
    for table in TABLES.iter().filter(|table| table.is_numbered) {
        let name = table.name;
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', 'row'), coalesce(max(row), 0) + 1, false) FROM {name}"
        );
        session.simple(&sql).await.map_err(broken)?;
    }
    session.simple("COMMIT").await.map_err(broken)?;
    Ok(rows)
}

/// A log that has begun and has nothing in it gives way.
async fn must_be_empty(target: &Target, session: &Session) -> Result<(), MoveError> {
    let sql = "SELECT coalesce(max(position), 0) FROM (SELECT position FROM head UNION ALL SELECT max(position) FROM events) AS ends";
    let position: Option<i64> = session.one(sql, &[], |row| get(row, 0)).await.map_err(broken)?;
    if let Some(position) = position.filter(|position| *position > 0) {
        let position = u64::try_from(position).unwrap_or_default();
        return Err(MoveError::NotEmpty { place: target.place().to_owned(), position });
    }
    session.simple("DELETE FROM head").await.map(drop).map_err(broken)
}

/// The rows of a table under way.
struct Copy {
    table: &'static Table,
    sink: std::pin::Pin<Box<CopyInSink<Bytes>>>,
    part: Vec<u8>,
}

impl Copy {
    async fn begin(session: &Session, table: &'static Table) -> Result<Self, MoveError> {
        let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.columns);
        let sink = session.client().copy_in(sql.as_str()).await.map_err(broken)?;
        Ok(Self { table, sink: Box::pin(sink), part: Vec::with_capacity(PART_BYTES) })
    }

    async fn row(&mut self, cells: &[Cell]) -> Result<(), MoveError> {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.part.push(b'\t');
            }
            match cell {
                Cell::Null => self.part.extend_from_slice(b"\\N"),
                Cell::Int(number) => self.part.extend_from_slice(number.to_string().as_bytes()),
                Cell::Text(text) => escape(text, &mut self.part),
                Cell::Bytes { hex } => escape(&format!("\\x{hex}"), &mut self.part),
            }
        }
        self.part.push(b'\n');
        if self.part.len() >= PART_BYTES { self.send().await } else { Ok(()) }
    }

    async fn send(&mut self) -> Result<(), MoveError> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
        self.sink.send(part.into()).await.map_err(broken)
    }
}

async fn end(copy: Option<Copy>) -> Result<(), MoveError> {
    let Some(mut copy) = copy else { return Ok(()) };
    copy.send().await?;
    copy.sink.as_mut().finish().await.map(drop).map_err(broken)
}

/// A text as COPY reads it.
fn escape(text: &str, into: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => into.extend_from_slice(b"\\\\"),
            b'\n' => into.extend_from_slice(b"\\n"),
            b'\r' => into.extend_from_slice(b"\\r"),
            b'\t' => into.extend_from_slice(b"\\t"),
            byte => into.push(byte),
        }
    }
}
