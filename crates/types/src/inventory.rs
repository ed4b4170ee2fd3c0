//! Stock, locations and reservations.
