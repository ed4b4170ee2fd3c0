//! `deploy/systemd/`.

use super::{SECRET, configured, longest_end, read, understood};
use crate::cli::Command;

/// The values of a directive, in order.
fn directive(unit: &str, name: &str) -> Vec<String> {
    let text = read(&format!("deploy/systemd/{unit}"));
    let values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    values.map(str::to_owned).collect()
}

#[test]
fn the_unit_runs_what_the_command_line_understands() {
    let start = directive("sutler.service", "ExecStart").pop().unwrap();
    let (program, words) = start.split_once(' ').unwrap();
    assert_eq!(program, "/usr/local/bin/sutler");
    assert!(matches!(understood(words.split(' ')).command, Command::Serve(_)));
}

#[test]
fn the_units_settings_are_known_and_its_key_comes_as_a_credential() {
    let credentials = tempfile::tempdir().unwrap();
    for credential in directive("sutler.service", "LoadCredential") {
        let (name, _) = credential.split_once(':').unwrap();
        std::fs::write(credentials.path().join(name), SECRET).unwrap();
    }
    let folder = credentials.path().to_str().unwrap();
    let variables: Vec<(String, String)> = directive("sutler.service", "Environment")
        .iter()
        .map(|pair| pair.replace("%d", folder).replace("%S", "/var/lib"))
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
        .collect();
    let config = configured(&variables);
    assert_eq!(config.api_key.unwrap().expose(), SECRET);
    let state = directive("sutler.service", "StateDirectory").pop().unwrap();
    assert_eq!(config.data_dir.to_str(), Some(format!("/var/lib/{state}").as_str()));
    let port = directive("sutler.socket", "ListenStream").pop().unwrap();
    assert_eq!(port, config.http.listen.to_string(), "the socket is where the server would listen");
}

#[test]
fn the_unit_waits_as_long_as_the_server_may_take() {
    let config = configured(&[]);
    let given = directive("sutler.service", "TimeoutStopSec").pop().unwrap();
    assert!(crate::config::duration(&given).unwrap() > longest_end(&config), "{given}");
}
