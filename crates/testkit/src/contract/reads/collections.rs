//! Collections: by id, by handle, and in pages.

use sutler_app::collections::CollectionName;
use sutler_app::commit::{Change, Expect, View, ViewChange};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::collections::CollectionQuery;
use sutler_app::stream::StreamId;
use sutler_domain::Version;
use sutler_domain::catalog::{Collection, CollectionEvent, Members, ProductStatus, Seo};

use crate::builders as some;
use crate::contract::Rig;

fn collection(n: u64, handle: &str, title: &str) -> Collection {
    Collection {
        collection_id: some::id(n),
        handle: handle.to_owned(),
        title: title.to_owned(),
        description_html: String::new(),
        image: None,
        seo: Seo::default(),
        status: ProductStatus::Active,
        publish_at: None,
        unpublish_at: None,
        members: Members::ByHand { product_ids: vec![some::product_id("P2"), some::product_id("P1")] },
        metadata: [].into(),
        created_at: some::start(),
        updated_at: some::start(),
    }
}

async fn save(rig: &Rig, one: &Collection) {
    let event = CollectionEvent::CollectionUpdated(Box::new(one.clone()));
    let event = sutler_app::NewEvent::of(&event, one.updated_at);
    let (stream, view) = (StreamId::from(&one.collection_id), View::Collection(Box::new(one.clone())));
    rig.stores().commit(some::written(stream, event, view)).await.unwrap();
}

pub(super) async fn a_collection_has_two_names(rig: &Rig) {
    let mut one = collection(1, "summer", "Summer");
    save(rig, &one).await;
    save(rig, &collection(2, "winter", "Winter")).await;
    "sommer".clone_into(&mut one.handle);
    save(rig, &one).await;
    let at = rig.again().await;
    let named = async |name: CollectionName| {
        let found = at.collections.collection(&name).await.unwrap();
        found.map(|stored| (stored.value, stored.version))
    };
    let handle = |text: &str| CollectionName::Handle(text.to_owned());
    assert_eq!(named(CollectionName::Id(some::id(1))).await, Some((one.clone(), Version(2))));
    assert_eq!(named(handle("sommer")).await, Some((one.clone(), Version(2))));
    assert_eq!(named(handle("winter")).await.unwrap().1, Version(1));
    assert_eq!(named(handle("summer")).await, None);
    assert_eq!(named(CollectionName::Id(some::id(9))).await, None);
    let event = CollectionEvent::CollectionDeleted(Box::new(one.clone()));
    let deleted = Change {
        stream: StreamId::from(&one.collection_id),
        expect: Expect::Exactly(Version(2)),
        events: vec![sutler_app::NewEvent::of(&event, some::start())],
        view: ViewChange::Delete,
        numbered: false,
    };
    rig.stores().commit(some::nothing().change(deleted)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.collections.collection(&handle("sommer")).await.unwrap(), None);
    assert!(at.collections.collection(&handle("winter")).await.unwrap().is_some());
}

pub(super) async fn collections_are_listed_by_title_and_time(rig: &Rig) {
    let draft = Collection { status: ProductStatus::Draft, ..collection(4, "d", "Draft") };
    let timed = Collection {
        publish_at: Some(some::second(10)),
        unpublish_at: Some(some::second(20)),
        ..collection(2, "t", "Twice")
    };
    for one in [collection(3, "z", "Zed"), timed, collection(1, "t2", "Twice"), draft] {
        save(rig, &one).await;
    }
    let at = rig.again().await;
    let listed = async |query: CollectionQuery| {
        let page = at.collections.collections(&query).await.unwrap();
        let handles: Vec<String> = page.rows.into_iter().map(|row| row.value.handle).collect();
        (handles.join(" "), page.next, page.total)
    };
    let first = PageRequest { limit: 2, from: From::Start, count: true };
    let (handles, next, total) = listed(CollectionQuery { page: first, ..CollectionQuery::default() }).await;
    assert_eq!((handles.as_str(), total), ("d t2", Some(4)), "ties by id");
    let rest = PageRequest { limit: 2, from: From::After(next.unwrap()), count: false };
    let (handles, next, total) = listed(CollectionQuery { page: rest, ..CollectionQuery::default() }).await;
    assert_eq!((handles.as_str(), next, total), ("t z", None, None));
    for (second, shown) in [(9, "t2 z"), (10, "t2 t z"), (19, "t2 t z"), (20, "t2 z")] {
        let query =
            CollectionQuery { published_at: Some(some::second(second)), ..CollectionQuery::default() };
        assert_eq!(listed(query).await.0, shown, "{second}");
    }
    let query = CollectionQuery { status: vec![ProductStatus::Draft], ..CollectionQuery::default() };
    assert_eq!(listed(query).await.0, "d");
}
