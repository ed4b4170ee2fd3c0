//! Lists of payments and refunds over all orders.

use serde_json::{Value, json};

use crate::door::{Door, basket, paid};

/// The orders of the rows of a list.
fn orders(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|row| row["order_id"].as_str().unwrap()).collect()
}

async fn place(door: &Door, order: &Value) -> String {
    let placed = door.post("/orders", order).await.must(201);
    door.settle().await;
    placed["order_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn payments_are_listed_by_pages_of_orders() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let first = place(&door, &paid("P1", 1, "tok_declined")).await;
    let retry = json!({"gateway": "fake", "token": "tok_declined"});
    door.post(&format!("/orders/{first}/payments"), &retry).await.must(201);
    door.settle().await;
    place(&door, &basket("P1", 1)).await;
    let second = place(&door, &paid("P1", 1, "tok_auth_only")).await;
    let third = place(&door, &paid("P1", 1, "tok_auth_only")).await;

    let all = door.get("/payments").await.must(200);
    // The clock stands still, so ids break the tie; of one order all payments stand together.
    assert_eq!(orders(&all), [&third, &second, &first, &first]);
    assert_eq!(all["page"]["has_more"], false);
    let page = door.get("/payments?limit=2&count=exact").await;
    let body = page.must(200);
    assert_eq!((orders(&body), &body["page"]["total"]), (vec![third.as_str(), &second], &json!(3)));
    let cursor = body["page"]["next"].as_str().unwrap();
    let path = format!("/payments?limit=2&after={cursor}");
    assert!(page.header("link").contains(&format!("after={cursor}>; rel=\"next\"")), "{page:?}");
    let last = door.get(&path).await.must(200);
    assert_eq!((orders(&last), &last["page"]["next"]), (vec![first.as_str(), &first], &Value::Null));

    let of_first = door.get(&format!("/payments?order_id={first}")).await.must(200);
    assert_eq!(of_first["data"], last["data"]);
    let both = door.get(&format!("/payments?order_id={first}&after={cursor}")).await;
    assert_eq!(both.told(), "400 validation_failed; /order_id validation_failed");
}

#[tokio::test]
async fn refunds_are_listed_over_all_orders() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    assert_eq!(door.get("/refunds").await.must(200)["data"], json!([]));
    let given_back = place(&door, &paid("P1", 1, "tok_ok")).await;
    let kept = place(&door, &paid("P1", 1, "tok_ok")).await;
    for amount in [300, 200] {
        door.post("/refunds", &json!({"order_id": given_back, "amount": amount})).await.must(201);
        door.settle().await;
    }
    let all = door.get("/refunds").await.must(200);
    assert_eq!(orders(&all), [&given_back, &given_back]);
    let amounts: Vec<_> =
        all["data"].as_array().unwrap().iter().map(|row| &row["amount"]["amount"]).collect();
    assert_eq!(amounts, [300, 200]);
    assert_eq!(door.get(&format!("/refunds?order_id={kept}")).await.must(200)["data"], json!([]));
}

#[tokio::test]
async fn a_gateway_shows_its_own_books() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    for token in ["tok_ok", "tok_declined"] {
        place(&door, &paid("P1", 1, token)).await;
    }
    let first = door.get("/gateways/fake/books?limit=1").await.must(200);
    let entry = &first["data"][0];
    assert_eq!((&entry["outcome"], &entry["operation"]), (&json!("succeeded"), &json!("charge")));
    assert_eq!(entry["amount"], json!({"amount": 1000, "currency": "EUR"}));
    assert_eq!(first["page"]["has_more"], true);
    let next = first["page"]["next"].as_str().unwrap();
    let rest = door.get(&format!("/gateways/fake/books?after={next}")).await.must(200);
    assert_eq!((&rest["data"][0]["outcome"], &rest["page"]["has_more"]), (&json!("declined"), &json!(false)));

    let stray = door.get("/gateways/fake/books?after=1").await;
    assert_eq!(stray.told(), "400 validation_failed; /after validation_failed");
    assert_eq!(door.get("/gateways/postal/books").await.told(), "404 not_found");
}

#[tokio::test]
async fn the_books_of_a_gateway_agree_with_ours() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    for token in ["tok_ok", "tok_declined", "tok_auth_only"] {
        place(&door, &paid("P1", 1, token)).await;
    }
    let (mut checked, mut path) = (0, "/gateways/fake/reconciliation?since=2020-01-01".to_owned());
    loop {
        let found = door.get(&path).await.must(200);
        assert_eq!(found["differences"], json!([]));
        checked += found["checked"].as_u64().unwrap();
        match found["next"].as_str() {
            Some(next) => path = format!("/gateways/fake/reconciliation?since=2020-01-01&after={next}"),
            None => break,
        }
    }
    // Three from the gateway's side, and from ours the one with money.
    assert_eq!(checked, 4);
    assert_eq!(door.get("/gateways/manual/reconciliation").await.told(), "404 not_found");
    assert_eq!(
        door.get("/gateways/fake/reconciliation?after=x").await.told(),
        "400 validation_failed; /after validation_failed"
    );
}

#[tokio::test]
async fn a_gateway_that_sends_no_notices_has_no_door_for_them() {
    let door = Door::open().await;
    for gateway in ["fake", "manual", "nowhere"] {
        let path = format!("/gateways/{gateway}/webhook");
        assert_eq!(door.post(&path, &json!({})).await.told(), "404 not_found");
    }
}
