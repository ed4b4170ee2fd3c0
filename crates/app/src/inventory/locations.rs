//! Places where stock lies. There is always a default one.

use serde::Serialize;
use sutler_domain::fault::Faults;
use sutler_domain::inventory::{Location, LocationEvent};
use sutler_domain::text::{self, LINE_MAX};
use sutler_domain::{Fault, LocationId, Version};

use super::Inventory;
use crate::caller::{Answered, Caller};
use crate::commit::{Change, Commit, IdempotencyKey, Refused, View};
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::ports::reads::Stored;
use crate::retry::{Failure, answered_before, retry_moved};
use crate::stream::StreamId;

/// The id of the location that every shop begins with.
pub const MAIN: &str = "main";

/// A location to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LocationInput {
    /// Its id; `None`: a fresh one.
    pub location_id: Option<LocationId>,
    /// Its name.
    pub name: String,
    /// Whether it is the one used when none is named, in place of the one before.
    pub default: bool,
}

impl Inventory {
    /// Every location, the default one first.
    pub async fn locations(&self, caller: &Caller) -> Result<Vec<Stored<Location>>, Problem> {
        caller.may("inventory:read")?;
        Ok(self.room.ports.stock.locations().await?)
    }

    /// A location.
    pub async fn location(&self, caller: &Caller, id: &LocationId) -> Result<Stored<Location>, Problem> {
        let found = self.locations(caller).await?.into_iter().find(|l| &l.value.location_id == id);
        found.ok_or_else(|| Problem::not_found("location", id))
    }

    /// Make a location.
    ///
    /// Problems: `location_exists` when the id is taken.
    pub async fn create_location(
        &self,
        caller: &Caller,
        input: &LocationInput,
    ) -> Result<Answered<Stored<Location>>, Problem> {
        caller.may("inventory:write")?;
        let key = caller.key_for("inventory.create_location", input);
        match retry_moved(caller, async |_| self.try_create_location(caller, key.as_ref(), input).await).await
        {
            Err(problem) => {
                let answer = answered_before(&self.room, key, problem).await?;
                let value = self.location_as_of(&answer.stream, answer.version).await?;
                Ok(Answered { value, replayed: true })
            }
            done => done,
        }
    }

    /// Make the location `main` when the shop has no default one: a shop always has a place for its stock.
    pub async fn ensure_default_location(&self) -> Result<(), Problem> {
        if self.room.ports.stock.locations().await?.iter().any(|l| l.value.default) {
            return Ok(());
        }
        let location =
            Location { location_id: LocationId::trusted(MAIN.into()), name: "Main".into(), default: true };
        let commit = Commit::by(&Caller::system("system")).change(self.saved(location, Version(0)));
        match self.room.ports.store.commit(commit).await {
            // Another server of the same store was faster.
            Ok(_) | Err(Refused::Moved { .. }) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }

    /// The location named, which must exist, or the default one.
    pub(crate) async fn location_or_default(
        &self,
        named: Option<&LocationId>,
    ) -> Result<LocationId, Problem> {
        let known = self.room.ports.stock.locations().await?;
        match named {
            Some(id) if known.iter().any(|l| &l.value.location_id == id) => Ok(id.clone()),
            Some(id) => {
                let detail = format!("there is no location '{id}'; GET /locations lists them");
                Err(Problem::invalid(vec![Fault::invalid("/location", detail)]))
            }
            None => {
                let default = known.iter().find(|l| l.value.default).or_else(|| known.first());
                let default = default.ok_or_else(|| Problem::internal(&"the shop has no location"))?;
                Ok(default.value.location_id.clone())
            }
        }
    }

    async fn try_create_location(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        input: &LocationInput,
    ) -> Result<Answered<Stored<Location>>, Failure> {
        let mut faults = Faults::default();
        faults.require(!input.name.trim().is_empty(), "/name", || "a location needs a name".into());
        faults.check("/name", text::line(&input.name, LINE_MAX));
        faults.or(()).map_err(Problem::invalid)?;
        let known = self.room.ports.stock.locations().await?;
        let location_id =
            input.location_id.clone().unwrap_or_else(|| LocationId::new(self.room.ports.ids.uuid()));
        if known.iter().any(|l| l.value.location_id == location_id) {
            let detail = format!("there is a location '{location_id}' already; choose another id");
            return Err(Problem::new(Kind::Conflict, "location_exists", detail).into());
        }
        let location = Location { location_id, name: input.name.clone(), default: input.default };
        let stream = StreamId::from(&location.location_id);
        let mut commit = Commit::by(caller).key(key.cloned());
        commit = commit.answers(stream.clone(), None, false).change(self.saved(location.clone(), Version(0)));
        for earlier in known.into_iter().filter(|l| input.default && l.value.default) {
            commit = commit.change(self.saved(Location { default: false, ..earlier.value }, earlier.version));
        }
        let receipt = self.room.ports.store.commit(commit).await?;
        if let Some(answer) = receipt.replayed {
            let value = self.location_as_of(&answer.stream, answer.version).await?;
            return Ok(Answered { value, replayed: true });
        }
        let version = receipt.version_of(&stream).unwrap_or(Version(1));
        Ok(Answered { value: Stored { value: location, version, number: 0 }, replayed: false })
    }

    fn saved(&self, location: Location, version: Version) -> Change {
        let event = NewEvent::of(&LocationEvent::LocationSaved(location.clone()), self.room.now());
        Change::stream(StreamId::from(&location.location_id), version, vec![event], View::Location(location))
    }

    async fn location_as_of(&self, stream: &StreamId, version: Version) -> Result<Stored<Location>, Problem> {
        let events = self.room.ports.feed.stream(stream, Some(version)).await?;
        let last = events.last().ok_or_else(|| Problem::internal(&format!("{stream} has no events")))?;
        let LocationEvent::LocationSaved(value) = last.read()?;
        Ok(Stored { value, version, number: 0 })
    }
}
