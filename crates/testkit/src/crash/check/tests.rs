//! Is the check any good? A world in which everything holds, and one wrong world for each invariant.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::json;

use super::books::{self, Call};
use super::store::{Move, OrderLog, Store};
use super::{Invariant, State, Violation, all};
use crate::crash::ledger::{Answer, Fate, History, Request};
use crate::crash::load;
use crate::crash::shop::{Product, Shop};

/// One paid order of two units, acknowledged, and one request whose answer never came.
struct World {
    history: History,
    store: Store,
    shop: Shop,
    books: Vec<Call>,
}

fn request(key: &str, path: &str) -> Request {
    Request { key: key.to_owned(), path: path.to_owned(), body: "{}".to_owned() }
}

fn answer(body: &serde_json::Value) -> Answer {
    Answer { status: 201, head: Vec::new(), body: body.to_string() }
}

impl World {
    fn new() -> Self {
        let told = json!({
            "order_id": "ord_1", "number": "1001", "version": 3,
            "items": [{"product_id": "L1", "quantity": {"ordered": 2},
                       "unit_price": {"amount": 500}, "total": {"amount": 1000}}],
            "totals": {"total": {"amount": 1000}}
        });
        let requests = [
            (request("a", "/orders"), Fate::Acknowledged(answer(&told))),
            (request("b", "/orders"), Fate::Unanswered),
            (request("c", "/orders"), Fate::Refused(409)),
        ];
        let log = OrderLog {
            request: Some("a".to_owned()),
            number: Some(1001),
            lines: vec![("L1".to_owned(), 2, 500, 1000)],
            total: 1000,
            version: 5,
            status: "confirmed".to_owned(),
            kept: [("var_1".to_owned(), 2)].into(),
            captured: [("pay_1".to_owned(), (1, 1000))].into(),
            parts: vec!["pay_1".to_owned()],
            ..OrderLog::default()
        };
        let moved = |by, after| Move { variant: "var_1".to_owned(), by, after, safety_stock: 0 };
        let store = Store {
            views: [("ord_1".to_owned(), (5, Some(1001), "confirmed".to_owned(), 1000))].into(),
            orders: [("ord_1".to_owned(), log)].into(),
            journal: vec![moved((3, 0), (3, 0)), moved((0, 2), (3, 2))],
            stock: [("var_1".to_owned(), (3, 2))].into(),
            jobs: [("done".to_owned(), 3)].into(),
            position: 8,
            violations: Vec::new(),
        };
        let product =
            Product { product_id: "L1".to_owned(), variant_id: "var_1".to_owned(), price: 500, stock: 3 };
        Self {
            history: History {
                requests: requests
                    .into_iter()
                    .map(|(asked, fate)| (asked.key.clone(), (asked, fate)))
                    .collect(),
            },
            store,
            shop: Shop { products: vec![product] },
            books: vec![charge("pay_1:charge:1", 1000)],
        }
    }

    fn order(&mut self) -> &mut OrderLog {
        self.store.orders.get_mut("ord_1").unwrap()
    }

    fn found(&self, state: State) -> Vec<Violation> {
        all(&self.history, &self.store, &self.shop, Some(&self.books), state)
    }
}

fn charge(key: &str, amount: i64) -> Call {
    let (payment_id, operation) = ("pay_1".to_owned(), "charge".to_owned());
    Call { key: key.to_owned(), payment_id, operation, amount, succeeded: true }
}

#[test]
fn a_world_in_which_everything_holds_is_not_accused() {
    let world = World::new();
    assert_eq!(world.found(State::Crashed), []);
    assert_eq!(world.found(State::Quiet), []);
}

