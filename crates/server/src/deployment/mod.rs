//! The files that Sutler is deployed with, held to the program: settings that it knows, commands that it understands,
//! paths that exist.

mod compose;
mod image;
mod manual;
mod units;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;

use crate::background::END_PATIENCE;
use crate::cli::Cli;
use crate::config::{self, Config, Environment, Request};

/// A secret as operators make one.
const SECRET: &str = "sk_live_0123456789abcdef0123456789abcdef";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What the words after `sutler` mean, by the real command line.
fn understood<'a>(words: impl IntoIterator<Item = &'a str>) -> Cli {
    let words: Vec<&str> = std::iter::once("sutler").chain(words).collect();
    Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?} is not understood: {error}"))
}

/// What a server makes of these variables, by the real loader. A variable that it does not know is a fault.
fn configured(variables: &[(String, String)]) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let known = |name: &str| {
        let name = name.strip_suffix("_FILE").unwrap_or(name);
        config::is_variable(name)
    };
    for (name, _) in variables {
        assert!(known(name), "{name} is no setting of Sutler");
    }
    let env: Environment = variables.iter().cloned().collect();
    let request = Request { command_name: "sutler serve", ..Request::default() };
    config::load(&request, &env, folder.path()).unwrap_or_else(|error| panic!("{error:?}")).0
}

/// The longest that a server may take to end in good order.
fn longest_end(config: &Config) -> Duration {
    config.http.drain_delay + config.http.drain_timeout + config.jobs.drain_timeout + END_PATIENCE
}

#[test]
fn a_variable_that_is_none_of_ours_is_found() {
    assert!(config::is_variable("SUTLER_HTTP__LISTEN") && config::is_variable("DATABASE_URL"));
    assert!(!config::is_variable("SUTLER_HTTP__LISTN") && !config::is_variable("POSTGRES_URL"));
}
