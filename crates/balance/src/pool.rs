//! Which node is next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::standing::Rules;
use crate::upstream::{InFlight, Upstream};

/// How the next node is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Policy {
    /// One after the other.
    #[default]
    RoundRobin,
    /// The one with the fewest requests in flight; of equal ones, one after the other.
    LeastConnections,
}

/// The nodes of a shop.
#[derive(Debug)]
pub(crate) struct Pool {
    upstreams: Vec<Arc<Upstream>>,
    policy: Policy,
    pub(crate) rules: Rules,
    turn: AtomicUsize,
}

impl Pool {
    pub(crate) fn new(upstreams: Vec<Arc<Upstream>>, policy: Policy, rules: Rules) -> Self {
        Self { upstreams, policy, rules, turn: AtomicUsize::new(0) }
    }

    pub(crate) fn upstreams(&self) -> &[Arc<Upstream>] {
        &self.upstreams
    }

    /// Nodes that get requests now.
    pub(crate) fn up(&self) -> usize {
        self.upstreams.iter().filter(|upstream| upstream.is_up()).count()
    }

    /// The next node that is up and was not tried yet; the request is its from now on. Nobody is sent to a node that is
    /// not up, not even when none is: what such a node says cannot be relied on, and 503 is certain.
    pub(crate) fn choose(&self, tried: &[Arc<Upstream>]) -> Option<InFlight> {
        let may = |upstream: &&Arc<Upstream>| {
            upstream.is_up() && !tried.iter().any(|other| Arc::ptr_eq(upstream, other))
        };
        let candidates = self.upstreams.iter().filter(may).count();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        // A node may go down while we count; then the next of all is as good.
        let from = turn.checked_rem(candidates)?;
        let mut in_turn = self.upstreams.iter().filter(may).cycle().skip(from).take(candidates);
        let chosen = match self.policy {
            Policy::RoundRobin => in_turn.next(),
            Policy::LeastConnections => in_turn.min_by_key(|upstream| upstream.in_flight()),
        };
        chosen.map(InFlight::at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standing::Found;
    use crate::upstream::Url;

    const RULES: Rules = Rules { rise: 1, fall: 1, failures_max: 1 };

    fn pool(policy: Policy, found: &[Found]) -> Pool {
        let upstreams = (1_u16..).zip(found).map(|(port, found)| {
            let url = Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
            Arc::new(Upstream::new(url, ([127, 0, 0, 1], port).into(), *found))
        });
        Pool::new(upstreams.collect(), policy, RULES)
    }

    /// The ports of the next nodes, whose requests end at once.
    fn next(pool: &Pool, count: usize) -> Vec<u16> {
        (0..count).map(|_| pool.choose(&[]).unwrap().upstream().address().port()).collect()
    }

    #[test]
    fn round_robin_gives_each_its_turn() {
        let pool = pool(Policy::RoundRobin, &[Found::Ready; 3]);
        assert_eq!(next(&pool, 6), [1, 2, 3, 1, 2, 3]);
    }

    #[test]
    fn nodes_that_are_not_up_are_passed_over_and_the_rest_share_alike() {
        let pool = pool(Policy::RoundRobin, &[Found::Ready, Found::Fault, Found::NotReady, Found::Ready]);
        let ports = next(&pool, 100);
        assert_eq!(ports.iter().filter(|port| **port == 1).count(), 50, "{ports:?}");
        assert_eq!(ports.iter().filter(|port| **port == 4).count(), 50, "{ports:?}");
        assert_eq!(pool.up(), 2);
    }

    #[test]
    fn what_was_tried_is_not_chosen_again() {
        let pool = pool(Policy::RoundRobin, &[Found::Ready; 2]);
        let first = pool.choose(&[]).unwrap();
        let tried = vec![Arc::clone(first.upstream())];
        let second = pool.choose(&tried).unwrap();
        assert!(!Arc::ptr_eq(first.upstream(), second.upstream()));
        let tried = vec![Arc::clone(first.upstream()), Arc::clone(second.upstream())];
        assert!(pool.choose(&tried).is_none());
    }

    #[test]
    fn nobody_is_chosen_where_nobody_is_up() {
        for policy in [Policy::RoundRobin, Policy::LeastConnections] {
            assert!(pool(policy, &[Found::Fault, Found::NotReady]).choose(&[]).is_none());
            assert!(pool(policy, &[]).choose(&[]).is_none());
        }
    }

    #[test]
    fn the_least_busy_is_chosen_and_equals_share() {
        let pool = pool(Policy::LeastConnections, &[Found::Ready; 3]);
        let mut ports = next(&pool, 3);
        ports.sort_unstable();
        assert_eq!(ports, [1, 2, 3]);
        let busy: Vec<InFlight> = (0..3).filter_map(|_| pool.choose(&[])).collect();
        let free = busy.into_iter().filter(|held| held.upstream().address().port() != 2);
        let _held: Vec<InFlight> = free.collect();
        assert_eq!(next(&pool, 3), [2, 2, 2]);
    }
}
