//! Views of the list of orders that people save, as a browser without scripts meets them.

use serde_json::json;

use crate::dashboard::{led, send, shop, text};
use crate::door::Door;

const PAGE: &str = "/admin/orders/views";

/// Save what the list shows with this query, from the form that the list leads to.
async fn save(door: &Door, query: &str, fields: &[(&str, &str)]) -> crate::door::Reply {
    let form = format!("{PAGE}/new?{query}");
    let fields: Vec<_> = [("query", query)].into_iter().chain(fields.iter().copied()).collect();
    send(door, &form, &format!("{PAGE}/new"), &fields).await
}

async fn change(door: &Door, act: &str, name: &str, whose: &str) -> crate::door::Reply {
    send(door, PAGE, &format!("{PAGE}/change"), &[("act", act), ("name", name), ("whose", whose)]).await
}

/// The tabs of the list, in their order.
async fn tabs(door: &Door) -> Vec<String> {
    let page = text(&door.get("/admin/orders").await);
    let (_, nav) = page.split_once("aria-label=\"Views\">").unwrap();
    let (nav, _) = nav.split_once("</nav>").unwrap();
    let words = nav.split("</a>").filter_map(|tab| tab.rsplit('>').next());
    words.filter(|words| !words.is_empty()).map(str::to_owned).skip(5).collect()
}

#[tokio::test]
async fn what_is_shown_is_saved_under_a_name_and_stands_among_the_tabs() {
    let door = shop().await;
    let plain = text(&door.get("/admin/orders").await);
    assert!(
        !plain.contains("Save view") && !plain.contains("Edit views"),
        "nothing to save, nothing to edit"
    );
    let query = "q=tag%3Avip&payment=paid";
    let filtered = text(&door.get(&format!("/admin/orders?{query}")).await);
    assert!(filtered.contains("/admin/orders/views/new?q=tag%3Avip&#38;payment=paid"), "{filtered}");

    let saved = save(&door, &format!("{query}&after=x&format=csv"), &[("name", "Paid <VIPs>")]).await;
    assert_eq!(
        led(&saved),
        format!("/admin/orders?{query}&done=view_saved"),
        "where in the list is no part of it"
    );
    let page = text(&door.get(&led(&saved)).await);
    assert!(page.contains("aria-current=\"page\">Paid &#60;VIPs&#62;</a>"), "{page}");
    assert!(!page.contains("Save view"), "what has a tab is saved already");
    let listed = text(&door.get(PAGE).await);
    assert!(listed.contains("tag:vip · payment paid"), "{listed}");
}

#[tokio::test]
async fn a_name_that_is_refused_comes_back_with_what_was_typed() {
    let door = shop().await;
    let long = "n".repeat(41);
    let wrong = save(&door, "q=tag%3Avip", &[("name", long.as_str()), ("all", "on")]).await;
    let page = text(&wrong);
    assert_eq!(wrong.status, 422);
    assert!(page.contains(&format!("value=\"{long}\"")) && page.contains("id=\"f-name-fault\""), "{page}");
    assert!(page.contains("value=\"q=tag%3Avip\""), "what is to be saved is carried on: {page}");
    assert!(tabs(&door).await.is_empty());
}

#[tokio::test]
async fn views_are_moved_renamed_and_taken_away() {
    let door = shop().await;
    for (name, query) in [("A", "q=tag%3Aa"), ("B", "q=tag%3Ab"), ("C", "q=tag%3Ac")] {
        save(&door, query, &[("name", name)]).await;
    }
    save(&door, "payment=failed", &[("name", "Trouble"), ("all", "on")]).await;
    assert_eq!(tabs(&door).await, ["Trouble", "A", "B", "C"], "what all share stands first");
    assert!(led(&change(&door, "earlier", "C", "mine").await).ends_with("done=saved"));
    change(&door, "later", "A", "mine").await;
    assert_eq!(tabs(&door).await, ["Trouble", "C", "A", "B"]);

    let form = format!("{PAGE}/rename?whose=mine&name=A");
    let fields = [("name", "A"), ("whose", "mine"), ("to", "b")];
    let taken = send(&door, &form, &format!("{PAGE}/rename"), &fields).await;
    assert!(
        taken.status == 422 && text(&taken).contains("there is a view &#39;b&#39; already"),
        "{}",
        text(&taken)
    );
    let fields = [("name", "A"), ("whose", "mine"), ("to", "Alpha")];
    send(&door, &form, &format!("{PAGE}/rename"), &fields).await;
    assert_eq!(tabs(&door).await, ["Trouble", "C", "Alpha", "B"]);
    assert!(led(&change(&door, "remove", "Trouble", "shared").await).ends_with("done=deleted"));
    assert_eq!(change(&door, "remove", "Trouble", "shared").await.status, 404);
    assert_eq!(tabs(&door).await, ["C", "Alpha", "B"]);
}

#[tokio::test]
async fn what_a_person_changes_for_all_is_in_the_audit_log() {
    let door = shop().await;
    save(&door, "payment=failed", &[("name", "Trouble"), ("all", "on")]).await;
    save(&door, "payment=paid", &[("name", "Mine")]).await;
    let log = door.get("/audit_log").await.json();
    let told: Vec<_> =
        log["data"].as_array().unwrap().iter().filter(|row| row["action"] == "views.changed").collect();
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!((&told[0]["before"], &told[0]["after"][0]["name"]), (&json!([]), &json!("Trouble")));
}
