//! How it ends.

use reqwest::Method;
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::node::Node;

use crate::asking::{Wire, client, send};
use crate::balance::Balance;

/// A balancer with a request that its node holds.
async fn holding(
    args: &[&str],
) -> (Node, Balance, tokio::task::JoinHandle<reqwest::Result<reqwest::Response>>) {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], args);
    let held = tokio::spawn(client().post(format!("{}/effect/held", balance.url)).body("{}").send());
    while node.requests() == 0 {
        a_moment().await;
    }
    (node, balance, held)
}

async fn until_stopping(balance: &Balance) {
    while balance.page("/readyz").await != (503, "stopping\n".to_owned()) {}
}

#[tokio::test]
async fn requests_under_way_finish_and_nobody_new_is_let_in() {
    let (node, mut balance, held) = holding(&[]).await;
    // A client that is between two requests is let go.
    let mut idle = Wire::to(&balance.url).await;
    idle.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    idle.until("HTTP/1.1 200").await;
    balance.signal("TERM");
    until_stopping(&balance).await;
    idle.rest().await;
    while client().get(&balance.url).send().await.is_ok() {}
    assert!(balance.runs());
    node.go_on();
    let answer = held.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["connection"], "close");
    assert_eq!(balance.end().code(), Some(0));
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off() {
    let (_node, balance, held) = holding(&["--drain-timeout", "200ms"]).await;
    balance.signal("TERM");
    held.await.unwrap().unwrap_err();
    while balance.logged("stopped_before_all_was_done").is_empty() {
        a_moment().await;
    }
    assert_eq!(balance.end().code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let (_node, balance, _held) = holding(&["--drain-timeout", "1h"]).await;
    balance.signal("TERM");
    until_stopping(&balance).await;
    balance.signal("INT");
    assert_eq!(balance.end().code(), Some(130));
}

#[tokio::test]
async fn an_idle_one_ends_at_once() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &["--drain-timeout", "1h"]);
    let client = client();
    assert_eq!(send(&client, &Method::GET, balance.url.clone()).await.status(), 200);
    balance.signal("TERM");
    assert_eq!(balance.end().code(), Some(0));
}
