//! Customers of a file: known by their e-mail address, else by their id.

use sutler_domain::text::METADATA_VALUE_MAX;
use sutler_domain::{ContactId, CustomerId, Metadata};

use super::{Did, Failed};
use crate::caller::Caller;
use crate::customers::{CustomerName, CustomerPatch, CustomerView, Customers, NewCustomer, check, lowered};
use crate::error::Problem;
use crate::orders::patched;
use crate::patch::Patch;
use crate::transfer::ACTOR;
use crate::transfer::header::{Header, Row, Wrong};
use crate::transfer::mapping::Field;
use crate::transfer::past::chosen;
use crate::transfer::person::{BILLING, SHIPPING, address, cleaned, given};

/// Who takes customers in.
pub(super) struct People<'p> {
    customers: &'p Customers,
    caller: Caller,
}

/// What a customer is known by.
pub(super) fn key(header: &Header, row: &Row) -> String {
    match header.cell(row, Field::Email) {
        "" => id(header, row).to_owned(),
        email => lowered(email),
    }
}

/// The id of a row. Programs for tables put an apostrophe before digits that are no number.
fn id<'r>(header: &'r Header, row: &'r Row) -> &'r str {
    header.cell(row, Field::CustomerId).trim_start_matches('\'')
}

impl<'p> People<'p> {
    pub(super) fn of(caller: &Caller, customers: &'p Customers) -> Result<Self, Problem> {
        caller.may("customers:write")?;
        // They were customers elsewhere: whoever listens to this shop hears of that only when it asks to.
        let caller =
            Caller { actor: ACTOR.to_owned(), idempotency_key: None, if_match: None, ..caller.clone() };
        Ok(Self { customers, caller })
    }

    /// Make the customer of a row, or change what the row says of one who is known. An empty cell says nothing.
    pub(super) async fn take(&self, header: &Header, row: &Row, dry_run: bool) -> Result<Did, Failed> {
        let said = sketch(header, row)?;
        let Some(known) = self.known(&said).await? else {
            let id = said.customer_id.clone().unwrap_or_else(|| CustomerId::trusted("cus_new".into()));
            check(&said.contact(ContactId::trusted("con_new".into()), id), &said.metadata)?;
            if !dry_run {
                self.customers.create(&self.caller, &said).await?;
            }
            return Ok(Did::Create);
        };
        let Some(before) = &known.contact else {
            let id = &known.customer.customer_id;
            let message = format!("the customer '{id}' was erased and is not made again by a file");
            return Err(Failed::Row("gone".to_owned(), message));
        };
        let patch = patch_of(said);
        let pairs = patch.metadata.clone().unwrap_or_default();
        let (after, metadata) = (patch.onto(before), patched(&known.customer.metadata, &pairs));
        if after == *before && metadata == known.customer.metadata {
            return Ok(Did::Nothing);
        }
        check(&after, &metadata)?;
        if !dry_run {
            let name = CustomerName::Id(known.customer.customer_id);
            self.customers.update(&self.caller, &name, &patch).await?;
        }
        Ok(Did::Update)
    }

    async fn known(&self, said: &NewCustomer) -> Result<Option<CustomerView>, Problem> {
        let by_email = match &said.email {
            Some(email) => self.customers.by_email(email).await?,
            None => None,
        };
        let stored = match (by_email, &said.customer_id) {
            (None, Some(id)) => self.customers.by_id(id).await?,
            (found, _) => found,
        };
        match stored {
            Some(stored) => Ok(Some(self.customers.view(stored).await?)),
            None => Ok(None),
        }
    }
}

fn sketch(header: &Header, row: &Row) -> Result<NewCustomer, Wrong> {
    let given = |field| given(header, row, field);
    let joined =
        [given(Field::FirstName), given(Field::LastName)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = given(Field::CustomerName).or_else(|| Some(joined).filter(|name| !name.is_empty()));
    let mut shipping_address = address(header, row, SHIPPING);
    if let (Some(company), Some(address)) = (given(Field::Company), &mut shipping_address) {
        let whose = address.name.take().or_else(|| name.clone());
        address.name = Some(whose.map_or(company.clone(), |whose| format!("{company}, {whose}")));
    }
    let customer_id = Some(id(header, row)).filter(|id| !id.is_empty()).map(chosen);
    let email = given(Field::Email);
    if email.is_none() && customer_id.is_none() {
        let message =
            "has neither an e-mail address nor an id, so nobody would be known again by it".to_owned();
        return Err(("customer_nameless", message));
    }
    Ok(NewCustomer {
        customer_id,
        email,
        name,
        phone: given(Field::Phone),
        shipping_address,
        billing_address: address(header, row, BILLING),
        metadata: metadata(header, row)?,
    })
}

/// The columns that the mapping keeps, and the pairs of the column that holds a JSON object.
fn metadata(header: &Header, row: &Row) -> Result<Metadata, Wrong> {
    let mut pairs = match header.cell(row, Field::Metadata) {
        "" => Metadata::new(),
        text => serde_json::from_str(text).map_err(|error| {
            ("invalid_metadata", format!("the metadata is no JSON object of texts ({error})"))
        })?,
    };
    let kept = header.metadata(row).map(|(key, value)| (key.to_owned(), cleaned(value, METADATA_VALUE_MAX)));
    pairs.extend(kept);
    Ok(pairs)
}

fn patch_of(said: NewCustomer) -> CustomerPatch {
    fn set<T>(value: Option<T>) -> Patch<T> {
        value.map_or(Patch::Keep, Patch::Set)
    }
    CustomerPatch {
        email: set(said.email),
        name: set(said.name),
        phone: set(said.phone),
        shipping_address: set(said.shipping_address),
        billing_address: set(said.billing_address),
        metadata: Some(said.metadata.into_iter().map(|(key, value)| (key, Some(value))).collect()),
    }
}
