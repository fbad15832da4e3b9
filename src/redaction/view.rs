//! The view: a plan in which all personal data is replaced.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::level::Redaction;
use super::mask::mask;
use super::pseudonym::Pseudonyms;
use crate::model::{Key, Kind, ManagedAccounts, Reference, Value};
use crate::plan::by_hand::ByHand;
use crate::plan::facts::{FileFacts, SnapshotFacts};
use crate::plan::guard::GuardFigure;
use crate::plan::ownership::Managed;
use crate::plan::remainder::{
    Counted, Held, LeftReferences, MOST_NAMES, Staying, UnreadRow, UnreadRows, Withheld,
};
use crate::plan::{Change, Header, MembersDelta, Plan, Precondition, Privileges, Selection, Values};
use crate::whole::content::{Push, PushedGroup, PushedPerson, Settings};

/// The attributes of a person that a masked view shows in full. They say where a person belongs, not who the
/// person is. Of a group, a masked view shows the name.
const OPEN: [&str; 10] = [
    "active",
    "costCenter",
    "department",
    "division",
    "locale",
    "organization",
    "preferredLanguage",
    "roles",
    "timezone",
    "userType",
];

struct View {
    redaction: Redaction,
    pseudonyms: Pseudonyms,
}

pub(super) fn view(plan: &Plan, redaction: Redaction) -> Plan {
    let view = View {
        redaction,
        pseudonyms: Pseudonyms::new(&plan.header.pseudonym_key),
    };
    let ids: BTreeMap<&str, String> = plan
        .changes
        .iter()
        .map(|change| (change.id.as_str(), view.id(change)))
        .collect();
    Plan {
        header: view.header(plan, &ids),
        changes: plan
            .changes
            .iter()
            .map(|change| view.change(change, &ids))
            .collect(),
        digest: plan.digest,
    }
}

impl View {
    fn header(&self, plan: &Plan, ids: &BTreeMap<&str, String>) -> Header {
        let header = &plan.header;
        let file = |file: &FileFacts| FileFacts {
            sha256: self.pseudonyms.digits("file", &file.sha256),
            path: Arc::clone(&file.path),
            pattern: file.pattern.clone(),
            ..*file
        };
        Header {
            adopted: header.adopted.iter().map(|name| nameless(name)).collect(),
            guards: header
                .guards
                .iter()
                .map(|figure| GuardFigure {
                    cases: Vec::new(),
                    ..figure.clone()
                })
                .collect(),
            managed: Managed::default(),
            newly_managed: ManagedAccounts::default(),
            by_hand: header
                .by_hand
                .iter()
                .map(|found| self.by_hand(found, ids))
                .collect(),
            held: header.held.iter().map(|held| self.held(held)).collect(),
            staying: self.staying(&header.staying),
            withheld: self.withheld(&header.withheld),
            without_state: self.withheld(&header.without_state),
            unnamed: self.withheld(&header.unnamed),
            unread: self.unread(&header.unread),
            references: header.references.iter().map(|left| self.left(left)).collect(),
            author: header.author.as_deref().map(|author| self.text("author", author)),
            change_digest: plan.digest,
            config: file(&header.config),
            privileges: self.privileges(&header.privileges),
            pseudonym_key: String::new(),
            push: header.push.as_ref().map(|push| self.push(push)),
            selection: header
                .selection
                .as_ref()
                .map(|selection| self.selection(selection)),
            snapshot: SnapshotFacts {
                fingerprint: self.pseudonyms.digest(header.snapshot.fingerprint),
                undeclared: None,
                ..header.snapshot.clone()
            },
            sources: header.sources.iter().map(file).collect(),
            ..header.clone()
        }
    }

    /// The held person or group and the reason, without the parts of the reason that name others.
    fn held(&self, held: &Held) -> Held {
        Held {
            key: self.key(&held.key),
            message: held.reason.said().to_owned(),
            next: "(redacted)".to_owned(),
            origin: held.origin.clone(),
            reason: held.reason,
        }
    }

