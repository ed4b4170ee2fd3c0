//! Returns over HTTP.

use serde_json::{Value, json};

use crate::door::{Door, paid};

async fn shipped(door: &Door, units: u32) -> (String, String) {
    let placed = door.post("/orders", &paid("P1", units.into(), "tok_ok")).await.must(201);
    door.settle().await;
    let id = placed["order_id"].as_str().unwrap().to_owned();
    door.post(&format!("/orders/{id}/fulfillments"), &json!({"ship": true})).await.must(201);
    (id, placed["items"][0]["item_id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_return_is_a_part_of_its_order_and_is_refunded_by_its_id() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let (order, item) = shipped(&door, 3).await;
    let wish = json!({"items": [{"item_id": item, "quantity": 2, "reason": "too small"}]});
    let made = door.post(&format!("/orders/{order}/returns"), &wish).await;
    let asked = made.must(201);
    let id = asked["return_id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/returns/{id}"));
    assert_eq!((&asked["status"], &asked["order_id"]), (&json!("requested"), &json!(order)));
    assert_eq!(asked["items"][0]["reason"], "too small");
    let label = json!({"label": {"carrier": "DHL", "number": "JD02"}});
    let approved = door.post(&format!("/returns/{id}/approve"), &label).await.must(200);
    assert_eq!((&approved["status"], &approved["label"]["number"]), (&json!("approved"), &json!("JD02")));
    let came = json!({"items": [
        {"item_id": item, "quantity": 1},
        {"item_id": item, "quantity": 1, "condition": "damaged"},
    ]});
    let received = door.post(&format!("/returns/{id}/receive"), &came).await.must(200);
    assert_eq!(
        (&received["items"][0]["received"], &received["items"][0]["restocked"]),
        (&json!(2), &json!(1))
    );
    let refund = json!({"order_id": order, "return_id": id});
    let refunded = door.post("/refunds", &refund).await.must(201);
    assert_eq!((&refunded["amount"]["amount"], &refunded["return_id"]), (&json!(2000), &json!(id)));
    let shown = door.get(&format!("/returns/{id}")).await;
    assert_eq!(shown.must(200)["refunds"], json!([refunded["refund_id"]]));
    assert!(shown.header("etag").starts_with('"'));
    let whole = door.get(&format!("/orders/{order}?expand=returns")).await.must(200);
    assert_eq!(whole["returns"][0], shown.json());
    assert_eq!(whole["fulfillment_status"], "partially_returned");
    let twice = json!({"order_id": order, "return_id": id, "items": [{"item_id": item, "quantity": 1}]});
    assert_eq!(door.post("/refunds", &twice).await.told(), "400 validation_failed; /items validation_failed");
}

#[tokio::test]
async fn returns_are_listed_by_how_they_stand() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(9)).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (order, _) = shipped(&door, 1).await;
        let asked = door.post(&format!("/orders/{order}/returns"), &json!({})).await.must(201);
        ids.push((order, asked["return_id"].as_str().unwrap().to_owned()));
    }
    door.post(&format!("/returns/{}/reject", ids[1].1), &json!({"reason": "worn"})).await.must(200);
    let listed = |list: &Value| -> Vec<String> {
        let rows = list["data"].as_array().unwrap().iter();
        rows.map(|row| row["return_id"].as_str().unwrap().to_owned()).collect()
    };
    let all = door.get("/returns?count=exact").await.must(200);
    assert_eq!(listed(&all), [&*ids[2].1, &ids[1].1, &ids[0].1]);
    assert_eq!(all["page"]["total"], 3);
    assert_eq!(listed(&door.get("/returns?status=requested").await.must(200)), [&*ids[2].1, &ids[0].1]);
    let of_order = door.get(&format!("/returns?order_id={}", ids[1].0)).await.must(200);
    assert_eq!(listed(&of_order), [&*ids[1].1]);
    assert_eq!(of_order["data"][0]["reject_reason"], "worn");
    assert_eq!(listed(&door.get(&format!("/orders/{}/returns", ids[0].0)).await.must(200)), [&*ids[0].1]);
    assert_eq!(door.get("/returns/ret_1").await.told(), "404 not_found");
    assert_eq!(
        door.get("/returns?status=lost").await.told(),
        "400 validation_failed; /status validation_failed"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_return_is_told_and_changes_nothing() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let (order, item) = shipped(&door, 1).await;
    let path = format!("/orders/{order}/returns");
    for (wish, told) in [
        (json!({"items": []}), "400 validation_failed; /items validation_failed"),
        (json!({"items": [{"item_id": item}]}), "400 validation_failed; /items/0/quantity validation_failed"),
        (
            json!({"items": [{"item_id": item, "quantity": 2}]}),
            "409 quantity_exceeds_returnable; /items quantity_exceeds_returnable",
        ),
        (json!({"lable": {}}), "400 unknown_field; /lable unknown_field"),
    ] {
        assert_eq!(door.post(&path, &wish).await.told(), told, "{wish}");
    }
    let asked = door.post(&path, &json!({})).await.must(201);
    let id = asked["return_id"].as_str().unwrap();
    let early = door.post(&format!("/returns/{id}/receive"), &json!({})).await;
    assert_eq!(early.told(), "409 invalid_transition");
    assert!(early.json()["allowed"].as_array().unwrap().contains(&json!("approve_return")));
    door.post(&format!("/returns/{id}/approve"), &json!({})).await.must(200);
    let item = json!({"item_id": item, "quantity": 1, "condition": "eaten"});
    let eaten = door.post(&format!("/returns/{id}/receive"), &json!({"items": [item]})).await;
    assert_eq!(eaten.told(), "400 validation_failed; /items/0/condition validation_failed");
}
