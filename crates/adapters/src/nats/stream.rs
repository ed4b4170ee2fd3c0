//! The stream: how it must be, and how it comes to be so.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};

use super::error::{OpenError, Trouble};
use super::{Nats, Options};

/// Characters of the name of a stream.
pub const STREAM_NAME_MAX: usize = 64;

/// Whether a stream may have this name: plain, since subjects are made of it.
pub fn is_stream_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= STREAM_NAME_MAX && name.chars().all(is_plain)
}

/// The shortest time that a server keeps messages, and remembers ids.
const SHORTEST: Duration = Duration::from_millis(100);

/// How the stream must be.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    name: String,
    prefix: String,
    replicas: usize,
    max_age: Duration,
    duplicate_window: Duration,
}

impl Layout {
    pub(super) fn of(options: &Options) -> Result<Self, OpenError> {
        let name = options.stream.clone();
        if !is_stream_name(&name) {
            return Err(OpenError::BadStream { name });
        }
        let max_age = options.retention.max(SHORTEST);
        Ok(Self {
            prefix: name.to_ascii_lowercase(),
            name,
            replicas: options.replicas,
            max_age,
            // No id can be remembered for longer than its message may stay.
            duplicate_window: options.duplicate_window.clamp(SHORTEST, max_age),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The subject of events of this type.
    pub(super) fn subject(&self, kind: &str) -> String {
        format!("{}.{kind}", self.prefix)
    }

    /// The subjects of all events.
    pub(super) fn subjects(&self) -> String {
        format!("{}.>", self.prefix)
    }

    /// The stream as it is made.
    fn made(&self) -> Config {
        Config {
            name: self.name.clone(),
            description: Some("Events of Sutler, as GET /events shows them".to_owned()),
            subjects: vec![self.subjects()],
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            max_consumers: -1,
            max_messages: -1,
            max_bytes: -1,
            max_messages_per_subject: -1,
            ..self.adapted(&Config::default())
        }
    }

    /// What is there, with what the settings of Sutler say. What else an operator chose stays.
    fn adapted(&self, found: &Config) -> Config {
        Config {
            num_replicas: self.replicas,
            max_age: self.max_age,
            duplicate_window: self.duplicate_window,
            ..found.clone()
        }
    }

    /// What is wrong with a stream that nobody but an operator may change: what is found, and what is needed.
    fn misfit(&self, found: &Config) -> Option<(String, &'static str)> {
        let subjects = self.subjects();
        let ours = "it is not one of Sutler's: name another one in events.stream";
        let other = |what: &str| Some((format!("{what}, and readers would miss events"), "make it anew"));
        if !found.subjects.contains(&subjects) {
            return Some((format!("its subjects are {:?}, and not {subjects}", found.subjects), ours));
        }
        if found.mirror.is_some() || found.sources.as_ref().is_some_and(|sources| !sources.is_empty()) {
            return Some(("it is filled from other streams".to_owned(), ours));
        }
        match found {
            Config { sealed: true, .. } => other("it is sealed"),
            Config { no_ack: true, .. } => other("it does not acknowledge (no_ack)"),
            Config { retention: RetentionPolicy::Interest, .. } => {
                other("its retention is interest, not limits")
            }
            Config { retention: RetentionPolicy::WorkQueue, .. } => {
                other("its retention is workqueue, not limits")
            }
            Config { storage: StorageType::Memory, .. } => other("its storage is memory, not file"),
            Config { max_messages_per_subject: 1.., .. } => {
                other("it keeps a number of messages of each subject only (max_msgs_per_subject)")
            }
            _ => None,
        }
    }

    /// What the server did not take of what it was told, in words.
    fn untaken(&self, found: &Config) -> Option<String> {
        let wanted = self.adapted(found);
        let rows = [
            ("replicas", wanted.num_replicas.to_string(), found.num_replicas.to_string()),
            ("max_age", format!("{:?}", wanted.max_age), format!("{:?}", found.max_age)),
            (
                "duplicate_window",
                format!("{:?}", wanted.duplicate_window),
                format!("{:?}", found.duplicate_window),
            ),
        ];
        let row = rows.into_iter().find(|(_, wanted, found)| wanted != found);
        row.map(|(name, wanted, found)| format!("its {name} stays {found} although {wanted} was asked for"))
    }
}

impl Nats {
    /// The stream, as it must be: made if it is not there, adapted to the settings if they changed. What the server
    /// answers is compared, since a setting that it does not know it drops without a word.
    pub(super) async fn fit(&self) -> Result<Info, Trouble> {
        let name = self.layout.name();
        let info = match self.info().await? {
            None => self.change(format!("STREAM.CREATE.{name}"), &self.layout.made()).await?,
            Some(info) => {
                self.check(&info.config)?;
                if self.layout.untaken(&info.config).is_none() {
                    return Ok(info);
                }
                self.change(format!("STREAM.UPDATE.{name}"), &self.layout.adapted(&info.config)).await?
            }
        };
        self.check(&info.config)?;
        let next =
            || "upgrade the server, or set events.replicas and events.retention to what it can".to_owned();
        self.layout.untaken(&info.config).map_or(Ok(info), |what| Err(Trouble::Unfit(what, next())))
    }

    /// The stream, if it is there.
    pub(super) async fn info(&self) -> Result<Option<Info>, Trouble> {
        let subject = format!("STREAM.INFO.{}", self.layout.name());
        match self.ask::<Info>(subject, "").await? {
            Ok(info) => Ok(Some(info)),
            Err(no) if no.error_code() == ErrorCode::STREAM_NOT_FOUND => Ok(None),
            Err(no) => Err(Trouble::Away(no.to_string())),
        }
    }

    async fn change(&self, subject: String, config: &Config) -> Result<Info, Trouble> {
        let next = || "look at events.stream, events.replicas and the limits of the account".to_owned();
        match self.ask::<Info>(subject, config).await? {
            Ok(info) => Ok(info),
            // A cluster without enough servers, or one that elects: that passes.
            Err(no) if no.code() == 503 => Err(Trouble::Away(no.to_string())),
            Err(no) => Err(Trouble::Unfit(no.to_string(), next())),
        }
    }

    fn check(&self, config: &Config) -> Result<(), Trouble> {
        let misfit = self.layout.misfit(config);
        misfit.map_or(Ok(()), |(what, next)| Err(Trouble::Unfit(what, next.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(options: &Options) -> Layout {
        Layout::of(options).unwrap()
    }

    #[test]
    fn a_stream_has_a_plain_name_and_its_subjects_begin_with_it() {
        let named = |stream: &str| Layout::of(&Options { stream: stream.to_owned(), ..Options::default() });
        assert_eq!(named("SUTLER").unwrap().subject("order.placed"), "sutler.order.placed");
        assert_eq!(named("Shop_2-EU").unwrap().subjects(), "shop_2-eu.>");
        let longest = "s".repeat(STREAM_NAME_MAX);
        assert!(named(&longest).is_ok());
        for bad in ["", "a.b", "a b", "a*", "a>", "ü", &(longest + "s")] {
            assert!(matches!(named(bad), Err(OpenError::BadStream { .. })), "{bad}");
        }
    }

    #[test]
    fn a_stream_that_would_lose_events_is_refused_and_one_that_is_ours_is_not() {
        let layout = layout(&Options::default());
        let made = layout.made();
        assert_eq!(layout.misfit(&made), None);
        assert_eq!(layout.untaken(&made), None);
        let limited = Config { max_bytes: 1 << 30, ..made.clone() };
        assert_eq!(layout.misfit(&limited), None, "how much is kept is for the operator to say");
        for (wrong, said) in [
            (Config { subjects: vec!["orders.>".to_owned()], ..made.clone() }, "its subjects are"),
            (Config { retention: RetentionPolicy::WorkQueue, ..made.clone() }, "workqueue"),
            (Config { storage: StorageType::Memory, ..made.clone() }, "memory"),
            (Config { max_messages_per_subject: 1, ..made.clone() }, "max_msgs_per_subject"),
            (Config { no_ack: true, ..made.clone() }, "no_ack"),
            (Config { sealed: true, ..made.clone() }, "sealed"),
        ] {
            let (what, _) = layout.misfit(&wrong).unwrap();
            assert!(what.contains(said), "{what}");
        }
    }

    #[test]
    fn an_id_is_never_remembered_for_longer_than_its_event_stays() {
        let short = Options { retention: Duration::from_secs(30), ..Options::default() };
        assert_eq!(layout(&short).made().duplicate_window, Duration::from_secs(30));
        let none = Options { retention: Duration::ZERO, ..Options::default() };
        assert_eq!(layout(&none).made().max_age, SHORTEST, "0 would mean for ever");
        let usual = layout(&Options::default()).made();
        assert_eq!(usual.duplicate_window, Duration::from_mins(2));
        assert_eq!(usual.max_age, Duration::from_hours(90 * 24));
    }
}
