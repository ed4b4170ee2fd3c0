//! The three gateways are what a gateway means.

use std::sync::Arc;

use sutler_adapters::fake::FakeGateway;
use sutler_adapters::manual::ManualGateway;
use sutler_adapters::stripe::{Options, StripeGateway};
use sutler_app::ports::Clock;
use sutler_testkit::clock::TestClock;
use sutler_testkit::contract::gateway::{self, GatewayRig};
use sutler_testkit::servers::stripe::{SECRET_KEY, Stripe, WEBHOOK_SECRET};

#[tokio::test]
async fn the_fake_gateway_is_one() {
    gateway::run(async || {
        let clock = Arc::new(TestClock::default());
        let fake = Arc::new(FakeGateway::new(clock.clone(), "http://shop.test"));
        GatewayRig::new(fake, "tok_ok", Some("tok_declined"), clock.now())
    })
    .await;
}

#[tokio::test]
async fn the_offline_method_is_one() {
    gateway::run(async || {
        GatewayRig::new(Arc::new(ManualGateway), "invoice", None, TestClock::default().now())
    })
    .await;
}

#[tokio::test]
async fn stripe_is_one() {
    gateway::run(async || {
        let clock = Arc::new(TestClock::default());
        let server = Stripe::start(clock.clone()).await.unwrap();
        let options = Options {
            url: server.url(),
            webhook_secrets: vec![WEBHOOK_SECRET.to_owned()],
            ..Options::new(SECRET_KEY)
        };
        let stripe = Arc::new(StripeGateway::new(clock.clone(), &options).unwrap());
        // The server lives as long as the test.
        std::mem::forget(server);
        GatewayRig::new(stripe, "pm_card_visa", Some("pm_card_chargeDeclined"), clock.now())
    })
    .await;
}
