//! The dashboard over HTTP: customers, returns, keys, users and the audit log, as a browser without scripts meets them.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::dashboard::{after, led, placed, send, shop, text};
use crate::door::Door;

/// Send the form of a page to where it came from.
async fn fill(door: &Door, page: &str, fields: &[(&str, &str)]) -> crate::door::Reply {
    send(door, page, page, fields).await
}

#[tokio::test]
async fn a_customer_is_made_changed_handed_out_and_forgotten() {
    let door = shop().await;
    let ada = [
        ("name", "Ada Lovelace"),
        ("email", "ada@example.com"),
        ("ship.city", "Berlin"),
        ("ship.country", "DE"),
    ];
    let at = led(&fill(&door, "/admin/customers/new", &ada).await);
    let customer = at.split('?').next().unwrap().to_owned();
    let order =
        json!({"items": [{"product_id": "MUG", "quantity": 1}], "customer": {"email": "ada@example.com"}});
    let order = placed(&door, order).await;
    let page = text(&door.get(&customer).await);
    assert!(page.contains("Ada Lovelace") && page.contains("Berlin") && page.contains(&order), "{page}");
    assert_eq!(led(&door.get("/admin/customers?q=ADA%40example.com").await), customer);
    let missed = text(&door.get("/admin/customers?q=nobody%40example.com").await);
    assert!(missed.contains("Nobody has the address"), "{missed}");

    let form = format!("{customer}/edit");
    let wrong = fill(&door, &form, &[("name", "Ada King"), ("email", "nowhere")]).await;
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("value=\"Ada King\"") && text(&wrong).contains("id=\"f-email-fault\""));
    assert!(
        led(&fill(&door, &form, &[("name", "Ada King"), ("email", "ada@example.com")]).await)
            .ends_with("done=saved")
    );
    let page = text(&door.get(&customer).await);
    assert!(page.contains("Ada King") && !page.contains("Berlin"), "{page}");

    let held = send(&door, &customer, &format!("{customer}/export"), &[]).await;
    assert_eq!(held.status, 200);
    assert!(held.header("content-disposition").starts_with("attachment; filename=\"cus_"));
    assert!(text(&held).contains("ada@example.com") && text(&held).contains(&order));

    let form = format!("{customer}/erase");
    assert_eq!(fill(&door, &form, &[]).await.status, 422);
    assert!(text(&door.get(&customer).await).contains("Ada King"));
    assert!(led(&fill(&door, &form, &[("sure", "on")]).await).ends_with("done=erased"));
    for page in [customer.as_str(), "/admin/customers", &format!("/admin/orders/{order}")] {
        let shown = text(&door.get(page).await);
        assert!(!shown.contains("Ada King") && !shown.contains("ada@example.com"), "{page}: {shown}");
    }
}

#[tokio::test]
async fn a_return_is_asked_for_decided_and_taken_in() {
    let door = shop().await;
    let order = json!({"items": [{"product_id": "MUG", "quantity": 3}], "payment": {"token": "tok_ok"}});
    let order = placed(&door, order).await;
    door.settle().await;
    let page = format!("/admin/orders/{order}");
    let item = text(&door.get(&format!("{page}/fulfill")).await);
    let item = format!("items.{}", after(&item, "name=\"items."));
    led(&fill(&door, &format!("{page}/fulfill"), &[(&item, "3"), ("ship", "on")]).await);
    let form = format!("{page}/return");
    let nothing = fill(&door, &form, &[(&item, "0"), ("reason", "Too small")]).await;
    assert_eq!(nothing.status, 422);
    assert!(text(&nothing).contains("value=\"Too small\""));
    let at = led(&fill(&door, &form, &[(&item, "2"), ("reason", "Too small")]).await);
    let back = at.split('?').next().unwrap().to_owned();
    assert!(back.starts_with("/admin/returns/ret_"), "{at}");
    assert!(text(&door.get("/admin/returns?status=requested").await).contains(&back));
    assert!(text(&door.get(&page).await).contains(&back));
    led(&fill(&door, &format!("{back}/approve"), &[("carrier", "DHL"), ("url", "javascript:alert(1)")]).await);
    assert!(!text(&door.get(&back).await).contains("href=\"javascript"));

    let (fine, damaged) = (item.replace("items.", "fine."), item.replace("items.", "damaged."));
    let more =
        fill(&door, &format!("{back}/receive"), &[(&fine, "9"), (&damaged, "1"), ("restock", "on")]).await;
    assert_eq!(more.status, 409);
    assert!(text(&more).contains("value=\"9\""), "{}", text(&more));
    led(&fill(&door, &format!("{back}/receive"), &[(&fine, "1"), (&damaged, "1"), ("restock", "on")]).await);
    let stock = door.get("/inventory?sku=SKU-MUG").await.must(200);
    assert_eq!(stock["data"][0]["on_hand"], 8, "{stock}");
    assert!(led(&fill(&door, &format!("{back}/close"), &[]).await).ends_with("done=closed"));
    assert_eq!(door.get("/admin/returns/ret_x").await.status, 404);
}

