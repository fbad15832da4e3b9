//! Changes of attributes as PATCH operations (RFC 7644, section 3.5.2): one operation for each attribute,
//! with a path, in forms for different services. A path never matches more than the plan read.

use serde_json::{Map, Value as Json, json};

use crate::dialect::ElementRemoval;
use crate::model::Live;
use crate::model::{Attribute, AttributeId, Catalog, Place, Value};
use crate::wire::envelope;
use crate::wire::failure::Failure;
use crate::wire::lower;
use crate::wire::lower::parts_of;
use crate::wire::shape::Elements;
use crate::wire::shape::RootForm;
use crate::wire::shape::Shape;
use crate::wire::style::OperationTarget;
use crate::wire::style::Style;
use crate::wire::style::cleared;

/// A change of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The attribute.
    pub attribute: AttributeId,
    /// The new value. `None` clears the attribute.
    pub value: Option<Value>,
}

/// The body of a PATCH.
pub(crate) fn body(operations: &[Json]) -> Json {
    json!({ "schemas": [envelope::PATCH_OP], "Operations": operations })
}

/// The operations that change the live resource's attributes as the edits say.
pub(crate) fn operations(
    live: &Live,
    edits: &[Edit],
    shape: &Shape,
    catalog: &Catalog,
) -> Result<Vec<Json>, Failure> {
    let mut operations = Vec::with_capacity(edits.len());
    let mut done: Vec<(String, Option<&str>)> = Vec::new();
    for edit in edits {
        let attribute = catalog.attribute(edit.attribute);
        if attribute.kind != live.kind {
            return Err(Failure::not_sent(&format!(
                "`{}` is not an attribute of a {}",
                attribute.path,
                live.kind.word()
            )));
        }
        match &attribute.place {
            Place::Plain | Place::Reference | Place::Part { .. } => {
                operations.push(replacement(
                    shape.style,
                    attribute,
                    edit.value.as_ref().map(|value| lower::value(attribute, value)),
                )?);
            }
            Place::Set { sub } => {
                let value = edit
                    .value
                    .as_ref()
                    .map(|value| lower::set(attribute, sub.as_deref(), value));
                operations.push(replacement(shape.style, attribute, value)?);
            }
            Place::Element { element_type, .. } => {
                let element = (attribute.qualified_root(), element_type.as_deref());
                if done.contains(&element) {
                    continue; // all edits of one element were turned into operations together
                }
                done.push(element);
                let Some(RootForm::Elements(elements)) = shape.root_of(attribute).map(|root| &root.form)
                else {
                    return Err(Failure::not_sent(&format!(
                        "`{}` has no place in the resource",
                        attribute.path
                    )));
                };
                Element::new(live, edits, elements, attribute)?.operations(
                    shape.style,
                    catalog,
                    &mut operations,
                )?;
            }
        }
    }
    Ok(operations)
}

/// The operation that sets an attribute, or clears it.
fn replacement(
    style: Style,
    attribute: &Attribute,
    value: Option<Result<Json, Failure>>,
) -> Result<Json, Failure> {
    match value {
        Some(value) => Ok(style.replace(&OperationTarget::of(attribute), value?)),
        None => style.clear(attribute),
    }
}

/// One element of a multi-valued attribute, such as `emails.work` with all its parts, before and after the
/// edits.
struct Element<'e> {
    target: OperationTarget<'e>,
    path: String,
    word: Option<&'e str>,
    parts: Vec<Part<'e>>,
    live: &'e Live,
    elements: &'e Elements,
}

/// A part of the element.
struct Part<'e> {
    name: &'e str,
    id: AttributeId,
    before: Option<&'e Value>,
    /// The edit of the part. `None` if there is none.
    edit: Option<&'e Edit>,
}

