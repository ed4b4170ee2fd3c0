//! Every series that an alert or the board asks for is there from the start, whatever has happened yet.

#[cfg(test)]
mod expression;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sutler_testkit::servers::nats::Nats;
use sutler_testkit::servers::postgres::{Postgres, Stop};
use sutler_testkit::servers::redis::Redis;

use crate::server::{self, API_KEY, Server, folder, http};
use expression::{Selector, selectors};

/// What Prometheus adds itself: to every series, and beside ours.
const OF_PROMETHEUS: [&str; 3] = ["up", "job", "instance"];

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("deploy").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap()
}

/// Where an expression stands, and what it is.
fn expressions() -> Vec<(String, String)> {
    let rules: Value = serde_saphyr::from_str(&text("prometheus/alerts.yml")).unwrap();
    let groups = rules["groups"].as_array().unwrap();
    let alerts = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap())
        .map(|rule| (rule["alert"].as_str().unwrap().to_owned(), rule["expr"].as_str().unwrap().to_owned()));
    let board: Value = serde_json::from_str(&text("grafana/sutler.json")).unwrap();
    let panels = board["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row");
    let shown = panels.flat_map(|panel| {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().unwrap();
        targets.iter().map(move |target| (title.to_owned(), target["expr"].as_str().unwrap().to_owned()))
    });
    alerts.chain(shown).collect()
}

/// A series of a page: its name and its labels.
type Series = (String, BTreeMap<String, String>);

fn series(page: &str) -> Vec<Series> {
    let of_line = |line: &str| {
        let (name, _) = line.rsplit_once(' ').unwrap();
        let Selector { name, matchers } = selectors(name).pop().unwrap();
        (name, matchers.into_iter().map(|(label, _, value)| (label, value)).collect())
    };
    page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(of_line).collect()
}

/// Whether a page has what is asked for: what is asked to equal something, is there with that value.
fn is_there(asked: &Selector, (name, labels): &Series) -> bool {
    let fits = |(label, operator, value): &(String, String, String)| match labels.get(label) {
        _ if OF_PROMETHEUS.contains(&label.as_str()) => true,
        Some(found) => operator != "=" || found == value,
        None => false,
    };
    *name == asked.name && asked.matchers.iter().all(fits)
}

async fn page(address: &str) -> String {
    http().get(format!("{address}/metrics")).send().await.unwrap().text().await.unwrap()
}

/// A balancer in front of a server, and the address of its numbers.
fn balancer(server: &Server) -> Option<(Server, String)> {
    let mut command = Command::new(server::balancer()?);
    command.args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--upstream", &server.url]);
    let balance = Server::of(command, &server.folder);
    let admin = balance.logged("ready")[0]["admin"].as_str().unwrap().to_owned();
    Some((balance, admin))
}

#[tokio::test]
async fn every_series_of_alerts_and_board_is_there_before_anything_happened() {
    let (postgres, redis, nats) =
        (Postgres::start().unwrap(), Redis::start().unwrap(), Nats::start().unwrap());
    let (url, cache, bus) = (postgres.url(&postgres.database().unwrap()), redis.url(), nats.url());
    let folders = [folder(), folder()];
    let vars = [("DATABASE_URL", url.as_str()), ("REDIS_URL", &cache), ("NATS_URL", &bus)];
    let large = Server::serve(folders[0].path(), &vars);
    let small = Server::serve(folders[1].path(), &[]);
    let balance = balancer(&large);
    let mut found = Vec::new();
    for server in [&large, &small] {
        // Every server is asked that, by whatever stands in front of it.
        assert_eq!(http().get(format!("{}/readyz", server.url)).send().await.unwrap().status(), 200);
        found.extend(series(&page(&server.url).await));
    }
    if let Some((_, admin)) = &balance {
        found.extend(series(&page(admin).await));
    }
    let asked = expressions();
    assert!(asked.len() > 50, "{}", asked.len());
    for (place, expression) in asked {
        let selectors = selectors(&expression);
        assert!(!selectors.is_empty(), "{place}: `{expression}` asks for nothing");
        for asked in selectors {
            let is_known = OF_PROMETHEUS.contains(&asked.name.as_str())
                || (balance.is_none() && asked.name.starts_with("sutler_balance_"))
                || found.iter().any(|series| is_there(&asked, series));
            assert!(is_known, "{place}: no server has the series {asked:?} of `{expression}`");
        }
    }
}

#[tokio::test]
async fn the_numbers_say_that_the_store_is_away() {
    let (postgres, folder) = (Postgres::start().unwrap(), folder());
    let url = postgres.url(&postgres.database().unwrap());
    let vars = [("DATABASE_URL", url.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "60s")];
    let server = Server::serve(folder.path(), &vars);
    let ready = async |value: &str| {
        while !page(&server.url).await.contains(&format!("\nsutler_ready {value}\n")) {}
    };
    ready("1").await;
    postgres.stop(Stop::Fast).unwrap();
    ready("0").await;
    postgres.start_again().unwrap();
    ready("1").await;
    server.signal("TERM");
    ready("0").await;
}

#[tokio::test]
async fn a_verification_is_counted_by_its_result() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[]);
    let report = server.ask("POST", "/verify", None).await.unwrap();
    assert_eq!(report["clean"], true);
    let page = page(&server.url).await;
    assert!(page.contains("sutler_verifications_total{result=\"clean\"} 1"), "{page}");
    assert!(page.contains("sutler_verifications_total{result=\"different\"} 0"), "{page}");
    assert!(!page.contains(API_KEY));
}

#[test]
fn prometheus_understands_its_files() {
    let check = |args: [&str; 2], file: &str| {
        let mut promtool = Command::new("promtool");
        match promtool.args(args).arg(deploy(file)).output() {
            Err(error) => eprintln!("SKIPPED: promtool is not to be had ({error}); it comes with Prometheus"),
            Ok(said) => assert!(said.status.success(), "{said:?}"),
        }
    };
    check(["check", "rules"], "prometheus/alerts.yml");
    check(["check", "config"], "prometheus/prometheus.yml");
}
