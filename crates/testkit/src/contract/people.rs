//! What a store keeps of people, their sessions, and what they did.

use jiff::Timestamp;
use serde_json::json;
use sutler_app::access::{AuditEntry, AuditQuery, PasswordHash, Purpose, Role, Session, User};
use sutler_app::commit::{Change, Claim, ClaimKind, Commit, Deed, Expect, Refused, Seen, View};
use sutler_app::page::{From, PageRequest};
use sutler_app::saved_views::{SavedView, ViewShelf};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{SessionId, UserId, Version};

use super::{Case, Rig, Stores};
use crate::builders as some;

/// Every case of people.
pub const CASES: &[Case] = &[
    ("people are kept by address", |rig| Box::pin(people_are_kept_by_address(rig))),
    ("an address is one person's", |rig| Box::pin(an_address_is_one_persons(rig))),
    ("sessions are found by hash", |rig| Box::pin(sessions_are_found_by_hash(rig))),
    ("a session is taken away once", |rig| Box::pin(a_session_is_taken_away_once(rig))),
    ("uses only go forward", |rig| Box::pin(uses_only_go_forward(rig))),
    ("sessions that are over are swept", |rig| Box::pin(sessions_that_are_over_are_swept(rig))),
    ("deeds are kept with the change", |rig| Box::pin(deeds_are_kept_with_the_change(rig))),
    ("a refused commit tells nothing", |rig| Box::pin(a_refused_commit_tells_nothing(rig))),
    ("saved views are kept by owner", |rig| Box::pin(saved_views_are_kept_by_owner(rig))),
    ("the audit log has pages and filters", |rig| Box::pin(the_audit_log_has_pages_and_filters(rig))),
];

async fn saved_views_are_kept_by_owner(rig: &Rig) {
    let shelf = |owner: &str, names: &[&str]| {
        let view = |name: &&str| SavedView { name: (*name).to_owned(), query: format!("q={name}") };
        ViewShelf { owner: owner.to_owned(), views: names.iter().map(view).collect() }
    };
    let put = |shelf: &ViewShelf, expect| {
        let stream = StreamId::new(StreamKind::Views, &shelf.owner);
        some::record(stream, expect, View::Views(Box::new(shelf.clone())))
    };
    let store = &rig.stores().store;
    let (mine, shared) = (shelf("user:usr_1", &["A"]), shelf("shared", &["B", "C"]));
    store.commit(put(&mine, Expect::New)).await.unwrap();
    store.commit(put(&shared, Expect::New)).await.unwrap();
    let (later, other) = (shelf("user:usr_1", &["D", "A"]), shelf("user:usr_1", &["E"]));
    store.commit(put(&later, Expect::Exactly(Version(1)))).await.unwrap();
    let refused = store.commit(put(&other, Expect::Exactly(Version(1)))).await;
    assert!(matches!(refused, Err(Refused::Moved { .. })), "{refused:?}");
    let at = rig.again().await;
    let mut found = at.people.view_shelves(&["user:usr_1", "shared", "user:usr_2"]).await.unwrap();
    found.sort_by_key(|stored| stored.version);
    let found: Vec<_> = found.into_iter().map(|stored| (stored.value, stored.version.0)).collect();
    assert_eq!(found, [(shared, 1), (later, 2)]);
}

fn user(n: u64, email: &str) -> User {
    User {
        user_id: some::id(n),
        email: email.to_owned(),
        name: format!("Person {n}"),
        role: Role::Support,
        password: Some(PasswordHash::of("$argon2id$…")),
        disabled_at: None,
        era: 0,
        created_at: some::second(1),
        updated_at: some::second(2),
    }
}

fn session(n: u64, user: Option<u64>, ends: i64) -> Session {
    Session {
        session_id: some::id(n),
        hash: format!("hash-{n}"),
        purpose: Purpose::Browser,
        user_id: user.map(some::id),
        era: 0,
        address: Some("192.0.2.1".to_owned()),
        agent: None,
        created_at: some::second(i64::try_from(n).unwrap_or(0)),
        ends_at: some::second(ends),
    }
}

fn known(user: &User) -> Commit {
    let stream = StreamId::from(&user.user_id);
    let view = View::User(Box::new(user.clone()));
    some::record(stream.clone(), Expect::New, view).take(ClaimKind::UserEmail, &user.email, &stream)
}

fn begun(session: &Session) -> Commit {
    let view = View::Session(Box::new(session.clone()));
    some::record(StreamId::from(&session.session_id), Expect::New, view)
}

