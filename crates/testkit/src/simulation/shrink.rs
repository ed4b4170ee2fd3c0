//! The shortest history that still fails: leave things out of the plan as long as the same invariant breaks.

use super::Options;
use super::audit::Violation;
use super::day::Day;
use super::plan::Plan;

/// A seed that fails.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What its own history breaks, first thing first.
    pub violations: Vec<Violation>,
    /// The shortest plan found that breaks the same invariant.
    pub shortest: Plan,
    /// What that one breaks.
    pub shortest_violations: Vec<Violation>,
    /// What happens in it, in words.
    pub history: Vec<String>,
    /// How many plans were tried.
    pub tries: u32,
}

/// The failure of a plan, if it fails.
pub(super) fn failure_of(plan: &Plan, options: &Options) -> Option<Failure> {
    let violations = Day::of(plan, options, false).outcome.violations;
    let invariant = violations.first()?.invariant;
    let mut shrinking = Shrinking { options, invariant, tries: 0, best: plan.clone() };
    shrinking.shrink();
    let Shrinking { best, tries, .. } = shrinking;
    let day = Day::of(&best, options, true);
    Some(Failure {
        seed: plan.seed,
        violations,
        shortest: best,
        shortest_violations: day.outcome.violations,
        history: day.words,
        tries,
    })
}

struct Shrinking<'o> {
    options: &'o Options,
    invariant: &'static str,
    tries: u32,
    best: Plan,
}

impl Shrinking<'_> {
    /// Ever smaller bites, from halves to single things, until nothing more can be left out.
    fn shrink(&mut self) {
        loop {
            let before = size(&self.best);
            self.leave_out(|plan| &mut plan.steps);
            self.leave_out(|plan| &mut plan.mishaps);
            if size(&self.best) == before || self.is_tired() {
                return;
            }
        }
    }

    fn leave_out<T: Clone>(&mut self, list: impl Fn(&mut Plan) -> &mut Vec<T>) {
        let mut bite = list(&mut self.best).len().div_ceil(2).max(1);
        loop {
            let mut start = 0;
            while start < list(&mut self.best).len() && !self.is_tired() {
                let mut shorter = self.best.clone();
                let things = list(&mut shorter);
                let end = (start + bite).min(things.len());
                things.drain(start..end);
                if !self.still_fails(shorter) {
                    start += bite;
                }
            }
            if bite == 1 || self.is_tired() {
                return;
            }
            bite = bite.div_ceil(2);
        }
    }

    /// With one thing less, others meet elsewhere: a few schedules are tried.
    fn still_fails(&mut self, mut plan: Plan) -> bool {
        for shift in 0..3 {
            plan.schedule = self.best.schedule.wrapping_add(shift);
            self.tries += 1;
            let found = Day::of(&plan, self.options, false).outcome.violations;
            if found.iter().any(|violation| violation.invariant == self.invariant) {
                self.best = plan;
                return true;
            }
        }
        false
    }

    const fn is_tired(&self) -> bool {
        self.tries >= self.options.shrink_tries
    }
}

fn size(plan: &Plan) -> usize {
    plan.steps.len() + plan.mishaps.len()
}
