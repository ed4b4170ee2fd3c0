//! Documents and subscriptions over a WebSocket: `graphql-transport-ws`.
//!
//! A browser can send no headers with a socket, so the key may stand in the first message, as `Authorization`. The
//! protocol itself is the library's; here are its limits, who may open one, and how it ends.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::http::{ClientMessage, WebSocket as Spoken, WebSocketProtocols as Protocols, WsMessage};
use async_graphql::{Data, Error, Executor, Request, Response};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request as Asked, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use futures::stream::{self, BoxStream, SplitSink, StreamExt};
use futures::{SinkExt, Stream};
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::Fault;

use super::error::Refused;
use super::persisted::Named;
use super::ready::{Ready, Wanted, refused};
use crate::rest::{Api, RequestId, Told, admit};

/// Bytes of one message.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// Documents that run on one socket at a time.
pub const SUBSCRIPTIONS_MAX: usize = 50;

/// How long the first message may take, which says who it is.
const INIT: Duration = Duration::from_secs(10);

/// How long somebody may be silent; whoever is there sends a ping now and then.
const SILENCE: Duration = Duration::from_mins(2);

/// The one protocol that is spoken.
const PROTOCOL: Protocols = Protocols::GraphQLWS;

/// Open a socket.
pub(super) async fn open(
    State(api): State<Api>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    request: Asked,
) -> Told {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered = offered.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    let speaks = offered.any(|name| name.trim() == PROTOCOL.sec_websocket_protocol());
    let Ok(upgrade) = upgrade else { return Err(no_socket().into()) };
    if !speaks {
        return Err(no_socket().into());
    }
    let place = api.streams.take()?;
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let host = Host { api, request_id, headers: request.headers().clone(), peer: peer(&request) };
    let upgrade = upgrade.protocols([PROTOCOL.sec_websocket_protocol()]);
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        talk(socket, host).await;
        drop(place);
    }))
}

fn no_socket() -> Problem {
    let detail = "this is a WebSocket of the protocol 'graphql-transport-ws'; connect as such, or subscribe with 'POST \
                  /graphql' and 'Accept: text/event-stream'";
    Problem::invalid(vec![Fault::invalid("", detail).text("header", "sec-websocket-protocol")])
}

/// What is known of the other end, for judging its key.
fn peer(request: &Asked) -> Extensions {
    let mut extensions = Extensions::new();
    if let Some(at) = request.extensions().get::<axum::extract::ConnectInfo<std::net::SocketAddr>>() {
        extensions.insert(*at);
    }
    extensions
}

/// Who holds this end.
struct Host {
    api: Api,
    request_id: String,
    headers: HeaderMap,
    peer: Extensions,
}

impl Host {
    /// Who it is, by the key of the first message, or that of the request.
    async fn caller(self, first: serde_json::Value) -> async_graphql::Result<Data> {
        let mut headers = self.headers;
        let sent = ["Authorization", "authorization"].iter().find_map(|name| first.get(name)?.as_str());
        if let Some(key) = sent {
            let value = HeaderValue::from_str(key).map_err(|_| Error::new("no such key can be"))?;
            headers.insert(header::AUTHORIZATION, value);
        }
        let admitted = admit(&self.api, &headers, &self.peer).await;
        let identity = admitted.map_err(|problem| Error::new(problem.detail))?;
        let caller = Caller {
            scopes: identity.scopes,
            shop: self.api.app.settings.shop.clone(),
            request_id: self.request_id,
            ..Caller::system(identity.actor)
        };
        let mut data = Data::default();
        data.insert(caller);
        Ok(data)
    }
}

