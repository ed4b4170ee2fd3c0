//! The money lane: payments against the [hostile Stripe](crate::servers::stripe), with faults by the dice of a seed and an
//! engine that dies anywhere. Once everything rests, Stripe's books and ours must agree to the minor unit.
//!
//! An engine dies here as a process does: the work it was at is dropped between two steps, answers that were under way are
//! lost, and its leases run out. What it had committed stands. `cargo xtask money` plays thousands of payments.

mod buyer;
mod check;
mod dying;
mod shop;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use buyer::Buyer;
pub use check::compared;
pub use dying::Dying;
pub use shop::{Keeping, PRICE, Shop, caller};

/// Payments that are under way at one time.
const SIDE_BY_SIDE: usize = 1_000;

/// What is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many payments.
    pub payments: usize,
    /// The seed of everything.
    pub seed: u64,
    /// How many calls of a thousand go wrong.
    pub faults_per_mille: u32,
    /// How many attempts of a thousand die in the middle.
    pub deaths_per_mille: u32,
    /// Where orders are kept.
    pub keeping: Keeping,
    /// How long Stripe is waited for: what hangs, hangs so long.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            payments: 60,
            seed: 1,
            faults_per_mille: 300,
            deaths_per_mille: 200,
            keeping: Keeping::Memory,
            timeout: Duration::from_millis(100),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Payments played.
    pub payments: usize,
    /// Calls that arrived at Stripe.
    pub calls: usize,
    /// Attempts that died in the middle.
    pub deaths: u64,
    /// Jobs that were given up while much went wrong, and retried by somebody once nothing did.
    pub retried: usize,
    /// Captures that took effect.
    pub captures: u64,
    /// Refunds that took effect.
    pub refunds: u64,
    /// Of those the ones that somebody made at Stripe's own desk.
    pub at_desk: u64,
    /// Minor units taken and given back.
    pub taken: i64,
    /// Minor units given back.
    pub given_back: i64,
    /// How orders ended, by status and payment status.
    pub ended: BTreeMap<String, u64>,
    /// Everything that is wrong; empty when the books agree.
    pub wrong: Vec<String>,
}

/// Play payments, and compare the books. Says how many were played, each time that more of them are as far as they come before
/// everything rests.
pub async fn run(options: &Options, told: impl Fn(usize)) -> Result<Report> {
    ensure!(options.payments > 0, "at least one payment must be played");
    let mut shop = Shop::open(options).await?;
    let mut dice = StdRng::seed_from_u64(options.seed);
    shop.stripe.search_lags(60);
    shop.stripe.dice(options.seed, options.faults_per_mille);
    let mut left = options.payments;
    while left > 0 {
        let count = left.min(SIDE_BY_SIDE);
        let mut buyers: Vec<Buyer> = (0..count).map(|_| Buyer::of(&mut dice)).collect();
        for buyer in &mut buyers {
            buyer.places(&shop).await?;
        }
        // The buyer decides, money is taken, money goes back; whoever is not as far yet gets another turn.
        for _ in 0..5 {
            shop.works(&mut dice, SignedDuration::from_mins(20)).await?;
            for buyer in &mut buyers {
                buyer.goes_on(&shop, &mut dice).await?;
            }
            shop.hears(&mut dice).await?;
        }
        left -= count;
        told(options.payments - left);
    }
    let retried = shop.rests().await?;
    shop.works(&mut dice, SignedDuration::from_hours(3)).await?;
    // What was refunded at Stripe's own desk is taken over at the latest when the books are compared by the calendar. That
    // passes over what is under way, so it begins when nothing is.
    shop.compares(&mut dice).await?;
    // The second time for refunds that are made only now.
    for _ in 0..2 {
        shop.works(&mut dice, SignedDuration::from_hours(3)).await?;
        shop.refunds_arrive().await?;
    }
    shop.works(&mut dice, SignedDuration::from_hours(3)).await?;
    Ok(Report { retried, ..check::report(&shop, options.payments).await? })
}

/// Whether something of a thousand happens.
fn happens(dice: &mut StdRng, per_mille: u32) -> bool {
    dice.random_range(0..1000) < per_mille
}
