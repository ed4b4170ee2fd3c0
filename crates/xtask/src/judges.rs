//! Judges of others: what their makers publish to tell whether somebody keeps to a format. Fetched on first use, never
//! shipped; a test that finds no judge says that it was skipped.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{npm, settings, shell, tools};

/// The SDK of `CloudEvents` for Python.
const CLOUDEVENTS: &str = "cloudevents>=2.2,<3";

/// The schemas of `AsyncAPI`: files of JSON, of which nothing is run.
const ASYNCAPI: &str = "@asyncapi/specs@6.11.1";

/// The verifier of Standard Webhooks for JavaScript.
const STANDARDWEBHOOKS: &str = "standardwebhooks@1.1.1";

/// The judges of the REST API from `PyPI`.
const API_JUDGES: &str = "crates/xtask/api-judges.txt";

/// The TypeScript client, from the root of the repository.
const TYPESCRIPT_CLIENT: &str = "clients/typescript";

/// Every judge that is to be had, by the variable that names it to the tests.
pub(crate) fn all() -> Vec<(&'static str, PathBuf)> {
    let found = [
        ("SUTLER_CLOUDEVENTS", settings::cloudevents().map_or_else(cloudevents, Ok)),
        ("SUTLER_ASYNCAPI", settings::asyncapi().map_or_else(asyncapi, Ok)),
        ("SUTLER_API_JUDGES", settings::api_judges().map_or_else(api_judges, Ok)),
        ("SUTLER_TYPESCRIPT_CLIENT", settings::typescript_client().map_or_else(typescript_client, Ok)),
        ("SUTLER_STANDARDWEBHOOKS", settings::standardwebhooks().map_or_else(standardwebhooks, Ok)),
    ];
    found.into_iter().filter_map(|(variable, judge)| Some((variable, told(variable, judge)?))).collect()
}

/// The judge; without it, what is not shown is said loudly.
fn told(variable: &str, judge: anyhow::Result<PathBuf>) -> Option<PathBuf> {
    judge
        .map_err(|reason| {
            println!("\nSKIPPED: the test that needs {variable}: {reason:#}.\nInstall it by hand and name it there.");
        })
        .ok()
}

/// A Python that has the SDK.
fn cloudevents() -> anyhow::Result<PathBuf> {
    let home = settings::tools().join("cloudevents-venv");
    let python = home.join("bin/python");
    let works = || {
        let mut import = shell::program(&python);
        import.args(["-c", "import cloudevents.core"]);
        shell::succeeds(import)
    };
    if !works() {
        println!("\nThe SDK of CloudEvents is missing; installing it into {}.", home.display());
        tools::venv(&home)?;
        let mut pip = shell::program(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", CLOUDEVENTS]);
        shell::run(pip)?;
    }
    anyhow::ensure!(works(), "{CLOUDEVENTS} was installed and cannot be used");
    Ok(python)
}

/// A Python with Schemathesis and the generator of a client, of which every byte is known beforehand.
fn api_judges() -> anyhow::Result<PathBuf> {
    let home = settings::tools().join("api-judges-venv");
    let (python, pinned) = (home.join("bin/python"), settings::root().join(API_JUDGES));
    if !tools::is_of(&home, &pinned) {
        println!(
            "\nSchemathesis is missing, or another one is meant; installing it into {}.",
            home.display()
        );
        tools::venv(&home)?;
        tools::install_pinned(&home, &pinned)?;
    }
    let mut import = shell::program(&python);
    import.args(["-c", "import schemathesis, openapi_python_client"]);
    anyhow::ensure!(shell::succeeds(import), "{API_JUDGES} was installed and cannot be used");
    Ok(python)
}

/// A copy of the TypeScript client beside the build, with what its lockfile names to the byte: its own packages, the generator
/// of its types, and Redocly, which the generator reads documents with.
fn typescript_client() -> anyhow::Result<PathBuf> {
    let mut node = shell::program(Path::new("node"));
    node.arg("--version");
    anyhow::ensure!(shell::succeeds(node), "node is missing");
    let (from, home) =
        (settings::root().join(TYPESCRIPT_CLIENT), settings::tools().join("typescript-client"));
    for folder in ["", "src", "test"] {
        npm::copy(&from.join(folder), &home.join(folder))?;
    }
    npm::packages(&home)?;
    Ok(home)
}

/// The schema of `AsyncAPI` 3.0.
fn asyncapi() -> anyhow::Result<PathBuf> {
    let modules = modules("asyncapi", ASYNCAPI, "@asyncapi/specs/schemas/3.0.0.json")?;
    Ok(modules.join("@asyncapi/specs/schemas/3.0.0.json"))
}

/// The modules with the verifier, which is run by `node`.
fn standardwebhooks() -> anyhow::Result<PathBuf> {
    let mut node = shell::program(Path::new("node"));
    node.arg("--version");
    anyhow::ensure!(shell::succeeds(node), "node is missing");
    modules("standardwebhooks", STANDARDWEBHOOKS, "standardwebhooks/package.json")
}

/// The folder of modules into which npm fetched a package, without running any of it; this file is in it then.
fn modules(home: &str, package: &str, file: &str) -> anyhow::Result<PathBuf> {
    let home = settings::tools().join(home);
    let modules = home.join("node_modules");
    if !modules.join(file).is_file() {
        println!("\n{package} is missing; fetching it into {}.", home.display());
        std::fs::create_dir_all(&home).with_context(|| format!("{} cannot be made", home.display()))?;
        let mut npm = shell::program(Path::new("npm"));
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
        npm.arg(&home).arg(package);
        shell::run(npm)?;
    }
    anyhow::ensure!(modules.join(file).is_file(), "{package} has no {file}");
    Ok(modules)
}
