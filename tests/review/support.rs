//! Plans to be drawn: a small one that says a little of everything, a large one, and one with a text in every
//! field.

use std::collections::BTreeMap;

use wpsync::digest::Digest;
use wpsync::model::{Key, Kind, Reference, Value};
use wpsync::plan::Header;
use wpsync::plan::facts::{DirectoryFacts, FileFacts, SnapshotFacts};
use wpsync::plan::guard::{GuardFigure, Waiver};
use wpsync::plan::remainder::{Counted, Held, HeldReason, UnreadRow, UnreadRows};
use wpsync::plan::{Action, Change, MembersDelta, Plan, Precondition};

/// A change without values.
pub fn change(action: Action, kind: Kind, name: &str) -> Change {
    let key = Key::new(kind, name);
    let nothing = Digest::of_bytes(b"");
    Change {
        action,
        after: BTreeMap::new(),
        before: BTreeMap::new(),
        id: key.id(),
        key,
        members: None,
        needs: Vec::new(),
        origin: (!action.is_removal()).then(|| "people.yaml:7:5".into()),
        origins: BTreeMap::new(),
        postcondition: nothing,
        precondition: Precondition {
            digest: nothing,
            version: None,
        },
        reason: if action.is_removal() {
            "no source declares it any more"
        } else {
            "the sources say so"
        }
        .into(),
        remote_id: (action != Action::Create).then(|| format!("id-{name}").into()),
        kind,
    }
}

/// The same change with one more attribute; an empty text is no value.
pub fn with(mut change: Change, path: &str, before: &str, after: &str) -> Change {
    let value = |text: &str| (!text.is_empty()).then(|| Value::text(text));
    change.before.insert(path.into(), value(before));
    change.after.insert(path.into(), value(after));
    change
}

pub fn member(name: &str) -> Reference {
    Reference::to_key(Key::new(Kind::User, name))
}

/// A group of which some leave and some join.
pub fn group(name: &str, before: u64, leave: &[&str], join: &[&str]) -> Change {
    let references = |names: &[&str]| names.iter().map(|name| member(name)).collect::<Vec<_>>();
    let after = before + join.len() as u64 - leave.len() as u64;
    let members = MembersDelta {
        add: references(join),
        after: Some(after),
        before: Some(before),
        remove: references(leave),
    };
    Change {
        members: Some(members),
        ..change(Action::Update, Kind::Group, name)
    }
}

pub fn guard(name: &str, count: u64, limit: u64) -> GuardFigure {
    GuardFigure {
        count,
        guard: name.into(),
        limit,
        of: 400,
        ..GuardFigure::default()
    }
}

pub use plain::sealed;

#[path = "../plan/sealed.rs"]
mod plain;

/// The header of a plan of a small company.
pub fn header() -> Header {
    let plain = plain::header();
    Header {
        author: Some("ada".into()),
        guards: vec![
            guard("create", 1, 40),
            guard("remove", 2, 20),
            guard("update", 4, 120),
        ],
        snapshot: SnapshotFacts {
            groups: 12,
            managed_users: 381,
            unmanaged_groups: 1,
            unmanaged_users: 7,
            undeclared: None,
            users: 388,
            ..plain.snapshot
        },
        sources: vec![FileFacts {
            bytes: 20,
            path: "people.yaml".into(),
            rows: 380,
            sha256: "0".repeat(64),
        }],
        ..plain
    }
}

