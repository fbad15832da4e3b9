//! The JSON Schemas that editors use are what the catalog says, accept what the readers accept, and refuse
//! unknown keys. `WPSYNC_BLESS=1 cargo test --test library schemas` writes them anew.

use serde_json::{Map, Value, json};
use wpsync::model::{Attribute, Catalog, DataType, Kind, Place};
use wpsync::project::preset_names;
use wpsync::source::{ColumnTarget, Rows};

use crate::folder::CATALOG;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What an attribute's value may be in YAML. A text may be written without quotes, and then looks like a
/// number to an editor.
fn value_schema(attribute: &Attribute) -> Value {
    let single = match attribute.data_type {
        DataType::Boolean => json!(["boolean", "null"]),
        DataType::Integer => json!(["integer", "null"]),
        _ => json!(["string", "number", "boolean", "null"]),
    };
    match attribute.place {
        Place::Set { .. } => {
            json!({ "type": ["array", "null"], "items": { "type": ["string", "number", "boolean"] } })
        }
        _ => json!({ "type": single }),
    }
}

/// Names in a tree: a node may have a value, parts, or both.
#[derive(Default)]
struct Tree {
    value: Option<Value>,
    parts: std::collections::BTreeMap<String, Tree>,
}

impl Tree {
    fn insert(&mut self, path: &[&str], value: Value) {
        match path {
            [] => self.value = Some(value),
            [first, rest @ ..] => self
                .parts
                .entry((*first).to_owned())
                .or_default()
                .insert(rest, value),
        }
    }

    fn schema(&self) -> Value {
        let parts: Map<_, _> = self
            .parts
            .iter()
            .map(|(name, part)| (name.clone(), part.schema()))
            .collect();
        let object = json!({ "type": "object", "additionalProperties": false, "properties": parts });
        match (&self.value, self.parts.is_empty()) {
            (Some(value), true) => value.clone(),
            (Some(value), false) => json!({ "anyOf": [value, object] }),
            (None, _) => object,
        }
    }
}

fn resource_schema(kind: Kind, catalog: &Catalog) -> Value {
    let mut tree = Tree::default();
    for attribute in catalog.of(kind).filter(|attribute| attribute.is_writable()) {
        let value = value_schema(attribute);
        let parts: Vec<_> = attribute.path.split('.').collect();
        tree.insert(&parts, value.clone());
        tree.insert(&[&attribute.path], value.clone());
        if let Some(urn) = &attribute.extension {
            tree.insert(&[&format!("{urn}:{}", attribute.path)], value.clone());
            tree.insert(&[urn, &attribute.path], value);
        }
    }
    let names = json!({ "type": ["array", "null"], "items": { "type": ["string", "number", "boolean"] } });
    tree.insert(
        &[if kind == Kind::User { "groups" } else { "members" }],
        names.clone(),
    );
    let name = json!({ "type": ["string", "number", "boolean", "null"] });
    tree.insert(&["previously"], json!({ "anyOf": [name, names] }));
    let naming = catalog.attribute(catalog.naming(kind)).path.to_string();
    let mut schema = tree.schema();
    schema["anyOf"] = json!([{ "required": [naming] }, { "required": ["externalId"] }]);
    schema
}

fn sources_schema(catalog: &Catalog) -> Value {
    json!({
        "$schema": DRAFT,
        "title": "wpsync source",
        "description": "People and groups that should exist",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "users": { "type": ["array", "null"], "items": resource_schema(Kind::User, catalog) },
            "groups": { "type": ["array", "null"], "items": resource_schema(Kind::Group, catalog) },
        },
    })
}

/// An object with these properties and no others.
fn closed(properties: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// What one attribute is computed from.
fn mapping() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let value =
        json!({ "anyOf": [{ "type": ["string", "boolean", "number"] }, { "type": "array", "items": text }] });
    let sources = ["expression", "entra", "from"].map(|key| (key.to_owned(), text.clone()));
    let mut properties: Map<String, Value> = sources.into_iter().collect();
    properties.insert("constant".into(), value.clone());
    properties.insert("default".into(), value);
    properties.insert("apply".into(), json!({ "enum": ["always", "create"] }));
    properties.insert("empty".into(), json!({ "enum": ["ignore", "clear"] }));
    json!({
        "anyOf": [
            text,
            { "type": "object", "additionalProperties": false, "minProperties": 1, "properties": properties },
        ],
    })
}

