//! Why nothing is decided about a declared resource although the directory may hold it.

use crate::model::AttributeId;

/// What stands in the way of pairing a declared resource. It concerns that resource alone. Places are
/// positions among the live resources of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Several live resources have its value of an attribute.
    Ambiguous {
        /// The attribute.
        attribute: AttributeId,
        /// Where these live resources are.
        places: Vec<usize>,
    },
    /// Another declared resource is the same live one.
    ClaimedTwice {
        /// Where the live resource is.
        place: usize,
        /// The number of the other declared resource.
        other: usize,
    },
    /// The live resource that it names has another value of a stronger identifier.
    AnotherIdentity {
        /// The identifier.
        attribute: AttributeId,
        /// Where the live resource is.
        place: usize,
    },
    /// The live resource that it names is not managed, and the one that is managed under its name is there
    /// too.
    AnotherAccount {
        /// Where the named and the managed live resources are.
        places: [usize; 2],
    },
    /// It had several names before, and several live resources have these.
    FormerNames {
        /// Where these live resources are.
        places: Vec<usize>,
    },
}

impl Doubt {
    /// The live resources that it could be.
    pub(crate) fn places(&self) -> &[usize] {
        match self {
            Self::Ambiguous { places, .. } | Self::FormerNames { places } => places,
            Self::AnotherAccount { places } => places,
            Self::ClaimedTwice { place, .. } | Self::AnotherIdentity { place, .. } => {
                std::slice::from_ref(place)
            }
        }
    }
}
