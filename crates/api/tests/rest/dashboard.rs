//! The dashboard over HTTP: pages, forms as a browser without scripts sends them, and what is refused.

use axum::http::Method;
use serde_json::json;
use sutler_api::rest::Options;

use crate::door::{Door, Reply};

/// The text of a page.
pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.clone()).unwrap()
}

/// What stands in an attribute after a mark.
pub(crate) fn after<'t>(page: &'t str, mark: &str) -> &'t str {
    let rest = page.split_once(mark).expect("the page has the mark").1;
    rest.split('"').next().unwrap()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(|b| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' => char::from(b).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", escaped(n), escaped(v))).collect();
    pairs.join("&")
}

/// Send a form of a page with its own token and key.
pub(crate) async fn send(door: &Door, page: &str, action: &str, fields: &[(&str, &str)]) -> Reply {
    let shown = text(&door.get(page).await);
    let token = after(&shown, "name=\"csrf\" value=\"");
    let mut all = vec![("csrf", token)];
    if shown.contains("name=\"key\"") {
        all.push(("key", after(&shown, "name=\"key\" value=\"")));
    }
    all.extend(fields);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    door.ask(Method::POST, action, &headers, encoded(&all).as_bytes()).await
}

/// Where a form leads to that did what it was to do.
#[track_caller]
pub(crate) fn led(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", text(reply));
    reply.header("location").to_owned()
}

pub(crate) async fn shop() -> Door {
    let door = Door::open().await;
    door.product("MUG", 1490, Some(10)).await;
    door
}

/// Place an order as REST does; gives its id.
pub(crate) async fn placed(door: &Door, body: serde_json::Value) -> String {
    door.post("/orders", &body).await.must(201)["order_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_page_is_there_and_says_what_it_may_do() {
    let door = shop().await;
    let order = placed(&door, json!({"items": [{"product_id": "MUG", "quantity": 1}]})).await;
    let paths = [
        "/admin".to_owned(),
        "/admin/orders".to_owned(),
        "/admin/orders/new".to_owned(),
        format!("/admin/orders/{order}"),
        format!("/admin/orders/{order}/row"),
        format!("/admin/orders/{order}/cancel"),
        format!("/admin/orders/{order}?version=1"),
        "/admin/products".to_owned(),
        "/admin/products/MUG".to_owned(),
        "/admin/products/new".to_owned(),
        "/admin/inventory".to_owned(),
        "/admin/inventory/journal".to_owned(),
        "/admin/events".to_owned(),
        "/admin/webhooks".to_owned(),
        "/admin/webhooks/new".to_owned(),
        "/admin/jobs".to_owned(),
        "/admin/customers".to_owned(),
        "/admin/customers/new".to_owned(),
        "/admin/returns".to_owned(),
        "/admin/returns?status=requested".to_owned(),
        "/admin/keys".to_owned(),
        "/admin/keys/new".to_owned(),
        "/admin/settings".to_owned(),
        "/admin/users".to_owned(),
        "/admin/users/new".to_owned(),
        "/admin/audit".to_owned(),
        "/admin/account".to_owned(),
        "/admin/search?all=1&q=mug".to_owned(),
        "/admin/_kit".to_owned(),
    ];
    for path in paths {
        let reply = door.get(&path).await;
        assert_eq!(reply.status, 200, "{path}: {}", text(&reply));
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert!(!text(&reply).contains(" style=\"") && !text(&reply).contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn orders_of_a_list_are_a_file_with_the_filters_of_the_list() {
    let door = shop().await;
    let buyer = json!({"name": "=cmd|' /C calc'!A0", "email": "ada@example.com"});
    let mut newest = String::new();
    for reference in ["web-1", "web-2"] {
        let items = json!([{"product_id": "MUG", "quantity": 2}]);
        newest = placed(&door, json!({"items": items, "customer": buyer, "reference": reference})).await;
    }
    let list = text(&door.get("/admin/orders?status=created").await);
    assert!(list.contains("href=\"/admin/orders?status=created&#38;format=csv\""), "{list}");
    let reply = door.get("/admin/orders?status=created&format=csv").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"orders-"));
    let file = text(&reply);
    let lines: Vec<&str> = file.lines().collect();
    assert!(lines[0].starts_with("number,order_id,reference,placed_at,status,"), "{}", lines[0]);
    assert_eq!(lines.len(), 3, "{file}");
    assert!(
        lines[1].contains("web-2") && lines[1].contains("29.80") && lines[1].contains("'=cmd|"),
        "{file}"
    );
    let none = text(&door.get("/admin/orders?status=canceled&format=csv").await);
    assert_eq!(none.lines().count(), 1, "{none}");
    let one = text(&door.get(&format!("/admin/orders?q={newest}&format=csv")).await);
    assert_eq!(one.lines().count(), 2, "{one}");
}

#[tokio::test]
async fn a_file_of_a_build_is_kept_for_a_year_and_an_older_name_leads_to_it() {
    let door = shop().await;
    let page = text(&door.get("/admin").await);
    let style = after(&page, "rel=\"stylesheet\" href=\"").to_owned();
    let found = door.get(&style).await;
    assert_eq!(found.status, 200);
    assert_eq!(found.header("content-type"), "text/css; charset=utf-8");
    assert!(found.header("cache-control").contains("immutable"));
    let known = [("if-none-match", found.header("etag"))];
    assert_eq!(door.ask(Method::GET, &style, &known, b"").await.status, 304);
    let older = door.get("/admin/assets/000000000000/sutler.css").await;
    assert_eq!((older.status.as_u16(), older.header("location")), (307, style.as_str()));
    assert_eq!(door.get("/admin/assets/000000000000/secret").await.status, 404);
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let door = Door::with(|_| {}, Options::default()).await;
    let reply = door.get("/admin/orders").await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("location")),
        (303, "/admin/login?next=%2Fadmin%2Forders")
    );
    let door = shop().await;
    let passed_on = [("x-forwarded-for", "203.0.113.7")];
    let reply = door.ask(Method::GET, "/admin", &passed_on, b"").await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/admin/login?next=%2Fadmin"));
}

