//! `sutler export`: everything of one kind, page by page, into a file or a pipe.

mod columns;
mod out;
mod shopify;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use sutler_app::transfer::Table;
use sutler_client::{Call, Client, Pages};

use self::columns::{Kind, columns};
use self::out::Out;
use self::shopify::Shopify;
use crate::connect::Context;
use crate::console::{Exit, Failure, Progress};
use crate::serve::Signals;

/// Rows asked for at a time: what is held in memory is one page, however many there are.
const PAGE: &str = "200";

/// Write everything of one kind as CSV or NDJSON
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler export orders orders.csv
  sutler export products --format shopify-csv > products.csv
  sutler export --all everything/

Without --format the ending of the file decides, else it is NDJSON: one REST body a line. A file appears when it is whole.
In CSV a text that begins like a formula gets an apostrophe in front, because spreadsheets would run it; --raw leaves it.
Amounts are decimal numbers with their currency beside them. Events reach as far back as events.retention.")]
#[command(group = clap::ArgGroup::new("which").required(true).args(["kind", "all"]))]
pub(crate) struct Export {
    /// What
    #[arg(value_enum)]
    kind: Option<Kind>,
    /// Where to; '-' or none is stdout
    #[arg(conflicts_with = "all")]
    file: Option<PathBuf>,
    /// Everything there is, a file for each kind, into this folder
    #[arg(long, value_name = "DIR")]
    all: Option<PathBuf>,
    /// How
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Leave texts that begin like a formula as they are
    #[arg(long)]
    raw: bool,
    /// Begin CSV with a byte order mark, for old spreadsheets
    #[arg(long)]
    bom: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table
    Csv,
    /// One REST body a line
    Ndjson,
    /// Products as Shopify writes them, which 'sutler import' reads
    ShopifyCsv,
}

pub(crate) async fn run(args: Export, context: &Context) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let work = async {
        match (&args.all, args.kind) {
            (Some(folder), _) => everything(&args, folder, context).await,
            (None, Some(kind)) => single(&args, kind, context).await,
            (None, None) => Err(Failure::usage("export what? Name a kind, or --all DIR")),
        }
    };
    // What was not finished goes with the work.
    tokio::select! {
        done = work => done,
        () = signals.next() => {
            Err(Failure::new(Exit::Interrupted, "the export was stopped").next("no file was left half written"))
        }
    }
}

async fn single(args: &Export, kind: Kind, context: &Context) -> Result<(), Failure> {
    let file = args.file.as_deref().filter(|file| file.as_os_str() != "-");
    let form = args.format.unwrap_or_else(|| form_of(file));
    if form == Form::ShopifyCsv && kind != Kind::Products {
        return Err(Failure::usage("shopify-csv is a form of products").next("try:  --format csv"));
    }
    let rows = export(args, kind, form, file, context).await?;
    tell(&[(kind, file.map(Path::to_owned), rows)], file.is_some(), context)
}

async fn everything(args: &Export, folder: &Path, context: &Context) -> Result<(), Failure> {
    let form = args.format.unwrap_or(Form::Ndjson);
    std::fs::create_dir_all(folder)?;
    let mut done = Vec::new();
    for kind in Kind::ALL {
        let form = if form == Form::ShopifyCsv && kind != Kind::Products { Form::Csv } else { form };
        let ending = if form == Form::Ndjson { "ndjson" } else { "csv" };
        let file = folder.join(format!("{}.{ending}", kind.as_str()));
        let rows = export(args, kind, form, Some(&file), context).await?;
        done.push((kind, Some(file), rows));
    }
    tell(&done, true, context)
}

fn form_of(file: Option<&Path>) -> Form {
    let ending = file.and_then(Path::extension).and_then(|ending| ending.to_str()).unwrap_or_default();
    if ending.eq_ignore_ascii_case("csv") { Form::Csv } else { Form::Ndjson }
}