/// A way to go wrong, its name, and the invariant that must be named.
type Wrong = (&'static str, Invariant, fn(&mut World));

const WRONG: &[Wrong] = &[
    ("an acknowledged order is lost", Invariant::Acknowledged, |w| {
        w.store.orders.clear();
        w.store.views.clear();
    }),
    ("an acknowledged order has another total", Invariant::Acknowledged, |w| w.order().total = 999),
    ("an acknowledged order has other items", Invariant::Acknowledged, |w| w.order().lines[0].1 = 1),
    ("an acknowledged order has another number", Invariant::Acknowledged, |w| {
        w.order().number = Some(1002);
        w.store.views.get_mut("ord_1").unwrap().1 = Some(1002);
    }),
    ("a change that was answered is not there", Invariant::Acknowledged, |w| {
        w.order().version = 2;
        w.store.views.get_mut("ord_1").unwrap().0 = 2;
    }),
    ("a refund that was answered is not there", Invariant::Acknowledged, |w| {
        let told = answer(&json!({"order_id": "ord_1", "version": 5, "refund_id": "ref_1"}));
        w.history.requests.insert("r".to_owned(), (request("r", "/refunds"), Fate::Acknowledged(told)));
    }),
    ("a cancellation that was answered is not there", Invariant::Acknowledged, |w| {
        let told = answer(&json!({"order_id": "ord_1", "version": 5}));
        let asked = request("x", "/orders/ord_1/cancel");
        w.history.requests.insert("x".to_owned(), (asked, Fate::Acknowledged(told)));
    }),
    ("one request made two orders", Invariant::Acknowledged, |w| second_order(w, Some("a"))),
    ("an order came of nothing", Invariant::Invented, |w| second_order(w, None)),
    ("an order came of a request that was refused", Invariant::Invented, |w| second_order(w, Some("c"))),
    ("a view is behind its events", Invariant::Versions, |w| w.store.views.get_mut("ord_1").unwrap().0 = 4),
    ("a view has another status", Invariant::Versions, |w| {
        w.store.views.get_mut("ord_1").unwrap().2 = "created".to_owned();
    }),
    ("a view is missing", Invariant::Versions, |w| w.store.views.clear()),
    ("a number was passed over", Invariant::Positions, |w| {
        second_order(w, Some("b"));
        w.store.orders.get_mut("ord_2").unwrap().number = Some(1003);
        w.store.views.get_mut("ord_2").unwrap().1 = Some(1003);
    }),
    ("stock was promised twice", Invariant::Stock, |w| {
        w.store.journal[1].by.1 = 4;
        w.store.journal[1].after.1 = 4;
        w.store.stock.get_mut("var_1").unwrap().1 = 4;
    }),
    ("stock was negative for a moment", Invariant::Stock, |w| {
        let moved = |by, after| Move { variant: "var_1".to_owned(), by, after, safety_stock: 0 };
        w.store.journal.splice(1..1, [moved((-4, 0), (-1, 0)), moved((4, 0), (3, 0))]);
    }),
    ("a move is missing in the journal", Invariant::Stock, |w| drop(w.store.journal.pop())),
    ("units left the shelf for nobody", Invariant::Balance, |w| {
        w.store.journal.push(Move {
            variant: "var_1".to_owned(),
            by: (-1, 0),
            after: (2, 2),
            safety_stock: 0,
        });
        w.store.stock.insert("var_1".to_owned(), (2, 2));
    }),
    ("an order has units that nobody keeps for it", Invariant::Balance, |w| {
        w.order().kept.insert("var_1".to_owned(), 3);
    }),
    ("the gateway took the money twice", Invariant::Captures, |w| {
        w.books.push(charge("pay_1:charge:2", 1000));
    }),
    ("the gateway knows of no capture", Invariant::Books, |w| w.books.clear()),
    ("the gateway took another amount", Invariant::Books, |w| w.books[0].amount = 900),
    ("we do not know of a capture", Invariant::Books, |w| w.order().captured.clear()),
    ("money of a canceled order was kept", Invariant::Books, |w| {
        w.order().status = "canceled".to_owned();
        w.store.views.get_mut("ord_1").unwrap().2 = "canceled".to_owned();
    }),
    ("a job is dead", Invariant::Jobs, |w| w.store.jobs = [("dead".to_owned(), 1)].into()),
    ("a job waits", Invariant::Jobs, |w| w.store.jobs = [("ready".to_owned(), 1)].into()),
];

fn second_order(world: &mut World, request: Option<&str>) {
    let second = OrderLog {
        request: request.map(str::to_owned),
        number: Some(1002),
        kept: BTreeMap::new(),
        captured: BTreeMap::new(),
        ..world.order().clone()
    };
    world.store.views.insert("ord_2".to_owned(), (5, Some(1002), "confirmed".to_owned(), 1000));
    world.store.orders.insert("ord_2".to_owned(), second);
}

#[test]
fn every_wrong_world_is_rejected_by_name() {
    for (name, invariant, spoil) in WRONG {
        let mut world = World::new();
        spoil(&mut world);
        let found = world.found(State::Quiet);
        assert!(found.iter().any(|violation| violation.invariant == *invariant), "{name}: {found:?}");
    }
}

#[test]
fn after_a_crash_the_gateway_may_be_ahead_and_we_may_not() {
    let mut world = World::new();
    world.order().captured.clear();
    assert_eq!(world.found(State::Crashed), []);
    let mut world = World::new();
    world.books.clear();
    assert_eq!(world.found(State::Crashed)[0].invariant, Invariant::Books);
}

#[test]
fn a_replay_that_differs_in_one_byte_is_told() {
    let (asked, told) = (request("a", "/orders"), answer(&json!({"version": 3})));
    assert_eq!(load::differs(&asked, &told, &told.clone()), None);
    for again in [
        Answer { body: told.body.replace('3', "4"), ..told.clone() },
        Answer { status: 200, ..told.clone() },
        Answer { head: vec![("etag".to_owned(), "\"3\"".to_owned())], ..told.clone() },
    ] {
        assert_eq!(
            load::differs(&asked, &told, &again).map(|found| found.invariant),
            Some(Invariant::Replays)
        );
    }
}

/// A file with the columns that are read; `events` are position, stream and version.
fn file(events: &[(i64, &str, u64)], head: i64) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sutler.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE events (position INTEGER, stream TEXT, version INTEGER, name TEXT, body TEXT, number INTEGER);
             CREATE TABLE orders (order_id TEXT, version INTEGER, number INTEGER, status TEXT, total INTEGER);
             CREATE TABLE journal (row INTEGER, variant_id TEXT, on_hand INTEGER, reserved INTEGER,
                                   after_on_hand INTEGER, after_reserved INTEGER, after_safety_stock INTEGER);
             CREATE TABLE stock (variant_id TEXT, on_hand INTEGER, reserved INTEGER);
             CREATE TABLE jobs (state TEXT, kind TEXT);
             CREATE TABLE head (position INTEGER);",
        )
        .unwrap();
    let sql = "INSERT INTO events VALUES (?1, ?2, ?3, 'OrderHeld', '{\"OrderHeld\":{}}', NULL)";
    for event in events {
        connection.execute(sql, *event).unwrap();
    }
    connection.execute("INSERT INTO head VALUES (?1)", [head]).unwrap();
    drop(connection);
    Store::read(&path).unwrap()
}

