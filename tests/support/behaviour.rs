//! How a service departs from the RFC, and from what its dialect says of it. What a single request meets is a
//! [`super::Fault`]; this is what the service does with all of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

/// What a service does its own way. The default is what the sandbox does.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    pub filters: Filters,
    pub members: Members,
    /// Attributes that are in the answer about one resource, and in no list.
    pub unlisted: Vec<&'static str>,
    /// Attributes that are in lists, and in no answer about one resource.
    pub only_listed: Vec<&'static str>,
    pub names: Names,
    pub storage: Storage,
    pub answers: Answers,
    pub late: Late,
    /// Multi-valued attributes of people of which each value is one person's, as `emails`.
    pub unique: Vec<&'static str>,
}

/// What a filter finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filters {
    /// Whom it should.
    #[default]
    Work,
    Nobody,
    Everybody,
    /// Those whose text is the same, upper and lower case included.
    CaseExact,
    /// Nobody: it is answered with this status and `invalidFilter`.
    Refused(u16),
}

/// Where a group's members are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Members {
    #[default]
    Shown,
    /// In the answer about one group, and in no list.
    Unlisted,
    /// In lists where the group has at most so many.
    ListedUpTo(usize),
    /// Wherever the group has some: an empty list is left out.
    Unassigned,
    Hidden,
}

/// Whether two of a kind may have one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    #[default]
    Unique,
    Shared,
}

/// What becomes of what a write says.
#[derive(Clone, Default)]
pub enum Storage {
    /// It is kept.
    #[default]
    Faithful,
    /// Nothing is kept: nobody is made, changed or deleted, and every answer is as if.
    Nothing,
    /// All but these attributes is kept.
    Without(Vec<&'static str>),
    /// What this makes of the resource is kept.
    Rewritten(Arc<dyn Fn(&mut Json) + Send + Sync>),
}

impl Storage {
    /// Keeps what a function makes of each resource that is written.
    pub fn rewritten(rewrite: impl Fn(&mut Json) + Send + Sync + 'static) -> Self {
        Self::Rewritten(Arc::new(rewrite))
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faithful => formatter.write_str("Faithful"),
            Self::Nothing => formatter.write_str("Nothing"),
            Self::Without(names) => write!(formatter, "Without({names:?})"),
            Self::Rewritten(_) => formatter.write_str("Rewritten"),
        }
    }
}

/// What the answer to a write shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// What was asked for.
    #[default]
    AsAsked,
    /// What is kept.
    AsKept,
    /// What was asked for, and the id of the first person in the answer to a create.
    WithTheFirstId,
}

/// When what was written shows. A deletion shows at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    pub by: Duration,
    pub view: View,
}

impl Late {
    /// What was written is found by look-ups after this time.
    pub fn in_look_ups(by: Duration) -> Self {
        Self {
            by,
            view: View::LookUps,
        }
    }

    /// What was written is in lists, and found by look-ups, after this time.
    pub fn in_lists(by: Duration) -> Self {
        Self {
            by,
            view: View::Lists,
        }
    }

    /// What was written is shown nowhere before this time.
    pub fn everywhere(by: Duration) -> Self {
        Self {
            by,
            view: View::Everything,
        }
    }
}

/// Where a write shows late; each includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    #[default]
    LookUps,
    Lists,
    Everything,
}
