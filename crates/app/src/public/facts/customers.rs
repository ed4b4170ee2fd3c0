//! What the events of customers say: who, and never more of the person than an id.

use crate::public::shape::{Field, Shape, has, may};

const CUSTOMER: Field = has("customer_id", Shape::Text, "The customer. Persons are named by nothing else.");

pub(in crate::public) const CUSTOMER_CREATED: &[Field] =
    &[CUSTOMER, may("metadata", Shape::Pairs, "The caller's own pairs.")];

pub(in crate::public) const CUSTOMER_UPDATED: &[Field] =
    &[CUSTOMER, may("metadata", Shape::Pairs, "The metadata now, when it changed.")];

/// A customer, and nothing else.
pub(in crate::public) const CUSTOMER_ALONE: &[Field] = &[CUSTOMER];