#[tokio::test]
async fn a_key_is_shown_once_rolled_and_revoked() {
    let door = shop().await;
    let unnamed = fill(
        &door,
        "/admin/keys/new",
        &[("name", ""), ("may", "own"), ("ends", "never"), ("scope.orders:read", "on")],
    )
    .await;
    assert_eq!(unnamed.status, 422);
    assert!(text(&unnamed).contains("name=\"scope.orders:read\" aria") || text(&unnamed).contains("checked"));
    let made = fill(
        &door,
        "/admin/keys/new",
        &[("name", "till"), ("may", "own"), ("ends", "30d"), ("scope.orders:read", "on")],
    )
    .await;
    assert_eq!(made.status, 200);
    let secret = after(&text(&made), "copy-id value=\"").to_owned();
    let list = text(&door.get("/admin/keys").await);
    assert!(list.contains("till") && list.contains("orders:read") && !list.contains(&secret), "{list}");
    let as_key = async |secret: &str, path: &str| {
        let bearer = format!("Bearer {secret}");
        door.ask(Method::GET, path, &[("authorization", &bearer), ("x-forwarded-for", "203.0.113.7")], b"")
            .await
            .status
    };
    assert_eq!(
        (as_key(&secret, "/orders").await, as_key(&secret, "/products").await),
        (StatusCode::OK, StatusCode::FORBIDDEN)
    );
    let id = format!("/admin/keys/{}", after(&list, "<tr id=\""));
    let rolled = fill(&door, &format!("{id}/roll"), &[("overlap", "0")]).await;
    let next = after(&text(&rolled), "copy-id value=\"").to_owned();
    assert_eq!(
        (as_key(&secret, "/orders").await, as_key(&next, "/orders").await),
        (StatusCode::UNAUTHORIZED, StatusCode::OK)
    );
    let list = text(&door.get("/admin/keys").await);
    let id = after(list.split("/revoke\"").next().unwrap().rsplit_once("href=\"").unwrap().1, "/admin/keys/")
        .to_owned();
    assert!(led(&fill(&door, &format!("/admin/keys/{id}/revoke"), &[]).await).ends_with("done=revoked"));
    assert_eq!(as_key(&next, "/orders").await, 401);
}

#[tokio::test]
async fn people_get_a_link_and_the_audit_log_says_who_made_them() {
    let door = shop().await;
    let wrong =
        fill(&door, "/admin/users/new", &[("email", "nowhere"), ("name", "Grace"), ("role", "support")])
            .await;
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("value=\"Grace\"") && text(&wrong).contains("value=\"support\" selected"));
    let made = fill(
        &door,
        "/admin/users/new",
        &[("email", "grace@example.com"), ("name", "Grace"), ("role", "support")],
    )
    .await;
    assert!(text(&made).contains("/admin/login#k="), "{}", text(&made));
    let list = text(&door.get("/admin/users").await);
    let id = after(&list, "<tr id=\"").to_owned();
    assert!(list.contains("Support") && list.contains("Signs in by link"), "{list}");
    let edit = format!("/admin/users/{id}/edit");
    let fields = [("email", "grace@example.com"), ("name", "Grace Hopper"), ("role", "operations")];
    assert!(led(&fill(&door, &edit, &fields).await).ends_with("done=saved"));
    let trail = text(&door.get(&format!("/admin/audit?subject={id}")).await);
    assert!(
        trail.contains("user.created") && trail.contains("user.updated") && trail.contains("Grace Hopper"),
        "{trail}"
    );
    assert!(!trail.contains("<code>key.created"));
    assert!(led(&fill(&door, &format!("/admin/users/{id}/delete"), &[]).await).ends_with("done=deleted"));
    assert!(text(&door.get("/admin/users").await).contains("Nobody signs in yet"));
}

#[tokio::test]
async fn the_developer_is_told_that_there_is_no_account_to_change() {
    let page = text(&shop().await.get("/admin/account").await);
    assert!(page.contains("developer") && !page.contains("name=\"password\""), "{page}");
}
