//! Unique names.

use sutler_app::commit::{Claim, ClaimKind, Refused};
use sutler_app::stream::{StreamId, StreamKind};

use crate::builders as some;
use crate::contract::Rig;

const HANDLE: ClaimKind = ClaimKind::ProductHandle;

fn stream(id: &str) -> StreamId {
    StreamId::new(StreamKind::Product, id)
}

fn claim(value: &str) -> Claim {
    Claim { kind: HANDLE, value: value.to_owned() }
}

pub(super) async fn a_name_has_one_holder(rig: &Rig) {
    let at = rig.stores();
    at.commit(some::nothing().take(HANDLE, "mug", &stream("p1"))).await.unwrap();
    let at = rig.again().await;
    let taken = at.commit(some::nothing().take(HANDLE, "mug", &stream("p2"))).await.unwrap_err();
    assert_eq!(taken, Refused::Taken { claim: claim("mug"), holder: stream("p1") });
    at.commit(some::nothing().take(HANDLE, "mug", &stream("p1"))).await.unwrap();
    at.commit(some::nothing().take(HANDLE, "Mug", &stream("p2"))).await.unwrap();
    at.commit(some::nothing().take(ClaimKind::VariantSku, "mug", &stream("p2"))).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.contacts.holder(&claim("mug")).await.unwrap(), Some(stream("p1")));
    assert_eq!(at.contacts.holder(&claim("pot")).await.unwrap(), None);
}

pub(super) async fn names_given_up_are_free_at_once(rig: &Rig) {
    let at = rig.stores();
    at.commit(some::nothing().take(HANDLE, "mug", &stream("p1"))).await.unwrap();
    // Somebody else cannot give it up.
    at.commit(some::nothing().give(HANDLE, "mug", &stream("p2"))).await.unwrap();
    assert_eq!(rig.again().await.contacts.holder(&claim("mug")).await.unwrap(), Some(stream("p1")));
    let renamed = some::nothing().give(HANDLE, "mug", &stream("p1")).take(HANDLE, "cup", &stream("p1"));
    rig.stores().commit(renamed).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.contacts.holder(&claim("mug")).await.unwrap(), None);
    at.commit(some::nothing().take(HANDLE, "mug", &stream("p2"))).await.unwrap();
}

pub(super) async fn two_streams_swap_names(rig: &Rig) {
    let at = rig.stores();
    let both = some::nothing().take(HANDLE, "a", &stream("p1")).take(HANDLE, "b", &stream("p2"));
    at.commit(both).await.unwrap();
    let swap = some::nothing()
        .take(HANDLE, "b", &stream("p1"))
        .take(HANDLE, "a", &stream("p2"))
        .give(HANDLE, "a", &stream("p1"))
        .give(HANDLE, "b", &stream("p2"));
    rig.again().await.commit(swap).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.contacts.holder(&claim("a")).await.unwrap(), Some(stream("p2")));
    assert_eq!(at.contacts.holder(&claim("b")).await.unwrap(), Some(stream("p1")));
    let twice = some::nothing().take(HANDLE, "c", &stream("p1")).take(HANDLE, "c", &stream("p2"));
    assert!(matches!(at.commit(twice).await, Err(Refused::Taken { .. })));
}

pub(super) async fn of_two_at_once_one_takes_a_name(rig: &Rig) {
    let at = rig.stores();
    let placed = (1..=20u64).map(|n| {
        let mut order = some::order(n);
        order.reference = Some("R1".to_owned());
        at.commit(some::place(&order))
    });
    let all = futures::future::join_all(placed).await;
    let stands: Vec<_> = all.iter().filter_map(|one| one.as_ref().ok()).collect();
    assert_eq!(stands.len(), 1);
    let holder = &stands[0].versions[0].0;
    let claim = Claim { kind: ClaimKind::OrderReference, value: "R1".to_owned() };
    let taken = Refused::Taken { claim, holder: holder.clone() };
    assert_eq!(all.iter().filter(|one| one.as_ref() == Err(&taken)).count(), 19);
}