#[tokio::test]
async fn an_order_goes_its_way_without_scripts() {
    let door = shop().await;
    let fields = [
        ("sku.0", "SKU-MUG"),
        ("units.0", "2"),
        ("email", "ada@example.com"),
        ("name", "Ada Lovelace"),
        ("gateway", ""),
    ];
    let at = led(&send(&door, "/admin/orders/new", "/admin/orders/new", &fields).await);
    let order = at.split('?').next().unwrap().to_owned();
    assert!(at.ends_with("?done=placed"), "{at}");
    let page = text(&door.get(&at).await);
    assert!(page.contains("The order is placed.") && page.contains("Ada Lovelace"), "{page}");

    let act = async |word: &str, fields: &[(&str, &str)]| {
        let form = format!("{order}/{word}");
        led(&send(&door, &form, &form, fields).await)
    };
    assert!(act("hold", &[("code", "fraud_review"), ("reason", "Looks odd")]).await.ends_with("done=held"));
    assert!(text(&door.get(&order).await).contains("Looks odd"));
    assert!(act("unhold", &[("code", "fraud_review")]).await.ends_with("done=unheld"));
    assert!(act("confirm", &[]).await.ends_with("done=confirmed"));
    let item = text(&door.get(&format!("{order}/fulfill")).await);
    let item = after(&item, "name=\"items.").to_owned();
    let shipped =
        act("fulfill", &[(&format!("items.{item}"), "1"), ("carrier", "DHL"), ("ship", "on")]).await;
    assert!(shipped.ends_with("done=shipped"));
    let noted = send(&door, &order, &format!("{order}/notes"), &[("body", "Gift for <Grace>")]).await;
    assert!(led(&noted).ends_with("done=noted"));
    let page = text(&door.get(&order).await);
    assert!(page.contains("Gift for &#60;Grace&#62;") && page.contains("Partly shipped"), "{page}");
}

