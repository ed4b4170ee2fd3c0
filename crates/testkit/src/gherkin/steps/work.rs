//! Time that passes, and those who work meanwhile.

use cucumber::{given, then, when};

use jiff::SignedDuration;

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

async fn pass(scene: &mut Scene, time: SignedDuration) {
    scene.ask().clock.advance(time);
    scene.shop().work().await;
}

#[given(expr = "{int} minute(s) pass(es)")]
#[when(expr = "{int} minute(s) pass(es)")]
#[then(expr = "{int} minute(s) pass(es)")]
async fn minutes_pass(scene: &mut Scene, minutes: i64) {
    pass(scene, SignedDuration::from_mins(minutes)).await;
}

#[when(expr = "{int} second(s) pass(es)")]
async fn seconds_pass(scene: &mut Scene, seconds: i64) {
    pass(scene, SignedDuration::from_secs(seconds)).await;
}

#[when(expr = "{int} minutes pass while the workers are away")]
async fn minutes_alone(scene: &mut Scene, minutes: i64) {
    scene.ask().clock.advance(SignedDuration::from_mins(minutes));
    scene.shop().sweep().await;
}

#[when(expr = "the gateway takes {int} seconds")]
async fn gateway_takes(scene: &mut Scene, seconds: i64) {
    scene.ask().work_through(SignedDuration::from_secs(seconds)).await;
}
