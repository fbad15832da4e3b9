//! The names of all guards.

/// A guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// New people.
    Create,
    /// People and groups that are deleted or deactivated, and people who lose their last group.
    Remove,
    /// People whose name, address, identifier, activity or roles change.
    Identity,
    /// Changed people.
    Update,
    /// A group that would have no members left.
    GroupEmptied,
    /// A group of ten or more that would lose more than a quarter of its members.
    GroupShrunk,
    /// People and groups that nothing may touch.
    Protected,
    /// The account of the token.
    OwnAccount,
    /// Administrators missing from the number that must stay.
    LastAdmins,
    /// A source that is gone or declares nothing.
    SourceEmpty,
    /// A source that declares much less than at the last apply.
    SourceShrunk,
    /// A directory that holds much less than after the last apply.
    DirectoryShrunk,
    /// A person or group that would be removed under one name and created under another.
    Rename,
    /// A person who would be created beside their own inactive account.
    Rehire,
    /// An account that somebody deactivated since the last apply, and that would become active again.
    Reactivate,
    /// A new name that looks like the name of somebody else.
    Lookalike,
    /// An account that is bound to another identity.
    Rebind,
    /// People and groups that are held because of a problem of their own.
    Held,
}

impl Guard {
    /// All guards, in the order of reports.
    pub const ALL: [Self; 18] = [
        Self::Protected,
        Self::OwnAccount,
        Self::LastAdmins,
        Self::Remove,
        Self::GroupEmptied,
        Self::GroupShrunk,
        Self::SourceEmpty,
        Self::SourceShrunk,
        Self::DirectoryShrunk,
        Self::Rename,
        Self::Rehire,
        Self::Reactivate,
        Self::Lookalike,
        Self::Rebind,
        Self::Held,
        Self::Identity,
        Self::Create,
        Self::Update,
    ];

    /// The guard's name, in headers and waivers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Remove => "remove",
            Self::Identity => "identity",
            Self::Update => "update",
            Self::GroupEmptied => "group-emptied",
            Self::GroupShrunk => "group-shrunk",
            Self::Protected => "protected",
            Self::OwnAccount => "self",
            Self::LastAdmins => "last-admins",
            Self::SourceEmpty => "source-empty",
            Self::SourceShrunk => "source-shrunk",
            Self::DirectoryShrunk => "directory-shrunk",
            Self::Rename => "rename",
            Self::Rehire => "rehire",
            Self::Reactivate => "reactivate",
            Self::Lookalike => "lookalike",
            Self::Rebind => "rebind",
            Self::Held => "held",
        }
    }

    /// The guard with a name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.word() == word)
    }

    /// Whether a waiver can lift the guard. Only the configuration or the policy can change what is
    /// protected.
    pub const fn is_waivable(self) -> bool {
        !matches!(self, Self::Protected | Self::OwnAccount | Self::LastAdmins)
    }
}
