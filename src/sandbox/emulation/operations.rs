//! The operations of a PATCH: the forms that the service accepts, refuses and ignores, and their translation
//! for the store.

use serde_json::{Value, json};

use super::super::problem::ScimProblem;
use super::Emulation;
use super::spot::{Tree, get};
use crate::dialect::FilteredPaths;
use crate::dialect::MemberAddition;
use crate::dialect::MemberRemoval;
use crate::dialect::Replacing;
use crate::model::Kind;
use crate::model::well_known::MEMBERS;

/// The effect of a PATCH on members.
#[derive(Debug, Default)]
pub(super) struct OnMembers {
    /// The ids of the members that are added.
    pub(super) joining: Vec<String>,
    /// The ids of the members that are removed.
    pub(super) leaving: Vec<String>,
}

/// A PATCH for the store.
#[derive(Debug, Default)]
pub(super) struct TranslatedPatch {
    pub(super) operations: Vec<Value>,
    pub(super) members: OnMembers,
    /// The attributes that each operation sets, with the store's names.
    pub(super) touched: Vec<Tree>,
}

/// The parts of an operation's path: `urn:…:User:manager.value`, `emails[type eq "work"].value`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WirePath {
    urn: Option<String>,
    root: String,
    filter: Option<String>,
    sub: Option<String>,
}

impl WirePath {
    fn read(text: &str) -> Self {
        let (head, filter, rest) = match (text.find('['), text.rfind(']')) {
            (Some(open), Some(close)) if open < close => (
                &text[..open],
                Some(text[open + 1..close].to_owned()),
                &text[close + 1..],
            ),
            _ => (text, None, ""),
        };
        let (urn, name) = match head
            .rfind(':')
            .filter(|_| head.to_ascii_lowercase().starts_with("urn:"))
        {
            Some(at) => (Some(head[..at].to_owned()), &head[at + 1..]),
            None => (None, head),
        };
        let (root, sub) = match name.split_once('.') {
            Some((root, sub)) => (root, Some(sub)),
            None => (name, rest.strip_prefix('.')),
        };
        Self {
            urn,
            root: root.to_owned(),
            filter,
            sub: sub.map(str::to_owned),
        }
    }

    /// The word in `type eq "work"`.
    fn element_type(&self) -> Option<String> {
        let mut words = self.filter.as_deref()?.splitn(3, ' ');
        let is_type = words.next()?.eq_ignore_ascii_case("type") && words.next()?.eq_ignore_ascii_case("eq");
        serde_json::from_str(words.next().filter(|_| is_type)?).ok()
    }

    /// A resource with the value at this path and nothing else.
    fn resource(&self, value: Value) -> Tree {
        let value = match (&self.sub, self.element_type()) {
            (Some(sub), Some(word)) => json!([{ "type": word, sub.as_str(): value }]),
            (None, Some(word)) => {
                let mut element = value.as_object().cloned().unwrap_or_default();
                element.insert("type".to_owned(), word.into());
                json!([element])
            }
            (Some(sub), None) => json!({ sub.as_str(): value }),
            (None, None) => value,
        };
        let inner = Tree::from_iter([(self.root.clone(), value)]);
        match &self.urn {
            Some(urn) => Tree::from_iter([(urn.clone(), inner.into())]),
            None => inner,
        }
    }

    /// The reverse of `resource`: the path and the value of a resource with only one value.
    fn of_resource(&self, tree: &Tree) -> Option<(String, Value)> {
        let (name, value) = tree.iter().next()?;
        let (prefix, root, value) = match value {
            Value::Object(inner) if name.to_ascii_lowercase().starts_with("urn:") => {
                let (root, value) = inner.iter().next()?;
                (format!("{name}:"), root, value)
            }
            value => (String::new(), name, value),
        };
        match value {
            Value::Array(all) if self.filter.is_some() => {
                let element = all.first()?.as_object()?;
                let filtered = format!("{prefix}{root}[type eq {}]", get(element, "type")?);
                match (
                    &self.sub,
                    element
                        .iter()
                        .find(|(part, _)| !part.eq_ignore_ascii_case("type")),
                ) {
                    (Some(_), Some((part, value))) => Some((format!("{filtered}.{part}"), value.clone())),
                    (Some(_), None) => None,
                    (None, _) => Some((filtered, element.clone().into())),
                }
            }
            Value::Object(parts) if self.sub.is_some() => parts
                .iter()
                .next()
                .map(|(part, value)| (format!("{prefix}{root}.{part}"), value.clone())),
            value => Some((format!("{prefix}{root}"), value.clone())),
        }
    }
}

