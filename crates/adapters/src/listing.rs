//! Lists that are asked for, whatever the database: what is to hold of the rows is collected here with its values. Each
//! store makes its statements of it and reads them.

use jiff::Timestamp;
use sutler_app::access::AuditQuery;
use sutler_app::ports::Stored;
use sutler_app::ports::categories::CategoryQuery;
use sutler_app::ports::collections::CollectionQuery;
use sutler_app::ports::reads::Span;
use sutler_app::transfer::ImportRecord;
use sutler_domain::catalog::ProductStatus;

/// The imports that were written to last. A shop has few of them, so none has an index for this.
pub(crate) fn newest_imports(mut rows: Vec<Stored<ImportRecord>>, limit: u32) -> Vec<Stored<ImportRecord>> {
    rows.sort_by(|a, b| {
        b.value.updated_at.cmp(&a.value.updated_at).then(b.value.import_id.cmp(&a.value.import_id))
    });
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    rows
}

/// A value of a database's statements.
pub(crate) trait Bound: From<i64> + From<String> + Sized {
    /// What stands before the number of a parameter.
    const MARK: char;

    /// The condition that a column has one of these values.
    fn one_of(list: &mut Listing<Self>, column: &str, values: Vec<String>) -> String;
}

/// A list that is being asked for, with values of type `V`.
pub(crate) struct Listing<V> {
    pub(crate) columns: &'static str,
    pub(crate) from: &'static str,
    /// What it is sorted by, and what breaks ties.
    pub(crate) key: &'static str,
    pub(crate) id: &'static str,
    pub(crate) descending: bool,
    conditions: Vec<String>,
    /// Ranges of one index that hold every row of the list; none: the whole table.
    pub(crate) branches: Vec<String>,
    pub(crate) params: Vec<V>,
}

impl<V: Bound> Listing<V> {
    pub(crate) fn new(
        columns: &'static str,
        from: &'static str,
        (key, id): (&'static str, &'static str),
        descending: bool,
    ) -> Self {
        let (conditions, branches, params) = (Vec::new(), Vec::new(), Vec::new());
        Self { columns, from, key, id, descending, conditions, branches, params }
    }

    /// Bind a value; gives its place in the statement.
    pub(crate) fn bind(&mut self, value: impl Into<V>) -> String {
        self.params.push(value.into());
        format!("{}{}", V::MARK, self.params.len())
    }

    /// Only rows for which this holds.
    pub(crate) fn require(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Only rows with this value, if one is given.
    pub(crate) fn equal(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            let place = self.bind(value.to_owned());
            self.require(format!("{column} = {place}"));
        }
    }

    /// Only rows with one of these values, if any are given.
    pub(crate) fn any_of<'v>(&mut self, column: &str, values: impl Iterator<Item = &'v str>) {
        let values: Vec<String> = values.map(str::to_owned).collect();
        if !values.is_empty() {
            let condition = V::one_of(self, column, values);
            self.require(condition);
        }
    }

    /// Only rows whose time is within this span.
    pub(crate) fn within(&mut self, column: &str, span: Span) {
        let stored = |time: Option<Timestamp>| time.map(Timestamp::as_microsecond);
        self.bounded(column, [(stored(span.from), ">="), (stored(span.until), "<")]);
    }

    /// Only rows whose number is above and below these.
    pub(crate) fn between(&mut self, column: &str, above: Option<i64>, below: Option<i64>) {
        self.bounded(column, [(above, ">"), (below, "<")]);
    }

    fn bounded(&mut self, column: &str, bounds: [(Option<i64>, &str); 2]) {
        for (bound, sign) in bounds {
            if let Some(bound) = bound {
                let place = self.bind(bound);
                self.require(format!("{column} {sign} {place}"));
            }
        }
    }

    /// Read the rows of several ranges of one index, each in order and no further than the page: the list is then as
    /// fast as its index, also where several values are asked for. The branches must hold every row of the list.
    pub(crate) fn branches(&mut self, branches: Vec<String>) {
        self.branches = branches;
    }

    /// Only rows beyond the one that the page begins after.
    pub(crate) fn begin_at(&mut self, start: Option<(impl Into<V>, impl Into<V>)>, falling: bool) {
        if let Some((key, id)) = start {
            let (key, id, sign) = (self.bind(key), self.bind(id), if falling { "<" } else { ">" });
            self.require(format!("({}, {}) {sign} ({key}, {id})", self.key, self.id));
        }
    }

    pub(crate) fn count_sql(&self) -> String {
        format!("SELECT count(*) AS total FROM {}{}", self.from, self.conditions(&[]))
    }

    /// What must hold, and these besides, as the end of a statement.
    pub(crate) fn conditions(&self, more: &[&String]) -> String {
        let all: Vec<&str> = self.conditions.iter().chain(more.iter().copied()).map(String::as_str).collect();
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }
}

