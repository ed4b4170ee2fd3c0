//! Import products: look first, or take them in, product by product.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures::{StreamExt, stream};

use super::Transfer;
use super::report::{Report, RowError, SheetRow};
use super::shopify::{Sheet, Sketch};
use crate::caller::Caller;
use crate::catalog::{Catalog, Saved, Target};
use crate::error::{Kind, Problem};
use crate::ports::reads::ProductName;

/// Products under way at the same time; their commits share the store's writes.
const PRODUCTS_AT_ONCE: usize = 128;

/// What is told of a handle that another product has.
const HANDLE_TAKEN: &str = "handle_exists";

/// Handles that are looked up together.
const HANDLES_AT_ONCE: usize = 500;

/// How to import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Only look: judge every row and write nothing.
    pub dry_run: bool,
}

/// How far an import is, in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows dealt with.
    pub done: usize,
    /// Rows of the file.
    pub total: usize,
}

impl Transfer {
    /// Import a Shopify product file: both templates, columns by name in any order and case, partial files. A
    /// product is known by its handle, taken whole or, when one of its rows is wrong, not at all. A second import
    /// of the same file changes nothing.
    ///
    /// Problems: `not_a_shopify_file` names what is missing; nothing is imported then. A store that is away ends
    /// the import where it stands; importing the file again goes on from there.
    pub async fn import_products(
        &self,
        caller: &Caller,
        file: &[u8],
        options: ImportOptions,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Report, Problem> {
        caller.may("catalog:write")?;
        caller.may("inventory:write")?;
        let caller = &Caller { idempotency_key: None, if_match: None, ..caller.clone() };
        let sheet = Sheet::read(file)?;
        let (groups, nameless) = sheet.groups();
        let mut import =
            Import { bad: nameless.iter().map(|e| e.row).collect(), errors: nameless, ..Import::default() };
        let mut sketches = Vec::new();
        for group in &groups {
            let rows = group.rows.iter().map(|row| row.row);
            import.rows_of.insert(group.handle.clone(), rows.collect());
            match Sketch::of(&sheet, group, self.room.settings.currency) {
                Ok(sketch) => sketches.push(sketch),
                Err(errors) => import.refuse(&group.handle, errors),
            }
        }
        import.refuse_twins(&mut sketches);
        let total = sheet.rows.len();
        let mut done = total.saturating_sub(sketches.iter().map(|s| s.rows).sum());
        let catalog = Catalog::new(self.room.clone());
        let known = self.known(&sketches).await?;
        let take = |sketch| self.take(caller, &catalog, sketch, &known, options);
        let under_way: Vec<_> = sketches.iter().map(take).collect();
        let mut taken = stream::iter(under_way).buffered(PRODUCTS_AT_ONCE);
        for sketch in &sketches {
            let Some(one) = taken.next().await else { break };
            import.note(sketch, one)?;
            done = done.saturating_add(sketch.rows);
            progress(Progress { done, total });
        }
        drop(taken);
        Ok(import.report(options, sheet))
    }

    /// The handles of the file that products have already. Looked up together, so that the many new ones of a first
    /// import need no read each.
    async fn known(&self, sketches: &[Sketch]) -> Result<HashSet<String>, Problem> {
        let mut known = HashSet::new();
        for some in sketches.chunks(HANDLES_AT_ONCE) {
            let names: Vec<_> =
                some.iter().map(|sketch| ProductName::Handle(sketch.handle.clone())).collect();
            let found = self.room.ports.prices.products_stored(&names).await?;
            known.extend(found.into_iter().map(|(_, found)| found.product.handle.clone()));
        }
        Ok(known)
    }

    async fn take(
        &self,
        caller: &Caller,
        catalog: &Catalog,
        sketch: &Sketch,
        known: &HashSet<String>,
        options: ImportOptions,
    ) -> Result<Saved, Problem> {
        let target = Target::Handle(sketch.handle.clone());
        let decide = |id: &_, before: Option<&_>| {
            catalog.decided(sketch.onto(before, &self.room.settings), id, before, None)
        };
        if options.dry_run {
            return catalog.preview(caller, &target, decide).await;
        }
        let asked = ("transfer.import", &sketch.handle);
        if !known.contains(&sketch.handle) {
            match catalog.change(caller, &Target::Fresh, asked, &decide).await {
                // Somebody made it meanwhile.
                Err(problem) if problem.code == HANDLE_TAKEN => {}
                done => return Ok(done?.value),
            }
        }
        Ok(catalog.change(caller, &target, asked, &decide).await?.value)
    }
}

/// An import under way.
#[derive(Default)]
struct Import {
    rows_of: HashMap<String, Vec<usize>>,
    errors: Vec<RowError>,
    bad: BTreeSet<usize>,
    report: Report,
}

impl Import {
    fn refuse(&mut self, handle: &str, errors: Vec<RowError>) {
        self.bad.extend(self.rows_of.get(handle).into_iter().flatten());
        self.errors.extend(errors);
    }

    /// Of two products of the file with one SKU, the second cannot be taken.
    fn refuse_twins(&mut self, sketches: &mut Vec<Sketch>) {
        let mut holders: BTreeMap<String, String> = BTreeMap::new();
        sketches.retain(|sketch| {
            let mut errors = Vec::new();
            for (row, sku) in sketch.skus() {
                if let Some(holder) = holders.get(sku).filter(|holder| **holder != sketch.handle) {
                    let message = format!("the SKU '{sku}' is also that of '{holder}' in this file");
                    errors.push(RowError { row, handle: sketch.handle.clone(), code: "sku_exists", message });
                }
            }
            let fine = errors.is_empty();
            if fine {
                holders.extend(sketch.skus().map(|(_, sku)| (sku.to_owned(), sketch.handle.clone())));
            } else {
                self.refuse(&sketch.handle, errors);
            }
            fine
        });
    }

    /// What became of a product. A store that is away is no fault of a row.
    fn note(&mut self, sketch: &Sketch, one: Result<Saved, Problem>) -> Result<(), Problem> {
        let saved = match one {
            Ok(saved) => saved,
            Err(problem) if matches!(problem.kind, Kind::Invalid | Kind::Conflict) => {
                let mut errors = sketch.errors(&problem.errors);
                if errors.is_empty() {
                    let (handle, code, message) = (sketch.handle.clone(), problem.code, problem.detail);
                    errors.push(RowError { row: sketch.row, handle, code, message });
                }
                self.refuse(&sketch.handle, errors);
                return Ok(());
            }
            Err(problem) => return Err(problem),
        };
        let count = match (saved.created, saved.changed) {
            (true, _) => &mut self.report.products_created,
            (false, true) => &mut self.report.products_updated,
            (false, false) => &mut self.report.products_unchanged,
        };
        *count = count.saturating_add(1);
        let product = &saved.view.product;
        self.report.variants = self.report.variants.saturating_add(product.variants.len());
        self.report.images = self.report.images.saturating_add(product.images.len());
        self.report.warnings.extend(sketch.warnings.iter().cloned());
        Ok(())
    }

    fn report(mut self, options: ImportOptions, sheet: Sheet) -> Report {
        self.errors.sort_by_key(|error| error.row);
        self.report.warnings.sort_by_key(|warning| warning.row);
        let bad = |row: &SheetRow| self.bad.contains(&row.row);
        Report {
            dry_run: options.dry_run,
            rows: sheet.rows.len(),
            skipped: sheet.rows.iter().filter(|row| bad(row)).cloned().collect(),
            columns: sheet.columns,
            errors: self.errors,
            ..self.report
        }
    }
}