#[tokio::test]
async fn money_is_taken_and_given_back_once_however_often_a_form_is_sent() {
    let door = shop().await;
    let order = placed(
        &door,
        json!({"items": [{"product_id": "MUG", "quantity": 2}],
               "payment": {"token": "tok_auth_only", "capture": "manual"}}),
    )
    .await;
    door.settle().await;
    let form = format!("/admin/orders/{order}/capture");
    let page = text(&door.get(&form).await);
    let (token, key) = (after(&page, "name=\"csrf\" value=\""), after(&page, "name=\"key\" value=\""));
    let body = encoded(&[("csrf", token), ("key", key), ("amount", "10,00")]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let sent = async || {
        let (answer, ()) = tokio::join!(door.ask(Method::POST, &form, &headers, body.as_bytes()), async {
            door.settle().await;
        });
        answer
    };
    led(&sent().await);
    door.settle().await;
    led(&sent().await);
    door.settle().await;
    let paid = door.get(&format!("/orders/{order}")).await.must(200);
    assert_eq!(paid["totals"]["paid"]["amount"], 1000);
}

#[tokio::test]
async fn what_is_refused_comes_back_as_it_was_typed() {
    let door = shop().await;
    let fields = [("sku.0", "NO-SUCH"), ("units.0", "x"), ("name", "Ada \"Lovelace\" <b>"), ("gateway", "")];
    let reply = send(&door, "/admin/orders/new", "/admin/orders/new", &fields).await;
    assert_eq!(reply.status, 422);
    let page = text(&reply);
    assert!(page.contains("value=\"NO-SUCH\"") && page.contains("Nothing was changed."), "{page}");
    assert!(page.contains("Ada &#34;Lovelace&#34; &#60;b&#62;") && !page.contains("<b>"), "{page}");
    assert!(page.contains("&#39;x&#39; is not a whole number"), "{page}");
    assert!(door.get("/orders").await.must(200)["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_form_of_somebody_else_changes_nothing() {
    let door = shop().await;
    let order = placed(&door, json!({"items": [{"product_id": "MUG", "quantity": 1}]})).await;
    let form = format!("/admin/orders/{order}/cancel");
    let plain = [("content-type", "application/x-www-form-urlencoded")];
    for body in ["", "csrf=", "csrf=guessed"] {
        let reply = door.ask(Method::POST, &form, &plain, body.as_bytes()).await;
        assert_eq!(reply.status, 403, "{body}");
    }
    let page = text(&door.get(&form).await);
    let body = format!("csrf={}", after(&page, "name=\"csrf\" value=\""));
    for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let headers = [plain[0], foreign, ("host", "localhost:8420")];
        let reply = door.ask(Method::POST, &form, &headers, body.as_bytes()).await;
        assert_eq!(reply.status, 403, "{foreign:?}");
    }
    assert_eq!(door.get(&format!("/orders/{order}")).await.must(200)["status"], "created");
}

#[tokio::test]
async fn a_product_is_edited_in_place_and_nobody_is_written_over() {
    let door = shop().await;
    let page = text(&door.get("/admin/products/MUG").await);
    let (version, variant) =
        (after(&page, "name=\"version\" value=\"").to_owned(), after(&page, "form=\"v-").to_owned());
    let action = format!("/admin/products/MUG/variants/{variant}");
    let fields = [("version", version.as_str()), ("sku", "MUG-1"), ("barcode", ""), ("price", "15,50")];
    assert!(led(&send(&door, "/admin/products/MUG", &action, &fields).await).ends_with("done=saved"));
    let product = door.get("/products/MUG").await.must(200);
    assert_eq!(product["variants"][0]["price"]["amount"], 1550);
    // The form was made of an older version: what was typed stays, and nothing is written.
    let fields = [("version", version.as_str()), ("sku", "MUG-2"), ("price", "1")];
    let reply = send(&door, "/admin/products/MUG", &action, &fields).await;
    assert_eq!(reply.status, 422);
    assert!(text(&reply).contains("somebody else changed") && text(&reply).contains("value=\"MUG-2\""));
    assert_eq!(door.get("/products/MUG").await.must(200)["variants"][0]["sku"], "MUG-1");
}

#[tokio::test]
async fn stock_is_adjusted_with_a_reason() {
    let door = shop().await;
    let list = text(&door.get("/admin/inventory").await);
    let form = format!("/admin/inventory/{}", after(&list, "href=\"/admin/inventory/var"));
    let form = form.replacen("/admin/inventory/", "/admin/inventory/var", 1);
    let done =
        send(&door, &form, &form, &[("delta", "-3"), ("reason", "damaged"), ("safety_stock", "0")]).await;
    assert!(led(&done).ends_with("done=adjusted"));
    let journal = text(&door.get("/admin/inventory/journal").await);
    assert!(journal.contains("Damaged") && journal.contains("-3"), "{journal}");
    let refused = send(&door, &form, &form, &[("delta", "-99"), ("reason", "damaged")]).await;
    assert_eq!(refused.status, 409);
    assert!(text(&refused).contains("value=\"-99\""));
}

#[tokio::test]
async fn lists_are_filtered_by_their_address() {
    let door = shop().await;
    let order =
        placed(&door, json!({"reference": "web-1", "items": [{"product_id": "MUG", "quantity": 1}]})).await;
    let has = async |query: &str| text(&door.get(&format!("/admin/orders?{query}")).await).contains(&order);
    assert!(has("status=created&payment=unpaid").await);
    assert!(!has("status=canceled").await);
    assert!(has("q=sku:SKU-MUG+placed:7d").await);
    assert!(!has("q=sku:OTHER").await);
    assert!(has("q=web-1").await);
    // Who names one order is led to it.
    let named = door.get(&format!("/admin/orders?q={order}")).await;
    assert_eq!(led(&named), format!("/admin/orders/{order}"));
    let found = door.get("/admin/search?q=%231").await;
    assert!([200, 303].contains(&found.status.as_u16()));
    let unread = text(&door.get("/admin/orders?q=total:100").await);
    assert!(unread.contains("Not understood") && unread.contains("total:100"), "{unread}");
}

#[tokio::test]
async fn an_address_can_say_no_more_than_a_word_of_the_list() {
    let door = shop().await;
    let page = text(&door.get("/admin/orders?done=%3Cscript%3E&q=%3Cscript%3Ealert(1)%3C/script%3E").await);
    assert!(!page.contains("<script>alert"), "{page}");
    let away = send(&door, "/admin", "/admin/theme", &[("theme", "dark"), ("back", "//evil.example")]).await;
    assert_eq!(led(&away), "/admin");
    assert!(away.header("set-cookie").starts_with("sutler_theme=dark; Path=/admin;"));
    let dark = door.ask(Method::GET, "/admin", &[("cookie", "sutler_theme=dark")], b"").await;
    assert!(text(&dark).contains("data-theme=\"dark\""));
}

#[tokio::test]
async fn what_is_not_there_is_told_as_a_page() {
    let door = shop().await;
    for path in ["/admin/nothing", "/admin/orders/999", "/admin/jobs/job_x", "/admin/events/evt_x"] {
        let reply = door.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(text(&reply).contains("<h1>") && text(&reply).contains("Retry"), "{path}");
    }
}

#[tokio::test]
async fn a_queue_is_paused_and_goes_on() {
    let door = shop().await;
    assert!(
        led(&send(&door, "/admin/jobs", "/admin/queues/orders/pause", &[]).await).ends_with("done=paused")
    );
    assert!(text(&door.get("/admin/jobs").await).contains("paused by"));
    assert!(
        led(&send(&door, "/admin/jobs", "/admin/queues/orders/resume", &[]).await).ends_with("done=resumed")
    );
    assert_eq!(send(&door, "/admin/jobs", "/admin/queues/nothing/pause", &[]).await.status, 404);
}

#[tokio::test]
async fn an_endpoint_shows_its_secret_once() {
    let door = Door::with(
        |settings| settings.webhooks_reach = sutler_app::webhooks::address::Reach::Anywhere,
        Options { dev: true, ..Options::default() },
    )
    .await;
    let fields =
        [("url", "http://127.0.0.1:9/hooks"), ("types", "order.*, payment.captured"), ("payload", "full")];
    let made = send(&door, "/admin/webhooks/new", "/admin/webhooks/new", &fields).await;
    assert_eq!(made.status, 200);
    let page = text(&made);
    let (secret, at) =
        (after(&page, "copy-id value=\"").to_owned(), after(&page, "primary\" href=\"").to_owned());
    assert!(secret.starts_with("whsec_"), "{secret}");
    let page = text(&door.get(&at).await);
    assert!(page.contains("order.*, payment.captured") && !page.contains(&secret), "{page}");
    let wrong =
        send(&door, "/admin/webhooks/new", "/admin/webhooks/new", &[("url", "nowhere"), ("types", "x.y")])
            .await;
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("value=\"nowhere\"") && text(&wrong).contains("value=\"x.y\""));
}
