//! A small company in memory: desired resources and live ones, written in a line each.

use std::sync::OnceLock;

use wpsync::desired::{Desired, DesiredAttribute, DesiredMember, DesiredResource, Wish};
use wpsync::diagnostics::{FileId, Files, Origin};
use wpsync::dialect::Dialect;
use wpsync::dialect::UniqueAttributes;
use wpsync::model::Live;
use wpsync::model::ManagedAccounts;
use wpsync::model::Member;
use wpsync::model::Snapshot;
use wpsync::model::{Attributes, Catalog, DataType, Key, Kind, Place, Reference, Value};
use wpsync::plan::access::AccessRecord;
use wpsync::plan::guard::Waiver;
use wpsync::plan::ownership::Ownership;
use wpsync::plan::{Blocked, Change, Draft, DraftBasis, HeldReason, Plan, draft};
use wpsync::policy::{Ceilings, KindPolicy, Policy};
use wpsync::project::{Absent, Members, Protected, Swaps, Within};

pub use sealed::{header, sealed};

#[path = "sealed.rs"]
mod sealed;

pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(Catalog::built_in)
}

/// The attributes of a service that tells names apart by case.
fn case_exact() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    let rows = "name: exact\ncase_exact: { users: [userName], groups: [displayName] }\n";
    CATALOG.get_or_init(|| Dialect::parse(rows).expect("a dialect").catalog())
}

/// The files and the one place that every test's declarations stand in.
fn origin() -> (Files, FileId) {
    let mut files = Files::new();
    let file = files.add("people.yaml", "");
    (files, file)
}

fn value(kind: Kind, path: &str, text: &str) -> Value {
    let attribute = catalog().find(kind, path).expect("a known attribute");
    match (attribute.data_type, &attribute.place) {
        (_, Place::Reference) => Value::Reference(Box::new(Reference::to_key(Key::new(Kind::User, text)))),
        (DataType::Boolean, _) => Value::Boolean(text == "true"),
        (_, Place::Set { .. }) => Value::set(text.split(';').map(Value::text).collect()),
        _ => Value::text(text),
    }
}

/// A desired resource; the first attribute names it. An empty value clears.
pub fn wanted(kind: Kind, attributes: &[(&str, &str)], members: Option<&[&str]>) -> DesiredResource {
    let (_, file) = origin();
    let origin = Origin {
        file,
        line: 1,
        column: 1,
    };
    let mut asked: Vec<_> = attributes
        .iter()
        .map(|(path, text)| DesiredAttribute {
            attribute: catalog().find(kind, path).expect("a known attribute").id,
            wish: if text.is_empty() {
                Wish::Clear
            } else {
                Wish::Set(value(kind, path, text))
            },
            origin,
        })
        .collect();
    asked.sort_by_key(|one| one.attribute);
    let member = |name: &&str| DesiredMember {
        key: Key::parse(name).unwrap_or_else(|| Key::new(Kind::User, name)),
        origin,
    };
    let mut members: Option<Vec<_>> = members.map(|names| names.iter().map(member).collect());
    if let Some(members) = &mut members {
        members.sort_by(|one, other| one.key.cmp(&other.key));
    }
    DesiredResource {
        key: Key::new(kind, attributes[0].1),
        origin,
        attributes: asked,
        members,
        empties_members: false,
        has_unread_members: false,
        problem: None,
    }
}

pub fn user(attributes: &[(&str, &str)]) -> DesiredResource {
    wanted(Kind::User, attributes, None)
}

pub fn group(name: &str, members: &[&str]) -> DesiredResource {
    wanted(Kind::Group, &[("displayName", name)], Some(members))
}

/// A live resource. A manager is written by id.
pub fn live(kind: Kind, id: &str, attributes: &[(&str, &str)], members: Option<&[&str]>) -> Live {
    let held: Attributes = attributes
        .iter()
        .map(|(path, text)| {
            let attribute = catalog().find(kind, path).expect("a known attribute");
            let held = match attribute.place {
                Place::Reference => Value::Reference(Box::new(Reference::to_id(*text))),
                _ => value(kind, path, text),
            };
            (attribute.id, held)
        })
        .collect();
    let member = |id: &&str| Member {
        reference: Reference::to_id(*id),
        kind: None,
    };
    Live {
        kind,
        id: id.into(),
        version: None,
        attributes: held,
        members: members.map(|ids| ids.iter().map(member).collect()),
    }
}

