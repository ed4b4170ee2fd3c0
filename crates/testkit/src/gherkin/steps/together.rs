//! Refusals, repeats, and several requests at once.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{then, when};

use crate::gherkin::door::OrderWish;
use crate::gherkin::words::{Basket, Terms};
use crate::gherkin::world::Scene;

#[then(expr = "it is refused with {string}")]
async fn refused(scene: &mut Scene, code: String) {
    let refusal = scene.refusal();
    assert_eq!(refusal.code, code, "{}", refusal.detail);
}

#[then(expr = "it is refused with {string} at {string}")]
async fn refused_at(scene: &mut Scene, code: String, pointer: String) {
    let refusal = scene.refusal();
    assert_eq!(refusal.code, code, "{}", refusal.detail);
    let pointers: Vec<&str> = refusal.errors.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, [pointer]);
}

#[then("the refusal names the order")]
async fn names_order(scene: &mut Scene) {
    assert_eq!(scene.last_refusal.order_id.as_deref(), Some(scene.order_id()));
}

#[then("the short items are:")]
async fn short(scene: &mut Scene, step: &Step) {
    let rows = step.table.as_ref().unwrap().rows.iter().skip(1).cloned();
    let shown = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let errors = scene.last_refusal.errors.iter();
    let found = errors.map(|f| vec![f.pointer.clone(), shown(f.available), shown(f.requested)]);
    assert_eq!(found.collect::<Vec<_>>(), rows.collect::<Vec<_>>());
}

#[then("both answers are the same, byte for byte")]
#[then("the first and the last answer are the same, byte for byte")]
async fn same(scene: &mut Scene) {
    scene.ask();
    let [first, .., last] = scene.answers.as_slice() else { panic!("there were not two answers") };
    assert_eq!(first.text, last.text);
    assert_eq!((first.replayed, last.replayed), (false, true), "the repeat says that it is one");
}

#[when(expr = "{int} customers order {basket}{terms}, at the same moment")]
async fn at_once(scene: &mut Scene, customers: usize, basket: Basket, terms: Terms) {
    scene.ask();
    let mut wish =
        OrderWish { customer_id: scene.customer_id.clone(), items: basket.0, ..OrderWish::default() };
    terms.write(&mut wish, None);
    let asking = (0..customers).map(|_| {
        let (door, wish) = (Arc::clone(scene.door()), wish.clone());
        tokio::spawn(async move { door.place(&wish).await })
    });
    let asking: Vec<_> = asking.collect();
    let answers = futures::future::join_all(asking).await;
    scene.at_once = answers.into_iter().map(Result::unwrap).collect();
}

#[then(expr = "{int} of them is/are answered")]
async fn answered(scene: &mut Scene, count: usize) {
    let texts: Vec<&String> = scene.at_once.iter().flatten().map(|heard| &heard.text).collect();
    assert_eq!(texts.len(), count, "{:?}", scene.at_once);
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[then(expr = "{int} of them is/are answered, and the others are refused with {string}")]
async fn one_stands(scene: &mut Scene, count: usize, code: String) {
    let (answered, refused): (Vec<_>, Vec<_>) = scene.at_once.iter().partition(|answer| answer.is_ok());
    assert_eq!(answered.len(), count, "{refused:?}");
    for refusal in refused {
        assert_eq!(refusal.as_ref().unwrap_err().code, code);
    }
}
