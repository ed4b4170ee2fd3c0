//! Lists from a server: one page, or all of them.

use clap::Args;
use serde_json::{Value, json};
use sutler_client::Call;

use crate::connect::Context;
use crate::console::{Column, Failure};

/// How much of a list.
#[derive(Args, Clone, Debug)]
pub(crate) struct PageArgs {
    /// Rows of a page, 1 to 200
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
    /// Begin after this cursor, the 'next' of the page before
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
    /// Every page
    #[arg(long)]
    pub(crate) all: bool,
}

/// Show a list of the server.
pub(crate) async fn show(
    context: &Context,
    call: Call,
    page: &PageArgs,
    columns: &[Column],
    id: &str,
) -> Result<(), Failure> {
    let call = call.query("limit", page.limit.to_string());
    let mut after = page.after.clone();
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let once = match &after {
            Some(cursor) => call.clone().query("after", cursor),
            None => call.clone(),
        };
        let mut answer = context.ask(once).await?;
        let found = answer.get_mut("data").map(Value::take).unwrap_or_default();
        rows.extend(found.as_array().cloned().unwrap_or_default());
        let next = answer.pointer("/page/next").and_then(Value::as_str).map(str::to_owned);
        let more = answer.pointer("/page/has_more").and_then(Value::as_bool).unwrap_or(false);
        if !page.all || !more || next.is_none() {
            let whole = json!({"data": rows, "page": answer.get("page")});
            context.output.list(columns, &rows, id, &whole)?;
            if more && let Some(next) = next {
                context.output.hint(format!("more:  --after {next}, or --all"));
            }
            return Ok(());
        }
        after = next;
    }
}

/// A value as a part of a path.
pub(crate) fn segment(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
