#![doc = include_str!("../README.md")]

pub mod asyncapi;
mod event_page;
pub mod graphql;
pub mod rest;
