//! `sutler products edit`: a product in the editor, and what changed of it to the server.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use serde_json::{Map, Value};
use sutler_client::{Call, Method};

use crate::connect::Context;
use crate::console::{Failure, Paint, field, text};

/// What the server keeps by itself, or what an action of its own moves (`archive`), of a product.
const KEPT: [&str; 6] = ["product_id", "object", "status", "version", "created_at", "updated_at"];

/// The same of a variant. Its id stays: by it the server knows which variant is meant.
const KEPT_OF_VARIANT: [&str; 5] = ["product_id", "object", "title", "position", "version"];

/// What a product cannot be without.
const NEEDED: [&str; 3] = ["handle", "title", "variants"];

/// The most pairs of lines that are compared; beyond, all lines between the first and the last change are shown.
const PAIRS_MAX: usize = 4_000_000;

const QUESTION: &str = "Save these changes?";

/// Change a product in the editor that VISUAL or EDITOR names
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler products edit P1
  sutler products edit handle:blue-mug --yes")]
pub(crate) struct Edit {
    /// Its id, handle:… or sku:…
    product: String,
}

pub(super) async fn run(args: Edit, context: &Context) -> Result<(), Failure> {
    // What nobody could confirm or write need not be begun.
    context.answerable(QUESTION)?;
    let editor = editor(context)?;
    let product = context.ask(Call::get(super::path(&args.product, ""))).await?;
    let before = editable(&product);
    let file = write(&pretty(&before))?;
    let saved = save(&product, &before, &file, editor, context).await;
    match saved {
        Ok(saved) => {
            _ = std::fs::remove_file(&file);
            saved.map_or(Ok(()), |saved| super::show(&saved, context))
        }
        // What was typed is not lost with the error.
        Err(failure) => Err(failure.fact("kept", file.display().to_string())),
    }
}

/// Gives the product as it was saved, or nothing when there was nothing to save.
async fn save(
    product: &Value,
    before: &Value,
    file: &Path,
    editor: &str,
    context: &Context,
) -> Result<Option<Value>, Failure> {
    open(editor, file)?;
    let after = read(file)?;
    if after == *before {
        context.output.say("unchanged; nothing was sent");
        return Ok(None);
    }
    for line in difference(&pretty(before), &pretty(&after)) {
        let paint = if line.starts_with('+') { Paint::Good } else { Paint::Bad };
        context.output.say(context.output.paint(paint, &line));
    }
    context.confirm(QUESTION)?;
    let id = text(product, "/product_id");
    let version = field(product, "/version").as_u64().unwrap_or_default();
    let call = Call::new(Method::PATCH, super::path(&id, "")).if_match(version);
    context.ask(call.json(&merge_patch(before, &after))).await.map(Some)
}

fn editor(context: &Context) -> Result<&str, Failure> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| context.env.get(name));
    named.filter(|editor| !editor.trim().is_empty()).ok_or_else(|| {
        Failure::usage("no editor is named: neither VISUAL nor EDITOR is set")
            .next("name one:  EDITOR=nano sutler products edit …")
    })
}

/// A product without what cannot be edited here.
fn editable(product: &Value) -> Value {
    let mut product = product.clone();
    if let Some(members) = product.as_object_mut() {
        members.retain(|name, _| !KEPT.contains(&name.as_str()));
    }
    let variants = product.get_mut("variants").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten().filter_map(Value::as_object_mut) {
        variant.retain(|name, _| !KEPT_OF_VARIANT.contains(&name.as_str()));
    }
    product
}

