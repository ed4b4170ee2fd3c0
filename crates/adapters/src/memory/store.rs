//! The door: under the mutex, the heads are the store's own.

use async_trait::async_trait;
use sutler_app::admission::{self, Admitted};
use sutler_app::commit::{Change, Commit, Receipt, Refused, View, ViewChange};
use sutler_app::ports::Store;
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{
    ApiKeyId, CategoryId, CollectionId, ContactId, CustomerId, ImportId, LocationId, NoteId, OrderId,
    ProductId, ReservationId, SessionId, UserId, VariantId, Version, WebhookEndpointId,
};

use super::{Memory, State};

#[async_trait]
impl Store for Memory {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        let mut state = self.state.lock();
        state.heads.now = self.options.clock.now();
        let admitted = admission::admit(&mut state.heads, &commit)?;
        if admitted.receipt.replayed.is_some() {
            return Ok(admitted.receipt);
        }
        let receipt = state.push(commit, admitted);
        self.head.send_replace(state.heads.position);
        Ok(receipt)
    }
}

impl State {
    fn push(&mut self, commit: Commit, admitted: Admitted) -> Receipt {
        self.push_jobs(&commit);
        self.push_deliveries(&commit);
        self.see(&commit.seen);
        let Admitted { receipt, events, journal, audit, .. } = admitted;
        self.push_audit(audit);
        self.events.extend(events);
        self.journal.extend(journal);
        self.numbers.extend(receipt.numbers.iter().cloned());
        for Change { stream, view, .. } in commit.changes {
            match view {
                ViewChange::Keep => {}
                ViewChange::Put(view) => self.put(&stream, *view),
                ViewChange::Delete => self.delete(&stream),
            }
        }
        receipt
    }

    fn put(&mut self, stream: &StreamId, view: View) {
        match view {
            View::Order(order) => self.put_order(order),
            View::Product(product) => drop(self.products.insert(product.product_id.clone(), product)),
            View::Price(price) => drop(self.prices.insert(price.variant_id.clone(), price)),
            View::Collection(one) => drop(self.collections.insert(one.collection_id.clone(), *one)),
            View::Category(one) => drop(self.categories.insert(one.category_id.clone(), *one)),
            View::Stock(signal) => drop(self.signals.insert(stream.clone(), signal)),
            View::Location(location) => drop(self.locations.insert(location.location_id.clone(), location)),
            View::Reservation(one) => drop(self.reservations.insert(one.reservation_id.clone(), one)),
            View::Contact(contact) => {
                let version = self.heads.version(stream);
                self.contacts.insert((contact.contact_id.clone(), version), contact);
            }
            View::Customer(one) => drop(self.customers.insert(one.customer_id.clone(), one)),
            View::Note(note) => drop(self.notes.insert(note.note_id.clone(), note)),
            View::Key(key) => drop(self.keys.insert(key.key_id.clone(), key)),
            View::Endpoint(one) => drop(self.webhooks.endpoints.insert(one.endpoint_id.clone(), *one)),
            View::User(user) => drop(self.users.insert(user.user_id.clone(), *user)),
            View::Session(one) => drop(self.sessions.insert(one.session_id.clone(), *one)),
            View::Import(one) => drop(self.imports.insert(one.import_id.clone(), *one)),
            View::Views(views) => drop(self.views.insert(views.owner.clone(), *views)),
        }
    }

    fn delete(&mut self, stream: &StreamId) {
        let id = stream.id().into();
        match stream.kind() {
            StreamKind::Order => self.delete_order(&OrderId::trusted(id)),
            StreamKind::Product => drop(self.products.remove(&ProductId::trusted(id))),
            StreamKind::Price => drop(self.prices.remove(&VariantId::trusted(id))),
            StreamKind::Collection => drop(self.collections.remove(&CollectionId::trusted(id))),
            StreamKind::Category => drop(self.categories.remove(&CategoryId::trusted(id))),
            StreamKind::Stock => drop(self.signals.remove(stream)),
            StreamKind::Location => drop(self.locations.remove(&LocationId::trusted(id))),
            StreamKind::Reservation => drop(self.reservations.remove(&ReservationId::trusted(id))),
            StreamKind::Contact => {
                let id = ContactId::trusted(id);
                let versions = (id.clone(), Version(0))..=(id, Version(u64::MAX));
                self.contacts.extract_if(versions, |_, _| true).for_each(drop);
            }
            StreamKind::Note => drop(self.notes.remove(&NoteId::trusted(id))),
            StreamKind::Key => drop(self.keys.remove(&ApiKeyId::trusted(id))),
            StreamKind::Endpoint => {
                drop(self.webhooks.endpoints.remove(&WebhookEndpointId::trusted(id)));
            }
            StreamKind::User => drop(self.users.remove(&UserId::trusted(id))),
            StreamKind::Session => drop(self.sessions.remove(&SessionId::trusted(id))),
            StreamKind::Customer => drop(self.customers.remove(&CustomerId::trusted(id))),
            StreamKind::Import => drop(self.imports.remove(&ImportId::trusted(id))),
            StreamKind::Views => drop(self.views.remove(stream.id())),
            StreamKind::Job | StreamKind::CategoryTree => {}
        }
    }
}