#[test]
fn a_log_with_a_gap_is_told() {
    let invariants = |store: Store| store.violations.iter().map(|found| found.invariant).collect::<Vec<_>>();
    assert_eq!(invariants(file(&[(1, "order:a", 1), (2, "order:b", 1), (3, "order:a", 2)], 3)), []);
    assert_eq!(invariants(file(&[(1, "order:a", 1), (3, "order:a", 2)], 3)), [Invariant::Positions]);
    assert_eq!(invariants(file(&[(1, "order:a", 1), (2, "order:a", 3)], 2)), [Invariant::Versions]);
    assert_eq!(invariants(file(&[(1, "order:a", 1), (2, "order:a", 1)], 2)), [Invariant::Versions]);
    assert_eq!(invariants(file(&[(1, "order:a", 1)], 2)), [Invariant::Positions]);
}

#[test]
fn books_may_be_torn_at_their_end_only() {
    let line = r#"{"payment_id":"pay_1","key":"pay_1:charge:1","operation":"charge","amount":{"amount":1000,"currency":"EUR"},"outcome":{"succeeded":{"transaction_id":"t"}},"rests_at":"2026-11-22T13:06:56Z"}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("books");
    std::fs::write(&path, format!("{line}\n{{\"payment_id\":\"pa")).unwrap();
    assert_eq!(books::read(&path).unwrap(), [charge("pay_1:charge:1", 1000)]);
    std::fs::write(&path, format!("{{\"payment_id\":\"pa\n{line}\n")).unwrap();
    books::read(&path).unwrap_err();
}
