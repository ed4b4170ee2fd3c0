//! The description of the API as others read it: Redocly finds no error in it, clients made of it place, pay and refund an
//! order, and Schemathesis finds nothing that the running server does otherwise.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::server::{API_KEY, Server, folder, run};

/// The document that is committed; another test holds it to what is served.
fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json").canonicalize().unwrap()
}

/// The scripts of these tests.
fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/described").join(name)
}

/// A tool that a variable names; `None`, said loudly, where it is not to be had.
#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn tool(variable: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    if named.is_none() {
        eprintln!("SKIPPED: {variable} names nothing; `cargo xtask test` fetches it.");
    }
    named
}

/// Run a command to its end, and insist that it succeeds.
#[track_caller]
fn succeeds(command: Command) -> String {
    let told = format!("{command:?}");
    let said = run(command, None);
    assert_eq!(said.code, 0, "{told}\n{}\n{}", said.out, said.err);
    said.out
}

/// A shop with mugs, and the folder it lives in.
async fn shop() -> (TempDir, Server) {
    let folder = folder();
    // A judge asks without a key more often than strangers may.
    let server = Server::serve(folder.path(), &[("SUTLER_RATE_LIMIT__ANONYMOUS", "60000/min")]);
    let mug = json!({"title": "Blue mug", "sku": "MUG-BLUE", "price": {"amount": 1490, "currency": "EUR"}, "stock": 1000});
    server.ask("PUT", "/products/P-MUG", Some(mug)).await.unwrap();
    (folder, server)
}

fn node(modules: &Path, script: &str, args: &[&str]) -> Command {
    let mut node = Command::new("node");
    node.current_dir(modules).arg(script).args(args);
    node
}

#[test]
fn redocly_finds_no_error_in_the_document() {
    let Some(client) = tool("SUTLER_TYPESCRIPT_CLIENT") else { return };
    let said = succeeds(node(&client, "lint.mjs", &[document().to_str().unwrap()]));
    assert!(said.contains("0 errors"), "{said}");
    let wrong = folder();
    let path = wrong.path().join("wrong.json");
    std::fs::write(&path, r#"{"openapi": "3.1.0", "info": {"title": "no version"}, "paths": {}}"#).unwrap();
    let said = run(node(&client, "lint.mjs", &[path.to_str().unwrap()]), None);
    assert_eq!(said.code, 1, "it judges nothing: {said:?}");
}

#[tokio::test]
async fn the_typescript_client_places_pays_and_refunds() {
    let Some(client) = tool("SUTLER_TYPESCRIPT_CLIENT") else { return };
    let generator = "node_modules/openapi-typescript/bin/cli.js";
    succeeds(node(&client, generator, &[document().to_str().unwrap(), "--output", "src/schema.ts"]));
    succeeds(node(&client, "node_modules/typescript/bin/tsc", &[]));
    let (_folder, server) = shop().await;
    let mut tests = node(&client, "--test", &["test/"]);
    tests.env("SUTLER_URL", &server.url).env("SUTLER_KEY", API_KEY);
    succeeds(tests);
}

#[tokio::test]
async fn a_python_client_made_of_the_document_places_pays_and_refunds() {
    let Some(python) = tool("SUTLER_API_JUDGES") else { return };
    let (folder, server) = shop().await;
    let settings = folder.path().join("generator.yaml");
    std::fs::write(&settings, "post_hooks: []\n").unwrap();
    let mut generate = Command::new(&python);
    generate.args(["-m", "openapi_python_client", "generate", "--meta", "none"]);
    generate.arg("--path").arg(document()).arg("--config").arg(&settings);
    generate.arg("--output-path").arg(folder.path().join("sutler_client"));
    succeeds(generate);
    let mut script = Command::new(&python);
    script.arg(here("shop.py")).env("PYTHONPATH", folder.path());
    script.env("SUTLER_URL", &server.url).env("SUTLER_KEY", API_KEY);
    succeeds(script);
}

/// How many requests are made up for each operation: few for the tests, many for `cargo xtask api`.
#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn examples() -> Option<String> {
    std::env::var("SUTLER_SCHEMATHESIS_EXAMPLES").ok()
}

#[tokio::test]
async fn schemathesis_finds_nothing_that_is_otherwise() {
    let Some(python) = tool("SUTLER_API_JUDGES") else { return };
    let (folder, server) = shop().await;
    let mut judge = Command::new(&python);
    judge
        .current_dir(folder.path())
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(here("schemathesis.toml"));
    judge.args(["run", "--checks", "all", "--header", &format!("Authorization: Bearer {API_KEY}")]);
    // What has no end, what is for browsers, what is no HTTP, and lines of JSON, which it cannot write.
    for id in ["stream_events", "graphql_console", "graphql_socket", "place_orders", "change_many"] {
        judge.args(["--exclude-operation-id", id]);
    }
    match examples() {
        Some(examples) => {
            judge.args(["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", &examples])
        }
        None => judge.args(["--phases", "examples,fuzzing", "--max-examples", "1"]),
    };
    judge.arg(document()).args(["--url", &server.url]);
    let said = succeeds(judge);
    assert!(said.contains("✅ Fuzzing"), "it asked for nothing: {said}");
}
