//! nginx, HAProxy and Caddy keep the promises, as far as each can.

use reqwest::Method;
use sutler_testkit::servers::front::{Front, Kind};

use crate::promises::{self, addresses, nodes};

pub(crate) const WITH_EFFECT: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

async fn keeps_promises(kind: Kind) {
    let mut nodes = nodes();
    let front = Front::start(kind, addresses(&nodes)).unwrap();
    let url = front.url();
    promises::it_spreads(&url, &nodes).await;
    promises::it_keeps_connections(&url, &nodes).await;
    promises::it_tells_who_asks(&url, &nodes).await;
    promises::events_flow(&url, &nodes).await;
    promises::sockets_pass(&url).await;
    // One that had no connection to the node yet: what crosses the close of an idle connection may be lost.
    let fresh = Front::start(kind, addresses(&nodes)).unwrap();
    if kind == Kind::Caddy {
        // Caddy 2.6 has lost the body of a POST when it tries the next node, until a check finds the dead one.
        promises::a_dead_node_is_found(&fresh.url(), &mut nodes).await;
    } else {
        promises::a_dead_node_is_not_used(&fresh.url(), &mut nodes).await;
    }
}

async fn repeats_nothing(kind: Kind) {
    for method in &WITH_EFFECT {
        let nodes = nodes();
        let front = Front::start(kind, addresses(&nodes)).unwrap();
        let told = promises::nothing_with_an_effect_is_repeated(&front.url(), &nodes, method).await;
        // HAProxy closes a client's connection that was used before without a word.
        let last = if kind == Kind::Haproxy { None } else { Some(502) };
        assert_eq!(told, [Some(502), last], "{method}");
    }
}

#[tokio::test]
async fn nginx_keeps_promises() {
    keeps_promises(Kind::Nginx).await;
}

#[tokio::test]
async fn nginx_repeats_nothing_with_an_effect() {
    repeats_nothing(Kind::Nginx).await;
}

#[tokio::test]
async fn haproxy_keeps_promises() {
    keeps_promises(Kind::Haproxy).await;
}

#[tokio::test]
async fn haproxy_repeats_nothing_with_an_effect() {
    repeats_nothing(Kind::Haproxy).await;
}

#[tokio::test]
async fn haproxy_lets_a_draining_node_finish() {
    let nodes = nodes();
    let front = Front::start(Kind::Haproxy, addresses(&nodes)).unwrap();
    promises::a_draining_node_finishes(&front.url(), &nodes).await;
}

#[tokio::test]
async fn caddy_keeps_promises() {
    keeps_promises(Kind::Caddy).await;
}

#[tokio::test]
async fn caddy_repeats_nothing_with_an_effect() {
    repeats_nothing(Kind::Caddy).await;
}

#[tokio::test]
async fn caddy_lets_a_draining_node_finish() {
    let nodes = nodes();
    let front = Front::start(Kind::Caddy, addresses(&nodes)).unwrap();
    promises::a_draining_node_finishes(&front.url(), &nodes).await;
}
