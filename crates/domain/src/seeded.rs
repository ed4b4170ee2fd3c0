//! Faults that are planted on purpose, to test the tests: each is a line or two in the engine, and each must be found.
//!
//! Without the feature `seeded-bugs`, which only the test kit turns on, [`seeded`] is the constant `false` and no fault
//! is in the binary. With it, a process may [`plant`] one, once. What finds which is told in docs/testing.md and held by
//! `crates/testkit/tests/seeded.rs`.

#[cfg(feature = "seeded-bugs")]
use std::sync::OnceLock;

/// Whether faults can be planted in this build.
pub const CAN_PLANT: bool = cfg!(feature = "seeded-bugs");

macro_rules! bugs {
    ($($(#[$line:meta])* $bug:ident breaks $invariant:literal,)*) => {
        /// A fault that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $($(#[$line])* $bug,)*
        }

        impl Bug {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$bug),*];

            /// The invariant that it breaks.
            pub const fn invariant(self) -> &'static str {
                match self {
                    $(Self::$bug => $invariant,)*
                }
            }

            /// Its name, such as `SumPerItem`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => stringify!($bug),)*
                }
            }
        }
    };
}

bugs! {
    /// Every commit of a batch is judged by the stock there was before the batch.
    StockCheckedBeforeBatch breaks "I-STK-1",
    /// Two items of one variant are judged one by one, not by their sum.
    SumPerItem breaks "I-STK-1",
    /// What is to be kept safe is promised as well.
    SafetyStockIgnored breaks "I-STK-1",
    /// The journal leaves out what was released.
    JournalRowLost breaks "I-STK-2",
    /// An order that expires keeps its stock.
    ExpiryKeepsStock breaks "I-STK-3",
    /// What is released is released twice.
    ReleasedTwice breaks "I-STK-3",
    /// Only the first item of an order is reserved.
    PartialReservation breaks "I-STK-5",
    /// The key of a request is written after its effect, in a commit of its own.
    KeyAfterEffect breaks "I-IDM-1",
    /// A key answers whatever is asked under it.
    FingerprintIgnored breaks "I-IDM-2",
    /// A key answers after its time.
    KeyLivesForEver breaks "I-IDM-4",
    /// The view of an order is written as it was before its events.
    ViewNotInCommit breaks "I-ORD-3",
    /// A decision about an old version is taken all the same.
    LostUpdate breaks "I-ORD-3",
    /// A stream's version counts more than its events.
    VersionSkipped breaks "I-ORD-3",
    /// What has ended may be canceled.
    IllegalTransition breaks "I-ORD-4",
    /// An order that was read lately is read so again after it changed.
    StaleOrderRead breaks "I-ORD-5",
    /// A commit is acknowledged before the disk has it.
    UnsyncedCommit breaks "I-ORD-1",
    /// A commit that failed on the disk is acknowledged.
    FailedCommitAcknowledged breaks "I-ORD-1",
    /// Each try of a gateway call has a key of its own.
    KeyPerTry breaks "I-MNY-1",
    /// A gateway call without an answer counts as declined.
    UnknownIsDeclined breaks "I-MNY-2",
    /// What is being refunded can be refunded again.
    RefundAboveCaptured breaks "I-MNY-4",
    /// The price of many units wraps around instead of being refused.
    TotalsWrap breaks "I-MNY-5",
    /// Money for an order that is over is kept.
    LateMoneyKept breaks "I-MNY-6",
    /// Positions of the log leave some out.
    PositionGap breaks "I-EVT-4",
    /// The hash of an event is not linked to the one before it.
    ChainNotLinked breaks "I-EVT-4",
    /// A reader's cursor moves before the events were handled.
    NaiveCursor breaks "I-EVT-1",
    /// A refund is written down without the job that makes it.
    JobForgotten breaks "I-JOB-1",
    /// A worker whose lease passed on may still end the job.
    LeaseNotFenced breaks "I-JOB-3",
    /// An order is sold at the price that was read, also when it has changed since.
    StalePriceAccepted breaks "I-CCH-1",
}

impl Bug {
    /// The fault of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.name() == name)
    }
}

#[cfg(feature = "seeded-bugs")]
static PLANTED: OnceLock<Bug> = OnceLock::new();

/// Whether this fault is planted in this process.
#[cfg(feature = "seeded-bugs")]
pub fn seeded(bug: Bug) -> bool {
    PLANTED.get() == Some(&bug)
}

/// No fault is in this build.
#[cfg(not(feature = "seeded-bugs"))]
pub const fn seeded(_: Bug) -> bool {
    false
}

/// Plant a fault, for as long as the process lives; refused when another is planted already.
#[cfg(feature = "seeded-bugs")]
pub fn plant(bug: Bug) -> Result<(), Bug> {
    PLANTED.set(bug)
}

/// No fault can be planted in this build.
#[cfg(not(feature = "seeded-bugs"))]
pub const fn plant(bug: Bug) -> Result<(), Bug> {
    Err(bug)
}

// A build without the feature has nothing to switch on: this holds when it compiles.
#[cfg(not(feature = "seeded-bugs"))]
const _: () = assert!(!CAN_PLANT && !seeded(Bug::UnsyncedCommit));
