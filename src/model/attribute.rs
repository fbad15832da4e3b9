//! One attribute of the flat resource: its characteristics, its place in SCIM's nesting, how its values
//! compare.

use std::borrow::Cow;

use super::well_known::{EMAILS, EXTERNAL_ID, USER_NAME};
use super::{
    DataType, Encoding, Kind, Mutability, Normalisation, Returned, Rewriting, Uniqueness, Value, instant,
    uncased,
};

/// An attribute of a [`Catalog`](super::Catalog). Ids order as the attributes' paths do within one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub(super) u16);

impl AttributeId {
    pub(super) fn number(self) -> usize {
        usize::from(self.0)
    }
}

/// One attribute of the flat resource.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its id.
    pub id: AttributeId,
    /// The kind of resource that has it.
    pub kind: Kind,
    /// How sources and plans name it, as `emails.work`.
    pub path: Box<str>,
    /// The extension's URN; `None` for a core attribute.
    pub extension: Option<Box<str>>,
    /// Whether it is written beside the core attributes, although it is read in its extension.
    pub is_written_at_top: bool,
    /// The SCIM attribute that holds it, as `emails`.
    pub root: Box<str>,
    /// Its place inside that attribute.
    pub place: Place,
    /// The type of its values.
    pub data_type: DataType,
    /// Whether upper and lower case differ.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When a service returns it.
    pub returned: Returned,
    /// Whether two resources may hold the same value.
    pub uniqueness: Uniqueness,
    /// Whether a resource must have it.
    pub required: bool,
    /// The part of a reference that holds the id; `None` if the id stands by itself.
    pub reference_part: Option<Box<str>>,
    /// How the service writes its values.
    pub encoding: Encoding,
    /// How the service rewrites its values.
    pub normalises: Box<[Normalisation]>,
    /// What the service was seen to make of its texts. `None` where wpsync does not learn: there, nothing but
    /// the dialect says that a value comes back otherwise.
    pub rewriting: Option<Rewriting>,
}

/// The place of a flat attribute in SCIM's nesting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The attribute itself: `title`.
    Plain,
    /// A part of a complex attribute: `name.givenName`.
    Part {
        /// `givenName`
        sub: Box<str>,
    },
    /// A part of the element of a type. `emails.work` is `value` of the element whose `type` is `work`. If no
    /// type is given, a part of the element that has no type.
    Element {
        /// `work`
        element_type: Option<Box<str>>,
        /// `value`, `locality`, …
        sub: Box<str>,
    },
    /// All elements as a set: `roles` by their `value`; a multi-valued plain attribute has no part.
    Set {
        /// `value`
        sub: Option<Box<str>>,
    },
    /// Another resource by its id: `manager`. The id stands in the part `value`, unless
    /// [`Attribute::reference_part`] says otherwise.
    Reference,
}

impl Attribute {
    /// The name among the attributes of both kinds, as `users.title`.
    pub(crate) fn managed_name(&self) -> String {
        format!("{}.{}", self.kind.plural(), self.path)
    }

    /// Whether the directory holds what is said, as far as it stores that. What people read compares exactly,
    /// what says who somebody is by `caseExact`, dates as instants, lists as sets, references by the resource
    /// they name.
    pub fn same(&self, said: &Value, held: &Value) -> bool {
        match (said, held) {
            (Value::Text(said), Value::Text(held)) => self.same_as_text(said, held),
            (Value::Reference(said), Value::Reference(held)) => said.same_target(held),
            (Value::List(left), Value::List(right)) => {
                let is_within = |subset: &[Value], set: &[Value]| {
                    subset
                        .iter()
                        .all(|value| set.iter().any(|element| self.same(value, element)))
                };
                is_within(left, right) && is_within(right, left)
            }
            (left, right) => left == right,
        }
    }

    fn same_as_text(&self, left: &str, right: &str) -> bool {
        let gives = |rewriting: &Rewriting| rewriting.gives(left, right);
        if left == right || self.rewriting.as_ref().is_some_and(gives) {
            return true;
        }
        let (left, right) = (self.normal(left), self.normal(right));
        left == right
            || match self.data_type {
                DataType::DateTime => {
                    let instants = instant(&left).zip(instant(&right));
                    instants.is_some_and(|(left, right)| left == right)
                }
                DataType::String if self.identifies() => uncased(&left) == uncased(&right),
                _ => false,
            }
    }

