//! `sutler dev`: the first command a person runs.

use std::path::PathBuf;

use clap::Args;
use sutler_adapters::fake::Books;
use sutler_app::ports::reads::{OrderQuery, ProductQuery};

use super::host::{self, Host};
use crate::banner::DevBanner;
use crate::cli::ConfigArgs;
use crate::config::{Config, Database, Layer, Origin, Request, plant_bug};
use crate::connect::Context;
use crate::console::{Exit, Failure};
use crate::logging;
use crate::sample;

/// The key that a developer's own server takes, and no other.
const DEV_KEY: &str = "sk_dev_sutler";

/// Start with a sample shop and fake payments, on this machine only
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Examples:
  sutler dev
  sutler dev --fresh --port 8421

Data is kept between runs in ./sutler-data/dev.db. Requests from this machine need no key.")]
pub(crate) struct Dev {
    #[command(flatten)]
    config: ConfigArgs,
    /// Forget everything and begin again
    #[arg(long)]
    fresh: bool,
    /// Begin without the sample shop
    #[arg(long)]
    no_sample: bool,
    /// Port to listen on; 0 takes a free one
    #[arg(long)]
    port: Option<u16>,
    /// Listen beyond this machine, where everybody in reach may use the dev key
    #[arg(long)]
    allow_remote: bool,
    /// Do not open a browser
    #[arg(long, hide = true)]
    no_open: bool,
}

/// Where its database is, when nothing else is configured.
pub(super) const DATABASE_URL: &str = "sqlite://{data_dir}/dev.db";

pub(crate) async fn run(args: Dev, context: &Context) -> Result<(), Failure> {
    let mut request = Request {
        command: vec![
            ("database.url", DATABASE_URL),
            ("http.drain_delay", "0s"),
            ("log.level", "warn"),
            ("mode", "test"),
        ],
        command_name: "sutler dev",
        ..Request::default()
    };
    // A developer has one server, whatever the shop's are told.
    request.flags.push(("role", "all".to_owned(), "sutler dev"));
    request.flags.extend(args.port.map(|port| ("http.port", port.to_string(), "--port")));
    let (config, values) = context.load(&args.config, request)?;
    refuse_remote(&config, args.allow_remote)?;
    if args.fresh {
        forget(&config, &values).await?;
    }
    logging::begin(&config.log, context.globals.verbose);
    plant_bug(&context.env);
    let host = Host::start(&config, true).await?;
    let sample = if args.no_sample {
        "none (load it: sutler sample load)".to_owned()
    } else {
        load_once(&host).await?
    };
    let _announced = host.announce(&config, Some(DEV_KEY))?;
    let banner = DevBanner {
        url: &host.url,
        data: &data(&host, &config),
        cache: host.wired.cache.as_deref(),
        sample: &sample,
        ready_s: host.started.elapsed().as_secs_f64(),
    };
    context.output.line(banner.text())?;
    Box::pin(host.answer(&config)).await
}

fn refuse_remote(config: &Config, allow_remote: bool) -> Result<(), Failure> {
    let listen = config.http.listen;
    if allow_remote || listen.ip().is_loopback() {
        return Ok(());
    }
    Err(Failure::usage(format!("refusing to listen on {listen}: everybody in reach could use the dev key"))
        .next("for this machine only:   http.listen = \"127.0.0.1:8420\"")
        .next("if that is meant:        sutler dev --allow-remote        in production:  sutler serve"))
}

/// Remove the files of the dev database: those that this command made, and no other.
async fn forget(config: &Config, values: &Layer) -> Result<(), Failure> {
    let path = match &config.database {
        Database::Sqlite(path) => path,
        Database::Memory => return Ok(()),
        Database::Postgres(_) => {
            let what = "--fresh forgets dev.db only, and the database is in PostgreSQL";
            return Err(Failure::usage(what).next("make it anew yourself:  dropdb, createdb"));
        }
    };
    let origin = values.get("database.url").map(|found| &found.origin);
    if !matches!(origin, Some(Origin::Command(_))) {
        let from = origin.map(ToString::to_string).unwrap_or_default();
        let what =
            format!("--fresh forgets dev.db only, and the database is {} (from {from})", path.display());
        return Err(Failure::usage(what).next("remove that file yourself, or unset its address"));
    }
    if let Some(instance) = host::is_running(config).await {
        let what =
            format!("a server is using the data in {} (pid {})", config.data_dir.display(), instance.pid);
        return Err(Failure::new(Exit::Conflict, what).next("stop it first"));
    }
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    for file in [path.clone(), beside("-wal"), beside("-shm"), Books::path(path)] {
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Failure::new(
                    Exit::Failed,
                    format!("cannot remove {} ({error})", file.display()),
                ));
            }
        }
    }
    Ok(())
}

/// The sample shop goes into an empty shop, in one go, through the same door as everything else.
async fn load_once(host: &Host) -> Result<String, Failure> {
    let ports = &host.wired.app.ports;
    let products = ports.catalog.list(&ProductQuery::default()).await;
    let orders = ports.orders.orders(&OrderQuery::default()).await;
    let is_fresh =
        products.is_ok_and(|page| page.rows.is_empty()) && orders.is_ok_and(|page| page.rows.is_empty());
    if !is_fresh {
        return Ok("from an earlier start (remove: sutler sample remove)".to_owned());
    }
    let door = sample::Door::InProcess(host.wired.router.clone());
    Ok(sample::load(&door).await?.to_string())
}

fn data(host: &Host, config: &Config) -> String {
    match &config.database {
        Database::Memory => "in memory: everything is forgotten at the end".to_owned(),
        Database::Postgres(_) => host.wired.keeper.describe(config),
        Database::Sqlite(path) => {
            format!("{}  (SQLite, kept between runs; reset: sutler dev --fresh)", path.display())
        }
    }
}
