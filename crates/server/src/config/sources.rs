//! Where values come from, strongest first: flags, `SUTLER_*`, conventional variables, `.env`, `sutler.toml`, the
//! command's defaults, the defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sutler_domain::seeded::{Bug, CAN_PLANT, plant};

use super::environment::Environment;
use super::fault::{ConfigError, ConfigFault, Origin, nearest};
use super::file;
use super::keys::{KEYS, Key, Kind};

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// Values by path of their key.
pub(crate) type Layer = BTreeMap<&'static str, Found>;

/// What to read, and what the command line says.
#[derive(Clone, Default)]
pub(crate) struct Request {
    /// `--config`.
    pub(crate) file: Option<PathBuf>,
    /// Whether `.env` is read.
    pub(crate) env_file: bool,
    /// Path of the key, its value and the flag that said so.
    pub(crate) flags: Vec<(&'static str, String, &'static str)>,
    /// Path of the key and its value where the command has another default.
    pub(crate) command: Vec<(&'static str, &'static str)>,
    /// The command, as its defaults are explained.
    pub(crate) command_name: &'static str,
}

/// Variables that begin like settings and are none: they belong to the commands that talk to a server.
const OF_COMMANDS: &[&str] = &["SUTLER_URL", "SUTLER_CONFIG", "SUTLER_NO_HINTS"];

/// The fault that tests plant in a server. A build that can plant none refuses it.
const SEEDED_BUG: &str = "SUTLER_SEEDED_BUG";

/// Read every source. A key that nobody named has its default.
pub(crate) fn read(request: &Request, env: &Environment, folder: &Path) -> Result<Layer, ConfigError> {
    let mut faults = Vec::new();
    let mut layers = vec![flags(request)];
    let of_process = |name: &str, _: usize| Origin::Env(name.to_owned());
    layers.extend(variables(env.iter(), &of_process, &mut faults));
    if request.env_file {
        let path = folder.join(".env");
        if let Ok(text) = std::fs::read_to_string(&path) {
            let of_file = |name: &str, line: usize| Origin::EnvFile {
                name: name.to_owned(),
                path: ".env".to_owned(),
                line,
            };
            let pairs = env_file(&text, &mut faults);
            layers.extend(variables(
                pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())),
                &|name, _| of_file(name, line_of(&text, name)),
                &mut faults,
            ));
        }
    }
    match config_file(request, env, folder) {
        Ok(Some((path, text))) => layers.push(file::read(&path, &text, &mut faults)),
        Ok(None) => {}
        Err(fault) => faults.push(fault),
    }
    layers.push(command(request));
    layers.push(KEYS.iter().map(|key| (key.path, found(key.default, Origin::Default))).collect());
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    // The strongest comes first, so whatever is there already stays.
    let mut merged = Layer::new();
    for (path, value) in layers.into_iter().flatten() {
        merged.entry(path).or_insert(value);
    }
    Ok(merged)
}

fn found(text: &str, origin: Origin) -> Found {
    Found { text: text.to_owned(), origin }
}

fn flags(request: &Request) -> Layer {
    request.flags.iter().map(|(path, text, flag)| (*path, found(text, Origin::Flag(flag)))).collect()
}

fn command(request: &Request) -> Layer {
    let origin = Origin::Command(request.command_name);
    request.command.iter().map(|(path, text)| (*path, found(text, origin.clone()))).collect()
}

/// Two layers out of variables: those of ours, and under them those that other programs know as well.
fn variables<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    origin: &dyn Fn(&str, usize) -> Origin,
    faults: &mut Vec<ConfigFault>,
) -> [Layer; 2] {
    let [mut own, mut conventional] = [Layer::new(), Layer::new()];
    for (name, value) in pairs {
        let from = origin(name, 0);
        if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
            own.insert(key.path, found(value, from));
        } else if let Some(key) = KEYS.iter().find(|key| key.conventional == Some(name)) {
            conventional.insert(key.path, found(value, from));
        } else if let Some((key, is_own)) = secret_file(name) {
            match read_secret(value, from) {
                Ok(secret) => _ = if is_own { &mut own } else { &mut conventional }.insert(key.path, secret),
                Err(fault) => faults.push(fault),
            }
        } else if name == SEEDED_BUG {
            faults.extend(cannot_plant(value, CAN_PLANT));
        } else if name.starts_with("SUTLER_") && !OF_COMMANDS.contains(&name) {
            faults.push(unknown_variable(name, &from));
        }
    }
    [own, conventional]
}