/// Which declared people count: a condition, or filters.
fn scoping() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let operators = [
        "&",
        "!&",
        "ENDS_WITH",
        "EQUALS",
        "Greater_Than",
        "Greater_Than_OR_EQUALS",
        "Includes",
        "IS FALSE",
        "IS NOT NULL",
        "IS NULL",
        "IS TRUE",
        "NOT EQUALS",
        "NOT REGEX MATCH",
        "REGEX MATCH",
    ];
    let clause = json!({
        "type": "object", "additionalProperties": false, "required": ["attribute", "operator"],
        "properties": {
            "attribute": text, "operator": { "enum": operators },
            "value": { "type": ["string", "number", "boolean"] },
        },
    });
    let filter = json!({
        "type": "object", "additionalProperties": false, "required": ["clauses"],
        "properties": { "title": text, "clauses": { "type": "array", "minItems": 1, "items": clause } },
    });
    json!({ "anyOf": [text, { "type": "array", "minItems": 1, "items": filter }] })
}

fn limits() -> Value {
    let limit = json!({
        "anyOf": [
            { "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,2})?%$" },
        ],
    });
    closed(&json!({ "remove": limit, "create": limit, "update": limit, "identity": limit, "held": limit }))
}

fn min_admins() -> Value {
    let of = |who: &str| {
        json!({
            "type": "object", "additionalProperties": false, "required": [who, "count"],
            "properties": {
                who: { "type": "string", "minLength": 1 }, "count": { "type": "integer", "minimum": 0 },
            },
        })
    };
    json!({ "anyOf": [of("group"), of("role")] })
}

fn policy_schema() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let number = json!({ "type": "integer", "minimum": 0 });
    json!({
        "$schema": DRAFT,
        "title": "wpsync policy",
        "description": "What a pull request cannot change; of this and the configuration the stricter wins",
        "type": "object",
        "additionalProperties": false,
        "required": ["version"],
        "properties": {
            "version": { "const": 1 },
            "origin": { "type": "string", "pattern": "^https?://" },
            "tenant": text,
            "limits": limits(),
            "protect": { "type": "array", "items": text },
            "self": text,
            "min_admins": min_admins(),
            "allowed_signers": text,
            "approvals": closed(&json!({ "required": number, "removals": number })),
        },
    })
}

/// The paths that a source may give to somebody or to a group.
fn writable(catalog: &Catalog, kind: Kind) -> Vec<String> {
    catalog
        .of(kind)
        .filter(|one| one.is_writable())
        .map(|one| one.path.to_string())
        .collect()
}

/// What a column may be about.
fn columns(catalog: &Catalog) -> Vec<String> {
    let mut columns: Vec<_> = Kind::ALL
        .into_iter()
        .flat_map(|kind| writable(catalog, kind))
        .collect();
    columns.extend(["groups", "members", "previously"].map(str::to_owned));
    columns.extend(ColumnTarget::OF_MEMBERSHIPS.map(|(name, _)| name.to_owned()));
    columns.sort();
    columns.dedup();
    columns
}

/// A file of people or groups.
fn source() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let column = json!({ "anyOf": [
        { "$ref": "#/$defs/column" },
        {
            "type": "object", "additionalProperties": false, "required": ["attribute"],
            "properties": {
                "attribute": { "$ref": "#/$defs/column" }, "empty": { "enum": ["ignore", "clear"] },
                "form": { "enum": ["plain", "day"] }, "list": { "type": "string", "maxLength": 1 },
                "presence": { "enum": ["required", "optional"] },
            },
        },
    ] });
    let final_newline = json!({ "enum": ["required", "optional"] });
    let yaml = json!({ "type": "object", "additionalProperties": false, "required": ["yaml"],
        "properties": { "yaml": text, "final_newline": final_newline } });
    let csv = json!({
        "type": "object", "additionalProperties": false, "required": ["csv"],
        "properties": {
            "csv": text, "final_newline": final_newline,
            "preset": { "enum": preset_names().collect::<Vec<_>>() },
            "kind": { "enum": Rows::WORDS.map(|(word, _)| word) },
            "references": { "enum": ["declared", "live"] },
            "delimiter": { "enum": [",", ";", "|", ":", "tab", "\t"] },
            "columns": { "type": "object", "additionalProperties": column },
            "ignore": {
                "anyOf": [{ "const": "others" }, { "type": "array", "items": { "type": "string" } }],
            },
        },
    });
    json!({ "anyOf": [{ "type": "string", "pattern": "\\.(yaml|yml|csv)$" }, yaml, csv] })
}

