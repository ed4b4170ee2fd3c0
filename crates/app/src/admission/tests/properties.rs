//! Whatever is committed, in whatever order and batches, the door gives the outcome of one at a time.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sutler_domain::{JobId, Position, Version};

use super::*;
use crate::admission::{Admitted, JobHead, admit, chained, genesis};
use crate::commit::{ClaimChange, ClaimKind, Finish, IdempotencyKey, JobOutcome, Refused};
use crate::job::{JobKind, JobState, NewJob};
use crate::ports::jobs::Lease;

const STREAMS: [&str; 3] = ["a", "b", "c"];

fn any_stream() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&STREAMS[..])
}

fn any_change() -> impl Strategy<Value = Change> {
    let expect = prop_oneof![3 => Just(Expect::Any), 1 => Just(Expect::New), 3 => (0u64..6).prop_map(at)];
    (any_stream(), expect, 0usize..3, any::<bool>())
        .prop_map(|(id, expect, events, numbered)| Change { numbered, ..change(id, expect, events) })
}

fn any_move() -> impl Strategy<Value = StockMove> {
    let guard =
        prop_oneof![Just(Guard::Available), Just(Guard::Unguarded), (0i64..12).prop_map(Guard::OnHand)];
    let thresholds = option::weighted(0.2, (0i64..4, option::of(0i64..4)));
    (prop::sample::select(&["v", "w"][..]), -4i64..9, -3i64..6, guard, thresholds).prop_map(
        |(variant, on_hand, reserved, guard, thresholds)| StockMove {
            thresholds,
            ..moves(variant, on_hand, reserved, guard)
        },
    )
}

fn any_claim() -> impl Strategy<Value = (bool, &'static str, &'static str)> {
    (any::<bool>(), prop::sample::select(&["x", "y"][..]), any_stream())
}

fn job_id(n: u8) -> JobId {
    JobId::trusted(format!("job_{n}").into())
}

fn new_job(n: u8) -> NewJob {
    let kind = JobKind::UpdateInventory { levels: Vec::new() };
    NewJob::new(job_id(n), kind, stream("a"), Timestamp::UNIX_EPOCH)
}

prop_compose! {
    fn any_commit()(
        changed in vec(any_change(), 0..3),
        read in option::weighted(0.2, (any_stream(), 0u64..5)),
        claims in vec(any_claim(), 0..3),
        stock in vec(any_move(), 0..4),
        key in option::weighted(0.4, (0u8..3, 0u8..2)),
        finished in option::weighted(0.2, (0u8..3, 0u64..3)),
        asked in option::weighted(0.2, 3u8..9),
    ) -> Commit {
        let key = key.map(|(key, fingerprint)| IdempotencyKey {
            shop: "live".to_owned(),
            key: key.to_string(),
            fingerprint: fingerprint.to_string(),
        });
        let commit = Commit { changes: changed, stock, key, ..Commit::default() };
        let commit = commit.requires(read.map(|(id, version)| (stream(id), Version(version))));
        let commit = claims.into_iter().fold(commit, |commit, (take, name, id)| {
            let holder = stream(id);
            if take {
                commit.take(ClaimKind::ProductHandle, name, &holder)
            } else {
                commit.give(ClaimKind::ProductHandle, name, &holder)
            }
        });
        let finishes = finished.map(|(n, token)| Finish {
            lease: Lease { job_id: job_id(n), token, unique_key: None },
            outcome: JobOutcome::Done,
        });
        Commit { finishes, ..commit.then(asked.map(new_job)).answers(stream("a"), None, false) }
    }
}

/// A store as small as can be: rows, from which a batch loads what it touches, and to which it writes it back.
#[derive(Clone)]
struct Rows(Heads);

impl Rows {
    fn new() -> Self {
        let mut heads = heads();
        for n in 0..3 {
            heads.jobs.insert(job_id(n), JobHead { state: JobState::Running, token: 1 });
        }
        Self(heads)
    }

