//! `sutler import`: a file of products, sent in pieces so that progress is seen and no request takes long; or files of
//! orders, customers or stock by a mapping.

mod mapping;
mod pieces;
mod rows;
mod told;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use sutler_client::Call;
use sutler_client::types::catalog::{ImportReport, RowError, RowWarning};

use crate::connect::Context;
use crate::console::{Exit, Failure, Paint, Progress, plural};
use mapping::Mapped;
use pieces::{Piece, pieces};

/// Errors and warnings shown to people; the file has all of them.
const SHOWN_MAX: usize = 10;

/// Read a file of products, customers, stock, or orders that were placed elsewhere
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler import products_export.csv --dry-run
  sutler import products_export.csv
  sutler import --all shop/
  sutler import orders_export.csv --map shopify-orders --dry-run
  sutler import 2010-12-01.csv 2010-12-02.csv --map uci-online-retail
  sutler import customers_export.csv --map shopify-customers
  sutler import inventory_export.csv --map shopify-stock
  sutler import old-shop.csv --map my-mapping.toml

Orders land as what they were, without touching gateway or stock; rows that are wrong, and cancellations that find
nothing, go to FILE.errors.csv. An import that was stopped goes on where it was.

Customers are known by their e-mail address, and stock is counted: a level becomes what the file says.

Products are known by their handle; importing a file again changes nothing. A product with a wrong row is not taken at
all: its rows go to products_export.csv.errors.csv with the reasons, to be mended and imported alone (exit code 8).")]
pub(crate) struct Import {
    /// The file; '-' reads stdin
    #[arg(default_value = "", hide_default_value = true)]
    file: String,
    /// The whole shop that 'sutler export --all' wrote into this folder, into an empty database
    #[arg(long, value_name = "DIR", conflicts_with_all = ["file", "more", "map", "format", "dry_run"])]
    all: Option<PathBuf>,
    #[command(flatten)]
    at: super::backup::DatabaseArgs,
    /// Further files, with --map
    #[arg(requires = "map")]
    more: Vec<String>,
    /// How to read it: a mapping file (*.toml), or medusa-products, shopify-customers, shopify-orders, shopify-stock,
    /// spree-customers, spree-products, sutler-customers, sutler-stock, uci-online-retail
    #[arg(long, value_name = "NAME|FILE")]
    map: Option<String>,
    /// Begin at the first row, wherever an earlier import of the file stopped
    #[arg(long, requires = "map")]
    again: bool,
    /// What kind of file it is
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// Judge every row and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FileFormat {
    /// Shopify's product export, both templates
    #[default]
    ShopifyProducts,
}

pub(crate) async fn run(args: Import, context: &Context) -> Result<(), Failure> {
    if let Some(folder) = &args.all {
        return super::export::whole::read(folder, &args.at, context).await;
    }
    if args.file.is_empty() {
        return Err(Failure::usage("import what? Name a file, or --all DIR"));
    }
    let FileFormat::ShopifyProducts = args.format;
    let mapping = args.map.as_deref().map(mapping::read).transpose()?;
    let total = match &mapping {
        Some(mapping) if mapping.is_told_of => return rows::run(&args, mapping, context).await,
        Some(mapping) => import_whole(&args, mapping, context).await?,
        None => import(&args, &read(&args.file)?, context).await?,
    };
    if context.output.is_for_people() {
        tell(&args, &total, context)?;
    } else {
        context.output.json(&json!({
            "dry_run": args.dry_run, "rows": total.rows, "products_created": total.created,
            "products_updated": total.updated, "products_unchanged": total.unchanged, "variants": total.variants,
            "images": total.images, "errors": total.errors, "warnings": total.warnings,
        }))?;
    }
    if total.errors.is_empty() {
        return Ok(());
    }
    if !args.dry_run {
        keep_errors(&args.file, &total, context)?;
    }
    Err(Failure::told(Exit::Partly))
}

fn read(file: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
        path => std::fs::read(path).map(|found| bytes = found),
    };
    read.map(|()| bytes).map_err(|error| Failure::usage(format!("cannot read {file} ({error})")))
}

/// The sum of all pieces, with rows numbered as in the whole file.
#[derive(Default)]
struct Total {
    rows: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    variants: usize,
    images: usize,
    errors: Vec<RowError>,
    warnings: Vec<RowWarning>,
    errors_csv: String,
}

async fn import(args: &Import, file: &[u8], context: &Context) -> Result<Total, Failure> {
    let pieces = pieces(file);
    let rows: usize = pieces.iter().map(|piece| piece.rows.len()).sum();
    let mut progress =
        Progress::new("import", "rows", rows.try_into().unwrap_or(u64::MAX), context.globals.quiet);
    let mut total = Total::default();
    for piece in pieces {
        let mut call =
            Call::post("/imports").query("format", "shopify_products").body("text/csv", piece.csv.clone());
        if args.dry_run {
            call = call.query("dry_run", "true");
        }
        let sent = context.send(call).await;
        let report: ImportReport = sent.map_err(|failure| stopped(failure, &args.file, &total))?.json()?;
        total.add(report, &piece);
        progress.at(total.rows.try_into().unwrap_or(u64::MAX), total.errors.len());
    }
    progress.end();
    Ok(total)
}

