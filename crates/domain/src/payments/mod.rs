//! Payments: parts of their order, with attempts that are written down before the gateway is called.

mod outcome;
mod payment;

pub use outcome::{ClientSecret, Failure, NextAction, Outcome};
pub use payment::{Attempt, CaptureMode, OnFailure, Operation, Payment, PaymentStatus, gateway_key};
