//! Create, replace, patch, delete. Each checks everything first and then writes, because the writes of
//! several requests share a transaction.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;

use super::compose::{self, Parts};
use super::document::{self, Envelope};
use super::members::{self, Joining, MemberChange};
use super::patch::{self, Operation, PatchTarget, Verb};
use super::problem::ScimProblem;
use super::resource::{self, Content};
use super::schema::{ResourceType, Schemas};
use super::store::{
    RowSource, Slot, Tables, Writing, external_id_key, kind_byte, name_key, pair, sequence_key,
};
use super::version;
use crate::model::{Kind, uncased};

/// A resource after a write.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) kind: Kind,
    pub(super) sequence: u64,
    pub(super) envelope: Envelope,
}

/// The resource of a request, and the request's condition.
#[derive(Clone, Debug)]
pub(super) struct Addressed {
    pub(super) schemas: &'static Schemas,
    pub(super) kind: Kind,
    /// The id of the resource; for a create, the new id.
    pub(super) id: String,
    /// The `If-Match` header, or a bulk operation's `version`.
    pub(super) if_match: Option<String>,
    /// The time of the request.
    pub(super) now: String,
}

impl Addressed {
    fn resource_type(&self) -> &'static ResourceType {
        self.schemas.of(self.kind)
    }

    fn find(&self, tables: &Writing<'_>) -> Result<u64, ScimProblem> {
        find(tables, self.kind, &self.id)
    }

    fn check_version(&self, envelope: &Envelope) -> Result<(), ScimProblem> {
        match &self.if_match {
            Some(wanted) if !version::matches(wanted, &envelope.version()) => Err(ScimProblem::new(
                StatusCode::PRECONDITION_FAILED,
                format!("the resource has changed; its version is {}", envelope.version()),
            )),
            _ => Ok(()),
        }
    }
}

/// The sequence number of a resource, by kind and id.
pub(super) fn find<T: RowSource>(tables: &Tables<T>, kind: Kind, id: &str) -> Result<u64, ScimProblem> {
    match tables.by_id(id)? {
        Some((found, sequence)) if found == kind => Ok(sequence),
        _ => Err(ScimProblem::not_found(&format!(
            "{} {id:?}",
            ResourceType::of(kind).name
        ))),
    }
}

/// POST.
pub(super) fn create(
    tables: &mut Writing<'_>,
    target: &Addressed,
    body: &Value,
) -> Result<Written, ScimProblem> {
    let Addressed { kind, id, now, .. } = target;
    let (kind, id, resource_type) = (*kind, id.clone(), target.resource_type());
    let mut content = resource::check(resource_type, body)?;
    let add = members::resolve(tables, take_members(kind, &mut content).as_ref())?;
    let name = check_name(tables, resource_type, &content, None)?;
    let sequence = tables.next_sequence()?;
    let envelope = Envelope {
        id,
        created: now.clone(),
        last_modified: now.clone(),
        revision: 1,
    };
    tables.store(
        kind,
        sequence,
        &document::join(resource_type, &envelope, &content),
    )?;
    let row = [&[kind_byte(kind)], &sequence_key(sequence)[..]].concat();
    tables.put(|tables| &mut tables.ids, envelope.id.as_bytes(), &row)?;
    tables.put(
        |tables| &mut tables.names,
        &name_key(kind, &name),
        &sequence_key(sequence),
    )?;
    if let Some(external_id) = text(&content, "externalId") {
        tables.put(
            |tables| &mut tables.external_ids,
            &external_id_key(kind, external_id, sequence),
            &[],
        )?;
    }
    members::write(
        tables,
        sequence,
        &MemberChange {
            add,
            ..MemberChange::default()
        },
    )?;
    Ok(Written {
        kind,
        sequence,
        envelope,
    })
}

/// PUT: attributes that the body lacks are cleared (RFC 7644, section 3.5.1).
pub(super) fn replace(
    tables: &mut Writing<'_>,
    target: &Addressed,
    body: &Value,
) -> Result<Written, ScimProblem> {
    let sequence = target.find(tables)?;
    let (envelope, before) = document::split(&tables.stored(target.kind, sequence)?)?;
    target.check_version(&envelope)?;
    let mut content = resource::check(target.resource_type(), body)?;
    let wanted = members::resolve(tables, take_members(target.kind, &mut content).as_ref())?;
    let change = MemberChange::towards(tables, sequence, wanted)?;
    let current = Written {
        kind: target.kind,
        sequence,
        envelope,
    };
    let revision = Revision {
        before: &before,
        after: &content,
        members: change,
    };
    update(tables, target, current, &revision)
}

