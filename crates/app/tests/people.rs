//! What people, sessions and the audit log promise, on the memory store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use std::sync::Arc;

use jiff::SignedDuration;
use shop::{Shop, item, name, paid_with};
use sutler_adapters::argon2::Argon2id;
use sutler_app::access::{
    AuditEntry, AuditQuery, Begun, FAILURES_PER_ACCOUNT_MAX, FirstAdmin, LINK_TTL, NewUser, Origin, Role,
    SESSIONS_MAX, SetUp, SignedIn, UserChange,
};
use sutler_app::inventory::AdjustInput;
use sutler_app::orders::{Amount, Named, RefundInput};
use sutler_app::patch::Patch;
use sutler_app::ports::EventFilter;
use sutler_app::{App, Caller, Ports, Problem};
use sutler_domain::inventory::Reason;

const PASSWORD: &str = "correct horse battery";

/// A shop whose passwords cost little.
async fn open() -> Shop {
    let shop = Shop::open().await;
    let hashing = Arc::new(Argon2id::with(8, 1).unwrap());
    let ports = Ports { passwords: Some(hashing), ..(*shop.app.ports).clone() };
    let app = App::new(ports, (*shop.app.settings).clone());
    Shop { app, ..shop }
}

fn new(email: &str, role: Role) -> NewUser {
    NewUser { email: email.to_owned(), name: String::new(), role, password: Some(PASSWORD.to_owned()) }
}

async fn sign_in(shop: &Shop, email: &str) -> Result<Begun, Problem> {
    shop.app.access.sign_in(email, PASSWORD, &Origin::default()).await
}

async fn who(shop: &Shop, begun: &Begun) -> Option<SignedIn> {
    shop.app.access.signed_in(&begun.token).await.unwrap()
}

async fn log(shop: &Shop, subject: &str) -> Vec<AuditEntry> {
    let query = AuditQuery { subject: Some(subject.to_owned()), ..AuditQuery::default() };
    shop.app.access.audit_log(&shop.caller, &query).await.unwrap().rows
}

#[tokio::test]
async fn a_session_ends_by_its_age_and_when_nobody_uses_it() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Owner)).await.unwrap();
    let idle = shop.app.settings.session_idle;
    let second = SignedDuration::from_secs(1);
    let begun = sign_in(&shop, "ADA@example.com ").await.unwrap();
    // Used all the time, it lasts as long as it may.
    for _ in 0..6 {
        assert!(who(&shop, &begun).await.is_some());
        shop.pass(idle - second);
    }
    assert!(who(&shop, &begun).await.is_some());
    shop.pass(second * 6);
    assert!(who(&shop, &begun).await.is_none(), "12 hours are over");
    let begun = sign_in(&shop, "ada@example.com").await.unwrap();
    shop.pass(idle);
    assert!(who(&shop, &begun).await.is_none(), "nobody used it");
}

#[tokio::test]
async fn another_process_knows_of_a_use_once_the_store_was_told() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Owner)).await.unwrap();
    let elsewhere = App::new((*shop.app.ports).clone(), (*shop.app.settings).clone());
    let begun = sign_in(&shop, "ada@example.com").await.unwrap();
    shop.pass(SignedDuration::from_mins(90));
    assert!(who(&shop, &begun).await.is_some());
    shop.app.access.tell_uses().await.unwrap();
    shop.pass(SignedDuration::from_mins(90));
    assert!(elsewhere.access.signed_in(&begun.token).await.unwrap().is_some());
}

#[tokio::test]
async fn whoever_is_disabled_or_gets_another_role_or_password_is_signed_out() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("owner@example.com", Role::Owner)).await.unwrap();
    let (ada, _) =
        shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Support)).await.unwrap();
    let id = &ada.value.user_id;
    let role = UserChange { role: Some(Role::Viewer), ..UserChange::default() };
    let password =
        UserChange { password: Patch::Set("another horse battery".to_owned()), ..UserChange::default() };
    let back = UserChange { password: Patch::Set(PASSWORD.to_owned()), ..UserChange::default() };
    let disabled = UserChange { disabled: Some(true), ..UserChange::default() };
    for (change, after) in [(role, None), (password, Some(back)), (disabled, None)] {
        let begun = sign_in(&shop, "ada@example.com").await.unwrap();
        assert!(who(&shop, &begun).await.is_some());
        shop.app.access.update_user(&shop.caller, id, &change).await.unwrap();
        assert!(who(&shop, &begun).await.is_none(), "{change:?}");
        if let Some(after) = after {
            shop.app.access.update_user(&shop.caller, id, &after).await.unwrap();
        }
    }
    assert_eq!(sign_in(&shop, "ada@example.com").await.unwrap_err().code, "sign_in_failed");
    let name = UserChange { name: Some("Ada".to_owned()), disabled: Some(false), ..UserChange::default() };
    shop.app.access.update_user(&shop.caller, id, &name).await.unwrap();
    assert!(sign_in(&shop, "ada@example.com").await.is_ok());
}

