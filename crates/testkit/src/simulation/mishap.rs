//! What goes wrong, where and when: every mishap is planned, and counted when it fires.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// Where something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Between any two steps of anybody.
    Step,
    /// A commit at the store's door.
    Door,
    /// A read of the store.
    Read,
    /// The queue of jobs: leases, renewals, cursors.
    Queue,
    /// A lease that was given.
    Lease,
    /// A call of the gateway.
    Gateway,
    /// A question to the gateway.
    Question,
    /// Whoever ships.
    Shipping,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MishapKind {
    /// The process dies with everything under way; the store keeps what was committed.
    Crash,
    /// The clock on the wall is set.
    ClockSet,
    /// The store says that it is busy, and took nothing.
    DoorBusy,
    /// The store is away, and took nothing.
    DoorAway,
    /// The store took the commit and the answer was lost.
    AnswerLost,
    /// The commit waits at the door for long.
    DoorSlow,
    /// A read finds the store away.
    ReadAway,
    /// The queue is away, and gave nothing.
    QueueAway,
    /// The queue gave a lease and the answer was lost: nobody knows that he has it.
    LeaseUnheard,
    /// A worker falls asleep with a lease in hand and comes back when it passed on.
    WorkerLate,
    /// The gateway never got the call.
    GatewayCut,
    /// The gateway took the call and the answer was lost.
    GatewayLost,
    /// The gateway took the call and hung for longer than a lease.
    GatewayHung,
    /// The gateway answers late.
    GatewayLate,
    /// The gateway works on it: `pending` until later.
    GatewayPending,
    /// The gateway gets the call twice, and its answer arrives twice.
    GatewayTwice,
    /// A question to the gateway is not answered.
    QuestionLost,
    /// Whoever ships cannot be told.
    ShippingAway,
}

impl Place {
    /// In words, for counts of visits.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Step => "steps",
            Self::Door => "visits of the door",
            Self::Read => "reads",
            Self::Queue => "visits of the queue",
            Self::Lease => "leases",
            Self::Gateway => "calls of the gateway",
            Self::Question => "questions to the gateway",
            Self::Shipping => "words to whoever ships",
        }
    }
}

impl MishapKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Crash,
        Self::ClockSet,
        Self::DoorBusy,
        Self::DoorAway,
        Self::AnswerLost,
        Self::DoorSlow,
        Self::ReadAway,
        Self::QueueAway,
        Self::LeaseUnheard,
        Self::WorkerLate,
        Self::GatewayCut,
        Self::GatewayLost,
        Self::GatewayHung,
        Self::GatewayLate,
        Self::GatewayPending,
        Self::GatewayTwice,
        Self::QuestionLost,
        Self::ShippingAway,
    ];

    /// Where it happens.
    pub const fn place(self) -> Place {
        match self {
            Self::Crash | Self::ClockSet => Place::Step,
            Self::DoorBusy | Self::DoorAway | Self::AnswerLost | Self::DoorSlow => Place::Door,
            Self::ReadAway => Place::Read,
            Self::QueueAway => Place::Queue,
            Self::LeaseUnheard | Self::WorkerLate => Place::Lease,
            Self::GatewayCut
            | Self::GatewayLost
            | Self::GatewayHung
            | Self::GatewayLate
            | Self::GatewayPending
            | Self::GatewayTwice => Place::Gateway,
            Self::QuestionLost => Place::Question,
            Self::ShippingAway => Place::Shipping,
        }
    }

    /// In words, for counts and histories.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Crash => "the process dies",
            Self::ClockSet => "the clock is set",
            Self::DoorBusy => "the store is busy",
            Self::DoorAway => "the store is away before a commit",
            Self::AnswerLost => "the answer to a commit is lost",
            Self::DoorSlow => "a commit waits for long",
            Self::ReadAway => "the store is away for a read",
            Self::QueueAway => "the queue of jobs is away",
            Self::LeaseUnheard => "a lease is given and not heard of",
            Self::WorkerLate => "a worker comes back after its lease",
            Self::GatewayCut => "a call never reaches the gateway",
            Self::GatewayLost => "the gateway's answer is lost",
            Self::GatewayHung => "the gateway hangs",
            Self::GatewayLate => "the gateway answers late",
            Self::GatewayPending => "the gateway is still working",
            Self::GatewayTwice => "the gateway gets a call twice",
            Self::QuestionLost => "a question to the gateway is lost",
            Self::ShippingAway => "whoever ships cannot be told",
        }
    }
}

/// One planned mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// What.
    pub kind: MishapKind,
    /// At which visit of its place, from 1.
    pub nth: u64,
    /// How long or how far, in milliseconds, where that means something.
    pub amount_ms: i64,
}

/// The planned mishaps, and what has fired.
pub(super) struct Mishaps {
    state: Mutex<State>,
}

struct State {
    planned: BTreeMap<(Place, u64), Mishap>,
    visits: BTreeMap<Place, u64>,
    fired: BTreeMap<MishapKind, u64>,
    on: bool,
}

impl Mishaps {
    /// Off until [`Self::begin`].
    pub(super) fn new(planned: &[Mishap]) -> Self {
        let planned = planned.iter().map(|one| ((one.kind.place(), one.nth), *one)).collect();
        let state = State { planned, visits: BTreeMap::new(), fired: BTreeMap::new(), on: false };
        Self { state: Mutex::new(state) }
    }

    /// From now on things go wrong.
    pub(super) fn begin(&self) {
        self.state.lock().on = true;
    }

    /// From now on nothing does.
    pub(super) fn end(&self) {
        self.state.lock().on = false;
    }

    /// Somebody is at this place: what goes wrong, if anything. It counts as fired.
    pub(super) fn at(&self, place: Place) -> Option<Mishap> {
        let mut state = self.state.lock();
        if !state.on {
            return None;
        }
        let visits = state.visits.entry(place).or_default();
        *visits += 1;
        let visit = *visits;
        let mishap = state.planned.get(&(place, visit)).copied()?;
        *state.fired.entry(mishap.kind).or_default() += 1;
        Some(mishap)
    }

    /// What fired, how often.
    pub(super) fn fired(&self) -> BTreeMap<MishapKind, u64> {
        self.state.lock().fired.clone()
    }

    /// How often each place was visited.
    pub(super) fn visits(&self) -> BTreeMap<Place, u64> {
        self.state.lock().visits.clone()
    }
}