/// What lists of orders have in common on every database.
pub(crate) mod orders {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use sutler_app::ports::reads::{Lifetime, OrderQuery, OrderSort};
    use sutler_app::stats::is_paid;
    use sutler_domain::CustomerId;
    use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};

    use crate::terms;

    /// The columns that an order is read from.
    pub(crate) const COLUMNS: &str = "orders.body, orders.version, orders.number";

    /// The id of the order that a reference belongs to: what follows `order:` in its holder.
    pub(crate) const OF_REFERENCE: &str =
        "(SELECT substr(holder, 7) FROM claims WHERE kind = 'order.reference' AND value = ";

    /// Whether a list is read off the terms themselves: a term's orders lie in the order of their placing; any other order
    /// is sorted.
    pub(crate) fn is_by_term(query: &OrderQuery) -> bool {
        query.sort == OrderSort::PlacedAt && !terms::of_order_query(query).is_empty()
    }

    /// What a list is sorted by, and what breaks ties.
    pub(crate) fn sort(query: &OrderQuery) -> (&'static str, &'static str) {
        match query.sort {
            OrderSort::PlacedAt if is_by_term(query) => ("order_terms.placed_at", "order_terms.number"),
            OrderSort::PlacedAt => ("orders.placed_at", "orders.number"),
            OrderSort::Number => ("orders.number", "orders.number"),
            OrderSort::UpdatedAt => ("orders.updated_at", "orders.number"),
            OrderSort::Total => ("orders.total", "orders.number"),
        }
    }

    /// The states in which an order was paid whole, as a list of SQL. The words are our own.
    pub(crate) fn paid_words() -> String {
        let paid = PaymentState::ALL.into_iter().filter(|state| is_paid(*state));
        paid.map(|state| format!("'{}'", state.as_str())).collect::<Vec<_>>().join(", ")
    }

    /// What customers ordered and spent, out of rows of term, currency, orders, spent and the last time of placing.
    pub(crate) fn lifetimes_of(
        ids: &[CustomerId],
        rows: Vec<(String, String, i64, i64, Timestamp)>,
    ) -> BTreeMap<CustomerId, Lifetime> {
        let by_term: BTreeMap<String, &CustomerId> = ids.iter().map(|id| (terms::customer(id), id)).collect();
        let mut found: BTreeMap<CustomerId, Lifetime> = BTreeMap::new();
        for (term, currency, orders, spent, last) in rows {
            let Some(id) = by_term.get(&term) else { continue };
            let lifetime = found.entry((*id).clone()).or_default();
            lifetime.orders = lifetime.orders.saturating_add(orders.unsigned_abs());
            lifetime.spent.insert(currency, spent);
            lifetime.last_placed_at = lifetime.last_placed_at.max(Some(last));
        }
        found
    }

    /// Every triple of statuses that is asked for, as a range of `orders_by_state`; none when any status will do. The
    /// words are our own, never a caller's.
    pub(crate) fn states(query: &OrderQuery) -> Vec<String> {
        fn or_all<T: Copy>(asked: &[T], all: &[T]) -> Vec<T> {
            if asked.is_empty() { all.to_vec() } else { asked.to_vec() }
        }
        if query.status.is_empty() && query.payment_status.is_empty() && query.fulfillment_status.is_empty() {
            return Vec::new();
        }
        let mut states = Vec::new();
        for status in or_all(&query.status, &OrderStatus::ALL) {
            for payment in or_all(&query.payment_status, &PaymentState::ALL) {
                for fulfillment in or_all(&query.fulfillment_status, &FulfillmentStatus::ALL) {
                    states.push(format!(
                        "orders.status = '{}' AND orders.payment_status = '{}' AND orders.fulfillment_status = '{}'",
                        status.as_str(),
                        payment.as_str(),
                        fulfillment.as_str()
                    ));
                }
            }
        }
        states
    }
}

/// The list of products.
pub(crate) mod products {
    use sutler_app::ports::reads::ProductQuery;

    use super::{Bound, Listing};
    use crate::terms;

    /// The products that are asked for, with these columns. `by_term` joins them to their terms, which come first.
    pub(crate) fn list<V: Bound>(
        query: &ProductQuery,
        columns: &'static str,
        by_term: &'static str,
    ) -> Listing<V> {
        let terms = terms::of_product_query(query);
        let (from, sort) = match terms.is_empty() {
            _ if query.by_updated => ("products", ("products.updated_at", "products.product_id")),
            true => ("products", ("products.title", "products.product_id")),
            false => (by_term, ("product_terms.title", "product_terms.product_id")),
        };
        let mut list = Listing::new(columns, from, sort, query.descending);
        let (first, others) =
            terms.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
        if !query.by_updated {
            list.equal("product_terms.term", first.map(String::as_str));
        } else if let Some(term) = first {
            let place = list.bind(term.clone());
            list.require(format!(
                "products.product_id IN (SELECT product_id FROM product_terms WHERE term = {place})"
            ));
        }
        for term in others {
            let place = list.bind(term.clone());
            list.require(format!(
                "EXISTS (SELECT 1 FROM product_terms AS other WHERE other.term = {place}
                         AND other.title = products.title AND other.product_id = products.product_id)"
            ));
        }
        list.any_of("products.status", query.status.iter().map(|s| s.as_str()));
        if terms.is_empty() && !query.by_updated {
            list.branches(
                query.status.iter().map(|s| format!("products.status = '{}'", s.as_str())).collect(),
            );
        }
        list
    }
}

