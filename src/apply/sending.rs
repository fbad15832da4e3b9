//! Sends what is still to do of a change. Whether the change may be sent is decided before, and whether it
//! was done is read afterwards.

use std::sync::Arc;

use crate::client::{DirectoryError, Writer};
use crate::dialect::Reactivation;
use crate::journal::{Event, Journal};
use crate::killpoint::reached;
use crate::model::{Catalog, Live, Reference};
use crate::plan::{Action, Change};

use super::broken::Broken;
use super::decide::Work;
use super::looking::Sighting;
use super::refusals::Refusals;
use super::values::{self, Known};

/// Sends changes.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) catalog: Arc<Catalog>,
    pub(super) writer: Writer,
    pub(super) known: Arc<Known>,
    pub(super) journal: Journal,
}

impl Sender {
    /// Sends what is still to do, and returns the resource of the last answer that has one. A group gets its
    /// attributes first, then its members. A refusal of one of the two is noted, and the other is sent
    /// nevertheless.
    pub(super) async fn write(
        &self,
        change: &Change,
        found: &Sighting,
        work: &Work,
        refusals: &mut Refusals,
    ) -> Result<Option<Live>, Broken> {
        match (change.action, found.live()) {
            (Action::Create, None) => self.create(change, &work.add, refusals).await,
            (Action::Delete, Some(live)) => {
                let version = live.version.as_deref();
                self.writer.delete(change.kind, &live.id, version).await?;
                Ok(None)
            }
            (Action::Reactivate, Some(live)) if self.recreates() => {
                Ok(Some(self.recreate(change, live, work).await?))
            }
            (_, Some(live)) => Ok(self.update(change, live, work, refusals).await?),
            (_, None) => Ok(None), // decide never asks to change what is not there
        }
    }

    /// Creates a resource with as many members as one request may carry, and then adds the other members. The
    /// resource is known by its id as soon as the answer tells it: the id is durable before anything else is
    /// sent or read, since no name finds a resource that the service stores under another name.
    async fn create(
        &self,
        change: &Change,
        members: &[Reference],
        refusals: &mut Refusals,
    ) -> Result<Option<Live>, Broken> {
        let members = refusals.members.without(&values::members(members));
        let at_once = match refusals.with_members {
            None => self.writer.reader().dialect().members_on_create(),
            Some(_) => 0,
        };
        let at_once = at_once.min(members.len());
        let (at_once, later) = members.split_at(at_once);
        let attributes = values::attributes(&self.catalog, change, &self.known);
        let created = self.writer.create(change.kind, &attributes, at_once).await?;
        if self.known.whose(&created.id, &change.key).is_some() {
            return Ok(Some(created)); // refused when it is read back; nothing more is sent to this id
        }
        self.known.learn(&change.key, &created.id);
        reached("change.created");
        let (id, change) = (Some(created.id.clone()), change.id.clone());
        self.journal.record(Event::Taken { change, id }).await?;
        if later.is_empty() {
            return Ok(Some(created));
        }
        let changed = self
            .writer
            .change_members(&created.id, later, &[], &mut refusals.members)
            .await;
        Ok(changed.map_err(DirectoryError::after_others)?)
    }

    async fn update(
        &self,
        change: &Change,
        live: &Live,
        work: &Work,
        refusals: &mut Refusals,
    ) -> Result<Option<Live>, DirectoryError> {
        let (add, remove) = (values::members(&work.add), values::members(&work.remove));
        let edits = values::edits(&self.catalog, change, &self.known, &work.attributes);
        let has_members = !add.is_empty() || !remove.is_empty();
        let is_tried = refusals.attributes.is_none() && !edits.is_empty();
        let updated = if is_tried {
            match self.writer.update(live, &edits).await {
                Err(error) if has_members && error.refuses_what_is_asked() => {
                    refusals.attributes = Some(error);
                    None
                }
                answer => answer?,
            }
        } else {
            None
        };
        if !has_members {
            return Ok(updated);
        }
        reached("change.updated");
        let changed = self
            .writer
            .change_members(&live.id, &add, &remove, &mut refusals.members)
            .await;
        if is_tried && refusals.attributes.is_none() {
            changed.map_err(DirectoryError::after_others)
        } else {
            changed
        }
    }

    /// Whether a deactivated person is made active again as if they were new.
    fn recreates(&self) -> bool {
        self.writer.reader().dialect().reactivation == Reactivation::Create
    }

    async fn recreate(&self, change: &Change, live: &Live, work: &Work) -> Result<Live, DirectoryError> {
        let mut whole = live.attributes.clone();
        whole.retain(|attribute| self.catalog.attribute(attribute).is_writable());
        for edit in values::edits(&self.catalog, change, &self.known, &work.attributes) {
            match edit.value {
                Some(value) => whole.set(edit.attribute, value),
                None => {
                    whole.clear(edit.attribute);
                }
            }
        }
        self.writer.recreate(live, &whole).await
    }
}
