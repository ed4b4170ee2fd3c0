//! Events, jobs and queues, settings, and whether what is stored is true.

use sutler_app::job::{JobState, KINDS, QUEUES};
use sutler_types::event::{Event, EventType};
use sutler_types::job::{Job, JobsRetried, Queue};
use sutler_types::stats::Settings;
use sutler_types::verify::Verification;

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{Param, limit, page, text, word, words};

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = events();
    entries.extend(jobs());
    entries.extend([
        of("get_settings").gives::<Settings>(200, "How the shop is run, without what is secret."),
        of("verify")
            .about("As of one moment; it changes nothing and blocks nobody. 200 whether or not anything differs.")
            .may_take::<Nothing>()
            .gives::<Verification>(200, "What was checked, and every difference."),
    ]);
    entries
}

fn events() -> Vec<Entry> {
    let about = "Types, separated by commas: exact ones, or `order.*`.";
    let wanted =
        || [text("type", about), text("types", about), text("subject", "What it is about, such as `ord_…`.")];
    vec![
        of("list_events")
            .about("At the end, `page.next` is given too, to ask again later.")
            .query(wanted())
            .query([text("after", "Behind this cursor or event; `start` for the oldest there is."), limit()])
            .gives_page::<Event>()
            .codes(&["cursor_stale"]),
        of("get_event").gives::<Event>(200, "The event."),
        of("stream_events")
            .about(
                "Server-sent events: `id`, `event` and `data` of each. `Last-Event-ID` or `after` says where to go on; \
                 a comment comes every 15 s.",
            )
            .query(wanted())
            .query([text("after", "Behind this cursor or event; `start` for the oldest there is.")])
            .gives_as(200, "Events as they happen, without an end.", "text/event-stream")
            .codes(&["cursor_stale", "shutting_down"]),
        of("list_event_types").gives_list::<EventType>(),
        of("get_event_type").gives::<EventType>(200, "The type, with its schema and an example."),
    ]
}

fn filters() -> [Param; 3] {
    [
        word("queue", "Of this queue.", &QUEUES),
        words("kind", "Of these kinds.", KINDS.map(|kind| kind.name)),
        words("state", "In these states.", JobState::ALL.map(JobState::as_str)),
    ]
}

fn jobs() -> Vec<Entry> {
    vec![
        of("list_jobs").query(filters()).query(page()).gives_page::<Job>(),
        of("retry_jobs")
            .about("All that the filters leave, 1,000 a request; `state` must be said.")
            .query(filters())
            .may_take::<Nothing>()
            .gives::<JobsRetried>(200, "What came of it.")
            .codes(&["invalid_transition"]),
        of("get_job").gives::<Job>(200, "The job, with what went wrong in each attempt."),
        acted("retry_job").codes(&["job_exists"]),
        acted("cancel_job"),
        of("list_queues").gives_list::<Queue>(),
        of("pause_queue")
            .may_take::<Nothing>()
            .gives::<Queue>(200, "The queue, of which nothing is begun now."),
        of("resume_queue").may_take::<Nothing>().gives::<Queue>(200, "The queue, which goes on."),
    ]
}

fn acted(id: &'static str) -> Entry {
    of(id).may_take::<Nothing>().gives::<Job>(200, "The job after it.").codes(&["invalid_transition"])
}
