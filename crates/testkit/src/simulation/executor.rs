//! One thread that polls, of all that could go on, whatever the seed chooses: every interleaving has its seed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

use super::clock::VirtualClock;
use super::dice::Dice;
use super::trace::Trace;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// More polls than any history needs: whoever passes this goes round in circles.
const POLLS_MAX: u64 = 3_000_000;

/// Why a run came to no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    /// Everybody waits for somebody.
    Asleep,
    /// Somebody goes round in circles.
    Circling,
}

/// Who may be polled. A set, because the order in which wakers ring is not the seed's to decide.
#[derive(Default)]
struct Ready(Mutex<BTreeSet<usize>>);

struct Bell {
    task: usize,
    ready: Arc<Ready>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ready.0.lock().insert(self.task);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.0.lock().insert(self.task);
    }
}

/// Takes tasks on while others run.
#[derive(Clone, Default)]
pub(super) struct Spawner(Rc<RefCell<Vec<Task>>>);

impl Spawner {
    /// A task of its own.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push(Box::pin(task));
    }
}

/// The one thread.
pub(super) struct Executor {
    tasks: Vec<Option<(Task, Waker)>>,
    ready: Arc<Ready>,
    spawner: Spawner,
    dice: Dice,
    polls: u64,
}

impl Executor {
    /// A thread whose choices these dice make.
    pub(super) fn new(dice: Dice) -> Self {
        Self { tasks: Vec::new(), ready: Arc::default(), spawner: Spawner::default(), dice, polls: 0 }
    }

    /// Takes tasks on.
    pub(super) fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }

    /// Everybody looks up: something happened that rings no bell, such as the end of a process.
    fn wake_all(&self) {
        let alive = self.tasks.iter().enumerate().filter(|(_, task)| task.is_some());
        self.ready.0.lock().extend(alive.map(|(id, _)| id));
    }

    /// Poll until `done`. `between` is asked before each poll and says whether everybody must look up.
    pub(super) fn run(
        &mut self,
        clock: &VirtualClock,
        trace: &Trace,
        done: impl Fn() -> bool,
        mut between: impl FnMut() -> bool,
    ) -> Result<(), Stuck> {
        loop {
            self.adopt();
            if done() {
                return Ok(());
            }
            let Some(task) = self.choose() else {
                if clock.pass() {
                    continue;
                }
                return Err(Stuck::Asleep);
            };
            self.polls += 1;
            if self.polls > POLLS_MAX {
                return Err(Stuck::Circling);
            }
            trace.note(u64::try_from(task).unwrap_or(u64::MAX) ^ (clock.elapsed_us() << 16));
            self.poll(task);
            if between() {
                self.wake_all();
            }
        }
    }

    fn adopt(&mut self) {
        for task in self.spawner.0.borrow_mut().drain(..) {
            let id = self.tasks.len();
            let waker = Waker::from(Arc::new(Bell { task: id, ready: Arc::clone(&self.ready) }));
            self.tasks.push(Some((task, waker)));
            self.ready.0.lock().insert(id);
        }
    }

    fn choose(&mut self) -> Option<usize> {
        let mut ready = self.ready.0.lock();
        let chosen = ready.iter().nth(self.dice.index(ready.len())).copied()?;
        ready.remove(&chosen);
        Some(chosen)
    }

    fn poll(&mut self, id: usize) {
        let Some(Some((task, waker))) = self.tasks.get_mut(id) else { return };
        let waker = waker.clone();
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.tasks[id] = None;
        }
    }
}

/// Steps aside so many times, so that others may come between.
pub(super) struct StepAside(pub(super) u64);

impl Future for StepAside {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
