//! Readers of the feed.
