//! The resource of a change as it is now, and what that means for the change. Nothing here writes.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{DirectoryError, Reader};
use crate::dialect::Deactivation;
use crate::model::{Catalog, Kind, Live, Rewritten, Value};
use crate::plan::{Action, Change};
use crate::receipt::Evidence;

use super::decide::{Decision, LiveDifference, Work, decide, rewritten};
use super::values::{self, Known};

/// The waits before each look at a resource whose write may or may not have been done. A service may show a
/// write late.
const LOOKS: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];
/// The longest wait between two looks, at a service with a long visibility lag.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a reading found of a change's resource.
pub(super) enum Sighting {
    Nothing,
    One(Box<Live>),
    Several,
    /// Nobody has its identifiers, and this resource's name looks like its name.
    LookAlike(Box<Live>),
    /// The directory does not tell, and why.
    Unknown(String),
}

impl Sighting {
    pub(super) fn live(&self) -> Option<&Live> {
        match self {
            Self::One(live) => Some(live),
            _ => None,
        }
    }
}

/// What was found of the resources of some changes.
pub(super) struct Sightings {
    /// Of each change, in their order.
    pub(super) each: Vec<Sighting>,
    /// By what.
    pub(super) by: Evidence,
}

/// Looks at the resources of changes.
#[derive(Clone)]
pub(super) struct Looker {
    /// The attributes as the directory has them, with its rewriting of values.
    pub(super) catalog: Arc<Catalog>,
    pub(super) reader: Reader,
    pub(super) known: Arc<Known>,
}

impl Looker {
    /// Reads the resource of a change, without writing. If a create finds its resource, the resource's id is
    /// known from now on: changes that refer to the resource can only be decided after that.
    /// What was created may show late: it is read again until the visibility lag has passed.
    pub(super) async fn look(&self, change: &Change) -> Result<Sighting, DirectoryError> {
        let mut found = self.read(change).await?;
        if change.action == Action::Create && self.known.id(&change.key).is_some() {
            for pause in self.looks() {
                if found.live().is_some() {
                    break;
                }
                tokio::time::sleep(pause).await;
                found = self.read(change).await?;
            }
        }
        if let (Action::Create, Some(live)) = (change.action, found.live()) {
            self.known.learn(&change.key, &live.id);
        }
        Ok(found)
    }

    /// Reads the resource of a change that was refused. For a create, looks again until the resource
    /// shows or the service's visibility lag has passed.
    pub(super) async fn look_for_refused(
        &self,
        change: &Change,
    ) -> Result<(Sighting, Evidence), DirectoryError> {
        let mut found = self.read_somehow(change).await?;
        if change.action == Action::Create && self.reader.dialect().visibility_lag > 0 {
            for pause in self.looks() {
                if found.0.live().is_some() {
                    break;
                }
                tokio::time::sleep(pause).await;
                found = self.read_somehow(change).await?;
            }
        }
        Ok(found)
    }

    pub(super) fn decide(&self, change: &Change, found: &Sighting) -> Decision {
        match found {
            Sighting::Several => return Decision::Drift(vec![LiveDifference::Ambiguous]),
            Sighting::Unknown(why) => return Decision::Unknown(why.clone()),
            Sighting::LookAlike(live) => {
                let name = live.attributes.get(self.catalog.naming(change.kind));
                return Decision::Drift(vec![LiveDifference::LookAlike {
                    id: live.id.clone(),
                    name: name.map(Value::plain).unwrap_or_default(),
                }]);
            }
            Sighting::Nothing if change.action == Action::Create => {
                if let Some(id) = self.known.id(&change.key) {
                    return Decision::Drift(vec![LiveDifference::Vanished { id }]);
                }
            }
            Sighting::Nothing | Sighting::One(_) => {}
        }
        let decision = decide(&self.catalog, change, &self.known, found.live());
        if let (Action::Create, Some(live)) = (change.action, found.live())
            && !matches!(decision, Decision::Drift(_))
        {
            self.known.learn(&change.key, &live.id);
        }
        decision
    }