/// A little of everything.
pub fn small() -> Plan {
    let mut created = with(
        with(
            change(Action::Create, Kind::User, "olu@example.com"),
            "userName",
            "",
            "olu@example.com",
        ),
        "title",
        "",
        "Writer",
    );
    created.after.insert(
        "manager".into(),
        Some(Value::Reference(Box::new(member("ada@example.com")))),
    );
    let mut everyone = group("Everyone", 3, &["bob@example.com"], &["olu@example.com"]);
    everyone.needs = vec![created.id.clone()];
    let off = |name| {
        let mut off = change(Action::Deactivate, Kind::User, name);
        off.before.insert("active".into(), Some(Value::Boolean(true)));
        off.after.insert("active".into(), Some(Value::Boolean(false)));
        off
    };
    let mut deleted = change(Action::Delete, Kind::User, "zed@example.com");
    deleted
        .before
        .insert("displayName".into(), Some(Value::text("Zed Shaw")));
    let moved = |name| {
        with(
            change(Action::Update, Kind::User, name),
            "department",
            "Sales",
            "Revenue",
        )
    };
    let renamed = with(
        moved("mary@example.com"),
        "userName",
        "maria@example.com",
        "mary@example.com",
    );
    sealed(
        header(),
        vec![
            moved("ada@example.com"),
            off("bob@example.com"),
            moved("carl@example.com"),
            renamed,
            created,
            deleted,
            everyone,
        ],
    )
}

/// Twenty thousand changes as a reorganisation makes them.
pub fn large() -> &'static Plan {
    static LARGE: std::sync::OnceLock<Plan> = std::sync::OnceLock::new();
    LARGE.get_or_init(reorganisation)
}

fn reorganisation() -> Plan {
    let mut changes = Vec::new();
    for number in 0..20_000_u32 {
        let name = format!("person.{number:05}@example.com");
        let user = |action| change(action, Kind::User, &name);
        changes.push(match number % 40 {
            0 => {
                let join: Vec<_> = (1..20)
                    .map(|more| format!("person.{:05}@example.com", (number + more) % 20_000))
                    .collect();
                group(
                    &format!("Team {number}"),
                    25,
                    &[&name],
                    &join.iter().map(String::as_str).collect::<Vec<_>>(),
                )
            }
            1 => Change {
                before: [(
                    "displayName".into(),
                    Some(Value::text(format!("Person {number}"))),
                )]
                .into(),
                ..user(Action::Delete)
            },
            2 | 3 => with(user(Action::Deactivate), "active", "true", "false"),
            4..=15 => with(
                with(
                    with(user(Action::Create), "userName", "", &name),
                    "name.givenName",
                    "",
                    "Person",
                ),
                "title",
                "",
                "Engineer",
            ),
            16..=30 => with(user(Action::Update), "department", "Sales", "Revenue"),
            _ => with(
                with(
                    user(Action::Update),
                    "title",
                    &format!("Title {}", number % 977),
                    &format!("Title {number}"),
                ),
                "addresses.work.locality",
                "Zürich",
                "Genève",
            ),
        });
    }
    sealed(
        Header {
            guards: vec![
                guard("create", 6_000, 40),
                guard("remove", 1_500, 1_500),
                guard("update", 12_500, 120),
            ],
            ..header()
        },
        changes,
    )
}

fn counted(text: &str) -> Counted {
    let mut counted = Counted::default();
    counted.add(&Key::new(Kind::User, text));
    counted
}

