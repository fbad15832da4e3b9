//! What a service can hold and do, laid over what is asked of it: what its dialect says that it does not hold
//! is left out of a plan, each attribute told once, so that a plan that was applied is followed by an empty
//! one. Pure; decides nothing about the directory's content, and hides nothing that a service could do.

use std::collections::BTreeMap;

use crate::desired::{Desired, DesiredAttribute, DesiredResource, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::dialect::Clearing;
use crate::dialect::Deactivation;
use crate::dialect::DeleteRule;
use crate::dialect::Dialect;
use crate::dialect::Groups;
use crate::dialect::Nesting;
use crate::dialect::PushForm;
use crate::escape::Escaped;
use crate::model::Snapshot;
use crate::model::well_known::{ACTIVE, EXTERNAL_ID};
use crate::model::{AttributeId, Catalog, Key, Kind, Value};
use crate::plan::{Action, Change, Draft};
use crate::policy::Policy;
use crate::project::Absent;

/// How often something was left out, and where first.
type LeftOut = BTreeMap<(AttributeId, &'static str), (usize, Origin)>;

/// Why an attribute is left out that is not in the service's schema.
const NOT_HELD: &str = "does not hold";

/// Leaves out of what is desired what the service does not hold, with one warning for each attribute.
pub fn leave_out(desired: &mut Desired, catalog: &Catalog, dialect: &Dialect) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    if dialect.groups == Groups::None
        && let Some(first) = desired.groups.first()
    {
        let message = format!(
            "{} has no groups: {} declared here and elsewhere are left out",
            dialect.name,
            desired.groups.len()
        );
        warnings.push(Diagnostic::warning("no-groups", first.origin, message));
        let left_out = std::mem::take(&mut desired.groups).len() as u64;
        desired.not_held.insert(Kind::Group.plural().to_owned(), left_out);
    }
    if dialect.push.is_some() {
        refuse_inactive(desired, catalog, dialect, &mut warnings);
    }
    if let Some(form) = &dialect.push {
        place_leaders(desired, catalog, form);
    }
    let first = desired.leaders.iter().map(|one| one.origin).min();
    if let Some(first) = first {
        let message = format!(
            "{} does not hold who leads a group, which is left out here{}",
            dialect.name,
            elsewhere(desired.leaders.len())
        );
        warnings.push(Diagnostic::warning("no-leaders", first, message));
        let left_out = std::mem::take(&mut desired.leaders).len() as u64;
        desired.not_held.insert("groups.leader".to_owned(), left_out);
    }
    let mut left_out = LeftOut::new();
    if dialect.membership.nesting == Nesting::Forbidden {
        leave_out_nested(desired, dialect, &mut warnings);
    }
    for resource in desired.users.iter_mut().chain(&mut desired.groups) {
        leave_out_of(resource, catalog, dialect, &mut left_out);
    }
    for ((attribute, why), (count, origin)) in left_out {
        let path = &catalog.attribute(attribute).path;
        let message = format!(
            "{} {why} `{path}`, which is left out here{}",
            dialect.name,
            elsewhere(count)
        );
        warnings.push(Diagnostic::warning("not-held", origin, message));
        if why == NOT_HELD {
            let name = catalog.attribute(attribute).managed_name();
            desired.not_held.insert(name, count as u64);
        }
    }
    warnings
}

/// Whoever is in a push is active: one who should not be must not be in it.
fn refuse_inactive(
    desired: &mut Desired,
    catalog: &Catalog,
    dialect: &Dialect,
    diagnostics: &mut Diagnostics,
) {
    let active = catalog.well_known(Kind::User, ACTIVE);
    for user in &mut desired.users {
        if let Some(asked) = user
            .get(active)
            .filter(|asked| asked.wish == Wish::Set(Value::Boolean(false)))
        {
            let message = format!(
                "{} is not active, and whoever is in a push to {} is",
                user.key, dialect.name
            );
            diagnostics.push(
                Diagnostic::error("inactive-in-push", asked.origin, message)
                    .hint("leave them out of the sources; `scope` can"),
            );
        }
        user.attributes.retain(|asked| asked.attribute != active);
    }
}

/// Who leads which group stands with the people: by the groups' `externalId`, or by the name of one that has
/// none. What a source says there itself stays.
fn place_leaders(desired: &mut Desired, catalog: &Catalog, form: &PushForm) {
    let Ok(attribute) = catalog.find(Kind::User, &form.leads).map(|found| found.id) else {
        return;
    };
    let leaders = std::mem::take(&mut desired.leaders);
    if leaders.is_empty() && !desired.tells_leaders {
        return;
    }
    let external = catalog.well_known(Kind::Group, EXTERNAL_ID);
    let id = |group: &Key| {
        desired
            .find(group)
            .and_then(|one| one.value(external))
            .map_or_else(|| group.name.to_string(), Value::plain)
    };
    let mut led: BTreeMap<&Key, (Vec<Value>, Origin)> = BTreeMap::new();
    for one in &leaders {
        led.entry(&one.leader)
            .or_insert_with(|| (Vec::new(), one.origin))
            .0
            .push(Value::text(id(&one.group)));
    }
    for user in &mut desired.users {
        let Err(place) = user
            .attributes
            .binary_search_by_key(&attribute, |asked| asked.attribute)
        else {
            continue;
        };
        let (wish, origin) = led
            .remove(&user.key)
            .map_or((Wish::Clear, user.origin), |(groups, origin)| {
                (Wish::Set(Value::set(groups)), origin)
            });
        user.attributes.insert(
            place,
            DesiredAttribute {
                attribute,
                wish,
                origin,
            },
        );
    }
}

fn leave_out_nested(desired: &mut Desired, dialect: &Dialect, warnings: &mut Diagnostics) {
    let mut nested: Option<(usize, Origin)> = None;
    for members in desired
        .groups
        .iter_mut()
        .filter_map(|group| group.members.as_mut())
    {
        members.retain(|member| {
            let is_group = member.key.kind == Kind::Group;
            if is_group {
                nested.get_or_insert((0, member.origin)).0 += 1;
            }
            !is_group
        });
    }
    if let Some((count, origin)) = nested {
        let message = format!(
            "{} takes no group as a member of a group, so this is left out{}",
            dialect.name,
            elsewhere(count)
        );
        warnings.push(Diagnostic::warning("no-nesting", origin, message));
        desired.not_held.insert("groups.members".to_owned(), count as u64);
    }
}

fn leave_out_of(
    resource: &mut DesiredResource,
    catalog: &Catalog,
    dialect: &Dialect,
    left_out: &mut LeftOut,
) {
    resource.attributes.retain(|asked| {
        let follows = |form: &PushForm| form.implies(catalog.attribute(asked.attribute));
        if dialect.push.as_ref().is_some_and(follows) {
            return false;
        }
        let why = if dialect.does_not_hold(catalog.attribute(asked.attribute)) {
            NOT_HELD
        } else if dialect.clearing == Clearing::Never && asked.wish == Wish::Clear {
            "cannot clear"
        } else {
            return true;
        };
        left_out
            .entry((asked.attribute, why))
            .or_insert((0, asked.origin))
            .0 += 1;
        false
    });
}

fn elsewhere(count: usize) -> String {
    if count > 1 {
        format!(" and in {} other places", count - 1)
    } else {
        String::new()
    }
}

/// What becomes of undeclared resources where the service cannot delete as the configuration asks.
#[must_use]
pub fn within_rules(mut policy: Policy, dialect: &Dialect) -> Policy {
    if policy.users.absent == Absent::Delete
        && matches!(dialect.delete.users, DeleteRule::Soft | DeleteRule::None)
    {
        policy.users.absent = Absent::Deactivate;
    }
    if policy.groups.absent == Absent::Delete && dialect.delete.groups == DeleteRule::None {
        policy.groups.absent = Absent::Keep;
    }
    policy
}

/// What the user should know of this service before the plan, in sentences.
pub fn notes(asked: &Policy, desired: &Desired, dialect: &Dialect) -> Vec<String> {
    let mut notes = Vec::new();
    let name = &dialect.name;
    if asked.users.absent == Absent::Delete
        && matches!(dialect.delete.users, DeleteRule::Soft | DeleteRule::None)
    {
        notes.push(format!(
            "{name} does not delete people: the plan deactivates them instead"
        ));
    }
    if asked.groups.absent == Absent::Delete && dialect.delete.groups == DeleteRule::None {
        notes.push(format!("{name} does not delete groups: the plan leaves them"));
    }
    if desired.groups.iter().any(|group| group.members.is_some()) && dialect.hides_members() {
        notes.push(match dialect.membership.ask.as_ref().map(crate::dialect::Ask::tells_everybody) {
            Some(true) => return notes,
            Some(false) => format!("{name} does not tell who is in a group: members that neither a source lists nor the last apply left are not seen, and stay"),
            None => format!("{name} does not tell who is in a group, so nothing can be verified: what the last apply left is taken for it, and where there is none, every \
                 declared member is added and nobody is removed"),
        });
    }
    notes
}

/// What a draft became at this service.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// What the service keeps as it is, in sentences: no reason not to plan the rest.
    pub kept: Vec<String>,
    /// What the sources ask for and the service could never do.
    pub impossible: Vec<String>,
}

