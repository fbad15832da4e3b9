//! Where a PATCH operation acts: `title`, `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`, `urn:…:User`.

use super::super::filter::{Condition, Filter, Reader, bind_element};
use super::super::problem::Problem;
use super::super::schema::{Resolved, ResourceType, named};
use crate::model::SchemaDocument;

/// What an operation acts on.
#[derive(Debug)]
pub(in super::super) enum Target {
    /// All attributes of an extension.
    Extension(&'static SchemaDocument),
    Attribute(Box<Path>),
}

/// An attribute, some of its elements, or a part of them.
#[derive(Debug)]
pub(in super::super) struct Path {
    pub(in super::super) resolved: Resolved,
    /// Which elements: as written, and bound to the attribute.
    pub(in super::super) filter: Option<(Filter, Condition)>,
}

impl Target {
    /// Reads a path.
    pub(in super::super) fn read(resource_type: &'static ResourceType, text: &str) -> Result<Self, Problem> {
        if let Some(extension) = resource_type.extension(text) {
            return Ok(Self::Extension(extension));
        }
        let wrong = |problem: Problem| Problem::path(format!("path {text:?}: {}", problem.detail));
        let mut reader = Reader::new(text);
        let name = reader.attribute().map_err(wrong)?;
        let mut resolved = resource_type.resolve(name).ok_or_else(|| Problem::path(format!("path {text:?}: no schema has it")))?;
        let mut filter = None;
        if reader.take('[') {
            let attribute = resolved.attribute;
            if resolved.part.is_some() || !attribute.multi_valued || attribute.sub_attributes.is_empty() {
                return Err(Problem::path(format!("path {text:?}: {name} takes no value filter")));
            }
            let written = reader.element(0).map_err(wrong)?;
            // What is wrong inside the brackets is the filter's fault (RFC 7644, section 3.12).
            let bound = bind_element(&written, attribute)?;
            filter = Some((written, bound));
            if reader.take('.') {
                let part = reader.attribute().map_err(wrong)?;
                resolved.part =
                    Some(named(&attribute.sub_attributes, part).ok_or_else(|| Problem::path(format!("path {text:?}: no such part")))?);
            }
        }
        if reader.rest().is_empty() {
            Ok(Self::Attribute(Box::new(Path { resolved, filter })))
        } else {
            Err(wrong(reader.unexpected("the end")))
        }
    }
}