#[tokio::test]
async fn a_session_that_begins_while_its_person_is_shut_out_is_over() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("owner@example.com", Role::Owner)).await.unwrap();
    let (ada, _) =
        shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Support)).await.unwrap();
    let id = &ada.value.user_id;
    let role = UserChange { role: Some(Role::Viewer), ..UserChange::default() };
    // While the password is compared, the role changes: the session is begun after every other one was ended.
    let (begun, changed) =
        tokio::join!(sign_in(&shop, "ada@example.com"), shop.app.access.update_user(&shop.caller, id, &role));
    assert_eq!(changed.unwrap().value.role, Role::Viewer);
    assert!(who(&shop, &begun.unwrap()).await.is_none());
    let begun = sign_in(&shop, "ada@example.com").await.unwrap();
    assert_eq!(who(&shop, &begun).await.unwrap().user.role, Role::Viewer);
}

#[tokio::test]
async fn a_person_has_so_many_sessions_and_the_oldest_makes_place() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Owner)).await.unwrap();
    let mut begun = Vec::new();
    for _ in 0..=SESSIONS_MAX {
        shop.pass(SignedDuration::from_secs(1));
        begun.push(sign_in(&shop, "ada@example.com").await.unwrap());
    }
    assert!(who(&shop, &begun[0]).await.is_none());
    assert!(who(&shop, &begun[1]).await.is_some() && who(&shop, &begun[SESSIONS_MAX]).await.is_some());
}

#[tokio::test]
async fn guessing_is_throttled_for_accounts_that_are_and_that_are_not() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Owner)).await.unwrap();
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..FAILURES_PER_ACCOUNT_MAX {
            let wrong = shop.app.access.sign_in(email, "wrong", &Origin::default()).await.unwrap_err();
            assert_eq!(wrong.code, "sign_in_failed");
        }
        assert_eq!(sign_in(&shop, email).await.unwrap_err().code, "sign_in_throttled");
    }
    shop.pass(SignedDuration::from_mins(15));
    assert!(sign_in(&shop, "ada@example.com").await.is_ok());
}

