//! The large catalog that lists and searches are measured on: put on sale through the door, kept beside the program for the
//! next run, and indexed by a server once a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::engine::{Engine, an_hour_ago};
use super::load::{self, Until};
use super::process::Server;
use super::requests::Requests;
use super::stage::Stage;
use crate::assortment::Assortment;

/// Products of a run that is told nothing else.
pub(super) const PRODUCTS: u64 = 1_000_000;

/// What all assortments of the bench are made of.
pub(super) const SEED: u64 = 20_101_201;

/// The number of its first order, of which there is none.
const NUMBER_START: u64 = 1_001;

/// How often a server is asked whether its index is there, and how long that may take.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_mins(30);

/// A catalog with its index.
pub(super) struct Catalog {
    pub(super) goods: Assortment,
    pub(super) indexed: Indexed,
    database: PathBuf,
    /// The `data_dir` of its servers, in which the index lies.
    data: PathBuf,
}

/// What it took to index it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Indexed {
    /// From the start of a server without an index to its first answer.
    pub(super) took: Duration,
    pub(super) cpu: Duration,
    /// The most that was resident meanwhile.
    pub(super) peak_bytes: u64,
    /// The same at the end, without pages of files.
    pub(super) anonymous_bytes: u64,
    pub(super) disk_bytes: u64,
}

impl Catalog {
    /// Fill it, unless an earlier run did, and index it.
    pub(super) async fn make(stage: &Stage) -> Result<Self> {
        let goods = Assortment::of(SEED, stage.products);
        let database = filled(stage, goods).await?;
        let data = tempfile::tempdir_in(stage.folder.path())?.keep();
        let indexed = index(stage, &database, &data).await?;
        Ok(Self { goods, indexed, database, data })
    }

    /// A server on it, with its index; it is to be stopped in good order, since the file is kept.
    pub(super) async fn serve(&self, stage: &Stage) -> Result<Server> {
        stage.serve_in(&self.data, &self.database).await
    }
}

async fn filled(stage: &Stage, goods: Assortment) -> Result<PathBuf> {
    let first = serde_json::to_string(&goods.product(0))?;
    let kept = stage.beside_program(&format!("products-{}", goods.products()), [first.as_str()])?;
    if kept.is_file() {
        return Ok(kept);
    }
    forget_others(&kept)?;
    let path = stage.folder.path().join("products.db");
    let engine = Engine::open(&path, an_hour_ago(), NUMBER_START).await?;
    engine.offer(goods).await?;
    engine.close().await;
    super::stage::catch_up(&path)?;
    fs::rename(&path, &kept)?;
    Ok(kept)
}

/// Catalogs of other sizes or of an older schema are not wanted again, and are large.
fn forget_others(kept: &Path) -> Result<()> {
    for entry in kept.parent().map(fs::read_dir).transpose()?.into_iter().flatten() {
        let path = entry?.path();
        let is_one =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|n| n.starts_with("products-"));
        if is_one && path != kept {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

async fn index(stage: &Stage, database: &Path, data: &Path) -> Result<Indexed> {
    let begun = Instant::now();
    let server = stage.serve_in(data, database).await?;
    let question = Requests::get(&["/catalog/search?q=lamp&limit=1&facets=none".to_owned()]);
    while load::closed(server.address, &question, 1, Until::Answered(1), 0).await?.done == 0 {
        if begun.elapsed() > PATIENCE {
            bail!("after {PATIENCE:?} there is no index:\n{}", server.last_words());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let indexed = Indexed {
        took: begun.elapsed(),
        cpu: server.cpu()?,
        peak_bytes: server.peak_bytes()?,
        anonymous_bytes: server.anonymous_bytes()?,
        disk_bytes: bytes_in(&data.join("search"))?,
    };
    server.stop().await?;
    Ok(indexed)
}

/// Bytes of all files of a folder and of those in it.
fn bytes_in(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { bytes_in(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}
