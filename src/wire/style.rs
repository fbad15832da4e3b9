//! How one service wants its PATCH operations written: the operations' names, the place of the target, and
//! the way to clear. The content of the operations is decided elsewhere.

use serde_json::{Map, Value as Json, json};

use crate::dialect::Clearing;
use crate::dialect::Dialect;
use crate::dialect::ElementRemoval;
use crate::dialect::MemberAddition;
use crate::dialect::MemberRemoval;
use crate::dialect::OperationNames;
use crate::dialect::PatchForm;
use crate::model::Member;
use crate::model::{Attribute, Place};
use crate::wire::failure::Failure;
use crate::wire::members;

/// One service's way to write operations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    names: OperationNames,
    form: PatchForm,
    pub(crate) clearing: Clearing,
    pub(crate) element_removal: ElementRemoval,
    addition: MemberAddition,
    removal: MemberRemoval,
}

/// The target of an operation: an attribute of the core or of an extension, or a part of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OperationTarget<'t> {
    extension: Option<&'t str>,
    root: &'t str,
    sub: Option<&'t str>,
}

impl<'t> OperationTarget<'t> {
    /// The target of a flat attribute: the SCIM attribute that holds it, or its part.
    pub(crate) fn of(attribute: &'t Attribute) -> Self {
        let sub = match &attribute.place {
            Place::Part { sub } => Some(&**sub),
            _ => None,
        };
        Self {
            extension: attribute.written_in(),
            root: &attribute.root,
            sub,
        }
    }

    fn path(&self) -> String {
        let sub = self.sub.map(|sub| format!(".{sub}")).unwrap_or_default();
        match self.extension {
            Some(urn) => format!("{urn}:{}{sub}", self.root),
            None => format!("{}{sub}", self.root),
        }
    }

    /// The value inside objects that replace the path.
    fn nest(&self, value: Json) -> Json {
        let wrap = |name: &str, value: Json| Json::Object(Map::from_iter([(name.to_owned(), value)]));
        let value = self.sub.into_iter().fold(value, |value, sub| wrap(sub, value));
        self.extension
            .into_iter()
            .fold(wrap(self.root, value), |value, urn| wrap(urn, value))
    }
}

impl Style {
    pub(crate) const fn new(dialect: &Dialect) -> Self {
        Self {
            names: dialect.operation_names,
            form: dialect.patch_form,
            clearing: dialect.clearing,
            element_removal: dialect.element_removal,
            addition: dialect.membership.addition,
            removal: dialect.membership.removal,
        }
    }

    /// Sets the value of a target.
    pub(crate) fn replace(self, target: &OperationTarget<'_>, value: Json) -> Json {
        self.written("replace", target, value)
    }

    /// Adds elements to a target.
    pub(crate) fn add(self, target: &OperationTarget<'_>, value: Json) -> Json {
        self.written("add", target, value)
    }

    /// Sets the value at a path. The path has a filter, so it stays a path in every form.
    pub(crate) fn replace_at(self, path: &str, value: &Json) -> Json {
        json!({ "op": self.name("replace"), "path": path, "value": value })
    }

    /// Removes the value at a path.
    pub(crate) fn remove_at(self, path: &str) -> Json {
        json!({ "op": self.name("remove"), "path": path })
    }

    /// Clears an attribute.
    pub(crate) fn clear(self, attribute: &Attribute) -> Result<Json, Failure> {
        let target = OperationTarget::of(attribute);
        Ok(match self.clearing {
            Clearing::Remove => self.remove_at(&target.path()),
            _ => match cleared(attribute, self.clearing)? {
                Some(nothing) => self.replace(&target, nothing),
                None => self.remove_at(&target.path()),
            },
        })
    }

    /// Adds members.
    pub(crate) fn add_members(self, members: &[Member]) -> Result<Vec<Json>, Failure> {
        let (op, list) = (self.name("add"), members::lowered(members)?);
        Ok(vec![match self.addition {
            MemberAddition::Path => json!({ "op": op, "path": "members", "value": list }),
            MemberAddition::Value => json!({ "op": op, "value": { "members": list } }),
            MemberAddition::Both => json!({ "op": op, "path": "members", "value": { "members": list } }),
        }])
    }

    /// Removes members: one operation each, by filter. Some services take a removal of `members` with a list
    /// of values as the removal of everybody. So a list is sent only if the dialect allows it.
    pub(crate) fn remove_members(self, members: &[Member]) -> Result<Vec<Json>, Failure> {
        if self.removal == MemberRemoval::List {
            return Ok(vec![
                json!({ "op": self.name("remove"), "path": "members", "value": members::lowered(members)? }),
            ]);
        }
        let id = |member: &Member| {
            member
                .reference
                .id
                .clone()
                .ok_or_else(|| Failure::not_sent("a member to remove has no id"))
        };
        members
            .iter()
            .map(|member| Ok(self.remove_at(&format!("members[value eq {}]", Json::from(&*id(member)?)))))
            .collect()
    }

    fn written(self, name: &'static str, target: &OperationTarget<'_>, value: Json) -> Json {
        match self.form {
            PatchForm::Path => json!({ "op": self.name(name), "path": target.path(), "value": value }),
            PatchForm::Value => json!({ "op": self.name(name), "value": target.nest(value) }),
        }
    }

    const fn name(self, name: &'static str) -> &'static str {
        match (self.names, name.as_bytes()) {
            (OperationNames::Capitalised, b"add") => "Add",
            (OperationNames::Capitalised, b"remove") => "Remove",
            (OperationNames::Capitalised, b"replace") => "Replace",
            _ => name,
        }
    }
}

/// The JSON that clears an attribute. `None` if the attribute is omitted instead.
pub(crate) fn cleared(attribute: &Attribute, clearing: Clearing) -> Result<Option<Json>, Failure> {
    use crate::model::Encoding;
    Ok(match (clearing, &attribute.place) {
        (Clearing::Never, _) => {
            return Err(Failure::not_sent(&format!(
                "the service cannot clear `{}`",
                attribute.path
            )));
        }
        (Clearing::Remove, _) => None,
        (Clearing::Null, _) => Some(Json::Null),
        (Clearing::Empty, Place::Set { .. }) => Some(json!([])),
        (Clearing::Empty, _) if attribute.encoding == Encoding::Epoch => Some(Json::from(0)),
        (Clearing::Empty, Place::Reference) => Some(match &attribute.reference_part {
            Some(part) => json!({ &**part: "" }),
            None => Json::from(""),
        }),
        (Clearing::Empty, _) => Some(Json::from("")),
    })
}
