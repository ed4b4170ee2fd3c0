//! Products and their variants.
