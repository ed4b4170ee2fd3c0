//! `sutler doctor`: everything that commonly goes wrong, each with the fix.

use std::fs;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use sutler_adapters::nats::{self, Nats};
use sutler_adapters::{cache, postgres};
use sutler_client::{Call, Client, Retries};

use crate::bus;
use crate::cli::ConfigArgs;
use crate::config::{Bus, Config, Database, Request, masked};
use crate::connect::Context;
use crate::console::{Exit, Failure, Paint, field, text};

/// Check configuration, disk, clock, database, cache and jobs
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler doctor
  sutler doctor --json

Each line is ✓, ! or ✗ with a fix. The exit code is 9 when there is a ✗.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    config: ConfigArgs,
}

/// What every SQLite file begins with (its file format, section 1.3).
const SQLITE_HEAD: &[u8; 16] = b"SQLite format 3\0";

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Odd,
    Bad,
}

struct Check {
    name: &'static str,
    verdict: Verdict,
    detail: String,
    fix: String,
}

impl Check {
    fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Good, detail: detail.into(), fix: String::new() }
    }

    fn odd(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Odd, detail: detail.into(), fix: fix.into() }
    }

    fn bad(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Bad, detail: detail.into(), fix: fix.into() }
    }
}

pub(crate) async fn run(args: Doctor, context: &Context) -> Result<(), Failure> {
    let request = Request { command_name: "sutler serve", ..Request::default() };
    let (config, values) = context.load(&args.config, request)?;
    let url = values.get("database.url").map(|found| masked(&found.text)).unwrap_or_default();
    let mut checks = vec![Check::good("configuration", "valid")];
    checks.push(disk(&config));
    checks.push(match &config.database {
        Database::Postgres(url) => postgres(url.expose()).await,
        _ => database(&config, &url),
    });
    checks.push(match &config.cache {
        Some(shared) => redis(shared.url.expose()).await,
        None => Check::good("cache", "in each server; none is shared"),
    });
    if let Some(bus) = &config.bus {
        checks.push(bus_check(&config, bus).await);
    }
    checks.push(clock());
    checks.extend(server(context).await);
    tell(&checks, context)?;
    if checks.iter().any(|check| check.verdict == Verdict::Bad) {
        Err(Failure::told(Exit::Unverified))
    } else {
        Ok(())
    }
}

/// Whether the folder of the data takes a file and keeps it.
fn disk(config: &Config) -> Check {
    let place = config.data_dir.display();
    if !config.data_dir.exists() {
        return Check::odd("disk", format!("{place} does not exist yet"), "it is made at the first start");
    }
    let probe = config.data_dir.join(format!("doctor-{}", std::process::id()));
    let started = Instant::now();
    let written = fs::File::create(&probe).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    let took = started.elapsed();
    _ = fs::remove_file(&probe);
    match written {
        Err(error) => Check::bad(
            "disk",
            format!("cannot write to {place} ({error})"),
            format!("look at the rights and the room:  df -h {place}; ls -ld {place}"),
        ),
        Ok(()) if took > Duration::from_millis(100) => Check::odd(
            "disk",
            format!("{place}: a write takes {} ms to be safe", took.as_millis()),
            "every commit waits for that; use a faster disk",
        ),
        Ok(()) => Check::good("disk", format!("{place}: a write is safe after {} ms", took.as_millis())),
    }
}

/// Whether the file is one of SQLite's, by its first 16 bytes.
fn database(config: &Config, url: &str) -> Check {
    let Database::Sqlite(path) = &config.database else {
        return Check::odd(
            "database",
            "in memory: everything is forgotten at the end",
            "DATABASE_URL=sqlite://orders.db",
        );
    };
    let shown = path.display();
    let head = fs::File::open(path).and_then(|file| {
        let mut head = Vec::new();
        file.take(16).read_to_end(&mut head)?;
        Ok((head, fs::metadata(path)?.len()))
    });
    match head {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Check::odd("database", format!("{shown} does not exist yet"), "it is made at the first start")
        }
        Err(error) => {
            Check::bad("database", format!("cannot read {shown} ({error})"), format!("from: {url}"))
        }
        Ok((head, bytes)) if head.is_empty() || head == SQLITE_HEAD => {
            Check::good("database", format!("{shown}, {} KiB", bytes.div_ceil(1024)))
        }
        Ok(_) => Check::bad(
            "database",
            format!("{shown} is not an SQLite database"),
            "name another file in DATABASE_URL",
        ),
    }
}

/// Whether the server is there, keeps what it acknowledges, and has a database of ours.
async fn postgres(url: &str) -> Check {
    match postgres::Seen::look(url).await {
        Ok(postgres::Seen { place, version, applied: 0, .. }) => Check::odd(
            "database",
            format!("{place} is empty (PostgreSQL {version})"),
            "it is set up at the first start",
        ),
        Ok(postgres::Seen { place, version, applied, known }) => {
            Check::good("database", format!("{place}, PostgreSQL {version}, migrations {applied}/{known}"))
        }
        Err(error) => {
            let text = error.to_string();
            let (what, fix) = text.split_once('\n').unwrap_or((&text, ""));
            Check::bad("database", what, fix.trim_start())
        }
    }
}