/// PATCH (RFC 7644, section 3.5.2).
pub(super) fn patch(
    tables: &mut Writing<'_>,
    target: &Addressed,
    body: &Value,
) -> Result<Written, ScimProblem> {
    let sequence = target.find(tables)?;
    let (envelope, before) = document::split(&tables.stored(target.kind, sequence)?)?;
    target.check_version(&envelope)?;
    let resource_type = target.resource_type();
    let operations = patch::read(resource_type, body)?;
    let mut content = before.clone();
    let change = if let Some(steps) = member_steps(tables, target.kind, &operations)? {
        for operation in operations.iter().filter(|operation| !is_on_members(operation)) {
            patch::apply(&mut content, operation)?;
        }
        change_by_steps(tables, sequence, steps)?
    } else {
        // Other operations follow the RFC's rules on the members as a list.
        let parts = Parts {
            members: true,
            groups: false,
        };
        let slot = Slot {
            kind: target.kind,
            sequence,
        };
        if let Some(listed) = compose::tree(tables, slot, parts)?.remove("members") {
            content.insert("members".to_owned(), listed);
        }
        for operation in &operations {
            patch::apply(&mut content, operation)?;
        }
        let wanted = members::resolve(tables, take_members(target.kind, &mut content).as_ref())?;
        MemberChange::towards(tables, sequence, wanted)?
    };
    content.retain(|name, _| !document::is_never_returned(resource_type, name));
    resource::check_required(resource_type, &content)?;
    let current = Written {
        kind: target.kind,
        sequence,
        envelope,
    };
    let revision = Revision {
        before: &before,
        after: &content,
        members: change,
    };
    update(tables, target, current, &revision)
}

/// DELETE (RFC 7644, section 3.6).
pub(super) fn delete(tables: &mut Writing<'_>, target: &Addressed) -> Result<(), ScimProblem> {
    let sequence = target.find(tables)?;
    let (envelope, content) = document::split(&tables.stored(target.kind, sequence)?)?;
    target.check_version(&envelope)?;
    members::forget(tables, sequence, target.schemas, &target.now)?;
    match target.kind {
        Kind::User => tables.delete(|tables| &mut tables.users, &sequence_key(sequence))?,
        Kind::Group => tables.delete(|tables| &mut tables.groups, &sequence_key(sequence))?,
    }
    tables.delete(|tables| &mut tables.ids, target.id.as_bytes())?;
    tables.delete(
        |tables| &mut tables.names,
        &name_key(
            target.kind,
            &uncased_name(ResourceType::of(target.kind), &content),
        ),
    )?;
    if let Some(external_id) = text(&content, "externalId") {
        tables.delete(
            |tables| &mut tables.external_ids,
            &external_id_key(target.kind, external_id, sequence),
        )?;
    }
    Ok(())
}

/// The content of a resource before and after a request, and the change of its members.
struct Revision<'a> {
    before: &'a Content,
    after: &'a Content,
    members: MemberChange,
}

/// Writes new content. If nothing changes, nothing is written and the version stays.
fn update(
    tables: &mut Writing<'_>,
    target: &Addressed,
    mut current: Written,
    revision: &Revision<'_>,
) -> Result<Written, ScimProblem> {
    let Revision {
        before,
        after,
        members: change,
    } = revision;
    let Written { kind, sequence, .. } = current;
    let resource_type = target.resource_type();
    let name = check_name(tables, resource_type, after, Some(sequence))?;
    members::check_cycles(tables, sequence, change)?;
    if before == after && change.is_empty() {
        return Ok(current);
    }
    current.envelope.touch(&target.now);
    tables.store(
        kind,
        sequence,
        &document::join(resource_type, &current.envelope, after),
    )?;
    let old_name = uncased_name(resource_type, before);
    if old_name != name {
        tables.delete(|tables| &mut tables.names, &name_key(kind, &old_name))?;
        tables.put(
            |tables| &mut tables.names,
            &name_key(kind, &name),
            &sequence_key(sequence),
        )?;
    }
    let (old, new) = (text(before, "externalId"), text(after, "externalId"));
    if old != new {
        if let Some(old) = old {
            tables.delete(
                |tables| &mut tables.external_ids,
                &external_id_key(kind, old, sequence),
            )?;
        }
        if let Some(new) = new {
            tables.put(
                |tables| &mut tables.external_ids,
                &external_id_key(kind, new, sequence),
                &[],
            )?;
        }
    }
    let (old, new) = (document::display(before), document::display(after));
    if old != new {
        let element = document::member_element(kind, &current.envelope.id, new);
        members::rename(tables, sequence, old, &element)?;
    }
    members::write(tables, sequence, change)?;
    Ok(current)
}

