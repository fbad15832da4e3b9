//! Officevibe's API as its clients describe it: a key or a login page, everybody and every group, and one
//! request that replaces all of it. It keeps every push, and can lose answers, show pushes late, refuse them
//! and be changed by somebody else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

pub const KEY: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
pub const WORKLEAP_KEY: &str = "9f8e7d6c5b4a39281706f5e4d3c2b1a0";
const LOGIN: &str = "<!DOCTYPE html>\n<html><head><title>Officevibe - Sign \
                     in</title></head><body><form>…</form></body></html>";

/// What the next push comes to.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Next {
    /// It is done and answered.
    #[default]
    Done,
    /// It is done, and the answer never comes.
    Silence,
    /// It is not done, and the answer says why.
    Refused,
    /// It is taken, and never done.
    Pending,
}

#[derive(Default)]
struct State {
    users: Vec<Value>,
    groups: Vec<Value>,
    mappings: Vec<Value>,
    pushes: Vec<(String, Value)>,
    requests: Vec<String>,
    next: Next,
    /// How many people it says that there are beyond those that it lists.
    unlisted: usize,
}

/// The service, until the test ends.
pub struct Officevibe {
    address: std::net::SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Officevibe {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    /// The bodies that were pushed.
    pub fn pushes(&self) -> Vec<Value> {
        self.state().pushes.iter().map(|(_, body)| body.clone()).collect()
    }

    /// The one body that was pushed.
    pub fn pushed(&self) -> Value {
        let pushes = self.pushes();
        assert_eq!(pushes.len(), 1, "{pushes:#?}");
        pushes[0].clone()
    }

    /// Where the last push went.
    pub fn pushed_to(&self) -> String {
        self.state().pushes.last().expect("a push").0.clone()
    }

    /// Every request so far, as `GET /api/v2/users`.
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Forgets what was asked and pushed; keeps everybody.
    pub fn forget(&self) {
        let mut state = self.state();
        state.pushes.clear();
        state.requests.clear();
    }

    pub fn next(&self, next: Next) {
        self.state().next = next;
    }

    /// The last push is done now.
    pub fn work_off(&self) {
        let mut state = self.state();
        let body = state.pushes.last().expect("a push").1.clone();
        state.replace(&body);
    }

    /// It lists fewer people than it says that there are.
    pub fn cut_list(&self) {
        self.state().unlisted = 1;
    }

    /// A second group of that name is made by hand.
    pub fn add_namesake(&self, name: &str) {
        self.state().groups.push(json!({ "id": "by-hand", "name": name }));
    }

    /// Somebody is added by hand.
    pub fn add_person(&self, email: &str) {
        self.state().users.push(
            json!({ "id": email, "email": email, "firstName": "New", "lastName": "Person", "jobTitle": "" }),
        );
    }

    /// Somebody's field is changed by hand.
    pub fn edit(&self, email: &str, field: &str, value: &str) {
        let mut state = self.state();
        let person = state
            .users
            .iter_mut()
            .find(|one| one["email"] == email)
            .expect("the person is there");
        person[field] = value.into();
    }

    /// Somebody is put into a group by hand.
    pub fn add_member(&self, group: &str, user_id: &str) {
        self.state()
            .mappings
            .push(json!({ "groupId": group, "userId": user_id, "isMember": true, "isManager": false }));
    }

    /// The addresses of everybody.
    pub fn emails(&self) -> Vec<String> {
        self.state()
            .users
            .iter()
            .map(|one| one["email"].as_str().expect("text").to_owned())
            .collect()
    }
}

impl State {
    /// Everybody, as GET users tells it: the misspelt first name too, groups by their names, and no field
    /// that the API does not tell.
    fn told(&self) -> Value {
        let names = |user: &Value, what: &str| -> Vec<&Value> {
            let mine = self
                .mappings
                .iter()
                .filter(|one| one["userId"] == user["id"] && one[what] == true);
            mine.filter_map(|one| self.groups.iter().find(|group| group["id"] == one["groupId"]))
                .map(|group| &group["name"])
                .collect()
        };
        let person = |user: &Value| {
            json!({
                "email": user["email"], "fistName": user["firstName"], "lastName": user["lastName"],
                "userName": user["email"], "jobTitle": user["jobTitle"],
                "isGroupManager": !names(user, "isManager").is_empty(), "isCompanyManager": false,
                "isAdmin": false, "managedGroups": names(user, "isManager"),
                "memberGroups": names(user, "isMember"),
            })
        };
        let users: Vec<Value> = self.users.iter().map(person).collect();
        json!({ "userCount": users.len() + self.unlisted, "users": users })
    }