/// Collections that are asked for, by title.
pub(crate) fn collections<V: Bound>(query: &CollectionQuery) -> Listing<V> {
    let sort = ("collections.title", "collections.collection_id");
    let mut list = Listing::new("collections.body, collections.version", "collections", sort, false);
    list.any_of("collections.status", query.status.iter().map(|status| status.as_str()));
    if let Some(at) = query.published_at {
        let (active, now) = (ProductStatus::Active.as_str(), list.bind(at.as_microsecond()));
        list.equal("collections.status", Some(active));
        list.require(format!("coalesce(collections.publish_at <= {now}, true)"));
        list.require(format!("coalesce(collections.unpublish_at > {now}, true)"));
    }
    list
}

/// Categories that are asked for, by position.
pub(crate) fn categories<V: Bound>(query: &CategoryQuery) -> Listing<V> {
    let sort = ("categories.position", "categories.category_id");
    let mut list = Listing::new("categories.body, categories.version", "categories", sort, false);
    match &query.parent_id {
        None => {}
        Some(None) => list.require("categories.parent_id IS NULL".to_owned()),
        Some(Some(parent)) => list.equal("categories.parent_id", Some(parent.as_str())),
    }
    list
}

/// The audit log as it is asked for, newest first.
pub(crate) fn audit_log<V: Bound>(query: &AuditQuery) -> Listing<V> {
    let columns = "row, at, actor, action, subject, before, after, request_id";
    // Nothing breaks ties between rows, which there are none of.
    let mut list = Listing::new(columns, "audit_log", ("row", "row"), true);
    list.equal("actor", query.actor.as_deref());
    list.equal("action", query.action.as_deref());
    list.equal("subject", query.subject.as_deref());
    list
}

/// The lists of levels of stock and of their moves.
pub(crate) mod stock {
    use sutler_app::ports::reads::{JournalQuery, StockQuery};
    use sutler_app::stream::{StreamId, StreamKind};
    use sutler_domain::inventory::Reason;
    use sutler_domain::{LocationId, VariantId};

    use super::{Bound, Listing};

    /// The columns that a level is read from.
    pub(crate) const LEVEL: &str =
        "stock.variant_id, stock.location_id, stock.on_hand, stock.reserved, stock.safety_stock,
        stock.reorder_point, stock.signal, coalesce(variants.sku, '') AS sku, variants.product_id,
        coalesce(streams.version, 0) AS version";

    /// Where they are.
    pub(crate) const LEVELS: &str = "stock LEFT JOIN variants ON variants.variant_id = stock.variant_id
        LEFT JOIN streams ON streams.stream = 'stock:' || stock.variant_id || '/' || stock.location_id";

    /// The columns that a move is read from.
    pub(crate) const ENTRY: &str =
        "position, line, variant_id, location_id, reason, on_hand, reserved, after_on_hand,
        after_reserved, after_safety_stock, after_reorder_point, source, actor, note, recorded_at";

    /// The levels that are asked for; `low` is the condition of those that run out.
    pub(crate) fn levels<V: Bound>(query: &StockQuery, low: &str) -> Listing<V> {
        let mut list = Listing::new(LEVEL, LEVELS, ("stock.variant_id", "stock.location_id"), false);
        of_sku(&mut list, "stock.variant_id", query.sku.as_ref());
        list.equal("stock.variant_id", query.variant_id.as_ref().map(VariantId::as_str));
        list.equal("stock.location_id", query.location_id.as_ref().map(LocationId::as_str));
        if query.low {
            list.require(low.to_owned());
        }
        list
    }

    /// The moves that are asked for, newest first; `id` is what breaks ties between rows, which there are none of.
    pub(crate) fn moves<V: Bound>(query: &JournalQuery, id: &'static str) -> Listing<V> {
        let mut list = Listing::new(ENTRY, "journal", ("row", id), true);
        of_sku(&mut list, "variant_id", query.sku.as_ref());
        list.equal("variant_id", query.variant_id.as_ref().map(VariantId::as_str));
        list.equal("location_id", query.location_id.as_ref().map(LocationId::as_str));
        list.equal("reason", query.reason.map(Reason::as_str));
        let sources = query.source.iter().flat_map(|id| {
            [StreamKind::Order, StreamKind::Reservation]
                .map(|kind| StreamId::new(kind, id.as_str()).to_string())
        });
        let sources: Vec<String> = sources.collect();
        list.any_of("source", sources.iter().map(String::as_str));
        list
    }

    fn of_sku<V: Bound>(list: &mut Listing<V>, column: &str, sku: Option<&String>) {
        if let Some(sku) = sku {
            let place = list.bind(sku.clone());
            list.require(format!(
                "{column} IN (SELECT variant_id FROM variants WHERE sku = {place} AND sku <> '')"
            ));
        }
    }
}
