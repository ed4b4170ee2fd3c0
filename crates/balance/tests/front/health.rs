//! Which nodes get requests, and what becomes of a request whose node fails.

use reqwest::Method;
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::node::Node;

use crate::asking::{Wire, client, node, send};
use crate::balance::Balance;
use crate::others::WITH_EFFECT;
use crate::promises::{self, nodes};

#[tokio::test]
async fn ours_keeps_promises() {
    let mut nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    let url = balance.url.clone();
    promises::it_spreads(&url, &nodes).await;
    promises::it_keeps_connections(&url, &nodes).await;
    promises::it_tells_who_asks(&url, &nodes).await;
    promises::events_flow(&url, &nodes).await;
    promises::sockets_pass(&url).await;
    promises::a_dead_node_is_not_used(&url, &mut nodes).await;
    balance.until_up(1).await;
    nodes[0].come_back().unwrap();
    balance.until_up(2).await;
    let states = balance.until_logged("upstream_changed", 2).await;
    assert_eq!(states[0]["upstream"], nodes[0].url());
    assert_eq!((&states[0]["state"], &states[1]["state"]), (&"down".into(), &"up".into()));
}

#[tokio::test]
async fn sockets_opened_at_one_time_all_stay_open() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    for _ in 0..10 {
        futures::future::join_all((0..50).map(|_| promises::sockets_pass(&balance.url))).await;
    }
}

#[tokio::test]
async fn how_we_talk_to_the_node_about_a_socket_is_not_told_to_the_client() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    for (path, answer) in [("/socket", "\r\nconnection: upgrade\r\n"), ("/chat", "HTTP/1.1 200 OK\r\n")] {
        let mut wire = Wire::to(&balance.url).await;
        wire.write(&upgrade_of(path)).await;
        let head = wire.until("\r\n\r\n").await;
        assert!(head.to_ascii_lowercase().contains(&answer.to_ascii_lowercase()), "{head}");
        assert!(!head.contains("close"), "{head}");
    }
}

/// A request that wants a socket.
fn upgrade_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
}

#[tokio::test]
async fn a_socket_that_is_refused_is_answered_and_its_connection_given_up() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    for _ in 0..4 {
        let mut wire = Wire::to(&balance.url).await;
        wire.write("GET /chat HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            .await;
        let head = wire.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        promises::sockets_pass(&balance.url).await;
    }
    let heads: Vec<String> =
        nodes.iter().flat_map(Node::heads).map(|head| head.to_ascii_lowercase()).collect();
    assert_eq!(heads.len(), 8);
    assert!(heads.iter().all(|head| head.contains("\r\nconnection: upgrade, close\r\n")), "{heads:?}");
}

#[tokio::test]
async fn ours_lets_a_draining_node_finish() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    promises::a_draining_node_finishes(&balance.url, &nodes).await;
    for node in &nodes {
        node.drain(false);
    }
    balance.until_up(2).await;
}

#[tokio::test]
async fn ours_repeats_nothing_with_an_effect() {
    for method in &WITH_EFFECT {
        let nodes = nodes();
        let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
        let told = promises::nothing_with_an_effect_is_repeated(&balance.url, &nodes, method).await;
        assert_eq!(told, [Some(502); 2], "{method}");
        assert_eq!(balance.number("sutler_balance_retries_total{reason=\"lost\"}").await, 0);
    }
}

#[tokio::test]
async fn whoever_lost_an_answer_is_told_that_it_may_have_had_its_effect() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    let answer = send(&client(), &Method::POST, format!("{}/effect/lost", balance.url)).await;
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "answer_lost");
    assert!(problem["detail"].as_str().unwrap().contains("same Idempotency-Key"), "{problem}");
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_is_tried_once_more_elsewhere() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    let answer = send(&client(), &Method::GET, format!("{}/effect/lost", balance.url)).await;
    assert_eq!(answer.status(), 502);
    assert_eq!(nodes.each_ref().map(Node::requests), [1, 1], "one try each, and no third");
    assert_eq!(balance.number("sutler_balance_retries_total{reason=\"lost\"}").await, 1);
    assert_eq!(balance.number("sutler_balance_requests_total{upstream=\"-\",class=\"5xx\"}").await, 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    let answer = send(&client(), &Method::GET, format!("{}/effect/cut", balance.url)).await;
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap_err();
    assert_eq!(nodes.iter().map(Node::requests).sum::<usize>(), 1, "the client had seen a part of it");
}

#[tokio::test]
async fn without_a_node_that_is_ready_nothing_is_done() {
    let mut nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &["--check-interval", "1h"]);
    nodes[0].die().await;
    nodes[1].die().await;
    // More than fits into the buffers on the way: the answer must not be lost with what is left unread.
    let body = "x".repeat(512 * 1024);
    for _ in 0..5 {
        let answer =
            client().post(format!("{}/effect", balance.url)).body(body.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "1");
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!((&problem["code"], &problem["instance"]), (&"no_node_ready".into(), &"/effect".into()));
        assert!(problem["request_id"].as_str().unwrap().starts_with("req_"), "{problem}");
    }
    // Three in a row failed at each: without a check, nobody is asked again.
    let (status, text) = balance.page("/readyz").await;
    assert_eq!((status, text.as_str()), (503, "0 of 2 nodes are up\n"));
    nodes[0].come_back().unwrap();
    let answer = send(&client(), &Method::POST, format!("{}/effect", balance.url)).await;
    assert_eq!((answer.status().as_u16(), nodes[0].effects()), (503, 0));
}

#[tokio::test]
async fn a_node_that_says_it_is_not_ready_gets_nothing_even_when_it_is_the_last() {
    let node = Node::start("one").unwrap();
    node.drain(true);
    let balance = Balance::start(&[&node], &[]);
    assert_eq!(balance.logged("upstream_not_ready")[0]["upstream"], node.url());
    assert_eq!(send(&client(), &Method::GET, balance.url.clone()).await.status(), 503);
    assert_eq!(node.requests(), 0);
    node.drain(false);
    balance.until_up(1).await;
    assert_eq!(send(&client(), &Method::GET, balance.url.clone()).await.status(), 200);
}

#[tokio::test]
async fn the_least_busy_node_is_next() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &["--policy", "least-connections"]);
    let held = tokio::spawn(client().post(format!("{}/effect/held", balance.url)).body("{}").send());
    while nodes.iter().all(|node| node.requests() == 0) {
        a_moment().await;
    }
    let busy = nodes.iter().position(|node| node.requests() > 0).unwrap();
    let client = client();
    for _ in 0..10 {
        let answer = send(&client, &Method::GET, balance.url.clone()).await;
        assert_eq!(node(&answer), ["two", "one"][busy]);
    }
    let series = format!("sutler_balance_upstream_in_flight{{upstream=\"{}\"}}", nodes[busy].url());
    assert_eq!(balance.number(&series).await, 1);
    nodes[busy].go_on();
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_their_order() {
    let nodes = nodes();
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    let mut wire = Wire::to(&balance.url).await;
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n");
    wire.write(&(ask("/first") + &ask("/second"))).await;
    wire.write("GET /third HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n").await;
    let said = wire.rest().await;
    let places = ["GET /first ", "GET /second ", "GET /third "].map(|path| said.find(path).unwrap());
    assert!(places.is_sorted(), "{said}");
}
