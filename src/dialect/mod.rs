//! How one SCIM service departs from the RFC, as data: a file of `schemas/dialects/`, or the user's own file.
//! A new service is a new file, and no other module knows a service by name. `schemas/dialect.schema.json`
//! describes the file to an editor.
//!
//! A dialect states what a service does; it never holds an address to connect to, a token, or a choice that
//! belongs to the user.

mod catalog;
mod emulation;
mod errors;
mod file;
mod keys;
mod membership;
mod notes;
mod rates;
mod rows;
pub mod unique;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use emulation::{
    AbsentRemoval, Changed, Emulated, EmulatedMembership, FilterCase, Filterable, FilteredPaths, Filters,
    Ids, Methods, Nulls, Otherwise, PastTheEnd, Put, Replacing, Throttling, WithoutCursor,
};
pub use errors::KnownError;
pub use file::DialectError;
pub use membership::{
    AbsentMembers, List, MemberAddition, MemberRemoval, Membership, MembershipQuestion, Nesting,
};
pub use notes::{Checked, Notes, Source};
pub use rates::{BulkLimits, Method, Rate};
pub use rows::{
    Booleans, Clearing, Dates, Deactivation, DeleteRule, ElementRemoval, Groups, Lookup, OperationNames,
    Paging, PatchForm, Primary, Reactivation, Totals, UpdateBy, UserNames, Versions,
};

pub use unique::UniqueAttributes;

use crate::digest::Digest;
use crate::model::{Kinds, Normalisation, SchemaDocument};
use crate::whole::form::Writes;

/// A dialect. Every row may be left out and then means what [`Dialect::default`] says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Dialect {
    /// Its name in configurations, plans and messages.
    #[cfg_attr(test, schemars(length(min = 1), extend("default" = null)))]
    pub name: String,
    /// Errors that say little to somebody who does not know the service, and what they mean.
    pub errors: Vec<KnownError>,
    /// Headers that the service wants with every request, beyond those that every request has. Never a token.
    pub headers: BTreeMap<String, String>,

    /// How lists are cut into pages.
    pub paging: Paging,
    /// How many rows are asked for at once. A service may give fewer.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub page_size: u32,
    /// How many pages a list may have before it is taken for endless.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub page_cap: u32,
    /// What the service says of how many there are. A list is walked to an empty page where that is not the
    /// number of the whole list.
    pub totals: Totals,
    /// Whether a listing is complete and uniqueness is enforced, so that a listing alone proves absence.
    pub complete_listings: bool,
    /// The attributes that may be looked up by `eq`, and how many at once.
    pub lookup: Lookup,

    /// Whether everybody has a `userName`.
    pub user_names: UserNames,
    /// What may be done with groups.
    pub groups: Groups,
    /// How attributes are changed.
    pub update: Kinds<UpdateBy>,
    /// How the names of PATCH operations are spelt.
    pub operation_names: OperationNames,
    /// Where a PATCH operation says what it changes.
    pub patch_form: PatchForm,
    /// How an element of a multi-valued attribute is removed.
    pub element_removal: ElementRemoval,
    /// How an attribute is cleared.
    pub clearing: Clearing,
    /// How `true` and `false` are written.
    pub booleans: Booleans,
    /// How dates are written.
    pub dates: Dates,
    /// Whether the main element of several is marked although no source says which it is.
    pub primary: Primary,

    /// Where attributes stand at the service, by their path, where that is not their place in the schema
    /// documents: `urn:…:User:manager.managerId`.
    pub places: Kinds<BTreeMap<String, String>>,
    /// The attributes of extensions that are read there and written beside the core attributes.
    #[cfg_attr(test, schemars(with = "Kinds<Vec<crate::schemas::NonEmptyText>>"))]
    pub written_at_top: Kinds<Vec<String>>,
    /// The URNs that the service has for known extensions, by the URN of the schema document.
    #[cfg_attr(test, schemars(extend("additionalProperties" = { "type": "string", "pattern": "^urn:" })))]
    pub extension_urns: BTreeMap<String, String>,
    /// The service's own extensions, as SCIM schema documents. Their attributes can be used like any other.
    pub extensions: Vec<SchemaDocument>,
    /// The attributes that the service does not hold; one that has parts stands for all of them.
    #[cfg_attr(test, schemars(with = "Kinds<Vec<crate::schemas::NonEmptyText>>"))]
    pub not_held: Kinds<Vec<String>>,
    /// The attributes that can be given to a new resource and not changed afterwards; one that has parts
    /// stands for all of them.
    #[cfg_attr(test, schemars(with = "Kinds<Vec<crate::schemas::NonEmptyText>>"))]
    pub fixed: Kinds<Vec<String>>,
    /// The attributes that the service wants with a new resource.
    #[cfg_attr(test, schemars(with = "Kinds<Vec<crate::schemas::NonEmptyText>>"))]
    pub required: Kinds<Vec<String>>,
    /// The sign-in names and email addresses in which upper and lower case differ at the service, although
    /// the schema documents say that they do not. A plan corrects their capitals too.
    #[cfg_attr(test, schemars(with = "Kinds<Vec<crate::schemas::NonEmptyText>>"))]
    pub case_exact: Kinds<Vec<String>>,
    /// The attributes of which the service holds each value once, besides the names; one that has parts
    /// stands for all of them together, as `emails`. A plan passes such values on in an order that the
    /// service takes. Without this row, e-mail addresses are presumed to be so.
    #[serde(skip_serializing_if = "no_rows")]
    #[cfg_attr(test, schemars(with = "Kinds<Option<Vec<crate::schemas::NonEmptyText>>>"))]
    pub unique: Kinds<Option<Vec<String>>>,
    /// How the service rewrites the values that it stores. Two values that it would store alike are no
    /// difference.
    pub normalises: Kinds<BTreeMap<String, Vec<Normalisation>>>,

    /// How many members one request may add or remove, where that is known.
    #[serde(rename = "members_per_request")]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub members_cap: Option<usize>,
    /// What it means that a group comes without `members`.
    pub absent_members: AbsentMembers,
    /// What else is known of membership.
    pub membership: Membership,

    /// What DELETE does.
    pub delete: Kinds<DeleteRule>,
    /// The attribute that tells that somebody has used the account, where `delete` is `unclaimed`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub claimed: Option<String>,
    /// What becomes of a person who is deactivated.
    pub deactivation: Deactivation,
    /// How a deactivated person is made active again.
    pub reactivation: Reactivation,

    /// Whether `If-Match` guards a write.
    pub versions: Versions,
    /// How many seconds it may take until a write shows in what is read.
    pub visibility_lag: u64,
    /// How fast the service may be asked. A request counts in every class that it belongs to.
    pub rates: Vec<Rate>,
    /// How much one Bulk request may hold; none where the service has no Bulk. It is used only where it is
    /// asked for.
    pub bulk: Option<BulkLimits>,
    /// How the service is written: by a request for each change, or, with this row, by one request that holds
    /// everything.
    #[serde(rename = "push")]
    #[cfg_attr(test, schemars(with = "Option<crate::whole::form::PushForm>", extend("default" = null)))]
    pub writes: Writes,
    /// How many requests may be under way at once.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub max_concurrency: usize,
    /// How often a request that is safe to repeat is sent, at most, when it fails.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub attempts: u32,
    /// How often a request is sent, at most, when the service says each time to come back later.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub throttled_attempts: u32,

    /// What only an emulation of the service reads.
    #[serde(skip)]
    pub emulation: Emulated,
    /// What only people read.
    #[serde(skip)]
    pub notes: Notes,
}