    /// Whether two texts name the same to the service: what it compares when it filters, and what identifies
    /// a resource. Case counts only where the attribute is `caseExact`. Nothing but case is left out of
    /// account: see [`uncased`].
    pub(crate) fn names_the_same(&self, left: &str, right: &str) -> bool {
        self.same_as_text(left, right)
            || self.data_type == DataType::String && !self.case_exact && uncased(left) == uncased(right)
    }

    /// Whether case makes no difference: in sign-in names, in email addresses, and in sets, whose values are
    /// words of the service, unless they are `caseExact`. Every other text is read by people, who see the
    /// difference.
    fn identifies(&self) -> bool {
        !self.case_exact
            && (self.is_sign_in_name() || self.is_address() || matches!(self.place, Place::Set { .. }))
    }

    /// Whether it holds one text that people read, and that says nothing of who somebody is or what they may
    /// do.
    pub(super) fn is_read_by_people(&self) -> bool {
        self.data_type == DataType::String
            && matches!(self.place, Place::Plain | Place::Part { .. })
            && self.is_writable()
            && !self.case_exact
            && !self.is_name()
            && !self.path.eq_ignore_ascii_case(EXTERNAL_ID)
    }

    /// Whether its values name somebody: what names a resource of its kind, and email addresses.
    pub(crate) fn is_name(&self) -> bool {
        self.names_its_kind() || self.is_address()
    }

    fn names_its_kind(&self) -> bool {
        *self.path == *self.kind.naming_attribute()
    }

    fn is_sign_in_name(&self) -> bool {
        self.kind == Kind::User && *self.path == *USER_NAME
    }

    /// Whether its values are email addresses. Other parts of an element, as `emails.work.display`, are not.
    fn is_address(&self) -> bool {
        let mut parts = self.path.split('.');
        self.kind == Kind::User
            && parts.next() == Some(EMAILS)
            && !matches!(self.path.rsplit('.').next(), Some("display" | "primary"))
    }

    /// A text as the service would store it.
    pub fn normal<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.normalises
            .iter()
            .fold(Cow::Borrowed(text), |text, rule| match text {
                Cow::Borrowed(text) => rule.apply(text),
                Cow::Owned(text) => Cow::Owned(rule.apply(&text).into_owned()),
            })
    }

    /// Whether a name means this attribute or a larger attribute that contains it. `addresses.work.locality`
    /// is under `addresses.work`, `addresses`, and `addresses.locality`: the part, whatever the type is.
    pub(crate) fn is_under(&self, name: &str) -> bool {
        let is_prefix = |path: &str| {
            path.len() > name.len()
                && path.as_bytes()[name.len()] == b'.'
                && path
                    .get(..name.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let is_part = || match (&self.place, name.split_once('.')) {
            (Place::Element { sub, .. }, Some((root, part))) => {
                self.root.eq_ignore_ascii_case(root) && sub.eq_ignore_ascii_case(part)
            }
            _ => false,
        };
        self.path.eq_ignore_ascii_case(name)
            || self.root.eq_ignore_ascii_case(name)
            || is_prefix(&self.path)
            || is_part()
    }

    /// Why it cannot say who a resource is, in words that follow a colon. `None` if it can: what identifies
    /// is one text that a source can say and the service returns.
    pub fn unfit_to_match(&self) -> Option<&'static str> {
        match (&self.place, self.mutability, self.returned) {
            (_, Mutability::WriteOnly, _) | (_, _, Returned::Never) => Some("no service returns it"),
            (_, Mutability::ReadOnly, _) => Some("no source can say it"),
            (Place::Set { .. }, ..) => Some("it holds several values"),
            (Place::Reference, ..) => Some("it refers to another resource"),
            _ if self.data_type != DataType::String => Some("it is not a text"),
            _ => None,
        }
    }

    /// Whether a source may set it.
    pub fn is_writable(&self) -> bool {
        matches!(self.mutability, Mutability::ReadWrite | Mutability::Immutable)
    }

    /// The URN of the extension that it is written in; `None` if it is written beside the core attributes.
    pub(crate) fn written_in(&self) -> Option<&str> {
        self.extension.as_deref().filter(|_| !self.is_written_at_top)
    }

    /// The name with its schema's URN, as SCIM paths write it: `urn:…:User:department`; a core attribute has
    /// no prefix.
    pub fn qualified_root(&self) -> String {
        match &self.extension {
            Some(urn) => format!("{urn}:{}", self.root),
            None => self.root.to_string(),
        }
    }
}