    /// The rows that do not say whom they declare, without what they say.
    fn unread(&self, unread: &UnreadRows) -> UnreadRows {
        let row = |row: &UnreadRow| UnreadRow {
            message: "it does not say whom it declares".to_owned(),
            next: "(redacted)".to_owned(),
            ..row.clone()
        };
        UnreadRows {
            kept: self.withheld(&unread.kept),
            rows: unread.rows.iter().map(row).collect(),
        }
    }

    /// References to a name that no source declares.
    fn left(&self, left: &LeftReferences) -> LeftReferences {
        LeftReferences {
            name: self.text("name", &left.name),
            who: self.counted(&left.who),
            ..left.clone()
        }
    }

    fn by_hand(&self, found: &ByHand, ids: &BTreeMap<&str, String>) -> ByHand {
        let value = |value: &Option<Value>| {
            let path = found.path.clone()?;
            let shown = self.values(found.key.kind, &Values::from([(path, value.clone())]));
            shown.into_values().next().flatten()
        };
        ByHand {
            change: ids.get(found.change.as_str()).cloned().unwrap_or_default(),
            found: value(&found.found),
            key: self.key(&found.key),
            last: value(&found.last),
            member: found.member.as_ref().map(|member| self.reference(member)),
            path: found.path.clone(),
            what: found.what,
        }
    }

    /// The groups and roles as the changes show them.
    fn privileges(&self, given: &Privileges) -> Privileges {
        let role = |role: &String| match self.redaction {
            Redaction::Masked => role.clone(),
            _ => self.text("value", role),
        };
        Privileges {
            groups: given.groups.iter().map(|group| self.key(group)).collect(),
            roles: given.roles.iter().map(role).collect(),
        }
    }

    fn counted(&self, counted: &Counted) -> Counted {
        Counted {
            count: counted.count,
            first: counted.first.iter().map(|key| self.key(key)).collect(),
        }
    }

    fn staying(&self, staying: &Staying) -> Staying {
        staying
            .iter()
            .map(|(name, counted)| (name.clone(), self.counted(counted)))
            .collect()
    }

    fn withheld(&self, withheld: &Withheld) -> Withheld {
        let mut shown = Withheld::new();
        for (name, counted) in withheld {
            let Counted { count, first } = self.counted(counted);
            let all: &mut Counted = shown.entry(nameless(name)).or_default();
            all.count += count;
            all.first.extend(first);
            all.first.truncate(MOST_NAMES);
        }
        shown
    }

