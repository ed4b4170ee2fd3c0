//! The numbers, as Prometheus reads them.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::answers::Answers;
use crate::listen::Inside;
use crate::pool::Pool;

/// Why a request was sent to another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The first could not be connected to; nothing had been sent.
    Connect,
    /// It was a read, and its answer was lost.
    Lost,
}

/// What is counted, besides what each node counts.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    connect: AtomicU64,
    lost: AtomicU64,
    /// What the balancer answered itself.
    own: Answers,
}

impl Numbers {
    /// A request goes to another node.
    pub(crate) fn repeated(&self, reason: Reason) {
        self.of(reason).fetch_add(1, Ordering::Relaxed);
    }

    /// The balancer answered itself.
    pub(crate) fn answered(&self, status: u16) {
        self.own.count(status);
    }

    const fn of(&self, reason: Reason) -> &AtomicU64 {
        match reason {
            Reason::Connect => &self.connect,
            Reason::Lost => &self.lost,
        }
    }
}

/// The page of numbers.
pub(crate) fn text(pool: &Pool, numbers: &Numbers, inside: &Inside) -> String {
    let mut page = String::with_capacity(2048);
    begin(
        &mut page,
        "sutler_balance_requests_total",
        "counter",
        "Answers by node and class of status; \"-\" is the balancer itself",
    );
    for upstream in pool.upstreams() {
        answers(&mut page, &upstream.name, &upstream.answers);
    }
    answers(&mut page, "-", &numbers.own);
    begin(
        &mut page,
        "sutler_balance_retries_total",
        "counter",
        "Requests sent to another node: none of it had been sent (connect), or a read lost its answer (lost)",
    );
    for (label, reason) in [("connect", Reason::Connect), ("lost", Reason::Lost)] {
        let count = numbers.of(reason).load(Ordering::Relaxed);
        _ = writeln!(page, "sutler_balance_retries_total{{reason=\"{label}\"}} {count}");
    }
    begin(&mut page, "sutler_balance_upstream_healthy", "gauge", "1 while the node gets requests");
    for upstream in pool.upstreams() {
        let healthy = u8::from(upstream.is_up());
        _ = writeln!(page, "sutler_balance_upstream_healthy{{upstream=\"{}\"}} {healthy}", upstream.name);
    }
    begin(&mut page, "sutler_balance_upstream_in_flight", "gauge", "Requests that the node has now");
    for upstream in pool.upstreams() {
        let count = upstream.in_flight();
        _ = writeln!(page, "sutler_balance_upstream_in_flight{{upstream=\"{}\"}} {count}", upstream.name);
    }
    begin(&mut page, "sutler_balance_connections", "gauge", "Connections of clients");
    _ = writeln!(page, "sutler_balance_connections {}", inside.count());
    page
}

fn begin(page: &mut String, name: &str, kind: &str, help: &str) {
    _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn answers(page: &mut String, name: &str, answers: &Answers) {
    for (class, count) in answers.told() {
        _ = writeln!(page, "sutler_balance_requests_total{{upstream=\"{name}\",class=\"{class}\"}} {count}");
    }
}
