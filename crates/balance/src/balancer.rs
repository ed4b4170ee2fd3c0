//! A request on its way: to which node, what becomes of it when that node fails, and what the client is told.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use pingora_core::protocols::Digest;
use pingora_core::server::ShutdownWatch;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_error::{Error, ErrorSource, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};

use crate::client::Client;
use crate::forward;
use crate::metrics::{Numbers, Reason};
use crate::pool::Pool;
use crate::problem::{ANSWER_LOST, INTERNAL, MALFORMED, NO_NODE_READY, Problem, TOO_SLOW};
use crate::repeat::Attempt;
use crate::upgrade::{self, Upgrade};
use crate::upstream::{InFlight, Upstream};

/// How long a node may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// To be connected to.
    pub(crate) connect: Duration,
    /// To answer, and between two parts of an answer.
    pub(crate) answer: Duration,
    /// Between two parts of a stream: server-sent events, WebSockets.
    pub(crate) stream: Duration,
    /// How long an idle connection to it is kept. A node must not close it first: a request that crosses the close is lost.
    pub(crate) idle: Duration,
}

/// The proxy.
pub(crate) struct Balancer {
    pub(crate) pool: Arc<Pool>,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) patience: Patience,
    pub(crate) stop: ShutdownWatch,
}

/// One request.
pub(crate) struct Request {
    client: IpAddr,
    id: HeaderValue,
    /// Server-sent events or a WebSocket.
    is_stream: bool,
    /// What is asked is to change protocols, and no body comes with it.
    upgrade: Option<Upgrade>,
    /// The node that has it.
    at: Option<InFlight>,
    /// Nodes that failed it.
    tried: Vec<Arc<Upstream>>,
    /// How often any byte of it may have reached a node.
    sends: u32,
    /// Whether the last node answered.
    answered: bool,
}

impl Request {
    /// The node that has it has failed it.
    fn give_up(&mut self) {
        self.tried.extend(self.at.take().map(|at| Arc::clone(at.upstream())));
    }

    fn node(&self) -> &str {
        self.at.as_ref().map_or("-", |at| &at.upstream().name)
    }

    fn id(&self) -> &str {
        self.id.to_str().unwrap_or("-")
    }
}

#[async_trait]
impl ProxyHttp for Balancer {
    type CTX = Request;

    fn new_ctx(&self) -> Request {
        Request {
            client: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            id: HeaderValue::from_static("-"),
            is_stream: false,
            upgrade: None,
            at: None,
            tried: Vec::new(),
            sends: 0,
            answered: false,
        }
    }

    /// Told at each request who the client is, before anything else.
    fn on_connection_reuse(
        &self,
        _: &mut Session,
        request: &mut Request,
        known: Box<dyn std::any::Any + Send + Sync>,
    ) {
        if let Ok(client) = known.downcast::<Client>() {
            client.head.is_there();
            request.client = client.ip;
        }
    }