/// A company: what is desired and what is live.
#[derive(Default)]
pub struct Company {
    pub desired: Desired,
    pub snapshot: Snapshot,
    pub users_absent: Absent,
    pub groups_absent: Absent,
    pub members: Members,
    pub ownership: Ownership,
    pub access: AccessRecord,
    pub accounts: ManagedAccounts,
    pub unique: UniqueAttributes,
    pub selection: Option<wpsync::plan::Selection>,
    pub swaps: Swaps,
    pub waivers: Vec<Waiver>,
    pub protect: Vec<Protected>,
    /// Whether the service tells names apart by case.
    pub case_exact: bool,
}

impl Company {
    pub fn wants(mut self, resource: DesiredResource) -> Self {
        match resource.key.kind {
            Kind::User => self.desired.users.push(resource),
            Kind::Group => self.desired.groups.push(resource),
        }
        self
    }

    pub fn has(mut self, resource: Live) -> Self {
        match resource.kind {
            Kind::User => self.snapshot.users.push(resource),
            Kind::Group => self.snapshot.groups.push(resource),
        }
        self
    }

    pub fn has_user(self, id: &str, attributes: &[(&str, &str)]) -> Self {
        self.has(live(Kind::User, id, attributes, None))
    }

    pub fn has_group(self, id: &str, name: &str, members: &[&str]) -> Self {
        self.has(live(Kind::Group, id, &[("displayName", name)], Some(members)))
    }

    pub fn draft(&self) -> Result<Draft, Blocked> {
        let matched_by = |kind: Kind| vec![catalog().well_known(kind, "externalId"), catalog().naming(kind)];
        let policy = Policy {
            problems: wpsync::project::Problems::Refuse,
            are_members_partly_named: false,
            are_members_named_by_whole: true,
            users: KindPolicy {
                is_partly_named: false,
                is_named_by_whole: true,
                matched_by: matched_by(Kind::User),
                absent: self.users_absent,
                within: Some(Within::All),
                swaps: self.swaps,
            },
            groups: KindPolicy {
                is_partly_named: false,
                is_named_by_whole: true,
                matched_by: matched_by(Kind::Group),
                absent: self.groups_absent,
                within: Some(Within::All),
                swaps: self.swaps,
            },
            members: self.members,
            protect: self.protect.clone(),
            limits: Ceilings::default(),
            min_admins: Vec::new(),
        };
        let (files, _) = origin();
        draft(&DraftBasis {
            catalog: if self.case_exact { case_exact() } else { catalog() },
            desired: &self.desired,
            files: &files,
            snapshot: &self.snapshot,
            policy: &policy,
            ownership: &self.ownership,
            access: &self.access,
            accounts: &self.accounts,
            unique: &self.unique,
            waivers: &self.waivers,
            selection: self.selection.as_ref(),
        })
    }

    /// Who is held, and why.
    pub fn held(&self) -> Vec<(String, HeldReason)> {
        let draft = self
            .draft()
            .unwrap_or_else(|blocked| panic!("no plan: {:?}", blocked.0));
        let held = draft.remainder.held.into_iter();
        held.map(|held| (held.key.id(), held.reason)).collect()
    }

    /// The exception that a plan makes.
    pub fn waives(mut self, waiver: &str) -> Self {
        self.waivers.push(Waiver::parse(waiver).expect("a waiver"));
        self
    }

    pub fn changes(&self) -> Vec<Change> {
        self.draft()
            .unwrap_or_else(|blocked| panic!("no plan: {:?}", blocked.0))
            .changes
    }

    pub fn plan(&self) -> Plan {
        sealed(header(), self.changes())
    }
}

/// Each change as `action key: attribute=value…`, members as `+key` and `-key`.
pub fn lines(changes: &[Change]) -> Vec<String> {
    let words = |change: &Change| {
        let values = change
            .after
            .iter()
            .map(|(path, value)| format!("{path}={}", value.as_ref().map_or_else(String::new, Value::plain)));
        let delta = change.members.clone().unwrap_or_default();
        let name = |sign: &str, reference: &Reference| format!("{sign}{}", reference.plain());
        let members = delta
            .remove
            .iter()
            .map(|one| name("-", one))
            .chain(delta.add.iter().map(|one| name("+", one)))
            .collect::<Vec<_>>();
        values.chain(members).collect::<Vec<_>>().join(" ")
    };
    changes
        .iter()
        .map(|change| {
            format!("{} {}: {}", change.action.word(), change.id, words(change))
                .trim_end()
                .to_owned()
        })
        .collect()
}
