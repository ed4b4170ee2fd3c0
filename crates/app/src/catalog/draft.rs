//! From what a caller asked to a product: defaults, checks, and every fault at its place.

use jiff::Timestamp;
use sutler_domain::catalog::{Product, ProductDraft, compose};
use sutler_domain::fault::Faults;
use sutler_domain::inventory::QUANTITY_MAX;
use sutler_domain::{Fault, Money, ProductId, VariantId};

use super::check;
use super::input::{ProductInput, ProductPatch, VariantInput, VariantPatch};
use super::parts::{currency_of, merge, money, offer, standing, variant, variants};
use crate::error::Problem;
use crate::orders::Amount;
use crate::patch::Patch;
use crate::ports::Ids;
use crate::settings::Settings;

/// A product on its way to the door.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    /// The product as it shall be.
    pub(crate) product: Product,
    /// Variants whose shelf at the default location is set to a number.
    pub(crate) counts: Vec<(VariantId, i64)>,
    /// Whether the handle was made of the title, so that another may be found for it.
    pub(crate) made_handle: bool,
}

/// A draft with the stock of its variants, and all that is known to be wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Drafted {
    /// The product.
    pub(crate) product: ProductDraft,
    /// The stock of each variant, in the order of the variants.
    pub(crate) stock: Vec<Option<i64>>,
    /// The faults so far.
    pub(crate) faults: Faults,
    /// The variant whose members stand at the top of the request, as in the short form.
    pub(crate) focus: Option<usize>,
}

impl Drafted {
    /// A product as a whole.
    pub(crate) fn whole(input: &ProductInput, before: Option<&Product>, settings: &Settings) -> Self {
        let mut faults = Faults::default();
        let currency = input.currency.unwrap_or(settings.currency);
        let both = input.variant.is_some() && !input.variants.is_empty();
        faults.require(!both, "/variants", || {
            "give either variants or the short form with one price, not both".into()
        });
        let (short, inputs) = match &input.variant {
            Some(variant) => (true, std::slice::from_ref(variant)),
            None => (false, input.variants.as_slice()),
        };
        let variants = variants(inputs, before, currency, settings, short, &mut faults);
        let product = ProductDraft {
            handle: input.handle.clone(),
            title: input.title.clone(),
            description_html: check::html(&input.description_html, &mut faults),
            status: input.status,
            vendor: input.vendor.clone(),
            product_type: input.product_type.clone(),
            category_id: input.category_id.clone(),
            tags: input.tags.clone(),
            options: input.options.clone(),
            images: input.images.clone(),
            seo: input.seo.clone(),
            variants,
            metadata: input.metadata.clone(),
        };
        Self { product, stock: inputs.iter().map(|v| v.stock).collect(), faults, focus: short.then_some(0) }
    }

    /// A product as it stands.
    pub(crate) fn standing(product: &Product) -> Self {
        let product = ProductDraft {
            handle: Some(product.handle.clone()),
            title: product.title.clone(),
            description_html: product.description_html.clone(),
            status: product.status,
            vendor: product.vendor.clone(),
            product_type: product.product_type.clone(),
            category_id: product.category_id.clone(),
            tags: product.tags.clone(),
            options: product.options.clone(),
            images: product.images.clone(),
            seo: product.seo.clone(),
            variants: product.variants.iter().map(standing).collect(),
            metadata: product.metadata.clone(),
        };
        Self { stock: vec![None; product.variants.len()], product, faults: Faults::default(), focus: None }
    }

    /// A product as it stands, with some members changed.
    pub(crate) fn patched(patch: &ProductPatch, before: &Product, settings: &Settings) -> Self {
        let mut drafted = Self::standing(before);
        let product = &mut drafted.product;
        set(&mut product.title, patch.title.as_ref());
        set(&mut product.vendor, patch.vendor.as_ref());
        set(&mut product.product_type, patch.product_type.as_ref());
        product.category_id = patch.category_id.onto(product.category_id.take());
        set(&mut product.tags, patch.tags.as_ref());
        set(&mut product.images, patch.images.as_ref());
        if let Some(html) = &patch.description_html {
            product.description_html = check::html(html, &mut drafted.faults);
        }
        if patch.handle.is_some() {
            product.handle.clone_from(&patch.handle);
        }
        product.seo.title = patch.seo_title.onto(product.seo.title.take());
        product.seo.description = patch.seo_description.onto(product.seo.description.take());
        merge(&mut product.metadata, &patch.metadata);
        let currency = patch.currency.unwrap_or_else(|| currency_of(before, settings));
        if let Some(inputs) = &patch.variants {
            product.variants = variants(inputs, Some(before), currency, settings, false, &mut drafted.faults);
            product.options = Vec::new();
            drafted.stock = inputs.iter().map(|v| v.stock).collect();
        }
        set(&mut product.options, patch.options.as_ref());
        if let Some(variant) = &patch.variant {
            match before.variants.as_slice() {
                [only] if patch.variants.is_none() => {
                    let id = only.variant_id.clone();
                    drafted.patch_variant(&id, variant);
                }
                several => {
                    let detail = format!(
                        "the product has {} variants; change one at /variants/{{id}}, or give all as variants",
                        several.len()
                    );
                    drafted.faults.0.push(Fault::new("", "variant_required", detail));
                }
            }
        }
        drafted
    }