/// A plan with this text wherever a plan has a text.
pub fn everywhere(text: &str) -> Plan {
    let kind_and_action = [
        (Kind::User, Action::Create),
        (Kind::User, Action::Update),
        (Kind::User, Action::Update),
        (Kind::User, Action::Deactivate),
        (Kind::User, Action::Reactivate),
        (Kind::User, Action::Delete),
        (Kind::Group, Action::Create),
        (Kind::Group, Action::Update),
        (Kind::Group, Action::Delete),
    ];
    let changes: Vec<_> = kind_and_action
        .into_iter()
        .enumerate()
        .map(|(number, (kind, action))| poisoned(number, kind, action, text))
        .collect();
    let file = || FileFacts {
        bytes: 1,
        path: text.into(),
        rows: 1,
        sha256: text.into(),
    };
    let header = Header {
        adopted: vec![text.into()],
        held: vec![Held {
            key: Key::new(Kind::User, text),
            message: text.into(),
            next: text.into(),
            origin: Some(text.into()),
            reason: HeldReason::Inactive,
        }],
        unread: UnreadRows {
            kept: [("users".into(), counted(text))].into(),
            rows: vec![UnreadRow {
                kind: Kind::User,
                message: text.into(),
                next: text.into(),
                origin: text.into(),
            }],
        },
        not_held: [(text.into(), 1)].into(),
        staying: [(text.into(), counted(text))].into(),
        // A name of what is managed is ours, but for the group in it.
        withheld: [(format!("group:{text}"), counted(text))].into(),
        author: Some(text.into()),
        commit: Some(text.into()),
        config: file(),
        directory: DirectoryFacts {
            about: Some(text.into()),
            dialect: text.into(),
            dialect_digest: Digest::of_bytes(b""),
            origin: text.into(),
            tenant: Some(text.into()),
        },
        guards: vec![
            guard(text, 9, 1),
            GuardFigure {
                cases: vec![text.into()],
                ..guard("remove", 9, 1)
            },
            guard("update", 9, 1),
        ],
        plan_id: text.into(),
        pseudonym_key: text.into(),
        reverses: Some(text.into()),
        selection: Some(wpsync::plan::Selection {
            only: vec![Key::new(Kind::User, text)],
            ..wpsync::plan::Selection::default()
        }),
        sources: vec![file(), file()],
        tool: text.into(),
        waivers: ["remove", "update", text]
            .map(|guard| Waiver {
                count: 8,
                guard: guard.into(),
                reason: text.into(),
            })
            .into(),
        ..header()
    };
    sealed(header, changes)
}

fn poisoned(number: usize, kind: Kind, action: Action, text: &str) -> Change {
    let by_key = Value::Reference(Box::new(member(text)));
    let by_id = Value::Reference(Box::new(Reference::to_id(text)));
    let values = [
        (text, Value::text(text)),
        (kind.naming_attribute(), Value::text(text)),
        ("manager", by_key.clone()),
        ("other", by_id.clone()),
        ("roles", Value::List([Value::text(text), by_key, by_id].into())),
    ];
    let mut poisoned = change(action, kind, text);
    poisoned.before = values
        .iter()
        .map(|(path, value)| ((*path).into(), Some(value.clone())))
        .collect();
    poisoned.after = poisoned.before.clone();
    poisoned.id = format!("{text}{number}");
    poisoned.needs = if number > 0 {
        vec![format!("{text}{}", number - 1)]
    } else {
        Vec::new()
    };
    poisoned.origin = (number.is_multiple_of(2)).then(|| text.into());
    poisoned.origins = [(text.into(), text.into())].into();
    poisoned.reason = text.into();
    poisoned.remote_id = Some(text.into());
    poisoned.precondition.version = Some(text.into());
    if kind == Kind::Group {
        let both = || {
            vec![
                member(text),
                Reference::to_id(text),
                Reference::to_key(Key::new(Kind::Group, text)),
            ]
        };
        poisoned.members = Some(MembersDelta {
            add: both(),
            after: Some(3),
            before: Some(3),
            remove: both(),
        });
    }
    poisoned
}

/// Our list of nasty texts, and some made of their most dangerous parts.
pub fn naughty() -> Vec<String> {
    let mut texts: Vec<String> = serde_json::from_str(include_str!("naughty.json")).expect("a list of texts");
    assert!(texts.len() >= 200);
    let parts = [
        "`",
        "```",
        "\n",
        "\u{1b}[2J",
        "</script>",
        "<!--",
        "::error::",
        "##[x]",
        "|",
        "[x](y)",
        "@team",
        "\u{202e}",
        "\\",
        "</details>",
    ];
    texts.extend(
        parts
            .iter()
            .flat_map(|one| parts.iter().map(move |other| format!("{one}{other}"))),
    );
    texts.extend(
        parts
            .iter()
            .flat_map(|one| ["x", " "].map(|edge| format!("{edge}{one}{edge}"))),
    );
    texts.extend(parts.iter().map(|one| one.repeat(200)));
    texts.push("long ".repeat(2_000));
    texts
}
