//! Make and change customers.

use sutler_domain::customers::{Customer, CustomerEvent};
use sutler_domain::fault::Faults;
use sutler_domain::orders::ContactRef;
use sutler_domain::{ContactId, CustomerId, Metadata, Version};

use super::{Contact, CustomerName, CustomerPatch, CustomerView, Customers, NewCustomer, lowered};
use crate::caller::{Answered, Caller};
use crate::commit::{Change, ClaimKind, Commit, Expect, IdempotencyKey, View};
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::orders::patched;
use crate::retry::{Failure, must_match, or_as_before, retry_moved};
use crate::stream::StreamId;

impl Customers {
    /// Make a customer.
    ///
    /// Problems: `validation_failed`, `customer_exists`, `email_exists`.
    pub async fn create(
        &self,
        caller: &Caller,
        input: &NewCustomer,
    ) -> Result<Answered<CustomerView>, Problem> {
        caller.may("customers:write")?;
        let key = caller.key_for("customers.create", input);
        let done = retry_moved(caller, async |_| self.try_create(caller, input, key.clone()).await).await;
        self.or_as_before(key, done).await
    }

    async fn try_create(
        &self,
        caller: &Caller,
        input: &NewCustomer,
        key: Option<IdempotencyKey>,
    ) -> Result<Answered<CustomerView>, Failure> {
        let uuid = || self.room.ports.ids.uuid();
        let id = input.customer_id.clone().unwrap_or_else(|| CustomerId::new(uuid()));
        let stored = self.room.ports.contacts.customer(&id).await?;
        if stored.as_ref().is_some_and(|stored| stored.value.erased_at.is_none()) {
            let detail =
                format!("there is a customer '{id}' already; change that one: PATCH /customers/{id}");
            return Err(Problem::new(Kind::Conflict, "customer_exists", detail).into());
        }
        let contact = input.contact(ContactId::new(uuid()), id);
        check(&contact, &input.metadata)?;
        let version = stored.map(|stored| stored.version).unwrap_or_default();
        let commit = Commit::by(caller).key(key);
        let (commit, customer) = created(commit, &contact, version, &input.metadata, self.room.now());
        let stream = StreamId::from(&customer.customer_id);
        let commit = commit.answers(stream, None, false);
        self.committed(commit, customer, Some(contact)).await
    }

    /// Change what is known of a customer. An address that changes is a further version of the contact: orders show the
    /// person as they were.
    ///
    /// Problems: `not_found`, `gone`, `validation_failed`, `email_exists`, `version_mismatch`.
    pub async fn update(
        &self,
        caller: &Caller,
        name: &CustomerName,
        patch: &CustomerPatch,
    ) -> Result<Answered<CustomerView>, Problem> {
        caller.may("customers:write")?;
        let key = caller.key_for("customers.update", &(name.to_string(), patch));
        let done =
            retry_moved(caller, async |_| self.try_update(caller, name, patch, key.clone()).await).await;
        self.or_as_before(key, done).await
    }

    async fn try_update(
        &self,
        caller: &Caller,
        name: &CustomerName,
        patch: &CustomerPatch,
        key: Option<IdempotencyKey>,
    ) -> Result<Answered<CustomerView>, Failure> {
        let stored = self.find(name).await?;
        must_match(caller, stored.version)?;
        let customer = stored.value;
        let Some(shown) = &customer.contact else {
            let detail = format!(
                "the customer '{}' was erased; POST /customers makes them anew",
                customer.customer_id
            );
            return Err(Problem::new(Kind::Conflict, "gone", detail).into());
        };
        let known = self.room.ports.contacts.contact(&shown.contact_id).await?;
        let (before, at) = known.map_or_else(
            || (nobody(&customer, &shown.contact_id), shown.version),
            |stored| (stored.value, stored.version),
        );
        let after = patch.onto(&before);
        let metadata = patch.metadata.as_ref().map(|pairs| patched(&customer.metadata, pairs));
        let metadata = metadata.filter(|metadata| *metadata != customer.metadata);
        check(&after, metadata.as_ref().unwrap_or(&customer.metadata))?;
        let stream = StreamId::from(&customer.customer_id);
        let mut commit = Commit::by(caller).key(key).answers(stream.clone(), None, false);
        let mut contact = None;
        if after != before {
            let person = StreamId::from(&after.contact_id);
            contact = Some(ContactRef { contact_id: after.contact_id.clone(), version: at.plus(1) });
            commit = commit.change(Change::record(person, Expect::Exactly(at), View::Contact(after.clone())));
            commit = renamed(commit, &before, &after, &stream);
        }
        if contact.is_none() && metadata.is_none() {
            let commit = commit.requires([(stream, stored.version)]);
            return self.committed(commit, customer, Some(after)).await;
        }
        let customer_id = customer.customer_id.clone();
        let event = CustomerEvent::CustomerUpdated { customer_id, contact, metadata };
        let now = self.room.now();
        let customer = Customer::evolve(Some(customer.clone()), &event, now).unwrap_or(customer);
        let view = View::Customer(customer.clone());
        let change = Change::stream(stream, stored.version, vec![NewEvent::of(&event, now)], view);
        self.committed(commit.change(change), customer, Some(after)).await
    }

