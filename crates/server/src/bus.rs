//! The bus, from the settings: opened before anything is begun, and told of in its own words.

use std::sync::Arc;

use sutler_adapters::nats::{Nats, OpenError, Options};
use sutler_app::App;
use sutler_app::ports::Publisher;
use sutler_app::ports::publisher::BusError;

use crate::config::{Bus, Config};
use crate::console::{Exit, Failure};
use crate::wiring::in_its_words;

/// Open the bus that the settings name, if they name one.
pub(crate) async fn open(config: &Config) -> Result<Option<Arc<dyn Publisher>>, Failure> {
    let Some(bus) = &config.bus else { return Ok(None) };
    let opened = Nats::open(bus.url.expose(), &options(config, bus)).await;
    Ok(Some(Arc::new(opened.map_err(|error| refused(&error))?)))
}

/// How the bus of the settings is opened.
pub(crate) fn options(config: &Config, bus: &Bus) -> Options {
    Options {
        stream: bus.stream.clone(),
        replicas: bus.replicas,
        retention: config.events_retention,
        creds_file: bus.creds_file.clone(),
        ..Options::default()
    }
}

/// Refuse a bus that holds the events of another shop.
pub(crate) async fn check(app: &App) -> Result<(), Failure> {
    app.bus.check().await.map_err(|error| {
        let exit = if matches!(error, BusError::Refused(_)) { Exit::Config } else { Exit::Unreachable };
        let text = error.to_string();
        let (what, next) = text.split_once("; ").unwrap_or((&text, "look: sutler doctor"));
        Failure::new(exit, what).next(next)
    })
}

fn refused(error: &OpenError) -> Failure {
    use OpenError::{Denied, NotPermitted, Unreachable, Untrusted};
    let exit = match error {
        Unreachable { .. } | Untrusted { .. } => Exit::Unreachable,
        Denied { .. } | NotPermitted { .. } => Exit::Denied,
        _ => Exit::Config,
    };
    in_its_words(exit, error)
}