impl Emulation {
    /// Reads the operations of a body.
    pub(super) fn translated(&self, kind: Kind, body: &Tree) -> Result<TranslatedPatch, ScimProblem> {
        let operations = get(body, "Operations")
            .and_then(Value::as_array)
            .filter(|all| !all.is_empty());
        let operations = operations.ok_or_else(|| {
            ScimProblem::syntax("Operations is required, and is an array of at least one operation")
        })?;
        let mut translated = TranslatedPatch::default();
        for operation in operations {
            let operation = operation
                .as_object()
                .ok_or_else(|| ScimProblem::syntax("an operation is not a JSON object"))?;
            self.translate(kind, operation, &mut translated)?;
        }
        let removals = translated.members.leaving.len();
        if self.dialect.membership.removals_per_request == Some(1) && removals > 0 && operations.len() > 1 {
            return Err(ScimProblem::value(
                "a request that removes a member does nothing else",
            ));
        }
        Ok(translated)
    }

    fn translate(&self, kind: Kind, operation: &Tree, into: &mut TranslatedPatch) -> Result<(), ScimProblem> {
        let verb = get(operation, "op")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let value = get(operation, "value").cloned();
        let path = get(operation, "path").and_then(Value::as_str).map(WirePath::read);
        let is_on_members = |name: &str| kind == Kind::Group && name.eq_ignore_ascii_case(MEMBERS);
        match (&path, &value) {
            (Some(path), _) if is_on_members(&path.root) => {
                self.translate_members(&verb, Some(path), value, into)
            }
            (None, Some(Value::Object(parts))) if parts.keys().any(|name| is_on_members(name)) => {
                let (members, others): (Tree, Tree) = parts
                    .clone()
                    .into_iter()
                    .partition(|(name, _)| is_on_members(name));
                if !others.is_empty() {
                    self.translate_tree(kind, &verb, others, into);
                }
                let value = members.into_iter().next().map(|(_, value)| value);
                self.translate_members(&verb, None, value, into)
            }
            (None, Some(Value::Object(parts))) => {
                self.translate_tree(kind, &verb, parts.clone(), into);
                Ok(())
            }
            (Some(path), _) => self.translate_path(kind, operation, path, into),
            _ => {
                into.operations.push(operation.clone().into());
                Ok(())
            }
        }
    }

    fn translate_tree(&self, kind: Kind, verb: &str, mut tree: Tree, into: &mut TranslatedPatch) {
        self.wire.inward(kind, &mut tree);
        if !tree.is_empty() {
            into.operations.push(json!({ "op": verb, "value": tree }));
            into.touched.push(tree);
        }
    }

    fn translate_path(
        &self,
        kind: Kind,
        operation: &Tree,
        path: &WirePath,
        into: &mut TranslatedPatch,
    ) -> Result<(), ScimProblem> {
        match (self.dialect.emulation.filtered_paths.of(kind), &path.filter) {
            (FilteredPaths::Ignored, Some(_)) => return Ok(()),
            (FilteredPaths::Parts, Some(_)) if path.sub.is_none() => {
                return Err(ScimProblem::path(
                    "a path with a filter must name a part: emails[type eq \"work\"].value",
                ));
            }
            _ => {}
        }
        let mut operation = operation.clone();
        let is_foreign = path.filter.is_some() && path.element_type().is_none();
        let is_extension = path.urn.as_ref().is_some_and(|urn| {
            self.dialect
                .extensions
                .iter()
                .any(|extension| extension.id.eq_ignore_ascii_case(&format!("{urn}:{}", path.root)))
        });
        if is_foreign || is_extension {
            into.operations.push(operation.into());
            return Ok(());
        }
        let mut tree = path.resource(get(&operation, "value").cloned().unwrap_or_default());
        self.wire.inward(kind, &mut tree);
        let Some((text, value)) = path.of_resource(&tree) else {
            return Ok(());
        };
        operation.retain(|name, _| {
            !["path", "value"]
                .iter()
                .any(|ours| name.eq_ignore_ascii_case(ours))
        });
        operation.insert("path".to_owned(), text.into());
        if !get(&operation, "op")
            .and_then(Value::as_str)
            .is_some_and(|verb| verb.eq_ignore_ascii_case("remove"))
        {
            operation.insert("value".to_owned(), value);
        }
        into.operations.push(operation.into());
        into.touched.push(tree);
        Ok(())
    }

