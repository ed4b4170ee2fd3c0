//! Every fault that can be planted is found, by the lane that claims to find it, within a named number of seeds.
//!
//! A process has one fault for as long as it lives: the runner gives each test a process of its own. The faults of a
//! disk that forgets are found by the power cuts, in `crates/server/tests/power.rs`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod contract;
mod shop;

use sutler_domain::seeded::{Bug, plant};
use sutler_testkit::simulation::{Options, run};

/// Who finds a fault: its name in docs/testing.md, and the tests that hold it.
macro_rules! found_by {
    ($($lane:ident { $($name:ident: $bug:ident within $most:literal,)* })*) => {
        $($(
            #[test]
            fn $name() {
                plant(Bug::$bug).unwrap();
                let (seeds, said) = $lane(Bug::$bug, $most);
                println!("| `{}` | {} | {} | {seeds} | {said}", Bug::$bug.name(), Bug::$bug.invariant(), stringify!($lane));
                assert!(seeds <= $most, "found only after {seeds} seeds");
            }
        )*)*

        /// Each fault with its lane and the seeds within which it is found.
        const FOUND_BY: &[(Bug, &str, u64)] = &[
            $($((Bug::$bug, stringify!($lane), $most),)*)*
            (Bug::UnsyncedCommit, "power", 1),
            (Bug::FailedCommitAcknowledged, "power", 1),
        ];
    };
}

found_by! {
    simulation {
        items_that_are_not_summed: SumPerItem within 10,
        safety_stock_that_is_promised: SafetyStockIgnored within 200,
        an_expired_order_that_keeps_its_stock: ExpiryKeepsStock within 10,
        stock_that_is_released_twice: ReleasedTwice within 10,
        an_order_that_is_reserved_in_part: PartialReservation within 10,
        a_key_that_is_written_after_its_effect: KeyAfterEffect within 10,
        a_key_that_answers_anything: FingerprintIgnored within 50,
        a_view_that_is_not_in_its_commit: ViewNotInCommit within 10,
        an_update_that_is_lost: LostUpdate within 50,
        a_version_that_is_left_out: VersionSkipped within 10,
        an_end_that_is_no_end: IllegalTransition within 50,
        a_gateway_key_for_each_try: KeyPerTry within 10,
        an_unknown_outcome_that_counts_as_declined: UnknownIsDeclined within 50,
        a_refund_of_what_is_being_refunded: RefundAboveCaptured within 50,
        late_money_that_is_kept: LateMoneyKept within 50,
        positions_with_gaps: PositionGap within 10,
        a_chain_that_is_not_linked: ChainNotLinked within 10,
        a_cursor_that_moves_too_early: NaiveCursor within 50,
        a_refund_without_its_job: JobForgotten within 50,
        a_lease_that_is_not_fenced: LeaseNotFenced within 50,
        a_price_that_is_stale: StalePriceAccepted within 200,
    }
    contract {
        stock_that_is_checked_before_the_batch: StockCheckedBeforeBatch within 1,
        a_key_that_lives_for_ever: KeyLivesForEver within 1,
    }
    shop {
        a_row_of_the_journal_that_is_lost: JournalRowLost within 1,
        an_order_that_is_read_as_it_was: StaleOrderRead within 1,
        a_total_that_wraps_around: TotalsWrap within 1,
    }
}

/// Seeds until a day breaks the invariant of the fault, and what was said of it.
fn simulation(bug: Bug, most: u64) -> (u64, String) {
    let found = (0..most).find_map(|seed| {
        let violations = run(seed, &Options::default()).violations;
        let named = violations.iter().find(|violation| violation.invariant == bug.invariant());
        named.map(|violation| (seed + 1, violation.to_string()))
    });
    found.unwrap_or_else(|| panic!("{} is not found by {most} seeds", bug.name()))
}

/// The cases of the contract that a store on SQLite fails; one of them names the fault.
fn contract(bug: Bug, _: u64) -> (u64, String) {
    let case = match bug {
        Bug::StockCheckedBeforeBatch => "a hot key sells exactly its stock",
        _ => "keys end by the store's clock",
    };
    let failed = contract::failed();
    assert!(failed.contains(&case), "'{case}' is not among {failed:?}");
    (1, format!("the case '{case}' fails"))
}

/// What a day in a shop on SQLite shows, by reading what was answered and by `verify`.
fn shop(bug: Bug, _: u64) -> (u64, String) {
    let found = shop::found();
    let named = found.iter().find(|(invariant, _)| *invariant == bug.invariant());
    let (invariant, what) = named.unwrap_or_else(|| panic!("{} is not among {found:?}", bug.invariant()));
    (1, format!("{invariant}: {what}"))
}

/// Without a fault, no lane finds anything in the same seeds.
#[test]
fn nothing_is_found_where_nothing_is_planted() {
    let most = FOUND_BY.iter().map(|(_, _, most)| *most).max().unwrap();
    for seed in 0..most {
        assert_eq!(run(seed, &Options::default()).violations, [], "seed {seed}");
    }
    assert_eq!(contract::failed(), [""; 0]);
    assert_eq!(shop::found(), []);
}

#[test]
fn every_fault_has_a_lane_and_the_document_says_which() {
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/testing.md")).unwrap();
    let section = document.split("## Seeded bugs").nth(1).expect("a section of docs/testing.md");
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(rows.len(), Bug::ALL.len(), "docs/testing.md tells of {} faults", rows.len());
    for bug in Bug::ALL {
        let lanes: Vec<_> = FOUND_BY.iter().filter(|(known, ..)| known == bug).collect();
        let [(_, lane, most)] = lanes[..] else { panic!("{} has {} lanes", bug.name(), lanes.len()) };
        let name = format!("`{}`", bug.name());
        let row =
            rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("docs/testing.md has no {name}"));
        assert_eq!((row[2], row[3], row[5]), (bug.invariant(), *lane, most.to_string().as_str()), "{name}");
        let measured: u64 = row[4].parse().unwrap();
        assert!((1..=*most).contains(&measured), "{name}");
    }
}

#[test]
fn faults_are_known_by_name_and_a_process_has_one() {
    assert_eq!(Bug::named("SumPerItem"), Some(Bug::SumPerItem));
    assert_eq!(Bug::named("sum per item"), None);
    assert_eq!(plant(Bug::PositionGap), Ok(()));
    assert_eq!(plant(Bug::SumPerItem), Err(Bug::SumPerItem));
}