/// The name without capitals. It is an error if another resource of the kind has it.
fn check_name(
    tables: &Writing<'_>,
    resource_type: &ResourceType,
    content: &Content,
    own: Option<u64>,
) -> Result<String, ScimProblem> {
    let name = uncased_name(resource_type, content);
    match tables.by_name(resource_type.kind, &name)? {
        Some(holder) if Some(holder) != own => {
            let attribute = resource_type.naming_attribute();
            Err(ScimProblem::uniqueness(format!(
                "{attribute} {:?} is taken",
                text(content, attribute).unwrap_or_default()
            )))
        }
        _ => Ok(name),
    }
}

fn uncased_name(resource_type: &ResourceType, content: &Content) -> String {
    uncased(text(content, resource_type.naming_attribute()).unwrap_or_default()).into_owned()
}

fn text<'c>(content: &'c Content, name: &str) -> Option<&'c str> {
    content.get(name)?.as_str()
}

fn take_members(kind: Kind, content: &mut Content) -> Option<Value> {
    (kind == Kind::Group).then(|| content.remove("members")).flatten()
}

fn is_on_members(operation: &Operation) -> bool {
    match &operation.target {
        PatchTarget::Attribute(path) => {
            path.resolved.extension.is_none() && path.resolved.attribute.name == "members"
        }
        PatchTarget::Extension(_) => false,
    }
}

/// Members in the order of their operations: `Some` adds a member, `None` removes it.
type Steps = Vec<(u64, Option<Joining>)>;

/// The operations on members as steps; empty for a user. `None` if one of them is neither an addition nor a
/// removal by `value eq`.
fn member_steps(
    tables: &Writing<'_>,
    kind: Kind,
    operations: &[Operation],
) -> Result<Option<Steps>, ScimProblem> {
    let mut steps = Steps::new();
    for operation in operations
        .iter()
        .filter(|operation| kind == Kind::Group && is_on_members(operation))
    {
        let PatchTarget::Attribute(path) = &operation.target else {
            return Ok(None);
        };
        match (operation.verb, &path.filter, path.resolved.part) {
            (Verb::Add, None, None) if !operation.value.is_null() => {
                for element in super::filter::elements(Some(&operation.value)) {
                    let checked = resource::check_single(path.resolved.attribute, element, "members")?;
                    steps.extend(
                        members::resolve(tables, checked.as_ref())?
                            .into_iter()
                            .map(|(member, joining)| (member, Some(joining))),
                    );
                }
            }
            (
                Verb::Remove,
                Some((
                    super::filter::Filter::Compare(name, super::filter::Operator::Equal, Value::String(id)),
                    _,
                )),
                None,
            ) if name.eq_ignore_ascii_case("value") => {
                steps.extend(tables.by_id(id)?.map(|(_, member)| (member, None)));
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(steps))
}

fn change_by_steps(tables: &Writing<'_>, group: u64, steps: Steps) -> Result<MemberChange, ScimProblem> {
    let mut change = MemberChange::default();
    for (member, last) in steps.into_iter().collect::<BTreeMap<_, _>>() {
        let is_there = Tables::get(&tables.members, &pair(group, member))?.is_some();
        match last {
            Some(joining) if !is_there => {
                change.add.insert(member, joining);
            }
            None if is_there => {
                change.remove.insert(member);
            }
            _ => {}
        }
    }
    Ok(change)
}