fn pretty(value: &Value) -> String {
    // A tree of JSON values can always be written.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Write a new file that only its owner reads: it says what things cost the shop.
fn write(content: &str) -> Result<PathBuf, Failure> {
    let path = std::env::temp_dir().join(format!("sutler-product-{}.json", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| file.write_all(content.as_bytes()));
    written.map_err(|error| Failure::usage(format!("cannot write {} ({error})", path.display())))?;
    Ok(path)
}

/// Run the editor, which may be named with arguments of its own, until it is closed.
fn open(editor: &str, file: &Path) -> Result<(), Failure> {
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let status = Command::new(program).args(words).arg(file).status();
    let failed = |reason: String| Err(Failure::usage(format!("the editor '{editor}' failed: {reason}")));
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => failed(status.to_string()),
        Err(error) => failed(error.to_string()),
    }
}

fn read(file: &Path) -> Result<Value, Failure> {
    let content = std::fs::read_to_string(file).map_err(|error: io::Error| {
        Failure::usage(format!("cannot read back what was edited ({error}); nothing was changed"))
    })?;
    let after: Value = serde_json::from_str(&content).map_err(|error| {
        Failure::usage(format!("what was edited is not JSON: {error}; nothing was changed"))
    })?;
    let Some(members) = after.as_object() else {
        return Err(Failure::usage("what was edited is not a JSON object; nothing was changed"));
    };
    match NEEDED.iter().find(|name| members.get(**name).is_none_or(Value::is_null)) {
        Some(name) => {
            Err(Failure::usage(format!("a product needs '{name}', which is gone; nothing was changed")))
        }
        None => Ok(after),
    }
}

/// What turns one document into the other: changed members, and `null` for those taken out (RFC 7396).
fn merge_patch(before: &Value, after: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return after.clone() };
    let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed = new.iter().filter(|(name, value)| old.get(*name) != Some(*value));
    let changed = changed
        .map(|(name, value)| (name.clone(), merge_patch(old.get(name).unwrap_or(&Value::Null), value)));
    Value::Object(gone.chain(changed).collect::<Map<_, _>>())
}

/// The lines taken out (`-`) and put in (`+`), in their order.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (mut old, mut new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    (old, new) = (old.split_off(head), new.split_off(head));
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    old.truncate(old.len().saturating_sub(tail));
    new.truncate(new.len().saturating_sub(tail));
    let common =
        if old.len().saturating_mul(new.len()) > PAIRS_MAX { Vec::new() } else { common(&old, &new) };
    let (mut lines, mut old, mut new) = (Vec::new(), old.into_iter(), new.into_iter());
    for stop in common.into_iter().map(Some).chain([None]) {
        lines.extend(old.by_ref().take_while(|line| Some(*line) != stop).map(|line| format!("-{line}")));
        lines.extend(new.by_ref().take_while(|line| Some(*line) != stop).map(|line| format!("+{line}")));
    }
    lines
}

/// The longest list of lines that both have, in their order.
fn common<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<&'t str> {
    // Each row holds, for every end of `new`, how many lines it shares with what is left of `old`.
    let mut rows = vec![vec![0_u32; new.len() + 1]];
    for line in old.iter().rev() {
        let below = rows.last().map_or(&[][..], Vec::as_slice);
        let mut row = vec![0; below.len()];
        for (at, other) in new.iter().enumerate().rev() {
            let count = |of: &[u32], at: usize| of.get(at).copied().unwrap_or(0);
            let best = if line == other {
                count(below, at + 1) + 1
            } else {
                count(below, at).max(count(&row, at + 1))
            };
            row.iter_mut().skip(at).take(1).for_each(|cell| *cell = best);
        }
        rows.push(row);
    }
    rows.reverse();
    let count = |i: usize, j: usize| rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut shared, mut i, mut j) = (Vec::new(), 0, 0);
    while let (Some(line), Some(other)) = (old.get(i), new.get(j)) {
        if line == other {
            shared.push(*line);
            (i, j) = (i + 1, j + 1);
        } else if count(i + 1, j) >= count(i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_difference_shows_changed_lines_only() {
        assert_eq!(difference("a\nb\nc\nd\ne\n", "a\nB\nc\ne\nf\n"), ["-b", "+B", "-d", "+f"]);
        assert_eq!(difference("a\na\nb\n", "a\nb\n"), ["-a"]);
        assert!(difference("a\nb\n", "a\nb\n").is_empty());
    }

    #[test]
    fn long_documents_are_told_apart_without_comparing_every_pair() {
        let lines = PAIRS_MAX.isqrt() + 1;
        let text = |first: &str, last: &str| format!("{first}\n{}{last}\n", "same\n".repeat(lines));
        let difference = difference(&text("a", "b"), &text("c", "d"));
        assert_eq!(difference.len(), 2 * (lines + 2));
    }

    #[test]
    fn a_patch_says_what_changed_and_clears_what_was_taken_out() {
        let before = json!({"title": "Mug", "vendor": "V", "tags": ["a"], "metadata": {"x": "1", "y": "2"}});
        let after = json!({"title": "Cup", "tags": ["a", "b"], "metadata": {"x": "1"}});
        let patch = json!({"title": "Cup", "vendor": null, "tags": ["a", "b"], "metadata": {"y": null}});
        assert_eq!(merge_patch(&before, &after), patch);
    }
}
