//! What nobody here wrote: the official SDK judges the hostile Stripe and the signatures of webhooks, and the happy paths run
//! against `localstripe`, which ignores idempotency keys, so that a call made twice would be seen there.
//!
//! Both come from the Python package index, into an environment below the target folder. Where python3 or the index is out of
//! reach, these tests say so loudly and are skipped.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use sutler_adapters::stripe::{Options, StripeGateway};
use sutler_adapters::system::SystemClock;
use sutler_app::ports::{Clock, GatewayCall, PaymentGateway};
use sutler_domain::payments::{Operation, Outcome, gateway_key};
use sutler_testkit::builders as some;
use sutler_testkit::servers::stripe::{SECRET_KEY, Stripe, WEBHOOK_SECRET};

/// What is installed.
const PACKAGES: [&str; 2] = ["stripe==16.1.0", "localstripe==1.15.10"];

/// How localstripe is started on this machine's own address alone: by itself it listens on all.
const LOCALSTRIPE: &str = "import sys\nfrom aiohttp import web\nfrom localstripe import server\n\
                           web.run_app(server.app, host='127.0.0.1', port=int(sys.argv[1]))";

/// A Python that has the packages; `None`, said loudly, where there can be none.
fn python() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripe-python");
    std::fs::create_dir_all(&home).unwrap();
    // Two tests may want it at once.
    let lock = File::create(home.join("lock")).unwrap();
    lock.lock().unwrap();
    let python = home.join("venv/bin/python");
    let works = || succeeds(Command::new(&python).args(["-c", "import stripe, localstripe"]));
    let install = || {
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(home.join("venv")))
            && succeeds(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))
    };
    if works() || install() && works() {
        return Some(python);
    }
    eprintln!(
        "SKIPPED: python3 with venv, or the Python package index, is out of reach: {PACKAGES:?} cannot be had."
    );
    None
}

fn succeeds(command: &mut Command) -> bool {
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

fn call(n: u64, operation: Operation, amount: i64, token: Option<&str>, name: Option<&str>) -> GatewayCall {
    let payment_id = some::id(n);
    GatewayCall {
        key: gateway_key(&payment_id, operation, 1),
        operation,
        payment_id,
        order_id: some::id(n),
        amount: sutler_domain::Money { amount, currency: some::euro() },
        token: token.map(str::to_owned),
        transaction_id: name.map(str::to_owned),
        started_at: SystemClock.now(),
    }
}

fn named(outcome: Outcome) -> String {
    match outcome {
        Outcome::Succeeded { transaction_id } => transaction_id,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_sdk_finds_the_hostile_stripe_to_be_stripe_and_signs_as_we_check() {
    let Some(python) = python() else { return };
    let clock = Arc::new(SystemClock);
    let options =
        |url| Options { url, webhook_secrets: vec![WEBHOOK_SECRET.to_owned()], ..Options::new(SECRET_KEY) };
    // An event of one server, and another server for the judge, with books of its own.
    let told = Stripe::start(clock.clone()).await.unwrap();
    let gateway = StripeGateway::new(clock.clone(), &options(told.url())).unwrap();
    named(gateway.call(&call(1, Operation::Charge, 1000, Some("pm_card_visa"), None)).await);
    let event = told.events_from(0).pop().unwrap();
    let webhook = told.webhook(&event);
    let body = String::from_utf8(webhook.body).unwrap();
    let server = Stripe::start(clock.clone()).await.unwrap();
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stripe/judge.py");
    let mut command = Command::new(python);
    command.arg(judge).arg(server.url()).args([SECRET_KEY, WEBHOOK_SECRET, &webhook.signature, &body]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let signature = String::from_utf8(output.stdout).unwrap();
    let notice = gateway.notice(Some(signature.trim()), body.as_bytes()).unwrap();
    assert_eq!(notice.notice_id, event["id"].as_str().unwrap());
    assert_eq!(notice.payment_id, Some(some::id(1)));
}

/// `localstripe`, which ends with the test.
struct Localstripe {
    process: Child,
    url: String,
}

impl Drop for Localstripe {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Localstripe {
    async fn start(python: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        command.args(["-c", LOCALSTRIPE]).arg(port.to_string());
        let process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { process, url: format!("http://127.0.0.1:{port}") };
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    async fn ask(&self, path: &str, form: &str) -> Value {
        let http = reqwest::Client::new();
        let url = format!("{}{path}", self.url);
        let request = if form.is_empty() { http.get(url) } else { http.post(url).body(form.to_owned()) };
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.bearer_auth("sk_test_12345").send().await.unwrap().json().await.unwrap()
    }

    /// A card of this number.
    async fn card(&self, number: &str) -> String {
        let form =
            format!("type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2040&card[cvc]=123");
        let made = self.ask("/v1/payment_methods", &form).await;
        made["id"].as_str().unwrap_or_else(|| unreachable!("{made}")).to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_happy_paths_run_against_localstripe_and_nothing_is_called_twice() {
    let Some(python) = python() else { return };
    let server = Localstripe::start(&python).await;
    let options = Options { url: server.url.clone(), ..Options::new("sk_test_12345") };
    let gateway = StripeGateway::new(Arc::new(SystemClock), &options).unwrap();
    let good = server.card("4242424242424242").await;

    let charged = named(gateway.call(&call(1, Operation::Charge, 1000, Some(&good), None)).await);
    let asked = gateway.lookup(&call(1, Operation::Charge, 1000, Some(&good), Some(&charged))).await;
    assert_eq!(named(asked), charged);
    let back = call(1, Operation::Refund, 400, Some(&good), Some(&charged));
    assert_eq!(named(gateway.call(&back).await), named(gateway.lookup(&back).await));

    let secured = named(gateway.call(&call(2, Operation::Authorize, 1000, Some(&good), None)).await);
    let capture = call(2, Operation::Capture, 1000, Some(&good), Some(&secured));
    assert_eq!(gateway.lookup(&capture).await, Outcome::NotFound);
    assert_eq!(named(gateway.call(&capture).await), secured);
    assert_eq!(named(gateway.call(&capture).await), secured, "it is seen to be captured already");

    let given_up = named(gateway.call(&call(3, Operation::Authorize, 1000, Some(&good), None)).await);
    named(gateway.call(&call(3, Operation::Void, 1000, Some(&good), Some(&given_up))).await);

    let asks = server.card("4000002500003155").await;
    let waiting = gateway.call(&call(4, Operation::Charge, 1000, Some(&asks), None)).await;
    assert!(matches!(&waiting, Outcome::RequiresAction(next) if next.client_secret.is_some()), "{waiting:?}");
    let bad = server.card("4000000000000341").await;
    let declined = gateway.call(&call(5, Operation::Charge, 1000, Some(&bad), None)).await;
    assert!(
        matches!(&declined, Outcome::Declined(failure) if failure.code == "card_declined"),
        "{declined:?}"
    );

    let intents = server.ask("/v1/payment_intents?limit=100", "").await;
    assert_eq!(intents["data"].as_array().unwrap().len(), 5, "one each: {intents}");
    let refunds = server.ask(&format!("/v1/refunds?payment_intent={charged}"), "").await;
    assert_eq!(refunds["data"].as_array().unwrap().len(), 1, "{refunds}");
}
