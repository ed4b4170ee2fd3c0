//! `sutler.toml`: read with the lines of its keys, so that a fault says where it stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{ConfigFault, Origin, nearest};
use super::keys::{KEYS, Key, Kind};
use super::sources::{Found, Layer, did_you_mean, is_secret, read_secret};

/// The values of a file. Whatever it should not hold becomes a fault.
pub(super) fn read(path: &str, text: &str, faults: &mut Vec<ConfigFault>) -> Layer {
    let mut layer = Layer::new();
    match DeTable::parse(text) {
        Ok(table) => Reader { path, text, faults, layer: &mut layer }.table("", table.get_ref()),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            let what = format!("{path} line {line} is not TOML: {}", error.message());
            faults.push(ConfigFault::new(what, "check all: sutler config check"));
        }
    }
    layer
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    faults: &'a mut Vec<ConfigFault>,
    layer: &'a mut Layer,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let dotted = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{}", name.get_ref())
            };
            let origin =
                Origin::File { path: self.path.to_owned(), line: line_at(self.text, name.span().start) };
            let secret = dotted.strip_suffix("_file").and_then(Key::of).filter(|key| is_secret(key));
            if let Some(key) = Key::of(&dotted) {
                self.value(key, value, origin);
            } else if let Some(key) = secret {
                self.secret(key, value, origin);
            } else if is_section(&dotted)
                && let Some(inner) = value.get_ref().as_table()
            {
                self.table(&dotted, inner);
            } else {
                self.unknown(prefix, name.get_ref(), &origin);
            }
        }
    }

    fn value(&mut self, key: &'static Key, value: &Spanned<DeValue<'_>>, origin: Origin) {
        match text_of(key.kind, value.get_ref()) {
            Some(text) => _ = self.layer.insert(key.path, Found { text, origin }),
            None => self.faults.push(ConfigFault::new(
                format!(
                    "{} in {origin} is {}, not {}",
                    key.path,
                    article(value.get_ref().type_str()),
                    form(key.kind)
                ),
                format!(
                    "its default: {}        check all: sutler config check",
                    super::show::toml(key, key.default)
                ),
            )),
        }
    }

    fn secret(&mut self, key: &'static Key, value: &Spanned<DeValue<'_>>, origin: Origin) {
        // An empty name is the default of `sutler init`: no file.
        let path = value.get_ref().as_str().unwrap_or_default();
        if path.is_empty() {
            return;
        }
        match read_secret(path, origin) {
            Ok(found) => _ = self.layer.insert(key.path, found),
            Err(fault) => self.faults.push(fault),
        }
    }

    fn unknown(&mut self, prefix: &str, name: &str, origin: &Origin) {
        let siblings = KEYS.iter().filter_map(|key| {
            let rest = if prefix.is_empty() {
                key.path
            } else {
                key.path.strip_prefix(prefix)?.strip_prefix('.')?
            };
            Some(rest.split('.').next().unwrap_or(rest))
        });
        // A key of a section that stands outside of it is the other common slip.
        let elsewhere = KEYS.iter().find(|key| key.path.rsplit('.').next() == Some(name));
        let word = nearest(name, siblings).or_else(|| elsewhere.map(|key| key.path));
        let section = if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
        self.faults.push(ConfigFault::new(
            format!("unknown key \"{section}{name}\" in {origin}"),
            did_you_mean(word),
        ));
    }
}

fn is_section(dotted: &str) -> bool {
    KEYS.iter().any(|key| key.path.strip_prefix(dotted).is_some_and(|rest| rest.starts_with('.')))
}

/// A value as it would stand in an environment variable; `None` when its type is not the key's.
fn text_of(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    match (kind, value) {
        (Kind::Words, DeValue::Array(words)) => {
            let words: Option<Vec<&str>> = words.iter().map(|word| word.get_ref().as_str()).collect();
            words.map(|words| words.join(","))
        }
        (Kind::Decimals, DeValue::Table(table)) => {
            let pair = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| -> Option<String> {
                Some(format!("{}={}", name.get_ref(), scalar(value.get_ref())?))
            };
            let pairs: Option<Vec<String>> = table.iter().map(pair).collect();
            pairs.map(|pairs| pairs.join(","))
        }
        (Kind::Switch, DeValue::Boolean(yes)) => Some(yes.to_string()),
        (Kind::Count(..) | Kind::CountOrNothing(..) | Kind::Size, DeValue::Integer(number))
            if number.radix() == 10 =>
        {
            Some(number.as_str().to_owned())
        }
        (Kind::CountOrNothing(..), DeValue::String(text)) if text.is_empty() => Some(String::new()),
        (Kind::Words | Kind::Decimals | Kind::Switch | Kind::Count(..) | Kind::CountOrNothing(..), _) => None,
        (_, DeValue::String(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

fn article(type_name: &str) -> String {
    let vowel = type_name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {type_name}", if vowel { "an" } else { "a" })
}

/// What a kind looks like in TOML, for people.
fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::Switch => "true or false",
        Kind::Count(..) | Kind::CountOrNothing(..) => "a whole number",
        Kind::Words => "a list of texts",
        Kind::Decimals => "a table of decimals",
        _ => "a text",
    }
}

/// The line of a byte, from 1.
fn line_at(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(1, |before| before.matches('\n').count() + 1)
}
