//! `sutler restore`: a backup becomes the database, under a new epoch.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::Args;
use serde_json::json;
use sutler_adapters::archive::{self, ArchiveError, DATABASE, Known, Manifest};
use sutler_adapters::erasures::{self, Erasure};
use sutler_adapters::sqlite::backup as copies;
use sutler_adapters::sqlite::restore::{self, Place, Renewed, RestoreError};
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_app::ports::{Clock, Ids};

use super::backup::{DatabaseArgs, folder, lines, list, stamp, told, until_stopped, watch};
use crate::connect::Context;
use crate::console::{Exit, Failure, plural};

/// Make a backup the database; the server must not run
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler restore monday.tar.zst --dry-run
  sutler restore monday.tar.zst --force

Every byte of the backup is compared with its checksums before anything is touched. A database that is there is kept
beside the restored one, as ….before-restore-TIME. The log gets a new epoch: readers with an older cursor are told so
(410 cursor_stale). Persons who were erased since the backup are erased again.")]
pub(crate) struct Restore {
    #[command(flatten)]
    at: DatabaseArgs,
    /// The backup
    file: PathBuf,
    /// Take the place of the database that is there
    #[arg(long)]
    force: bool,
    /// Check everything, say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was done, or would be.
struct Restored {
    manifest: Manifest,
    /// `None`: it was only looked at.
    renewed: Option<Renewed>,
    epoch: String,
    /// Whether it is the database of `sutler dev`.
    dev: bool,
    /// Records on the lists of erasures that are known here.
    forget: usize,
    /// Where the database is that was there before.
    kept: Option<PathBuf>,
    /// Why persons may be back.
    warning: Option<String>,
}

pub(crate) async fn run(args: Restore, context: &Context) -> Result<(), Failure> {
    let database = args.at.path(context)?;
    let (place, file, quiet) = (database.clone(), args.file.clone(), context.globals.quiet);
    let done = until_stopped(move |stop| work(&args, &place, quiet, stop)).await?;
    tell(&done, &file, &database, context)
}

fn work(args: &Restore, database: &Path, quiet: bool, stop: &AtomicBool) -> Result<Restored, Failure> {
    let refused = |error: &ArchiveError| {
        let exit = match error {
            ArchiveError::NewerFormat { .. } | ArchiveError::NewerSchema { .. } => Exit::Config,
            ArchiveError::NotABackup => Exit::Usage,
            ArchiveError::Damaged(_) => Exit::Unverified,
            _ => Exit::Failed,
        };
        told(exit, &format!("cannot restore {}", args.file.display()), error)
    };
    let known = Known { schema: copies::schema_known() };
    let mut checking = watch("check", "bytes", quiet, stop);
    let manifest = archive::check(&args.file, known, &mut checking).map_err(|error| refused(&error))?;
    restore::look(database).map_err(|error| not_restored(&error))?;
    let is_there = std::fs::metadata(database).is_ok_and(|file| file.len() > 0);
    if is_there && !args.force {
        return Err(not_restored(&RestoreError::Exists(database.to_owned())));
    }
    let (current, warning) = current(database, is_there);
    let forget = erasures::merged([current, list(&folder(&args.file).join(erasures::FILE))?]);
    let now = SystemClock.now();
    let kept = is_there.then(|| {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".before-restore-{}", stamp(now)));
        PathBuf::from(name)
    });
    let epoch = SystemIds::default().uuid().simple().to_string();
    let mut done =
        Restored { manifest, renewed: None, epoch, dev: args.at.dev, forget: forget.len(), kept, warning };
    if args.dry_run {
        return Ok(done);
    }

    std::fs::create_dir_all(folder(database))?;
    let place = Place::take(database).map_err(|error| not_restored(&error))?;
    let room = tempfile::Builder::new().prefix(".sutler-restore-").tempdir_in(folder(database))?;
    let mut unpacking = watch("unpack", "bytes", quiet, stop);
    archive::unpack(&args.file, known, room.path(), &mut unpacking).map_err(|error| refused(&error))?;
    let file = room.path().join(DATABASE);
    let forget = erasures::merged([forget, list(&room.path().join(erasures::FILE))?]);
    let renewed = restore::renew(&file, &done.epoch, &forget).map_err(|error| not_restored(&error))?;
    if renewed.position != done.manifest.facts.position {
        let reason = format!("its log ends at {}, not where its manifest says", renewed.position);
        return Err(refused(&ArchiveError::Damaged(reason)));
    }
    let keep = done.kept.clone().unwrap_or_default();
    place.put(&file, &keep).map_err(|error| not_restored(&error))?;
    done.renewed = Some(renewed);
    Ok(done)
}

