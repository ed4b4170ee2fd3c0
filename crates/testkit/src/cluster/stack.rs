//! Everything that runs: PostgreSQL, Redis, NATS, nodes and the balancer, in one folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use futures::future::try_join_all;

use super::balancer::Balancer;
use super::kills::Target;
use super::program;
use crate::crash::server::{Launch, Server};
use crate::servers::nats::{self, Nats};
use crate::servers::port::free_port;
use crate::servers::postgres::{self, Postgres};
use crate::servers::redis::Redis;

/// The programs of the product.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `sutler`.
    pub sutler: PathBuf,
    /// `sutler-balance`.
    pub balancer: PathBuf,
}

/// A cluster that runs until it is dropped.
pub struct Stack {
    /// In front of the nodes.
    pub balancer: Balancer,
    nodes: Vec<Node>,
    /// The database server.
    pub postgres: Postgres,
    /// The cache.
    pub redis: Redis,
    /// The bus.
    pub nats: Nats,
    /// The name of the database.
    pub database: String,
    /// The gateway that all nodes have in common: its own books.
    pub books: PathBuf,
    folder: PathBuf,
}

/// A server of Sutler, or the place of one that was killed.
struct Node {
    launch: Launch,
    server: Option<Server>,
    address: String,
}

impl Stack {
    /// Start everything in a folder: its temporary files are to be there too.
    pub async fn start(programs: &Programs, folder: &Path, nodes: usize) -> Result<Self> {
        let (postgres, redis, nats) = (Postgres::start()?, Redis::start()?, Nats::start()?);
        let database = postgres.database()?;
        let ports: Vec<u16> = (0..nodes).map(|_| free_port()).collect::<Result<_>>()?;
        let addresses: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let books = folder.join("gateway.ndjson");
        let launches = (1..).zip(&ports).map(|(number, port)| Launch {
            wrap: program::leash(),
            port: Some(*port),
            ..Launch::new(&programs.sutler, folder.join(format!("node-{number}")))
                .with("LOG_LEVEL", "info")
                .with("DATABASE_URL", postgres.url(&database))
                .with("REDIS_URL", redis.url())
                .with("NATS_URL", nats.url())
                // Whatever node tells of an event, it tells the same.
                .with("SUTLER_PUBLIC_URL", "http://shop.example.com")
                .with("SUTLER_PAYMENTS__FAKE_BOOKS", books.display().to_string())
        });
        let started = launches.map(async |launch| {
            let server = launch.start().await?;
            let address = server.address.clone();
            anyhow::Ok(Node { launch, server: Some(server), address })
        });
        let nodes = try_join_all(started).await?;
        let balancer = Balancer::start(&programs.balancer, folder, &addresses).await?;
        Ok(Self { balancer, nodes, postgres, redis, nats, database, books, folder: folder.to_owned() })
    }

    /// Where the nodes are, as `host:port`.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.address.as_str())
    }

    /// How many nodes there are.
    pub fn count(&self) -> u64 {
        self.nodes.len().try_into().unwrap_or(u64::MAX)
    }

    /// The address of the database.
    pub fn database_url(&self) -> String {
        self.postgres.url(&self.database)
    }

    /// Run SQL in the database; gives the rows, columns parted by `|`.
    pub fn sql(&self, sql: &str) -> Result<String> {
        self.postgres.sql(&self.database, sql)
    }

    /// Kill it, without a word before.
    pub async fn kill(&mut self, target: Target) -> Result<()> {
        match target {
            Target::Node(number) => {
                let node = self.nodes.get_mut(number).context("no such node")?;
                let mut server = node.server.take().context("it was killed already")?;
                server.kill().await
            }
            Target::Redis => self.redis.kill(),
            Target::Nats => self.nats.stop(nats::Stop::Killed),
            Target::Postgres => self.postgres.stop(postgres::Stop::Immediate),
        }
    }

    /// Start it again where it was, and wait until every node gets requests.
    pub async fn bring_back(&mut self, target: Target) -> Result<()> {
        match target {
            Target::Node(number) => {
                let node = self.nodes.get_mut(number).context("no such node")?;
                node.server = Some(node.launch.start().await?);
            }
            Target::Redis => self.redis.start_again()?,
            Target::Nats => self.nats.start_again()?,
            Target::Postgres => self.postgres.start_again()?,
        }
        self.balancer.has_up(self.count()).await
    }

    /// Nodes whose process has ended by itself, with how it did.
    pub fn ended(&mut self) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for (number, node) in (1..).zip(&mut self.nodes) {
            if let Some(status) = node.server.as_mut().map(Server::end).transpose()?.flatten() {
                ended.push(format!("node {number} ended by itself ({status})"));
            }
        }
        Ok(ended)
    }

    /// End everything; what the servers stored stays, as `postgres`, `redis` and `nats` in the folder, if it is to be kept.
    pub async fn end(mut self, keep: bool) -> Result<()> {
        for node in &mut self.nodes {
            if let Some(server) = &mut node.server {
                server.kill().await?;
            }
        }
        self.balancer.kill().await?;
        if keep {
            // A run that failed may have left one of them stopped.
            _ = self.postgres.stop(postgres::Stop::Fast);
            _ = self.nats.stop(nats::Stop::Orderly);
            self.redis.kill()?;
            // Their own folders go with them.
            for (from, name) in [
                (self.postgres.folder(), "postgres"),
                (self.redis.folder(), "redis"),
                (self.nats.folder(), "nats"),
            ] {
                fs::rename(from, self.folder.join(name))?;
            }
        }
        Ok(())
    }
}