/// Whether the Redis that products are shared in is there, and does its work.
async fn redis(url: &str) -> Check {
    match cache::Seen::look(url).await {
        Ok(cache::Seen { place, version }) => Check::good("cache", format!("Redis {version} at {place}")),
        Err(error) => {
            let text = error.to_string();
            let (what, fix) = text.split_once('\n').unwrap_or((&text, ""));
            Check::bad("cache", what, fix.lines().next().unwrap_or_default())
        }
    }
}

/// Whether the bus is there. Orders do not need it, so what is wrong with it is odd and not bad.
async fn bus_check(config: &Config, bus: &Bus) -> Check {
    match Nats::look(bus.url.expose(), &bus::options(config, bus)).await {
        Ok(nats::Seen { place, version, messages: None }) => Check::odd(
            "bus",
            format!("NATS {version} at {place} has no stream {} yet", bus.stream),
            "it is made at the next start",
        ),
        Ok(nats::Seen { place, version, messages: Some(messages) }) => {
            Check::good("bus", format!("{place}, NATS {version}, {messages} events in {}", bus.stream))
        }
        Err(error) => {
            let text = error.to_string();
            let (what, fix) = text.split_once('\n').unwrap_or((&text, ""));
            Check::odd("bus", what, fix.lines().map(str::trim).collect::<Vec<_>>().join("; "))
        }
    }
}

/// A clock far in the past gives ids and orders that sort before all others.
#[expect(clippy::disallowed_methods, reason = "the machine's clock is what is checked")]
fn clock() -> Check {
    let now = jiff::Timestamp::now();
    let built: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    if now < built {
        return Check::bad(
            "clock",
            format!("it is {now} on this machine, before this program was written"),
            "set the clock, and keep it with NTP",
        );
    }
    Check::good("clock", now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// A server need not run; if one does, it should be well.
async fn server(context: &Context) -> Vec<Check> {
    let (address, origin) = context.address();
    let client = Client::with_timeout(&address, Duration::from_secs(3))
        .map(|client| client.with_retries(Retries::NEVER));
    let Ok(client) = client else {
        return vec![Check::bad(
            "server",
            format!("{address} is no address"),
            format!("it is from {origin}"),
        )];
    };
    if let Err(error) = client.send(Call::get("/readyz")).await {
        let detail = format!("none answers at {address} ({error})");
        return vec![Check::odd("server", detail, "start one:  sutler serve")];
    }
    let mut checks = vec![Check::good("server", format!("ready at {address}"))];
    match context.ask(Call::get("/queues")).await {
        Ok(answer) => checks.extend(queues(&answer)),
        Err(_) => checks.push(Check::odd(
            "jobs",
            "not seen: the key may not read them",
            "a key is taken from SUTLER_API_KEY",
        )),
    }
    checks
}

/// What is dead, and which queues are paused: both wait for a person.
fn queues(answer: &Value) -> Vec<Check> {
    let queues = field(answer, "/data").as_array().map(Vec::as_slice).unwrap_or_default();
    let dead: u64 = queues.iter().filter_map(|queue| field(queue, "/jobs/dead").as_u64()).sum();
    let mut checks = vec![match dead {
        0 => Check::good("jobs", "none are dead"),
        dead => Check::odd("jobs", format!("{dead} are dead"), "sutler jobs list --state dead"),
    }];
    checks.extend(queues.iter().filter(|queue| field(queue, "/paused") == &Value::Bool(true)).map(|queue| {
        let (name, by) = (text(queue, "/name"), text(queue, "/paused_by"));
        let detail = format!("'{name}' is paused since {} by {by}", text(queue, "/paused_at"));
        Check::odd("queue", detail, format!("sutler jobs resume {name}"))
    }));
    checks
}

fn tell(checks: &[Check], context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        let rows: Vec<Value> = checks
            .iter()
            .map(|c| json!({"check": c.name, "verdict": format!("{:?}", c.verdict).to_lowercase(), "detail": c.detail, "fix": c.fix}))
            .collect();
        return out.json(&Value::from(rows));
    }
    for check in checks {
        let mark = match check.verdict {
            Verdict::Good => out.paint(Paint::Good, "✓"),
            Verdict::Odd => out.paint(Paint::Warn, "!"),
            Verdict::Bad => out.paint(Paint::Bad, "✗"),
        };
        out.line(format!("{mark} {:<14} {}", check.name, check.detail))?;
        if !check.fix.is_empty() {
            out.line(format!("  {:<14} → {}", "", check.fix))?;
        }
    }
    Ok(())
}
