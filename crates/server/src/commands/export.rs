//! `sutler export`: everything of one kind, page by page, into a file or a pipe; or the whole shop, to move it.

mod google;
mod kinds;
mod out;
mod shopify;
pub(super) mod whole;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use sutler_app::transfer::Table;
use sutler_app::transfer::columns::Column;
use sutler_client::{Call, Client, Pages};

use self::google::Google;
use self::kinds::{Kind, columns};
use self::out::Out;
use self::shopify::Shopify;
use super::backup::DatabaseArgs;
use crate::connect::Context;
use crate::console::{Exit, Failure, Progress, field, text};
use crate::serve::Signals;

/// Rows asked for at a time: what is held in memory is one page, however many there are.
const PAGE: &str = "200";

/// Write everything of one kind as CSV or NDJSON
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler export orders orders.csv
  sutler export products --format shopify-csv > products.csv
  sutler export products feed.xml --format google-xml --shop-url https://shop.example.com
  sutler export orders --filter payment_status=paid --filter 'placed_at[gte]=2026-11-01' november.csv
  sutler export journal books.csv
  sutler export --each tables/
  sutler export --all shop/

Without --format the ending of the file decides, else it is NDJSON: one REST body a line. A file appears when it is whole.
In CSV a text that begins like a formula gets an apostrophe in front, because spreadsheets would run it; --raw leaves it.
Amounts are decimal numbers with their currency beside them. Events reach as far back as events.retention. The journal is
that of the books, double entry; its debits and credits are compared before the file is kept.

--all reads the database itself and writes every row of it, to be moved with 'sutler import --all': from SQLite to PostgreSQL
or back. It sees one moment, whatever a server does meanwhile; what is to be moved for good is exported while none runs.")]
#[command(group = clap::ArgGroup::new("which").required(true).args(["kind", "each", "all"]))]
pub(crate) struct Export {
    /// What
    #[arg(value_enum)]
    kind: Option<Kind>,
    /// Where to; '-' or none is stdout
    #[arg(conflicts_with_all = ["each", "all"])]
    file: Option<PathBuf>,
    /// A file for each kind, into this folder
    #[arg(long, value_name = "DIR")]
    each: Option<PathBuf>,
    /// The whole shop, as 'sutler import --all' reads it, into this folder
    #[arg(long, value_name = "DIR")]
    all: Option<PathBuf>,
    #[command(flatten)]
    at: DatabaseArgs,
    /// Only what these filters of the list leave, such as status=confirmed
    #[arg(long, value_name = "NAME=VALUE", requires = "kind")]
    filter: Vec<String>,
    /// With google-xml: where the shop is
    #[arg(long, value_name = "URL", requires = "kind")]
    shop_url: Option<String>,
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
    /// Products for sale, as Google Merchant reads them
    GoogleXml,
}

