//! What `dev` and `serve` share: bind, wire, announce, answer, and end without losing a request.

use std::net::SocketAddr;
use std::process;
use std::time::{Duration, Instant};

use sutler_app::access::FirstAdmin;
use tokio::net::TcpListener;

use crate::background::Background;
use crate::config::{Config, First};
use crate::console::{Exit, Failure};
use crate::instance::{Announced, Instance};
use crate::logging;
use crate::serve::{self, Signals};
use crate::systemd;
use crate::wiring::{self, Wired};

/// A server that is ready and does not answer yet.
pub(super) struct Host {
    pub(super) wired: Wired,
    /// Where it can be reached from this machine.
    pub(super) url: String,
    pub(super) started: Instant,
    listener: TcpListener,
    background: Background,
    signals: Signals,
}

impl Host {
    /// Take the port, open the store, begin the work beside the requests.
    pub(super) async fn start(config: &Config, dev: bool) -> Result<Self, Failure> {
        let started = Instant::now();
        let command = if dev { "sutler dev" } else { "sutler serve" };
        create_data_dir(config)?;
        let listener = bind(config, command).await?;
        let url = reachable(listener.local_addr()?);
        let wired = wiring::wire(config, &url, dev).await?;
        prepare(&wired, config, dev).await?;
        let signals = Signals::listen()?;
        if let Some(address) = config.metrics_listen {
            let listener = TcpListener::bind(address).await.map_err(|error| {
                Failure::new(Exit::Failed, format!("cannot listen on {address} for metrics ({error})"))
                    .next("another address:  metrics.listen in sutler.toml")
            })?;
            let http = config.http.clone();
            let router = serve::metrics_only(wired.router.clone());
            tokio::spawn(async move { serve::serve(listener, router, &http, std::future::pending()).await });
        }
        let background = Background::begin(&wired, config);
        Ok(Self { wired, url, started, listener, background, signals })
    }

    /// Where it listens, as it was configured.
    pub(super) fn address(&self) -> String {
        self.listener.local_addr().map(|address| format!("http://{address}")).unwrap_or_default()
    }

    /// Leave word for the commands on this machine.
    pub(super) fn announce(&self, config: &Config, key: Option<&str>) -> Result<Announced, Failure> {
        let instance = Instance { url: self.url.clone(), pid: process::id(), key: key.map(str::to_owned) };
        instance.announce(&config.data_dir).map_err(|error| {
            let place = config.data_dir.display();
            Failure::new(Exit::Failed, format!("cannot write server.json to {place} ({error})"))
                .next("another place:  SUTLER_DATA_DIR or data_dir in sutler.toml")
        })
    }

    /// Answer until somebody asks the process to end, or the store gives up.
    pub(super) async fn answer(self, config: &Config) -> Result<(), Failure> {
        let Self { wired, listener, background, mut signals, .. } = self;
        let mut broken = None;
        let stop = async {
            tokio::select! {
                () = signals.next() => {
                    tracing::info!("shutting_down");
                    systemd::stopping();
                    // From here on, a second signal ends everything at once; the log on disk is whole at any moment.
                    tokio::spawn(async move {
                        signals.next().await;
                        logging::end();
                        process::exit(130);
                    });
                    wired.api.drain();
                    tokio::time::sleep(config.http.drain_delay).await;
                    wired.api.end_streams();
                }
                reason = wired.keeper.failed() => {
                    wired.api.drain();
                    wired.api.end_streams();
                    broken = Some(reason);
                }
            }
        };
        if !serve::serve(listener, wired.router.clone(), &config.http, stop).await {
            tracing::warn!("requests_cut_off");
        }
        background.end().await;
        if let Err(problem) = wired.app.access.tell_uses().await {
            tracing::warn!(error = %problem, "uses_not_told");
        }
        wired.keeper.close().await;
        match broken {
            None => Ok(()),
            Some(reason) => Err(store_failed(&reason)),
        }
    }
}

fn store_failed(reason: &str) -> Failure {
    Failure::new(Exit::Failed, format!("the database takes no more changes: {reason}"))
        .next("what was answered is stored; what was not may be sent again with the same Idempotency-Key")
        .next("mend the cause, then start again        look: sutler doctor")
}

