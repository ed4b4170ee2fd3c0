//! How an index is kept: what is written, what stays, and what takes the place of what.

use sutler_app::ports::search::{DocumentChange, SearchFailure, Served, Side};

use super::{SearchRig, asking, found, place, put, titled};
use crate::builders as some;

pub(super) async fn nothing_answers_at_first(rig: &SearchRig) {
    let index = rig.again().await;
    assert_eq!(index.served(), None);
    assert_eq!(index.find(&asking("mug")).await, Err(SearchFailure::NoIndex));
    assert_eq!(index.write(Side::Served, Vec::new()).await, Err(SearchFailure::NoIndex));
    assert_eq!(index.commit(Side::Next, &place(1)).await, Err(SearchFailure::NoIndex));
    assert_eq!(index.serve_next().await, Err(SearchFailure::NoIndex));
    index.begin().await.unwrap();
    index.write(Side::Next, vec![put(&titled("a", "Mug"))]).await.unwrap();
    index.commit(Side::Next, &place(7)).await.unwrap();
    assert_eq!(index.find(&asking("mug")).await, Err(SearchFailure::NoIndex), "it is not whole");
    index.serve_next().await.unwrap();
    assert_eq!(found(&index, &asking("mug")).await, "a");
    assert_eq!(index.served(), Some(Served { at: place(7), is_current: true }));
    index.discard().await.unwrap();
    drop(index);
    let index = rig.again().await;
    assert_eq!((index.served(), index.find(&asking("mug")).await), (None, Err(SearchFailure::NoIndex)));
}

pub(super) async fn a_change_touches_one_document(rig: &SearchRig) {
    let index = rig.with(&[titled("a", "Blue Mug"), titled("b", "Blue Pot")]).await;
    let changes = vec![put(&titled("a", "Green Cup")), DocumentChange::Remove(some::product_id("nobody"))];
    index.write(Side::Served, changes).await.unwrap();
    index.commit(Side::Served, &place(2)).await.unwrap();
    for (text, expected) in [("blue", "b"), ("mug", ""), ("green", "a"), ("cup", "a"), ("", "b a")] {
        assert_eq!(found(&index, &asking(text)).await, expected, "{text}");
    }
    // Of two changes in one commit the last one counts.
    let changes = vec![put(&titled("c", "Red Bowl")), DocumentChange::Remove(some::product_id("c"))];
    index.write(Side::Served, changes).await.unwrap();
    let changes = vec![
        DocumentChange::Remove(some::product_id("b")),
        put(&titled("b", "First")),
        put(&titled("b", "Second")),
    ];
    index.write(Side::Served, changes).await.unwrap();
    index.commit(Side::Served, &place(3)).await.unwrap();
    for (text, expected) in [("bowl", ""), ("first", ""), ("second", "b"), ("", "a b")] {
        assert_eq!(found(&index, &asking(text)).await, expected, "{text}");
    }
}

pub(super) async fn what_is_committed_stays(rig: &SearchRig) {
    let index = rig.with(&[titled("a", "Mug")]).await;
    index.write(Side::Served, vec![put(&titled("b", "Mug"))]).await.unwrap();
    assert_eq!(found(&index, &asking("mug")).await, "a", "seen before its commit");
    index.commit(Side::Served, &place(5)).await.unwrap();
    drop(index);
    let index = rig.again().await;
    assert_eq!(index.served().unwrap().at, place(5));
    let both = found(&index, &asking("mug")).await;
    assert!(["a b", "b a"].contains(&both.as_str()), "{both}");
    // A place moves without a document, too.
    index.commit(Side::Served, &place(9)).await.unwrap();
    drop(index);
    let index = rig.again().await;
    assert_eq!(index.served().unwrap().at, place(9));
    assert_eq!(found(&index, &asking("mug")).await, both, "another order");
}

pub(super) async fn a_new_index_takes_over(rig: &SearchRig) {
    let index = rig.with(&[titled("a", "Mug")]).await;
    index.begin().await.unwrap();
    index.write(Side::Next, vec![put(&titled("x", "Left over"))]).await.unwrap();
    index.commit(Side::Next, &place(2)).await.unwrap();
    index.begin().await.unwrap();
    index.write(Side::Next, vec![put(&titled("b", "Mug"))]).await.unwrap();
    index.commit(Side::Next, &place(3)).await.unwrap();
    // The old one goes on answering and following meanwhile.
    index.write(Side::Served, vec![put(&titled("c", "Mug of old"))]).await.unwrap();
    index.commit(Side::Served, &place(4)).await.unwrap();
    assert_eq!(found(&index, &asking("mug")).await, "a c");
    index.serve_next().await.unwrap();
    assert_eq!((found(&index, &asking("")).await.as_str(), index.served().unwrap().at), ("b", place(3)));
    drop(index);
    let index = rig.again().await;
    assert_eq!((found(&index, &asking("")).await.as_str(), index.served().unwrap().at), ("b", place(3)));
    index.write(Side::Served, vec![put(&titled("d", "Cup"))]).await.unwrap();
    index.commit(Side::Served, &place(4)).await.unwrap();
    assert_eq!(found(&index, &asking("")).await, "d b");
    // One that was begun and not served is not there after a start.
    index.begin().await.unwrap();
    drop(index);
    let index = rig.again().await;
    assert_eq!(found(&index, &asking("")).await, "d b");
}
