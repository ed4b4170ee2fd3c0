//! What a client may not do.

use sutler_testkit::servers::node::Node;

use crate::asking::Wire;
use crate::balance::Balance;

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_one_that_just_fits_is_not() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &["--max-head-bytes", "2048"]);
    let head = |length: usize| {
        let (begin, end) = ("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nX-Long: ", "\r\n\r\n");
        format!("{begin}{}{end}", "x".repeat(length - begin.len() - end.len()))
    };
    for (length, status) in [(2048, "200"), (2049, "431"), (600_000, "431")] {
        let mut wire = Wire::to(&balance.url).await;
        wire.write(&head(length)).await;
        let said = wire.rest().await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {said}");
    }
    assert_eq!(node.requests(), 1);
}

#[tokio::test]
async fn a_client_that_dribbles_is_told_and_cut_off() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &["--head-timeout", "300ms"]);
    let mut wire = Wire::to(&balance.url).await;
    wire.write("GET / HTTP/1.1\r\n").await;
    // It goes on and on, never for longer than the time between two reads.
    let (mut read, mut write) = wire.stream.into_split();
    let dribble = tokio::spawn(async move {
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(20));
        loop {
            pace.tick().await;
            if tokio::io::AsyncWriteExt::write_all(&mut write, b"X: y\r\n").await.is_err() {
                return;
            }
        }
    });
    let mut said = Vec::new();
    _ = tokio::io::AsyncReadExt::read_to_end(&mut read, &mut said).await;
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"request_timeout\""), "{said}");
    dribble.abort();
    assert_eq!(node.requests(), 0);
}

#[tokio::test]
async fn an_idle_client_is_let_go_without_a_word() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &["--client-timeout", "200ms"]);
    let mut wire = Wire::to(&balance.url).await;
    wire.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    let said = wire.rest().await;
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &["--client-timeout", "200ms"]);
    let mut wire = Wire::to(&balance.url).await;
    wire.write("POST /effect HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nhalf").await;
    let said = wire.rest().await;
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"request_timeout\""), "{said}");
    assert_eq!(node.effects(), 0);
}

#[tokio::test]
async fn more_clients_than_there_is_room_for_wait_their_turn() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &["--max-connections", "2"]);
    let ask = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";
    let mut inside = [Wire::to(&balance.url).await, Wire::to(&balance.url).await];
    for wire in &mut inside {
        wire.write(ask).await;
        wire.until("HTTP/1.1 200").await;
    }
    assert_eq!(balance.number("sutler_balance_connections").await, 2);
    let mut waiting = Wire::to(&balance.url).await;
    waiting.write(ask).await;
    // Those inside are answered again while it waits.
    for wire in &mut inside {
        wire.write(ask).await;
        wire.until("HTTP/1.1 200").await;
    }
    assert_eq!(node.requests(), 4);
    drop(inside);
    waiting.until("HTTP/1.1 200").await;
}

#[tokio::test]
async fn what_is_no_request_is_400() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &[]);
    for text in [
        "nonsense\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: shop\r\nConnection: X-Forwarded-For\r\n\r\n",
    ] {
        let mut wire = Wire::to(&balance.url).await;
        wire.write(text).await;
        let said = wire.rest().await;
        assert!(said.starts_with("HTTP/1.1 400 "), "{text:?}: {said}");
    }
    assert_eq!(node.requests(), 0);
}

#[tokio::test]
async fn what_is_meant_for_one_hop_goes_no_further() {
    let node = Node::start("one").unwrap();
    let balance = Balance::start(&[&node], &[]);
    let mut wire = Wire::to(&balance.url).await;
    wire.write(
        "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close, X-Own\r\nX-Own: 1\r\nKeep-Alive: 1\r\n\
         Proxy-Authorization: Basic x\r\nTE: trailers\r\nX-Kept: 1\r\n\r\n",
    )
    .await;
    wire.rest().await;
    let head = node.heads()[0].to_ascii_lowercase();
    assert!(head.contains("host: shop.example\r\n") && head.contains("x-kept: 1\r\n"), "{head}");
    for gone in ["\nconnection:", "\nx-own:", "\nkeep-alive:", "\nte:"] {
        assert!(!head.contains(gone), "{gone:?} is in {head}");
    }
}