    /// The push: names of groups as elsewhere, and people's fields as values.
    fn push(&self, push: &Push) -> Push {
        let person = |email: &str| self.key(&Key::new(Kind::User, email)).name.to_string();
        let values = |fields: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            fields
                .iter()
                .map(|(field, value)| {
                    (
                        field.clone(),
                        if value.is_empty() {
                            String::new()
                        } else {
                            self.text("value", value)
                        },
                    )
                })
                .collect()
        };
        let named = |fields: &BTreeMap<String, String>| {
            if self.redaction == Redaction::Masked {
                fields.clone()
            } else {
                values(fields)
            }
        };
        Push {
            groups: push
                .groups
                .iter()
                .map(|group| PushedGroup {
                    fields: named(&group.fields),
                    members: group.members.iter().map(|one| person(one)).collect(),
                    ..group.clone()
                })
                .collect(),
            people: push
                .people
                .iter()
                .map(|one| PushedPerson {
                    email: person(&one.email),
                    fields: values(&one.fields),
                    leads: one.leads.clone(),
                })
                .collect(),
            settings: Settings {
                manager: push.settings.manager.as_deref().map(person),
                ..push.settings
            },
        }
    }

    fn selection(&self, selection: &Selection) -> Selection {
        let keys = |keys: &[Key]| keys.iter().map(|key| self.key(key)).collect();
        Selection {
            corrections: selection.corrections,
            deactivate: keys(&selection.deactivate),
            delete: keys(&selection.delete),
            only: keys(&selection.only),
        }
    }

    fn change(&self, change: &Change, ids: &BTreeMap<&str, String>) -> Change {
        let need = |need: &String| {
            ids.get(need.as_str())
                .cloned()
                .unwrap_or_else(|| self.pseudonyms.of("id", need))
        };
        Change {
            action: change.action,
            after: self.values(change.kind, &change.after),
            before: self.values(change.kind, &change.before),
            id: ids.get(change.id.as_str()).cloned().unwrap_or_default(),
            key: self.key(&change.key),
            members: change.members.as_ref().map(|members| self.members(members)),
            needs: change.needs.iter().map(need).collect(),
            origin: change.origin.clone(),
            origins: change.origins.clone(),
            postcondition: self.pseudonyms.digest(change.postcondition),
            // A version may be a hash of the resource's content.
            precondition: Precondition {
                digest: self.pseudonyms.digest(change.precondition.digest),
                version: None,
            },
            reason: "(redacted)".into(),
            remote_id: change.remote_id.as_deref().map(|id| self.remote_id(id)),
            kind: change.kind,
        }
    }

    /// A change's id: its key, with the suffix that distinguishes changes of the same key.
    fn id(&self, change: &Change) -> String {
        match change.id.strip_prefix(&change.key.id()) {
            Some(rest) => format!("{}{rest}", self.key(&change.key).id()),
            None => self.pseudonyms.of("id", &change.id),
        }
    }

    /// A name. A pseudonym is added, so that two people with the same first letters differ.
    fn key(&self, key: &Key) -> Key {
        let pseudonym = self.pseudonyms.of(key.kind.word(), key.uncased());
        match (self.redaction, key.kind) {
            (Redaction::Masked, Kind::Group) => key.clone(),
            (Redaction::Masked, Kind::User) => {
                Key::new(key.kind, &format!("{} ({pseudonym})", mask(&key.name)))
            }
            _ => Key::new(key.kind, &pseudonym),
        }
    }

    /// The directory's id. An id with `@` is replaced, because some directories use the address as the id.
    fn remote_id(&self, id: &str) -> Box<str> {
        if id.contains('@') {
            self.pseudonyms.of("remote", id).into()
        } else {
            id.into()
        }
    }

    fn members(&self, members: &MembersDelta) -> MembersDelta {
        let all = |references: &[Reference]| references.iter().map(|one| self.reference(one)).collect();
        MembersDelta {
            add: all(&members.add),
            remove: all(&members.remove),
            ..*members
        }
    }

    fn reference(&self, reference: &Reference) -> Reference {
        Reference {
            id: reference.id.as_deref().map(|id| self.remote_id(id)),
            key: reference.key.as_ref().map(|key| self.key(key)),
        }
    }

    fn values(&self, kind: Kind, values: &Values) -> Values {
        let is_open = |path: &str| match kind {
            Kind::User => OPEN.contains(&path),
            Kind::Group => path == kind.naming_attribute(),
        };
        let shown = |path: &str, value: &Value| {
            let open = self.redaction == Redaction::Masked && is_open(path);
            if open { value.clone() } else { self.value(value) }
        };
        values
            .iter()
            .map(|(path, value)| (path.clone(), value.as_ref().map(|value| shown(path, value))))
            .collect()
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Boolean(value) => Value::Boolean(*value),
            Value::Integer(number) => Value::text(self.text("value", &number.to_string())),
            Value::Text(text) => Value::text(self.text("value", text)),
            Value::List(values) => Value::List(values.iter().map(|value| self.value(value)).collect()),
            Value::Reference(reference) => Value::Reference(Box::new(self.reference(reference))),
        }
    }

    fn text(&self, purpose: &str, text: &str) -> String {
        if self.redaction == Redaction::Masked {
            mask(text)
        } else {
            self.pseudonyms.of(purpose, text)
        }
    }
}

/// `group:…` for every group. Other names hold no personal data.
fn nameless(name: &str) -> String {
    if name.starts_with("group:") {
        "group:…".into()
    } else {
        name.to_owned()
    }
}