/// Where people live.
fn directory(catalog: &Catalog) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let token = json!({ "anyOf": [
        {
            "type": "object", "additionalProperties": false, "required": ["env"],
            "properties": { "env": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" } },
        },
        {
            "type": "object", "additionalProperties": false, "required": ["file"],
            "properties": { "file": text },
        },
    ] });
    let properties = json!({
        "type": "object", "propertyNames": { "enum": writable(catalog, Kind::User) },
        "additionalProperties": text,
    });
    json!({ "anyOf": [
        {
            "type": "object", "additionalProperties": false, "required": ["local"],
            "properties": { "local": text },
        },
        {
            "type": "object", "additionalProperties": false, "required": ["scim", "token"],
            "properties": {
                "scim": { "type": "string", "pattern": "^https?://" }, "dialect": text, "tenant": text,
                "token": token,
            },
        },
        {
            "type": "object", "additionalProperties": false,
            "required": ["officevibe", "token", "sync_manager"],
            "properties": {
                "officevibe": { "type": "string", "pattern": "^https?://" },
                "form": { "const": "officevibe" }, "tenant": text, "token": token, "sync_manager": text,
                "invite_new_users": { "type": "boolean" }, "properties": properties,
            },
        },
        {
            "type": "object", "additionalProperties": false,
            "required": ["officevibe", "token", "form", "workleap_key"],
            "properties": {
                "officevibe": { "type": "string", "pattern": "^https?://" }, "form": { "const": "workleap" },
                "tenant": text, "token": token, "workleap_key": token, "properties": properties,
            },
        },
    ] })
}

fn config_schema(catalog: &Catalog) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let within = json!({
        "type": "string",
        "minLength": 1,
        "description": "Which undeclared ones are ours: `managed`, whom an applied plan declared; `all`; or \
            a CEL expression over `user` or `group`",
        "examples": ["managed", "all", "user.userName.endsWith(\"@example.com\")"],
    });
    let map = |kind: Kind| {
        let mapping = |name| (name, json!({ "$ref": "#/$defs/mapping" }));
        let properties: Map<_, _> = writable(catalog, kind).into_iter().map(mapping).collect();
        json!({ "type": "object", "additionalProperties": false, "properties": properties })
    };
    let order = |kind: Kind| {
        let fit = catalog.of(kind).filter(|one| one.unfit_to_match().is_none());
        let identifiers: Vec<_> = fit.map(|one| &*one.path).collect();
        json!({
            "type": "array", "minItems": 1, "uniqueItems": true,
            "items": { "enum": identifiers },
        })
    };
    json!({
        "$schema": DRAFT,
        "title": "wpsync.yaml",
        "description": "Which directory, which sources, who is managed and how far a plan may go",
        "type": "object",
        "additionalProperties": false,
        "required": ["version", "directory", "sources"],
        "properties": {
            "version": { "const": 1 },
            "directory": directory(catalog),
            "sources": { "type": "array", "minItems": 1, "items": source() },
            "map": closed(&json!({
                "preset": { "enum": ["entra-workplace"] }, "users": map(Kind::User),
                "groups": map(Kind::Group),
            })),
            "scope": closed(&json!({ "users": scoping(), "groups": scoping() })),
            "match": closed(&json!({ "users": order(Kind::User), "groups": order(Kind::Group) })),
            "manage": closed(&json!({
                "users": closed(&json!({
                    "absent": { "enum": ["keep", "deactivate", "delete"] }, "within": within,
                    "swaps": { "enum": ["refuse", "temporary"] },
                })),
                "groups": closed(&json!({
                    "absent": { "enum": ["keep", "delete"] }, "within": within,
                    "members": { "enum": ["exact", "add-only"] },
                    "swaps": { "enum": ["refuse", "temporary"] },
                })),
            })),
            "on_drift": {
                "enum": ["stop", "skip"],
                "description": "What an apply does about changes whose people or groups are not as the plan \
                    read them: `stop` writes nothing, `skip` does the rest",
            },
            "problems": {
                "enum": ["refuse", "hold"],
                "description": "What a plan does with rows that have an error of their own: `refuse` makes \
                    no plan, `hold` plans everybody else",
            },
            "limits": limits(),
            "protect": { "type": "array", "items": text },
            "self": text,
            "min_admins": min_admins(),
            "adopt": {
                "anyOf": [
                    { "const": "all" },
                    {
                        "type": "array",
                        "items": {
                            "type": "string",
                            "pattern": "^(all|users|groups|users\\..+|groups\\..+|group:.+)$",
                        },
                    },
                ],
            },
        },
        "$defs": { "column": { "enum": columns(catalog) }, "mapping": mapping() },
    })
}

/// The published schema, which must be what the catalog gives.
fn published(name: &str, expected: &Value) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schemas")
        .join(name);
    let text = serde_json::to_string_pretty(expected).expect("JSON") + "\n";
    if std::env::var_os("WPSYNC_BLESS").is_some() {
        std::fs::write(&path, &text).expect("a written schema");
    }
    let published = std::fs::read_to_string(&path).expect("a published schema");
    assert_eq!(
        published, text,
        "schemas/{name} is not what the catalog says; bless it"
    );
    serde_json::from_str(&published).expect("JSON")
}

fn accepts(schema: &Value, yaml: &str) -> bool {
    let instance: Value = serde_yaml::from_str(yaml).expect("YAML");
    jsonschema::draft202012::new(schema)
        .expect("a schema")
        .is_valid(&instance)
}

