//! `compose.yaml` and `compose.scale.yaml`.

use serde_json::{Map, Value};

use super::{SECRET, configured, longest_end, read, root, understood};
use crate::cli::Command;
use crate::config::{self, Database};

const FILES: [&str; 2] = ["compose.yaml", "compose.scale.yaml"];

fn compose(file: &str) -> Value {
    serde_saphyr::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn members<'a>(value: &'a Value, path: &str) -> &'a Map<String, Value> {
    value.pointer(path).and_then(Value::as_object).unwrap_or_else(|| panic!("no {path} in {value}"))
}

fn words<'a>(value: &'a Value, path: &str) -> Vec<&'a str> {
    let list = value.pointer(path).and_then(Value::as_array).into_iter().flatten();
    list.map(|word| word.as_str().unwrap()).collect()
}

/// The services of a file that run our image.
fn ours(file: &Value) -> Vec<(&String, &Value)> {
    let image = format!("sutler:{}", env!("CARGO_PKG_VERSION"));
    let all = members(file, "/services").iter();
    all.filter(|(_, service)| service["image"].as_str().unwrap().starts_with("sutler"))
        .inspect(|(name, service)| assert_eq!(service["image"], image, "{name}"))
        .collect()
}

/// `${NAME}`, `${NAME:-default}` and `${NAME:?why}` as Compose fills them in.
fn filled_in(text: &str) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let (name, after) = rest.split_once('}').unwrap();
    let value = name.split_once(":-").map_or("secret", |(_, default)| default);
    format!("{before}{value}{}", filled_in(after))
}

/// What a file below `/run/secrets` holds: what the `configs` of the file say, or a secret.
fn mounted(file: &Value, service: &Value, path: &str) -> String {
    let secret = path.strip_prefix("/run/secrets/").unwrap();
    if words(service, "/secrets").contains(&secret) {
        assert!(file["secrets"][secret]["environment"].is_string(), "{secret} is in the clear");
        return SECRET.to_owned();
    }
    let mounts = service["configs"].as_array().into_iter().flatten();
    let mut source =
        mounts.filter(|mount| mount["target"] == path).map(|mount| mount["source"].as_str().unwrap());
    let source = source.next().unwrap_or_else(|| panic!("{path} is not mounted"));
    filled_in(file["configs"][source]["content"].as_str().unwrap())
}

#[test]
fn every_setting_is_one_that_the_server_knows() {
    for name in FILES {
        let file = compose(name);
        let secrets = tempfile::tempdir().unwrap();
        for (service_name, service) in ours(&file) {
            let variables: Vec<(String, String)> = service["environment"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(variable, value)| {
                    let value = filled_in(value.as_str().unwrap());
                    if !variable.ends_with("_FILE") {
                        return (variable.clone(), value);
                    }
                    let path = secrets.path().join(variable);
                    std::fs::write(&path, mounted(&file, service, &value)).unwrap();
                    (variable.clone(), path.display().to_string())
                })
                .collect();
            let config = configured(&variables);
            if service["command"].is_null() {
                let grace = config::duration(service["stop_grace_period"].as_str().unwrap()).unwrap();
                assert!(grace > longest_end(&config), "{name}: {service_name} is killed before it may end");
                assert_eq!(config.api_key.unwrap().expose(), SECRET, "{name}: {service_name}");
                let shared = matches!(config.database, Database::Postgres(_));
                assert_eq!(shared, name == "compose.scale.yaml", "{name}: {service_name}");
                assert_eq!(config.bus.is_some() && config.cache.is_some(), shared);
            }
        }
    }
}

#[test]
fn every_command_is_understood() {
    for name in FILES {
        for (service_name, service) in ours(&compose(name)) {
            let command = words(service, "/command");
            let command = if command.is_empty() { vec!["serve"] } else { command };
            let is_ours = matches!(understood(command).command, Command::Serve(_) | Command::Balance(_));
            assert!(is_ours, "{name}: {service_name}");
            assert_eq!(service["pull_policy"], "never", "{name}: nobody else's image of that name is run");
        }
    }
}

#[test]
fn what_is_mounted_is_there_and_what_is_named_is_declared() {
    for name in FILES {
        let file = compose(name);
        let services = members(&file, "/services");
        for (service_name, service) in services {
            let place = format!("{name}: {service_name}");
            for volume in words(service, "/volumes") {
                let source = volume.split(':').next().unwrap();
                match source.strip_prefix("./") {
                    Some(path) => assert!(root().join(path).exists(), "{place} mounts {path}"),
                    None => assert!(members(&file, "/volumes").contains_key(source), "{place}: {source}"),
                }
            }
            for secret in words(service, "/secrets") {
                assert!(members(&file, "/secrets").contains_key(secret), "{place}: {secret}");
            }
            for network in words(service, "/networks") {
                assert!(members(&file, "/networks").contains_key(network), "{place}: {network}");
            }
            let needed = service["depends_on"].as_object().into_iter().flatten().map(|(needed, _)| needed);
            for needed in needed {
                let has_a_check = services[needed]["healthcheck"].is_object() || needed.starts_with("node-");
                assert!(has_a_check, "{place} waits for {needed}, whose health nobody asks");
            }
        }
    }
}

#[test]
fn the_balancer_and_prometheus_know_every_node() {
    let file = compose("compose.scale.yaml");
    let nodes: Vec<&String> = ours(&file)
        .into_iter()
        .filter(|(_, service)| service["command"].is_null())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(nodes.len(), 3);
    let command = words(&file, "/services/balance/command");
    let upstreams: Vec<String> = nodes.iter().map(|node| format!("http://{node}:8420")).collect();
    for upstream in &upstreams {
        assert!(command.contains(&upstream.as_str()), "{command:?} lacks {upstream}");
    }
    let prometheus: Value = serde_saphyr::from_str(&read("deploy/prometheus/prometheus.yml")).unwrap();
    let targets = words(&prometheus, "/scrape_configs/0/static_configs/0/targets");
    let expected: Vec<String> = nodes.iter().map(|node| format!("{node}:9420")).collect();
    assert_eq!(targets, expected);
    let file_of = |service: &str, target: &str| {
        let volumes = words(&file, &format!("/services/{service}/volumes"));
        volumes.iter().any(|volume| volume.split(':').nth(1) == Some(target))
    };
    assert!(file_of("prometheus", "/etc/prometheus"));
    let board: Value =
        serde_saphyr::from_str(&read("deploy/grafana/provisioning/dashboards/sutler.yaml")).unwrap();
    let folder = board["providers"][0]["options"]["path"].as_str().unwrap();
    assert!(file_of("grafana", &format!("{folder}/sutler.json")));
    let source: Value =
        serde_saphyr::from_str(&read("deploy/grafana/provisioning/datasources/prometheus.yaml")).unwrap();
    assert_eq!(source["datasources"][0]["url"], "http://prometheus:9090");
}
