//! A project at a stand-in for a SCIM service, which a test reads and edits behind everybody's back.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::wire::Request;

use crate::stand_in::{Behaviour, Door, Line, Script, Service};
use crate::support::{Project, Ran};

/// A project behind a door, whose dialect has these rows.
pub fn project_at(door: &Door, rows: &str, people: &str) -> Project {
    let project = Project::empty();
    let config = format!(
        "version: 1\ndirectory: {{ scim: '{}', dialect: ours.yaml, token: {{ env: TOKEN }} }}\n\
         sources: [people.yaml]\n",
        door.base()
    );
    project.write("wpsync.yaml", &config);
    project.write("ours.yaml", &format!("name: ours\n{rows}"));
    project.write("people.yaml", people);
    project
}

/// The project, its service, and the way between them.
pub struct AtService {
    pub project: Project,
    pub service: Arc<Service>,
    door: Door,
    dialect: &'static str,
}

impl AtService {
    /// An empty service that behaves so, met under a dialect: a shipped one's name, or the rows of one's own.
    pub fn new(behaviour: Behaviour, dialect: &'static str) -> Self {
        let service = Service::behaving(3, behaviour);
        let door = Door::open(Line::clear(&service));
        let at = Self {
            project: Project::empty(),
            service,
            door,
            dialect,
        };
        at.configure("");
        at
    }

    /// Writes the configuration, with more lines.
    pub fn configure(&self, more: &str) {
        let is_file = self.dialect.contains('\n');
        if is_file {
            self.project.write("ours.yaml", self.dialect);
        }
        let name = if is_file { "ours.yaml" } else { self.dialect };
        let text = format!(
            "version: 1\ndirectory: {{ scim: '{}', dialect: {name}, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\n{more}",
            self.door.base()
        );
        self.project.write("wpsync.yaml", &text);
    }

    /// From now on, a script sees every request.
    pub fn script(&self, script: Script) {
        self.door.switch(Line::disturbed(&self.service, script));
    }

    /// Writes the source.
    pub fn declare(&self, people: &str) {
        self.project.write("people.yaml", people);
    }

    pub fn run(&self, arguments: &str) -> Ran {
        self.project.run_with(&[("TOKEN", "t0ken")], arguments)
    }

    /// Runs a command line with waivers, separated by `|`.
    pub fn run_waiving(&self, arguments: &str, waivers: &str) -> Ran {
        let line = self.project.line(arguments);
        line.with(&[("TOKEN", "t0ken")]).waiving(waivers).run()
    }

    /// The id of the person with a name.
    pub fn id(&self, name: &str) -> String {
        let all = self.service.stored(Kind::User);
        let is_named = |user: &&Json| user["userName"] == name;
        let user = all.iter().find(is_named).expect("a person");
        user["id"].as_str().expect("an id").to_owned()
    }

    /// Somebody changes an attribute of a person by hand.
    pub fn somebody_sets(&self, name: &str, attribute: &str, value: &Json) {
        self.service
            .edit(&format!("/Users/{}", self.id(name)), attribute, value);
    }

    /// Somebody makes an account by hand.
    pub fn somebody_makes(&self, user: Json) {
        self.service.load(Kind::User, vec![user]);
    }

    /// Somebody deletes an account by hand.
    pub fn somebody_deletes(&self, name: &str) {
        let mut request = Request::new(Method::Delete, &[]);
        request.path = format!("/Users/{}", self.id(name));
        assert_eq!(self.service.ask(request).status, 204);
    }

    /// One attribute of everybody, as the service stores it.
    pub fn stored(&self, attribute: &str) -> BTreeMap<String, Json> {
        let users = self.service.stored(Kind::User);
        let of = |user: &Json| {
            let name = user["userName"].as_str().expect("a name").to_owned();
            (name, user[attribute].clone())
        };
        users.iter().map(of).collect()
    }
}
