//! The command line: one tree, from which help, completions and man pages are made.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::console::{Color, Format};

/// A self-hosted order engine that never oversells, never double-charges and never loses an event.
#[derive(Parser, Debug)]
#[command(name = "sutler", version, disable_help_subcommand = true, infer_subcommands = false)]
#[command(after_help = "Examples:
  sutler dev                          start with a sample shop and fake payments
  sutler orders create --sample       place an order in it

Commands that talk to a server find it by --server, SUTLER_URL or ./sutler-data/server.json, and take their key from
--key-file, SUTLER_API_KEY, API_KEY, or .env and that file for the server they belong to. A key is never a plain flag: '--key -' reads it from stdin.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Every command")]
pub(crate) struct Globals {
    /// Address of the server, such as http://127.0.0.1:8420
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// File whose first line is the API key
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// '-' reads the API key from stdin
    #[arg(long, global = true, value_name = "-", value_parser = ["-"])]
    pub(crate) key: Option<String>,
    /// Form of the answer
    #[arg(short, long, global = true, value_enum, default_value_t)]
    pub(crate) output: Format,
    /// The same as -o json; problems are printed unchanged on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but the answer
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to color
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// Do not ask before something is destroyed
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Key under which a change takes effect once, so that a script can be run again
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

/// Where the configuration is read.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ConfigArgs {
    /// Configuration file; else SUTLER_CONFIG, ./sutler.toml, /etc/sutler/sutler.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Do not read .env
    #[arg(long)]
    pub(crate) no_env_file: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Start with a sample shop and fake payments, on this machine only
    Dev(commands::dev::Dev),
    /// Start the production server
    Serve(commands::serve::Serve),
    /// Spread requests over the nodes of a shop that are ready
    Balance(commands::balance::Balance),
    /// Address, version, health and queue of a running server
    Status(commands::status::Status),
    /// Check configuration, disk, clock, database, cache and jobs
    Doctor(commands::doctor::Doctor),
    /// Compute everything anew from the log, and compare
    Verify(commands::verify::Verify),
    /// Write a commented sutler.toml, .env.example and compose.yaml
    Init(commands::init::Init),
    /// Look at the configuration
    #[command(subcommand)]
    Config(commands::config::Config),
    /// Orders: place, pay, ship, refund, explain
    #[command(subcommand)]
    Orders(commands::orders::Orders),
    /// Payments: the books of gateways beside ours
    #[command(subcommand)]
    Payments(commands::payments::Payments),
    /// Customers: who buys, what is held about them, forgetting them
    #[command(subcommand)]
    Customers(commands::customers::Customers),
    /// Returns: goods that come back
    #[command(subcommand)]
    Returns(commands::returns::Returns),
    /// Products
    #[command(subcommand)]
    Products(commands::products::Products),
    /// Stock
    #[command(subcommand)]
    Stock(commands::stock::Stock),
    /// Background jobs
    #[command(subcommand)]
    Jobs(commands::jobs::Jobs),
    /// People who may sign in, straight in the database
    #[command(subcommand)]
    Admin(commands::admin::Admin),
    /// API keys
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// The log of what happened
    #[command(subcommand)]
    Events(commands::events::Events),
    /// Who is told of it over HTTP
    #[command(subcommand)]
    Webhooks(commands::webhooks::Webhooks),
    /// Forward events to a receiver on this machine, and show each reply
    Listen(commands::listen::Listen),
    /// Make a sample order that walks to an event
    Trigger(commands::trigger::Trigger),
    /// Sell out under load, and check that nothing was sold, charged or told twice, or lost
    Bench(commands::bench::Bench),
    /// Read a file of products, customers, stock, or orders that were placed elsewhere
    Import(commands::import::Import),
    /// Write everything of one kind as CSV or NDJSON
    Export(commands::export::Export),
    /// Sales, refunds, unpaid orders and stock of a period
    Report(commands::report::Report),
    /// Copy the database into one file, while the server goes on
    Backup(commands::backup::Backup),
    /// Make a backup the database; the server must not run
    Restore(commands::restore::Restore),
    /// The sample shop
    #[command(subcommand)]
    Sample(commands::sample::Sample),
    /// Any call of the REST API
    #[command(subcommand)]
    Api(commands::api::Api),
    /// Completions for a shell
    Completions(commands::about::Completions),
    /// Man pages into a folder
    Man(commands::about::Man),
    /// The description of the events for programs, in the form that asyncapi.com specifies
    GenAsyncapi(commands::about::GenAsyncapi),
    /// The GraphQL schema
    GenSdl(commands::about::GenSdl),
    /// The description of the REST API for programs, in the form that openapis.org specifies
    GenOpenapi(commands::about::GenOpenapi),
    /// Version and build
    Version(commands::about::Version),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Every command without commands below it, with the words that lead to it.
    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        let below: Vec<_> = command.get_subcommands().collect();
        for inner in &below {
            leaves(inner, &format!("{path} {}", inner.get_name()), found);
        }
        if below.is_empty() {
            found.push((path.to_owned(), command.clone()));
        }
    }

    /// The words of a line as a shell would read them, up to a redirection.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quote, mut word) = (Vec::new(), None, None::<String>);
        for c in line.chars() {
            match (quote, c) {
                (None, '>') => break,
                (None, '\'' | '"') => (quote, word) = (Some(c), Some(word.unwrap_or_default())),
                (Some(open), c) if c == open => quote = None,
                (None, ' ') => words.extend(word.take()),
                (_, c) => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        words
    }

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_two_examples_that_it_understands() {
        let mut found = Vec::new();
        leaves(&Cli::command(), "sutler", &mut found);
        assert!(found.len() > 40, "{}", found.len());
        for (path, command) in found {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<&str> =
                help.lines().filter(|line| line.starts_with("  ") && line.contains("sutler ")).collect();
            assert!(examples.len() >= 2, "{path} has {} examples", examples.len());
            for example in examples.iter().filter(|example| !example.contains("eval")) {
                let line = example.trim();
                if let Err(error) = Cli::try_parse_from(words(line)) {
                    panic!("{path}: `{line}` is not understood: {error}");
                }
            }
        }
    }
}
