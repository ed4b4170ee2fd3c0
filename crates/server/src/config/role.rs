//! What a server of a shop does: everything, or one of two parts that several servers share.

use clap::ValueEnum;

use super::fault::{ConfigFault, Origin};
use super::units::Database;

/// The part that a server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Answers requests and runs jobs
    #[default]
    All,
    /// Answers requests; the jobs are left to others
    Api,
    /// Runs jobs; answers only how it is
    Worker,
}

impl Role {
    /// The role of a word that was checked.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "api" => Self::Api,
            "worker" => Self::Worker,
            _ => Self::All,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }

    /// What it does, for people.
    pub(crate) const fn duties(self) -> &'static str {
        match self {
            Self::All => "all (http, jobs, sweeps, relay)",
            Self::Api => "api (http; jobs run elsewhere)",
            Self::Worker => "worker (jobs, sweeps, relay)",
        }
    }

    /// Whether it answers requests.
    pub(crate) const fn answers(self) -> bool {
        matches!(self, Self::All | Self::Api)
    }

    /// Whether it runs jobs, sweeps and the relay.
    pub(crate) const fn works(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }

    /// What is wrong with a part of the work on a store that takes one server: nobody would do the other part.
    pub(super) fn alone_on(self, database: &Database, origin: &Origin) -> Option<ConfigFault> {
        let store = match database {
            Database::Sqlite(path) => format!("the SQLite file {}", path.display()),
            Database::Memory => "the store in memory".to_owned(),
            Database::Postgres(_) => return None,
        };
        let what = format!(
            "role = \"{}\" is one part of the work, and {store} takes one server, which must do all of it",
            self.as_str()
        );
        let next = format!(
            "from: {origin}        one server: role = \"all\"        several: DATABASE_URL=postgres://…"
        );
        (self != Self::All).then(|| ConfigFault::new(what, next))
    }
}
