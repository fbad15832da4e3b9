//! The desired and the live resources, in pairs, ready to be compared.

use std::collections::HashSet;

use super::draft::DraftBasis;
use super::held::HeldBack;
use super::held::obstacles::Obstacles;
use super::leaving::Leaving;
use super::references::References;
use crate::matching::Pairing;
use crate::model::AttributeId;

/// Everything that the changes are computed from.
pub(super) struct Sides<'a> {
    /// What the draft is made from.
    pub(super) basis: &'a DraftBasis<'a>,
    /// The live resource of each desired one.
    pub(super) pairing: &'a Pairing,
    /// The resources that references mean.
    pub(super) references: &'a References<'a>,
    /// The resources that are to be removed by name.
    pub(super) leaving: &'a Leaving,
    /// Who is held, but for those whose account is inactive.
    pub(super) back: &'a HeldBack<'a>,
    /// What was found in earlier drafts of the plan.
    pub(super) obstacles: &'a Obstacles,
    /// The ids of everybody who is held.
    pub(super) held_ids: HashSet<&'a str>,
    /// The attribute that says whether a person can sign in.
    pub(super) active: AttributeId,
}