    /// Translates an operation on members from the service's form to that of the RFC.
    fn translate_members(
        &self,
        verb: &str,
        path: Option<&WirePath>,
        value: Option<Value>,
        into: &mut TranslatedPatch,
    ) -> Result<(), ScimProblem> {
        let filter = path.and_then(|path| path.filter.as_deref());
        let is_list_removal = self.dialect.membership.removal == MemberRemoval::List;
        match (verb, filter) {
            ("add", None) => into.add_members(&self.added_members(path, value)?),
            ("remove", Some(filter)) => into.remove_member(filter),
            _ if self.dialect.emulation.membership.replacing == Replacing::Forbidden => {
                return Err(ScimProblem::value(
                    "the whole list of members cannot be replaced or removed",
                ));
            }
            ("remove", None) if is_list_removal && value.is_some() => {
                for id in value.iter().flat_map(member_ids) {
                    let filter = format!("value eq {}", Value::from(id.as_str()));
                    into.operations
                        .push(json!({ "op": "remove", "path": format!("{MEMBERS}[{filter}]") }));
                    into.members.leaving.push(id);
                }
            }
            (verb, _) => {
                let mut operation = json!({ "op": verb, "path": MEMBERS });
                if let Some(value) = value {
                    into.members.joining.extend(member_ids(&value));
                    operation["value"] = value;
                }
                into.operations.push(operation);
            }
        }
        Ok(())
    }

    /// The list of members in an `add`, from the place where the service expects it.
    fn added_members(&self, path: Option<&WirePath>, value: Option<Value>) -> Result<Value, ScimProblem> {
        match (self.dialect.membership.addition, path, value) {
            (MemberAddition::Value, Some(_), _) => {
                Err(ScimProblem::path("members are added by a value without a path"))
            }
            (MemberAddition::Both, Some(_), Some(Value::Object(parts))) => {
                Ok(get(&parts, MEMBERS).cloned().unwrap_or_default())
            }
            (MemberAddition::Both, ..) => Err(ScimProblem::value(
                "members are added under the path members by an object with members",
            )),
            (_, _, value) => Ok(value.unwrap_or_default()),
        }
    }
}

impl TranslatedPatch {
    fn add_members(&mut self, list: &Value) {
        self.members.joining.extend(member_ids(list));
        self.operations
            .push(json!({ "op": "add", "path": MEMBERS, "value": list }));
    }

    /// Removes the member that a filter `value eq "ID"` names.
    fn remove_member(&mut self, filter: &str) {
        let mut words = filter.splitn(3, ' ');
        let is_value = words
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("value"))
            && words.next().is_some();
        let id = words.next().filter(|_| is_value);
        self.members
            .leaving
            .extend(id.and_then(|id| serde_json::from_str::<String>(id).ok()));
        self.operations
            .push(json!({ "op": "remove", "path": format!("{MEMBERS}[{filter}]") }));
    }
}

/// The ids in a list of members, or in a single member.
fn member_ids(value: &Value) -> Vec<String> {
    let id = |member: &Value| {
        member["value"]
            .as_str()
            .or_else(|| member.as_str())
            .map(str::to_owned)
    };
    value.as_array().map_or_else(
        || id(value).into_iter().collect(),
        |members| members.iter().filter_map(id).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart_and_put_together_again() {
        for (text, value) in [
            ("title", json!("Dr")),
            ("name.givenName", json!("Ada")),
            ("urn:a:2.0:User:manager.value", json!("7")),
            ("urn:a:2.0:User:department", json!("R")),
            ("emails[type eq \"work\"].value", json!("a@b")),
            ("emails", json!([{ "type": "work", "value": "a@b" }])),
        ] {
            let path = WirePath::read(text);
            assert_eq!(
                path.of_resource(&path.resource(value.clone())),
                Some((text.to_owned(), value)),
                "{text}"
            );
        }
    }
}
