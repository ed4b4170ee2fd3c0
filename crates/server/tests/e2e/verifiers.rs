//! The verifiers of Standard Webhooks, in Python and in JavaScript, by the specification's authors: they take what was sent,
//! and nothing that was changed. Where one is not to be had, the test says so and goes on with the other.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sutler_testkit::servers::receiver::Received;

use crate::server::run;

const PYTHON: &str = r#"
import json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
given = json.load(sys.stdin)
hook, body, headers = Webhook(given["secret"]), given["body"], given["headers"]
assert hook.verify(body, headers)["id"] == headers["webhook-id"]
for name, value in [("webhook-id", "evt_x"), ("webhook-timestamp", str(int(headers["webhook-timestamp"]) - 301)), ("webhook-signature", "v1,AAAA")]:
    try:
        hook.verify(body, {**headers, name: value})
    except WebhookVerificationError:
        continue
    raise SystemExit(f"took another {name}")
try:
    hook.verify(body + " ", headers)
except WebhookVerificationError:
    raise SystemExit(0)
raise SystemExit("took another body")
"#;

const JAVASCRIPT: &str = r#"
const { Webhook } = require("standardwebhooks");
const { secret, body, headers } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const hook = new Webhook(secret);
if (hook.verify(body, headers).id !== headers["webhook-id"]) throw new Error("read another event");
const late = String(Number(headers["webhook-timestamp"]) - 301);
const changed = [["webhook-id", "evt_x"], ["webhook-timestamp", late], ["webhook-signature", "v1,AAAA"]];
const others = changed.map(([name, value]) => [name, body, { ...headers, [name]: value }]);
for (const [what, ...given] of [...others, ["body", body + " ", headers]]) {
  let taken = true;
  try { hook.verify(...given); } catch { taken = false; }
  if (taken) throw new Error("took another " + what);
}
"#;

/// Every verifier that is to be had takes what was sent, and nothing that was changed.
pub(crate) fn judge(folder: &Path, secret: &str, request: &Received) {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let given = json!({"secret": secret, "body": body, "headers": request.headers});
    if let Some(python) = python(folder) {
        let mut command = Command::new(python);
        command.args(["-c", PYTHON]);
        takes(command, &given);
    }
    if let Some(modules) = modules() {
        let mut command = Command::new("node");
        command.args(["-e", JAVASCRIPT]).env("NODE_PATH", modules);
        takes(command, &given);
    }
}

fn takes(command: Command, given: &Value) {
    let said = run(command, Some(&given.to_string()));
    assert_eq!(said.code, 0, "{said:?}");
}

/// A Python that has the verifier; `None` where that cannot be had.
fn python(folder: &Path) -> Option<PathBuf> {
    let python = folder.join("venv/bin/python");
    let runs = |command: &mut Command| {
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let made = python.is_file()
        || (runs(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))
            && runs(Command::new(&python).args(["-m", "pip", "install", "-q", "standardwebhooks==1.1.0"])));
    if !made {
        eprintln!(
            "SKIPPED: the verifier of Standard Webhooks cannot be installed: python3 -m venv, pip, or the network is missing."
        );
        return None;
    }
    Some(python)
}

/// The folder of modules in which npm installed the verifier; `None` where that cannot be had.
#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn modules() -> Option<PathBuf> {
    let named =
        std::env::var_os("SUTLER_STANDARDWEBHOOKS").filter(|path| !path.is_empty()).map(PathBuf::from);
    if named.is_none() {
        eprintln!(
            "SKIPPED: SUTLER_STANDARDWEBHOOKS names no node_modules with standardwebhooks; `cargo xtask test` fetches it."
        );
    }
    named
}
