//! The real server is killed at each step of charge, authorization, capture, void and refund: before a call to Stripe takes
//! effect, after it did, and when its answer is on the way. Stripe is the hostile one of the test kit. Whatever the moment,
//! money moves once, and both books agree.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sutler_adapters::system::SystemClock;
use sutler_testkit::servers::stripe::{Intent, Moment, SECRET_KEY, Stripe};

use crate::server::{API_KEY, Server, command, folder, run};

/// Nothing takes longer than this, unless something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is being done when the server dies.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Charge,
    Authorize,
    Capture,
    Void,
    Refund,
}

impl Deed {
    const ALL: [Self; 5] = [Self::Charge, Self::Authorize, Self::Capture, Self::Void, Self::Refund];

    /// How the order's payment ends: its status, what was taken and what went back, in minor units.
    const fn end(self) -> (&'static str, i64, i64) {
        match self {
            Self::Charge => ("paid", 1000, 0),
            Self::Authorize => ("authorized", 0, 0),
            Self::Capture => ("partially_paid", 400, 0),
            Self::Void => ("voided", 0, 0),
            Self::Refund => ("refunded", 1000, 1000),
        }
    }
}

/// A shop on Stripe, whose server is started again after each death.
struct Shop {
    server: Server,
    stripe: Stripe,
    folder: tempfile::TempDir,
    kills: u32,
}

impl Shop {
    async fn open() -> Self {
        let stripe = Stripe::start(Arc::new(SystemClock)).await.unwrap();
        let folder = folder();
        let server = serve(folder.path(), &stripe);
        let mug = json!({"title": "Mug", "price": 1000, "stock": 100_000});
        server.ask("PUT", "/products/mug", Some(mug)).await.unwrap();
        Self { server, stripe, folder, kills: 0 }
    }

    /// What the request of a deed is; what must be there before it is done without harm.
    async fn about_to(&self, deed: Deed) -> (String, Value) {
        let order = |capture: &str| {
            let payment = json!({"gateway": "stripe", "token": "pm_card_visa", "capture": capture});
            json!({"items": [{"product_id": "mug", "quantity": 1}], "payment": payment})
        };
        match deed {
            Deed::Charge => return ("/orders".to_owned(), order("automatic")),
            Deed::Authorize => return ("/orders".to_owned(), order("manual")),
            Deed::Capture | Deed::Void | Deed::Refund => {}
        }
        let capture = if matches!(deed, Deed::Refund) { "automatic" } else { "manual" };
        let placed = self.server.ask("POST", "/orders", Some(order(capture))).await.unwrap();
        let payment = placed["payment"]["payment_id"].as_str().unwrap();
        match deed {
            Deed::Capture => (format!("/payments/{payment}/capture"), json!({"amount": 400})),
            Deed::Void => (format!("/payments/{payment}/void"), json!({})),
            _ => ("/refunds".to_owned(), json!({"order_id": placed["order_id"]})),
        }
    }

    /// Do it, and kill the server where the call stands still. Gives whether a call stood still at all.
    async fn dies(&mut self, deed: Deed, calls_before: usize, moment: Moment) -> bool {
        let (path, body) = self.about_to(deed).await;
        self.stripe.stop_at(calls_before, moment);
        let stood = tokio::select! {
            biased;
            () = self.stripe.stands_still() => true,
            answer = self.server.ask("POST", &path, Some(body)) => {
                // The answer of the last call may have been faster than the news that it was sent.
                assert!(answer.is_ok(), "{deed:?}: {answer:?}");
                tokio::time::timeout(Duration::from_millis(50), self.stripe.stands_still()).await.is_ok()
            }
        };
        if stood {
            self.server.kill();
            self.stripe.go_on();
            let next = serve(self.folder.path(), &self.stripe);
            self.server = next;
            self.kills += 1;
        }
        self.stripe.go_on();
        stood
    }

    /// Wait until the newest order ends as it should; gives its intent.
    async fn ends_as(&self, deed: Deed) -> Intent {
        let (status, taken, back) = deed.end();
        let mut order = Value::Null;
        let ends = tokio::time::timeout(PATIENCE, async {
            loop {
                order = self.server.ask("GET", "/orders?limit=1", None).await.unwrap()["data"][0].clone();
                if order["payment_status"] == status {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        assert!(ends.await.is_ok(), "{deed:?} never ends as {status}: {order}");
        let path = format!("/orders/{}/payments", order["order_id"].as_str().unwrap());
        let payment = self.server.ask("GET", &path, None).await.unwrap()["data"][0].clone();
        let intent = self.stripe.intent_of(payment["payment_id"].as_str().unwrap()).unwrap();
        let ours =
            ["amount_captured", "amount_refunded"].map(|name| payment[name]["amount"].as_i64().unwrap());
        assert_eq!(ours, [taken, back], "{deed:?}: {payment}");
        assert_eq!((intent.received, intent.refunded), (taken, back), "{deed:?}");
        assert_eq!(intent.captures, u32::from(taken > 0), "{deed:?}");
        intent
    }
}

fn serve(folder: &std::path::Path, stripe: &Stripe) -> Server {
    let url = stripe.url();
    let vars = [
        ("SUTLER_PAYMENTS__DEFAULT", "stripe"),
        ("STRIPE_SECRET_KEY", SECRET_KEY),
        ("SUTLER_PAYMENTS__STRIPE__URL", url.as_str()),
        ("SUTLER_HTTP__DRAIN_DELAY", "0s"),
    ];
    Server::serve(folder, &vars)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_at_any_step_of_any_call_to_stripe_moves_money_once() {
    let mut shop = Shop::open().await;
    let mut orders = 0;
    for deed in Deed::ALL {
        for calls_before in 0.. {
            let mut deaths = 0;
            for moment in Moment::ALL {
                deaths += u32::from(shop.dies(deed, calls_before, moment).await);
                shop.ends_as(deed).await;
                orders += 1;
            }
            if deaths == 0 {
                assert!(calls_before > 0, "{deed:?} calls Stripe");
                break;
            }
            assert_eq!(deaths, 3, "{deed:?} dies at every moment of its call {}", calls_before + 1);
        }
    }
    assert!(shop.kills >= 15, "{} kills", shop.kills);
    let (intents, complaints) = shop.stripe.books(|books| (books.intents.len(), books.complaints.clone()));
    assert_eq!((intents, complaints), (orders, Vec::new()), "one intent for each order");
    let mut reconcile = command(shop.folder.path(), &["payments", "reconcile", "--server", &shop.server.url]);
    reconcile.env("SUTLER_API_KEY", API_KEY);
    let said = run(reconcile, None);
    assert_eq!(said.code, 0, "{said:?}");
}
