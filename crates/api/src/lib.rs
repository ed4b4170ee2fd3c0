#![doc = include_str!("../README.md")]

pub mod asyncapi;
mod dashboard;
mod event_page;
pub mod rest;