impl Default for Dialect {
    fn default() -> Self {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Self {
            name: "unnamed".to_owned(),
            errors: Vec::new(),
            headers: BTreeMap::new(),
            paging: Paging::Auto,
            page_size: 100,
            page_cap: 50_000,
            totals: Totals::Whole,
            complete_listings: false,
            lookup: Lookup {
                users: names(["userName", "externalId"]),
                groups: names(["displayName", "externalId"]),
                at_once: Lookup::default_at_once(),
            },
            user_names: UserNames::Required,
            groups: Groups::Full,
            update: Kinds::default(),
            operation_names: OperationNames::Lower,
            patch_form: PatchForm::Path,
            element_removal: ElementRemoval::Element,
            clearing: Clearing::Remove,
            booleans: Booleans::Json,
            dates: Dates::Iso,
            primary: Primary::Declared,
            places: Kinds::default(),
            written_at_top: Kinds::default(),
            extension_urns: BTreeMap::new(),
            extensions: Vec::new(),
            not_held: Kinds::default(),
            fixed: Kinds::default(),
            required: Kinds::default(),
            case_exact: Kinds::default(),
            unique: Kinds::default(),
            normalises: Kinds::default(),
            members_cap: None,
            absent_members: AbsentMembers::Unknown,
            membership: Membership::default(),
            delete: Kinds::default(),
            claimed: None,
            deactivation: Deactivation::Keeps,
            reactivation: Reactivation::Update,
            versions: Versions::Auto,
            visibility_lag: 0,
            rates: Vec::new(),
            bulk: None,
            writes: Writes::Each,
            max_concurrency: 4,
            attempts: 3,
            throttled_attempts: 10,
            emulation: Emulated::default(),
            notes: Notes::default(),
        }
    }
}

/// Whether a row says nothing of either kind.
const fn no_rows(row: &Kinds<Option<Vec<String>>>) -> bool {
    row.users.is_none() && row.groups.is_none()
}

impl Dialect {
    /// Whether groups always come without their members.
    pub(crate) const fn hides_members(&self) -> bool {
        matches!(self.absent_members, AbsentMembers::Hidden)
    }

    /// Whether nothing says what it means that a group comes without its members.
    pub(crate) const fn leaves_members_open(&self) -> bool {
        matches!(self.absent_members, AbsentMembers::Unknown) && self.membership.ask.is_none()
    }

    /// The most members that a request adds or removes; 100 if the service's limit is not known.
    pub fn members_per_request(&self) -> usize {
        self.members_cap.unwrap_or(100)
    }

    /// The most members that a new group may come with.
    pub fn members_on_create(&self) -> usize {
        self.membership
            .on_create
            .unwrap_or_else(|| self.members_per_request())
    }

    /// The most members that one request may remove.
    pub(crate) fn removals_per_request(&self) -> usize {
        self.membership
            .removals_per_request
            .unwrap_or_else(|| self.members_per_request())
    }

    /// The digest of all rows that the client reads. A plan is bound to it. It does not depend on how the
    /// file is written, on its notes, or on the rows of the emulation.
    ///
    /// # Panics
    /// If the rows cannot be JSON, which their types exclude.
    pub(crate) fn digest(&self) -> Digest {
        // The objects of a `Value` are sorted by name, so the order of the rows here does not matter either.
        Digest::of(&serde_json::to_value(self).expect("rows are JSON"))
    }
}
