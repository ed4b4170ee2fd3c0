//! A person's data as an order shows it, and notes, whose text may name persons too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::fault::Faults;
use sutler_domain::text::{self, BODY_MAX, LINE_MAX};
use sutler_domain::{ContactId, CustomerId, Fault, NoteId, OrderId};

/// Where somebody lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Who lives there.
    pub name: Option<String>,
    /// First line.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// The data of a person, one version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub contact_id: ContactId,
    /// The customer it is of.
    pub customer_id: Option<CustomerId>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Where goods go.
    pub shipping_address: Option<Address>,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
}

/// A note about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub note_id: NoteId,
    /// The order it is about.
    pub order_id: OrderId,
    /// What it says.
    pub body: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

impl Contact {
    /// Whether nothing is known of the person.
    pub const fn is_empty(&self) -> bool {
        self.email.is_none()
            && self.name.is_none()
            && self.phone.is_none()
            && self.shipping_address.is_none()
            && self.billing_address.is_none()
    }

    /// What is left of it when the person is forgotten: its ids, by which orders still point to it.
    #[must_use]
    pub fn erased(self) -> Self {
        Self {
            contact_id: self.contact_id,
            customer_id: self.customer_id,
            email: None,
            name: None,
            phone: None,
            shipping_address: None,
            billing_address: None,
        }
    }

    /// All that is wrong with it, pointing into a request that places an order.
    pub fn check(&self) -> Vec<Fault> {
        self.check_at("/customer")
    }

    /// The same, where name, e-mail address and telephone number stand under `person`.
    pub(crate) fn check_at(&self, person: &str) -> Vec<Fault> {
        let mut faults = Faults::default();
        let line = |value: &Option<String>| text::line(value.as_deref().unwrap_or_default(), LINE_MAX);
        faults.check(&format!("{person}/name"), line(&self.name));
        faults.check(&format!("{person}/phone"), phone(self.phone.as_ref()));
        let email = format!("{person}/email");
        faults.check(&email, line(&self.email));
        let email_ok = self.email.as_deref().is_none_or(looks_like_email);
        faults.require(email_ok, &email, || "an e-mail address has one @ between two parts".into());
        for (at, address) in
            [("shipping_address", &self.shipping_address), ("billing_address", &self.billing_address)]
        {
            let Some(address) = address else { continue };
            for (field, value) in [
                ("name", &address.name),
                ("line1", &address.line1),
                ("line2", &address.line2),
                ("city", &address.city),
                ("region", &address.region),
                ("postal_code", &address.postal_code),
            ] {
                faults.check(&format!("/{at}/{field}"), line(value));
            }
            faults.check(&format!("/{at}/phone"), phone(address.phone.as_ref()));
            let country_ok = address
                .country
                .as_deref()
                .is_none_or(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()));
            faults.require(country_ok, &format!("/{at}/country"), || {
                "a country is two capital letters (ISO 3166-1)".into()
            });
        }
        faults.0
    }
}

impl Note {
    /// What is left of it when the person it may name is forgotten: who wrote it, and when.
    #[must_use]
    pub fn erased(self) -> Self {
        Self { body: String::new(), ..self }
    }
}

/// A telephone number may pass the card check by chance; only its length and characters count.
fn phone(value: Option<&String>) -> Result<(), text::TextError> {
    match text::line(value.map_or("", String::as_str), LINE_MAX) {
        Err(text::TextError::CardNumber) => Ok(()),
        other => other,
    }
}

pub(crate) fn looks_like_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(' ')
}

/// The text of a note: 1 to 65,535 characters.
pub(crate) fn check_note(body: &str) -> Result<(), Fault> {
    let empty = body.trim().is_empty().then_some(text::TextError::Empty);
    match empty.map_or_else(|| text::body(body, BODY_MAX), Err) {
        Ok(()) => Ok(()),
        Err(error) => Err(Fault::invalid("/body", error.to_string())),
    }
}
