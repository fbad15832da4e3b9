//! One person or group, from the source line to the request: where each value is declared, what `map` and
//! `scope` did, whom it was matched with, what is live, and what a plan would do. Pure; what a plan would do
//! is asked of the plan's own code, never computed a second time.

mod explain;
mod focus;
mod nothing;
mod text;

pub use explain::{Question, explain};
pub use focus::{Focus, InSources, NotOne, keys, nearest};
pub use text::text;

use serde::Serialize;

use crate::model::{Key, Value};
use crate::plan::Change;

/// The answer to «why?».
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Who is asked about, by the name in the sources, or else in the directory.
    pub key: Key,
    /// Where it is declared.
    pub declared: DeclaredAt,
    /// Which live resource it is.
    pub matched: Matched,
    /// Every attribute that is declared or live.
    pub attributes: Vec<AttributeLine>,
    /// A group's members, by what they are on each side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<MemberLines>,
    /// The groups that a source puts it in.
    pub belongs_to: Vec<Belonging>,
    /// What a plan would hold.
    pub outcome: PlanOutcome,
}

/// Where a resource is declared.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum DeclaredAt {
    /// It counts.
    InScope {
        /// `file:line:column`
        origin: String,
        /// The condition that it meets, if there is one.
        scope: Option<ExpressionUsed>,
    },
    /// It is declared, and the configuration leaves it out.
    OutOfScope {
        /// `file:line:column`
        origin: String,
        /// The condition that it does not meet.
        scope: Option<ExpressionUsed>,
    },
    /// No source declares it.
    Undeclared,
}

/// An expression of the configuration.
#[derive(Clone, Debug, Serialize)]
pub struct ExpressionUsed {
    /// As it is written.
    pub expression: String,
    /// `file:line:column`
    pub origin: String,
}

/// Which live resource a declared one is.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Matched {
    /// Found by an identifier.
    By {
        /// The attribute.
        attribute: Box<str>,
        /// Its declared value.
        value: String,
        /// The directory's id.
        id: Box<str>,
    },
    /// The directory has it, and no source claims it.
    LiveOnly {
        /// The directory's id.
        id: Box<str>,
    },
    /// The directory does not have it.
    Absent {
        /// The attributes that it was looked for by.
        by: Vec<Box<str>>,
    },
    /// It cannot be said; the outcome has the reason.
    Unsettled,
}

/// One attribute on both sides.
#[derive(Debug, Serialize)]
pub struct AttributeLine {
    /// Its path.
    pub path: Box<str>,
    /// What the directory holds.
    pub live: Option<Value>,
    /// What the sources ask for; none where they say nothing.
    #[serde(flatten)]
    pub asked: Option<DesiredValue>,
    /// What follows.
    pub verdict: AttributeVerdict,
}

/// What the sources ask of an attribute.
#[derive(Debug, Serialize)]
pub struct DesiredValue {
    /// The value; none clears it.
    pub desired: Option<Value>,
    /// `file:line:column`
    pub origin: String,
    /// The expression of `map` that computed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<ExpressionUsed>,
}

/// What follows for an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeVerdict {
    /// Both sides hold one value.
    Same,
    /// A plan would change it.
    Changes,
    /// No source declares it: it is left alone.
    LeftAlone,
    /// There is no plan to tell.
    Unsettled,
}

/// The members of a group.
#[derive(Debug, Serialize)]
pub struct MemberLines {
    /// How many the sources ask for; none where they say nothing of members.
    pub desired: Option<usize>,
    /// How many the directory has; none where it does not tell.
    pub live: Option<usize>,
    /// The memberships that the sources ask for.
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

/// What a plan would hold of it.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum PlanOutcome {
    /// These changes.
    Changes {
        /// More than one only where people manage one another.
        changes: Vec<Change>,
        /// Why the whole plan would be refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// Nothing.
    Nothing {
        /// Why not.
        reason: String,
    },
    /// No plan can be made.
    Blocked {
        /// Every reason.
        problems: Vec<String>,
    },
}