impl<'e> Element<'e> {
    fn new(
        live: &'e Live,
        edits: &'e [Edit],
        elements: &'e Elements,
        attribute: &'e Attribute,
    ) -> Result<Self, Failure> {
        let wanted = match &attribute.place {
            Place::Element { element_type, .. } => element_type.as_deref(),
            _ => None,
        };
        let at = elements
            .type_at(wanted)
            .ok_or_else(|| Failure::not_sent(&format!("`{}` has no element", attribute.path)))?;
        let part = |name: &'e str, id: AttributeId| Part {
            name,
            id,
            before: live.attributes.get(id),
            edit: edits.iter().find(|edit| edit.attribute == id),
        };
        let parts = parts_of(elements, at).map(|(name, id)| part(name, id)).collect();
        let word = elements.types[at].word.as_deref();
        Ok(Self {
            target: OperationTarget::of(attribute),
            path: attribute.qualified_root(),
            word,
            parts,
            live,
            elements,
        })
    }

    fn operations(&self, style: Style, catalog: &Catalog, operations: &mut Vec<Json>) -> Result<(), Failure> {
        let exists = self.parts.iter().any(|part| part.before.is_some());
        // The part `primary` alone does not keep an element.
        let stays = self
            .parts
            .iter()
            .any(|part| part.name != "primary" && part.after().is_some());
        // Not every service can change several elements of one type, or elements without a type, in place.
        let anew = self.word.is_none() || self.parts.iter().any(Part::is_repeated);
        if exists && (!stays || anew) {
            let by_value = style.element_removal == ElementRemoval::Value
                && self.parts.iter().any(|part| part.name == "value");
            let suffix = if by_value { ".value" } else { "" };
            operations.push(style.remove_at(&format!("{}{suffix}", self.filtered(catalog)?)));
        }
        if stays && (!exists || anew) {
            operations.push(style.add(&self.target, self.whole(catalog)?));
        }
        if !exists || !stays || anew {
            return Ok(());
        }
        let filtered = self.filtered(catalog)?;
        for part in &self.parts {
            if let Some(edit) = part.edit {
                let (attribute, path) = (catalog.attribute(part.id), format!("{filtered}.{}", part.name));
                operations.push(match &edit.value {
                    Some(value) => style.replace_at(&path, &lower::value(attribute, value)?),
                    None => match cleared(attribute, style.clearing)? {
                        Some(nothing) => style.replace_at(&path, &nothing),
                        None => style.remove_at(&path),
                    },
                });
            }
        }
        Ok(())
    }

    /// The path of the live element: by its type. An element without a type is found by a text that no other
    /// element holds.
    fn filtered(&self, catalog: &Catalog) -> Result<String, Failure> {
        if let Some(word) = self.word {
            return Ok(format!("{}[type eq {}]", self.path, Json::from(word)));
        }
        let mut parts: Vec<&Part<'e>> = self.parts.iter().collect();
        parts.sort_by_key(|part| part.name != "value");
        for part in parts {
            if let Some(before @ Value::Text(text)) = part.before
                && !self.is_held_elsewhere(part, before, catalog)
            {
                return Ok(format!("{}[{} eq {}]", self.path, part.name, Json::from(&**text)));
            }
        }
        Err(Failure::not_sent(&format!(
            "the elements of `{}` without a type cannot be told apart from the others",
            self.path
        )))
    }

    fn is_held_elsewhere(&self, part: &Part<'e>, value: &Value, catalog: &Catalog) -> bool {
        let attribute = catalog.attribute(part.id);
        let answers = |held: &Value| match (held, value) {
            (Value::Text(held), Value::Text(value)) => attribute.names_the_same(held, value),
            (held, value) => attribute.same(held, value),
        };
        let same = |held: &Value| match held {
            Value::List(all) => all.iter().any(answers),
            held => answers(held),
        };
        let others = (0..self.elements.types.len()).filter(|at| self.elements.types[*at].word.is_some());
        others
            .flat_map(|at| parts_of(self.elements, at))
            .any(|(name, id)| name == part.name && self.live.attributes.get(id).is_some_and(same))
    }

    /// The element, or the elements, after the edits.
    fn whole(&self, catalog: &Catalog) -> Result<Json, Failure> {
        let mut all: Vec<Map<String, Json>> = Vec::new();
        for part in &self.parts {
            let Some(value) = part.after() else { continue };
            let values = match value {
                Value::List(values) => &values[..],
                value => std::slice::from_ref(value),
            };
            for (at, value) in values.iter().enumerate() {
                if all.len() <= at {
                    all.push(
                        self.word
                            .map(|word| ("type".to_owned(), Json::from(word)))
                            .into_iter()
                            .collect(),
                    );
                }
                all[at].insert(
                    part.name.to_owned(),
                    lower::value(catalog.attribute(part.id), value)?,
                );
            }
        }
        Ok(all.into_iter().map(Json::Object).collect())
    }
}

impl<'e> Part<'e> {
    fn is_repeated(&self) -> bool {
        matches!(self.before, Some(Value::List(_))) || matches!(self.after(), Some(Value::List(_)))
    }

    fn after(&self) -> Option<&'e Value> {
        self.edit.map_or(self.before, |edit| edit.value.as_ref())
    }
}
