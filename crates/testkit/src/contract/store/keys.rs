//! Idempotency keys.

use sutler_app::commit::{Answer, Commit, IdempotencyKey, Refused};
use sutler_app::ports::reads::OrderName;
use sutler_app::stream::StreamId;
use sutler_domain::{Position, Version};

use crate::builders as some;
use crate::contract::{KEY_TTL_S, Rig};

/// Place the `n`-th order under a key.
fn placed(n: u64, key: &str, fingerprint: &str) -> Commit {
    let order = some::order(n);
    let answer = StreamId::from(&order.order_id);
    some::place(&order).key(Some(some::idempotency(key, fingerprint))).answers(
        answer,
        Some("part".to_owned()),
        true,
    )
}

fn answer(n: u64) -> Answer {
    let stream = StreamId::from(&some::order(n).order_id);
    Answer { stream, version: Version(1), part: Some("part".to_owned()), waits: true }
}

async fn is_there(rig: &Rig, n: u64) -> bool {
    let name = OrderName::Id(some::order(n).order_id);
    rig.stores().orders.order(&name).await.unwrap().is_some()
}

pub(super) async fn a_repeat_is_told_the_same(rig: &Rig) {
    let first = rig.stores().commit(placed(1, "k", "f")).await.unwrap();
    assert_eq!((first.replayed, first.versions.len(), first.numbers.len()), (None, 1, 1));
    // The world moves on; the answer stays as of its version.
    rig.again().await.commit(some::touch(1)).await.unwrap();
    for n in [1, 2] {
        let repeat = rig.again().await.commit(placed(n, "k", "f")).await.unwrap();
        assert_eq!(repeat.replayed, Some(answer(1)));
        assert_eq!((repeat.versions.len(), repeat.numbers.len(), repeat.position), (0, 0, Position(2)));
    }
    assert!(!is_there(rig, 2).await, "a replay writes nothing");
}

pub(super) async fn a_key_belongs_to_one_request(rig: &Rig) {
    rig.stores().commit(placed(1, "k", "f")).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.commit(placed(2, "k", "other")).await, Err(Refused::KeyReused));
    assert!(!is_there(rig, 2).await);
    let in_test = IdempotencyKey { shop: "test".to_owned(), ..some::idempotency("k", "other") };
    let other_shop = Commit { key: Some(in_test), ..placed(2, "k", "other") };
    assert_eq!(at.commit(other_shop).await.unwrap().replayed, None);
    assert_eq!(at.commit(placed(3, "K", "f")).await.unwrap().replayed, None, "keys are compared exactly");
}

pub(super) async fn a_refused_commit_leaves_no_key(rig: &Rig) {
    let at = rig.stores();
    let refused = placed(1, "k", "f").requires([(StreamId::from(&some::order(9).order_id), Version(1))]);
    assert!(matches!(at.commit(refused).await, Err(Refused::Moved { .. })));
    let at = rig.again().await;
    assert_eq!(at.commit(placed(2, "k", "other")).await.unwrap().replayed, None);
}

pub(super) async fn keys_end_by_the_stores_clock(rig: &Rig) {
    rig.stores().commit(placed(1, "k", "f")).await.unwrap();
    rig.pass(KEY_TTL_S - 1);
    let at = rig.again().await;
    assert_eq!(at.commit(placed(2, "k", "f")).await.unwrap().replayed, Some(answer(1)));
    rig.pass(1);
    let at = rig.again().await;
    assert_eq!(
        at.commit(placed(2, "k", "other")).await.unwrap().replayed,
        None,
        "an older key counts as absent"
    );
    let at = rig.again().await;
    assert_eq!(at.commit(placed(3, "k", "other")).await.unwrap().replayed, Some(answer(2)));
    // A sweep keeps the young one, however old the first was.
    (at.maintain)().await;
    rig.pass(KEY_TTL_S - 1);
    let at = rig.again().await;
    (at.maintain)().await;
    assert_eq!(at.commit(placed(3, "k", "other")).await.unwrap().replayed, Some(answer(2)));
}

pub(super) async fn swept_keys_are_those_that_ended(rig: &Rig) {
    // Three keys, each half a life apart, with sweeps in between: none is lost before its time.
    let half = KEY_TTL_S / 2;
    let mut swept = 0;
    for n in 1..=9u64 {
        rig.stores().commit(placed(n, &format!("k{n}"), "f")).await.unwrap();
        rig.pass(half);
        let at = rig.again().await;
        swept += (at.maintain)().await.0;
        let repeat = at.commit(placed(100, &format!("k{n}"), "f")).await.unwrap();
        assert_eq!(repeat.replayed, Some(answer(n)), "half a life old");
    }
    assert!((5..=8).contains(&swept), "keys that ended are swept within another life: {swept}");
}

pub(super) async fn two_at_once_are_one_request(rig: &Rig) {
    let at = rig.stores();
    let all = futures::future::join_all((1..=20).map(|n| at.commit(placed(n, "k", "f")))).await;
    let receipts: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    let (first, repeats): (Vec<_>, Vec<_>) = receipts.iter().partition(|one| one.replayed.is_none());
    assert_eq!((first.len(), repeats.len()), (1, 19));
    let stream = &first[0].versions[0].0;
    assert!(repeats.iter().all(|one| one.replayed.as_ref().is_some_and(|answer| &answer.stream == stream)));
    assert_eq!(*rig.again().await.feed.head().borrow(), Position(1));
}

pub(super) async fn an_answer_may_name_what_was_only_read(rig: &Rig) {
    rig.stores().commit(some::place(&some::order(1))).await.unwrap();
    rig.stores().commit(some::touch(1)).await.unwrap();
    let stream = StreamId::from(&some::order(1).order_id);
    let asked = || {
        let key = Some(some::idempotency("k", "f"));
        some::nothing().key(key).answers(stream.clone(), None, false)
    };
    rig.again().await.commit(asked()).await.unwrap();
    rig.again().await.commit(some::touch(1)).await.unwrap();
    let replayed = rig.again().await.commit(asked()).await.unwrap().replayed;
    assert_eq!(replayed, Some(Answer { stream, version: Version(2), part: None, waits: false }));
}
