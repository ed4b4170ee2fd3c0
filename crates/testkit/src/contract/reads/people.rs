//! Persons, notes and API keys.

use sutler_app::access::ApiKey;
use sutler_app::commit::{Change, Expect, View};
use sutler_app::customers::{Contact, Note};
use sutler_app::stream::StreamId;
use sutler_domain::orders::ContactRef;
use sutler_domain::{ApiKeyId, ContactId, NoteId, Version};

use crate::builders as some;
use crate::contract::Rig;

fn person(contact_id: &ContactId, name: &str) -> Contact {
    Contact {
        contact_id: contact_id.clone(),
        customer_id: None,
        email: None,
        name: Some(name.to_owned()),
        phone: None,
        shipping_address: None,
        billing_address: None,
    }
}

pub(super) async fn contacts_keep_their_versions(rig: &Rig) {
    let (ada, eve): (ContactId, ContactId) = (some::id(1), some::id(2));
    for (id, name) in [(&ada, "Ada"), (&eve, "Eve"), (&ada, "Ada Lovelace")] {
        let commit = some::record(StreamId::from(id), Expect::Any, View::Contact(person(id, name)));
        rig.stores().commit(commit).await.unwrap();
    }
    let at = rig.again().await;
    let of = |id: &ContactId, version| ContactRef { contact_id: id.clone(), version: Version(version) };
    let read = at.contacts.contacts(&[of(&ada, 1), of(&eve, 1), of(&some::id(3), 1)]).await.unwrap();
    assert_eq!(read, [(ada.clone(), person(&ada, "Ada")), (eve.clone(), person(&eve, "Eve"))].into());
    let read = at.contacts.contacts(&[of(&ada, 2), of(&eve, 2)]).await.unwrap();
    assert_eq!(read, [(ada.clone(), person(&ada, "Ada Lovelace"))].into());
    assert_eq!(at.contacts.contacts(&[]).await.unwrap(), [].into());
    let newest = at.contacts.contact(&ada).await.unwrap().unwrap();
    assert_eq!((newest.value.name.as_deref(), newest.version), (Some("Ada Lovelace"), Version(2)));
    assert_eq!(at.contacts.contact(&some::id(3)).await.unwrap(), None);
    // Who is erased is gone in every version.
    at.commit(some::removal(StreamId::from(&ada), some::event(some::start()))).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.contacts.contacts(&[of(&ada, 1), of(&ada, 2)]).await.unwrap(), [].into());
    assert_eq!(at.contacts.contact(&ada).await.unwrap(), None);
    assert!(at.contacts.contact(&eve).await.unwrap().is_some());
}

pub(super) async fn every_version_of_contacts_is_read(rig: &Rig) {
    let (ada, eve, nobody): (ContactId, ContactId, ContactId) = (some::id(1), some::id(2), some::id(3));
    for (id, name) in [(&ada, "Ada"), (&eve, "Eve"), (&ada, "Ada Lovelace")] {
        let commit = some::record(StreamId::from(id), Expect::Any, View::Contact(person(id, name)));
        rig.stores().commit(commit).await.unwrap();
    }
    let read =
        rig.again().await.contacts.contact_versions(&[eve.clone(), nobody, ada.clone()]).await.unwrap();
    let expected = [
        (Version(1), person(&eve, "Eve")),
        (Version(1), person(&ada, "Ada")),
        (Version(2), person(&ada, "Ada Lovelace")),
    ];
    assert_eq!(read, expected);
    assert_eq!(rig.stores().contacts.contact_versions(&[]).await.unwrap(), []);
}

pub(super) async fn notes_are_read_together(rig: &Rig) {
    let of = |n: u64| Note {
        note_id: some::id(n),
        order_id: some::id(1),
        body: format!("note {n}\nsecond line"),
        author: "key:key_1".to_owned(),
        at: some::second(5),
    };
    for n in 1..=3 {
        let note = of(n);
        let stream = StreamId::from(&note.note_id);
        rig.stores().commit(some::record(stream, Expect::New, View::Note(note))).await.unwrap();
    }
    let ids: [NoteId; 3] = [some::id(3), some::id(9), some::id(1)];
    let read = rig.again().await.contacts.notes(&ids).await.unwrap();
    assert_eq!(read, [(some::id(1), of(1)), (some::id(3), of(3))].into());
    assert_eq!(rig.stores().contacts.notes(&[]).await.unwrap(), [].into());
}

pub(super) async fn keys_are_found_by_hash(rig: &Rig) {
    let of = |n: u64, created: i64, revoked: Option<i64>| ApiKey {
        key_id: some::id(n),
        name: format!("key {n}"),
        hash: format!("hash-{n}"),
        last4: "wxyz".to_owned(),
        scopes: vec!["orders:*".to_owned()],
        expires_at: None,
        revoked_at: revoked.map(some::second),
        created_at: some::second(created),
    };
    let save = async |key: &ApiKey| {
        let stream = StreamId::from(&key.key_id);
        let change =
            Change { expect: Expect::Any, ..Change::record(stream, Expect::Any, View::Key(key.clone())) };
        rig.stores().commit(some::nothing().change(change)).await.unwrap();
    };
    for key in [of(1, 10, None), of(2, 30, None), of(3, 20, None), of(1, 10, Some(40))] {
        save(&key).await;
    }
    let at = rig.again().await;
    let found = at.access.key_by_hash("hash-1").await.unwrap().unwrap();
    assert_eq!((&found.value, found.version), (&of(1, 10, Some(40)), Version(2)));
    assert_eq!(at.access.key(&some::id(1)).await.unwrap(), Some(found));
    assert_eq!(at.access.key_by_hash("hash-9").await.unwrap(), None);
    assert_eq!(at.access.key(&some::id::<sutler_domain::id::kind::ApiKey>(9)).await.unwrap(), None);
    let all: Vec<ApiKeyId> =
        at.access.keys().await.unwrap().into_iter().map(|key| key.value.key_id).collect();
    assert_eq!(all, [some::id(2), some::id(3), some::id(1)]);
}
