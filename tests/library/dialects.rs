//! The dialects that are shipped, and the JSON Schema that editors check dialect files with: what the one
//! reads the other accepts, and every row of a shipped file says where it was found. `WPSYNC_BLESS=1 cargo
//! test --test library dialects` writes the schema anew.

use serde_json::{Map, Value, json};
use wpsync::dialect::Checked;
use wpsync::dialect::Dialect;
use wpsync::model::{Catalog, Kind};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

fn words(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn closed(properties: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// An object for people and groups, each by its own rule.
fn kinds(rule: impl Fn(Kind) -> Value) -> Value {
    closed(&json!({ "users": rule(Kind::User), "groups": rule(Kind::Group) }))
}

/// The rows about reading.
fn reading() -> Value {
    let number = json!({ "type": "integer", "minimum": 1 });
    let names = json!({ "type": "array", "items": { "type": "string", "minLength": 1 } });
    json!({
        "name": { "type": "string", "minLength": 1 },
        "about": { "type": "string" },
        "base_url": { "type": "string", "pattern": "^https?://" },
        "required_headers": names,
        "totals": words(&["whole", "page", "missing"]),
        "past_the_end": words(&["empty", "first", "refused"]),
        "without_cursor": words(&["first-page", "one-page"]),
        "headers": { "type": "object", "additionalProperties": { "type": "string" } },
        "paging": words(&["index", "cursor", "none", "auto"]),
        "page_size": number, "page_default": number, "page_max": number, "page_cap": number,
        "complete_listings": { "type": "boolean" },
        "lookup": {
            "type": "object", "additionalProperties": false, "required": ["users", "groups"],
            "properties": { "users": names, "groups": names },
        },
        "filters": closed(&json!({
            "operators": {
                "type": "array",
                "items": words(&[
                    "eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le", "and", "or", "not",
                ]),
            },
            "attributes": words(&["listed", "any"]),
            "case": words(&["schema", "exact"]),
            "otherwise": words(&["refused", "nobody", "everybody"]),
        })),
        "written_at_top": kinds(|_| names.clone()),
        "places": kinds(|_| json!({ "type": "object", "additionalProperties": { "type": "string" } })),
        "errors": {
            "type": "array",
            "items": {
                "type": "object", "additionalProperties": false, "required": ["contains", "means", "hint"],
                "properties": {
                    "contains": { "type": "string", "minLength": 1 }, "means": { "type": "string" },
                    "hint": { "type": "string" },
                    "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                },
            },
        },
        "extension_urns": {
            "type": "object", "additionalProperties": { "type": "string", "pattern": "^urn:" },
        },
        "extensions": {
            "type": "array",
            "items": {
                "type": "object", "required": ["id", "attributes"],
                "properties": {
                    "id": { "type": "string", "pattern": "^urn:.*:(User|Group)$" },
                    "name": { "type": "string" },
                    "attributes": { "type": "array", "items": { "type": "object", "required": ["name"] } },
                },
            },
        },
        "not_held": kinds(|_| names.clone()),
        "fixed": kinds(|_| names.clone()),
        "required": kinds(|_| names.clone()),
        "normalises": kinds(|_| json!({
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": words(&["lower-case", "trimmed", "telephone", "at-in-brackets", "day"]),
            },
        })),
    })
}

/// The rows about writing.
fn writing() -> Value {
    let number = json!({ "type": "integer", "minimum": 1 });
    json!({
        "groups": words(&["full", "update", "read", "none"]),
        "update": kinds(|_| words(&["patch", "put"])),
        "methods": kinds(|_| words(&["both", "patch", "put"])),
        "filtered_paths": kinds(|_| words(&["honoured", "parts", "ignored"])),
        "put": words(&["replaces", "merges"]),
        "nulls": words(&["taken", "refused"]),
        "changed": words(&["resource", "nothing"]),
        "ids": words(&["own", "external"]),
        "operation_names": words(&["lower", "capitalised"]),
        "patch_form": words(&["path", "value"]),
        "element_removal": words(&["element", "value"]),
        "clearing": words(&["remove", "null", "empty", "never"]),
        "booleans": words(&["json", "text", "capitalised"]),
        "dates": words(&["iso", "epoch", "day"]),
        "members_per_request": number,
        "absent_members": words(&["unknown", "empty", "hidden"]),
        "membership": closed(&json!({
            "ask": {
                "type": "object", "additionalProperties": false, "required": ["list", "filter"],
                "properties": {
                    "list": words(&["users", "groups"]),
                    "filter": { "type": "string", "pattern": "\\{(group|member)\\}" },
                },
            },
            "removals_per_request": number, "on_create": { "type": "integer", "minimum": 0 },
            "bytes_per_request": number,
            "addition": words(&["path", "value", "both"]),
            "removal": words(&["filter", "list"]),
            "absent_removal": words(&["ignored", "refused"]),
            "replacing": words(&["allowed", "forbidden"]),
            "nesting": words(&["allowed", "forbidden"]),
        })),
    })
}

/// The rows about removal, versions, speed, and where rows are from.
fn limits() -> Value {
    let number = json!({ "type": "integer", "minimum": 1 });
    let rate = json!({
        "type": "object", "additionalProperties": false, "required": ["requests", "seconds"],
        "properties": {
            "methods": { "type": "array", "items": words(&["GET", "POST", "PUT", "PATCH", "DELETE"]) },
            "path": { "type": "string", "pattern": "^/" }, "larger_than": { "type": "integer", "minimum": 0 },
            "requests": number, "seconds": number, "burst": number,
        },
    });
    json!({
        "delete": kinds(|_| words(&["hard", "soft", "none", "unclaimed"])),
        "deactivation": words(&["keeps", "hides"]),
        "claimed": { "type": "string", "minLength": 1 },
        "reactivation": words(&["update", "create"]),
        "versions": words(&["auto", "honoured", "ignored"]),
        "visibility_lag": { "type": "integer", "minimum": 0 },
        "rates": { "type": "array", "items": rate },
        "throttling": words(&[
            "retry-after", "retry-after-date", "x-retry-after", "rate-limit-reset", "silent",
        ]),
        "bulk": {
            "type": "object", "additionalProperties": false, "required": ["operations"],
            "properties": { "operations": number, "bytes": number },
        },
        "push": pushing(),
        "max_concurrency": number, "attempts": number, "throttled_attempts": number,
        "sources": {
            "type": "object",
            "additionalProperties": {
                "type": "object", "additionalProperties": false, "required": ["from", "checked"],
                "properties": {
                    "from": { "type": "string", "minLength": 1 },
                    "checked": {
                        "anyOf": [
                            { "const": "unverified" },
                            { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
                        ],
                    },
                },
            },
        },
    })
}

/// The one request that holds everything.
fn pushing() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let named = |names: &[&str]| {
        let properties: Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), text.clone()))
            .collect();
        json!({
            "type": "object", "additionalProperties": false, "required": names, "properties": properties,
        })
    };
    let list = json!({ "type": "array", "items": text });
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["path", "lists", "fields", "told", "mapping", "leads"],
        "properties": {
            "path": { "type": "string", "pattern": "^/" }, "key_header": text,
            "origin": { "type": "string", "pattern": "^https://" },
            "settings": named(&["object", "manager", "invite"]),
            "lists": named(&["users", "groups", "mappings"]),
            "fields": kinds(|_| json!({ "type": "object", "additionalProperties": text })), "told": list,
            "implied": list, "mapping": named(&["group", "user", "subgroup", "member", "manager"]),
            "leads": text,
        },
    })
}

