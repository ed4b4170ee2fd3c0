//! What is said of an endpoint, and what is wrong with it.

use serde::Serialize;
use sutler_domain::Fault;
use sutler_domain::fault::Faults;
use sutler_domain::text;

use super::address::Reach;
use super::endpoint::{Endpoint, Payload};
use crate::public;

/// The longest address of an endpoint, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;

/// Types that an endpoint may ask for, at most.
pub const TYPES_MAX: usize = 100;

/// The longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 255;

/// The media types of a delivery.
pub const CONTENT_TYPES: [&str; 2] = ["application/json", "application/cloudevents+json"];

/// An endpoint to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewEndpoint {
    /// Where to.
    pub url: String,
    /// Which events: exact types, `order.*` or `*`.
    pub types: Vec<String>,
    /// What to write beside it.
    pub description: String,
    /// What is sent of an event.
    pub payload: Payload,
    /// The media type; `application/json` when none is named.
    pub content_type: Option<String>,
    /// Whether an event waits for the one before it.
    pub ordered: bool,
    /// Whether events of imported history are sent.
    pub include_imports: bool,
}

/// What is to become of an endpoint: what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// Where to.
    pub url: Option<String>,
    /// Which events.
    pub types: Option<Vec<String>>,
    /// What to write beside it.
    pub description: Option<String>,
    /// What is sent of an event.
    pub payload: Option<Payload>,
    /// The media type.
    pub content_type: Option<String>,
    /// Whether an event waits for the one before it.
    pub ordered: Option<bool>,
    /// Whether events of imported history are sent.
    pub include_imports: Option<bool>,
    /// Whether it gets anything.
    pub enabled: Option<bool>,
}

impl EndpointChange {
    /// The endpoint after it; whether it is enabled is decided elsewhere.
    pub(super) fn onto(&self, mut endpoint: Endpoint) -> Endpoint {
        fn set<T: Clone>(into: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                into.clone_from(value);
            }
        }
        set(&mut endpoint.url, self.url.as_ref());
        set(&mut endpoint.types, self.types.as_ref());
        set(&mut endpoint.description, self.description.as_ref());
        set(&mut endpoint.payload, self.payload.as_ref());
        set(&mut endpoint.content_type, self.content_type.as_ref());
        set(&mut endpoint.ordered, self.ordered.as_ref());
        set(&mut endpoint.include_imports, self.include_imports.as_ref());
        endpoint
    }
}

/// Everything that is wrong with an endpoint.
pub(super) fn check(endpoint: &Endpoint, reach: Reach) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    faults.check("/url", url(&endpoint.url, reach));
    faults.check("/description", text::line(&endpoint.description, DESCRIPTION_CHARS_MAX));
    let count = endpoint.types.len();
    faults.require((1..=TYPES_MAX).contains(&count), "/types", || {
        format!("{count} types; write 1 to {TYPES_MAX}, such as [\"order.*\"] or [\"*\"]")
    });
    for (index, pattern) in endpoint.types.iter().take(TYPES_MAX).enumerate() {
        faults.require(public::is_pattern(pattern), &format!("/types/{index}"), || {
            let shown: String = pattern.chars().take(80).collect();
            format!(
                "'{shown}' is no event type; GET /event_types lists them, and order.* means all of a group"
            )
        });
    }
    let known = CONTENT_TYPES.contains(&endpoint.content_type.as_str());
    faults.require(known, "/content_type", || format!("use one of {}", CONTENT_TYPES.join(", ")));
    faults.or(())
}

/// Whether deliveries can be sent there, as far as that is known before anything is looked up. What an address is
/// connected to is checked at every attempt.
fn url(text: &str, reach: Reach) -> Result<(), String> {
    if text.len() > URL_BYTES_MAX {
        return Err(format!("the address has {} bytes; at most {URL_BYTES_MAX} are allowed", text.len()));
    }
    let shown: String = text.chars().take(80).collect();
    let parsed: url::Url = text
        .parse()
        .map_err(|_| format!("'{shown}' is no address; write such as https://shop.example.com/hooks"))?;
    match parsed.scheme() {
        "https" => {}
        "http" if reach.allows_plain_http() => {}
        "http" => {
            return Err(format!(
                "'{shown}' is not encrypted; use https://, or set webhooks.allow_private = true"
            ));
        }
        other => return Err(format!("'{other}' is no scheme of a webhook; use https://")),
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("an address cannot hold a user or a password; verify the signature instead".to_owned());
    }
    if parsed.fragment().is_some() {
        return Err("an address cannot end in a fragment (#…)".to_owned());
    }
    match parsed.host() {
        Some(url::Host::Ipv4(address)) => reach.check(address.into()),
        Some(url::Host::Ipv6(address)) => reach.check(address.into()),
        Some(url::Host::Domain(_)) => Ok(()),
        None => Err(format!("'{shown}' names no host")),
    }
}
