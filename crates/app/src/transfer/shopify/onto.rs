//! What a file says, laid onto the product as it stands: what the file has no column for stays.

use sutler_domain::catalog::{Product, ProductDraft, ProductOption, ProductStatus, Variant, VariantDraft};
use sutler_domain::{Fault, Money};

use super::sketch::{Sketch, VariantSketch};
use crate::catalog::Drafted;
use crate::settings::Settings;
use crate::transfer::report::RowError;

impl Sketch {
    /// The product as it shall be. Variants that a file with options does not name are taken out; a file without
    /// options can only speak of variants that it names by SKU, or of the only one.
    pub(in crate::transfer) fn onto(&self, before: Option<&Product>, settings: &Settings) -> Drafted {
        let mut drafted = before.map_or_else(new, Drafted::standing);
        let product = &mut drafted.product;
        product.handle = Some(self.handle.clone());
        set(&mut product.title, self.title.as_ref());
        set(&mut product.vendor, self.vendor.as_ref());
        set(&mut product.product_type, self.product_type.as_ref());
        set(&mut product.tags, self.tags.as_ref());
        set(&mut product.status, self.status.as_ref());
        product.seo.title = self.seo_title.onto(product.seo.title.take());
        product.seo.description = self.seo_description.onto(product.seo.description.take());
        if let Some(body) = &self.body {
            product.description_html = crate::catalog::html(body, &mut drafted.faults);
        }
        if let Some(images) = &self.images {
            product.images = images.iter().map(|(_, image)| image.clone()).collect();
        }
        let left_out = self.extras.onto(&mut product.metadata);
        no_room(left_out, "/metadata", &mut drafted);
        if self.variants.is_empty() {
            return drafted;
        }
        match (&self.options, before) {
            (None, Some(before)) => self.onto_some(before, settings, &mut drafted),
            (options, before) => {
                drafted.product.options = self.choices(options.as_deref().unwrap_or_default());
                let known = |sketch: &VariantSketch| {
                    before?.variants.iter().find(|v| v.option_values == sketch.option_values)
                };
                let pairs = self.variants.iter().map(|sketch| (sketch, known(sketch))).collect::<Vec<_>>();
                (drafted.product.variants, drafted.stock) = (Vec::new(), Vec::new());
                for (index, (sketch, known)) in pairs.into_iter().enumerate() {
                    let (variant, stock) = sketch.onto(known, index, settings, &mut drafted);
                    drafted.product.variants.push(variant);
                    drafted.stock.push(stock);
                }
            }
        }
        drafted
    }

    fn onto_some(&self, before: &Product, settings: &Settings, drafted: &mut Drafted) {
        for sketch in &self.variants {
            let by_sku =
                |v: &Variant| sketch.sku.as_ref().is_some_and(|sku| !sku.is_empty() && &v.sku == sku);
            let place = before.variants.iter().position(by_sku);
            let place = place.or((before.variants.len() == 1).then_some(0));
            let Some((index, known)) = place.and_then(|i| Some((i, before.variants.get(i)?))) else {
                let detail =
                    "the file has no options, and the product several variants; name this one by its SKU";
                drafted.faults.0.push(Fault::new("/variants", "variant_required", detail));
                continue;
            };
            let (mut variant, stock) = sketch.onto(Some(known), index, settings, drafted);
            variant.option_values.clone_from(&known.option_values);
            if let Some((old, count)) =
                drafted.product.variants.get_mut(index).zip(drafted.stock.get_mut(index))
            {
                (*old, *count) = (variant, stock);
            }
        }
    }

    /// The options with the values that the rows choose, in the order in which they appear.
    fn choices(&self, names: &[String]) -> Vec<ProductOption> {
        let of = |name: &String| {
            let mut values: Vec<String> = Vec::new();
            for value in self.variants.iter().filter_map(|v| v.option_values.get(name)) {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            ProductOption { name: name.clone(), values }
        };
        names.iter().map(of).collect()
    }

    /// The rows that faults are about.
    pub(in crate::transfer) fn errors(&self, faults: &[Fault]) -> Vec<RowError> {
        let row = |fault: &Fault| {
            let mut path = fault.pointer.split('/').skip(1);
            let (list, index) = (path.next()?, path.next()?.parse::<usize>().ok()?);
            match list {
                "variants" => self.variants.get(index).map(|v| v.row),
                "images" => self.images.as_ref()?.get(index).map(|(row, _)| *row),
                _ => None,
            }
        };
        let words = |fault: &Fault| {
            let field =
                fault.pointer.split('/').rfind(|part| part.parse::<usize>().is_err()).unwrap_or_default();
            if field.is_empty() { fault.detail.clone() } else { format!("{field}: {}", fault.detail) }
        };
        let error = |fault: &Fault| RowError {
            row: row(fault).unwrap_or(self.row),
            handle: self.handle.clone(),
            code: fault.code,
            message: words(fault),
        };
        faults.iter().map(error).collect()
    }
}

impl VariantSketch {
    fn onto(
        &self,
        known: Option<&Variant>,
        index: usize,
        settings: &Settings,
        drafted: &mut Drafted,
    ) -> (VariantDraft, Option<i64>) {
        let price = self.price.or(known.map(|v| v.price));
        let at = format!("/variants/{index}");
        drafted
            .faults
            .require(price.is_some(), &format!("{at}/price"), || "a new variant needs a price".into());
        let currency = price.map_or(settings.currency, |p| p.currency);
        let tracked = self.tracked.or(known.map(|v| v.track_inventory)).unwrap_or(self.quantity.is_some());
        let mut metadata = known.map(|v| v.metadata.clone()).unwrap_or_default();
        let left_out = self.extras.onto(&mut metadata);
        no_room(left_out, &format!("{at}/metadata"), drafted);
        let text = |new: Option<&String>, old: fn(&Variant) -> &String| {
            new.or(known.map(old)).cloned().unwrap_or_default()
        };
        let variant = VariantDraft {
            variant_id: known.map(|v| v.variant_id.clone()),
            sku: text(self.sku.as_ref(), |v| &v.sku),
            barcode: text(self.barcode.as_ref(), |v| &v.barcode),
            option_values: self.option_values.clone(),
            price: price.unwrap_or(Money::zero(currency)),
            compare_at_price: self.compare_at_price.onto(known.and_then(|v| v.compare_at_price)),
            cost: self.cost.onto(known.and_then(|v| v.cost)),
            weight: self.weight.onto(known.and_then(|v| v.weight)),
            requires_shipping: self.requires_shipping.or(known.map(|v| v.requires_shipping)).unwrap_or(true),
            tax_code: self.tax_code.onto(known.and_then(|v| v.tax_code.clone())),
            track_inventory: tracked,
            oversell: self.oversell.or(known.map(|v| v.oversell)).unwrap_or(settings.oversell),
            metadata,
        };
        (variant, self.quantity.filter(|_| tracked))
    }
}

fn no_room(left_out: usize, pointer: &str, drafted: &mut Drafted) {
    if left_out > 0 {
        let detail = format!("{left_out} columns have no room in its metadata; remove columns from the file");
        drafted.faults.0.push(Fault::new(pointer, "too_many_columns", detail));
    }
}

fn new() -> Drafted {
    Drafted {
        product: ProductDraft { status: ProductStatus::Active, ..ProductDraft::default() },
        ..Drafted::default()
    }
}

fn set<T: Clone>(member: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        member.clone_from(new);
    }
}
