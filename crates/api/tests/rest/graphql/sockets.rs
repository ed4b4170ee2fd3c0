//! `graphql-transport-ws`, over a real socket.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sutler_api::rest::{Options, router};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::placed;
use super::subscriptions::{Aloud, shop};
use crate::door::Door;

/// A shop that listens; it is gone with the test.
struct Open {
    door: Door,
    at: SocketAddr,
    server: JoinHandle<()>,
    _aloud: Aloud,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Open {
    async fn with(options: Options) -> Self {
        let (door, aloud) = shop(options).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let service = router(door.api.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { door, at, server, _aloud: aloud }
    }

    async fn connect(&self, protocol: &str) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/graphql/ws", self.at).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        let stream = TcpStream::connect(self.at).await.unwrap();
        Ok(Socket(client_async(request, stream).await?.0))
    }

    /// A socket whose first message was taken.
    async fn socket(&self, first: Value) -> Socket {
        let mut socket = self.connect("graphql-transport-ws").await.unwrap();
        socket.say(json!({ "type": "connection_init", "payload": first })).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }
}

struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, document: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": document } })).await;
    }

    async fn hear(&mut self) -> Value {
        let message = self.0.next().await.unwrap().unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// The code with which the other end closes.
    async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.0.next().await.unwrap().unwrap() {
                return frame.unwrap().code.into();
            }
        }
    }
}

fn dev() -> Options {
    Options { dev: true, ..Options::default() }
}

#[tokio::test]
async fn a_socket_carries_subscriptions_and_documents_beside_each_other() {
    let shop = Open::with(dev()).await;
    let mut socket = shop.socket(json!({})).await;
    socket.subscribe("s", "subscription { events(types: [\"order.placed\"]) { subject } }").await;
    socket.subscribe("q", "{ whoami { actor } }").await;
    let answer = socket.hear().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("next"), &json!("q")));
    assert_eq!(answer["payload"]["data"]["whoami"]["actor"], "dev");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "q" }));
    let id = placed(&shop.door, "P1").await;
    let event = socket.hear().await;
    assert_eq!((&event["id"], &event["payload"]["data"]["events"]["subject"]), (&json!("s"), &json!(id)));
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await["type"], "pong");
    socket.subscribe("w", "{ whoami { actr } }").await;
    let wrong = socket.hear().await;
    assert_eq!(wrong["payload"]["errors"][0]["extensions"]["code"], "validation_failed");
    assert_eq!(socket.hear().await["type"], "complete");
    socket.say(json!({ "type": "complete", "id": "s" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "s" }));
    shop.door.api.end_streams();
    assert_eq!(socket.closed().await, 1001);
}

#[tokio::test]
async fn the_key_may_come_with_the_first_message() {
    let shop = Open::with(Options::default()).await;
    let secret = shop.door.key(&["events:read"]).await;
    let mut socket = shop.socket(json!({ "Authorization": format!("Bearer {secret}") })).await;
    socket.subscribe("q", "{ orders(first: 1) { totalCount } }").await;
    let answer = socket.hear().await;
    assert_eq!(answer["payload"]["errors"][0]["extensions"]["code"], "insufficient_scope");
    for first in [json!({}), json!({ "Authorization": "Bearer sk_live_no" })] {
        let mut socket = shop.connect("graphql-transport-ws").await.unwrap();
        socket.say(json!({ "type": "connection_init", "payload": first })).await;
        assert_eq!(socket.closed().await, 4403);
    }
}

#[tokio::test]
async fn what_breaks_the_protocol_is_closed() {
    let shop = Open::with(dev()).await;
    for protocol in ["graphql-ws", "soap"] {
        assert!(matches!(shop.connect(protocol).await, Err(Error::Http(answer)) if answer.status() == 400));
    }
    let mut socket = shop.connect("graphql-transport-ws").await.unwrap();
    socket.subscribe("q", "{ whoami { actor } }").await;
    assert_eq!(socket.closed().await, 4401);
    let mut socket = shop.socket(json!({})).await;
    socket.say(json!({ "type": "hello" })).await;
    assert_eq!(socket.closed().await, 4400);
    let mut socket = shop.socket(json!({})).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4429);
}

#[tokio::test]
async fn a_flood_of_subscriptions_is_refused() {
    let shop = Open::with(dev()).await;
    let mut socket = shop.socket(json!({})).await;
    let most = sutler_api::graphql::SUBSCRIPTIONS_MAX;
    for n in 0..=most {
        socket.subscribe(&n.to_string(), "subscription { events { id } }").await;
    }
    let refused = socket.hear().await;
    assert_eq!(refused["payload"]["errors"][0]["extensions"]["code"], "busy", "{refused}");
    assert_eq!(refused["id"], json!(most.to_string()));
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": most.to_string() }));
    // Whoever ends one may begin another.
    socket.say(json!({ "type": "complete", "id": "0" })).await;
    assert_eq!(socket.hear().await["type"], "complete");
    socket.subscribe("again", "{ whoami { actor } }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["whoami"]["actor"], "dev");
    // Over HTTP the places for streams are the limit, and a socket takes one.
    let few = Open::with(Options { event_streams_max: 1, ..dev() }).await;
    let _first = few.socket(json!({})).await;
    assert!(
        matches!(few.connect("graphql-transport-ws").await, Err(Error::Http(answer)) if answer.status() == 503)
    );
}
