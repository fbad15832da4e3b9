//! How far the directory is from its sources after the plan: the changes, and the differences without a
//! change. Every view of a plan takes its first line from here, and `plan --detailed-exitcode` its exit code.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::change::Action;
use super::corrections::corrections;
use super::draft::Draft;
use super::file::Plan;
use super::header::count;
use super::remainder::{
    Held, LeftReferences, NamedInPart, NotHeld, OutsideScope, Staying, Unnamed, UnreadRows, Withheld,
    WithoutState,
};
use super::selection::Selection;
use crate::model::Kind;

/// How far a directory is from its sources.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// How many changes of each action are planned.
    pub changes: BTreeMap<Action, u64>,
    /// How many of them only correct capitals, the form of accents, or spaces.
    pub corrections: u64,
    /// What the plan is narrowed to. `None` if the plan is about everything.
    pub selection: Option<&'a Selection>,
    /// Whether the plan reverses an apply, and so does not rest on the sources.
    pub reverses: bool,
    /// The held people and groups.
    pub held: &'a [Held],
    /// What is not removed because it is newly managed.
    pub withheld: &'a Withheld,
    /// Who stays because no state says who is managed.
    pub without_state: &'a WithoutState,
    /// The rows of which it cannot be read whom they declare.
    pub unread: &'a UnreadRows,
    /// The references that stay as they are, because no source declares whom they name.
    pub references: &'a [LeftReferences],
    /// The references that are left out because of the scope. They do not count as left undone.
    pub outside_scope: &'a OutsideScope,
    /// What differs and cannot be written.
    pub staying: &'a Staying,
    /// What the service does not hold. It does not count as left undone.
    pub not_held: &'a NotHeld,
    /// Of what partial sources name some. It does not count as left undone.
    pub partly_named: &'a NamedInPart,
    /// Who stays because partial sources name some only.
    pub unnamed: &'a Unnamed,
}

/// How far a plan's directory is from its sources.
pub fn standing(plan: &Plan) -> Standing<'_> {
    let header = &plan.header;
    Standing {
        changes: header.summary.clone(),
        corrections: header.corrections.map_or(0, NonZeroU64::get),
        selection: header.selection.as_ref(),
        reverses: header.reverses.is_some(),
        held: &header.held,
        withheld: &header.withheld,
        without_state: &header.without_state,
        unread: &header.unread,
        references: &header.references,
        outside_scope: &header.outside_scope,
        staying: &header.staying,
        not_held: &header.not_held,
        partly_named: &header.partly_named,
        unnamed: &header.unnamed,
    }
}

impl<'a> Standing<'a> {
    /// How far the directory of a draft about everything is from its sources.
    pub fn of_draft(draft: &'a Draft) -> Self {
        let remainder = &draft.remainder;
        Self {
            changes: count(&draft.changes),
            corrections: corrections(&draft.changes).map_or(0, NonZeroU64::get),
            selection: None,
            reverses: false,
            held: &remainder.held,
            withheld: &remainder.withheld,
            without_state: &remainder.without_state,
            unread: &remainder.unread,
            references: &remainder.references,
            outside_scope: &remainder.outside_scope,
            staying: &remainder.staying,
            not_held: &remainder.not_held,
            partly_named: &remainder.partly_named,
            unnamed: &remainder.unnamed,
        }
    }

    /// Whether there is nothing to apply.
    pub(crate) fn has_no_changes(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the plan leaves nothing undone besides its changes.
    pub fn leaves_nothing(&self) -> bool {
        self.held.is_empty()
            && self.withheld.is_empty()
            && self.without_state.is_empty()
            && self.unread.is_empty()
            && self.references.is_empty()
            && self.staying.is_empty()
            && self.unnamed.is_empty()
    }

    /// Whether the directory is as the sources declare: no changes, and nothing left undone.
    pub fn is_as_declared(&self) -> bool {
        self.has_no_changes() && self.leaves_nothing()
    }

    /// How many removals are withheld.
    pub(crate) fn removals_withheld(&self) -> u64 {
        self.withheld.values().map(|counted| counted.count).sum()
    }

    /// How many people and groups stay because no state says who is managed.
    pub(crate) fn unknown_to_state(&self) -> u64 {
        self.without_state.values().map(|counted| counted.count).sum()
    }

    /// How many people or groups of a kind are held.
    pub(crate) fn held_of(&self, kind: Kind) -> u64 {
        self.held.iter().filter(|held| held.key.kind == kind).count() as u64
    }

    /// How many references stay as they are because no source declares whom they name.
    pub fn references_left(&self) -> u64 {
        self.references.iter().map(|left| left.who.count).sum()
    }

    /// How many differences cannot be written.
    pub(crate) fn differences_staying(&self) -> u64 {
        self.staying.values().map(|counted| counted.count).sum()
    }

    /// How many declared values the service does not hold.
    pub(crate) fn wishes_not_held(&self) -> u64 {
        self.not_held.values().sum()
    }
}
