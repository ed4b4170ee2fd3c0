//! Asking the nodes how they are: `GET /readyz`, again and again.

use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, header};
use pingora_core::upstreams::peer::HttpPeer;
use pingora_error::ErrorType;
use pingora_http::RequestHeader;
use pingora_load_balancing::Backend;
use pingora_load_balancing::health_check::{HealthCheck, HttpHealthCheck};
use tokio::time::MissedTickBehavior;

use crate::standing::{Found, Rules};
use crate::upstream::{Upstream, Url};

/// Where a node says whether it is ready.
const READY: &[u8] = b"/readyz";

/// How nodes are asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    pub(crate) interval: Duration,
    /// For all of an answer.
    pub(crate) timeout: Duration,
}

/// Ask a node once. A name is looked up anew, so that a node that came back at another address is found.
pub(crate) async fn ask(url: &Url, asking: Asking) -> (Found, Option<std::net::SocketAddr>) {
    let asked = async {
        let address = url.resolve().await.ok()?;
        Some((check(url, address).await, address))
    };
    match tokio::time::timeout(asking.timeout, asked).await {
        Ok(Some((found, address))) => (found, Some(address)),
        Ok(None) | Err(_) => (Found::Fault, None),
    }
}

async fn check(url: &Url, address: std::net::SocketAddr) -> Found {
    let Ok(mut request) = RequestHeader::build("GET", READY, Some(2)) else { return Found::Fault };
    let named = request
        .insert_header(header::HOST, url.authority())
        .and_then(|()| request.insert_header(header::USER_AGENT, "sutler-balance"));
    let Ok(backend) = Backend::new(&address.to_string()) else { return Found::Fault };
    if named.is_err() {
        return Found::Fault;
    }
    let mut check = HttpHealthCheck::new("", false);
    check.req = request;
    check.peer_template = HttpPeer::new(address, false, String::new());
    match check.check(&backend).await {
        Ok(()) => Found::Ready,
        Err(error) => match error.etype() {
            ErrorType::CustomCode(_, code) if *code == StatusCode::SERVICE_UNAVAILABLE => Found::NotReady,
            _ => Found::Fault,
        },
    }
}

/// Ask a node from now on.
pub(crate) async fn keep_asking(upstream: Arc<Upstream>, asking: Asking, rules: Rules) {
    let mut ticks = tokio::time::interval(asking.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once, and the node was asked before we began.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let (found, address) = ask(&upstream.url, asking).await;
        if let Some(address) = address {
            upstream.moved_to(address);
        }
        upstream.checked(found, rules);
    }
}
