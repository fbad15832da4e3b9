//! A company as the sources of a project: half of its people in YAML and half in CSV, half of its memberships
//! in YAML and half in CSV.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::company::{Company, Person};

/// Where the people with even numbers and all groups are.
pub(crate) const YAML: &str = "people.yaml";
const PEOPLE_CSV: &str = "hr/people.csv";
const MEMBERSHIPS_CSV: &str = "memberships.csv";

/// What a configuration says under `sources:`.
pub(crate) const LIST: &str = "  - people.yaml
  - csv: hr/people.csv
    columns:
      Employee: externalId
      Login: userName
      First name: name.givenName
      Last name: name.familyName
      Title: title
      Department: department
      Manager: manager
      E-mail: emails.work
      Phone: phoneNumbers.work
      Active: active
  - { csv: memberships.csv, kind: memberships }
";

/// Writes the sources of a company into a project's folder.
pub(crate) fn write(folder: &Path, company: &Company) {
    fs::create_dir_all(folder.join("hr")).expect("a folder");
    fs::write(folder.join(YAML), yaml(company)).expect("a written source");
    fs::write(folder.join(PEOPLE_CSV), people_csv(company)).expect("a written source");
    fs::write(folder.join(MEMBERSHIPS_CSV), memberships_csv(company)).expect("a written source");
}

/// The line, from 1, on which the YAML source says the title of a person.
pub(crate) fn line_of_title(folder: &Path, person: &Person) -> usize {
    let text = fs::read_to_string(folder.join(YAML)).expect("a source");
    let mut lines = text.lines().zip(1..);
    lines
        .find(|(line, _)| line.contains(&quoted(&person.user_name)) && line.contains("userName"))
        .expect("the person");
    lines
        .find(|(line, _)| line.trim_start().starts_with("title:"))
        .expect("the title")
        .1
}

fn yaml(company: &Company) -> String {
    let mut text = "users:\n".to_owned();
    for person in company.people.iter().step_by(2) {
        let title = person.title.as_deref().map_or("null".to_owned(), quoted);
        let manager = person.manager.map_or(String::new(), |manager| {
            format!("    manager: {}\n", quoted(&company.people[manager].user_name))
        });
        let _ = write!(
            text,
            "  - userName: {}\n    externalId: {}\n    name: {{ givenName: {}, familyName: {} }}\n    \
             title: {title}\n    department: {}\n{manager}    emails: {{ work: {} }}\n    \
             phoneNumbers: {{ work: {} }}\n    active: {}\n",
            quoted(&person.user_name),
            quoted(&person.external_id),
            quoted(&person.given_name),
            quoted(&person.family_name),
            quoted(&person.department),
            quoted(&person.email),
            quoted(&person.phone),
            person.active,
        );
    }
    text.push_str("groups:\n");
    for (number, group) in company.groups.iter().enumerate() {
        let _ = writeln!(text, "  - displayName: {}", quoted(&group.name));
        if number % 2 == 0 {
            let members: Vec<String> = company
                .members(group)
                .iter()
                .map(|member| quoted(member))
                .collect();
            let _ = writeln!(text, "    members: [{}]", members.join(", "));
        }
    }
    text
}

fn people_csv(company: &Company) -> Vec<u8> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let headers = [
        "Employee",
        "Login",
        "First name",
        "Last name",
        "Title",
        "Department",
        "Manager",
        "E-mail",
        "Phone",
        "Active",
    ];
    rows.write_record(headers).expect("a row");
    for person in company.people.iter().skip(1).step_by(2) {
        let cells = [
            &person.external_id,
            &person.user_name,
            &person.given_name,
            &person.family_name,
            person.title.as_ref().expect("titles are cleared in YAML"),
            &person.department,
            &person
                .manager
                .map(|manager| company.people[manager].user_name.clone())
                .unwrap_or_default(),
            &person.email,
            &person.phone,
            &person.active.to_string(),
        ];
        rows.write_record(cells).expect("a row");
    }
    rows.into_inner().expect("rows")
}

fn memberships_csv(company: &Company) -> Vec<u8> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["group", "member"]).expect("a row");
    for group in company.groups.iter().skip(1).step_by(2) {
        for member in company.members(group) {
            rows.write_record([&group.name, &member]).expect("a row");
        }
    }
    rows.into_inner().expect("rows")
}

/// A string as both JSON and YAML write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