    async fn request_filter(&self, session: &mut Session, request: &mut Request) -> Result<bool> {
        let head = session.req_header();
        request.id = forward::request_id(head);
        let upgrades = session.is_upgrade_req();
        let takes_events = |value: &HeaderValue| {
            value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains("text/event-stream"))
        };
        request.is_stream = upgrades || head.headers.get(header::ACCEPT).is_some_and(takes_events);
        if upgrades {
            session.set_read_timeout(Some(self.patience.stream));
        }
        Ok(false)
    }

    async fn upstream_peer(&self, session: &mut Session, request: &mut Request) -> Result<Box<HttpPeer>> {
        let Some(at) = self.pool.choose(&request.tried) else {
            return Error::e_explain(
                ErrorType::HTTPStatus(NO_NODE_READY.status.as_u16()),
                NO_NODE_READY.code,
            );
        };
        let mut peer = HttpPeer::new(at.upstream().address(), false, String::new());
        peer.options.connection_timeout = Some(self.patience.connect);
        peer.options.idle_timeout = Some(self.patience.idle);
        let between_parts = if request.is_stream { self.patience.stream } else { self.patience.answer };
        peer.options.read_timeout = Some(between_parts);
        peer.options.write_timeout = Some(between_parts);
        request.at = Some(at);
        request.answered = false;
        let upgrades = session.is_upgrade_req() && session.is_body_empty();
        request.upgrade = upgrades.then(Upgrade::default);
        if let Some(upgrade) = &request.upgrade {
            peer.group_key = upgrade::GROUP;
            peer.options.custom_l4 = Some(upgrade.connect_within(self.patience.connect));
        }
        Ok(Box::new(peer))
    }

    /// Nothing was sent: another node may have it, whatever it is.
    fn fail_to_connect(
        &self,
        _: &mut Session,
        _: &HttpPeer,
        request: &mut Request,
        mut error: Box<Error>,
    ) -> Box<Error> {
        // Without a descriptor or a port of our own, the node has done nothing wrong.
        let is_ours = matches!(error.etype(), ErrorType::InternalError | ErrorType::BindError);
        log::warn!(upstream = request.node(), request_id = request.id(), error:% = error; "connect_failed");
        if let (Some(at), false) = (&request.at, is_ours) {
            at.upstream().failed(self.pool.rules);
        }
        request.give_up();
        self.numbers.repeated(Reason::Connect);
        error.set_retry(true);
        error
    }

    async fn connected_to_upstream(
        &self,
        _: &mut Session,
        _: bool,
        _: &HttpPeer,
        _: std::os::unix::io::RawFd,
        _: Option<&Digest>,
        request: &mut Request,
    ) -> Result<()> {
        // From here on nobody knows how far its bytes got.
        request.sends += 1;
        Ok(())
    }

    async fn upstream_request_filter(
        &self,
        _: &mut Session,
        head: &mut RequestHeader,
        request: &mut Request,
    ) -> Result<()> {
        if request.upgrade.is_some() {
            head.insert_header(header::CONNECTION, upgrade::CONNECTION)?;
        }
        forward::told(head, request.client, &request.id)
    }

    async fn request_body_filter(
        &self,
        _: &mut Session,
        _: &mut Option<Bytes>,
        is_end: bool,
        request: &mut Request,
    ) -> Result<()> {
        if let (true, Some(upgrade)) = (is_end, &request.upgrade) {
            upgrade.is_whole();
        }
        Ok(())
    }

    async fn upstream_response_filter(
        &self,
        session: &mut Session,
        head: &mut ResponseHeader,
        request: &mut Request,
    ) -> Result<()> {
        request.answered = true;
        if request.upgrade.is_some() {
            // The node repeats what it was told of its own connection; the client's is another one.
            head.remove_header(&header::CONNECTION);
            if head.status == StatusCode::SWITCHING_PROTOCOLS {
                head.insert_header(header::CONNECTION, "upgrade")?;
            }
        }
        if let Some(at) = &request.at {
            at.upstream().answered();
        }
        if *self.stop.borrow() {
            // The client's next request is for somebody else.
            session.set_keepalive(None);
        }
        Ok(())
    }

    /// It was sent, and then something broke.
    fn error_while_proxy(
        &self,
        _: &HttpPeer,
        session: &mut Session,
        mut error: Box<Error>,
        request: &mut Request,
        is_reused: bool,
    ) -> Box<Error> {
        error.set_retry(false);
        if *error.esource() != ErrorSource::Upstream {
            return error;
        }
        log::warn!(
            upstream = request.node(), request_id = request.id(), answered = request.answered, error:% = error;
            "answer_lost"
        );
        // A node may close a connection that was idle; that says nothing of how it is doing.
        let was_idle = is_reused && !request.answered && *error.etype() == ErrorType::ConnectionClosed;
        if let (Some(at), false) = (&request.at, was_idle) {
            at.upstream().failed(self.pool.rules);
        }
        let attempt = Attempt {
            method: &session.req_header().method.clone(),
            sends: request.sends,
            has_body: !session.is_body_empty(),
            is_seen: session.response_written().is_some(),
        };
        if attempt.may_repeat() {
            request.give_up();
            self.numbers.repeated(Reason::Lost);
            error.set_retry(true);
        }
        error
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        request: &mut Request,
    ) -> FailToProxy {
        let told = told(error, request.sends > 0).filter(|_| !is_final(session));
        if let Some(problem) = told {
            if problem == INTERNAL {
                log::error!(request_id = request.id(), error:% = error; "internal");
            }
            request.at = None;
            self.numbers.answered(problem.status.as_u16());
            answer(session, problem, &request.id).await;
        }
        FailToProxy {
            error_code: told.map_or(0, |problem| problem.status.as_u16()),
            can_reuse_downstream: false,
        }
    }

    async fn logging(&self, session: &mut Session, _: Option<&Error>, request: &mut Request) {
        if let (Some(at), Some(head)) = (request.at.take(), session.response_written()) {
            at.upstream().answers.count(head.status.as_u16());
        }
    }

    fn suppress_error_log(&self, _: &Session, _: &Request, _: &Error) -> bool {
        // Each failure was logged where it happened.
        true
    }

    fn suppress_proxy_warn_log(&self, _: &Session, _: &Request, _: &Error, _: ProxyWarnLogContext) -> bool {
        true
    }
}

