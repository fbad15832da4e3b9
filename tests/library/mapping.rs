//! `map`, `scope` and `within`: what expressions compute and decide, and where their mistakes are shown.

use wpsync::model::{Attributes, Key, Kind, Live, ManagedAccounts, Value};
use wpsync::project::{Absent, Within};

use crate::folder::{CATALOG, Folder, config, problems};
use crate::sources::all;

fn folder(rest: &str, csv: &str) -> Folder {
    let config = config("  - a.csv\n") + rest;
    Folder::new(&[("wpsync.yaml", config.as_str()), ("a.csv", csv)])
}

#[test]
fn attributes_are_computed_from_rows() {
    let rest = "map:\n  users:\n    displayName: 'join(\" \", [row.first, row[\"Last name\"]])'\n    \
                active: 'row.status == \"here\"'\n    title: row.title.trim()\n";
    let loaded = folder(
        &rest.replace("    title: row.title.trim()\n", ""),
        "userName,First,Last name,Status\nada,Ada,L,here\nbob,,B,gone\n",
    )
    .load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        all(&loaded.desired.expect("desired")),
        [
            "user:ada active=true displayName=Ada L userName=ada",
            "user:bob active=false displayName=B userName=bob"
        ]
    );
    let people =
        "users:\n  - userName: ada\n    first: Ada\n    last: L\n  - userName: bob\n    displayName: Bob\n";
    let config =
        config("  - a.yaml\n") + "map: { users: { displayName: 'join(\" \", [row.first, row.last])' } }\n";
    let loaded = Folder::new(&[("wpsync.yaml", config.as_str()), ("a.yaml", people)]).load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        all(&loaded.desired.expect("desired")),
        [
            "user:ada displayName=Ada L userName=ada",
            "user:bob displayName=Bob userName=bob"
        ]
    );
}

#[test]
fn mistakes_in_expressions_have_their_place() {
    for (rest, expected) in [
        (
            "map: { users: { displayName: 'row.first +' } }\n",
            "wpsync.yaml:5:",
        ),
        (
            "map: { users: { displaName: 'row.first' } }\n",
            "wpsync.yaml:5:17 unknown-attribute",
        ),
        (
            "map: { users: { groups: 'row.first' } }\n",
            "wpsync.yaml:5:17 unknown-attribute",
        ),
        (
            "map: { users: { displayName: 'row.frist' } }\n",
            "a.csv:1:10 unknown-header",
        ),
        (
            "map: { users: { displayName: 'row.nothing' } }\n",
            "a.csv:1:10 unknown-header",
        ),
        (
            "map: { users: { active: 'row.first' } }\n",
            "a.csv:2:1 not-a-boolean",
        ),
        (
            "map: { users: { userName: 'row.first' } }\n",
            "a.csv:2:1 duplicate-attribute",
        ),
        (
            "scope: { users: 'user.departement == \"x\"' }\n",
            "wpsync.yaml:5:17 unknown-attribute",
        ),
        (
            "scope: { users: 'user.department == \"x\"' }\n",
            "a.csv:1:10 unknown-header",
        ),
        ("scope: { users: 'user' }\n", "wpsync.yaml:5:18 bad-expression"),
        ("scope: { people: 'true' }\n", "wpsync.yaml:5:10 unknown-key"),
        (
            "manage: { users: { absent: delete, within: 'user.userName == ' } }\n",
            "wpsync.yaml:5:",
        ),
        (
            "manage: { users: { absent: delete, within: '' } }\n",
            "wpsync.yaml:5:44 not-a-text",
        ),
    ] {
        let loaded = folder(rest, "userName,First\nada,Ada\n").load();
        let found = problems(&loaded);
        assert!(
            found.iter().any(|problem| problem.starts_with(expected)),
            "{rest}: {found:?}"
        );
        assert!(
            loaded.diagnostics.sorted().iter().all(|one| one.hint.is_some()) && loaded.desired.is_none(),
            "{rest}"
        );
    }
    let loaded = folder(
        "scope: { users: 'user.title == \"x\"' }\n",
        "userName,title\nada,x\nbob,\n",
    )
    .load();
    assert_eq!(
        problems(&loaded),
        ["a.csv:3:1 scope-failed"],
        "an absent attribute decides nothing"
    );
    let loaded = folder(
        "map: { users: { displayName: 'row.nothing' } }\n",
        "userName\nada\n",
    )
    .load();
    assert_eq!(problems(&loaded), ["wpsync.yaml:5:30 unused-expression"]);
}

#[test]
fn scope_decides_which_declared_people_count() {
    let rest = "scope: { users: 'user.userName.endsWith(\"@example.com\") && has(user.title)' }\n";
    let loaded = folder(
        rest,
        "userName,title\nada@example.com,x\nbob@example.com,\neve@other.com,x\n",
    )
    .load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        all(&loaded.desired.expect("desired")),
        ["user:ada@example.com title=x userName=ada@example.com"]
    );
}

