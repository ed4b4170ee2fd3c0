//! `sutler config`: what is set, and from where.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::cli::ConfigArgs;
use crate::config::{Request, show};
use crate::connect::Context;
use crate::console::{Column, Failure, Paint};

#[derive(Subcommand, Debug)]
pub(crate) enum Config {
    /// Check every value of every source
    #[command(after_help = "Examples:
  sutler config check
  sutler config check --config ./sutler.toml")]
    Check(ConfigArgs),
    /// Every value, and with --origin where it came from
    #[command(after_help = "Examples:
  sutler config show --origin
  sutler config show --json")]
    Show {
        #[command(flatten)]
        config: ConfigArgs,
        /// Say where each value came from
        #[arg(long)]
        origin: bool,
    },
    /// JSON Schema of sutler.toml, for editors
    #[command(after_help = "Examples:
  sutler config schema > sutler.schema.json
  sutler config schema -o ndjson")]
    Schema,
}

pub(crate) fn run(args: Config, context: &Context) -> Result<(), Failure> {
    let request = || Request { command_name: "sutler serve", ..Request::default() };
    match args {
        Config::Check(config) => {
            context.load(&config, request())?;
            let word = context.output.paint(Paint::Good, "✓");
            context.output.line(format!("{word} the configuration is valid"))?;
            context.output.hint("each value and its origin:  sutler config show --origin");
            Ok(())
        }
        Config::Show { config, origin } => {
            let (_, values) = context.load(&config, request())?;
            let rows = show::rows(&values).into_iter();
            let rows: Vec<Value> = rows
                .map(|(key, value, origin)| json!({"key": key, "value": value, "origin": origin}))
                .collect();
            let mut columns = vec![Column::at("key", "/key"), Column::at("value", "/value")];
            if origin {
                columns.push(Column::at("origin", "/origin"));
            }
            let whole: Map<String, Value> = rows
                .iter()
                .map(|row| {
                    (
                        crate::console::text(row, "/key"),
                        json!({"value": row["value"], "origin": row["origin"]}),
                    )
                })
                .collect();
            context.output.list(&columns, &rows, "/key", &Value::Object(whole))
        }
        Config::Schema => context.output.json(&show::schema()),
    }
}