    /// Change some members of one variant.
    pub(crate) fn patch_variant(&mut self, id: &VariantId, patch: &VariantPatch) {
        self.focus = self.product.variants.iter().position(|v| v.variant_id.as_ref() == Some(id));
        let found = self.product.variants.iter_mut().zip(&mut self.stock);
        let Some((draft, stock)) = self.focus.and_then(|i| found.into_iter().nth(i)) else { return };
        *stock = patch.stock;
        let faults = &mut self.faults;
        let currency = draft.price.currency;
        let mut money = |amount: Amount, field: &str| money(amount, currency, &format!("/{field}"), faults);
        if let Some(price) = patch.price {
            draft.price = money(price, "price");
        }
        let optional = |patch: &Patch<Amount>,
                        before,
                        field: &str,
                        money: &mut dyn FnMut(Amount, &str) -> Money| match patch {
            Patch::Keep => before,
            Patch::Clear => None,
            Patch::Set(amount) => Some(money(*amount, field)),
        };
        draft.compare_at_price =
            optional(&patch.compare_at_price, draft.compare_at_price, "compare_at_price", &mut money);
        draft.cost = optional(&patch.cost, draft.cost, "cost", &mut money);
        set(&mut draft.sku, patch.sku.as_ref());
        set(&mut draft.barcode, patch.barcode.as_ref());
        set(&mut draft.requires_shipping, patch.requires_shipping.as_ref());
        set(&mut draft.oversell, patch.oversell.as_ref());
        draft.weight = patch.weight.onto(draft.weight);
        draft.tax_code = patch.tax_code.onto(draft.tax_code.take());
        draft.track_inventory =
            patch.track_inventory.unwrap_or(draft.track_inventory || patch.stock.is_some());
        merge(&mut draft.metadata, &patch.metadata);
        if let Some(values) = &patch.option_values {
            draft.option_values.clone_from(values);
            offer(&mut self.product.options, values);
        }
    }

    /// Replace a variant, or add it.
    pub(crate) fn put_variant(&mut self, input: &VariantInput, before: &Product, settings: &Settings) {
        let known = input.variant_id.as_ref().and_then(|id| before.variant(id));
        let currency = currency_of(before, settings);
        let draft = variant(input, known, currency, settings, "", &mut self.faults);
        offer(&mut self.product.options, &draft.option_values);
        let place =
            self.product.variants.iter().position(|v| known.is_some() && v.variant_id == draft.variant_id);
        self.focus = Some(place.unwrap_or(self.product.variants.len()));
        let known = place.and_then(|i| self.product.variants.get_mut(i).zip(self.stock.get_mut(i)));
        if let Some((old, stock)) = known {
            (*old, *stock) = (draft, input.stock);
        } else {
            self.product.variants.push(draft);
            self.stock.push(input.stock);
        }
    }

    /// Take a variant out, and with it the choices that no other variant offers.
    pub(crate) fn drop_variant(&mut self, id: &VariantId) {
        self.product.variants.retain(|v| v.variant_id.as_ref() != Some(id));
        self.stock.truncate(self.product.variants.len());
        let variants = &self.product.variants;
        for option in &mut self.product.options {
            option
                .values
                .retain(|value| variants.iter().any(|v| v.option_values.get(&option.name) == Some(value)));
        }
    }

    /// The product, or everything that is wrong with it.
    pub(crate) fn compose(
        self,
        product_id: &ProductId,
        before: Option<&Product>,
        ids: &dyn Ids,
        now: Timestamp,
    ) -> Result<Composed, Problem> {
        let Self { product: draft, stock, mut faults, focus } = self;
        let made_handle = draft.handle.is_none() && before.is_none();
        check::draft(&draft, &mut faults);
        for (index, stock) in stock.iter().enumerate() {
            let fits = stock.is_none_or(|units| (0..=QUANTITY_MAX).contains(&units));
            faults.require(fits, &format!("/variants/{index}/stock"), || {
                format!("stock is a whole number of 0 to {QUANTITY_MAX} units")
            });
        }
        let product = match compose(product_id.clone(), draft, before, || VariantId::new(ids.uuid()), now) {
            Ok(product) => Some(product),
            Err(more) => {
                faults.0.extend(more);
                None
            }
        };
        match product.filter(|_| faults.0.is_empty()) {
            None => Err(Problem::invalid(faults.0.into_iter().map(|f| shortened(f, focus)).collect())),
            Some(product) => {
                let counts = product.variants.iter().zip(stock);
                let counts = counts.filter_map(|(v, stock)| Some((v.variant_id.clone(), stock?))).collect();
                Ok(Composed { product, counts, made_handle })
            }
        }
    }
}

/// Members of the variant in focus stand at the top of the request.
fn shortened(mut fault: Fault, focus: Option<usize>) -> Fault {
    let top = focus.and_then(|index| fault.pointer.strip_prefix(&format!("/variants/{index}")));
    if let Some(top) = top.filter(|rest| rest.starts_with('/')) {
        fault.pointer = top.to_owned();
    }
    fault
}

fn set<T: Clone>(member: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        member.clone_from(new);
    }
}
