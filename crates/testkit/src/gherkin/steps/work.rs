//! Time that passes, and those who work meanwhile.

use std::time::Duration;

use cucumber::{given, then, when};

use crate::gherkin::world::Scene;

#[given("the background work is done")]
#[when("the background work is done")]
#[then("the background work is done")]
async fn done(scene: &mut Scene) {
    scene.ask().work().await;
}

#[when("the workers take one round")]
async fn one_round(scene: &mut Scene) {
    scene.ask().work_once().await;
}

async fn pass(scene: &mut Scene, seconds: u64) {
    scene.ask().clock.advance(Duration::from_secs(seconds));
    scene.shop().work().await;
}

#[given(expr = "{int} minute(s) pass(es)")]
#[when(expr = "{int} minute(s) pass(es)")]
#[then(expr = "{int} minute(s) pass(es)")]
async fn minutes_pass(scene: &mut Scene, minutes: u64) {
    pass(scene, minutes * 60).await;
}

#[when(expr = "{int} second(s) pass(es)")]
async fn seconds_pass(scene: &mut Scene, seconds: u64) {
    pass(scene, seconds).await;
}

#[when(expr = "{int} minutes pass while the workers are away")]
async fn minutes_alone(scene: &mut Scene, minutes: u64) {
    scene.ask().clock.advance(Duration::from_secs(minutes * 60));
    scene.shop().sweep().await;
}

#[when(expr = "the gateway takes {int} seconds")]
async fn gateway_takes(scene: &mut Scene, seconds: u64) {
    scene.ask().work_through(Duration::from_secs(seconds)).await;
}
