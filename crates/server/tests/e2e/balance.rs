//! `sutler balance` is `sutler-balance`, where that is installed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use crate::server::{Said, run};

/// `sutler`, alone in a folder.
fn alone() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::hard_link(env!("CARGO_BIN_EXE_sutler"), folder.path().join("sutler")).unwrap();
    folder
}

/// A program of that name that says how it was called.
fn put(folder: &Path) {
    let program = folder.join("sutler-balance");
    fs::write(&program, "#!/bin/sh\necho \"$$ $0 $*\"\nexit 42\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

fn balance(folder: &Path, path: &Path, args: &[&str]) -> Said {
    let mut command = std::process::Command::new(folder.join("sutler"));
    command.arg("balance").args(args).current_dir(folder).env_clear().env("PATH", path);
    run(command, None)
}

#[test]
fn without_it_one_is_told_how_to_get_it() {
    let folder = alone();
    let args = ["--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1"];
    let said = balance(folder.path(), folder.path(), &args);
    assert_eq!((said.code, said.out.as_str()), (5, ""), "{said:?}");
    assert!(said.err.starts_with("error: the program sutler-balance is not there (looked in "), "{said:?}");
    assert!(said.err.contains("cargo install --locked --path crates/balance"), "{said:?}");
    let help = balance(folder.path(), folder.path(), &["--help"]);
    assert_eq!(help.code, 0, "{help:?}");
    assert!(help.out.contains("--upstream URL") && help.out.contains("cargo install"), "{help:?}");
}

#[test]
fn it_is_called_with_the_same_arguments_and_ends_as_it_does() {
    let (folder, elsewhere) = (alone(), tempfile::tempdir().unwrap());
    put(elsewhere.path());
    let args = ["--listen", "127.0.0.1:0", "--help", "-v", "--json", "two words"];
    let said = balance(folder.path(), elsewhere.path(), &args);
    assert_eq!(said.code, 42, "{said:?}");
    let expected = format!("{}/sutler-balance {}\n", elsewhere.path().display(), args.join(" "));
    assert!(said.out.ends_with(&expected), "{said:?}");
    // The one beside `sutler` comes first.
    put(folder.path());
    let said = balance(folder.path(), elsewhere.path(), &args);
    assert!(said.out.contains(&format!("{}/sutler-balance ", folder.path().display())), "{said:?}");
}
