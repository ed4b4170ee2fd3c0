//! PgBouncer in transaction mode in front of a PostgreSQL server: after each transaction the connection to the server is
//! somebody else's.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, ensure};

use super::keeper::Keeper;
use super::postgres::{ACCOUNT, Postgres, ROLE, checked, is_root};

/// The name of its socket ends in it.
const PORT: u16 = 6432;

/// A pooler that runs until it is dropped.
pub struct PgBouncer {
    folder: PathBuf,
    _keeper: Keeper,
}

impl PgBouncer {
    /// Start one in front of a server, and wait until it answers.
    pub fn start(server: &Postgres) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sutler-pgbouncer-").tempdir()?.keep();
        let config = folder.join("pgbouncer.ini");
        std::fs::write(&config, settings(server, &folder))?;
        let account = if is_root()? {
            checked(Command::new("chown").arg("-R").arg(ACCOUNT).arg(&folder))?;
            format!("setpriv --reuid {ACCOUNT} --regid {ACCOUNT} --clear-groups")
        } else {
            "env".to_owned()
        };
        let run = "PATH=$PATH:/usr/sbin; $ACCOUNT pgbouncer -q \"$1/pgbouncer.ini\" > \"$1/log\" 2>&1 & cat > /dev/null; kill -INT $!; rm -rf \"$1\"";
        let keeper = Keeper::start(&run.replace("$ACCOUNT", &account), &[&folder])?;
        let pooler = Self { folder, _keeper: keeper };
        pooler.wait(server)?;
        Ok(pooler)
    }

    /// The one of this process, in front of the server of this process.
    ///
    /// # Panics
    /// When it cannot be started: a test without it has failed.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PgBouncer> = OnceLock::new();
        #[expect(
            clippy::expect_used,
            reason = "a test without its pooler has failed, and this is the reason"
        )]
        SHARED.get_or_init(|| Self::start(Postgres::shared()).expect("apt-get install pgbouncer"))
    }

    /// The address of a database of the server, through this.
    pub fn url(&self, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{host}:{PORT}/{database}")
    }

    fn wait(&self, server: &Postgres) -> Result<()> {
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        for _ in 0..2_000 {
            if server.through(&self.folder, PORT).is_ok() {
                return Ok(());
            }
            ensure!(!log().contains("FATAL") && !log().contains("not found"), "{}", log());
        }
        anyhow::bail!("it does not answer: {}", log())
    }
}

fn settings(server: &Postgres, folder: &std::path::Path) -> String {
    let (host, port, folder) = (server.folder().display(), server.port(), folder.display());
    format!(
        "[databases]
* = host={host} port={port} user={ROLE}
[pgbouncer]
listen_port = {PORT}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 3
server_idle_timeout = 1
"
    )
}