#[test]
fn the_schema_of_sources_accepts_people_and_refuses_unknown_keys() {
    let schema = published("sources.schema.json", &sources_schema(&CATALOG));
    for right in [
        "users: [{ userName: ada, externalId: 0123, active: true, name: { givenName: NO }, \
         emails: { work: a@b }, roles: [a], groups: [S] }]",
        "users: [{ externalId: 1, name.givenName: A, emails.work: a@b, addresses.work.locality: Z, \
         manager: bob, department: ~ }]",
        "users: [{ userName: a, \
         'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: X } }]",
        "users: [{ userName: a, addresses: { work: { locality: Z } } }]\n\
         groups: [{ displayName: S, members: [ada, 'group:T'] }, { displayName: T, members: [] }]",
        "groups:\n",
    ] {
        assert!(accepts(&schema, right), "{right}");
    }
    for wrong in [
        "users: [{ userName: ada, departement: x }]",
        "users: [{ userName: ada, name: { givename: x } }]",
        "users: [{ title: x }]",
        "users: [{ userName: ada, active: 'yes' }]",
        "users: [{ userName: ada, password: x }]",
        "users: [{ userName: ada, roles: a }]",
        "user: []",
        "groups: [{ displayName: S, groups: [T] }]",
        "[]",
    ] {
        assert!(!accepts(&schema, wrong), "{wrong}");
    }
}

#[test]
fn the_schema_of_the_configuration_accepts_the_contract_and_refuses_unknown_keys() {
    let schema = published("config.schema.json", &config_schema(&CATALOG));
    let start = "version: 1\ndirectory: { local: d.db }\nsources: [people.yaml]\n";
    let contract = "version: 1\ndirectory: { scim: 'https://x.example/v2', dialect: rfc7644, \
        token: { env: WPSYNC_TOKEN } }\n\
        sources:\n  - people.yaml\n  - { csv: hr/users.csv, preset: officevibe }\n  \
        - { csv: a.csv, columns: { A: userName, B: { attribute: groups, list: '|' } }, ignore: others }\n\
        map: { users: { displayName: 'row.first' } }\nscope: { users: 'true' }\n\
        match: { users: [externalId, userName] }\n\
        manage:\n  users: { absent: deactivate, within: all }\n  groups: { absent: keep, members: exact }\n\
        limits: { remove: 5%, create: 10, update: 0.5% }\nprotect: [break-glass@example.com]\n";
    assert!(accepts(&schema, start) && accepts(&schema, contract));
    for form in [
        "sync_manager: hr@example.com, invite_new_users: true, properties: { department: Department }",
        "form: workleap, workleap_key: { file: /run/secrets/workleap }",
    ] {
        let config = format!(
            "version: 1\ndirectory: {{ officevibe: 'https://app.officevibe.com', token: {{ env: KEY }}, \
             {form} }}\nsources: [people.yaml]\n"
        );
        assert!(accepts(&schema, &config), "{form}");
    }
    for wrong in [
        "versoin: 1\n",
        "limits: { remove: 5 percent }\n",
        "limits: { delete: 5% }\n",
        "manage: { users: { absent: remove } }\n",
        "manage: { groups: { absent: deactivate } }\n",
        "manage: { users: { swaps: always } }\n",
        "match: { users: [active] }\n",
        "map: { users: { displaName: x } }\n",
    ] {
        assert!(!accepts(&schema, &format!("{start}{wrong}")), "{wrong}");
    }
    for wrong in [
        "directory: { scim: 'https://x', token: secret }",
        "directory: { scim: 'https://x' }",
        "directory: {}",
        "directory: { local: d, dialect: x }",
    ] {
        assert!(
            !accepts(&schema, &format!("version: 1\nsources: [a.yaml]\n{wrong}\n")),
            "{wrong}"
        );
    }
}

#[test]
fn the_schema_of_the_policy_accepts_the_contract_and_refuses_unknown_keys() {
    let schema = published("policy.schema.json", &policy_schema());
    let contract = "version: 1\norigin: https://scim.example.com\ntenant: acme\n\
        limits: { remove: 20, identity: 1% }\nprotect: [a@example.com]\n\
        self: wpsync@example.com\nmin_admins: { group: Admins, count: 2 }\nallowed_signers: allowed_signers\n\
        approvals: { required: 1, removals: 2 }\n";
    assert!(accepts(&schema, "version: 1") && accepts(&schema, contract));
    for wrong in [
        "force: true",
        "min_admins: { count: 2 }",
        "approvals: { required: yes }",
        "limits: { delete: 1 }",
    ] {
        assert!(!accepts(&schema, &format!("version: 1\n{wrong}\n")), "{wrong}");
    }
}
