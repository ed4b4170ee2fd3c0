//! What an attempt means for its delivery and its endpoint.

use jiff::{SignedDuration, Timestamp};

use crate::ports::courier::{Reply, Sent};
use crate::ports::deliveries::Due;
use crate::webhooks::delivery::{Attempt, DeliveryState, Ended, Health};
use crate::webhooks::endpoint::Disabled;
use crate::webhooks::payload::Parcel;
use crate::webhooks::schedule;

/// What an attempt means.
pub(super) struct Verdict {
    pub(super) ended: Ended,
    pub(super) health: Health,
    /// Whether the receiver asked to be spared.
    pub(super) spare: bool,
    /// Why nothing is to be sent to it any more.
    pub(super) give_up: Option<Disabled>,
}

/// When an attempt began and ended, and what chance says of the next one (0..=1000).
pub(super) struct When {
    pub(super) began_at: Timestamp,
    pub(super) now: Timestamp,
    pub(super) jitter: u64,
}

/// Judge an attempt.
pub(super) fn judge(
    due: &Due,
    parcel: Parcel,
    sent: Sent,
    health: Health,
    waits: &[SignedDuration],
    when: &When,
) -> Verdict {
    let status = sent.reply.as_ref().ok().map(|reply| reply.status);
    let succeeded = status.is_some_and(|status| (200..300).contains(&status));
    let retry_after = sent.reply.as_ref().ok().and_then(|reply| reply.retry_after);
    let is_told_when = matches!(status, Some(429 | 503)) && retry_after.is_some();
    let is_gone = status == Some(410);
    let tries = due.delivery.tries.saturating_add(1);
    let next = if succeeded || is_gone {
        None
    } else {
        schedule::next(waits, tries, retry_after.filter(|_| is_told_when), when.now, when.jitter)
    };
    let state = match next {
        _ if succeeded => DeliveryState::Delivered,
        Some(_) => DeliveryState::Waiting,
        None => DeliveryState::Exhausted,
    };
    let health = schedule::after(health, succeeded, when.now);
    let give_up = if is_gone {
        Some(Disabled::Gone)
    } else {
        schedule::is_given_up(&health, when.now).then_some(Disabled::Failing)
    };
    let ended = Ended {
        delivery_id: due.delivery.delivery_id.clone(),
        attempt: attempt(due, parcel, sent, when.began_at),
        state,
        due_at: next.unwrap_or(when.now),
    };
    Verdict { ended, health, spare: is_told_when, give_up }
}

fn attempt(due: &Due, parcel: Parcel, sent: Sent, at: Timestamp) -> Attempt {
    let (reply, error) = match sent.reply {
        Ok(reply) => {
            let error = in_words(&reply);
            (Some(reply), error)
        }
        Err(error) => (None, Some(error)),
    };
    let status = reply.as_ref().map(|reply| reply.status);
    let (response_headers, response_body) =
        reply.map(|reply| (reply.headers, reply.body)).unwrap_or_default();
    Attempt {
        attempt: due.delivery.attempts.saturating_add(1),
        at,
        url: parcel.url,
        address: sent.address.map(|address| address.to_string()),
        request_headers: parcel.headers,
        form: parcel.form,
        status,
        response_headers,
        response_body,
        timings: sent.timings,
        error,
    }
}

fn in_words(reply: &Reply) -> Option<String> {
    match reply.status {
        200..300 => None,
        300..400 => Some(format!("answered {}; redirects are not followed", reply.status)),
        410 => Some("answered 410: the endpoint is gone, so it is disabled".to_owned()),
        status => Some(format!("answered {status}")),
    }
}
