#![doc = include_str!("../README.md")]

pub mod asyncapi;
pub mod connection;
mod dashboard;
mod event_page;
pub mod graphql;
pub mod openapi;
mod picture;
pub mod rest;

pub use dashboard::{setup_url, sign_in_url};
