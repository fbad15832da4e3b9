//! A SCIM schema document as flat attributes: one for each part of a complex attribute, and one for each type
//! of element that the document suggests.

use super::schema::{AttributeDefinition, DataType, Mutability, SchemaDocument};
use super::{Attribute, AttributeId, Encoding, Kind, Place, well_known};

/// The start of the URNs of the core schemas (RFC 7643, section 8.7).
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0";

/// An attribute of the flat resource, before the catalog gives it an id.
pub(super) struct FlatAttribute<'d> {
    pub(super) kind: Kind,
    /// The names that sources may use, the path first.
    pub(super) names: Vec<String>,
    document: &'d SchemaDocument,
    /// The SCIM attribute at the top of the resource.
    definition: &'d AttributeDefinition,
    /// The definition of the value itself: a sub-attribute, or `definition` again.
    holder: &'d AttributeDefinition,
    place: Place,
}

/// The flat attributes of a document. Membership is not among them: it is a delta on the group.
pub(super) fn flatten(document: &SchemaDocument) -> Vec<FlatAttribute<'_>> {
    let mut found = Vec::new();
    for kind in kinds_of(document) {
        let is_membership =
            |name: &str| name == well_known::MEMBERS || (name == well_known::GROUPS && kind == Kind::User);
        for definition in &document.attributes {
            if !is_membership(&definition.name) {
                let parent = Parent {
                    kind,
                    document,
                    definition,
                };
                found.append(&mut parent.flattened());
            }
        }
    }
    found
}

fn kinds_of(document: &SchemaDocument) -> Vec<Kind> {
    match document.id.rsplit(':').next() {
        Some("User") => vec![Kind::User],
        Some("Group") => vec![Kind::Group],
        Some("Common") => Kind::ALL.to_vec(),
        _ => Vec::new(),
    }
}

impl FlatAttribute<'_> {
    /// How sources and plans name the attribute.
    pub(super) fn path(&self) -> &str {
        &self.names[0]
    }

    /// The attribute of a catalog, under an id of that catalog.
    pub(super) fn into_attribute(self, id: AttributeId) -> Attribute {
        let Self {
            document,
            definition,
            holder,
            ..
        } = self;
        let is_core = document.id.starts_with(CORE) || document.id.ends_with(":Common");
        Attribute {
            id,
            kind: self.kind,
            path: self.path().into(),
            extension: (!is_core).then(|| document.id.clone().into()),
            is_written_at_top: false,
            root: definition.name.clone().into(),
            place: self.place,
            data_type: holder.data_type,
            case_exact: holder.case_exact,
            mutability: if definition.mutability == Mutability::ReadWrite {
                holder.mutability
            } else {
                definition.mutability
            },
            returned: definition.returned,
            uniqueness: definition.uniqueness,
            required: definition.required && holder.name == definition.name,
            reference_part: Some("value".into()),
            encoding: Encoding::Json,
            normalises: Box::default(),
            rewriting: None,
        }
    }
}

/// A SCIM attribute whose flat attributes are collected.
#[derive(Clone, Copy)]
struct Parent<'d> {
    kind: Kind,
    document: &'d SchemaDocument,
    definition: &'d AttributeDefinition,
}

impl<'d> Parent<'d> {
    fn flattened(self) -> Vec<FlatAttribute<'d>> {
        let definition = self.definition;
        let name = &definition.name;
        let long_value = || vec![format!("{name}.value")];
        match (definition.data_type, definition.multi_valued) {
            (DataType::Complex, false) => match (self.part("$ref"), self.part("value")) {
                (Some(_), Some(value)) => vec![self.flat(name, Place::Reference, value, long_value())],
                _ => self.parts(),
            },
            (DataType::Complex, true) => {
                let types = self.part("type").map_or(&[][..], |part| &part.canonical_values);
                match self.part("value") {
                    Some(value) if types.is_empty() => {
                        let place = Place::Set {
                            sub: Some("value".into()),
                        };
                        vec![self.flat(name, place, value, long_value())]
                    }
                    _ => std::iter::once(None)
                        .chain(types.iter().map(|word| Some(word.as_str())))
                        .flat_map(|element_type| self.element(element_type))
                        .collect(),
                }
            }
            (_, false) => vec![self.flat(name, Place::Plain, definition, vec![])],
            (_, true) => vec![self.flat(name, Place::Set { sub: None }, definition, vec![])],
        }
    }

    fn part(self, wanted: &str) -> Option<&'d AttributeDefinition> {
        self.definition
            .sub_attributes
            .iter()
            .find(|part| part.name == wanted)
    }

    /// `name.givenName`, `name.familyName`, …
    fn parts(self) -> Vec<FlatAttribute<'d>> {
        let flat = |part: &'d AttributeDefinition| {
            let place = Place::Part {
                sub: part.name.clone().into(),
            };
            let path = format!("{}.{}", self.definition.name, part.name);
            self.flat(&path, place, part, vec![])
        };
        self.definition.sub_attributes.iter().map(flat).collect()
    }

    /// The parts of the element of a type, or of the element without a type: `emails`, `emails.work`,
    /// `emails.work.display`, `addresses.work.locality`, …
    fn element(self, element_type: Option<&str>) -> Vec<FlatAttribute<'d>> {
        let name = &self.definition.name;
        let prefix = element_type.map_or_else(|| name.clone(), |word| format!("{name}.{word}"));
        let flat = |part: &'d AttributeDefinition| {
            let place = Place::Element {
                element_type: element_type.map(Into::into),
                sub: part.name.clone().into(),
            };
            let filter = element_type.map(|word| format!("{name}[type eq \"{word}\"].{}", part.name));
            let long = format!("{prefix}.{}", part.name);
            if part.name == "value" {
                let names = std::iter::once(long).chain(filter).collect();
                self.flat(&prefix, place, part, names)
            } else {
                self.flat(&long, place, part, filter.into_iter().collect())
            }
        };
        self.definition
            .sub_attributes
            .iter()
            .filter(|part| part.name != "type" && part.mutability != Mutability::ReadOnly)
            .map(flat)
            .collect()
    }

    /// A flat attribute under its path, further names, and all of them after the URN.
    fn flat(
        self,
        path: &str,
        place: Place,
        holder: &'d AttributeDefinition,
        further: Vec<String>,
    ) -> FlatAttribute<'d> {
        let mut names = vec![path.to_owned()];
        names.extend(further);
        let qualified: Vec<String> = names
            .iter()
            .map(|name| format!("{}:{name}", self.document.id))
            .collect();
        names.extend(qualified);
        FlatAttribute {
            kind: self.kind,
            names,
            document: self.document,
            definition: self.definition,
            holder,
            place,
        }
    }
}
