//! The JSON Schemas of the files that are read into Rust types, generated from these types. A test compares
//! them with the files in `schemas/`; `WPSYNC_BLESS=1 cargo test --lib schemas` rewrites the files. The
//! schemas of `wpsync.yaml`, of the policy and of the sources are generated from the catalog, in
//! `tests/library/`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use crate::dialect::{Dialect, Emulated, EmulatedMembership, Notes};
use crate::digest::Digest;
use crate::model::Key;
use crate::plan::Header;
use crate::plan::file::PlanFile;
use crate::receipt::Receipt;
use crate::review::shown::ShownPlan;

/// A text that stands for something, and so is not empty.
#[derive(Default, serde::Serialize, JsonSchema)]
#[schemars(inline, description = "")]
pub(crate) struct NonEmptyText(#[schemars(length(min = 1))] String);

impl JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "A SHA-256 digest.",
        })
    }
}

impl JsonSchema for Key {
    fn schema_name() -> Cow<'static, str> {
        "Key".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(user|group):.",
            "description": "`user:NAME` or `group:NAME`. A person's name is their `userName`, or their \
                `externalId` where there is none; a group's is its `displayName`.",
        })
    }
}

/// The schema of a plan's header as `show` prints it. Withheld changes are a number there, and a redacted
/// view has no key.
pub(crate) fn shown_header(generator: &mut SchemaGenerator) -> Schema {
    let mut header = Header::json_schema(generator);
    let rows = header.get_mut("properties").and_then(Json::as_object_mut);
    let rows = rows.expect("a header has rows");
    let of_names = generator.subschema_for::<BTreeMap<String, u64>>();
    rows["withheld"]
        .as_object_mut()
        .expect("a row")
        .extend(of_names.as_object().expect("a map").clone());
    rows["pseudonym_key"]
        .as_object_mut()
        .expect("a row")
        .remove("pattern");
    let required = header.get_mut("required").and_then(Json::as_array_mut);
    required
        .expect("a header has required rows")
        .retain(|name| name != "change_digest");
    header
}

/// The schema of a type as serde writes it.
fn written<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// The schema of a dialect's file. The file is read into several structs; the schema merges them.
fn dialect() -> Schema {
    let settings = SchemaSettings::draft2020_12();
    let meta_schema = settings.meta_schema.clone();
    let mut generator = settings.into_generator();
    let mut file = Dialect::json_schema(&mut generator);
    add_rows(&mut file, &Emulated::json_schema(&mut generator));
    add_rows(&mut file, &Notes::json_schema(&mut generator));
    file.insert("required".into(), ["name"].as_slice().into());
    let emulated = EmulatedMembership::json_schema(&mut generator);
    let mut definitions = generator.take_definitions(true);
    definitions.remove("EmulatedMembership");
    let membership = definitions.get_mut("Membership").expect("a definition");
    add_rows(membership.try_into().expect("a schema"), &emulated);
    file.insert("$defs".into(), definitions.into());
    file.insert("$schema".into(), meta_schema.into());
    file
}

/// Adds the rows of another struct to a schema. The result allows no other rows.
fn add_rows(schema: &mut Schema, others: &Schema) {
    let others = others.get("properties").and_then(Json::as_object);
    let rows = schema.get_mut("properties").and_then(Json::as_object_mut);
    let (rows, others) = rows.zip(others).expect("both have rows");
    for (name, row) in others {
        rows.entry(name).or_insert_with(|| row.clone());
    }
    schema.insert("additionalProperties".into(), false.into());
}

/// Puts a schema into the form that its readers expect: each description in one line, and no formats that
/// only Rust has.
fn tidy(schema: &mut Schema) {
    if let Some(Json::String(description)) = schema.get_mut("description") {
        *description = description
            .replace("\n\n", "\u{0}")
            .replace('\n', " ")
            .replace('\u{0}', "\n\n");
    }
    let is_rusts =
        |format: &str| ["int", "uint"].contains(&format.trim_end_matches(|end: char| end.is_ascii_digit()));
    if schema.get("format").and_then(Json::as_str).is_some_and(is_rusts) {
        schema.remove("format");
    }
    if let Some(default) = schema.get_mut("default") {
        without_nothing(default);
        if says_nothing(default) {
            schema.remove("default");
        }
    }
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required = |name: &String| {
        required
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == name))
    };
    if let Some(Json::Object(properties)) = schema.get_mut("properties") {
        let optional = properties.iter_mut().filter(|(name, _)| !is_required(name));
        optional.for_each(|(_, property)| without_null(property));
    }
}

/// Whether a default is empty, as readers expect of a row that is left out.
fn says_nothing(default: &Json) -> bool {
    match default {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(parts) => parts.values().all(says_nothing),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Removes the empty parts of a default.
fn without_nothing(default: &mut Json) {
    if let Json::Object(parts) = default {
        parts.retain(|_, part| !says_nothing(part));
    }
}

/// Removes `null` from the types of an optional property: wpsync leaves the property out instead of writing
/// `null`.
fn without_null(property: &mut Json) {
    let Some(property) = property.as_object_mut() else {
        return;
    };
    if let Some(Json::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".into(), only);
        }
    }
    let Some(Json::Array(mut forms)) = property.remove("anyOf") else {
        return;
    };
    forms.retain(|form| form["type"] != "null");
    match forms.as_slice() {
        [Json::Object(only)] => {
            for (key, value) in only {
                property.entry(key).or_insert_with(|| value.clone());
            }
        }
        _ => {
            property.insert("anyOf".into(), forms.into());
        }
    }
}

/// A file of `schemas/`.
struct Published {
    name: &'static str,
    title: &'static str,
    description: &'static str,
}

impl Published {
    /// Asserts that the file holds this schema.
    fn assert_is(&self, schema: Schema) {
        let mut schema = schema;
        RecursiveTransform(tidy).transform(&mut schema);
        schema.insert("title".into(), self.title.into());
        schema.insert("description".into(), self.description.into());
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        let link = text.lines().find(|line| line.contains("[`"));
        assert_eq!(link, None, "a link of rustdoc says nothing in an editor");
        let path = format!("{}/schemas/{}.schema.json", env!("CARGO_MANIFEST_DIR"), self.name);
        if std::env::var_os("WPSYNC_BLESS").is_some() {
            std::fs::write(&path, &text).expect("a written schema");
        }
        let is_same = std::fs::read_to_string(&path).is_ok_and(|before| before == text);
        assert!(
            is_same,
            "{path} is not what the types say; WPSYNC_BLESS=1 writes it anew"
        );
    }
}

#[test]
fn the_schema_of_dialects_is_what_is_read() {
    let file = Published {
        name: "dialect",
        title: "wpsync dialect",
        description: "How one SCIM service departs from the RFC. A row that is left out means its default.",
    };
    file.assert_is(dialect());
}

#[test]
fn the_schema_of_plans_is_what_is_written() {
    let file = Published {
        name: "plan",
        title: "wpsync plan",
        description: "A sealed plan. The digest is SHA-256 over the bytes before the last line.",
    };
    file.assert_is(written::<PlanFile>());
}

#[test]
fn the_schema_of_receipts_is_what_is_written() {
    let file = Published {
        name: "receipt",
        title: "wpsync receipt",
        description: "The result of an apply",
    };
    file.assert_is(written::<Receipt>());
}

#[test]
fn the_schema_of_shown_plans_is_what_is_printed() {
    let file = Published {
        name: "show",
        title: "wpsync show --format json",
        description: "A plan with Terraform's names, for policies and bots. Minor versions of the format \
                      add properties.",
    };
    file.assert_is(written::<ShownPlan<'static>>());
}
