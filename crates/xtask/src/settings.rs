//! The environment, read in this one file.
#![expect(clippy::disallowed_methods, reason = "the tasks have no config file: this is where settings enter")]

use std::{
    env,
    path::{Path, PathBuf},
};

/// The folder that holds the workspace's Cargo.toml: of the checkout that cargo was asked in, which need not be the one that
/// this was compiled in, since several may build into one folder.
pub(crate) fn root() -> PathBuf {
    let here = path("CARGO_MANIFEST_DIR").unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    here.ancestors().nth(2).map_or_else(|| here.clone(), Path::to_owned)
}

/// The cargo that started us, so that its toolchain is the one the tests run on.
pub(crate) fn cargo() -> PathBuf {
    path("CARGO").unwrap_or_else(|| PathBuf::from("cargo"))
}

/// Where cargo builds to.
pub(crate) fn target() -> PathBuf {
    path("CARGO_TARGET_DIR").unwrap_or_else(|| root().join("target"))
}

/// Where installed tools are kept between runs: beside the build, so that `cargo clean` removes them too.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// Where temporary files go, when the environment says it.
pub(crate) fn temporary() -> Option<PathBuf> {
    path("TMPDIR")
}

/// Folder of the advisory database, when the environment names one.
pub(crate) fn advisory_db() -> Option<PathBuf> {
    path("SUTLER_ADVISORY_DB")
}

/// The Locust program, when the environment names one.
pub(crate) fn locust() -> Option<PathBuf> {
    path("SUTLER_LOCUST")
}

/// A Python with the `CloudEvents` SDK, when the environment names one.
pub(crate) fn cloudevents() -> Option<PathBuf> {
    path("SUTLER_CLOUDEVENTS")
}

/// The schema of `AsyncAPI` 3.0, when the environment names one.
pub(crate) fn asyncapi() -> Option<PathBuf> {
    path("SUTLER_ASYNCAPI")
}

/// The folder of modules with the verifier of Standard Webhooks for JavaScript, when the environment names one.
pub(crate) fn standardwebhooks() -> Option<PathBuf> {
    path("SUTLER_STANDARDWEBHOOKS")
}

/// A Python with the judges of the REST API, when the environment names one.
pub(crate) fn api_judges() -> Option<PathBuf> {
    path("SUTLER_API_JUDGES")
}

/// The folder of the TypeScript client with its packages, when the environment names one.
pub(crate) fn typescript_client() -> Option<PathBuf> {
    path("SUTLER_TYPESCRIPT_CLIENT")
}

/// The NATS server, when the environment names one.
pub(crate) fn nats_server() -> Option<PathBuf> {
    path("SUTLER_NATS_SERVER")
}

/// Variables that `cargo run` set for this program alone. Build scripts watch some of them, so a cargo started
/// from here with them would rebuild what a cargo started by hand has just built.
pub(crate) fn left_by_cargo_run() -> impl Iterator<Item = String> {
    let ours = |name: &String| {
        name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || matches!(
                name.as_str(),
                "CARGO_CRATE_NAME" | "CARGO_BIN_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
            )
    };
    env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(ours)
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
