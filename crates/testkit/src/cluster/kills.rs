//! What is killed, and when: a matter of the seed.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The time between two kills. What was killed is to be back by then.
pub const ROUND: Duration = Duration::from_secs(8);

/// How far into its round a kill comes.
const LATE_MAX_MS: u64 = 1_000;

/// How long what was killed stays away.
const AWAY_MS: std::ops::RangeInclusive<u64> = 1_000..=2_500;

/// What can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A server of Sutler, counted from 0.
    Node(usize),
    /// The cache.
    Redis,
    /// The bus.
    Nats,
    /// The database server and all its processes.
    Postgres,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(number) => write!(f, "node {}", number + 1),
            Self::Redis => write!(f, "Redis"),
            Self::Nats => write!(f, "NATS"),
            Self::Postgres => write!(f, "PostgreSQL"),
        }
    }
}

impl Target {
    /// Whether no request fails for it: only what orders do not need.
    pub const fn is_spared(self) -> bool {
        matches!(self, Self::Redis | Self::Nats)
    }
}

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// What.
    pub target: Target,
    /// When, from the beginning of the load.
    pub at: Duration,
    /// How long it stays away.
    pub away: Duration,
}

/// A node, Redis, NATS, PostgreSQL, and round again.
pub fn plan(seed: u64, count: u32, nodes: usize) -> Vec<Kill> {
    let mut random = StdRng::seed_from_u64(seed);
    let kill = |number: u32| {
        let node = random.random_range(0..nodes.max(1));
        let target = match number % 4 {
            0 => Target::Node(node),
            1 => Target::Redis,
            2 => Target::Nats,
            _ => Target::Postgres,
        };
        let late = Duration::from_millis(random.random_range(0..LATE_MAX_MS));
        let away = Duration::from_millis(random.random_range(AWAY_MS));
        Kill { target, at: ROUND * number + late, away }
    };
    (0..count).map(kill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_what_is_killed_and_when() {
        let kills = plan(7, 8, 3);
        assert_eq!(kills, plan(7, 8, 3));
        assert_ne!(kills, plan(8, 8, 3));
        let others: Vec<_> = kills.iter().skip(1).take(3).map(|kill| kill.target).collect();
        assert_eq!(others, [Target::Redis, Target::Nats, Target::Postgres]);
        assert!(kills.iter().zip(0..).all(|(kill, number)| kill.at >= ROUND * number));
        let nodes = plan(7, 400, 3).into_iter().filter(|kill| kill.target == Target::Node(2)).count();
        assert!(nodes > 10, "each node has its turn");
    }
}
