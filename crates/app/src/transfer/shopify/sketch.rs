//! The rows of one product as values: what the file says, and no more.

use sutler_domain::catalog::{Image, OPTIONS_MAX, OptionValues, Oversell, ProductStatus, Weight};
use sutler_domain::inventory::QUANTITY_MAX;
use sutler_domain::{Currency, Money};

use super::cell::{self, Wrong};
use super::columns::{Column, PRICE, PRODUCT};
use super::extras::Extras;
use super::sheet::{Group, Sheet};
use crate::patch::Patch;
use crate::transfer::report::{RowError, RowWarning, SheetRow};

/// What a file says of a product. What it has no column for is `None` or `Keep`.
#[derive(Clone, Debug)]
pub(in crate::transfer) struct Sketch {
    /// Its name in addresses.
    pub(in crate::transfer) handle: String,
    /// The row that names it first.
    pub(in crate::transfer) row: usize,
    /// How many rows say something of it.
    pub(in crate::transfer) rows: usize,
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
    pub(super) vendor: Option<String>,
    pub(super) product_type: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) status: Option<ProductStatus>,
    pub(super) seo_title: Patch<String>,
    pub(super) seo_description: Patch<String>,
    /// The pictures with their rows.
    pub(super) images: Option<Vec<(usize, Image)>>,
    /// The options in their order; `None`: the file has no columns for them.
    pub(super) options: Option<Vec<String>>,
    pub(super) variants: Vec<VariantSketch>,
    pub(super) extras: Extras,
    /// What was taken otherwise than it stands in the file.
    pub(in crate::transfer) warnings: Vec<RowWarning>,
}

/// What a row says of a variant.
#[derive(Clone, Debug, Default)]
pub(super) struct VariantSketch {
    pub(super) row: usize,
    pub(super) option_values: OptionValues,
    pub(super) sku: Option<String>,
    pub(super) barcode: Option<String>,
    pub(super) price: Option<Money>,
    pub(super) compare_at_price: Patch<Money>,
    pub(super) cost: Patch<Money>,
    pub(super) weight: Patch<Weight>,
    pub(super) requires_shipping: Option<bool>,
    pub(super) tax_code: Patch<String>,
    pub(super) tracked: Option<bool>,
    pub(super) quantity: Option<i64>,
    pub(super) oversell: Option<Oversell>,
    pub(super) extras: Extras,
}

/// The tax code of variants that are not taxed.
const TAX_EXEMPT: &str = "exempt";

impl Sketch {
    /// The rows of a product, or all that is wrong with them.
    pub(in crate::transfer) fn of(
        sheet: &Sheet,
        group: &Group<'_>,
        currency: Currency,
    ) -> Result<Self, Vec<RowError>> {
        let mut reader = Reader { sheet, group, errors: Vec::new(), warnings: Vec::new() };
        let sketch = reader.product(currency);
        match (sketch, reader.errors.is_empty()) {
            (Some(sketch), true) => Ok(sketch),
            _ => Err(reader.errors),
        }
    }

    /// The SKUs of its variants with their rows.
    pub(in crate::transfer) fn skus(&self) -> impl Iterator<Item = (usize, &str)> {
        let named = self.variants.iter().filter_map(|v| Some((v.row, v.sku.as_deref()?)));
        named.filter(|(_, sku)| !sku.is_empty())
    }
}

struct Reader<'s> {
    sheet: &'s Sheet,
    group: &'s Group<'s>,
    errors: Vec<RowError>,
    warnings: Vec<RowWarning>,
}

