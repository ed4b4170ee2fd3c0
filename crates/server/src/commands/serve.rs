//! `sutler serve`: the production server.

use std::io::{self, IsTerminal};

use clap::Args;
use sutler_app::Caller;

use super::host::Host;
use crate::banner;
use crate::cli::ConfigArgs;
use crate::config::{Config, Request, Role, plant_bug};
use crate::connect::Context;
use crate::console::Failure;
use crate::logging;
use crate::systemd;

/// Start the production server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler serve
  sutler serve --config /etc/sutler/sutler.toml --port 8421
  sutler serve --role worker

Several servers on one PostgreSQL database are one shop, and may share the work: --role api answers requests, --role
worker runs jobs, sweeps and the relay to the bus. Each shop needs both, or one with --role all.

It stops on SIGTERM or Ctrl-C: /readyz says 503, requests under way finish, and the exit code is 0. A second signal
ends it at once; nothing that was answered is lost either way.")]
pub(crate) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
    /// Port to listen on; 0 takes a free one
    #[arg(long)]
    port: Option<u16>,
    /// What this server does; the parts need PostgreSQL
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Refuse to start rather than migrate the database
    #[arg(long)]
    no_migrate: bool,
}

pub(crate) async fn run(args: Serve, context: &Context) -> Result<(), Failure> {
    let mut request = Request { command_name: "sutler serve", ..Request::default() };
    request.flags.extend(args.port.map(|port| ("http.port", port.to_string(), "--port")));
    request.flags.extend(args.role.map(|role| ("role", role.as_str().to_owned(), "--role")));
    if args.no_migrate {
        request.flags.push(("database.migrate", "false".to_owned(), "--no-migrate"));
    }
    let (config, _) = context.load(&args.config, request)?;
    logging::begin(&config.log, context.globals.verbose);
    plant_bug(&context.env);
    let host = Host::start(&config, false).await?;
    let _announced = host.announce(&config, None)?;
    tell(&host, &config).await;
    systemd::ready();
    Box::pin(host.answer(&config)).await
}

/// The same facts as a tree for people, and as one line of the log for machines.
async fn tell(host: &Host, config: &Config) {
    let ready_ms = u64::try_from(host.started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let storage = host.wired.keeper.describe(config);
    let cache = host.wired.cache.clone().unwrap_or_else(|| "in this process".to_owned());
    let public_url = &host.wired.app.settings.public_url;
    let bus = host.wired.app.ports.publisher.as_ref().map(|publisher| publisher.place());
    if io::stderr().is_terminal() {
        let bus = bus.map_or_else(|| "nobody is told (NATS_URL is empty)".to_owned(), str::to_owned);
        let facts = [
            ("Listening", format!("{:<26} public URL {public_url}", host.address())),
            ("Storage", storage),
            ("Cache", cache.clone()),
            ("Events", bus),
            ("Role", config.role.duties().to_owned()),
            ("Mode", config.mode.as_str().to_owned()),
            ("Payments", config.default_gateway.clone()),
            ("Admin", if config.admin.enabled { format!("{public_url}/admin") } else { "off".to_owned() }),
        ];
        let version = super::about::version_line();
        banner::say(&banner::tree(&format!("{version} ready in {ready_ms} ms"), &facts));
        if let Some(setup_url) = setup_url(host, config).await {
            banner::say(&format!(
                "! No administrator yet. Run:  sutler admin create --email you@example.com\n  or open within 30 min:      {setup_url}"
            ));
        }
        if has_no_key(host).await {
            let secret = host.wired.app.ports.ids.secret();
            let word = secret.iter().fold(String::new(), |word, byte| word + &format!("{byte:02x}"));
            let key = format!("sk_{}_{word}", config.mode.as_str());
            banner::say(&format!(
                "! No API key yet. A good one, just made:  API_KEY={key}\n  put it in .env and start again, then:  sutler keys create --name \"my app\" --scope orders:write"
            ));
        }
    } else {
        tracing::info!(
            address = host.address(),
            public_url = public_url.as_str(),
            storage = storage.as_str(),
            cache = cache.as_str(),
            bus,
            role = config.role.as_str(),
            mode = config.mode.as_str(),
            version = env!("CARGO_PKG_VERSION"),
            ready_ms,
            "ready"
        );
    }
}

/// The link by which the first administrator is made; none when there is one, or no dashboard here.
async fn setup_url(host: &Host, config: &Config) -> Option<String> {
    if !config.admin.enabled || !config.role.answers() {
        return None;
    }
    let app = &host.wired.app;
    let token = app.access.setup_link(&Caller::system("start")).await.ok()?;
    Some(sutler_api::setup_url(&app.settings.public_url, &token))
}

async fn has_no_key(host: &Host) -> bool {
    let keys = host.wired.app.ports.access.keys().await;
    keys.is_ok_and(|keys| keys.iter().all(|stored| stored.value.revoked_at.is_some()))
}
