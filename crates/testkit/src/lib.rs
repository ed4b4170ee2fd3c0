//! stub
pub mod tidy;