impl Reader<'_> {
    fn product(&mut self, currency: Currency) -> Option<Sketch> {
        let rows = self.group.rows.clone();
        let first = *rows.first()?;
        for row in &rows {
            if let Some(wrong) = self.sheet.shape(row) {
                self.wrong(row, None, wrong);
            }
        }
        if !self.errors.is_empty() {
            return None;
        }
        let text = |column| self.sheet.cell(first, column).map(str::to_owned);
        let clearing = |column| match self.sheet.cell(first, column) {
            None => Patch::Keep,
            Some("") => Patch::Clear,
            Some(text) => Patch::Set(text.to_owned()),
        };
        let tags = text(Column::Tags).map(|tags| {
            tags.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
        });
        let extras = Extras::of(self.sheet, &rows, false);
        let mut sketch = Sketch {
            handle: self.group.handle.clone(),
            row: first.row,
            rows: rows.len(),
            title: text(Column::Title).filter(|title| !title.is_empty()),
            body: text(Column::Body),
            vendor: text(Column::Vendor),
            product_type: text(Column::Type),
            tags,
            status: None,
            seo_title: clearing(Column::SeoTitle),
            seo_description: clearing(Column::SeoDescription),
            images: None,
            options: None,
            variants: Vec::new(),
            extras,
            warnings: Vec::new(),
        };
        sketch.status = self.status(first);
        sketch.images = self.images(&rows);
        let sellable: Vec<&SheetRow> = rows.iter().copied().filter(|row| self.is_sellable(row)).collect();
        let head = sellable.first().copied().unwrap_or(first);
        let options = self.options(head);
        if self.sheet.has_variants() {
            let rest = sellable.iter().copied().skip(1).filter(|row| self.is_variant(row));
            for row in std::iter::once(head).chain(rest).collect::<Vec<_>>() {
                let variant = self.variant(row, &options, currency);
                sketch.variants.push(variant);
            }
        }
        sketch.options = self.sheet.has(Column::OptionValue(0)).then_some(options);
        for warning in &sketch.extras.warnings {
            self.warnings.push(RowWarning {
                row: first.row,
                handle: self.group.handle.clone(),
                message: warning.clone(),
            });
        }
        sketch.warnings = std::mem::take(&mut self.warnings);
        Some(sketch)
    }

    /// `Status` says more than `Published`, which only knows whether buyers see the product.
    fn status(&mut self, first: &SheetRow) -> Option<ProductStatus> {
        let published = self.read(first, Column::Published, cell::truth);
        let status = self.read(first, Column::Status, cell::status);
        let seen = |seen| if seen { ProductStatus::Active } else { ProductStatus::Draft };
        status.or(published.map(seen))
    }

    /// Pictures by position, each address once.
    fn images(&mut self, rows: &[&SheetRow]) -> Option<Vec<(usize, Image)>> {
        if !self.sheet.has(Column::ImageUrl) {
            return None;
        }
        let mut images: Vec<(i64, usize, Image)> = Vec::new();
        for row in rows {
            let url = self.sheet.cell(row, Column::ImageUrl).unwrap_or_default();
            if url.is_empty() || images.iter().any(|(_, _, image)| image.url == url) {
                continue;
            }
            let position = self.read(row, Column::ImagePosition, cell::units).unwrap_or(i64::MAX);
            let alt = self.sheet.cell(row, Column::ImageAlt).filter(|alt| !alt.is_empty()).map(str::to_owned);
            images.push((position, row.row, Image { url: url.to_owned(), alt }));
        }
        images.sort_by_key(|(position, _, _)| *position);
        Some(images.into_iter().map(|(_, row, image)| (row, image)).collect())
    }

    /// The names of the options; a product with the one option `Title` and the one value `Default Title` has none.
    fn options(&mut self, first: &SheetRow) -> Vec<String> {
        let value = |index| self.sheet.cell(first, Column::OptionValue(index)).unwrap_or_default();
        if value(0).eq_ignore_ascii_case("Default Title") {
            return Vec::new();
        }
        let cells = (0..OPTIONS_MAX)
            .map(|index| self.sheet.cell(first, Column::OptionName(index)).unwrap_or_default());
        let names: Vec<String> = cells.take_while(|name| !name.is_empty()).map(str::to_owned).collect();
        if names.is_empty() && !value(0).is_empty() {
            let message = "the first row of a product names its option; it is empty".to_owned();
            self.wrong(first, Some(Column::OptionName(0)), ("option_name_missing", message));
        }
        names
    }

    /// Whether a row may be a variant: it does not say that it is something else.
    fn is_sellable(&self, row: &SheetRow) -> bool {
        !matches!(self.sheet.cell(row, Column::RowIs), Some(PRODUCT | PRICE))
    }

    /// Rows after the first are variants when they choose an option, cost something or have a SKU; else pictures.
    fn is_variant(&self, row: &SheetRow) -> bool {
        let says = |column| self.sheet.cell(row, column).is_some_and(|cell| !cell.is_empty());
        (0..OPTIONS_MAX).any(|index| says(Column::OptionValue(index)))
            || says(Column::Price)
            || says(Column::Sku)
    }

    fn variant(&mut self, row: &SheetRow, options: &[String], currency: Currency) -> VariantSketch {
        let mut option_values = OptionValues::new();
        for (index, name) in options.iter().enumerate() {
            let value = self.sheet.cell(row, Column::OptionValue(index)).unwrap_or_default();
            option_values.insert(name.clone(), value.to_owned());
        }
        let money = |cell: &str| cell::money(cell, currency);
        let unit = self.sheet.cell(row, Column::WeightUnit);
        let weight = if self.sheet.has(Column::Weight) {
            self.clearing(row, Column::Weight, |weight| cell::weight_in(weight, unit))
        } else {
            self.clearing(row, Column::Grams, |grams| cell::weight(grams, unit))
        };
        let weight = match weight {
            Patch::Set(Some(weight)) => Patch::Set(weight),
            Patch::Set(None) | Patch::Clear => Patch::Clear,
            Patch::Keep => Patch::Keep,
        };
        let taxable = self.read(row, Column::Taxable, cell::truth);
        let tax_code = match (self.sheet.cell(row, Column::TaxCode), taxable) {
            (Some(code), _) if !code.is_empty() => Patch::Set(code.to_owned()),
            (_, Some(false)) => Patch::Set(TAX_EXEMPT.to_owned()),
            (Some(_), _) | (_, Some(true)) => Patch::Clear,
            (None, None) => Patch::Keep,
        };
        let text = |column| self.sheet.cell(row, column).map(str::to_owned);
        let (sku, barcode) = (text(Column::Sku), text(Column::Barcode));
        let policy = self.sheet.cell(row, Column::Policy).map(cell::policy).transpose();
        let extras = Extras::of(self.sheet, &[row], true);
        for message in extras.warnings.clone() {
            self.warn(row, message);
        }
        VariantSketch {
            row: row.row,
            option_values,
            sku,
            barcode,
            price: self.read(row, Column::Price, money),
            compare_at_price: self.clearing(row, Column::CompareAtPrice, money),
            cost: self.clearing(row, Column::Cost, money),
            weight,
            requires_shipping: self.read(row, Column::RequiresShipping, cell::truth),
            tax_code,
            tracked: self.sheet.cell(row, Column::Tracker).map(|tracker| !tracker.is_empty()),
            quantity: self.quantity(row),
            oversell: policy.map_err(|wrong| self.wrong(row, Some(Column::Policy), wrong)).ok().flatten(),
            extras,
        }
    }

    fn quantity(&mut self, row: &SheetRow) -> Option<i64> {
        let quantity = self.read(row, Column::Quantity, cell::units)?;
        if quantity < 0 {
            self.warn(
                row,
                format!("{quantity} on hand is taken as 0: a shelf never holds less than nothing"),
            );
        }
        if quantity > QUANTITY_MAX {
            let message = format!("'{quantity}' is above {QUANTITY_MAX} units");
            self.wrong(row, Some(Column::Quantity), ("not_a_number", message));
        }
        Some(quantity.max(0))
    }

    /// A cell as a value; `None` when it is empty, wrong or without a column.
    fn read<T>(
        &mut self,
        row: &SheetRow,
        column: Column,
        of: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let cell = self.sheet.cell(row, column).filter(|cell| !cell.is_empty())?;
        of(cell).map_err(|wrong| self.wrong(row, Some(column), wrong)).ok()
    }

    /// The same, where an empty cell clears what was there.
    fn clearing<T>(
        &mut self,
        row: &SheetRow,
        column: Column,
        of: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Patch<T> {
        match self.sheet.cell(row, column) {
            None => Patch::Keep,
            Some("") => Patch::Clear,
            Some(_) => self.read(row, column, of).map_or(Patch::Clear, Patch::Set),
        }
    }

    fn wrong(&mut self, row: &SheetRow, column: Option<Column>, (code, words): Wrong) {
        let message = match column {
            Some(column) => format!("{}: {words}", self.sheet.name(column)),
            None => words,
        };
        self.errors.push(RowError { row: row.row, handle: self.group.handle.clone(), code, message });
    }

    fn warn(&mut self, row: &SheetRow, message: String) {
        self.warnings.push(RowWarning { row: row.row, handle: self.group.handle.clone(), message });
    }
}