async fn people_are_kept_by_address(rig: &Rig) {
    let (eve, ada) = (user(1, "eve@example.com"), user(2, "ada@example.com"));
    for one in [&eve, &ada] {
        rig.stores().commit(known(one)).await.unwrap();
    }
    let changed = User { role: Role::Owner, ..ada.clone() };
    let (stream, view) = (StreamId::from(&ada.user_id), View::User(Box::new(changed.clone())));
    rig.stores().commit(some::record(stream.clone(), Expect::Exactly(Version(1)), view)).await.unwrap();
    let at = rig.again().await;
    let all = at.people.users().await.unwrap();
    let all: Vec<_> = all.into_iter().map(|user| (user.value, user.version)).collect();
    assert_eq!(all, [(changed.clone(), Version(2)), (eve.clone(), Version(1))]);
    assert_eq!(at.people.user(&ada.user_id).await.unwrap().unwrap().value, changed);
    at.commit(some::nothing().change(Change::removed(stream, Version(2)))).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.people.user(&ada.user_id).await.unwrap(), None);
    assert_eq!(at.people.users().await.unwrap().len(), 1);
}

async fn an_address_is_one_persons(rig: &Rig) {
    rig.stores().commit(known(&user(1, "ada@example.com"))).await.unwrap();
    let refused = rig.again().await.commit(known(&user(2, "ada@example.com"))).await.unwrap_err();
    let claim = Claim { kind: ClaimKind::UserEmail, value: "ada@example.com".to_owned() };
    let holder = StreamId::from(&some::id::<sutler_domain::id::kind::User>(1));
    assert_eq!(refused, Refused::Taken { claim: claim.clone(), holder: holder.clone() });
    assert_eq!(rig.stores().contacts.holder(&claim).await.unwrap(), Some(holder));
    assert_eq!(rig.stores().people.users().await.unwrap().len(), 1);
}

async fn sessions_are_found_by_hash(rig: &Rig) {
    for one in [session(1, Some(7), 900), session(2, Some(7), 900), session(3, None, 900)] {
        rig.stores().commit(begun(&one)).await.unwrap();
    }
    let at = rig.again().await;
    let (found, seen) = at.people.session("hash-2").await.unwrap().unwrap();
    assert_eq!((&found.value, found.version, seen), (&session(2, Some(7), 900), Version(1), None));
    assert_eq!(at.people.session("hash-9").await.unwrap(), None);
    assert_eq!(at.people.session_by_id(&some::id(2)).await.unwrap(), Some(found));
    let ids = async |user: Option<UserId>| -> Vec<SessionId> {
        let found = at.people.sessions(user.as_ref()).await.unwrap();
        found.into_iter().map(|session| session.value.session_id).collect()
    };
    assert_eq!(ids(Some(some::id(7))).await, [some::id(2), some::id(1)]);
    assert_eq!(ids(Some(some::id(8))).await, []);
    assert_eq!(ids(None).await, [some::id(3), some::id(2), some::id(1)]);
}

async fn a_session_is_taken_away_once(rig: &Rig) {
    rig.stores().commit(begun(&session(1, Some(7), 900))).await.unwrap();
    let gone = || {
        let stream = StreamId::from(&some::id::<sutler_domain::id::kind::Session>(1));
        some::nothing().change(Change::removed(stream, Version(1)))
    };
    let at = rig.again().await;
    let (first, second) = futures::join!(at.commit(gone()), at.commit(gone()));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert_eq!(rig.again().await.people.session("hash-1").await.unwrap(), None);
    assert!(matches!(rig.stores().commit(gone()).await, Err(Refused::Moved { .. })));
}

fn uses(seen: &[(&str, i64)]) -> Commit {
    let seen =
        seen.iter().map(|(subject, at)| Seen { subject: (*subject).to_owned(), at: some::second(*at) });
    Commit { seen: seen.collect(), ..some::nothing() }
}

async fn uses_only_go_forward(rig: &Rig) {
    let one = session(1, Some(7), 900);
    rig.stores().commit(begun(&one)).await.unwrap();
    let id = one.session_id.as_str();
    rig.stores().commit(uses(&[("key_1", 10), (id, 20)])).await.unwrap();
    rig.again().await.commit(uses(&[("key_1", 5), (id, 30), (id, 25)])).await.unwrap();
    let at = rig.again().await;
    let found = at.people.last_seen(&["key_1", id, "key_2"]).await.unwrap();
    let expected: [(String, Timestamp); 2] =
        [("key_1".to_owned(), some::second(10)), (id.to_owned(), some::second(30))];
    assert_eq!(found, expected.into());
    assert_eq!(at.people.session("hash-1").await.unwrap().unwrap().1, Some(some::second(30)));
    assert_eq!(at.people.last_seen(&[]).await.unwrap(), [].into());
}

