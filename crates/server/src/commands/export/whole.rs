//! The whole shop, to move it into another database.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde_json::json;
use sutler_adapters::sqlite;
use sutler_adapters::system::SystemClock;
use sutler_adapters::whole::MoveError;
use sutler_adapters::{Options, postgres};

use super::out::Out;
use crate::commands::backup::{DatabaseArgs, lines};
use crate::config::Database;
use crate::connect::Context;
use crate::console::{Exit, Failure};

/// The file within the folder.
const FILE: &str = "shop.ndjson";

/// Write every row of the database that the configuration names. A server may go on beside it.
pub(super) async fn write(folder: &Path, at: &DatabaseArgs, context: &Context) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join(FILE);
    let database = at.database(context)?;
    let mut out = Out::open(Some(&file))?;
    let rows = match &database {
        Database::Memory => return Err(in_memory()),
        Database::Sqlite(path) => {
            let path = path.clone();
            let written = tokio::task::spawn_blocking(move || {
                let rows = sqlite::Reading::write_whole(&path, &mut out);
                (rows, out)
            });
            let (rows, whole) =
                written.await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
            out = whole;
            rows
        }
        Database::Postgres(url) => postgres::Reading::write_whole(url.expose(), &mut out).await,
    };
    let rows = rows.map_err(|error| told(&error))?;
    out.end()?;
    if !context.output.is_for_people() {
        return context.output.json(&json!({"rows": rows, "file": file}));
    }
    context.output.line(format!("{rows} rows in {}", file.display()))?;
    context.output.hint(
        "  it holds persons and secrets. Into an empty database:  DATABASE_URL=… sutler import --all DIR",
    );
    Ok(())
}

/// Fill the empty database that the configuration names.
pub(in crate::commands) async fn read(
    folder: &Path,
    at: &DatabaseArgs,
    context: &Context,
) -> Result<(), Failure> {
    let file = folder.join(FILE);
    let from = File::open(&file).map_err(|error| {
        Failure::usage(format!("cannot read {} ({error})", file.display()))
            .next("it is made by:  sutler export --all DIR")
    })?;
    let from = BufReader::new(from);
    let rows = match at.database(context)? {
        Database::Memory => return Err(in_memory()),
        Database::Sqlite(path) => {
            make_room(&path)?;
            let read = tokio::task::spawn_blocking(move || sqlite::read_whole(&path, from)).await;
            read.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?
        }
        Database::Postgres(url) => {
            let options = Options { clock: std::sync::Arc::new(SystemClock), ..Options::default() };
            postgres::read_whole(url.expose(), from, &options).await
        }
    };
    let rows = rows.map_err(|error| told(&error))?;
    if !context.output.is_for_people() {
        return context.output.json(&json!({"rows": rows, "file": file}));
    }
    context.output.line(format!("{rows} rows from {}", file.display()))?;
    context.output.hint("  check all of it:  sutler verify");
    Ok(())
}

fn make_room(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    if folder.as_os_str().is_empty() { Ok(()) } else { Ok(std::fs::create_dir_all(folder)?) }
}

fn in_memory() -> Failure {
    Failure::new(Exit::Config, "the database is in memory: nothing of it can be moved")
        .next("name one:  DATABASE_URL=sqlite:///orders.db")
}

fn told(error: &MoveError) -> Failure {
    let exit = match error {
        MoveError::NotEmpty { .. } => Exit::Conflict,
        MoveError::Damaged { .. } => Exit::Unverified,
        MoveError::OtherSchema { .. } => Exit::Config,
        MoveError::Database(_) | MoveError::Io(_) => Exit::Failed,
    };
    lines(exit, &error.to_string())
}
