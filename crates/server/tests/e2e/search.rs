//! The catalog as buyers search it, on servers that are killed, lose their index, or share a database.

use std::path::Path;

use futures::future::join_all;
use serde_json::{Value, json};
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Server, command, folder, run};

fn product(title: &str) -> Value {
    json!({"title": title, "price": {"amount": 1490, "currency": "EUR"}, "stock": 3})
}

fn ids(page: &Value) -> Vec<String> {
    let ids = page["data"].as_array().unwrap().iter().map(|hit| hit["product_id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// Search until the answer is this. Until there is an index the answer says so, and nothing else.
async fn until(server: &Server, query: &str, expected: &[&str]) {
    loop {
        match server.ask("GET", &format!("/catalog/search?{query}"), None).await {
            Ok(page) if ids(&page) == expected => return,
            Ok(_) => {}
            Err(code) => assert_eq!(code, "index_building"),
        }
    }
}

/// How many products a list or a search has; `None` while there is no index.
async fn total(server: &Server, path: &str) -> Option<u64> {
    let page = server.ask("GET", path, None).await.ok()?;
    page["page"]["total"].as_u64()
}

async fn until_whole(server: &Server) {
    let all = total(server, "/products?count=exact&limit=1").await.unwrap();
    while total(server, "/catalog/search?count=exact&limit=1").await != Some(all) {}
}

#[tokio::test]
async fn a_change_is_found_soon_and_survives_what_happens_to_the_server() {
    let folder = folder();
    let vars = [("SUTLER_HTTP__DRAIN_DELAY", "0s"), ("SUTLER_SEARCH__SYNONYMS", "cup=mug")];
    let server = Server::serve(folder.path(), &vars);
    server.ask("PUT", "/products/P1", Some(product("Blue mug"))).await.unwrap();
    until(&server, "q=bleu+mug", &["P1"]).await;
    until(&server, "q=cup", &["P1"]).await;
    server.ask("PUT", "/products/P1", Some(product("Green kettle"))).await.unwrap();
    until(&server, "q=kettle", &["P1"]).await;
    until(&server, "q=mug", &[]).await;
    server.ask("POST", "/products/P1/archive", None).await.unwrap();
    until(&server, "q=kettle", &[]).await;
    until(&server, "q=kettle&status=archived", &["P1"]).await;
    let asked = server.ask("POST", "/catalog/search/rebuild", None).await.unwrap();
    assert_eq!(asked["status"], "asked");
    while server.logged("search_index_built").len() < 2 {
        server.ask("GET", "/catalog/search?q=kettle", None).await.expect("the old index answers meanwhile");
    }
    until(&server, "q=kettle&status=archived", &["P1"]).await;
    assert_eq!(server.stop().code(), Some(0));
    // It goes on where it was: nothing is built at the next start, and nothing is missing.
    let server = Server::serve(folder.path(), &vars);
    server.ask("PUT", "/products/P2", Some(product("Red pot"))).await.unwrap();
    until(&server, "q=pot", &["P2"]).await;
    until(&server, "status=archived", &["P1"]).await;
    assert!(server.logged("search_index_built").is_empty());
}

async fn put_many(server: &Server, from: usize, until: usize) -> Vec<Result<Value, String>> {
    let put = |number: usize| async move {
        let path = format!("/products/N{number}");
        server.ask("PUT", &path, Some(product(&format!("Number {number}")))).await
    };
    join_all((from..until).map(put)).await
}

#[tokio::test]
async fn an_index_is_whole_again_after_every_death() {
    let folder = folder();
    for round in 0..3 {
        let server = Server::serve(folder.path(), &[]);
        let from = round * 100;
        let killing = async {
            // Some are in the index by then, and some are on their way.
            while total(&server, "/catalog/search?count=exact&limit=1").await.is_none_or(|n| n < 1) {}
            server.signal("KILL");
        };
        let (put, ()) = futures::join!(put_many(&server, from, from + 100), killing);
        server.end();
        let server = Server::serve(folder.path(), &[]);
        until_whole(&server).await;
        for (number, _) in (from..).zip(&put).filter(|(_, put)| put.is_ok()) {
            until(&server, &format!("q=number+{number}&limit=1"), &[&format!("N{number}")]).await;
        }
        server.signal("KILL");
        server.end();
    }
}

/// What lies in the folder of the index.
fn search_folder(folder: &Path) -> std::path::PathBuf {
    folder.join("sutler-data/search")
}

#[tokio::test]
async fn a_server_without_its_index_is_ready_at_once_and_builds_it() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[("SUTLER_HTTP__DRAIN_DELAY", "0s")]);
    for number in 0..20 {
        server.ask("PUT", &format!("/products/N{number}"), Some(product("Mug"))).await.unwrap();
    }
    until_whole(&server).await;
    let found = server.ask("GET", "/catalog/search?q=mug&limit=200", None).await.unwrap();
    assert_eq!(server.stop().code(), Some(0));
    std::fs::remove_dir_all(search_folder(folder.path())).unwrap();
    let server = Server::serve(folder.path(), &[]);
    server.ask("GET", "/readyz", None).await.unwrap();
    let expected: Vec<String> = ids(&found);
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    until(&server, "q=mug&limit=200", &expected).await;
    server.signal("KILL");
    server.end();
    // A file where the folder should be: it is told, and everything else works.
    std::fs::remove_dir_all(search_folder(folder.path())).unwrap();
    std::fs::write(search_folder(folder.path()), "").unwrap();
    let server = Server::serve(folder.path(), &[]);
    server.ask("GET", "/readyz", None).await.unwrap();
    server.ask("PUT", "/products/P1", Some(product("Pot"))).await.unwrap();
    assert_eq!(server.ask("GET", "/catalog/search?q=pot", None).await.unwrap_err(), "index_building");
    while server.logged("search_index_not_kept").is_empty() {}
    std::fs::remove_file(search_folder(folder.path())).unwrap();
    until(&server, "q=pot", &["P1"]).await;
}

#[tokio::test]
async fn servers_answer_alike_whatever_they_store_in() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url(&postgres.database().unwrap());
    let folders = [folder(), folder(), folder()];
    let vars = [("DATABASE_URL", url.as_str())];
    let shared = [&folders[0], &folders[1]].map(|folder| Server::serve(folder.path(), &vars));
    let alone = Server::serve(folders[2].path(), &[]);
    let goods: Vec<(String, Value)> = (0..60)
        .map(|number| {
            let (size, color) = (["S", "M", "L"][number % 3], ["blue", "red"][number % 2]);
            let vendor = ["Acme", "Bolt"][number / 31];
            let body = json!({
                "title": format!("{color} mug number {number}"), "vendor": vendor,
                "tags": [color], "description_html": "<p>Made of <b>stoneware</b></p>",
                "variants": [{"option_values": {"Size": size}, "price": 1000 + 10 * number, "sku": format!("M-{number}")}]
            });
            (format!("/products/N{number}"), body)
        })
        .collect();
    for (number, (path, body)) in goods.iter().enumerate() {
        shared[number % 2].ask("PUT", path, Some(body.clone())).await.unwrap();
        alone.ask("PUT", path, Some(body.clone())).await.unwrap();
    }
    let all = [&shared[0], &shared[1], &alone];
    for server in all {
        until_whole(server).await;
    }
    for query in [
        "q=mugg+nubmer&limit=200",
        "q=bleu&vendor=Acme&limit=7",
        "q=stoneware&option[Size]=S,M&sort=-price&limit=200",
        "tag=red&price_min=1200&limit=200&count=exact",
        "q=m-4",
        "sort=-title&limit=50",
    ] {
        let mut answers = Vec::new();
        for server in all {
            let page = server.ask("GET", &format!("/catalog/search?{query}"), None).await.unwrap();
            assert!(!ids(&page).is_empty(), "{query}");
            answers.push((ids(&page), page["facets"].clone(), page["page"].clone()));
        }
        assert_eq!(answers[0], answers[1], "{query}");
        assert_eq!(answers[0], answers[2], "{query}");
        // A cursor of one server is good on another.
        if let Some(next) = answers[0].2["next"].as_str() {
            let path = format!("/catalog/search?{query}&after={next}");
            let pages = join_all(all.map(|server| server.ask("GET", &path, None))).await;
            let pages: Vec<_> = pages.into_iter().map(|page| ids(&page.unwrap())).collect();
            assert!(pages[0] == pages[1] && pages[0] == pages[2], "{query}: {pages:?}");
        }
    }
    // Of one of the servers the folder is taken by another process.
    let mut second = command(folders[0].path(), &["serve", "--port", "0"]);
    second.env("DATABASE_URL", &url).env("API_KEY", API_KEY);
    let second = Server::of(second, folders[0].path());
    assert_eq!(second.ask("GET", "/catalog/search?q=mug", None).await.unwrap_err(), "index_building");
    second.ask("GET", "/products/N1", None).await.unwrap();
}

#[test]
fn a_group_of_synonyms_that_is_none_is_refused() {
    let folder = folder();
    let mut check = command(folder.path(), &["config", "check"]);
    check.env("SUTLER_SEARCH__SYNONYMS", "tv=big screen");
    let said = run(check, None);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("'tv=big screen' has a member of 2 words, 'big screen'"), "{said:?}");
}