fn dialect_schema() -> Value {
    let mut properties = Map::new();
    for part in [reading(), writing(), limits()] {
        properties.extend(part.as_object().expect("an object").clone());
    }
    json!({
        "$schema": DRAFT,
        "title": "wpsync dialect",
        "description": "How one SCIM service departs from the RFC. Every row is explained in \
                        src/dialect/mod.rs and emulation.rs",
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": properties,
    })
}

fn published() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/dialect.schema.json");
    let text = serde_json::to_string_pretty(&dialect_schema()).expect("JSON") + "\n";
    if std::env::var_os("WPSYNC_BLESS").is_some() {
        std::fs::write(&path, &text).expect("a written schema");
    }
    assert_eq!(
        std::fs::read_to_string(&path).expect("a published schema"),
        text,
        "schemas/dialect.schema.json: bless it"
    );
    dialect_schema()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

#[test]
fn every_shipped_dialect_fits_the_schema_and_says_where_each_row_is_from() {
    let validator = jsonschema::draft202012::new(&published()).expect("a schema");
    let forms = Dialect::forms().map(|name| (name, Dialect::form_text(name), Dialect::form(name)));
    for (name, text, dialect) in Dialect::names()
        .map(|name| (name, Dialect::shipped_text(name), Dialect::shipped(name)))
        .chain(forms)
    {
        let file = yaml(text.expect("it is shipped"));
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let dialect = dialect.expect("it is shipped");
        let rows: Vec<&String> = file
            .as_object()
            .expect("an object")
            .keys()
            .filter(|row| !["name", "about", "sources"].contains(&row.as_str()))
            .collect();
        for row in &rows {
            assert!(
                dialect.notes.sources.contains_key(*row) || dialect.notes.sources.contains_key("others"),
                "{name}: {row} is from nowhere"
            );
        }
        for (row, source) in &dialect.notes.sources {
            assert!(
                row == "others" || rows.contains(&row),
                "{name}: a source for `{row}`, which is no row of the file"
            );
            assert!(
                !source.from.trim().is_empty() && source.checked != Checked::On(jiff::civil::Date::ZERO),
                "{name}: {row}"
            );
        }
    }
}