    fn told_groups(&self) -> Value {
        let group =
            |one: &Value| json!({ "id": one["id"], "name": one["name"], "userCount": 0, "managerCount": 0 });
        json!({
            "groupCount": self.groups.len(), "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
        })
    }

    /// Takes everything that a push holds in place of what was there. Workleap's names are turned into
    /// Officevibe's.
    fn replace(&mut self, body: &Value) {
        let text = body
            .to_string()
            .replace("externalMemberId", "userId")
            .replace("externalSubteamId", "subGroupId")
            .replace("externalTeamId", "groupId")
            .replace("teamName", "name");
        let body: Value = serde_json::from_str(&text).expect("JSON");
        let list = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|name| body[name].as_array())
                .cloned()
                .unwrap_or_default()
        };
        let with_id = |mut one: Value, name: &str| {
            if one["id"].is_null() {
                one["id"] = one[name].clone();
            }
            one
        };
        self.users = list(["users", "members"])
            .into_iter()
            .map(|one| with_id(one, "userId"))
            .collect();
        self.groups = list(["groups", "teams"])
            .into_iter()
            .map(|one| with_id(one, "groupId"))
            .collect();
        self.mappings = list(["mappings", "teamMappings"]);
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut key, mut subscription, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim().trim_start_matches("Bearer ").clone_into(&mut key),
            "workleap-subscription-key" => value.trim().clone_into(&mut subscription),
            "content-length" => length = value.trim().parse().expect("a number"),
            "content-type" => assert_eq!(value.trim(), "application/json"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let mut state = state.lock().expect("the state");
    state.requests.push(format!("{method} {path}"));
    let tell = |data: Value| json!({ "isSuccess": true, "errorMessage": null, "data": data }).to_string();
    let (status, kind, body) = match (method.as_str(), path.as_str()) {
        ("POST", "/public/provisioning/json") if subscription == WORKLEAP_KEY => {
            let Some(answer) = push(&mut state, &path, &body) else {
                return;
            };
            (202, "application/json", answer)
        }
        _ if key != KEY => (200, "text/html; charset=utf-8", LOGIN.to_owned()),
        ("POST", "/api/v2/sync") => {
            let Some(answer) = push(&mut state, &path, &body) else {
                return;
            };
            (200, "application/json", answer)
        }
        ("GET", "/api/v2/ping") => (
            200,
            "application/json",
            json!({ "isSuccess": true, "errorMessage": null }).to_string(),
        ),
        ("GET", "/api/v2/users") => (200, "application/json", tell(state.told())),
        ("GET", "/api/v2/groups") => (200, "application/json", tell(state.told_groups())),
        _ => (404, "application/json", "{}".to_owned()),
    };
    drop(state);
    let _ = write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n\
         {body}",
        body.len()
    );
}

/// The answer to a push, or none where the connection ends without one.
fn push(state: &mut State, path: &str, body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    state.pushes.push((path.to_owned(), body.clone()));
    let next = std::mem::take(&mut state.next);
    if matches!(next, Next::Done | Next::Silence) {
        state.replace(&body);
    }
    match next {
        Next::Silence => None,
        Next::Refused => Some(
            json!({ "isSuccess": false, "errors": ["The sync manager hr@example.com is no administrator"] })
                .to_string(),
        ),
        Next::Done | Next::Pending => Some(json!({ "isSuccess": true, "errors": [] }).to_string()),
    }
}