/// Takes out of a draft what would find nothing to do at this service, and says what it keeps as it is and
/// what it could never do.
pub fn settle(draft: &mut Draft, dialect: &Dialect, catalog: &Catalog) -> Settled {
    let mut kept = keep_as_made(draft, dialect, catalog);
    if dialect.push.is_some()
        && draft
            .changes
            .iter()
            .any(|change| change.kind == Kind::User && change.action == Action::Delete)
    {
        kept.push(format!(
            "{} deactivates who leaves, and deletes for good who was only invited or is deactivated already",
            dialect.name
        ));
    }
    if dialect.deactivation == Deactivation::Hides {
        let inactive = |change: &Change| change.after.get(ACTIVE) == Some(&Some(Value::Boolean(false)));
        let needed: Vec<String> = draft
            .changes
            .iter()
            .flat_map(|change| change.needs.clone())
            .collect();
        // Whoever should be inactive and cannot be seen is as they should be.
        draft.changes.retain(|change| {
            change.action != Action::Create || !inactive(change) || needed.contains(&change.id)
        });
    }
    let mut impossible: Vec<String> = draft
        .changes
        .iter()
        .filter_map(|change| impossible(change, dialect, catalog))
        .collect();
    if dialect.push.is_some() && !draft.changes.is_empty() {
        impossible.extend(left_out_of_a_push(draft, dialect));
    }
    Settled { kept, impossible }
}

