//! Webhooks over HTTP: what comes back from receivers of all kinds, and to whom no connection is made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod guard;
mod tls;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sutler_adapters::http::{HttpCourier, Options};
use sutler_adapters::names::SystemNames;
use sutler_app::ports::Courier;
use sutler_app::ports::courier::{ANSWER_BYTES_MAX, ANSWER_KEPT_BYTES_MAX};
use sutler_app::webhooks::address::Reach;
use sutler_app::webhooks::{Form, Parcel};
use sutler_testkit::servers::receiver::{Manner, Receiver};

fn parcel(url: &str) -> Parcel {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Parcel {
        url: url.to_owned(),
        headers: vec![header("content-type", "application/json"), header("webhook-id", "evt_1")],
        body: b"{\"type\":\"order.placed\"}".to_vec(),
        form: Form::Full,
    }
}

fn courier() -> HttpCourier {
    let options = Options {
        reach: Reach::Loopback,
        timeout: Duration::from_secs(2),
        names: Arc::new(SystemNames::default()),
        trusted_pem: None,
    };
    HttpCourier::new(options).unwrap()
}

#[tokio::test]
async fn a_parcel_arrives_as_it_is_and_the_connection_is_kept() {
    let (courier, receiver) = (courier(), Receiver::start().unwrap());
    let url = format!("http://{}/a%20path?q=1", receiver.address);
    for n in 1..=3 {
        let sent = courier.carry(&parcel(&url)).await;
        let reply = sent.reply.unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (200, "thanks"));
        assert_eq!(sent.address, Some(receiver.address));
        assert_eq!(sent.timings.connect_ms.is_some(), n == 1, "the first one connects");
        assert!(sent.timings.first_byte_ms.is_some());
    }
    let came = receiver.received();
    assert_eq!(came[0].line, "POST /a%20path?q=1 HTTP/1.1");
    assert_eq!(came[0].header("host"), receiver.address.to_string());
    assert_eq!(came[0].header("webhook-id"), "evt_1");
    assert_eq!(came[0].body, b"{\"type\":\"order.placed\"}");
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_name_is_looked_up() {
    let (courier, receiver) = (courier(), Receiver::start().unwrap());
    let sent = courier.carry(&parcel(&format!("http://localhost:{}/", receiver.address.port()))).await;
    assert_eq!(sent.reply.unwrap().status, 200);
    assert!(sent.timings.dns_ms.is_some());
}

#[tokio::test]
async fn whatever_a_receiver_does_is_told_in_words() {
    let (courier, receiver) = (courier(), Receiver::start().unwrap());
    let other = Receiver::start().unwrap();
    for (manner, expected) in [
        (Manner::Hang, format!("{} did not answer within 2 s", receiver.address)),
        (Manner::Cut, format!("{} gave no answer", receiver.address)),
        (Manner::Garbage, format!("{} gave no answer", receiver.address)),
        (Manner::CutWithin, "answered 200, and the connection ended within the answer".to_owned()),
    ] {
        receiver.behave(manner.clone());
        let error = courier.carry(&parcel(&receiver.url())).await.reply.unwrap_err();
        assert!(error.contains(&expected), "{manner:?}: {error}");
    }
    receiver.behave(Manner::Redirect(other.url()));
    assert_eq!(courier.carry(&parcel(&receiver.url())).await.reply.unwrap().status, 301);
    assert_eq!(other.connections(), 0, "redirects are not followed");
    receiver.behave(Manner::Later(503, 90));
    let reply = courier.carry(&parcel(&receiver.url())).await.reply.unwrap();
    assert_eq!((reply.status, reply.retry_after), (503, Some(SignedDuration::from_secs(90))));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = courier.carry(&parcel(&format!("http://{nobody}/"))).await.reply.unwrap_err();
    assert_eq!(error, format!("connection refused by {nobody}"));
}

#[tokio::test]
async fn an_answer_is_read_up_to_a_limit() {
    let (courier, receiver) = (courier(), Receiver::start().unwrap());
    for (length, kept) in [
        (ANSWER_KEPT_BYTES_MAX, ANSWER_KEPT_BYTES_MAX),
        (ANSWER_BYTES_MAX, ANSWER_KEPT_BYTES_MAX),
        (64 * 1024 * 1024, ANSWER_KEPT_BYTES_MAX),
    ] {
        receiver.behave(Manner::Answer(length));
        let reply = courier.carry(&parcel(&receiver.url())).await.reply.unwrap();
        assert_eq!((reply.status, reply.body.len()), (200, kept), "of {length}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_no_failure() {
    let (courier, receiver) = (courier(), Receiver::start().unwrap());
    courier.carry(&parcel(&receiver.url())).await.reply.unwrap();
    // It closes the kept connection when the next request comes, and takes it on a fresh one.
    receiver.behave(Manner::Cut);
    let error = courier.carry(&parcel(&receiver.url())).await.reply.unwrap_err();
    assert!(error.contains("gave no answer"), "{error}");
    assert_eq!(receiver.connections(), 2, "it was tried on a fresh one");
    receiver.behave(Manner::Take);
    assert_eq!(courier.carry(&parcel(&receiver.url())).await.reply.unwrap().status, 200);
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_so() {
    let (courier, receiver) = (courier(), Receiver::start().unwrap());
    receiver.behave(Manner::Garbage);
    let url = receiver.url().replace("http://", "https://");
    let error = tokio::time::timeout(Duration::from_secs(30), courier.carry(&parcel(&url))).await.unwrap();
    let error = error.reply.unwrap_err();
    assert!(error.contains("TLS") || error.contains("did not answer"), "{error}");
}