/// Who was erased by the database that is there. A broken one is why backups are restored, so it stops nothing.
fn current(database: &Path, is_there: bool) -> (Vec<Erasure>, Option<String>) {
    if !is_there {
        return (Vec::new(), None);
    }
    match copies::erasures(database) {
        Ok(list) => (list, None),
        Err(error) => {
            let text = error.to_string();
            let reason = text.lines().next().unwrap_or_default().to_owned();
            (Vec::new(), Some(reason))
        }
    }
}

fn not_restored(error: &RestoreError) -> Failure {
    let exit = match error {
        RestoreError::InUse { .. } | RestoreError::Exists(_) => Exit::Conflict,
        RestoreError::Open(_) => Exit::Config,
        RestoreError::Damaged(_) => Exit::Unverified,
        RestoreError::Place { .. } => Exit::Failed,
    };
    lines(exit, &error.to_string())
}

fn tell(done: &Restored, file: &Path, database: &Path, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let facts = &done.manifest.facts;
    if let Some(warning) = &done.warning {
        out.say(format!(
            "! who was erased lately cannot be read from the database that was there: {warning}"
        ));
        out.say(format!("  their data may be back, unless {} beside the backup names them", erasures::FILE));
    }
    let kept = done.kept.as_ref().map(|kept| kept.display().to_string());
    let Some(renewed) = &done.renewed else {
        if !out.is_for_people() {
            return out.json(&json!({
                "dry_run": true, "file": file, "database": database, "created_at": facts.created_at,
                "position": facts.position, "schema": facts.schema, "erasures": done.forget, "kept": kept,
            }));
        }
        out.line(format!(
            "{} is whole: made {} by sutler {}, up to event {}",
            file.display(),
            facts.created_at,
            facts.sutler,
            facts.position
        ))?;
        out.line(format!("it would become {}, under a new epoch", database.display()))?;
        if let Some(kept) = kept {
            out.line(format!("the database that is there would be kept as {kept}"))?;
        }
        return out.line(format!("{} erased since would be erased again", plural(done.forget, "record")));
    };
    if !out.is_for_people() {
        return out.json(&json!({
            "dry_run": false, "file": file, "database": database, "created_at": facts.created_at,
            "position": renewed.position, "orders": renewed.orders, "erased": renewed.erased,
            "epoch": done.epoch, "kept": kept,
        }));
    }
    let count = |number: u64, what| plural(usize::try_from(number).unwrap_or(usize::MAX), what);
    out.line(format!(
        "restored {} into {}: {}, up to event {}, as of {}",
        file.display(),
        database.display(),
        count(renewed.orders, "order"),
        renewed.position,
        facts.created_at
    ))?;
    if renewed.erased > 0 {
        out.line(format!("{} erased since then are erased again", count(renewed.erased, "record")))?;
    }
    if let Some(kept) = kept {
        out.line(format!("the database that was there is kept as {kept}"))?;
    }
    out.line(format!(
        "the log has a new epoch, {}: readers begin again from the oldest position",
        done.epoch
    ))?;
    out.hint(format!("check all of it:  sutler verify{}", if done.dev { " --dev" } else { "" }));
    Ok(())
}
