//! A project on disk: the configuration, the sources, and how `wpsync plan` is called in it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::Failure;
use crate::directory::Directory;
use crate::organisation::{ATTRIBUTES, Organisation, Person, manager as manager_of, team_name, user_name};

/// How sources are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Csv,
    Yaml,
}

impl std::fmt::Display for Form {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Csv => "csv",
            Self::Yaml => "yaml",
        })
    }
}

/// A folder with a configuration.
pub struct Project {
    pub organisation: Organisation,
    pub form: Form,
    pub percent_changed: u32,
    pub folder: TempDir,
}

impl Project {
    /// Writes the files.
    pub fn write(
        organisation: Organisation,
        form: Form,
        percent_changed: u32,
        directory: &Directory,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let sources = match form {
            Form::Csv => {
                std::fs::write(
                    folder.path().join("people.csv"),
                    people_csv(organisation, percent_changed),
                )?;
                std::fs::write(folder.path().join("groups.csv"), groups_csv(organisation))?;
                "  - people.csv\n  - csv: groups.csv\n    kind: groups\n"
            }
            Form::Yaml => {
                std::fs::write(
                    folder.path().join("people.yaml"),
                    people_yaml(organisation, percent_changed),
                )?;
                std::fs::write(folder.path().join("groups.yaml"), groups_yaml(organisation))?;
                "  - people.yaml\n  - groups.yaml\n"
            }
        };
        let section = directory.configure(folder.path())?;
        // Plans of every size, from none to all people changed: the guards are judged, and let them pass.
        let rest = "match: { users: [externalId, userName], groups: [displayName] }\n\
                    limits: { create: 1000000, remove: 1000000, update: 1000000, identity: 1000000 }\n";
        std::fs::write(
            folder.path().join("wpsync.yaml"),
            format!("version: 1\n{section}sources:\n{sources}{rest}"),
        )?;
        Ok(Self {
            organisation,
            form,
            percent_changed,
            folder,
        })
    }

    /// The configuration.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("wpsync.yaml")
    }

    /// The file of people.
    pub fn people_file(&self) -> PathBuf {
        self.folder.path().join(format!("people.{}", self.form))
    }

    /// How many bytes the sources have.
    pub fn bytes(&self) -> u64 {
        let size = |name: &str| {
            std::fs::metadata(self.folder.path().join(format!("{name}.{}", self.form)))
                .map_or(0, |file| file.len())
        };
        size("people") + size("groups")
    }

    /// The text of the file of people.
    pub fn people_text(organisation: Organisation, form: Form, percent_changed: u32) -> String {
        match form {
            Form::Csv => people_csv(organisation, percent_changed),
            Form::Yaml => people_yaml(organisation, percent_changed),
        }
    }

    /// `wpsync plan`, as a script runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wpsync"));
        command
            .arg("-C")
            .arg(self.folder.path())
            .args(["plan", "--quiet"])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.env_clear().env("WPSYNC_BENCH_TOKEN", "no-secret");
        command
    }
}

fn people_csv(organisation: Organisation, percent_changed: u32) -> String {
    let mut text = ATTRIBUTES.join(",") + "\n";
    for number in 0..organisation.people {
        let person = Person::declared(number, percent_changed);
        let manager = manager_of(number).map(user_name).unwrap_or_default();
        let Person {
            user_name,
            external_id,
            given_name,
            family_name,
            phone,
            title,
            department,
            employee_number,
            active,
        } = &person;
        let _ = writeln!(
            text,
            "{user_name},{external_id},{given_name},{family_name},{},{user_name},{phone},\"{title}\",\
             \"{department}\",{employee_number},{manager},{active}",
            person.display_name()
        );
    }
    text
}

fn groups_csv(organisation: Organisation) -> String {
    let mut text = "displayName,members\n".to_owned();
    for team in 0..organisation.teams() {
        let members: Vec<_> = organisation.members(team).map(user_name).collect();
        let _ = writeln!(text, "{},{}", team_name(team), members.join(";"));
    }
    text
}

fn people_yaml(organisation: Organisation, percent_changed: u32) -> String {
    let mut text = "users:\n".to_owned();
    for number in 0..organisation.people {
        let person = Person::declared(number, percent_changed);
        let manager = manager_of(number)
            .map(user_name)
            .map_or_else(String::new, |name| format!("    manager: {name}\n"));
        let Person {
            user_name,
            external_id,
            given_name,
            family_name,
            phone,
            title,
            department,
            employee_number,
            active,
        } = &person;
        let _ = write!(
            text,
            "  - userName: {user_name}\n    externalId: {external_id}\n    name:\n      \
             givenName: {given_name}\n      familyName: {family_name}\n    \
             displayName: {}\n    emails.work: {user_name}\n    phoneNumbers.work: \"{phone}\"\n    \
             title: {title}\n    department: {department}\n    \
             employeeNumber: \"{employee_number}\"\n{manager}    active: {active}\n",
            person.display_name()
        );
    }
    text
}

fn groups_yaml(organisation: Organisation) -> String {
    let mut text = "groups:\n".to_owned();
    for team in 0..organisation.teams() {
        let _ = writeln!(text, "  - displayName: {}\n    members:", team_name(team));
        for member in organisation.members(team) {
            let _ = writeln!(text, "      - {}", user_name(member));
        }
    }
    text
}
