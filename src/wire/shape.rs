//! The nesting of one kind's flat attributes in SCIM: the catalog inverted, so that the codec finds an
//! attribute by its place in the JSON. It is built once for a directory.

use crate::dialect::AbsentMembers;
use crate::dialect::Dialect;
use crate::dialect::Primary;
use crate::model::{Attribute, AttributeId, Catalog, DataType, Kind, Place, Returned, well_known};
use crate::wire::style::Style;

/// One kind's nesting.
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// The URN of the kind's core schema.
    pub(crate) urn: String,
    /// The attributes of the core schema.
    pub(crate) core: Vec<Root>,
    /// The extensions by URN, each with its attributes.
    pub(crate) extensions: Vec<(Box<str>, Vec<Root>)>,
    pub(crate) absent_members: AbsentMembers,
    pub(crate) primary: Primary,
    pub(crate) style: Style,
}

/// One SCIM attribute at the top of a resource or of an extension.
pub(crate) struct Root {
    pub(crate) name: Box<str>,
    pub(crate) form: RootForm,
}

/// The form of a SCIM attribute.
pub(crate) enum RootForm {
    /// One value.
    Plain(AttributeSlot),
    /// Parts: `name`.
    Parts(Vec<AttributeSlot>),
    /// Elements by type: `emails`.
    Elements(Elements),
    /// Elements as a set, by a part or as plain values: `roles`.
    Set {
        slot: AttributeSlot,
        sub: Option<Box<str>>,
    },
    /// Another resource: `manager`, by the part that holds its id.
    Reference { id: AttributeId, part: Option<Box<str>> },
}

/// One flat attribute.
pub(crate) struct AttributeSlot {
    /// The part's name. For a plain attribute, the root's name.
    pub(crate) name: Box<str>,
    pub(crate) id: AttributeId,
    pub(crate) data_type: DataType,
}

/// The parts of typed elements, and the flat attribute of each part in an element of each type.
#[derive(Default)]
pub(crate) struct Elements {
    pub(crate) parts: Vec<(Box<str>, DataType)>,
    pub(crate) types: Vec<ElementType>,
}

/// One type of element. `word` is `None` for elements without a type.
pub(crate) struct ElementType {
    pub(crate) word: Option<Box<str>>,
    /// The flat attributes, by the number of the part.
    pub(crate) ids: Vec<Option<AttributeId>>,
}

impl Shape {
    pub(crate) fn new(catalog: &Catalog, kind: Kind, dialect: &Dialect) -> Self {
        let name = match kind {
            Kind::User => "User",
            Kind::Group => "Group",
        };
        let urn = format!("urn:ietf:params:scim:schemas:core:2.0:{name}");
        let mut shape = Self {
            kind,
            urn,
            core: Vec::new(),
            extensions: Vec::new(),
            absent_members: dialect.absent_members,
            primary: dialect.primary,
            style: Style::new(dialect),
        };
        // The id is not a flat attribute, because it identifies the resource. An attribute that is never
        // returned cannot be lifted.
        for attribute in catalog
            .of(kind)
            .filter(|attribute| &*attribute.path != "id" && attribute.returned != Returned::Never)
        {
            let roots = match &attribute.extension {
                None => &mut shape.core,
                Some(urn) => {
                    let at = shape
                        .extensions
                        .iter()
                        .position(|(known, _)| known == urn)
                        .unwrap_or_else(|| {
                            shape.extensions.push((urn.clone(), Vec::new()));
                            shape.extensions.len() - 1
                        });
                    &mut shape.extensions[at].1
                }
            };
            add(roots, attribute);
        }
        shape
    }

    /// The SCIM attribute that holds a flat one.
    pub(crate) fn root_of(&self, attribute: &Attribute) -> Option<&Root> {
        let roots = match &attribute.extension {
            None => &self.core,
            Some(urn) => &self.extensions.iter().find(|(known, _)| known == urn)?.1,
        };
        roots.iter().find(|root| root.name == attribute.root)
    }

    /// Whether the name is `members` of a group.
    pub(crate) fn is_members(&self, name: &str) -> bool {
        self.kind == Kind::Group && name.eq_ignore_ascii_case(well_known::MEMBERS)
    }
}

fn add(roots: &mut Vec<Root>, attribute: &Attribute) {
    let slot = |name: &str| AttributeSlot {
        name: name.into(),
        id: attribute.id,
        data_type: attribute.data_type,
    };
    let known = roots
        .iter_mut()
        .find(|root| root.name == attribute.root)
        .map(|root| &mut root.form);
    let form = match (&attribute.place, known) {
        (Place::Plain, _) => RootForm::Plain(slot(&attribute.root)),
        (Place::Reference, _) => RootForm::Reference {
            id: attribute.id,
            part: attribute.reference_part.clone(),
        },
        (Place::Set { sub }, _) => RootForm::Set {
            slot: slot(&attribute.root),
            sub: sub.clone(),
        },
        (Place::Part { sub }, Some(RootForm::Parts(slots))) => return slots.push(slot(sub)),
        (Place::Part { sub }, _) => RootForm::Parts(vec![slot(sub)]),
        (Place::Element { element_type, sub }, Some(RootForm::Elements(elements))) => {
            return elements.add(element_type.as_deref(), sub, attribute);
        }
        (Place::Element { element_type, sub }, _) => {
            let mut elements = Elements::default();
            elements.add(element_type.as_deref(), sub, attribute);
            RootForm::Elements(elements)
        }
    };
    roots.push(Root {
        name: attribute.root.clone(),
        form,
    });
}

impl Elements {
    fn add(&mut self, word: Option<&str>, sub: &str, attribute: &Attribute) {
        let part = self
            .parts
            .iter()
            .position(|(name, _)| &**name == sub)
            .unwrap_or_else(|| {
                self.parts.push((sub.into(), attribute.data_type));
                self.parts.len() - 1
            });
        let at = self
            .types
            .iter()
            .position(|known| known.word.as_deref() == word)
            .unwrap_or_else(|| {
                self.types.push(ElementType {
                    word: word.map(Into::into),
                    ids: Vec::new(),
                });
                self.types.len() - 1
            });
        let ids = &mut self.types[at].ids;
        ids.resize(ids.len().max(part + 1), None);
        ids[part] = Some(attribute.id);
    }

    /// The index of an element type, without regard to case.
    pub(crate) fn type_at(&self, word: Option<&str>) -> Option<usize> {
        self.types
            .iter()
            .position(|known| match (known.word.as_deref(), word) {
                (Some(known), Some(word)) => known.eq_ignore_ascii_case(word),
                (known, word) => known.is_none() && word.is_none(),
            })
    }

    /// The flat attribute of a part of an element of a type.
    pub(crate) fn id(&self, element_type: usize, part: usize) -> Option<AttributeId> {
        self.types[element_type].ids.get(part).copied().flatten()
    }

    /// The number of a part.
    pub(crate) fn part_at(&self, name: &str) -> Option<usize> {
        self.parts
            .iter()
            .position(|(known, _)| known.eq_ignore_ascii_case(name))
    }
}

/// The position of a root, without regard to case. The lists are short and the names differ in length, so
/// this is faster than hashing.
pub(crate) fn find(roots: &[Root], name: &str) -> Option<usize> {
    roots.iter().position(|root| root.name.eq_ignore_ascii_case(name))
}