/// One request holds everybody: whom no source declares it would remove, or write without what cannot be read
/// of them.
fn left_out_of_a_push(draft: &Draft, dialect: &Dialect) -> Option<String> {
    let newly_managed = ["users", "groups"]
        .into_iter()
        .filter_map(|name| draft.remainder.withheld.get(name));
    let withheld: u64 = newly_managed.map(|counted| counted.count).sum();
    let (users, groups) = (draft.unmanaged_users, draft.unmanaged_groups);
    (users + groups + withheld > 0).then(|| {
        let adopt = if withheld > 0 { ", which were never managed from here (`--adopt users` or `--adopt groups` allows it)" } else { "" };
        format!(
            "{} is written as a whole, and {users} people and {groups} groups are there that no source declares: a push would remove them, \
             or lose what cannot be read of them. Declare them, or let the push remove them (`manage: {{ users: {{ absent: delete, within: all }} }}`){adopt}",
            dialect.name
        )
    })
}

/// Leaves what the service does not change after creation out of the changes; a change that asks for nothing
/// else goes, unless another one needs it.
fn keep_as_made(draft: &mut Draft, dialect: &Dialect, catalog: &Catalog) -> Vec<String> {
    let mut kept: BTreeMap<Box<str>, usize> = BTreeMap::new();
    for change in draft
        .changes
        .iter_mut()
        .filter(|change| !matches!(change.action, Action::Create | Action::Delete))
    {
        let is_fixed = |path: &str| {
            catalog
                .find(change.kind, path)
                .is_ok_and(|attribute| dialect.keeps_as_made(attribute))
        };
        let fixed: Vec<Box<str>> = change
            .after
            .keys()
            .filter(|path| is_fixed(path))
            .cloned()
            .collect();
        for path in &fixed {
            change.take(path);
            *kept.entry(path.clone()).or_default() += 1;
        }
        if !fixed.is_empty() {
            change.reason = format!(
                "{}, of which the service keeps {} as made",
                change.reason,
                fixed.join(", ")
            );
        }
    }
    let needed: Vec<String> = draft
        .changes
        .iter()
        .flat_map(|change| change.needs.clone())
        .collect();
    draft.changes.retain(|change| {
        let is_hollow =
            change.action == Action::Update && change.after.is_empty() && change.members.is_none();
        !is_hollow || needed.contains(&change.id)
    });
    let said = |(path, count)| {
        format!(
            "{} does not change `{path}` of what exists: {count} differences stay",
            dialect.name
        )
    };
    kept.into_iter().map(said).collect()
}