async fn sessions_that_are_over_are_swept(rig: &Rig) {
    let now = some::start();
    let ending = |n: u64, seconds: i64| Session {
        ends_at: now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap(),
        ..session(n, Some(7), 0)
    };
    rig.clock.set(now);
    for one in [ending(1, 10), ending(2, 20), ending(3, 30)] {
        rig.stores().commit(begun(&one)).await.unwrap();
    }
    let id = ending(1, 0).session_id.to_string();
    rig.stores().commit(uses(&[(&id, 1), ("key_1", 1)])).await.unwrap();
    let stream = StreamId::from(&some::id::<sutler_domain::id::kind::Session>(3));
    rig.stores().commit(some::nothing().change(Change::removed(stream, Version(1)))).await.unwrap();
    rig.pass(10);
    (rig.stores().maintain)().await;
    let at = rig.again().await;
    let left = at.people.sessions(None).await.unwrap();
    assert_eq!(left.into_iter().map(|one| one.value).collect::<Vec<_>>(), [ending(2, 20)]);
    let seen = at.people.last_seen(&[&id, "key_1"]).await.unwrap();
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), ["key_1"]);
}

async fn log(at: &Stores, query: AuditQuery) -> Vec<AuditEntry> {
    at.people.audit_log(&query).await.unwrap().rows
}

async fn deeds_are_kept_with_the_change(rig: &Rig) {
    let ada = user(1, "ada@example.com");
    let deed = Deed::new("user.created", &ada.user_id).after(&json!({"email": "ada@example.com"}));
    let by =
        Commit { actor: "user:usr_9".to_owned(), causation: Some("req_1".to_owned()), ..Commit::default() };
    let known = known(&ada);
    let commit = Commit { changes: known.changes, claims: known.claims, ..by.clone() }.deed(deed);
    rig.stores().commit(commit).await.unwrap();
    // A person's change of something else is told without a word of the use case.
    let one = session(1, Some(1), 900);
    rig.stores().commit(Commit { changes: begun(&one).changes, ..by }).await.unwrap();
    let entries = log(&rig.again().await, AuditQuery::default()).await;
    assert_eq!(entries.len(), 2, "{entries:?}");
    let (second, first) = (&entries[0], &entries[1]);
    assert_eq!((first.action.as_str(), first.subject.as_str()), ("user.created", ada.user_id.as_str()));
    assert_eq!(
        (first.before.clone(), first.after.clone()),
        (None, Some(json!({"email": "ada@example.com"})))
    );
    assert_eq!((first.actor.as_str(), first.request_id.as_deref()), ("user:usr_9", Some("req_1")));
    assert_eq!(second.action, "session.created");
    assert!(second.number > first.number && first.number > 0 && second.at >= first.at);
}

async fn a_refused_commit_tells_nothing(rig: &Rig) {
    let ada = user(1, "ada@example.com");
    rig.stores().commit(known(&ada)).await.unwrap();
    let again = known(&user(2, "ada@example.com")).deed(Deed::new("user.created", "usr_2"));
    let fine = known(&user(3, "eve@example.com")).deed(Deed::new("user.created", "usr_3"));
    let at = rig.again().await;
    let (refused, taken) = futures::join!(at.commit(again), at.commit(fine));
    assert!(refused.is_err() && taken.is_ok());
    let told: Vec<_> =
        log(&rig.again().await, AuditQuery::default()).await.into_iter().map(|entry| entry.subject).collect();
    assert_eq!(told, ["usr_3"]);
}

async fn the_audit_log_has_pages_and_filters(rig: &Rig) {
    for n in 0..5 {
        let (actor, action) = if n % 2 == 0 { ("user:a", "thing.made") } else { ("user:b", "thing.kept") };
        let commit = Commit { actor: actor.to_owned(), ..Commit::default() };
        rig.stores().commit(commit.deed(Deed::new(action, &format!("thing_{n}")))).await.unwrap();
    }
    let at = rig.again().await;
    let subjects = |rows: &[AuditEntry]| rows.iter().map(|entry| entry.subject.clone()).collect::<Vec<_>>();
    let page = |from| PageRequest { limit: 2, from, count: true };
    let first =
        at.people.audit_log(&AuditQuery { page: page(From::Start), ..AuditQuery::default() }).await.unwrap();
    assert_eq!(
        (subjects(&first.rows), first.total),
        (vec!["thing_4".to_owned(), "thing_3".to_owned()], Some(5))
    );
    let next = From::After(first.next.unwrap());
    let second =
        at.people.audit_log(&AuditQuery { page: page(next), ..AuditQuery::default() }).await.unwrap();
    assert_eq!(subjects(&second.rows), ["thing_2", "thing_1"]);
    let of = |actor: Option<&str>, action: Option<&str>, subject: Option<&str>| AuditQuery {
        actor: actor.map(str::to_owned),
        action: action.map(str::to_owned),
        subject: subject.map(str::to_owned),
        ..AuditQuery::default()
    };
    assert_eq!(subjects(&log(&at, of(Some("user:b"), None, None)).await), ["thing_3", "thing_1"]);
    assert_eq!(log(&at, of(None, Some("thing.made"), None)).await.len(), 3);
    assert_eq!(subjects(&log(&at, of(None, None, Some("thing_2"))).await), ["thing_2"]);
    assert_eq!(log(&at, of(Some("user:b"), Some("thing.made"), None)).await, []);
}
