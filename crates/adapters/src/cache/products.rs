//! Products, for orders and for answers.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{ProductReads, ReadError};
use sutler_domain::catalog::Product;
use sutler_domain::{ProductId, VariantId};

use super::flights::{Batch, Flight, Flights, fly};
use super::{Cached, Touched};

/// Bytes of products that are remembered, roughly; those asked for least make room.
pub const PRODUCTS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Handles, SKUs and ids of variants of which it is remembered to which product they led.
pub const NAMES_MAX: usize = 32_768;

/// About as many products of one variant as have room.
pub(super) const PRODUCTS_EXPECTED: usize = 10_000;

/// What a product weighs at least, so that their count is bounded too.
const PRODUCT_BYTES: u64 = 1024;
/// What a variant weighs beside its own texts.
const VARIANT_BYTES: u64 = 512;

/// The products that are remembered.
pub(super) struct Products {
    by_id: Cache<ProductId, PricedProduct, Weight>,
    /// Where a name led last. A hint: a product found by it must still bear the name.
    ids: Cache<ProductName, ProductId>,
    flights: Flights,
}

#[derive(Clone)]
struct Weight;

impl Weighter<ProductId, PricedProduct> for Weight {
    fn weight(&self, _: &ProductId, found: &PricedProduct) -> u64 {
        weight_bytes(found)
    }
}

/// What a product weighs in memory, roughly.
pub(super) fn weight_bytes(found: &PricedProduct) -> u64 {
    let Product { description_html, images, variants, .. } = &*found.product;
    let texts: usize = description_html.len()
        + images.iter().map(|image| image.url.len()).sum::<usize>()
        + variants.iter().map(|variant| variant.title.len() + variant.sku.len()).sum::<usize>();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    PRODUCT_BYTES
        .saturating_add(count(texts))
        .saturating_add(count(variants.len()).saturating_mul(VARIANT_BYTES))
}

impl Default for Products {
    fn default() -> Self {
        Self {
            by_id: Cache::with_weighter(PRODUCTS_EXPECTED, PRODUCTS_BYTES_MAX, Weight),
            ids: Cache::new(NAMES_MAX),
            flights: Flights::default(),
        }
    }
}

impl Products {
    fn known(&self, name: &ProductName) -> Option<PricedProduct> {
        let found = match name {
            ProductName::Id(id) => self.by_id.get(id)?,
            other => self.by_id.get(&self.ids.get(other)?)?,
        };
        bears(&found.product, name).then_some(found)
    }

    /// Remember what a read found, unless something changed since it began.
    fn land(&self, names: &[ProductName], turn: u64, batch: &Batch) {
        self.flights.land(names, turn, |is_current| {
            let all = batch.iter().filter(|_| is_current).flat_map(|batch| batch.iter());
            for (name, found) in all {
                let id = &found.product.product_id;
                if !matches!(name, ProductName::Id(_)) {
                    self.ids.insert(name.clone(), id.clone());
                }
                self.by_id.insert(id.clone(), found.clone());
            }
        });
    }

    pub(super) fn forget(&self, touched: &[Touched]) {
        let ids = touched.iter().filter_map(|one| match one {
            Touched::Product(id, _) => Some(id.clone()),
            Touched::Price(id) => self.ids.get(&ProductName::Variant(VariantId::trusted(id.as_str().into()))),
            Touched::Locations | Touched::Key(_) => None,
        });
        let ids: Vec<ProductId> = ids.collect();
        if ids.is_empty() {
            return;
        }
        self.flights.change(|| {
            for id in &ids {
                self.by_id.remove(id);
            }
        });
    }
}

pub(super) fn bears(product: &Product, name: &ProductName) -> bool {
    match name {
        ProductName::Id(id) => &product.product_id == id,
        ProductName::Handle(handle) => &product.handle == handle,
        ProductName::Variant(id) => product.variant(id).is_some(),
        ProductName::Sku(sku) => product.variants.iter().any(|variant| &variant.sku == sku),
    }
}

#[async_trait]
impl<S: ProductReads + 'static> ProductReads for Cached<S> {
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let known: Vec<Option<PricedProduct>> =
            names.iter().map(|name| self.kept.products.known(name)).collect();
        let unknown = names.iter().zip(&known).filter(|(_, known)| known.is_none());
        let missing: Vec<ProductName> = unknown.map(|(name, _)| name.clone()).collect();
        let mut read = HashMap::new();
        if !missing.is_empty() {
            read = self.kept.products.flights.bring(&missing, |names, turn| self.begin(names, turn)).await?;
        }
        let answer = names.iter().zip(known).filter_map(|(name, known)| {
            let found = known.or_else(|| read.get(name).cloned())?;
            Some((name.clone(), found))
        });
        Ok(answer.collect())
    }

    async fn products_stored(
        &self,
        names: &[ProductName],
    ) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let found = self.store.products_stored(names).await?;
        // What is remembered otherwise moved behind our back.
        let newer =
            found.iter().map(|(_, one)| Touched::Product(one.product.product_id.clone(), Some(one.version)));
        let stale = |one: &PricedProduct| {
            let known = self.kept.products.by_id.peek(&one.product.product_id);
            known.is_some_and(|known| known.version != one.version || known.prices != one.prices)
        };
        let touched: Vec<Touched> =
            newer.zip(&found).filter(|(_, (_, one))| stale(one)).map(|(touched, _)| touched).collect();
        self.kept.products.forget(&touched);
        Ok(found)
    }

    async fn list(&self, query: &ProductQuery) -> Result<Page<PricedProduct>, ReadError> {
        self.store.list(query).await
    }
}

impl<S: ProductReads + 'static> Cached<S> {
    fn begin(&self, names: Vec<ProductName>, turn: u64) -> Flight {
        let (store, kept, wanted) = (Arc::clone(&self.store), Arc::clone(&self.kept), names.clone());
        let read = async move {
            let found = store.products_stored(&wanted).await?;
            Ok(Arc::new(found.into_iter().collect::<HashMap<_, _>>()))
        };
        fly(read, move |batch| kept.products.land(&names, turn, batch))
    }
}