/// Whether the client has the head of its answer already: then there is nothing left to tell it but the end.
fn is_final(session: &Session) -> bool {
    session
        .response_written()
        .is_some_and(|head| !head.status.is_informational() || head.status == StatusCode::SWITCHING_PROTOCOLS)
}

/// What a client is told of an error; nothing where it is gone.
fn told(error: &Error, sent: bool) -> Option<Problem> {
    match (error.etype(), error.esource()) {
        (ErrorType::HTTPStatus(503), _) if !sent => Some(NO_NODE_READY),
        (ErrorType::HTTPStatus(503), _) | (_, ErrorSource::Upstream) => Some(ANSWER_LOST),
        (ErrorType::ReadTimedout, ErrorSource::Downstream) => Some(TOO_SLOW),
        (
            ErrorType::WriteError
            | ErrorType::WriteTimedout
            | ErrorType::ReadError
            | ErrorType::ConnectionClosed,
            ErrorSource::Downstream,
        ) => None,
        (_, ErrorSource::Downstream) => Some(MALFORMED),
        (_, ErrorSource::Internal | ErrorSource::Unset) => Some(INTERNAL),
    }
}

/// Tell it, and take what is left of the request: closed with bytes unread, the connection would be reset, and the answer
/// with it.
async fn answer(session: &mut Session, problem: Problem, id: &HeaderValue) {
    let path = session.req_header().uri.path().to_owned();
    let Ok((head, body)) = problem.answer(&path, id) else { return };
    // A client that is gone is its own affair.
    if session.as_downstream_mut().write_error_response(head, body).await.is_ok() {
        _ = session.as_downstream_mut().drain_request_body().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surely_had_no_effect_is_told_apart_from_what_may_have_had_one() {
        let error = |etype, source: ErrorSource| {
            let mut error = Error::new(etype);
            error.esource = source;
            error
        };
        let none_left = error(ErrorType::HTTPStatus(503), ErrorSource::Unset);
        assert_eq!(told(&none_left, false), Some(NO_NODE_READY));
        assert_eq!(told(&none_left, true), Some(ANSWER_LOST));
        let broken = error(ErrorType::ReadError, ErrorSource::Upstream);
        assert_eq!(told(&broken, true), Some(ANSWER_LOST));
        assert_eq!(told(&error(ErrorType::ConnectionClosed, ErrorSource::Downstream), true), None);
        let slow = error(ErrorType::ReadTimedout, ErrorSource::Downstream);
        assert_eq!(told(&slow, true), Some(TOO_SLOW));
        assert_eq!(told(&error(ErrorType::InternalError, ErrorSource::Internal), false), Some(INTERNAL));
    }
}