/// A file that a mapping makes products of is sent whole: the server knows its rows by the mapping.
async fn import_whole(args: &Import, mapping: &Mapped, context: &Context) -> Result<Total, Failure> {
    let file = read(&args.file)?;
    let mut call = Call::post("/imports").body("text/csv", file);
    for (name, value) in mapping.query(args) {
        call = call.query(name, value);
    }
    let report: ImportReport = context.send(call).await?.json()?;
    let mut total = Total::default();
    total.add(report, &Piece { csv: Vec::new(), rows: Vec::new() });
    Ok(total)
}

/// What was taken before the end stays; a second import goes on where this one stopped.
fn stopped(failure: Failure, file: &str, total: &Total) -> Failure {
    if total.rows == 0 {
        return failure;
    }
    failure.next(format!("{} were dealt with; go on with:  sutler import {file}", plural(total.rows, "row")))
}

impl Total {
    fn add(&mut self, report: ImportReport, piece: &Piece) {
        self.rows += report.rows;
        self.created += report.products_created;
        self.updated += report.products_updated;
        self.unchanged += report.products_unchanged;
        self.variants += report.variants;
        self.images += report.images;
        self.errors
            .extend(report.errors.into_iter().map(|error| RowError { row: piece.row(error.row), ..error }));
        let warnings = report.warnings.into_iter();
        self.warnings.extend(warnings.map(|warning| RowWarning { row: piece.row(warning.row), ..warning }));
        if let Some(csv) = report.errors_csv {
            // Every piece brings the same header; one is enough.
            let rows = csv.split_once('\n').map_or("", |(_, rows)| rows);
            self.errors_csv.push_str(if self.errors_csv.is_empty() { &csv } else { rows });
        }
    }
}

fn tell(args: &Import, total: &Total, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let would = if args.dry_run { "would import " } else { "imported " };
    let products = total.created + total.updated + total.unchanged;
    out.line(format!(
        "  {would}{} ({} new, {} changed, {} as before), {}, {} from {}",
        plural(products, "product"),
        total.created,
        total.updated,
        total.unchanged,
        plural(total.variants, "variant"),
        plural(total.images, "image"),
        plural(total.rows, "row"),
    ))?;
    for warning in total.warnings.iter().take(SHOWN_MAX) {
        out.say(format!(
            "  {} row {}  {}  {}",
            out.paint(Paint::Warn, "!"),
            warning.row,
            warning.handle,
            warning.message
        ));
    }
    for error in total.errors.iter().take(SHOWN_MAX) {
        out.say(format!(
            "  {} row {}  {}  {}",
            out.paint(Paint::Bad, "✗"),
            error.row,
            error.handle,
            error.message
        ));
    }
    for (count, what) in [(total.warnings.len(), "warning"), (total.errors.len(), "error")] {
        if count > SHOWN_MAX {
            out.say(format!("  and {} more", plural(count - SHOWN_MAX, what)));
        }
    }
    if args.dry_run && total.errors.is_empty() {
        out.hint(format!("  nothing was changed; import it:  sutler import {}", args.file));
    }
    Ok(())
}

/// The rows that were not taken, with the reasons, beside the file they are from.
fn keep_errors(file: &str, total: &Total, context: &Context) -> Result<(), Failure> {
    let path = if file == "-" {
        PathBuf::from("import.errors.csv")
    } else {
        Path::new(&format!("{file}.errors.csv")).to_owned()
    };
    let failed = |error| Failure::new(Exit::Failed, format!("cannot write {} ({error})", path.display()));
    std::fs::write(&path, &total.errors_csv).map_err(failed)?;
    context.output.say(format!("  mend the rows in {0}, then:  sutler import {0}", path.display()));
    Ok(())
}

/// So that a report and the JSON of a script agree.
#[cfg(test)]
fn report(errors_csv: &str, row: usize) -> ImportReport {
    let error = json!({"row": row, "handle": "h", "code": "c", "message": "m"});
    let body = json!({
        "object": "import_report", "dry_run": false, "rows": 2, "products_created": 1, "products_updated": 0,
        "products_unchanged": 0, "variants": 1, "images": 0, "errors": [error], "warnings": [],
        "errors_csv": errors_csv,
    });
    serde_json::from_value(body).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_to_one_report() {
        let mut total = Total::default();
        total.add(report("Handle,error\na,x\n", 2), &Piece { csv: Vec::new(), rows: vec![2, 4] });
        total.add(report("Handle,error\nb,y\n", 3), &Piece { csv: Vec::new(), rows: vec![3, 5] });
        assert_eq!(total.errors_csv, "Handle,error\na,x\nb,y\n");
        assert_eq!(total.errors.iter().map(|error| error.row).collect::<Vec<_>>(), [2, 5]);
        assert_eq!((total.rows, total.created), (4, 2));
    }
}
