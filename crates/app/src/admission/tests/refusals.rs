//! Each refusal, and that it changes nothing.

use sutler_domain::inventory::QUANTITY_MAX;
use sutler_domain::{JobId, Version};

use super::*;
use crate::admission::{JobHead, admit};
use crate::commit::{Claim, ClaimKind, Finish, IdempotencyKey, JobOutcome, Refused, Reschedule, Shortage};
use crate::job::JobState;
use crate::ports::jobs::Lease;

fn keyed(fingerprint: &str) -> Commit {
    let key = IdempotencyKey { shop: "live".into(), key: "k".into(), fingerprint: fingerprint.into() };
    changes("a", Expect::Any).key(Some(key)).answers(stream("a"), None, false)
}

fn job() -> JobId {
    JobId::trusted("job_1".into())
}

fn finish(token: u64) -> Commit {
    let finish =
        Finish { lease: Lease { job_id: job(), token, unique_key: None }, outcome: JobOutcome::Done };
    Commit { finishes: Some(finish), ..Commit::default() }
}

fn reschedule(to: JobState) -> Commit {
    Commit { reschedules: vec![Reschedule { job_id: job(), to }], ..Commit::default() }
}

/// Heads after stream `a` is at version 2, name `n` is its own, 5 of `v` are on hand and 2 reserved, key `k` is known
/// and job 1 runs under token 3.
fn lived_in() -> Heads {
    let mut heads = heads();
    let first = keyed("f").take(ClaimKind::ProductHandle, "n", &stream("a"));
    admit(&mut heads, &first.moves([moves("v", 5, 2, Guard::Available)])).unwrap();
    admit(&mut heads, &changes("a", at(1))).unwrap();
    heads.jobs.insert(job(), JobHead { state: JobState::Running, token: 3 });
    heads
}

fn moved(found: u64) -> Refused {
    Refused::Moved { stream: stream("a"), found: Version(found) }
}

fn short(available: i64, requested: i64) -> Refused {
    Refused::Short(vec![Shortage { at: counters("v"), available, requested }])
}

#[test]
fn every_refusal_has_its_reason_and_changes_nothing() {
    let of = |one: StockMove| Commit::default().moves([one]);
    let requires = |version| Commit::default().requires([(stream("a"), Version(version))]);
    let taken = Refused::Taken {
        claim: Claim { kind: ClaimKind::ProductHandle, value: "n".to_owned() },
        holder: stream("a"),
    };
    let out_of_range = || Refused::OutOfRange { at: counters("v") };
    let table = [
        (changes("a", Expect::New), moved(2)),
        (changes("a", at(1)), moved(2)),
        (changes("a", at(3)), moved(2)),
        (changes("b", at(1)), Refused::Moved { stream: stream("b"), found: Version(0) }),
        (Commit::default().change(change("a", at(2), 1)).change(change("a", at(2), 1)), moved(3)),
        (requires(1), moved(2)),
        (requires(0), moved(2)),
        (changes("b", Expect::New).take(ClaimKind::ProductHandle, "n", &stream("b")), taken),
        (of(moves("v", 0, 4, Guard::Available)), short(3, 4)),
        (of(moves("v", -6, 0, Guard::Unguarded)), short(5, 6)),
        (of(moves("v", 0, -3, Guard::Unguarded)), out_of_range()),
        (of(moves("v", QUANTITY_MAX, 0, Guard::Unguarded)), out_of_range()),
        (of(moves("v", 0, QUANTITY_MAX, Guard::Unguarded)), out_of_range()),
        (of(moves("v", i64::MAX, 0, Guard::Unguarded)), out_of_range()),
        (of(moves("v", 1, 0, Guard::OnHand(4))), Refused::StockMoved { at: counters("v"), on_hand: 5 }),
        (keyed("other"), Refused::KeyReused),
        (finish(2), Refused::LeaseLost),
        (finish(4), Refused::LeaseLost),
        (reschedule(JobState::Ready), Refused::JobState { found: JobState::Running }),
    ];
    for (commit, refused) in table {
        let before = lived_in();
        let mut heads = before.clone();
        assert_eq!(admit(&mut heads, &commit), Err(refused), "{commit:?}");
        assert_eq!(heads, before, "{commit:?}");
    }
}

#[test]
fn a_replay_comes_before_every_other_question() {
    let mut heads = lived_in();
    let repeat =
        keyed("f").requires([(stream("a"), Version(9))]).moves([moves("v", 0, 99, Guard::Available)]);
    let before = heads.clone();
    let admitted = admit(&mut heads, &repeat).unwrap();
    let replayed = admitted.receipt.replayed.unwrap();
    assert_eq!((replayed.stream, replayed.version), (stream("a"), Version(1)));
    assert!(admitted.events.is_empty() && admitted.journal.is_empty() && heads == before);
    heads.now = heads.now.checked_add(heads.key_ttl).unwrap();
    assert_eq!(admit(&mut heads, &repeat), Err(moved(2)), "its time is over");
}

#[test]
fn a_lease_ends_once() {
    let mut heads = lived_in();
    admit(&mut heads, &finish(3)).unwrap();
    assert_eq!(admit(&mut heads, &finish(3)), Err(Refused::LeaseLost));
    let done = Refused::JobState { found: JobState::Done };
    assert_eq!(admit(&mut heads, &reschedule(JobState::Ready)), Err(done));
}

#[test]
fn names_given_up_are_free_in_the_same_commit() {
    let mut heads = lived_in();
    let handover = Commit::default().take(ClaimKind::ProductHandle, "n", &stream("b")).give(
        ClaimKind::ProductHandle,
        "n",
        &stream("a"),
    );
    admit(&mut heads, &handover).unwrap();
    let claim = Claim { kind: ClaimKind::ProductHandle, value: "n".to_owned() };
    assert_eq!(heads.holder(&claim), Some(&stream("b")));
}

#[test]
fn an_unguarded_promise_beside_a_guarded_one_is_judged_with_it() {
    let mut heads = lived_in();
    let both = [moves("v", 0, 2, Guard::Unguarded), moves("v", 0, 2, Guard::Available)];
    assert_eq!(admit(&mut heads, &Commit::default().moves(both)), Err(short(3, 4)));
    // Taking off the shelf what is promised is no promise; the level shows it.
    let sold = [moves("v", -5, -1, Guard::Available)];
    admit(&mut heads, &Commit::default().moves(sold)).unwrap();
    assert_eq!(heads.stock[&counters("v")].available(), -1);
}

#[test]
fn times_are_whole_microseconds_and_never_go_back() {
    let mut heads = heads();
    heads.now = Timestamp::from_nanosecond(1_000_000_001_999).unwrap();
    let first = admit(&mut heads, &changes("a", Expect::New)).unwrap();
    assert_eq!(first.recorded_at, Timestamp::from_microsecond(1_000_000_001).unwrap());
    heads.now = Timestamp::from_second(1).unwrap();
    let second = admit(&mut heads, &changes("a", Expect::Any)).unwrap();
    assert_eq!(second.events[0].recorded_at, first.recorded_at);
}