pub(crate) async fn run(args: Export, context: &Context) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let work = async {
        match (&args.all, &args.each, args.kind) {
            (Some(folder), ..) => whole::write(folder, &args.at, context).await,
            (None, Some(folder), _) => each(&args, folder, context).await,
            (None, None, Some(kind)) => single(&args, kind, context).await,
            (None, None, None) => Err(Failure::usage("export what? Name a kind, --each DIR or --all DIR")),
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
    if kind != Kind::Products && matches!(form, Form::ShopifyCsv | Form::GoogleXml) {
        let name = if form == Form::ShopifyCsv { "shopify-csv" } else { "google-xml" };
        return Err(Failure::usage(format!("{name} is a form of products")).next("try:  --format csv"));
    }
    if form == Form::GoogleXml && args.shop_url.is_none() {
        let next = "name the shop:  --shop-url https://shop.example.com";
        return Err(Failure::usage("a feed says where each product is").next(next));
    }
    let rows = export(args, kind, form, file, context).await?;
    tell(&[(kind, file.map(Path::to_owned), rows)], file.is_some(), context)
}

async fn each(args: &Export, folder: &Path, context: &Context) -> Result<(), Failure> {
    let form = args.format.unwrap_or(Form::Ndjson);
    std::fs::create_dir_all(folder)?;
    let mut done = Vec::new();
    for kind in Kind::ALL {
        if form == Form::GoogleXml {
            return Err(Failure::usage("google-xml is a form of products").next("try:  --format csv"));
        }
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
    let call = filtered(kind.call(), &args.filter)?;
    let total = total(kind, call.clone(), &client).await?;
    let mut progress = Progress::new("export", kind.as_str(), total, context.globals.quiet);
    let mut writer = Writer::begin(args, kind, form, Out::open(file)?, &client).await?;
    let mut pages: Pages<'_, Value> = Pages::new(&client, call.query("limit", PAGE));
    let (mut seen, mut rows, mut sums) = (0_u64, 0_u64, Sums::default());
    while let Some(page) = pages.page().await? {
        for thing in page {
            seen = seen.saturating_add(1);
            if kind == Kind::Journal {
                sums.add(&thing);
            }
            for row in kind.rows(thing, form == Form::Csv) {
                writer.write(&row, &client).await?;
                rows = rows.saturating_add(1);
            }
        }
        progress.at(seen, 0);
    }
    progress.end();
    sums.must_be_even()?;
    writer.end()?;
    // A table has several rows for one product; people count products.
    Ok(if kind == Kind::Items { rows } else { seen })
}

/// The list with the filters that were asked for.
fn filtered(call: Call, filters: &[String]) -> Result<Call, Failure> {
    filters.iter().try_fold(call, |call, filter| match filter.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(call.query(name, value)),
        _ => Err(Failure::usage(format!("'{filter}' is no filter"))
            .next("write NAME=VALUE, such as status=confirmed")),
    })
}

/// Debits and credits of a whole journal, by currency.
#[derive(Default)]
struct Sums(BTreeMap<String, (i128, i128)>);

impl Sums {
    fn add(&mut self, entry: &Value) {
        for line in field(entry, "/lines").as_array().into_iter().flatten() {
            let (debit, credit) = self.0.entry(text(line, "/debit/currency")).or_default();
            let amount = |at: &str| i128::from(field(line, at).as_i64().unwrap_or_default());
            *debit = debit.saturating_add(amount("/debit/amount"));
            *credit = credit.saturating_add(amount("/credit/amount"));
        }
    }

    fn must_be_even(&self) -> Result<(), Failure> {
        match self.0.iter().find(|(_, (debit, credit))| debit != credit) {
            None => Ok(()),
            Some((currency, (debit, credit))) => {
                let what =
                    format!("the journal is not even: {debit} debited and {credit} credited in {currency}");
                Err(Failure::new(Exit::Unverified, what).next("nothing was written. Look:  sutler verify"))
            }
        }
    }
}

/// How many things the pages will hold, where the server counts them; only for progress.
async fn total(kind: Kind, call: Call, client: &Client) -> Result<u64, Failure> {
    if !kind.is_counted() {
        return Ok(0);
    }
    let call = call.query("limit", "1").query("count", "exact");
    let answer: Value = client.send(call).await?.json()?;
    Ok(answer.pointer("/page/total").and_then(Value::as_u64).unwrap_or(0))
}

/// One form of rows.
enum Writer {
    Ndjson(Out),
    Csv(&'static [Column], Table<Out>),
    Shopify(Shopify),
    Google(Google),
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
        if form == Form::GoogleXml {
            return Ok(Self::Google(Google::begin(out, args.shop_url.as_deref().unwrap_or_default())?));
        }
        if args.bom {
            out.write(b"\xEF\xBB\xBF")?;
        }
        let mut table = Table::new(out, args.raw);
        if form == Form::ShopifyCsv {
            return Ok(Self::Shopify(Shopify::begin(table, client).await?));
        }
        let columns = columns(kind);
        let titles: Vec<_> = columns.iter().map(Column::title).collect();
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
            Self::Google(google) => google.product(row, client).await,
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self {
            Self::Ndjson(out) => out.end(),
            Self::Csv(_, table) => table.end().map_err(out::gone)?.end(),
            Self::Shopify(shopify) => shopify.end()?.end(),
            Self::Google(google) => google.end()?.end(),
        }
    }
}

/// A read of the server.
async fn ask(client: &Client, call: Call) -> Result<Value, Failure> {
    Ok(client.send(call).await?.json()?)
}
