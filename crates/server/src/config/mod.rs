//! The configuration: read from its sources once, checked as a whole, then handed on as plain values.

mod environment;
mod fault;
mod file;
mod keys;
mod role;
pub(crate) mod show;
mod sources;
mod stripe;
mod typed;
mod units;

#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use environment::Environment;
#[cfg(test)]
use fault::ConfigFault;
pub(crate) use fault::{ConfigError, Origin};
pub(crate) use role::Role;
pub(crate) use sources::{Layer, Request, plant_bug};
pub(crate) use stripe::StripeAccount;
pub(crate) use typed::{Bus, Cache, Config, First, Http, Log, LogFormat};
pub(crate) use units::{Database, duration, masked};

/// Whether a variable of the environment is a setting, by its own name or by the conventional one.
#[cfg(test)]
pub(crate) fn is_variable(name: &str) -> bool {
    keys::KEYS.iter().any(|key| key.variable() == name || key.conventional == Some(name))
}

/// Read and check. Every fault is reported, not the first one only.
pub(crate) fn load(
    request: &Request,
    env: &Environment,
    folder: &Path,
) -> Result<(Config, Layer), ConfigError> {
    let values = sources::read(request, env, folder)?;
    let config = typed::config(&values)?;
    Ok((config, values))
}
