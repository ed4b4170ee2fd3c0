//! Reads of the store on a bad day: others come between, and sometimes the store is away.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::access::{ApiKey, AuditEntry, AuditQuery, Session, User};
use sutler_app::admission::JournalEntry;
use sutler_app::categories::CategoryName;
use sutler_app::collections::CollectionName;
use sutler_app::commit::{Claim, Refused};
use sutler_app::customers::{Contact, Note};
use sutler_app::event::Recorded;
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::audit::Visit;
use sutler_app::ports::categories::CategoryQuery;
use sutler_app::ports::collections::CollectionQuery;
use sutler_app::ports::reads::{
    Figures, JournalQuery, Lifetime, OrderAttention, OrderName, OrderQuery, PricedProduct, ProductName,
    ProductQuery, Span, StockLevel, StockQuery,
};
use sutler_app::ports::{
    AccessReads, Audit, Bookmark, CategoryReads, CollectionReads, ContactReads, EventFilter, Feed,
    FeedCursor, ImportReads, OrderReads, PeopleReads, ProductReads, ReadError, StockReads, Stored,
};
use sutler_app::saved_views::ViewShelf;
use sutler_app::stream::StreamId;
use sutler_app::transfer::ImportRecord;
use sutler_domain::catalog::{Category, Collection, Tree};
use sutler_domain::customers::Customer;
use sutler_domain::inventory::{Location, Reservation};
use sutler_domain::orders::{ContactRef, Order};
use sutler_domain::{
    ApiKeyId, ContactId, CustomerId, EventId, ImportId, NoteId, OrderId, Position, ReservationId, SessionId,
    UserId, VariantId, Version,
};
use tokio::sync::watch;

use super::store::BadStore;

type Read<T> = Result<T, ReadError>;

#[async_trait]
impl OrderReads for BadStore {
    async fn order(&self, name: &OrderName) -> Read<Option<Stored<Arc<Order>>>> {
        self.look().await?;
        self.memory.order(name).await
    }

    async fn orders(&self, query: &OrderQuery) -> Read<Page<Stored<Arc<Order>>>> {
        self.look().await?;
        self.memory.orders(query).await
    }

    async fn figures(&self, span: Span) -> Read<Vec<Figures>> {
        self.look().await?;
        self.memory.figures(span).await
    }

    async fn attention(&self) -> Read<OrderAttention> {
        self.look().await?;
        self.memory.attention().await
    }

    async fn lifetimes(&self, ids: &[CustomerId]) -> Read<BTreeMap<CustomerId, Lifetime>> {
        self.look().await?;
        self.memory.lifetimes(ids).await
    }

    async fn due_orders(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Read<Vec<(Timestamp, OrderId)>> {
        self.look().await?;
        self.memory.due_orders(now, after, limit).await
    }
}

#[async_trait]
impl ProductReads for BadStore {
    async fn products(&self, names: &[ProductName]) -> Read<Vec<(ProductName, PricedProduct)>> {
        self.look().await?;
        self.memory.products(names).await
    }

    async fn list(&self, query: &ProductQuery) -> Read<Page<PricedProduct>> {
        self.look().await?;
        self.memory.list(query).await
    }
}

#[async_trait]
impl CollectionReads for BadStore {
    async fn collection(&self, name: &CollectionName) -> Read<Option<Stored<Collection>>> {
        self.look().await?;
        self.memory.collection(name).await
    }

    async fn collections(&self, query: &CollectionQuery) -> Read<Page<Stored<Collection>>> {
        self.look().await?;
        self.memory.collections(query).await
    }
}

#[async_trait]
impl CategoryReads for BadStore {
    async fn category(&self, name: &CategoryName) -> Read<Option<Stored<Category>>> {
        self.look().await?;
        self.memory.category(name).await
    }

    async fn categories(&self, query: &CategoryQuery) -> Read<Page<Stored<Category>>> {
        self.look().await?;
        self.memory.categories(query).await
    }

    async fn category_tree(&self) -> Read<(Version, Tree)> {
        self.look().await?;
        self.memory.category_tree().await
    }
}

#[async_trait]
impl StockReads for BadStore {
    async fn levels(&self, variants: &[VariantId]) -> Read<Vec<StockLevel>> {
        self.look().await?;
        self.memory.levels(variants).await
    }

    async fn stock(&self, query: &StockQuery) -> Read<Page<StockLevel>> {
        self.look().await?;
        self.memory.stock(query).await
    }

    async fn journal(&self, query: &JournalQuery) -> Read<Page<JournalEntry>> {
        self.look().await?;
        self.memory.journal(query).await
    }

    async fn locations(&self) -> Read<Vec<Stored<Location>>> {
        self.look().await?;
        self.memory.locations().await
    }

    async fn reservation(&self, id: &ReservationId) -> Read<Option<Stored<Reservation>>> {
        self.look().await?;
        self.memory.reservation(id).await
    }

    async fn reservations(&self, page: &PageRequest) -> Read<Page<Stored<Reservation>>> {
        self.look().await?;
        self.memory.reservations(page).await
    }

    async fn due_reservations(&self, now: Timestamp, limit: u32) -> Read<Vec<ReservationId>> {
        self.look().await?;
        self.memory.due_reservations(now, limit).await
    }
}

#[async_trait]
impl ContactReads for BadStore {
    async fn contacts(&self, refs: &[ContactRef]) -> Read<BTreeMap<ContactId, Contact>> {
        self.look().await?;
        self.memory.contacts(refs).await
    }

