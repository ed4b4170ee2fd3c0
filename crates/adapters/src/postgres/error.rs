//! Why a database cannot be opened: what failed, the value, the reason, and what to do.

use super::target::Target;
use super::trouble::Fault;

/// Why a database cannot be opened. The text has several lines and begins without `error:`. No text holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error(
        "{url} is no address of a PostgreSQL database ({reason})\n  \
         write it as postgres://user:password@host:5432/database, with % escapes in the password"
    )]
    BadUrl {
        /// The address, without its password.
        url: String,
        /// Why.
        reason: String,
    },
    /// Nobody answers there.
    #[error(
        "cannot reach PostgreSQL at {place} ({reason})\n  \
         is it up, and does it listen there?   pg_isready -d {place}        full check: sutler doctor"
    )]
    Unreachable {
        /// Where.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// The server does not let us in.
    #[error(
        "PostgreSQL at {place} does not let us in ({reason})\n  \
         look at the user, the password and the database's name in DATABASE_URL, and at the server's pg_hba.conf"
    )]
    Denied {
        /// Where.
        place: String,
        /// What the server said.
        reason: String,
    },
    /// It would forget what it acknowledged.
    #[error(
        "PostgreSQL at {place} runs with {setting} = {value}: orders that were acknowledged would be lost with the power\n  \
         set it back for good:  ALTER SYSTEM SET {setting} = on; SELECT pg_reload_conf();\n  \
         it may also be set for the role or the database:  ALTER ROLE … RESET {setting}; ALTER DATABASE … RESET {setting}"
    )]
    NotDurable {
        /// Where.
        place: String,
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
    },
    /// The server is too old.
    #[error(
        "PostgreSQL at {place} is version {found}; Sutler needs {needed} or newer\n  \
         nothing was changed. Upgrade the server, or name another one in DATABASE_URL"
    )]
    TooOld {
        /// Where.
        place: String,
        /// Its version.
        found: String,
        /// What is needed.
        needed: u32,
    },
    /// The server takes no writes.
    #[error(
        "PostgreSQL at {place} is read-only: a standby, or a role that may only read\n  \
         name the primary in DATABASE_URL, or several hosts with ?target_session_attrs=read-write"
    )]
    ReadOnly {
        /// Where.
        place: String,
    },
    /// Texts would not come back as they were.
    #[error(
        "the database {place} has the encoding {found}; Sutler needs UTF8\n  \
         make one:  createdb --encoding=UTF8 --template=template0 sutler"
    )]
    NotUtf8 {
        /// Where.
        place: String,
        /// Its encoding.
        found: String,
    },
    /// It holds the tables of another program.
    #[error(
        "the database {place} has a table {table}, but is not one of Sutler\n  \
         nothing was changed. Make one of its own:  createdb sutler   and name it in DATABASE_URL"
    )]
    NotOurs {
        /// Where.
        place: String,
        /// A table that is there.
        table: String,
    },
    /// A newer version of this program has migrated it.
    #[error(
        "the database is newer than this binary (schema {found}, binary knows {known})\n  \
         nothing was changed. Start the newer sutler again, or restore a backup of {place}"
    )]
    Newer {
        /// Where.
        place: String,
        /// Migrations in it.
        found: i64,
        /// Migrations that this binary knows.
        known: i64,
    },
    /// It has to be migrated, and that was forbidden.
    #[error(
        "{} pending in {place} and --no-migrate is set\n  \
         make a backup, then start once without --no-migrate to apply {}",
        migrations(*count), if *count == 1 { "it" } else { "them" }
    )]
    Pending {
        /// Where.
        place: String,
        /// How many.
        count: i64,
    },
    /// A migration that was applied is not the one that this binary knows.
    #[error(
        "migration {name} of {place} is not the one that this binary knows\n  \
         nothing was changed. Start the sutler that made the database, or restore a backup of it"
    )]
    Changed {
        /// Where.
        place: String,
        /// Which.
        name: String,
    },
    /// Anything else.
    #[error(
        "cannot open the database {place} ({reason})\n  \
         nothing was changed. Look at the server's log and at the rights of the user"
    )]
    Broken {
        /// Where.
        place: String,
        /// What the server said.
        reason: String,
    },
}

impl OpenError {
    /// What a fault means while a database is opened.
    pub(super) fn of(target: &Target, fault: &Fault) -> Self {
        let (place, reason) = (target.place().to_owned(), fault.to_string());
        let Fault::Database(error) = fault else { return Self::Unreachable { place, reason } };
        match error.code().map(tokio_postgres::error::SqlState::code) {
            // Wrong password, no such role, no such database, no right to connect or to make tables.
            Some("28P01" | "28000" | "3D000" | "42501") => Self::Denied { place, reason },
            // Starting up, or full; and whatever the connection itself says.
            Some("57P03" | "53300") | None => Self::Unreachable { place, reason },
            Some(_) => Self::Broken { place, reason },
        }
    }
}

fn migrations(count: i64) -> String {
    if count == 1 { "1 migration is".to_owned() } else { format!("{count} migrations are") }
}