/// Speak until either end has enough.
async fn talk(socket: WebSocket, host: Host) {
    let (api, (mut sink, messages)) = (host.api.clone(), socket.split());
    let runner = Runner { api: api.clone(), open: Arc::new(AtomicUsize::new(0)) };
    let spoken = Spoken::from_message_stream(runner, Box::pin(heard(messages)), PROTOCOL)
        .on_connection_init(move |first| host.caller(first))
        .keepalive_timeout(SILENCE);
    let mut spoken = Box::pin(spoken);
    let Ok(Some(first)) = tokio::time::timeout(INIT, spoken.next()).await else {
        return close(&mut sink, 4408, "nobody said who it is").await;
    };
    let is_admitted = matches!(first, WsMessage::Text(_));
    let mut said = Some(first);
    while let Some(message) = said {
        match message {
            WsMessage::Text(text) => {
                if sink.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            WsMessage::Close(code, why) => return close(&mut sink, meant(code, is_admitted), &why).await,
        }
        said = tokio::select! {
            next = spoken.next() => next,
            () = api.app.live.closed() => return close(&mut sink, 1001, "the server ends").await,
        };
    }
}

/// The code of the protocol where the library has a general one, after which a client would only try again.
const fn meant(code: u16, is_admitted: bool) -> u16 {
    match code {
        1002 if is_admitted => 4400,
        1002 => 4403,
        1011 => 4401,
        other => other,
    }
}

async fn close(sink: &mut SplitSink<WebSocket, Message>, code: u16, why: &str) {
    // A reason has room for 123 bytes.
    let reason: String = why.chars().take(30).collect();
    let reason = if why.len() <= 123 { why.to_owned() } else { reason };
    // Who is gone needs no farewell.
    _ = sink.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

/// The messages that came, until one closes or breaks.
fn heard(
    messages: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
) -> impl Stream<Item = serde_json::Result<ClientMessage>> {
    stream::unfold(messages, |mut messages| async move {
        loop {
            return match messages.next().await? {
                Ok(Message::Text(text)) => {
                    Some((ClientMessage::from_bytes(Vec::from(text.as_bytes())), messages))
                }
                Ok(Message::Binary(bytes)) => Some((ClientMessage::from_bytes(Vec::from(bytes)), messages)),
                // The socket answers these itself.
                Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                Ok(Message::Close(_)) | Err(_) => None,
            };
        }
    })
}

/// Runs what is asked on a socket.
#[derive(Clone)]
struct Runner {
    api: Api,
    /// What runs at this moment.
    open: Arc<AtomicUsize>,
}

/// A document that runs, and counts until it is over.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Runner {
    fn begin(&self) -> Result<Running, Problem> {
        let running = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        let place = Running(Arc::clone(&self.open));
        if running > SUBSCRIPTIONS_MAX {
            let detail =
                format!("{SUBSCRIPTIONS_MAX} documents run on this socket; end one, or open another");
            return Err(Problem::new(Kind::Busy, "busy", detail));
        }
        Ok(place)
    }

    fn ready(&self, caller: Caller, request: Request) -> Result<Ready, Refused> {
        let named = request.extensions.get("persistedQuery").cloned();
        let named =
            named.and_then(|named| named.into_json().ok()).map(|named| Named::of(&named)).transpose()?;
        let sent = Some(request.query).filter(|query| !query.is_empty() || named.is_none());
        let query = self.api.persisted.find(sent, named.as_ref())?;
        let wanted = Wanted { query, operation: request.operation_name, variables: request.variables };
        Ready::of(&self.api, caller, wanted)
    }
}

impl Executor for Runner {
    /// Nothing on a socket is asked for at once: all of it is a stream.
    async fn execute(&self, _: Request) -> Response {
        refused(&Problem::internal(&"a socket runs streams").into(), "")
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let known = session.as_ref().and_then(|data| data.get(&TypeId::of::<Caller>()));
        let Some(caller) = known.and_then(|caller| caller.downcast_ref::<Caller>()).cloned() else {
            return stream::iter([refused(&Problem::internal(&"a socket of nobody").into(), "")]).boxed();
        };
        let request_id = caller.request_id.clone();
        let ready = self.begin().map_err(Refused::from);
        match ready.and_then(|running| Ok((running, self.ready(caller, request)?))) {
            Ok((running, ready)) => {
                // Its place is given back with the stream, whoever ends it.
                let told = ready.stream();
                told.inspect(move |_| _ = &running).boxed()
            }
            Err(problem) => stream::iter([refused(&problem, &request_id)]).boxed(),
        }
    }
}