/// The deletions that the service would refuse because somebody has used the account, in sentences with the
/// way out.
pub fn undeletable(draft: &Draft, snapshot: &Snapshot, dialect: &Dialect, catalog: &Catalog) -> Vec<String> {
    let claimed = dialect
        .claimed
        .as_deref()
        .and_then(|name| catalog.find(Kind::User, name).ok());
    let Some(claimed) = claimed.filter(|_| dialect.delete.users == DeleteRule::Unclaimed) else {
        return Vec::new();
    };
    let is_claimed = |id: &str| {
        let place = snapshot.users.binary_search_by(|live| (*live.id).cmp(id)).ok();
        place.is_some_and(|place| {
            snapshot.users[place].attributes.get(claimed.id) == Some(&Value::Boolean(true))
        })
    };
    let deletions = draft
        .changes
        .iter()
        .filter(|change| change.kind == Kind::User && change.action == Action::Delete);
    let refused = deletions.filter(|change| change.remote_id.as_deref().is_some_and(is_claimed));
    refused
        .map(|change| {
            let place = change.origin.as_deref().map(|place| format!(" ({})", Escaped(place))).unwrap_or_default();
            let name = &dialect.name;
            let who = &change.key;
            format!(
                "{who}{place}: {name} deletes only accounts that nobody has ever used; `wpsync plan --deactivate {who}` ends the access"
            )
        })
        .collect()
}

