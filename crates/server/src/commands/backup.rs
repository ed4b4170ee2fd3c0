//! `sutler backup`: the database as it is now, in one file, while the server goes on.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use sutler_adapters::archive::{self, ArchiveError, DATABASE, Facts, Packed, Source};
use sutler_adapters::erasures::{self, Erasure};
use sutler_adapters::sqlite::backup::{self, BackupError, Copied};
use sutler_adapters::system::SystemClock;
use sutler_app::ports::Clock;

use crate::cli::ConfigArgs;
use crate::config::{Config, Database, Request};
use crate::connect::Context;
use crate::console::{Exit, Failure, Progress, plural};
use crate::serve::Signals;

/// Copy the database into one file, while the server goes on
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler backup
  sutler backup /mnt/backups/monday.tar.zst

The file is a .tar.zst with the database as it was at one moment, its checksums and versions. It needs as much room again
as the database while it is made, in the folder of the file. When it cannot be finished, nothing is left of it.
Who was erased is also kept in erasures.ndjson in that folder: keep it with the backups, 'sutler restore' reads it.")]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(super) at: DatabaseArgs,
    /// The file, or a folder for it; else sutler-backup-TIME.tar.zst here
    file: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// Which database.
#[derive(Args, Clone, Debug)]
pub(crate) struct DatabaseArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The database of 'sutler dev'
    #[arg(long)]
    pub(super) dev: bool,
}

impl DatabaseArgs {
    /// The file that the configuration names.
    pub(super) fn path(&self, context: &Context) -> Result<PathBuf, Failure> {
        match self.database(context)? {
            Database::Sqlite(path) => Ok(path),
            Database::Postgres(_) => Err(Failure::new(
                Exit::Config,
                "the database is in PostgreSQL: there is no file of it, its own tools copy it",
            )
            .next("copy it:  pg_dump --format=custom --file=sutler.dump \"$DATABASE_URL\"")
            .next("bring it back into an empty one:  pg_restore --dbname=\"$DATABASE_URL\" sutler.dump")),
            Database::Memory => {
                Err(Failure::new(Exit::Config, "the database is in memory: there is no file of it")
                    .next("name one:  DATABASE_URL=sqlite:///orders.db"))
            }
        }
    }

    /// Where the configuration says that it is.
    pub(super) fn database(&self, context: &Context) -> Result<Database, Failure> {
        let mut request = Request { command_name: "sutler serve", ..Request::default() };
        if self.dev {
            request.command = vec![("database.url", super::dev::DATABASE_URL)];
        }
        let (Config { database, .. }, _) = context.load(&self.config, request)?;
        Ok(database)
    }
}

pub(crate) async fn run(args: Backup, context: &Context) -> Result<(), Failure> {
    let database = args.at.path(context)?;
    let target = target(args.file, SystemClock.now());
    let (quiet, shown) = (context.globals.quiet, target.clone());
    let (copied, packed) =
        until_stopped(move |stop| make(&database, &target, args.force, quiet, stop)).await?;
    let (file, bytes) = (shown.display(), packed.bytes);
    if context.output.is_for_people() {
        let orders = plural(usize::try_from(copied.orders).unwrap_or(usize::MAX), "order");
        let kib = bytes.div_ceil(1024);
        context.output.line(format!("{file}: {orders}, up to event {}, {kib} KiB", copied.position))?;
        context.output.hint(format!("try it:  sutler restore {file} --dry-run"));
        return Ok(());
    }
    let facts = &packed.manifest.facts;
    context.output.json(&json!({
        "file": file.to_string(), "bytes": bytes, "orders": copied.orders, "position": copied.position,
        "epoch": copied.epoch, "hash": facts.hash, "schema": facts.schema, "created_at": facts.created_at,
    }))
}

/// Where the archive goes.
fn target(file: Option<PathBuf>, now: Timestamp) -> PathBuf {
    let named = format!("sutler-backup-{}.tar.zst", stamp(now));
    match file {
        None => PathBuf::from(named),
        Some(folder) if folder.is_dir() => folder.join(named),
        Some(file) => file,
    }
}

/// A time as a part of a name: sorts as it passed, and every system takes it.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H-%M-%SZ").to_string()
}