    async fn contact(&self, id: &ContactId) -> Read<Option<Stored<Contact>>> {
        self.look().await?;
        self.memory.contact(id).await
    }

    async fn contact_versions(&self, ids: &[ContactId]) -> Read<Vec<(Version, Contact)>> {
        self.look().await?;
        self.memory.contact_versions(ids).await
    }

    async fn customer(&self, id: &CustomerId) -> Read<Option<Stored<Customer>>> {
        self.look().await?;
        self.memory.customer(id).await
    }

    async fn customers_named(&self, ids: &[CustomerId]) -> Read<Vec<Stored<Customer>>> {
        self.look().await?;
        self.memory.customers_named(ids).await
    }

    async fn customers(&self, page: &PageRequest) -> Read<Page<Stored<Customer>>> {
        self.look().await?;
        self.memory.customers(page).await
    }

    async fn notes(&self, ids: &[NoteId]) -> Read<BTreeMap<NoteId, Note>> {
        self.look().await?;
        self.memory.notes(ids).await
    }

    async fn holder(&self, claim: &Claim) -> Read<Option<StreamId>> {
        self.look().await?;
        self.memory.holder(claim).await
    }
}

#[async_trait]
impl AccessReads for BadStore {
    async fn key_by_hash(&self, hash: &str) -> Read<Option<Stored<ApiKey>>> {
        self.look().await?;
        self.memory.key_by_hash(hash).await
    }

    async fn key(&self, id: &ApiKeyId) -> Read<Option<Stored<ApiKey>>> {
        self.look().await?;
        self.memory.key(id).await
    }

    async fn keys(&self) -> Read<Vec<Stored<ApiKey>>> {
        self.look().await?;
        self.memory.keys().await
    }
}

#[async_trait]
impl ImportReads for BadStore {
    async fn import(&self, id: &ImportId) -> Read<Option<Stored<ImportRecord>>> {
        self.look().await?;
        self.memory.import(id).await
    }

    async fn imports(&self, limit: u32) -> Read<Vec<Stored<ImportRecord>>> {
        self.look().await?;
        self.memory.imports(limit).await
    }
}

#[async_trait]
impl PeopleReads for BadStore {
    async fn user(&self, id: &UserId) -> Read<Option<Stored<User>>> {
        self.look().await?;
        self.memory.user(id).await
    }

    async fn users(&self) -> Read<Vec<Stored<User>>> {
        self.look().await?;
        self.memory.users().await
    }

    async fn session(&self, hash: &str) -> Read<Option<(Stored<Session>, Option<Timestamp>)>> {
        self.look().await?;
        self.memory.session(hash).await
    }

    async fn sessions(&self, user: Option<&UserId>) -> Read<Vec<Stored<Session>>> {
        self.look().await?;
        self.memory.sessions(user).await
    }

    async fn session_by_id(&self, id: &SessionId) -> Read<Option<Stored<Session>>> {
        self.look().await?;
        self.memory.session_by_id(id).await
    }

    async fn last_seen(&self, subjects: &[&str]) -> Read<HashMap<String, Timestamp>> {
        self.look().await?;
        self.memory.last_seen(subjects).await
    }

    async fn view_shelves(&self, owners: &[&str]) -> Read<Vec<Stored<ViewShelf>>> {
        self.look().await?;
        self.memory.view_shelves(owners).await
    }

    async fn audit_log(&self, query: &AuditQuery) -> Read<Page<AuditEntry>> {
        self.look().await?;
        self.memory.audit_log(query).await
    }
}

#[async_trait]
impl Feed for BadStore {
    async fn epoch(&self) -> Read<String> {
        self.look().await?;
        self.memory.epoch().await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.memory.head()
    }

    async fn after(&self, position: Position, filter: &EventFilter, limit: u32) -> Read<Vec<Recorded>> {
        self.look().await?;
        self.memory.after(position, filter, limit).await
    }

    async fn stream(&self, stream: &StreamId, upto: Option<Version>) -> Read<Vec<Recorded>> {
        self.look().await?;
        self.memory.stream(stream, upto).await
    }

    async fn event(&self, id: &EventId) -> Read<Option<Recorded>> {
        self.look().await?;
        self.memory.event(id).await
    }

    async fn cursor(&self, name: &str) -> Read<Position> {
        self.look().await?;
        self.memory.cursor(name).await
    }

    async fn move_cursor(&self, name: &str, position: Position) -> Result<(), Refused> {
        self.queue().await?;
        self.memory.move_cursor(name, position).await
    }

    async fn bookmark(&self, name: &str) -> Read<Bookmark> {
        self.look().await?;
        self.memory.bookmark(name).await
    }

    async fn move_bookmark(&self, name: &str, seen: Version, to: &FeedCursor) -> Result<Version, Refused> {
        self.queue().await?;
        self.memory.move_bookmark(name, seen, to).await
    }
}

/// Whoever checks the store sees it as it is.
#[async_trait]
impl Audit for BadStore {
    async fn visit(&self, visit: Visit) -> Read<()> {
        self.memory.visit(visit).await
    }
}