#[test]
fn the_schema_and_the_reader_agree_on_what_is_wrong() {
    let validator = jsonschema::draft202012::new(&published()).expect("a schema");
    for right in [
        "",
        "page_size: 5",
        "membership: { ask: { list: users, filter: 'groups.value eq {group}' } }",
        "rates: [{ path: /Users*, requests: 1, seconds: 1 }]",
    ] {
        let text = format!("name: x\n{right}\n");
        assert!(
            Dialect::parse(&text).is_ok() && validator.is_valid(&yaml(&text)),
            "{right}"
        );
    }
    for wrong in [
        "page_sise: 5",
        "page_size: 0",
        "paging: pages",
        "clearing: nil",
        "delete: { user: hard }",
        "membership: { ask: { list: users, filter: x } }",
        "rates: [{ path: Users, requests: 1, seconds: 1 }]",
        "rates: [{ requests: 1 }]",
        "sources: { page_size: { from: x } }",
        "sources: { page_size: { from: x, checked: yesterday } }",
        "normalises: { users: { userName: [upper] } }",
    ] {
        let text = format!("name: x\n{wrong}\n");
        assert!(Dialect::parse(&text).is_err(), "the reader accepts {wrong}");
        assert!(!validator.is_valid(&yaml(&text)), "the schema accepts {wrong}");
    }
}

#[test]
fn a_service_has_its_own_attributes_where_its_dialect_puts_them() {
    let dialect = Dialect::parse(
        "name: x\nplaces: { users: { manager: 'urn:x:2.0:User:boss.id', \
         emails.work: 'emails[type eq \"office\"].value' } }\n\
         extension_urns: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': 'urn:x:2.0:User' }\n\
         extensions: [{ id: 'urn:y:2.0:User', attributes: [{ name: startDate, type: dateTime }] }]\n\
         dates: epoch\n",
    )
    .expect("a dialect");
    let catalog = dialect.catalog();
    let find = |name: &str| catalog.find(Kind::User, name).expect("known");
    assert_eq!(find("department").qualified_root(), "urn:x:2.0:User:department");
    assert_eq!(
        (
            find("manager").qualified_root(),
            find("manager").reference_part.as_deref()
        ),
        ("urn:x:2.0:User:boss".to_owned(), Some("id"))
    );
    assert_eq!(find("startDate").qualified_root(), "urn:y:2.0:User:startDate");
    assert!(Catalog::built_in().find(Kind::User, "startDate").is_err());
}
