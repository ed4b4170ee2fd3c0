//! One day in the shop: it opens, everything happens, everything comes to rest, and the auditor comes.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sutler_app::event::Recorded;
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::jobs::{JobQuery, JobQueue};
use sutler_app::ports::reads::{JournalQuery, OrderQuery, StockQuery};
use sutler_app::ports::{EventFilter, Feed, OrderReads, StockReads};
use sutler_domain::Position;

use super::audit::{OrderModel, Violation, audit};
use super::customer::open_shop;
use super::dice::Dice;
use super::evidence::{self, Evidence, OrderSeen, Told};
use super::executor::{Executor, Stuck};
use super::plan::{PRODUCTS, Plan};
use super::store::at_once;
use super::trace::Trace;
use super::world::{EPOCH, World};
use super::{Options, Outcome};

/// How long things may take to come to rest, in steps of half a minute of virtual time: 24 hours.
const RESTS_MAX: u32 = 2 * 60 * 24;
/// Requests that are sent once more when the day is over.
const REPEATS_MAX: usize = 12;

/// A day that is over.
#[derive(Clone, Debug)]
pub struct Day {
    /// What came of it.
    pub outcome: Outcome,
    /// What the auditor was given.
    pub evidence: Evidence,
    /// What happened, in words, if it was told.
    pub words: Vec<String>,
}

impl Day {
    /// Play a plan.
    pub fn of(plan: &Plan, options: &Options, in_words: bool) -> Self {
        let mut executor = Executor::new(Dice::of(plan.schedule).fork(10));
        let world = World::new(plan, Trace::new(in_words), executor.spawner(), options.tamper);
        let stuck = play(&world, &mut executor, plan).err();
        let evidence = gather(&world);
        let mut violations = audit(&evidence);
        if let Some(stuck) = stuck {
            let detail = format!("the shop never came to rest: {stuck:?}");
            violations.insert(0, Violation { invariant: "I-JOB-1", detail });
        }
        let last = evidence.log.last().map_or([0; 32], |line| line.hash);
        world.trace.note_bytes(&last);
        let outcome = Outcome {
            trace_hash: world.trace.hash(),
            violations,
            fired: world.mishaps.fired(),
            reached: reached(&world, &evidence),
            transitions: transitions(&evidence),
            virtual_s: world.clock.elapsed_us() / 1_000_000,
        };
        Self { outcome, evidence, words: world.trace.words() }
    }
}

fn play(world: &Rc<World>, executor: &mut Executor, plan: &Plan) -> Result<(), Stuck> {
    world.start();
    let opening = Rc::clone(world);
    world.spawn_awaited(async move {
        let node = opening.node().expect("a process that was just started");
        open_shop(&node.app).await;
    });
    wait(world, executor)?;
    world.mishaps.begin();
    for step in &plan.steps {
        world.spawn_awaited(Rc::clone(world).perform(step.clone()));
    }
    wait(world, executor)?;
    world.mishaps.end();
    world.tell(|| "   the day is over; time passes until everything rests".to_owned());
    world.resting.set(true);
    let rests = Rc::new(Cell::new(false));
    let (resting, result) = (Rc::clone(world), Rc::clone(&rests));
    world.spawn_awaited(async move {
        for _ in 0..RESTS_MAX {
            resting.rest(30_000).await;
            if is_at_rest(&resting) {
                result.set(true);
                return;
            }
        }
    });
    wait(world, executor)?;
    if !rests.get() {
        return Err(Stuck::Circling);
    }
    world.spawn_awaited(repeat(Rc::clone(world)));
    wait(world, executor)
}

fn wait(world: &Rc<World>, executor: &mut Executor) -> Result<(), Stuck> {
    executor.run(&world.clock, &world.trace, || world.left.get() == 0, || world.between_steps())
}

/// No job waits, no stock is kept for a while only, and the reader has read everything.
fn is_at_rest(world: &World) -> bool {
    let memory = &world.store.memory;
    let counts = at_once(memory.counts()).unwrap_or_default();
    let open = counts.iter().any(|count| count.state.is_alive());
    let head = memory.head().borrow().0;
    let read = at_once(memory.cursor("simulation")).unwrap_or_default().0;
    let waits = |order: &OrderSeen| order.statuses[0] == "created" && order.expires && !order.in_review;
    !open
        && world.node().is_some()
        && read == head
        && !orders(world).iter().any(waits)
        && baskets(world).iter().all(|(_, status)| status != "open")
}

