//! `cargo xtask audit`: every crate of Cargo.lock against a local copy of the RustSec database. No network.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use rustsec::{
    Database, Lockfile, Report, VersionReq,
    advisory::{Id, Informational, Metadata},
    package::Package,
    report::Settings,
};

use crate::settings;

/// Looks for the database where `named`, else the environment, else the default says. A database that was asked
/// for and is not there is an error; a missing default is said loudly and skipped.
pub(crate) fn run(named: Option<PathBuf>) -> anyhow::Result<()> {
    let asked_for = named.or_else(settings::advisory_db);
    let folder = asked_for.clone().unwrap_or_else(|| settings::root().join("../shared/advisory-db"));
    if !folder.join("crates").is_dir() {
        if asked_for.is_some() {
            bail!("{} holds no RustSec database (it has no folder `crates`); name another", folder.display());
        }
        println!(
            "\nSKIPPED: the audit. There is no RustSec database at {}.\n\
             Clone https://github.com/rustsec/advisory-db and name its folder in SUTLER_ADVISORY_DB.",
            folder.display()
        );
        return Ok(());
    }
    audit(&folder, &settings::root().join("Cargo.lock"), &settings::root().join("deny.toml"))
}

fn audit(folder: &Path, lock: &Path, exceptions: &Path) -> anyhow::Result<()> {
    let database = Database::open(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let lockfile = Lockfile::load(lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    let ignore = ignored(exceptions)?;

    let newest = database.iter().map(|advisory| advisory.date().as_str()).max().unwrap_or("never");
    println!(
        "\n$ audit: {} advisories, the newest of {newest}; {} crates in Cargo.lock; {} ignored with a reason",
        database.iter().count(),
        lockfile.packages.len(),
        ignore.len()
    );
    let informational_warnings =
        vec![Informational::Unmaintained, Informational::Unsound, Informational::Notice];
    let report = Report::generate(
        &database,
        &lockfile,
        &Settings { ignore, informational_warnings, ..Settings::default() },
    );

    for warning in report.warnings.values().flatten() {
        if let Some(advisory) = &warning.advisory {
            let patched = warning.versions.as_ref().map_or(&[][..], |versions| versions.patched());
            println!("{}", finding(warning.kind.as_str(), advisory, &warning.package, patched));
        }
    }
    for found in &report.vulnerabilities.list {
        println!("{}", finding("vulnerable", &found.advisory, &found.package, found.versions.patched()));
    }
    match report.vulnerabilities.count {
        0 => println!("audit: no known vulnerability"),
        found => bail!(
            "{found} known vulnerabilities; update the crates, or add the id with its reason to deny.toml, advisories.ignore"
        ),
    }
    Ok(())
}

/// One line: kind, id, crate and version, title, versions that mend it.
fn finding(kind: &str, advisory: &Metadata, package: &Package, patched: &[VersionReq]) -> String {
    let patched = match patched {
        [] => "none".to_owned(),
        versions => versions.iter().map(VersionReq::to_string).collect::<Vec<_>>().join(" or "),
    };
    format!(
        "{kind}: {} {} {}: {}; patched: {patched}",
        advisory.id, package.name, package.version, advisory.title
    )
}

/// The exceptions of deny.toml, which cargo-deny honors too. Each must say why it stands.
fn ignored(file: &Path) -> anyhow::Result<Vec<Id>> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is not TOML", file.display()))?;
    let entries =
        table.get("advisories").and_then(|section| section.get("ignore")).and_then(toml::Value::as_array);
    let text_of =
        |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let mut ids = Vec::new();
    for entry in entries.into_iter().flatten() {
        let (Some(id), Some(_reason)) = (text_of(entry, "id"), text_of(entry, "reason")) else {
            bail!("deny.toml, advisories.ignore: `{entry}` needs both `id` and `reason`");
        };
        ids.push(
            id.parse::<Id>()
                .with_context(|| format!("deny.toml, advisories.ignore: `{id}` is no advisory id"))?,
        );
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::audit;

    const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"leaky\"\ndate = \"2026-01-02\"\n\
         KIND\n[versions]\npatched = [\">= 1.2.3\"]\n```\n\n# It leaks\n\nA lot.\n";

    /// Audits a lock file with `leaky` at this version against one advisory.
    fn outcome(version: &str, kind: &str, deny: &str) -> Result<(), String> {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("crates/leaky");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("RUSTSEC-2026-9999.md"), ADVISORY.replace("KIND", kind)).unwrap();
        let lock = home.path().join("Cargo.lock");
        // The source of any crate that is not ours, as our own lock file writes it.
        let ours = include_str!("../../../Cargo.lock");
        let source = ours.split("source = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let package =
            format!("[[package]]\nname = \"leaky\"\nversion = \"{version}\"\nsource = \"{source}\"\n");
        fs::write(&lock, format!("version = 4\n\n{package}")).unwrap();
        fs::write(home.path().join("deny.toml"), deny).unwrap();
        audit(home.path(), &lock, &home.path().join("deny.toml")).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_vulnerable_version_fails() {
        let error = outcome("1.2.2", "", "").unwrap_err();
        assert!(error.starts_with("1 known vulnerabilities"), "{error}");
    }

    #[test]
    fn a_patched_version_passes() {
        outcome("1.2.3", "", "").unwrap();
    }

    #[test]
    fn an_unmaintained_crate_is_only_a_warning() {
        outcome("1.2.2", "informational = \"unmaintained\"", "").unwrap();
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let entry = |entry: &str| format!("[advisories]\nignore = [{{ {entry} }}]");
        outcome("1.2.2", "", &entry("id = \"RUSTSEC-2026-9999\", reason = \"not reached\"")).unwrap();
        let error = outcome("1.2.2", "", &entry("id = \"RUSTSEC-2026-9999\"")).unwrap_err();
        assert!(error.contains("needs both `id` and `reason`"), "{error}");
    }
}
