//! From the command line to a running balancer, and to its end.

use std::net::SocketAddr;
use std::sync::Arc;

use pingora_core::apps::HttpServerApp;
use pingora_core::server::configuration::ServerConf;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::admin::Admin;
use crate::balancer::Balancer;
use crate::failure::{Exit, Failure};
use crate::limits::Limits;
use crate::listen::{Door, Inside};
use crate::metrics::Numbers;
use crate::options::Options;
use crate::pool::Pool;
use crate::probe;
use crate::upstream::{Upstream, Url};

/// Connections of operators at one time.
const ADMIN_CONNECTIONS_MAX: usize = 64;

/// Descriptors besides those of connections.
const SPARE_DESCRIPTORS: u64 = 64;

/// Run until it is told to stop. Before anybody is let in, everything that may be wrong was looked at.
pub(crate) async fn run(options: Options) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let addresses = find(&options).await?;
    let limits = options.limits();
    let door = Door::at(options.listen, "--listen", limits).await?;
    let admin = match options.admin {
        Some(address) => {
            let few = Limits { connections_max: ADMIN_CONNECTIONS_MAX, ..limits };
            Some(Door::at(address, "--admin", few).await?)
        }
        None => None,
    };
    make_room(&limits);
    let pool = tokio::select! {
        pool = first_look(&options, addresses) => Arc::new(pool),
        () = signals.next() => return Ok(Exit::Done),
    };

    let (stopping, stop) = watch::channel(false);
    let numbers = Arc::new(Numbers::default());
    let inside = door.inside();
    let balancer = Balancer {
        pool: Arc::clone(&pool),
        numbers: Arc::clone(&numbers),
        patience: options.patience(),
        stop: stop.clone(),
    };
    let proxy = Arc::new(pingora_proxy::http_proxy(&Arc::new(settings(&pool, &limits)), balancer));
    tell_ready(&pool, &door, admin.as_ref());
    // Operators are answered until the end, so that whoever looks sees it coming.
    let (_stays_open, never) = watch::channel(false);
    if let Some(admin) = admin {
        let pages = Admin { pool: Arc::clone(&pool), numbers, inside: inside.clone(), stop: stop.clone() };
        tokio::spawn(admin.open(Arc::new(pages), never));
    }
    for upstream in pool.upstreams() {
        tokio::spawn(probe::keep_asking(Arc::clone(upstream), options.asking(), pool.rules));
    }
    let clients = tokio::spawn(door.open(Arc::clone(&proxy), stop));

    signals.next().await;
    log::info!(connections = inside.count(), drain_timeout:? = options.drain_timeout; "stopping");
    _ = stopping.send(true);
    // The listener is closed when this is through; what waits for a next request is let go.
    _ = clients.await;
    proxy.http_cleanup().await;
    Ok(drain(&inside, &options, &mut signals).await)
}

/// Wait for the requests under way.
async fn drain(inside: &Inside, options: &Options, signals: &mut Signals) -> Exit {
    tokio::select! {
        () = inside.nobody() => log::info!("stopped"),
        () = tokio::time::sleep(options.drain_timeout) => {
            log::warn!(connections = inside.count(); "stopped_before_all_was_done");
        }
        () = signals.next() => return Exit::Interrupted,
    }
    Exit::Done
}

/// Where every node is. A node that cannot be found is told before anything is started; one that is only down is not.
async fn find(options: &Options) -> Result<Vec<(Url, SocketAddr)>, Failure> {
    let mut found: Vec<(Url, SocketAddr)> = Vec::new();
    for url in &options.upstreams {
        let address = url.resolve().await.map_err(|error| {
            Failure::new(Exit::Unreachable, format!("the upstream {url} cannot be found ({error})"))
                .next("is the name right?  getent hosts NAME        or write its address:  --upstream http://10.0.0.7:8420")
                .next("nothing was started")
        })?;
        if found.iter().any(|(_, known)| *known == address) {
            return Err(Failure::new(Exit::Config, format!("the upstream {url} is named twice ({address})"))
                .next("name each node once")
                .next("nothing was started"));
        }
        if address == options.listen {
            return Err(Failure::new(
                Exit::Config,
                format!("the upstream {url} is the balancer itself (--listen {address})"),
            )
            .next("name the nodes behind it")
            .next("nothing was started"));
        }
        found.push((url.clone(), address));
    }
    Ok(found)
}

/// Ask all nodes at once how they are. What each says first counts alone.
async fn first_look(options: &Options, addresses: Vec<(Url, SocketAddr)>) -> Pool {
    let asking = options.asking();
    let asked: Vec<_> = addresses
        .into_iter()
        .map(|(url, address)| {
            tokio::spawn(async move {
                let (found, _) = probe::ask(&url, asking).await;
                Arc::new(Upstream::new(url, address, found))
            })
        })
        .collect();
    let mut upstreams = Vec::with_capacity(asked.len());
    for one in asked {
        // A task that asks does not panic; if it did, the runtime is ending.
        if let Ok(upstream) = one.await {
            if !upstream.is_up() {
                log::warn!(upstream = upstream.name.as_str(); "upstream_not_ready");
            }
            upstreams.push(upstream);
        }
    }
    Pool::new(upstreams, options.policy, options.rules())
}

/// What the proxy's own library is told: a connection is kept for each client, and a request may go to each node once.
fn settings(pool: &Pool, limits: &Limits) -> ServerConf {
    ServerConf {
        threads: 1,
        upstream_keepalive_pool_size: limits.connections_max,
        max_retries: pool.upstreams().len().saturating_add(1),
        ..ServerConf::default()
    }
}

fn tell_ready(pool: &Pool, door: &Door, admin: Option<&Door>) {
    let shown = |door: Option<&Door>| {
        let address = door.and_then(|door| door.address().ok());
        address.map(|address| format!("http://{address}")).unwrap_or_default()
    };
    log::info!(
        address = shown(Some(door)).as_str(), admin = shown(admin).as_str(), nodes = pool.upstreams().len(), up = pool.up(),
        version = env!("CARGO_PKG_VERSION");
        "ready"
    );
}

/// A connection takes a descriptor on each side: take as many as the system gives, and say when they are too few.
fn make_room(limits: &Limits) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted =
        u64::try_from(limits.connections_max).unwrap_or(u64::MAX).saturating_mul(2) + SPARE_DESCRIPTORS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let given = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(given), maximum });
    if raised.is_err() || given < wanted {
        log::warn!(wanted, given; "too_few_descriptors");
    }
}

/// The signals that ask us to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listen from now on; a signal before this ends the process as usual.
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::new(Exit::Failed, format!("cannot listen for signals ({error})")))
        };
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Wait for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
