//! `wpsync.yaml`: the directory, the sources, the managed people and groups, and the limits of a plan.
//!
//! Only [`load`], `directory_of` and [`PolicyFile::load`] read the disk. The parsers take bytes. No value
//! comes from an environment variable or a command. A token's name is read, never the token.

mod column;
mod computed;
mod directory;
mod disk;
mod expressions;
mod group_limits;
mod limit;
mod limits;
mod load;
mod manage;
mod matching;
mod on_drift;
mod parse;
mod policy_file;
mod preset;
mod problems;
mod safeguards;
mod section;
mod shipped;
mod sources;

pub use directory::{Directory, Invite, OfficevibeForm, OfficevibeSettings, TokenSource};
pub use disk::{Folder, ReadError};
pub use group_limits::GroupLimit;
pub use limit::Limit;
pub use limits::Limits;
pub(crate) use load::directory_of;
pub use load::{LoadError, Loaded, Rules, load, read_all};
pub use manage::{Absent, Manage, ManageGroups, ManageUsers, Members, Swaps, Within};
pub use matching::Matching;
pub use on_drift::OnDrift;
pub use parse::{Parsed, parse};
pub use policy_file::{Approvals, PolicyFile};
pub use preset::{preset, preset_names};
pub use problems::Problems;
pub use safeguards::{Admins, Adoption, MinAdmins, Protected};

use std::path::PathBuf;

use crate::declared::Coverage;
use crate::mapping::Mapping;
use crate::model::Key;
use crate::source::{NamedKinds, SourceEntry};

/// A configuration without errors.
#[derive(Debug)]
pub struct Project {
    /// The folder of the configuration. Every path in the configuration is relative to it.
    pub root: PathBuf,
    /// The configuration's own path.
    pub config_path: PathBuf,
    /// Where people live.
    pub directory: Directory,
    /// The files that declare people and groups.
    pub sources: Vec<SourceEntry>,
    /// The attributes by which a declared resource is matched with a live one, in order.
    pub matching: Matching,
    /// What happens to people and groups that no source declares.
    pub manage: Manage,
    /// The computed attributes, and the declared people and groups that are covered.
    pub mapping: Mapping,
    /// How much a plan may change.
    pub limits: Limits,
    /// What a plan does with rows that have an error of their own.
    pub problems: Problems,
    /// What an apply does about drift.
    pub on_drift: OnDrift,
    /// The people and groups that no plan may touch.
    pub protect: Vec<Protected>,
    /// The account of the token, for services that do not tell it.
    pub own_account: Option<Key>,
    /// How many administrators must stay.
    pub min_admins: Option<MinAdmins>,
    /// What a plan may remove from although it was not managed before.
    pub adopt: Adoption,
    /// SHA-256 of the configuration's bytes, as 64 hexadecimal digits.
    pub digest: String,
}

impl Project {
    /// What sources are about that name everybody.
    pub(crate) fn named_by_whole(&self) -> NamedKinds {
        NamedKinds::by(&self.sources, Coverage::Whole)
    }

    /// Of what partial sources name some.
    pub(crate) fn partly_named(&self) -> NamedKinds {
        NamedKinds::by(&self.sources, Coverage::Partial)
    }
}