fn impossible(change: &Change, dialect: &Dialect, catalog: &Catalog) -> Option<String> {
    let place = change
        .origin
        .as_deref()
        .map(|place| format!(" ({})", Escaped(place)))
        .unwrap_or_default();
    if change.kind == Kind::Group && dialect.groups == Groups::Read {
        return Some(format!(
            "{}{place}: {} does not change groups",
            change.key, dialect.name
        ));
    }
    if change.action != Action::Create {
        return None;
    }
    if change.kind == Kind::Group && dialect.groups != Groups::Full {
        return Some(format!(
            "{}{place}: {} does not create groups; make it there first",
            change.key, dialect.name
        ));
    }
    let has = |name: &str| {
        change.after.iter().any(|(path, value)| {
            value.is_some()
                && catalog
                    .find(change.kind, path)
                    .is_ok_and(|one| one.is_under(name))
        })
    };
    let missing: Vec<&str> = dialect
        .required
        .of(change.kind)
        .iter()
        .map(String::as_str)
        .filter(|name| !has(name))
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "{}{place}: {} wants {} with a new {}",
            change.key,
            dialect.name,
            missing.join(", "),
            change.kind.word()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;

    fn person(catalog: &Catalog, wishes: &[(&str, Wish)]) -> DesiredResource {
        let origin = Origin::start_of(Files::new().add("people.yaml", ""));
        let attribute = |(name, wish): &(&str, Wish)| DesiredAttribute {
            attribute: catalog.find(Kind::User, name).expect("known").id,
            wish: wish.clone(),
            origin,
        };
        DesiredResource {
            key: Key::new(Kind::User, "ada"),
            origin,
            attributes: wishes.iter().map(attribute).collect(),
            members: None,
        }
    }

    #[test]
    fn f130_what_a_service_does_not_hold_is_left_out_and_told_once() {
        let dialect =
            Dialect::parse("name: x\nclearing: never\nnot_held: { users: [addresses] }").expect("a dialect");
        let catalog = dialect.catalog();
        let wishes = [
            ("addresses.work.locality", Wish::Set(Value::text("Ulm"))),
            ("nickName", Wish::Set(Value::text("A"))),
            ("title", Wish::Clear),
        ];
        let users = vec![person(&catalog, &wishes), person(&catalog, &wishes)];
        let mut desired = Desired {
            users,
            ..Desired::default()
        };
        let warnings = leave_out(&mut desired, &catalog, &dialect);
        let said: Vec<String> = warnings.into_vec().into_iter().map(|one| one.message).collect();
        assert_eq!(
            said,
            [
                "x does not hold `addresses.work.locality`, which is left out here and in 1 other places",
                "x cannot clear `title`, which is left out here and in 1 other places",
            ]
        );
        assert!(desired.users.iter().all(|user| user.attributes.len() == 1));
    }

    #[test]
    fn f058_a_deletion_that_would_be_refused_is_refused_before_anything_is_sent() {
        let rows = "name: x\ndelete: { users: unclaimed }\nclaimed: claimed\nextensions: [{ id: 'urn:x:2.0:User', name: X, attributes: [{ name: claimed, type: boolean, mutability: readOnly }] }]";
        let dialect = Dialect::parse(rows).expect("a dialect");
        let catalog = dialect.catalog();
        let claimed = catalog.find(Kind::User, "claimed").expect("an attribute").id;
        let text = r#"{"action":"delete","after":{},"before":{},"id":"user:b","key":"user:b","needs":[],"origin":"gone.csv:2:1","postcondition":"sha256:0000000000000000000000000000000000000000000000000000000000000000","precondition":{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"},"reason":"gone","remote_id":"1","type":"User"}"#;
        let draft = Draft {
            changes: vec![serde_json::from_str(text).expect("a change")],
            ..Draft::default()
        };
        let holding = |value: bool| {
            let mut attributes = crate::model::Attributes::new();
            attributes.set(claimed, Value::Boolean(value));
            let live = crate::model::Live {
                kind: Kind::User,
                id: "1".into(),
                version: None,
                attributes,
                members: None,
            };
            undeletable(
                &draft,
                &Snapshot {
                    users: vec![live],
                    ..Snapshot::default()
                },
                &dialect,
                &catalog,
            )
        };
        assert_eq!(holding(false), Vec::<String>::new());
        let said = "user:b (gone.csv:2:1): x deletes only accounts that nobody has ever used; `wpsync plan --deactivate user:b` ends the access";
        assert_eq!(holding(true), [said]);
    }

    #[test]
    fn what_a_service_keeps_as_made_is_no_change() {
        let dialect = Dialect::parse("name: x\nfixed: { users: [userName, name] }").expect("a dialect");
        let text = r#"{"action":"update","after":{"userName":"b"},"before":{"userName":"a"},"id":"user:b","key":"user:b","needs":[],"postcondition":"sha256:0000000000000000000000000000000000000000000000000000000000000000","precondition":{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"},"reason":"differ","remote_id":"1","type":"User"}"#;
        let renamed: Change = serde_json::from_str(text).expect("a change");
        let mut both = renamed.clone();
        both.after.insert("title".into(), Some(Value::text("Dr")));
        let mut draft = Draft {
            changes: vec![renamed, both],
            ..Draft::default()
        };
        let settled = settle(&mut draft, &dialect, &dialect.catalog());
        assert_eq!(
            settled.kept,
            ["x does not change `userName` of what exists: 2 differences stay"]
        );
        assert_eq!((draft.changes.len(), draft.changes[0].after.len()), (1, 1));
    }
}