/// The folder of a file.
pub(super) fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn make(
    database: &Path,
    target: &Path,
    force: bool,
    quiet: bool,
    stop: &AtomicBool,
) -> Result<(Copied, Packed), Failure> {
    let unpacked = |error| told(Exit::Failed, &format!("cannot write {}", target.display()), &error);
    if !force && target.exists() {
        return Err(unpacked(ArchiveError::Exists));
    }
    let beside = folder(target).join(erasures::FILE);
    let known = list(&beside)?;
    // On the disk of the archive, never on that of the database: a server whose disk is full takes no orders.
    let work = tempfile::Builder::new().prefix(".sutler-backup-").tempdir_in(folder(target));
    let work = work.map_err(|error| unpacked(ArchiveError::Io(error)))?;
    let copy = work.path().join(DATABASE);
    let created_at = SystemClock.now();
    let copied = backup::copy(database, &copy, &mut watch("copy", "pages", quiet, stop))
        .map_err(|error| not_copied(&error))?;
    let all = erasures::merged([known, copied.erasures.clone()]);
    let forgotten = work.path().join(erasures::FILE);
    std::fs::write(&forgotten, erasures::to_lines(&all))?;
    let facts = Facts {
        sutler: env!("CARGO_PKG_VERSION").to_owned(),
        schema: copied.schema,
        epoch: copied.epoch.clone(),
        position: copied.position,
        hash: copied.hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
        created_at: created_at.to_string(),
    };
    let files = [Source { name: DATABASE, path: &copy }, Source { name: erasures::FILE, path: &forgotten }];
    let mut packing = watch("pack", "bytes", quiet, stop);
    let packed = archive::pack(target, facts, &files, force, &mut packing).map_err(unpacked)?;
    if !all.is_empty() {
        replace(&beside, &erasures::to_lines(&all))?;
    }
    Ok((copied, packed))
}

/// Who was erased, by the list beside archives. One that cannot be read is an error: people would come back.
pub(super) fn list(file: &Path) -> Result<Vec<Erasure>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| error.to_string()),
    };
    let read = text.and_then(|text| {
        erasures::of_lines(&text).map_err(|(line, reason)| format!("line {line}: {reason}"))
    });
    read.map_err(|reason| {
        Failure::new(Exit::Failed, format!("cannot read {} ({reason})", file.display()))
            .next("it says whose data was erased. Nothing was changed; mend the line, or move the file away")
    })
}

/// Write a file whole or not at all.
fn replace(file: &Path, text: &str) -> Result<(), Failure> {
    let mut fresh = tempfile::Builder::new().prefix(".sutler-").tempfile_in(folder(file))?;
    std::io::Write::write_all(&mut fresh, text.as_bytes())?;
    fresh.as_file().sync_all()?;
    fresh.persist(file).map(drop).map_err(|error| Failure::from(error.error))
}

fn not_copied(error: &BackupError) -> Failure {
    let exit = match error {
        BackupError::Nothing(_) => Exit::NotFound,
        BackupError::Open(_) => Exit::Config,
        _ => Exit::Failed,
    };
    let text = error.to_string();
    lines(exit, &text)
}

/// An error whose further lines say what to do, after what could not be done.
pub(super) fn told(exit: Exit, what: &str, error: &ArchiveError) -> Failure {
    lines(exit, &format!("{what}: {error}"))
}

/// A text whose first line is the error and whose others are next steps.
pub(super) fn lines(exit: Exit, text: &str) -> Failure {
    let (what, next) = text.split_once('\n').unwrap_or((text, ""));
    next.lines().fold(Failure::new(exit, what), |failure, line| failure.next(line.trim_start()))
}

/// Progress of a step, which ends when the work shall stop.
pub(super) fn watch<'w>(
    name: &'static str,
    unit: &'static str,
    quiet: bool,
    stop: &'w AtomicBool,
) -> impl FnMut(u64, u64) -> ControlFlow<()> + 'w {
    let mut progress: Option<Progress> = None;
    move |done, total| {
        let shown = progress.get_or_insert_with(|| Progress::new(name, unit, total, quiet));
        shown.at(done, 0);
        if done >= total {
            shown.end();
        }
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Do work on the disk. The first signal asks it to stop, which takes back what it began; the second ends at once.
pub(super) async fn until_stopped<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut signals = Signals::listen()?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let mut task = tokio::task::spawn_blocking(move || work(&asked));
    let broken = |error: tokio::task::JoinError| Failure::new(Exit::Failed, error.to_string());
    tokio::select! {
        done = &mut task => return done.map_err(broken)?,
        () = signals.next() => stop.store(true, Ordering::Relaxed),
    }
    tokio::select! {
        done = task => done.map_err(broken)?.map_err(|mut failure| {
            failure.exit = Exit::Interrupted;
            failure
        }),
        () = signals.next() => process::exit(130),
    }
}