#[tokio::test]
async fn of_two_who_use_one_link_one_comes_in() {
    let shop = open().await;
    let input = NewUser { password: None, ..new("ada@example.com", Role::Owner) };
    let (_, token) = shop.app.access.create_user(&shop.caller, &input).await.unwrap();
    let token = token.unwrap();
    let origin = Origin::default();
    let (one, two) =
        tokio::join!(shop.app.access.redeem(&token, &origin), shop.app.access.redeem(&token, &origin));
    assert!(one.is_ok() != two.is_ok());
    let begun = one.or(two).unwrap();
    // It is a session of a browser now, and the link is none.
    assert!(who(&shop, &begun).await.unwrap().by_link);
    assert!(shop.app.access.signed_in(&token).await.unwrap().is_none());
    let users = shop.app.access.users(&shop.caller).await.unwrap();
    let late = shop.app.access.sign_in_link(&shop.caller, &users[0].value.user_id).await.unwrap();
    shop.pass(LINK_TTL);
    assert_eq!(shop.app.access.redeem(&late, &origin).await.unwrap_err().code, "sign_in_failed");
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let shop = open().await;
    let who =
        SetUp { email: "ada@example.com".to_owned(), name: String::new(), password: PASSWORD.to_owned() };
    let origin = Origin::default();
    let links = [
        shop.app.access.setup_link(&shop.caller).await.unwrap(),
        shop.app.access.setup_link(&shop.caller).await.unwrap(),
    ];
    let eve = SetUp { email: "eve@example.com".to_owned(), ..who.clone() };
    let (one, two) = tokio::join!(
        shop.app.access.set_up(&links[0], &who, &origin),
        shop.app.access.set_up(&links[1], &eve, &origin)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let users = shop.app.access.users(&shop.caller).await.unwrap();
    assert_eq!((users.len(), users[0].value.role), (1, Role::Owner));
    let email = users[0].value.email.clone();
    assert_eq!(shop.app.access.ensure_admin(&email, "something else").await.unwrap(), FirstAdmin::Known);
    assert!(matches!(
        shop.app.access.ensure_admin("bob@example.com", PASSWORD).await,
        Ok(FirstAdmin::Made(_))
    ));
    let short = shop.app.access.ensure_admin("c@example.com", "short").await.unwrap_err();
    assert_eq!(short.errors[0].pointer, "/password");
}

#[tokio::test]
async fn of_two_owners_who_unmake_each_other_at_once_one_stays() {
    let shop = open().await;
    let mut owners = Vec::new();
    for email in ["ada@example.com", "eve@example.com"] {
        let (user, _) = shop.app.access.create_user(&shop.caller, &new(email, Role::Owner)).await.unwrap();
        let begun = sign_in(&shop, email).await.unwrap();
        owners.push((user.value.user_id, who(&shop, &begun).await.unwrap().caller("live")));
    }
    let demote = UserChange { role: Some(Role::Viewer), ..UserChange::default() };
    let (one, two) = tokio::join!(
        shop.app.access.update_user(&owners[0].1, &owners[1].0, &demote),
        shop.app.access.update_user(&owners[1].1, &owners[0].0, &demote)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let users = shop.app.access.users(&shop.caller).await.unwrap();
    assert_eq!(users.iter().filter(|user| user.value.role == Role::Owner).count(), 1);
}

#[tokio::test]
async fn an_administrator_makes_no_owner() {
    let shop = open().await;
    shop.app.access.create_user(&shop.caller, &new("owner@example.com", Role::Owner)).await.unwrap();
    shop.app.access.create_user(&shop.caller, &new("ada@example.com", Role::Admin)).await.unwrap();
    let begun = sign_in(&shop, "ada@example.com").await.unwrap();
    let admin = who(&shop, &begun).await.unwrap().caller("live");
    assert!(shop.app.access.create_user(&admin, &new("eve@example.com", Role::Admin)).await.is_ok());
    let refused =
        shop.app.access.create_user(&admin, &new("bob@example.com", Role::Owner)).await.unwrap_err();
    assert_eq!(refused.code, "owners_only");
    let viewer = Caller { scopes: Role::Viewer.scopes(), ..admin };
    let refused =
        shop.app.access.create_user(&viewer, &new("bob@example.com", Role::Viewer)).await.unwrap_err();
    assert_eq!(refused.code, "insufficient_scope");
}

#[tokio::test]
async fn support_gives_back_up_to_the_limit_of_the_shop_and_no_more() {
    let shop = open().await;
    shop.product("mug", 20_000, 5).await;
    let view = shop.place(paid_with("tok_ok", vec![item("mug", 1)])).await;
    shop.settle().await;
    let support =
        Caller { scopes: Role::Support.scopes(), actor: "user:usr_1".to_owned(), ..shop.caller.clone() };
    let refund = async |caller: &Caller, amount: i64| {
        let input = RefundInput {
            return_id: None,
            order: Named(name(&view)),
            payment_id: None,
            amount: Some(Amount { amount, currency: None }),
            items: Vec::new(),
            restock: false,
            reason: None,
            note: None,
        };
        shop.app.payments.refund(caller, input).await
    };
    assert!(refund(&support, 6_000).await.is_ok());
    shop.settle().await;
    // The limit is of the order, not of one refund: patience does not raise it.
    let problem = refund(&support, 4_001).await.unwrap_err();
    assert_eq!((problem.code, problem.facts["refund_max"].as_i64()), ("insufficient_scope", Some(10_000)));
    assert!(refund(&support, 4_000).await.is_ok());
    shop.settle().await;
    assert!(refund(&shop.caller, 10_000).await.is_ok());
    let noted = shop.app.orders.note(&support, &name(&view), "called back".to_owned()).await;
    assert!(noted.is_ok());
    let refused = shop.app.orders.complete(&support, &name(&view)).await;
    assert_eq!(refused.unwrap_err().code, "insufficient_scope");
}

#[tokio::test]
async fn everything_a_person_changes_is_in_the_audit_log() {
    let shop = open().await;
    shop.product("mug", 1_000, 5).await;
    let caller =
        Caller { actor: "user:usr_1".to_owned(), request_id: "req_1".to_owned(), ..shop.caller.clone() };
    let view = shop.app.orders.place(&caller, paid_with("tok_ok", vec![item("mug", 1)])).await.unwrap().value;
    let id = view.order.order_id.to_string();
    let entries = log(&shop, &id).await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0];
    assert_eq!((entry.actor.as_str(), entry.action.as_str()), ("user:usr_1", "order.order_placed"));
    assert_eq!((entry.request_id.as_deref(), entry.before.clone()), (Some("req_1"), None));
    // By the version, the log shows the order as it was made.
    assert!(entry.after.as_ref().unwrap()["version"].as_u64().unwrap() >= 1);
    // What follows by itself is the engine's, and an order of a key is in the log with its key.
    shop.settle().await;
    let key = Caller { actor: "key:key_1".to_owned(), ..shop.caller.clone() };
    let other = shop.app.orders.place(&key, paid_with("tok_ok", vec![item("mug", 1)])).await.unwrap().value;
    assert_eq!(log(&shop, &id).await.len(), 1);
    assert_eq!(log(&shop, other.order.order_id.as_str()).await, []);
    // Nor does a person change stock without a trace.
    let at = shop.level("mug").await.at;
    let input = AdjustInput {
        sku: Some("mug".to_owned()),
        variant_id: None,
        location: None,
        delta: Some(3),
        set_to: None,
        reason: Some(Reason::Correction),
        expected_on_hand: None,
        note: Some("found".to_owned()),
        safety_stock: None,
        reorder_point: Patch::Keep,
    };
    for who in [&caller, &key] {
        shop.app.inventory.adjust(who, &input).await.unwrap();
    }
    let told = log(&shop, &format!("{}/{}", at.variant_id, at.location_id)).await;
    assert_eq!((told.len(), told[0].action.as_str()), (1, "stock.correction"), "{told:?}");
    let [before, after] = [&told[0].before, &told[0].after].map(|shown| shown.clone().unwrap());
    assert_eq!(after["on_hand"].as_i64(), before["on_hand"].as_i64().map(|units| units + 3));
    assert_eq!(after["note"], "found");
    // What a key does to what runs the shop is told.
    shop.app.jobs.pause(&key, "payments").await.unwrap();
    let told = log(&shop, "payments").await;
    assert_eq!((told[0].actor.as_str(), told[0].action.as_str()), ("key:key_1", "queue.paused"));
}

#[tokio::test]
async fn no_secret_is_in_the_log_or_the_audit_log() {
    let shop = open().await;
    let input = NewUser { password: None, ..new("ada@example.com", Role::Owner) };
    let (user, link) = shop.app.access.create_user(&shop.caller, &input).await.unwrap();
    let begun = shop.app.access.redeem(&link.clone().unwrap(), &Origin::default()).await.unwrap();
    let signed = who(&shop, &begun).await.unwrap();
    shop.app.access.change_password(&signed.caller("live"), &signed, None, PASSWORD).await.unwrap();
    let entries = shop.app.access.audit_log(&shop.caller, &AuditQuery::default()).await.unwrap().rows;
    let told = format!("{entries:?}");
    let filter = EventFilter::default();
    let events = shop.app.ports.feed.after(sutler_domain::Position(0), &filter, 100);
    let events = format!("{:?}", events.await.unwrap());
    for secret in [PASSWORD, link.as_deref().unwrap(), begun.token.as_str(), "$argon2id$"] {
        assert!(!told.contains(secret) && !events.contains(secret), "{secret}");
    }
    assert!(!events.contains("ada@example.com"), "persons are outside the log");
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert!(actions.contains(&"user.password_changed") && actions.contains(&"session.begun"), "{actions:?}");
    assert!(told.contains(user.value.user_id.as_str()));
}
