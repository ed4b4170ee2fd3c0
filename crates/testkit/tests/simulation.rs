//! The simulation tests itself: it replays, it finds what is planted, and its auditor rejects histories that are wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sutler_app::commit::Guard;
use sutler_testkit::simulation::{Day, Evidence, Options, Plan, Told, audit, run, search};

/// A day on which much happens and nothing is wrong.
fn day() -> Evidence {
    let busiest = (0..12).map(Plan::of).max_by_key(|plan| plan.steps.len()).unwrap();
    let day = Day::of(&busiest, &Options::default(), false);
    assert_eq!(day.outcome.violations, [], "seed {}", busiest.seed);
    day.evidence
}

#[test]
fn a_hundred_seeds_hold_every_invariant() {
    let failure = search(0..100, &Options::default());
    assert!(failure.is_none(), "{}", failure.map(|f| f.words()).unwrap_or_default());
}

#[test]
fn a_seed_replays_to_the_same_trace() {
    for seed in 0..8 {
        let (first, again) = (run(seed, &Options::default()), run(seed, &Options::default()));
        assert_eq!(first, again, "seed {seed}");
    }
    assert_ne!(run(1, &Options::default()).trace_hash, run(2, &Options::default()).trace_hash);
}

#[test]
fn a_seed_replays_in_another_process() {
    let here = format!("{:016x}", run(3, &Options::default()).trace_hash);
    for _ in 0..2 {
        let out =
            std::process::Command::new(env!("CARGO_BIN_EXE_sim")).args(["--seed", "3"]).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        assert!(said.contains(&here), "{here} is not in: {said}");
    }
}

/// A store that forgets to guard stock oversells; the shortest history of it is short.
#[test]
fn a_store_that_does_not_guard_stock_is_caught_and_shrunk() {
    let tamper = |commit: &mut sutler_app::Commit| {
        commit.stock.iter_mut().for_each(|one| one.guard = Guard::Unguarded);
    };
    let options = Options { tamper: Some(tamper), ..Options::default() };
    let failure = search(0..50, &options).expect("an oversold variant");
    assert!(failure.violations.iter().any(|v| v.invariant == "I-STK-1"), "{}", failure.words());
    assert!(failure.shortest.steps.len() <= 4, "{}", failure.words());
    assert!(failure.words().contains(&format!("cargo xtask sim --seed {}", failure.seed)));
}

/// A store that forgets keys lets a repeat take effect twice.
#[test]
fn a_store_that_forgets_keys_is_caught() {
    let options = Options { tamper: Some(|commit| commit.key = None), ..Options::default() };
    let failure = search(0..50, &options).expect("a request that took effect twice");
    assert!(failure.violations[0].invariant.starts_with("I-"), "{}", failure.words());
}

/// A store that loses jobs leaves payments without an answer.
#[test]
fn a_store_that_loses_jobs_is_caught() {
    let options = Options { tamper: Some(|commit| commit.jobs.clear()), ..Options::default() };
    assert!(search(0..50, &options).is_some());
}

#[track_caller]
fn rejected(invariant: &str, spoil: impl FnOnce(&mut Evidence)) {
    let mut evidence = day();
    spoil(&mut evidence);
    let found = audit(&evidence);
    assert!(found.iter().any(|v| v.invariant == invariant), "{invariant} was not among {found:#?}");
}

fn line<'e>(evidence: &'e mut Evidence, name: &str) -> &'e mut sutler_testkit::simulation::Line {
    evidence.log.iter_mut().find(|line| line.name == name).unwrap()
}

#[test]
fn ord_1_an_acknowledged_order_that_is_gone() {
    rejected("I-ORD-1", |evidence| evidence.log.retain(|line| line.name != "OrderPlaced"));
}

#[test]
fn ord_1_an_acknowledged_order_with_other_items() {
    rejected("I-ORD-1", |evidence| {
        line(evidence, "OrderPlaced").body["OrderPlaced"]["items"][0]["ordered"] = 999.into();
    });
}

#[test]
fn ord_2_an_order_that_nobody_asked_for() {
    rejected("I-ORD-2", |evidence| "step-100000".clone_into(&mut line(evidence, "OrderPlaced").causation));
}

#[test]
fn ord_3_a_view_that_is_not_the_fold_of_its_events() {
    rejected("I-ORD-3", |evidence| "completed".clone_into(&mut evidence.orders[0].statuses[0]));
}

#[test]
fn ord_3_a_version_that_is_there_twice() {
    rejected("I-ORD-3", |evidence| line(evidence, "StockReserved").version = 1);
}