/// What must be there before the first request.
async fn prepare(wired: &Wired, config: &Config, dev: bool) -> Result<(), Failure> {
    wired.app.inventory.ensure_default_location().await.map_err(|problem| starting(&problem))?;
    if let Some(secret) = &config.api_key {
        wired.app.access.bootstrap(secret.expose(), dev).await.map_err(|problem| {
            Failure::new(Exit::Config, format!("refusing to start: {}", problem.detail)).next(
                "it is from API_KEY, SUTLER_API_KEY or api_key        look: sutler config show --origin",
            )
        })?;
    }
    if let Some(First { email, password }) = &config.admin.first {
        let made = wired.app.access.ensure_admin(email, password.expose()).await.map_err(|problem| {
            Failure::new(Exit::Config, format!("refusing to start: {}", problem.detail)).next(
                "it is from SUTLER_ADMIN_EMAIL and SUTLER_ADMIN_PASSWORD        look: sutler config show --origin",
            )
        })?;
        if let FirstAdmin::Made(user) = made {
            tracing::info!(user_id = %user.user_id, "administrator_made");
        }
    }
    Ok(())
}

fn starting(problem: &sutler_app::Problem) -> Failure {
    Failure::new(Exit::Failed, format!("cannot start: {}", problem.detail)).next("look: sutler doctor")
}

/// Make the folder of the data, unless it is there.
pub(super) fn create_data_dir(config: &Config) -> Result<(), Failure> {
    std::fs::create_dir_all(&config.data_dir).map_err(|error| {
        let place = config.data_dir.display();
        Failure::new(Exit::Config, format!("cannot create the folder {place} ({error})"))
            .next("another place:  SUTLER_DATA_DIR or data_dir in sutler.toml")
    })
}

async fn bind(config: &Config, command: &str) -> Result<TcpListener, Failure> {
    let address = config.http.listen;
    if let Some(listener) = systemd::inherited().map_err(|error| no_socket(&error))? {
        return TcpListener::from_std(listener).map_err(|error| no_socket(&error));
    }
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(taken(config, command).await),
        Err(error) => Err(Failure::new(Exit::Failed, format!("cannot listen on {address} ({error})"))
            .next("another address:  http.listen in sutler.toml, or --port")),
    }
}

fn no_socket(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot listen on the socket that systemd handed over ({error})"))
        .next("it must be one of TCP: ListenStream=127.0.0.1:8420 in sutler.socket")
}

/// Somebody has the port: say whether it is one of ours, and from where it runs.
async fn taken(config: &Config, command: &str) -> Failure {
    let port = config.http.listen.port();
    let url = reachable(config.http.listen);
    let ours = is_sutler(&url).await;
    let instance = Instance::read(&config.data_dir).filter(|instance| instance.url == url && ours);
    let by = match &instance {
        Some(instance) => format!("sutler (pid {})", instance.pid),
        None if ours => "another sutler".to_owned(),
        None => "another program".to_owned(),
    };
    let failure = Failure::new(Exit::Failed, format!("port {port} is already in use by {by}"));
    let place = config.data_dir.display();
    let failure = match instance {
        Some(_) => failure
            .next(format!("{:<53}sutler status", format!("that server is running from {place}; to use it:"))),
        None => failure,
    };
    let other = port.checked_add(1).unwrap_or(8420);
    let label = if ours { "to start a second one:" } else { "to take another port:" };
    failure.next(format!("{label:<53}{command} --port {other}"))
}

async fn is_sutler(url: &str) -> bool {
    let Ok(client) = sutler_client::Client::with_timeout(url, Duration::from_secs(1)) else { return false };
    let client = client.with_retries(sutler_client::Retries::NEVER);
    let answer = client.send(sutler_client::Call::get("/healthz")).await;
    answer
        .is_ok_and(|answer| answer.json::<serde_json::Value>().is_ok_and(|body| body.get("status").is_some()))
}

/// Whether a server answers at the address that was left behind in the folder.
pub(super) async fn is_running(config: &Config) -> Option<Instance> {
    let instance = Instance::read(&config.data_dir)?;
    is_sutler(&instance.url).await.then_some(instance)
}

/// An address that listens everywhere is reached at this machine.
fn reachable(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("http://127.0.0.1:{}", v4.port()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("http://[::1]:{}", v6.port()),
        other => format!("http://{other}"),
    }
}
