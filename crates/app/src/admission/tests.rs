//! Tables and properties of the door.

mod properties;
mod refusals;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::inventory::Reason;
use sutler_domain::{LocationId, Version};

use super::Heads;
use crate::commit::{Change, Commit, Expect, Guard, StockKey, StockMove, ViewChange};
use crate::event::NewEvent;
use crate::stream::{StreamId, StreamKind};

fn heads() -> Heads {
    Heads::empty("epoch", Timestamp::from_second(1000).unwrap(), 1001, SignedDuration::from_secs(60))
}

fn stream(id: &str) -> StreamId {
    StreamId::new(StreamKind::Order, id)
}

fn change(id: &str, expect: Expect, events: usize) -> Change {
    let event = NewEvent { name: "OrderPlaced", at: Timestamp::UNIX_EPOCH, body: "{}".to_owned() };
    Change {
        stream: stream(id),
        expect,
        events: vec![event; events],
        view: ViewChange::Keep,
        numbered: false,
    }
}

fn changes(id: &str, expect: Expect) -> Commit {
    Commit::default().change(change(id, expect, 1))
}

fn counters(variant: &str) -> StockKey {
    StockKey {
        variant_id: sutler_domain::VariantId::trusted(variant.into()),
        location_id: LocationId::trusted("main".into()),
    }
}

fn moves(variant: &str, on_hand: i64, reserved: i64, guard: Guard) -> StockMove {
    StockMove {
        at: counters(variant),
        on_hand,
        reserved,
        guard,
        reason: Reason::Correction,
        thresholds: None,
        source: None,
        note: None,
    }
}

fn at(version: u64) -> Expect {
    Expect::Exactly(Version(version))
}
