//! A product in an editor: what is saved, what is refused, and what becomes of the file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::server::{Said, Server, command, folder, run, sutler};

/// Edit the product P1, with a shell script for an editor and a folder of its own for temporary files.
fn edit(folder: &Path, script: &str, args: &[&str]) -> Said {
    let (editor, temporary) = (folder.join("editor.sh"), folder.join("tmp"));
    std::fs::create_dir_all(&temporary).unwrap();
    std::fs::write(&editor, format!("#!/bin/sh\nset -e\n{script}\n")).unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut edit = command(folder, &[&["products", "edit", "P1"], args].concat());
    edit.env("EDITOR", &editor).env("TMPDIR", &temporary);
    run(edit, None)
}

fn product(folder: &Path) -> Value {
    serde_json::from_str(&sutler(folder, &["products", "show", "P1", "--json"]).out).unwrap()
}

/// What lies where temporary files are.
fn left(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("tmp")).unwrap();
    files.map(|file| file.unwrap().path().display().to_string()).collect()
}

/// A shop with one product.
fn shop(folder: &Path) -> Server {
    let server = Server::dev(folder, &["--no-sample"]);
    let made = ["products", "create", "--id", "P1", "--title", "Lamp", "--price", "59.60", "--sku", "LAMP"];
    assert_eq!(sutler(folder, &made).code, 0);
    server
}

#[test]
fn an_edited_product_is_saved_with_its_difference_shown() {
    let folder = folder();
    let _server = shop(folder.path());
    let script =
        "sed -e 's/\"Lamp\"/\"Desk lamp\"/' -e 's/5960/4990/' \"$1\" > \"$1.new\"; mv \"$1.new\" \"$1\"";
    let before = product(folder.path());
    let said = edit(folder.path(), script, &["--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("-  \"title\": \"Lamp\"") && said.err.contains("+  \"title\": \"Desk lamp\""));
    assert!(said.err.contains("4990") && !said.err.contains("LAMP"), "only what changed is shown: {said:?}");
    let after = product(folder.path());
    assert_eq!(
        (&after["title"], &after["variants"][0]["price"]["amount"]),
        (&"Desk lamp".into(), &4990.into())
    );
    assert_eq!(after["variants"][0]["variant_id"], before["variants"][0]["variant_id"]);
    assert!(left(folder.path()).is_empty());
}

#[test]
fn nothing_is_sent_for_a_product_left_as_it_is() {
    let folder = folder();
    let _server = shop(folder.path());
    let before = product(folder.path());
    let said = edit(folder.path(), ":", &["--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("unchanged") && said.out.is_empty(), "{said:?}");
    assert_eq!(product(folder.path()), before);
    assert!(left(folder.path()).is_empty());
}

#[test]
fn a_change_of_somebody_else_meanwhile_is_not_overwritten() {
    let folder = folder();
    let server = shop(folder.path());
    let script = format!(
        "{} api patch /products/P1 -f vendor=Other --server {} >/dev/null\nsed 's/\"Lamp\"/\"Mine\"/' \"$1\" > \"$1.new\"; mv \"$1.new\" \"$1\"",
        env!("CARGO_BIN_EXE_sutler"),
        server.url
    );
    let said = edit(folder.path(), &script, &["--yes"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(said.err.contains("version_mismatch"), "{said:?}");
    let after = product(folder.path());
    assert_eq!((&after["title"], &after["vendor"]), (&"Lamp".into(), &"Other".into()));
    assert!(said.err.contains(&left(folder.path())[0]), "what was typed is kept: {said:?}");
}

#[test]
fn what_cannot_be_saved_is_kept_and_what_cannot_be_answered_is_not_begun() {
    let folder = folder();
    let _server = shop(folder.path());
    let before = product(folder.path());
    let said = edit(folder.path(), "printf '{\\n  \"title\": ,\\n}' > \"$1\"", &["--yes"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("line 2") && said.err.contains(&left(folder.path())[0]), "{said:?}");
    let unconfirmed = edit(folder.path(), "touch opened", &[]);
    assert_eq!(unconfirmed.code, 2, "{unconfirmed:?}");
    assert!(unconfirmed.err.contains("--yes") && !folder.path().join("opened").exists(), "{unconfirmed:?}");
    let unnamed = sutler(folder.path(), &["products", "edit", "P1", "--yes"]);
    assert_eq!(unnamed.code, 2, "{unnamed:?}");
    assert!(unnamed.err.contains("VISUAL") && unnamed.err.contains("EDITOR"), "{unnamed:?}");
    assert_eq!(product(folder.path()), before);
}
