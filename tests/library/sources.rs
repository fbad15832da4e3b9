//! What sources become when nothing is wrong.

use wpsync::desired::{Desired, DesiredResource, Wish};
use wpsync::model::{Catalog, Kind};
use wpsync::project::Loaded;

use crate::folder::{CATALOG, Folder, config, problems};

/// A resource as text: `attribute=value`, sorted by attribute, then its members.
pub(crate) fn told(resource: &DesiredResource, catalog: &Catalog) -> String {
    let mut told = vec![resource.key.to_string()];
    for one in &resource.attributes {
        let path = &catalog.attribute(one.attribute).path;
        told.push(match &one.wish {
            Wish::Set(value) => format!("{path}={}", value.plain()),
            Wish::Initially(value) => format!("{path}~{}", value.plain()),
            Wish::Clear | Wish::Empty => format!("{path}!"),
        });
    }
    if let Some(members) = &resource.members {
        told.push(format!(
            "members[{}]",
            members
                .iter()
                .map(|one| one.key.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        ));
    }
    told.join(" ")
}

/// Everything that is desired as text, one resource a line.
pub(crate) fn all(desired: &Desired) -> Vec<String> {
    desired
        .users
        .iter()
        .chain(&desired.groups)
        .map(|one| told(one, &CATALOG))
        .collect()
}

fn read(loaded: Loaded) -> Vec<String> {
    assert_eq!(problems(&loaded), Vec::<String>::new());
    all(&loaded.desired.expect("desired"))
}

#[test]
fn people_and_groups_come_from_yaml_in_every_way_to_write_them() {
    let people = r#"
users:
  - userName: ada@example.com
    externalId: 0123
    name: { givenName: Ada, familyName: NO }
    emails: { work: ada@example.com }
    active: true
    department: null
    roles: [b, a]
    manager: grace@example.com
    groups: [Sales]
  - userName: grace@example.com
    name.givenName: Grace
    emails.work: grace@example.com
    addresses: { work: { locality: "Zürich" } }
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:
      department: R&D
    title: 2026-01-01
groups:
  - displayName: Sales
  - displayName: All
    members: [ "group:sales", GRACE@example.com ]
  - displayName: Empty
    members: []
"#;
    let read = read(Folder::with_source("people.yaml", people).load());
    assert_eq!(
        read,
        [
            "user:ada@example.com active=true department! emails.work=ada@example.com externalId=0123 \
             manager=grace@example.com name.familyName=NO name.givenName=Ada roles=a;b \
             userName=ada@example.com",
            "user:grace@example.com addresses.work.locality=Zürich department=R&D \
             emails.work=grace@example.com name.givenName=Grace title=2026-01-01 userName=grace@example.com",
            "group:All displayName=All members[user:grace@example.com group:Sales]",
            "group:Empty displayName=Empty members[]",
            "group:Sales displayName=Sales members[user:ada@example.com]",
        ]
    );
}

#[test]
fn people_groups_and_memberships_come_from_csv() {
    let config = config(
        "  - csv: people.csv\n    delimiter: ';'\n    \
         columns: { Login: userName, First: name.givenName, Dept: { attribute: department, empty: clear }, \
         Teams: { attribute: groups, list: '|' } }\n    ignore: [Salary]\n  \
         - { csv: groups.csv, kind: groups }\n  - { csv: in.csv, preset: memberships }\n",
    );
    let folder = Folder::new(&[
        ("wpsync.yaml", config.as_str()),
        (
            "people.csv",
            "\u{feff}login ;First;Dept;Teams;Salary\r\nada@example.com;\"Ada \"\"A\"\"\";;Sales | All;1\r\n\
             bob;;Ops;;2\r\n",
        ),
        ("groups.csv", "displayName,externalId\nSales,g1\nAll,\n"),
        ("in.csv", "Group,Member\nAll,group:Sales\nsales,bob\n"),
    ]);
    let loaded = folder.load();
    let facts: Vec<_> = loaded
        .desired
        .as_ref()
        .map(|desired| {
            desired
                .sources
                .iter()
                .map(|one| (one.path.to_string(), one.rows))
                .collect()
        })
        .unwrap_or_default();
    assert_eq!(
        facts,
        [
            ("groups.csv".to_owned(), 2),
            ("in.csv".to_owned(), 2),
            ("people.csv".to_owned(), 2)
        ]
    );
    assert_eq!(
        read(loaded),
        [
            "user:ada@example.com department! name.givenName=Ada \"A\" userName=ada@example.com",
            "user:bob department=Ops userName=bob",
            "group:All displayName=All members[user:ada@example.com group:Sales]",
            "group:Sales displayName=Sales externalId=g1 members[user:ada@example.com user:bob]",
        ]
    );
}

#[test]
fn a_csv_may_hold_what_csv_allows() {
    for (name, text, expected) in [
        (
            "quotes, commas and lines",
            "userName,title\nada,\"a, \"\"b\"\"\nc\"\n",
            "a, \"b\"\nc",
        ),
        ("both line ends", "userName,title\r\nada,\"a\r\nb\"\r\n", "a\r\nb"),
        ("empty lines", "\n\nuserName,title\n\nada,a\n\n\n", "a"),
        ("a quoted header", "\"userName\",\" TITLE \"\nada,a\n", "a"),
        (
            "letters of all scripts",
            "userName,title\nada,Zoë 李 🙂 محمد\n",
            "Zoë 李 🙂 محمد",
        ),
        (
            "JSON in a cell",
            "userName,title\nada,\"{\"\"a\"\": [1, 2]}\"\n",
            "{\"a\": [1, 2]}",
        ),
        ("a leading zero", "userName,title\nada,0123\n", "0123"),
        ("white space in a value", "userName,title\nada, a \n", " a "),
    ] {
        let loaded = Folder::with_source("a.csv", text).load();
        assert_eq!(problems(&loaded), Vec::<String>::new(), "{name}");
        let title = CATALOG.well_known(Kind::User, "title");
        let desired = loaded.desired.expect("desired");
        assert_eq!(
            desired.users[0].value(title).and_then(|value| value.as_text()),
            Some(expected),
            "{name}"
        );
    }
    let options = "  - { csv: a.csv, ignore: others, final_newline: optional, delimiter: tab }\n";
    let folder = Folder::new(&[
        ("wpsync.yaml", config(options).as_str()),
        ("a.csv", "id\tuserName\tSalary\n1\tada\t2"),
    ]);
    assert_eq!(read(folder.load()), ["user:ada userName=ada"]);
}

#[test]
fn rows_of_several_files_complete_one_another() {
    let config = config("  - '*.csv'\n  - more/*.yaml\n");
    let folder = Folder::new(&[
        ("wpsync.yaml", config.as_str()),
        ("a.csv", "externalId,title\n1,Engineer\n"),
        ("b.csv", "userName,department\nada@example.com,R&D\n"),
        (
            "more/c.yaml",
            "users:\n  - { externalId: 1, userName: ADA@example.com }\n",
        ),
    ]);
    let loaded = folder.load();
    let origin = loaded
        .desired
        .as_ref()
        .map(|desired| loaded.files.place(desired.users[0].origin).to_string());
    assert_eq!(origin.as_deref(), Some("a.csv:2:1"));
    assert_eq!(
        read(loaded),
        ["user:ada@example.com department=R&D externalId=1 title=Engineer userName=ada@example.com"]
    );
}

#[test]
fn origins_are_the_places_of_the_values() {
    let folder = Folder::with_source("people.csv", "userName,title\n\"ada\n\",x\n");
    assert_eq!(problems(&folder.load()), ["people.csv:2:1 outer-space"]);
    let folder = Folder::with_source("people.csv", "title,userName,department\n\"Z\n\",ada,R\n");
    let loaded = folder.load();
    let desired = loaded.desired.expect("desired");
    let place = |name: &str| {
        let id = CATALOG.well_known(Kind::User, name);
        loaded
            .files
            .place(desired.users[0].get(id).expect("there").origin)
            .to_string()
    };
    assert_eq!(
        [place("title"), place("userName"), place("department")],
        ["people.csv:2:1", "people.csv:3:3", "people.csv:3:7"]
    );
}
