//! The log: JSON lines for machines, aligned lines for people, on stderr either way.

mod lines;
mod outlet;

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;

use self::lines::Lines;
use crate::config::{Log, LogFormat};

/// Begin to log. `verbose` counts `-v`: each asks for one level more.
pub(crate) fn begin(log: &Log, verbose: u8) {
    let level = match verbose {
        0 => log.level.parse().unwrap_or(LevelFilter::INFO),
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // The libraries' own talk is for those who ask for everything. A target is known by how it begins.
    let others = if level == LevelFilter::TRACE { level } else { LevelFilter::WARN };
    let filter = Targets::new().with_default(others).with_target("sutler", level);
    // The client of NATS tells every attempt; what there is to say is said once, by the relay.
    let filter =
        if level == LevelFilter::TRACE { filter } else { filter.with_target("async_nats", LevelFilter::OFF) };
    let lines = match log.format {
        LogFormat::Pretty => Lines::Pretty,
        LogFormat::Auto if io::stderr().is_terminal() => Lines::Pretty,
        LogFormat::Auto | LogFormat::Json => Lines::Json,
    };
    outlet::open();
    let layer = fmt::layer().with_writer(outlet::Line::default).fmt_fields(lines).event_format(lines);
    // A second log in one process would be a second server; the first one goes on.
    _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(filter).with(layer));
}

/// Wait until every line so far is written. To be called before the process ends.
pub(crate) fn end() {
    outlet::drain();
}
