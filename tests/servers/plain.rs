//! Reads a whole directory through plain HTTP, without a line of wpsync's own client.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value as Json;

use super::company::Contents;
use super::http::Http;
use super::server::Server;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What a server holds. No two resources may have one name.
pub(crate) fn contents(server: &Server) -> Contents {
    let http = Http::new(&server.base, server.token);
    let (users, groups) = (all(&http, "Users"), all(&http, "Groups"));
    let mut names: HashMap<String, String> = HashMap::new();
    for (one, naming, prefix) in users
        .iter()
        .map(|one| (one, "userName", ""))
        .chain(groups.iter().map(|one| (one, "displayName", "group:")))
    {
        names.insert(text(&one["id"]), format!("{prefix}{}", text(&one[naming])));
    }
    let name = |id: &Json| {
        names
            .get(&text(id))
            .cloned()
            .unwrap_or_else(|| format!("nobody has the id {id}"))
    };
    let mut contents = Contents::default();
    for user in &users {
        let before = contents
            .people
            .insert(text(&user["userName"]), person(user, &name));
        assert!(before.is_none(), "two people are called {}", user["userName"]);
    }
    for group in &groups {
        let members = group["members"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|member| name(&member["value"]));
        let members: BTreeSet<String> = members.collect();
        let before = contents.groups.insert(text(&group["displayName"]), members);
        assert!(before.is_none(), "two groups are called {}", group["displayName"]);
    }
    contents
}

/// The id of a person.
pub(crate) fn id_of(http: &Http, user_name: &str) -> String {
    let user = all(http, "Users")
        .into_iter()
        .find(|user| user["userName"] == user_name);
    text(&user.expect("the person is in the directory")["id"])
}

fn person(user: &Json, name: &dyn Fn(&Json) -> String) -> BTreeMap<&'static str, String> {
    let of_work = |list: &Json| {
        list.as_array()
            .into_iter()
            .flatten()
            .find(|one| one["type"] == "work")
            .map(|one| text(&one["value"]))
    };
    let plain = |value: &Json| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let manager = Some(&user[ENTERPRISE]["manager"]["value"]).filter(|id| !id.is_null());
    let attributes = [
        ("externalId", plain(&user["externalId"])),
        ("givenName", plain(&user["name"]["givenName"])),
        ("familyName", plain(&user["name"]["familyName"])),
        ("title", plain(&user["title"])),
        ("department", plain(&user[ENTERPRISE]["department"])),
        ("manager", manager.map(name)),
        ("email", of_work(&user["emails"])),
        ("phone", of_work(&user["phoneNumbers"])),
        (
            "active",
            user["active"].as_bool().map(|active| active.to_string()),
        ),
    ];
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Every resource of an endpoint, by whichever pages the service gives.
fn all(http: &Http, endpoint: &str) -> Vec<Json> {
    let mut rows: Vec<Json> = Vec::new();
    let mut next = String::new();
    loop {
        let page = http.get(&format!("{endpoint}?count=100{next}"));
        let found = page["Resources"].as_array().cloned().unwrap_or_default();
        let is_empty = found.is_empty();
        rows.extend(found);
        match page["nextCursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None if is_empty
                || page["totalResults"].as_u64() == Some(rows.len() as u64)
                || next.contains("cursor") =>
            {
                return rows;
            }
            None => next = format!("&startIndex={}", rows.len() + 1),
        }
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