/// The secret that `NAME_FILE` names the file of, and whether the name is one of ours.
fn secret_file(name: &str) -> Option<(&'static Key, bool)> {
    let name = name.strip_suffix("_FILE")?;
    let secrets = || KEYS.iter().filter(|key| is_secret(key));
    let own = secrets().find(|key| key.variable() == name).map(|key| (key, true));
    own.or_else(|| secrets().find(|key| key.conventional == Some(name)).map(|key| (key, false)))
}

/// Whether a value may stand in a file of its own: secrets, and addresses that may hold a password.
pub(super) fn is_secret(key: &Key) -> bool {
    key.kind == Kind::Secret
        || matches!(key.path, "database.url" | "database.listen_url" | "cache.url" | "events.url")
}

/// The first line of the file that holds one secret.
pub(super) fn read_secret(path: &str, named: Origin) -> Result<Found, ConfigFault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigFault::new(format!("cannot read the secret in {path} ({error})"), format!("named by: {named}"))
    })?;
    let first = text.lines().next().unwrap_or_default().trim();
    Ok(found(first, Origin::SecretFile { path: path.to_owned(), named: Box::new(named) }))
}

/// Plant the fault that the environment names, in the process of a server. The name was checked with the settings.
pub(crate) fn plant_bug(env: &Environment) {
    if let Some(bug) = env.get(SEEDED_BUG).and_then(Bug::named)
        && plant(bug).is_ok()
    {
        tracing::error!(bug = bug.name(), breaks = bug.invariant(), "seeded_bug_planted");
    }
}

/// Why this build cannot plant the fault of this name.
pub(super) fn cannot_plant(name: &str, can_plant: bool) -> Option<ConfigFault> {
    let fault = |what: String| {
        Some(ConfigFault::new(what, format!("unset {SEEDED_BUG}; it is for the engine's own tests")))
    };
    match Bug::named(name) {
        _ if !can_plant => {
            fault(format!("{SEEDED_BUG} is set to \"{name}\", and no fault can be planted in this build"))
        }
        None => fault(format!(
            "{SEEDED_BUG} is set to \"{name}\", which is none of the faults that can be planted"
        )),
        Some(_) => None,
    }
}

fn unknown_variable(name: &str, origin: &Origin) -> ConfigFault {
    let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let place = match origin {
        Origin::EnvFile { path, line, .. } => format!("{path} line {line}"),
        _ => "the environment".to_owned(),
    };
    let what = format!("unknown setting \"{name}\" in {place}");
    ConfigFault::new(what, did_you_mean(nearest(name, known.iter().map(String::as_str))))
}

pub(super) fn did_you_mean(word: Option<&str>) -> String {
    let all = "check all: sutler config check";
    word.map_or_else(|| all.to_owned(), |word| format!("{:<37}{all}", format!("did you mean \"{word}\"?")))
}

fn env_file(text: &str, faults: &mut Vec<ConfigFault>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        match pair {
            Ok((_, value)) if value.is_empty() => {}
            Ok(pair) => pairs.push(pair),
            Err(error) => faults.push(ConfigFault::new(
                format!(".env cannot be read: {error}"),
                "write NAME=value, or start with --no-env-file",
            )),
        }
    }
    pairs
}

/// The line that sets a variable, from 1.
fn line_of(text: &str, name: &str) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    (1..).zip(text.lines()).find(|(_, line)| sets(line)).map_or(1, |(number, _)| number)
}

/// The file that was asked for, or the first of the usual ones that is there.
fn config_file(
    request: &Request,
    env: &Environment,
    folder: &Path,
) -> Result<Option<(String, String)>, ConfigFault> {
    let asked = request.file.clone().map(|path| (path, "--config"));
    let asked = asked.or_else(|| env.get("SUTLER_CONFIG").map(|path| (PathBuf::from(path), "SUTLER_CONFIG")));
    if let Some((path, named)) = asked {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(folder.join(&path)).map_err(|error| {
            let next = format!("named by: {named}        a new one: sutler init");
            ConfigFault::new(format!("cannot read the configuration {shown} ({error})"), next)
        })?;
        return Ok(Some((shown, text)));
    }
    for path in ["sutler.toml", "/etc/sutler/sutler.toml"] {
        if let Ok(text) = std::fs::read_to_string(folder.join(path)) {
            return Ok(Some((path.to_owned(), text)));
        }
    }
    Ok(None)
}
