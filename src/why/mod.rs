//! Explains one person or group, from the source line to the request: where each value is declared, what
//! `map` and `scope` did, how it was matched, what is live, and what a plan would do. Pure. The plan's own
//! code computes what a plan would do; nothing is computed twice.

mod explain;
mod focus;
mod memberships;
mod nothing;
mod text;

pub use explain::{Question, explain};
pub(crate) use focus::nearest;
pub use focus::{Focus, InSources, NotOne, keys};
pub use memberships::{LiveMembership, Memberships};
pub use text::text;

use serde::Serialize;

use crate::model::{Key, Value};
use crate::plan::Change;

/// The answer to «why?».
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The person or group, by the name in the sources, or else in the directory.
    pub key: Key,
    /// Where the resource is declared.
    pub declared: DeclaredAt,
    /// The live resource that it matches.
    pub matched: Matched,
    /// Every attribute that is declared or live.
    pub attributes: Vec<AttributeLine>,
    /// A group's members on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<MemberLines>,
    /// The groups that a source adds it to.
    pub belongs_to: Vec<Belonging>,
    /// The groups that hold it in the directory. `None` if the directory does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memberships: Option<Memberships>,
    /// What a plan would do.
    pub outcome: PlanOutcome,
}

impl Explanation {
    /// The directory's id of the resource, if the directory has it.
    pub(crate) fn live_id(&self) -> Option<&str> {
        match &self.matched {
            Matched::By { id, .. } | Matched::LiveOnly { id } => Some(id),
            Matched::Absent { .. } | Matched::Unsettled => None,
        }
    }
}

/// Where a resource is declared.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum DeclaredAt {
    /// The resource is declared and in scope.
    InScope {
        /// `file:line:column`
        origin: String,
        /// The condition that the resource meets, if there is one. `None` where a row has an error:
        /// whether it meets the condition is not known.
        scope: Option<ExpressionUsed>,
    },
    /// The resource is declared, but the configuration leaves it out.
    OutOfScope {
        /// `file:line:column`
        origin: String,
        /// The condition that the resource does not meet.
        scope: Option<ExpressionUsed>,
    },
    /// No source declares the resource.
    Undeclared,
}

/// An expression of the configuration.
#[derive(Clone, Debug, Serialize)]
pub struct ExpressionUsed {
    /// The expression's text.
    pub expression: String,
    /// `file:line:column`
    pub origin: String,
}

/// The live resource of a declared one.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Matched {
    /// The directory has the resource, found by an identifier.
    By {
        /// The attribute.
        attribute: Box<str>,
        /// Its declared value.
        value: String,
        /// The directory's id.
        id: Box<str>,
    },
    /// The directory has the resource, and no source declares it.
    LiveOnly {
        /// The directory's id.
        id: Box<str>,
    },
    /// The directory does not have the resource.
    Absent {
        /// The attributes of the lookup.
        by: Vec<Box<str>>,
    },
    /// The match is not decided; the outcome has the reason.
    Unsettled,
}

/// One attribute on both sides.
#[derive(Debug, Serialize)]
pub struct AttributeLine {
    /// Its path.
    pub path: Box<str>,
    /// What the directory holds.
    pub live: Option<Value>,
    /// What the sources declare. `None` if they do not declare the attribute.
    #[serde(flatten)]
    pub asked: Option<DesiredValue>,
    /// What a plan does with the attribute.
    pub verdict: AttributeVerdict,
}

/// What the sources declare for an attribute.
#[derive(Debug, Serialize)]
pub struct DesiredValue {
    /// The value. `None` clears the attribute.
    pub desired: Option<Value>,
    /// `file:line:column`
    pub origin: String,
    /// The expression of `map` that computed the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<ExpressionUsed>,
}

/// What a plan does with an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeVerdict {
    /// Both sides have the same value.
    Same,
    /// A plan would change the attribute.
    Changes,
    /// No source declares the attribute, so it is left alone.
    LeftAlone,
    /// There is no plan, so nothing is decided.
    Unsettled,
}

/// The members of a group.
#[derive(Debug, Serialize)]
pub struct MemberLines {
    /// How many members the sources declare. `None` if they do not list members.
    pub desired: Option<usize>,
    /// How many members the directory has. `None` if it does not tell.
    pub live: Option<usize>,
    /// The memberships that the sources declare.
    pub listed: Vec<Belonging>,
}

/// One membership and its place in the sources.
#[derive(Debug, Serialize)]
pub struct Belonging {
    /// The group, or the member.
    pub key: Key,
    /// `file:line:column`
    pub origin: String,
}

/// What a plan would do with the resource.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum PlanOutcome {
    /// These changes.
    Changes {
        /// The changes. There is more than one only if people manage one another.
        changes: Vec<Change>,
        /// Why nothing else is planned for it, and what ends that.
        #[serde(skip_serializing_if = "Option::is_none")]
        held: Option<String>,
        /// Why the whole plan would be refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// The plan has no change of the resource.
    Nothing {
        /// The reason.
        reason: String,
    },
    /// No plan can be made.
    Blocked {
        /// Every reason.
        problems: Vec<String>,
    },
}