/// What was answered is asked again: the answer is the same.
async fn repeat(world: Rc<World>) {
    let kept = std::mem::take(&mut *world.kept.borrow_mut());
    let was_done = |asked: usize| {
        let asked = &world.asked.borrow()[asked];
        asked.key.is_some() && asked.answers.iter().any(|told| matches!(told, Told::Done { .. }))
    };
    for one in kept.iter().filter(|one| was_done(one.asked)).take(REPEATS_MAX) {
        world.send(one.asked, &one.request, &one.caller).await;
    }
}

fn pages<T>(mut page: impl FnMut(PageRequest) -> sutler_app::Page<T>) -> Vec<T> {
    let (mut rows, mut from) = (Vec::new(), From::Start);
    loop {
        let found = page(PageRequest { limit: 200, from, count: false });
        rows.extend(found.rows);
        match found.next {
            Some(next) => from = From::After(next),
            None => return rows,
        }
    }
}

fn orders(world: &World) -> Vec<OrderSeen> {
    let memory = &world.store.memory;
    let found = pages(|page| {
        let query = OrderQuery { page, ..OrderQuery::default() };
        at_once(memory.orders(&query)).expect("a page of orders")
    });
    found.iter().map(OrderSeen::of).collect()
}

fn baskets(world: &World) -> Vec<(String, String)> {
    let memory = &world.store.memory;
    let found = pages(|page| at_once(memory.reservations(&page)).expect("a page of baskets"));
    found.iter().map(evidence::basket).collect()
}

fn gather(world: &World) -> Evidence {
    let memory = &world.store.memory;
    let log: Vec<Recorded> =
        at_once(memory.after(Position(0), &EventFilter::default(), u32::MAX)).unwrap_or_default();
    let mut journal = pages(|page| {
        let query = JournalQuery { page, ..JournalQuery::default() };
        at_once(memory.journal(&query)).expect("a page of the journal")
    });
    journal.reverse();
    let levels = pages(|page| {
        let query = StockQuery { page, ..StockQuery::default() };
        at_once(memory.stock(&query)).expect("a page of levels")
    });
    let jobs = pages(|page| {
        let query = JobQuery { page, ..JobQuery::default() };
        at_once(memory.jobs(&query)).expect("a page of jobs")
    });
    let oversold = (0..).zip(PRODUCTS).filter(|(_, (_, _, oversell))| *oversell);
    Evidence {
        epoch: EPOCH.to_owned(),
        log: log.iter().map(Into::into).collect(),
        seen: world.store.seen(),
        journal: journal.iter().map(Into::into).collect(),
        levels: levels
            .iter()
            .map(|l| evidence::Level {
                at: format!("{}/{}", l.at.variant_id, l.at.location_id),
                counts: [l.level.on_hand, l.level.reserved],
            })
            .collect(),
        orders: orders(world),
        baskets: baskets(world),
        jobs: jobs.iter().map(Into::into).collect(),
        books: world.bank.books(),
        asked: world.asked.take(),
        read: world.read(),
        oversold: oversold.map(|(number, _): (u32, _)| format!("V{number}")).collect(),
    }
}

/// What the plan cannot say, counted all the same.
fn reached(world: &World, evidence: &Evidence) -> BTreeMap<&'static str, u64> {
    let mut reached: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut count = |what, times| *reached.entry(what).or_default() += times;
    count("several commits are taken in one batch", world.store.batches());
    count("the gateway declines", world.bank.declined());
    for asked in &evidence.asked {
        for told in &asked.answers {
            match told {
                Told::Done { replayed: true, .. } => count("a repeat is answered as before", 1),
                Told::Done { .. } => count("a request is done", 1),
                Told::Refused(code) if code == "idempotency_key_reused" => {
                    count("a key is used for something else", 1);
                }
                Told::Refused(code) if code == "out_of_stock" => count("stock is short", 1),
                Told::Refused(code) if code == "reference_exists" => count("a reference is taken", 1),
                Told::Refused(code) if code == "version_mismatch" => count("a version is stale", 1),
                Told::Refused(_) => count("a request is refused", 1),
                Told::Unknown(_) => count("a customer is told nothing", 1),
            }
        }
    }
    for (place, visits) in world.mishaps.visits() {
        count(place.words(), visits);
    }
    reached
}

/// The transitions of every order on its three axes.
fn transitions(evidence: &Evidence) -> BTreeSet<String> {
    let mut models: BTreeMap<&str, OrderModel> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for line in &evidence.log {
        let Some(id) = line.stream.strip_prefix("order:") else { continue };
        let model = models.entry(id).or_default();
        let before = model.statuses();
        model.apply(&line.name, &line.body);
        for ((axis, before), after) in ["status", "payment", "goods"].iter().zip(before).zip(model.statuses())
        {
            if before != after && !before.is_empty() {
                seen.insert(format!("{axis} {before} -> {after}"));
            }
        }
    }
    seen
}