#[test]
fn ord_4_a_life_that_is_not_in_the_table() {
    rejected("I-ORD-4", |evidence| {
        let end = line(evidence, "OrderConfirmed");
        "OrderCompleted".clone_into(&mut end.name);
        end.body = serde_json::json!({ "OrderCompleted": {} });
    });
}

#[test]
fn stk_1_stock_that_was_promised_twice() {
    rejected("I-STK-1", |evidence| {
        // The last row of its commit: what a commit promises is judged at its end.
        let ends = |pair: &[sutler_testkit::simulation::Row]| {
            pair[0].reserved > 0 && pair[0].at.starts_with("V0/") && pair[0].position != pair[1].position
        };
        let last = evidence.journal.windows(2).position(ends).unwrap();
        let row = &mut evidence.journal[last];
        row.after[1] = row.after[0] + 1;
    });
}

#[test]
fn stk_2_a_row_of_the_journal_that_is_gone() {
    rejected("I-STK-2", |evidence| drop(evidence.journal.remove(1)));
}

#[test]
fn stk_3_stock_that_is_kept_for_nobody() {
    rejected("I-STK-3", |evidence| evidence.log.retain(|line| line.name != "StockReleased"));
}

#[test]
fn stk_4_a_basket_that_is_kept_for_ever() {
    rejected("I-STK-4", |evidence| evidence.baskets.push(("res_1".to_owned(), "open".to_owned())));
}

#[test]
fn mny_1_a_call_that_took_effect_twice() {
    rejected("I-MNY-1", |evidence| evidence.books.push(evidence.books[0].clone()));
}

#[test]
fn mny_2_money_that_only_the_gateway_knows_of() {
    rejected("I-MNY-2", |evidence| {
        let charge = evidence.books.iter_mut().find(|line| line.operation == "charge").unwrap();
        charge.amount += 1;
    });
}

#[test]
fn mny_4_more_captured_than_secured() {
    rejected("I-MNY-4", |evidence| {
        line(evidence, "PaymentProcessed").body["PaymentProcessed"]["amount"]["amount"] = 9_999_999.into();
    });
}

#[test]
fn mny_5_a_total_that_does_not_add_up() {
    rejected("I-MNY-5", |evidence| {
        line(evidence, "OrderPlaced").body["OrderPlaced"]["totals"]["total"] = 1.into();
    });
}

#[test]
fn mny_6_money_for_an_order_that_is_not_there() {
    rejected("I-MNY-6", |evidence| "ord_nobody".clone_into(&mut evidence.books[0].order));
}

#[test]
fn idm_1_a_repeat_that_was_answered_otherwise() {
    rejected("I-IDM-1", |evidence| {
        let asked = evidence.asked.iter_mut().filter(|a| a.key.is_some() && !a.waits);
        let repeated = |a: &&mut sutler_testkit::simulation::Asked| {
            a.answers.iter().filter(|t| matches!(t, Told::Done { .. })).count() > 1
        };
        let asked = asked.into_iter().find(repeated).unwrap();
        let Some(Told::Done { id, .. }) = asked.answers.last_mut() else { panic!("no answer") };
        "ord_other".clone_into(id);
    });
}

#[test]
fn evt_1_an_event_that_no_reader_saw() {
    rejected("I-EVT-1", |evidence| drop(evidence.read.pop()));
}

#[test]
fn evt_4_a_gap_in_the_log() {
    rejected("I-EVT-4", |evidence| drop(evidence.log.remove(3)));
}

#[test]
fn evt_4_an_event_that_was_changed_after_the_fact() {
    rejected("I-EVT-4", |evidence| evidence.log[4].actor.push('!'));
}

#[test]
fn job_1_a_job_that_is_gone() {
    rejected("I-JOB-1", |evidence| drop(evidence.jobs.pop()));
}

#[test]
fn job_3_a_worker_that_ended_a_job_it_had_lost() {
    use sutler_testkit::simulation::Seen;
    rejected("I-JOB-3", |evidence| {
        let finish = evidence.seen.iter().find_map(|seen| match seen {
            Seen::Commit(commit) => commit.finishes.clone(),
            _ => None,
        });
        let (job, token, _) = finish.unwrap();
        let at =
            evidence.seen.iter().position(|seen| matches!(seen, Seen::Lease(j, _) if *j == job)).unwrap();
        evidence.seen.insert(at + 1, Seen::Lease(job, token + 1));
    });
}