    /// The texts that the service stored in another way than they were sent, if nothing else is left to do.
    pub(super) fn rewritten(&self, change: &Change, found: &Sighting) -> Vec<Rewritten> {
        let may_be = matches!(change.action, Action::Create | Action::Update);
        match found.live().filter(|_| may_be) {
            Some(live) => rewritten(&self.catalog, change, &self.known, live),
            None => Vec::new(),
        }
    }

    /// The id of a change's resource: that of the plan, or of the resource that was created.
    pub(super) fn id_of(&self, change: &Change) -> Option<Box<str>> {
        change.remote_id.clone().or_else(|| self.known.id(&change.key))
    }

    /// Reads the resource of a change: by its id, or, while it has none, by each identifier.
    pub(super) async fn read(&self, change: &Change) -> Result<Sighting, DirectoryError> {
        Ok(self.read_somehow(change).await?.0)
    }

    /// Reads the resource of a change, and says how.
    pub(super) async fn read_somehow(&self, change: &Change) -> Result<(Sighting, Evidence), DirectoryError> {
        if let Some(id) = self.id_of(change) {
            let found = match self.reader.get(change.kind, &id).await? {
                Some(live) => Sighting::One(Box::new(self.with_members(change, live).await?)),
                None => Sighting::Nothing,
            };
            return Ok((found, Evidence::ReadById));
        }
        let known = self.one_created(change.kind).await?;
        let Sightings { mut each, by } = self.find_all(change.kind, &[change], &known).await?;
        Ok((each.pop().unwrap_or(Sighting::Nothing), by))
    }

    /// A resource of a kind that this plan created, if look-ups of the kind were not tried yet.
    async fn one_created(&self, kind: Kind) -> Result<Vec<Live>, DirectoryError> {
        if self.reader.has_tried(self.catalog.naming(kind)) {
            return Ok(Vec::new());
        }
        let Some(id) = self.known.created(kind).into_iter().min() else {
            return Ok(Vec::new());
        };
        Ok(self.reader.get(kind, &id).await?.into_iter().collect())
    }

    /// Adds members to a group that came without them, if the service can be asked: all of its members, or
    /// those whom the change is about.
    pub(super) async fn with_members(&self, change: &Change, mut live: Live) -> Result<Live, DirectoryError> {
        let Some(delta) = change
            .members
            .as_ref()
            .filter(|_| live.members.is_none() && change.action != Action::Delete)
        else {
            return Ok(live);
        };
        let about = delta
            .add
            .iter()
            .chain(&delta.remove)
            .filter_map(|member| values::resolve_reference(&self.known, member).id);
        live.members = self.reader.ask_members(&live, &about.collect::<Vec<_>>()).await?;
        // The service told the members when the plan was made. If it tells none now, there are none.
        if delta.before > Some(0) && !self.reader.dialect().hides_members() {
            live.members.get_or_insert_default();
        }
        Ok(live)
    }

    pub(super) fn hides_inactive(&self) -> bool {
        self.reader.dialect().deactivation == Deactivation::Hides
    }

    /// The waits before each look at a resource that was written, or may have been. Together they last for as
    /// long as the service may take to show a write.
    pub(super) fn looks(&self) -> Vec<Duration> {
        let lag = Duration::from_secs(self.reader.dialect().visibility_lag);
        let mut looks = LOOKS.to_vec();
        let (mut pause, mut waited) = (LOOKS[2], LOOKS.iter().sum());
        while waited < lag + LOOKS[1] {
            pause = (pause * 2)
                .min(LONGEST_PAUSE)
                .min((lag + LOOKS[1]).saturating_sub(waited));
            looks.push(pause);
            waited += pause;
        }
        looks
    }

    /// Looks again and again until the write shows, or until enough time has passed to say that it was not
    /// done.
    pub(super) async fn look_until_settled(
        &self,
        change: &Change,
        work: &Work,
    ) -> Result<(), DirectoryError> {
        for pause in self.looks() {
            tokio::time::sleep(pause).await;
            let found = self.read(change).await?;
            match self.decide(change, &found) {
                Decision::Unknown(_) => {}
                Decision::Do(left) if left == *work => {}
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
