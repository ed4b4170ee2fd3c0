//! The orders of an import, and goods that were lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use sutler_domain::inventory::{Reason, StockEvent};
use sutler_domain::orders::decide::record;
use sutler_domain::orders::{ContactRef, Order, OrderEvent};
use sutler_domain::{ContactId, CustomerId, Metadata, Version};

use super::flight::Load;
use super::groups::Group;
use super::lines::{Fate, Line, Lines};
use super::names::{chosen, derived, mark};
use super::run::Run;
use super::sketch::{DIGEST, Draft, KnownVariant, Sketch};
use super::tally::Tally;
use crate::commit::{Change, Claim, ClaimKind, Commit, Expect, Guard, StockKey, StockMove, View};
use crate::customers::{self, Contact};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::ports::reads::{OrderName, ProductName};
use crate::stream::{StreamId, StreamKind};
use crate::transfer::mapping::Field;

/// Codes whose variants are remembered.
const KNOWN_MAX: usize = 50_000;

impl Run<'_> {
    /// Take in an order.
    pub(super) async fn take_order(&mut self, group: Group, lines: Lines) -> Result<(), Problem> {
        let sold: Vec<&Line> = of(&lines, &Fate::Sold);
        let tally = tally(&lines, &sold);
        if self.is_resumed(&group) {
            self.report.orders = self.report.orders.saturating_add(1);
            self.report.taken.merge(&tally);
            return Ok(());
        }
        self.learn(&sold).await?;
        let draft = Draft {
            reader: &self.reader,
            header: &self.header,
            group: &group,
            lines: &lines,
            sold,
            known: &self.known,
            location_id: &self.location_id,
        };
        let Sketch { mut past, contact } = match draft.sketch() {
            Ok(sketch) => sketch,
            Err((code, message)) => {
                self.refuse(&group, &lines, Some((code, &message)));
                return Ok(());
            }
        };
        let faults = contact.as_ref().map(Contact::check).unwrap_or_default();
        if let Some(fault) = faults.first() {
            self.refuse(&group, &lines, Some((fault.code, &fault.detail)));
            return Ok(());
        }
        let key = self.key(&group, contact.as_ref());
        let mut commit = self.commit(&group);
        if let Some(contact) = contact {
            self.wait_for(key.as_ref()).await?;
            let person = self.person(commit, contact, past.placed_at).await?;
            (commit, past.order.customer_id, past.order.contact) = (person.0, person.1, Some(person.2));
        }
        let events = match record(past) {
            Ok(events) => events,
            Err(faults) => {
                let told =
                    faults.first().map_or(("invalid", "it is no order"), |f| (f.code, f.detail.as_str()));
                self.refuse(&group, &lines, Some(told));
                return Ok(());
            }
        };
        let Some(order) = Order::fold(&events) else { return Ok(()) };
        if self.options.dry_run {
            return self.try_order(group, &order, &tally).await;
        }
        let commit = opened(commit, &events, order);
        self.flight.send(self.room, group, Load::Order { tally }, key, commit);
        Ok(())
    }

    /// Whose orders it changes: a further change of theirs waits for it.
    pub(super) fn key(&self, group: &Group, contact: Option<&Contact>) -> Option<String> {
        let email = contact.and_then(|contact| contact.email.as_deref()).map(customers::lowered);
        let finds = self.reader.mapping.orders.cancellation_prefix.is_some();
        let customer = || group.rows.first().map(|row| self.header.cell(row, Field::CustomerId).to_owned());
        email.or_else(|| customer().filter(|customer| finds || !customer.is_empty()))
    }

    /// An order that has been imported says the same; another one of that name cannot be taken.
    pub(super) async fn find_known(&mut self, group: Group, tally: &Tally) -> Result<(), Problem> {
        let name = OrderName::Reference(group.reference.clone());
        let known = self.room.ports.orders.order(&name).await?;
        let lines = self.reader.lines(&self.header, &group);
        let digest = super::sketch::digest(&self.header, &group);
        let is_same = known.as_ref().is_some_and(|known| known.value.metadata.get(DIGEST) == Some(&digest));
        if is_same {
            self.report.orders = self.report.orders.saturating_add(1);
            self.report.taken.merge(tally);
            return Ok(());
        }
        let number = known.map_or(0, |known| known.number);
        let message = format!(
            "the reference '{}' belongs to order {number}, which says something else; its rows may stand in two \
             places of the file",
            group.reference
        );
        self.refuse(&group, &lines, Some(("reference_exists", &message)));
        Ok(())
    }

    /// What would become of an order.
    async fn try_order(&mut self, group: Group, order: &Order, tally: &Tally) -> Result<(), Problem> {
        let claim = Claim { kind: ClaimKind::OrderReference, value: group.reference.clone() };
        if self.room.ports.contacts.holder(&claim).await?.is_some() {
            return self.find_known(group, tally).await;
        }
        self.report.orders = self.report.orders.saturating_add(1);
        self.report.orders_new = self.report.orders_new.saturating_add(1);
        self.report.taken.merge(tally);
        if self.reader.mapping.orders.cancellation_prefix.is_some() {
            let customer = order.customer_id.as_ref().map(CustomerId::as_str);
            for item in &order.items {
                self.ledger.buy(customer, &item.sku, order.placed_at, item.returnable());
            }
        }
        Ok(())
    }

    /// Look up the variants of codes not seen yet, in one read.
    async fn learn(&mut self, sold: &[&Line]) -> Result<(), Problem> {
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        let new: BTreeSet<&str> = sold
            .iter()
            .map(|line| line.sku.as_str())
            .filter(|sku| !sku.is_empty() && !self.known.contains_key(*sku))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let names: Vec<ProductName> = new.iter().map(|sku| ProductName::Sku((*sku).to_owned())).collect();
        self.known.extend(new.into_iter().map(|sku| (sku.to_owned(), None)));
        for (name, found) in self.room.ports.prices.products(&names).await? {
            let ProductName::Sku(sku) = name else { continue };
            let variant = found.product.variants.iter().find(|variant| variant.sku == sku);
            let known = variant.map(|variant| KnownVariant {
                product_id: found.product.product_id.clone(),
                variant_id: variant.variant_id.clone(),
                variant_title: variant.title.clone(),
            });
            self.known.insert(sku, known);
        }
        Ok(())
    }

    /// The person of an order: the customer named, the one who holds the e-mail address, or a new one.
    async fn person(
        &mut self,
        mut commit: Commit,
        mut contact: Contact,
        at: jiff::Timestamp,
    ) -> Result<(Commit, Option<CustomerId>, ContactRef), Problem> {
        let contacts = self.room.ports.contacts.clone();
        let holder = match &contact.email {
            Some(email) => customers::holder_of(&*contacts, email).await?,
            None => None,
        };
        let named = contact.customer_id.take();
        let email = contact.email.as_deref().map(customers::lowered).unwrap_or_default();
        let made = || (!email.is_empty()).then(|| derived(at, &["customer", &email]));
        contact.customer_id = named.or_else(|| holder.clone()).or_else(made);
        if let Some(id) = &contact.customer_id
            && holder.as_ref() != Some(id)
            && contacts.customer(id).await?.is_none()
        {
            let contact_id: ContactId = derived(at, &["person", id.as_str()]);
            let email = contact.email.clone().filter(|_| holder.is_none());
            let own = Contact { contact_id, email, ..contact.clone() };
            commit = customers::created(commit, &own, Version(0), &Metadata::new(), at).0;
        }
        let shown = ContactRef { contact_id: contact.contact_id.clone(), version: Version(1) };
        let customer_id = contact.customer_id.clone();
        let stream = StreamId::from(&contact.contact_id);
        let commit = commit.change(Change::record(stream, Expect::New, View::Contact(contact)));
        Ok((commit, customer_id, shown))
    }

    /// Goods that were lost long ago: the journal tells of them, and today's stock stays as it is.
    pub(super) async fn take_lost(&mut self, group: &Group, lines: &Lines) -> Result<(), Problem> {
        let lost = of(lines, &Fate::Lost);
        self.report.written_off.merge(&tally(lines, &lost));
        if self.options.dry_run || self.is_resumed(group) {
            return Ok(());
        }
        self.learn(&lost).await?;
        let mut commit = self.commit(group);
        for (line, place) in lost.into_iter().zip(0u32..) {
            let value =
                mark(&["lost", &group.reference, &line.sku, &line.quantity.to_string(), &place.to_string()]);
            // Held by nobody else, so that a second import is refused.
            let holder = StreamId::new(StreamKind::Import, self.room.ports.ids.uuid().to_string());
            let variant_id = self
                .known
                .get(&line.sku)
                .cloned()
                .flatten()
                .map_or_else(|| chosen(&line.sku), |v| v.variant_id);
            let note = format!(
                "imported: {} of {} in {}, {}",
                line.quantity, line.sku, group.reference, lines.placed_at
            );
            let location_id = self.location_id.clone();
            let event = StockEvent::InventoryAdjusted {
                variant_id: variant_id.clone(),
                location_id: location_id.clone(),
                delta: 0,
                reason: Reason::Lost,
            };
            let stream = StreamId::stock(&variant_id, &location_id);
            commit = commit.change(Change::notice(stream, NewEvent::of(&event, lines.placed_at)));
            commit = commit.take(ClaimKind::ImportEntry, value, &holder).moves([StockMove {
                at: StockKey { variant_id, location_id },
                on_hand: 0,
                reserved: 0,
                guard: Guard::Unguarded,
                reason: Reason::Lost,
                thresholds: None,
                source: None,
                note: Some(note),
            }]);
        }
        self.flight.send(self.room, group.clone(), Load::Lost, None, commit);
        Ok(())
    }
}

/// The lines with one fate.
pub(super) fn of<'l>(lines: &'l Lines, fate: &Fate) -> Vec<&'l Line> {
    lines.all.iter().filter(|(_, one)| one == fate).map(|(line, _)| line).collect()
}

/// The sum of lines.
pub(super) fn tally<'l>(lines: &Lines, some: impl IntoIterator<Item = &'l &'l Line>) -> Tally {
    let mut tally = Tally::default();
    for line in some {
        tally.add(lines.currency.code(), line.quantity, line.amount);
    }
    tally
}

/// The commit that opens an order with all its history.
fn opened(commit: Commit, events: &[(OrderEvent, jiff::Timestamp)], order: Order) -> Commit {
    let stream = StreamId::from(&order.order_id);
    let reference = order.reference.clone().unwrap_or_default();
    let events = events.iter().map(|(event, at)| NewEvent::of(event, *at)).collect();
    let change = Change::stream(stream.clone(), Version(0), events, View::Order(Arc::new(order)));
    let mut commit = commit.take(ClaimKind::OrderReference, reference, &stream);
    // Before the person: an order that is known is known by its own stream.
    commit.changes.insert(0, change.numbered());
    commit
}
