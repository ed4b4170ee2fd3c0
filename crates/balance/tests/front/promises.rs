//! What is promised of whatever stands in front: each promise is held against every one of them.

use std::net::SocketAddr;

use futures::StreamExt;
use reqwest::Method;
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::node::{Node, SOCKET_KEY};

use crate::asking::{Wire, client, node, send};

/// Two nodes.
pub(crate) fn nodes() -> [Node; 2] {
    [Node::start("one").unwrap(), Node::start("two").unwrap()]
}

pub(crate) fn addresses(nodes: &[Node; 2]) -> [SocketAddr; 2] {
    nodes.each_ref().map(|node| node.address)
}

/// Every node gets its share.
pub(crate) async fn it_spreads(url: &str, nodes: &[Node; 2]) {
    let client = client();
    for _ in 0..20 {
        assert_eq!(send(&client, &Method::GET, format!("{url}/")).await.status(), 200);
    }
    assert_eq!(nodes.each_ref().map(Node::requests), [10, 10]);
}

/// Connections to the nodes are used again.
pub(crate) async fn it_keeps_connections(url: &str, nodes: &[Node; 2]) {
    let client = client();
    let count = || nodes.iter().map(Node::connections).sum::<usize>();
    let before = count();
    for _ in 0..100 {
        send(&client, &Method::POST, format!("{url}/effect")).await;
    }
    // Checks of health may have come on connections of their own.
    assert!(count() - before < 60, "{} connections for 100 requests", count() - before);
}

/// The node learns who asked, over what, and under which id.
pub(crate) async fn it_tells_who_asks(url: &str, nodes: &[Node; 2]) {
    let id = ("x-request-id", "web-7");
    client().get(format!("{url}/who")).header(id.0, id.1).send().await.unwrap();
    let mut heads = nodes.iter().flat_map(Node::heads);
    let head = heads.find(|head| head.contains("/who")).unwrap().to_ascii_lowercase();
    for line in ["x-forwarded-for: 127.0.0.1\r\n", "x-forwarded-proto: http\r\n", "x-request-id: web-7\r\n"] {
        assert!(head.contains(line), "{line:?} is not in {head}");
    }
}

/// A node that is dead is not used: nobody notices, whatever is asked.
pub(crate) async fn a_dead_node_is_not_used(url: &str, nodes: &mut [Node; 2]) {
    let client = client();
    let [one, two] = nodes;
    one.die().await;
    let before = two.effects();
    for method in [Method::GET, Method::POST].iter().cycle().take(20) {
        let answer = send(&client, method, format!("{url}/effect")).await;
        assert_eq!((answer.status().as_u16(), node(&answer).as_str()), (200, "two"), "{method}");
    }
    assert_eq!(two.effects() - before, 20);
}

/// A node that is dead is not used any more, once that was found out.
pub(crate) async fn a_dead_node_is_found(url: &str, nodes: &mut [Node; 2]) {
    let client = client();
    nodes[0].die().await;
    let mut in_a_row = 0;
    while in_a_row < 10 {
        let answer = send(&client, &Method::POST, format!("{url}/effect")).await;
        in_a_row = if node(&answer) == "two" { in_a_row + 1 } else { 0 };
    }
}

/// What may have had an effect is sent once, on a new connection and on one that was used before. Gives what the client
/// is told of each: a status, or nothing where its connection is closed.
pub(crate) async fn nothing_with_an_effect_is_repeated(
    url: &str,
    nodes: &[Node; 2],
    method: &Method,
) -> [Option<u16>; 2] {
    let client = client();
    let done = || nodes.iter().map(Node::effects).sum::<usize>();
    let lose = async || {
        let sent = client.request(method.clone(), format!("{url}/effect/lost")).body("{}").send().await;
        sent.ok().map(|answer| answer.status().as_u16())
    };
    let first = lose().await;
    assert_eq!(done(), 1, "{method}");
    // Now each node has an idle connection.
    for _ in 0..2 {
        assert_eq!(send(&client, method, format!("{url}/")).await.status(), 200);
    }
    let second = lose().await;
    assert_eq!(done(), 2, "{method}, on a connection that was used before");
    [first, second]
}

/// Events come when they are sent.
pub(crate) async fn events_flow(url: &str, nodes: &[Node; 2]) {
    let answer =
        client().get(format!("{url}/events")).header("accept", "text/event-stream").send().await.unwrap();
    let mut events = answer.bytes_stream();
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(&first[..], b"data: first\n\n");
    // The node waits for this; so the first was not held back until there was more.
    nodes.iter().for_each(Node::go_on);
    assert_eq!(&events.next().await.unwrap().unwrap()[..], b"data: second\n\n");
    nodes.iter().for_each(Node::go_on);
    assert!(events.next().await.is_none());
}

/// A WebSocket is passed through both ways.
pub(crate) async fn sockets_pass(url: &str) {
    let mut wire = Wire::to(url).await;
    let [key, _] = SOCKET_KEY;
    let ask = "GET /socket HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    wire.write(&format!("{ask}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n")).await;
    let head = wire.until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    for word in ["one", "two", "three"] {
        wire.write(word).await;
        assert_eq!(wire.until(word).await, word);
    }
}

/// A node that drains gets nothing new, and finishes what it has.
pub(crate) async fn a_draining_node_finishes(url: &str, nodes: &[Node; 2]) {
    let client = client();
    let held = tokio::spawn(client.post(format!("{url}/effect/held")).body("{}").send());
    let busy = loop {
        match nodes.iter().find(|node| node.requests() > 0) {
            Some(node) => break node,
            None => a_moment().await,
        }
    };
    busy.drain(true);
    // It is noticed at the next check.
    let mut in_a_row = 0;
    while in_a_row < 10 {
        let before = busy.requests();
        assert_eq!(send(&client, &Method::POST, format!("{url}/")).await.status(), 200);
        in_a_row = if busy.requests() == before { in_a_row + 1 } else { 0 };
    }
    busy.go_on();
    let answer = held.await.unwrap().unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "held"));
}
