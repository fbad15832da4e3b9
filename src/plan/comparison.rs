//! What is desired and what is live, paired, and ready to be compared.

use std::collections::HashSet;

use super::draft::DraftBasis;
use super::leaving::Leaving;
use super::references::References;
use crate::matching::Pairing;
use crate::model::AttributeId;

/// Everything that the changes follow from.
pub(super) struct Sides<'a> {
    /// What the draft is made from.
    pub(super) basis: &'a DraftBasis<'a>,
    /// Which live resource each desired one is.
    pub(super) pairing: &'a Pairing,
    /// Whom a reference means.
    pub(super) references: &'a References<'a>,
    /// Who is asked to leave by name.
    pub(super) leaving: &'a Leaving,
    /// The ids of the people who are held.
    pub(super) held_ids: HashSet<&'a str>,
    /// The attribute that says whether a person can sign in.
    pub(super) active: AttributeId,
}