    fn load(&self, batch: &[Commit]) -> Heads {
        let Self(rows) = self;
        let mut heads = Heads { next_number: rows.next_number, hash: rows.hash, ..heads() };
        (heads.position, heads.recorded_at) = (rows.position, rows.recorded_at);
        for commit in batch {
            let changed = commit.changes.iter().map(|change| &change.stream);
            for stream in changed.chain(commit.requires.iter().map(|(stream, _)| stream)) {
                heads.streams.extend(rows.streams.get_key_value(stream).map(|(k, v)| (k.clone(), *v)));
            }
            for ClaimChange::Take(claim, _) | ClaimChange::Give(claim, _) in &commit.claims {
                heads.claims.extend(rows.claims.get_key_value(claim).map(|(k, v)| (k.clone(), v.clone())));
            }
            for one in &commit.stock {
                heads.stock.extend(rows.stock.get_key_value(&one.at).map(|(k, v)| (k.clone(), *v)));
            }
            let name = commit.key.as_ref().map(|key| (key.shop.clone(), key.key.clone()));
            heads.keys.extend(name.and_then(|name| Some((name.clone(), rows.keys.get(&name)?.clone()))));
            if let Some(finish) = &commit.finishes {
                let id = &finish.lease.job_id;
                heads.jobs.extend(rows.jobs.get(id).map(|job| (id.clone(), *job)));
            }
            // The answer tells a version too, of a stream that the commit may not change.
            let answers = commit.answer.iter().map(|answer| &answer.stream);
            for stream in answers {
                heads.streams.extend(rows.streams.get_key_value(stream).map(|(k, v)| (k.clone(), *v)));
            }
        }
        heads
    }

    fn batch(&mut self, batch: &[Commit]) -> Vec<Result<Admitted, Refused>> {
        let mut heads = self.load(batch);
        let results = batch.iter().map(|commit| admit(&mut heads, commit)).collect();
        let Self(rows) = self;
        rows.streams.extend(heads.streams);
        rows.claims.extend(heads.claims);
        rows.stock.extend(heads.stock);
        rows.keys.extend(heads.keys);
        rows.jobs.extend(heads.jobs);
        (rows.position, rows.hash) = (heads.position, heads.hash);
        (rows.recorded_at, rows.next_number) = (heads.recorded_at, heads.next_number);
        results
    }
}

/// Commits in some order, and the lengths of the batches they come in.
fn any_history() -> impl Strategy<Value = (Vec<Commit>, Vec<usize>)> {
    (vec(any_commit(), 1..40).prop_shuffle(), vec(1usize..9, 40))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_change_no_outcome((commits, lengths) in any_history()) {
        let mut one_at_a_time = Rows::new();
        let expected: Vec<_> =
            commits.iter().flat_map(|commit| one_at_a_time.batch(std::slice::from_ref(commit))).collect();
        let (mut batched, mut results, mut rest) = (Rows::new(), Vec::new(), &commits[..]);
        for length in lengths {
            let (batch, later) = rest.split_at(length.min(rest.len()));
            results.extend(batched.batch(batch));
            rest = later;
        }
        results.extend(batched.batch(rest));
        prop_assert_eq!(results, expected);
        prop_assert_eq!(batched.0, one_at_a_time.0);
    }

    #[test]
    fn what_must_always_hold_holds((commits, _) in any_history()) {
        let mut heads = Rows::new().0;
        let (mut hash, mut position, mut number) = (genesis("epoch"), Position(0), 1001);
        for commit in &commits {
            let before = heads.clone();
            let Ok(admitted) = admit(&mut heads, commit) else {
                prop_assert_eq!(&heads, &before, "a refusal changes nothing");
                continue;
            };
            for event in &admitted.events {
                position = Position(position.0 + 1);
                hash = chained(&hash, event);
                prop_assert_eq!((event.position, event.hash), (position, hash));
            }
            for (_, drawn) in &admitted.receipt.numbers {
                prop_assert_eq!(*drawn, number);
                number += 1;
            }
            for (at, level) in &heads.stock {
                prop_assert!(level.on_hand >= 0 && level.reserved >= 0, "{:?}", level);
                let was = before.stock.get(at).copied().unwrap_or_default();
                let guarded = commit.stock.iter().any(|m| &m.at == at && m.guard == Guard::Available);
                let promised = level.reserved > was.reserved && level != &was;
                let held = level.available() >= 0;
                prop_assert!(!guarded || !promised || held || admitted.receipt.replayed.is_some());
            }
            let last = admitted.journal.iter().map(|row| (&row.at, &row.after)).collect::<std::collections::HashMap<_, _>>();
            prop_assert!(last.iter().all(|(at, after)| heads.stock.get(*at) == Some(after)), "the journal ends at the level");
        }
        prop_assert_eq!((heads.position, heads.hash, heads.next_number), (position, hash, number));
    }
}
