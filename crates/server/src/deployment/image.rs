//! `Dockerfile` and `.dockerignore`.

use super::{configured, read, root, understood};
use crate::cli::Command;
use crate::config::Database;

/// The arguments of the last instruction of a name; lines that go on are one.
fn instruction(name: &str) -> String {
    let text = read("Dockerfile").replace("\\\n", " ");
    let mut found = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.next_back().unwrap_or_else(|| panic!("no {name} in the Dockerfile")).trim().to_owned()
}

/// The words of the form that is a list of texts.
fn listed(text: &str) -> Vec<String> {
    let start = text.find('[').unwrap_or_else(|| panic!("{text} is no list"));
    serde_json::from_str(&text[start..]).unwrap()
}

#[test]
fn the_image_runs_what_the_command_line_understands() {
    assert_eq!(listed(&instruction("ENTRYPOINT")), ["sutler"]);
    let serve = listed(&instruction("CMD"));
    assert!(matches!(understood(serve.iter().map(String::as_str)).command, Command::Serve(_)));
    let check = listed(&instruction("HEALTHCHECK"));
    assert_eq!(check[0], "sutler");
    assert!(matches!(understood(check[1..].iter().map(String::as_str)).command, Command::Status(_)));
}

#[test]
fn the_image_keeps_its_data_in_the_volume_and_is_not_root() {
    let variables: Vec<(String, String)> = instruction("ENV")
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let config = configured(&variables);
    let volume = instruction("VOLUME");
    assert_eq!(config.data_dir.to_str(), Some(volume.as_str()));
    assert_eq!(config.database, Database::Sqlite(format!("{volume}/sutler.db").into()));
    assert!(config.http.listen.ip().is_unspecified(), "a container is reached from outside");
    assert_eq!(config.http.listen.port().to_string(), instruction("EXPOSE"));
    assert_eq!(instruction("USER"), "65532:65532");
}

#[test]
fn the_image_is_built_with_our_compiler_from_all_that_is_compiled() {
    let toolchain: toml::Table = read("rust-toolchain.toml").parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    assert!(read("Dockerfile").contains(&format!("\nFROM rust:{channel}-bookworm AS build\n")), "{channel}");
    let ignore = read(".dockerignore");
    let sent: Vec<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for path in &sent {
        assert!(root().join(path).exists(), ".dockerignore names {path}");
    }
    // What the sources take in stands in folders that are sent.
    for path in [".cargo", "Cargo.lock", "Cargo.toml", "compose.yaml", "crates", "migrations"] {
        assert!(sent.contains(&path), ".dockerignore keeps {path} out");
    }
}