#[test]
fn f057_within_decides_which_live_people_are_ours_and_never_guesses() {
    let rest = "manage: { users: { absent: delete, within: 'user.department == \"Sales\"' } }\n";
    let loaded = folder(rest, "userName\nada\n").load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let manage = loaded.project.expect("a project").manage.users;
    let within = manage.within.expect("within");
    let department = CATALOG.well_known(Kind::User, "department");
    let live = |attributes: Attributes| Live {
        kind: Kind::User,
        id: "1".into(),
        version: None,
        attributes,
        members: None,
    };
    let of = |name: &str| live(Attributes::from_iter([(department, Value::text(name))]));
    let (nobody, unknown) = (ManagedAccounts::default(), live(Attributes::new()));
    assert_eq!(
        (
            manage.absent,
            within.covers(&of("Sales"), &nobody),
            within.covers(&of("Legal"), &nobody)
        ),
        (Absent::Delete, Ok(true), Ok(false))
    );
    assert!(within.covers(&unknown, &nobody).is_err());
    assert_eq!(Within::All.covers(&unknown, &nobody), Ok(true));
    let mut one = ManagedAccounts::default();
    one.add("1".into(), &Key::new(Kind::User, "ada"));
    assert_eq!(
        [&nobody, &one].map(|accounts| Within::Managed.covers(&unknown, accounts)),
        [Ok(false), Ok(true)]
    );
}

#[test]
fn an_attribute_can_come_from_a_column_a_constant_or_an_expression_of_entra() {
    let rest = "map:\n  users:\n    displayName: { entra: 'Join(\" \", [First], [surname])' }\n    \
                title: { from: job, default: Staff }\n    \
                userType: { constant: Employee, apply: create }\n    \
                nickName: { expression: 'row.nick', empty: clear }\n    \
                'urn:scim:schemas:extension:enterprise:1.0.department': { from: department }\n    \
                locale: { default: de-DE }\n";
    let csv = "userName,First,surname,job,nick,department,locale\nada,Ada,L,Boss,a,Sales,en-US\nbob,,B,,,,\n";
    let loaded = folder(rest, csv).load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        all(&loaded.desired.expect("desired")),
        [
            "user:ada department=Sales displayName=Ada L locale=en-US nickName=a title=Boss userName=ada \
             userType~Employee",
            "user:bob displayName=B locale~de-DE nickName! title~Staff userName=bob userType~Employee",
        ]
    );
}

#[test]
fn mistakes_in_mappings_and_filters_have_their_place() {
    for (rest, expected) in [
        (
            "map: { users: { title: { from: First, constant: x } } }\n",
            "wpsync.yaml:5:49 bad-mapping",
        ),
        (
            "map: { users: { title: { apply: create } } }\n",
            "wpsync.yaml:5:24 missing-key",
        ),
        (
            "map: { users: { title: { from: First, aply: create } } }\n",
            "wpsync.yaml:5:39 unknown-key",
        ),
        (
            "map: { users: { userName: { from: First, apply: create } } }\n",
            "wpsync.yaml:5:27 bad-mapping",
        ),
        (
            "map: { users: { active: { constant: maybe } } }\n",
            "wpsync.yaml:5:37 not-a-boolean",
        ),
        (
            "map: { users: { title: { entra: 'Jion([First])' } } }\n",
            "wpsync.yaml:5:34 bad-expression",
        ),
        (
            "map: { users: { title: 'Split(row.First, \",\")' } }\n",
            "wpsync.yaml:5:24 bad-expression",
        ),
        (
            "map: { users: { active: 'Count(row.First)' } }\n",
            "wpsync.yaml:5:25 bad-expression",
        ),
        (
            "map: { preset: entra-workplac }\n",
            "wpsync.yaml:5:16 unknown-preset",
        ),
        (
            "map: { preset: entra-workplace }\n",
            "wpsync.yaml:5:16 unknown-preset",
        ),
        ("scope: { users: [] }\n", "wpsync.yaml:5:17 empty-scope"),
        (
            "scope: { users: [{ clauses: [{ attribute: title, operator: EQUAL, value: x }] }] }\n",
            "wpsync.yaml:5:30 unknown-operator",
        ),
        (
            "scope: { users: [{ clauses: [{ attribute: titel, operator: EQUALS, value: x }] }] }\n",
            "wpsync.yaml:5:30 unknown-attribute",
        ),
        (
            "scope: { users: 'user.title' }\n",
            "wpsync.yaml:5:17 bad-expression",
        ),
        (
            "scope: { users: 'user.active.endsWith(\"x\")' }\n",
            "wpsync.yaml:5:30 bad-expression",
        ),
    ] {
        let loaded = folder(rest, "userName,First\nada,Ada\n").load();
        let found = problems(&loaded);
        assert!(
            found.iter().any(|problem| problem.starts_with(expected)),
            "{rest}: {found:?}"
        );
        assert!(
            loaded.diagnostics.sorted().iter().all(|one| one.hint.is_some()) && loaded.desired.is_none(),
            "{rest}"
        );
    }
}

#[test]
fn of_filters_one_must_hold_and_of_its_clauses_all() {
    let rest = "scope:\n  users:\n    - title: Sales in Ulm\n      clauses:\n        \
                - { attribute: department, operator: EQUALS, value: Sales }\n        \
                - { attribute: addresses.work.locality, operator: EQUALS, value: Ulm }\n    \
                - clauses: [{ attribute: title, operator: IS NOT NULL }]\n";
    let csv = "userName,department,addresses.work.locality,title\nada,Sales,Ulm,\nbob,Sales,Bonn,\n\
               eve,,,Boss\nzoe,sales,Ulm,\n";
    let loaded = folder(rest, csv).load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let names: Vec<_> = loaded
        .desired
        .expect("desired")
        .users
        .iter()
        .map(|one| one.key.name.to_string())
        .collect();
    assert_eq!(names, ["ada", "eve"]);
}