    async fn committed(
        &self,
        commit: Commit,
        customer: Customer,
        contact: Option<Contact>,
    ) -> Result<Answered<CustomerView>, Failure> {
        let requires = commit.requires.first().map(|(_, version)| *version);
        let receipt = self.room.ports.store.commit(commit).await?;
        if let Some(answer) = &receipt.replayed {
            return Ok(Answered { value: self.as_answered(answer).await?, replayed: true });
        }
        let stream = StreamId::from(&customer.customer_id);
        let version = receipt.version_of(&stream).or(requires).unwrap_or_default();
        let value = CustomerView { customer, version, contact, lifetime: None };
        Ok(Answered { value, replayed: false })
    }

    /// A request that fails now may have been answered before: its key knows.
    async fn or_as_before(
        &self,
        key: Option<IdempotencyKey>,
        done: Result<Answered<CustomerView>, Problem>,
    ) -> Result<Answered<CustomerView>, Problem> {
        or_as_before(&self.room, key, done, async |answer| self.as_answered(&answer).await).await
    }
}

/// The commit that makes a customer of a contact, which it stores too; `version` is where the customer's stream stands.
pub(crate) fn created(
    commit: Commit,
    contact: &Contact,
    version: Version,
    metadata: &Metadata,
    now: jiff::Timestamp,
) -> (Commit, Customer) {
    let customer_id = contact
        .customer_id
        .clone()
        .unwrap_or_else(|| CustomerId::trusted(contact.contact_id.as_str().into()));
    let shown = ContactRef { contact_id: contact.contact_id.clone(), version: Version(1) };
    let event = CustomerEvent::CustomerCreated {
        customer_id: customer_id.clone(),
        contact: shown.clone(),
        metadata: metadata.clone(),
    };
    let customer = Customer {
        customer_id: customer_id.clone(),
        contact: Some(shown),
        metadata: metadata.clone(),
        created_at: now,
        updated_at: now,
        erased_at: None,
    };
    let stream = StreamId::from(&customer_id);
    let person = View::Contact(contact.clone());
    let mut commit = commit
        .change(Change::record(StreamId::from(&contact.contact_id), Expect::New, person))
        .change(Change::stream(
            stream.clone(),
            version,
            vec![NewEvent::of(&event, now)],
            View::Customer(customer.clone()),
        ));
    if let Some(email) = &contact.email {
        commit = commit.take(ClaimKind::CustomerEmail, lowered(email), &stream);
    }
    (commit, customer)
}

/// The e-mail address is a name: the old one is given up, the new one taken.
fn renamed(mut commit: Commit, before: &Contact, after: &Contact, holder: &StreamId) -> Commit {
    let name = |contact: &Contact| contact.email.as_deref().map(lowered);
    let (old, new) = (name(before), name(after));
    if old == new {
        return commit;
    }
    if let Some(old) = old {
        commit = commit.give(ClaimKind::CustomerEmail, old, holder);
    }
    match new {
        Some(new) => commit.take(ClaimKind::CustomerEmail, new, holder),
        None => commit,
    }
}

fn nobody(customer: &Customer, contact_id: &ContactId) -> Contact {
    Contact {
        contact_id: contact_id.clone(),
        customer_id: Some(customer.customer_id.clone()),
        email: None,
        name: None,
        phone: None,
        shipping_address: None,
        billing_address: None,
    }
}

/// Whether a customer may be that.
///
/// Problems: `validation_failed`.
pub(crate) fn check(contact: &Contact, metadata: &Metadata) -> Result<(), Problem> {
    let mut faults = Faults::default();
    faults.0.extend(contact.check_at(""));
    faults.metadata("/metadata", metadata);
    faults.or(()).map_err(Problem::invalid)
}