/// How many of what; on stdout only when the rows are elsewhere.
fn tell(done: &[(Kind, Option<PathBuf>, u64)], in_files: bool, context: &Context) -> Result<(), Failure> {
    for (kind, file, rows) in done {
        let file = file.as_ref().map(|file| file.display().to_string());
        let text = match (in_files, context.output.is_for_people()) {
            (true, true) => format!("{rows} {} in {}", kind.as_str(), file.unwrap_or_default()),
            (true, false) => {
                context.output.json(&json!({"kind": kind.as_str(), "rows": rows, "file": file}))?;
                continue;
            }
            (false, _) => {
                context.output.say(format!("{rows} {}", kind.as_str()));
                continue;
            }
        };
        context.output.line(text)?;
    }
    Ok(())
}

async fn export(
    args: &Export,
    kind: Kind,
    form: Form,
    file: Option<&Path>,
    context: &Context,
) -> Result<u64, Failure> {
    let client = context.client()?;
    let total = total(kind, &client).await?;
    let mut progress = Progress::new("export", kind.as_str(), total, context.globals.quiet);
    let mut writer = Writer::begin(args, kind, form, Out::open(file)?, &client).await?;
    let mut pages: Pages<'_, Value> = Pages::new(&client, kind.call().query("limit", PAGE));
    let (mut seen, mut rows) = (0_u64, 0_u64);
    while let Some(page) = pages.page().await? {
        for thing in page {
            seen = seen.saturating_add(1);
            for row in kind.rows(thing, form == Form::Csv) {
                writer.write(&row, &client).await?;
                rows = rows.saturating_add(1);
            }
        }
        progress.at(seen, 0);
    }
    progress.end();
    writer.end()?;
    // A table has several rows for one product; people count products.
    Ok(if kind == Kind::Items { rows } else { seen })
}

/// How many things the pages will hold, where the server counts them; only for progress.
async fn total(kind: Kind, client: &Client) -> Result<u64, Failure> {
    if !kind.is_counted() {
        return Ok(0);
    }
    let call = kind.call().query("limit", "1").query("count", "exact");
    let answer: Value = client.send(call).await?.json()?;
    Ok(answer.pointer("/page/total").and_then(Value::as_u64).unwrap_or(0))
}

/// One form of rows.
enum Writer {
    Ndjson(Out),
    Csv(&'static [columns::Column], Table<Out>),
    Shopify(Shopify),
}

impl Writer {
    async fn begin(
        args: &Export,
        kind: Kind,
        form: Form,
        mut out: Out,
        client: &Client,
    ) -> Result<Self, Failure> {
        if form == Form::Ndjson {
            return Ok(Self::Ndjson(out));
        }
        if args.bom {
            out.write(b"\xEF\xBB\xBF")?;
        }
        let mut table = Table::new(out, args.raw);
        if form == Form::ShopifyCsv {
            return Ok(Self::Shopify(Shopify::begin(table, client).await?));
        }
        let columns = columns(kind);
        let titles: Vec<_> = columns.iter().map(columns::Column::title).collect();
        table.row(&titles).map_err(out::gone)?;
        Ok(Self::Csv(columns, table))
    }

    async fn write(&mut self, row: &Value, client: &Client) -> Result<(), Failure> {
        match self {
            Self::Ndjson(out) => {
                out.write(serde_json::to_string(row).unwrap_or_default().as_bytes())?;
                out.write(b"\n")
            }
            Self::Csv(columns, table) => {
                let cells: Vec<_> = columns.iter().map(|column| column.cell(row)).collect();
                table.row(&cells).map_err(out::gone)
            }
            Self::Shopify(shopify) => shopify.product(row, client).await,
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self {
            Self::Ndjson(out) => out.end(),
            Self::Csv(_, table) => table.end().map_err(out::gone)?.end(),
            Self::Shopify(shopify) => shopify.end()?.end(),
        }
    }
}

/// A read of the server.
async fn ask(client: &Client, call: Call) -> Result<Value, Failure> {
    Ok(client.send(call).await?.json()?)
}
