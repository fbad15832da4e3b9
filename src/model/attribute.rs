//! What can be asked of one attribute: whether two values of it are one, whether a name means it, what its
//! path is.

use std::borrow::Cow;

use super::{Attribute, DataType, Mutability, Value, instant};

impl Attribute {
    /// Whether two values are one to the directory: by `caseExact`, dates as instants, lists as sets,
    /// references by target.
    pub fn same(&self, one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Text(one), Value::Text(other)) => self.same_as_text(one, other),
            (Value::Reference(one), Value::Reference(other)) => one.same_target(other),
            (Value::List(one), Value::List(other)) => {
                let covers = |these: &[Value], those: &[Value]| {
                    these
                        .iter()
                        .all(|this| those.iter().any(|that| self.same(this, that)))
                };
                covers(one, other) && covers(other, one)
            }
            (one, other) => one == other,
        }
    }

    /// Whether two texts are one value of this attribute.
    pub fn same_as_text(&self, one: &str, other: &str) -> bool {
        if one == other {
            return true;
        }
        let (one, other) = (self.normal(one), self.normal(other));
        one == other
            || match self.data_type {
                DataType::DateTime => {
                    matches!((instant(&one), instant(&other)), (Some(one), Some(other)) if one == other)
                }
                DataType::String if !self.case_exact => caseless::default_caseless_match_str(&one, &other),
                _ => false,
            }
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

    /// Whether a name means this attribute, or something that it is a part of: `addresses`, `emails.work`,
    /// `name`.
    pub fn is_under(&self, name: &str) -> bool {
        let is_prefix = |path: &str| {
            path.len() > name.len()
                && path.as_bytes()[name.len()] == b'.'
                && path
                    .get(..name.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        self.path.eq_ignore_ascii_case(name) || self.root.eq_ignore_ascii_case(name) || is_prefix(&self.path)
    }

    /// Whether a source may set it.
    pub fn is_writable(&self) -> bool {
        matches!(self.mutability, Mutability::ReadWrite | Mutability::Immutable)
    }

    /// The URN of the extension that it is written in; none where it is written beside the core attributes.
    pub fn written_in(&self) -> Option<&str> {
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
