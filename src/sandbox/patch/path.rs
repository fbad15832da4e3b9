//! The target of a PATCH operation: `title`, `name.givenName`, `emails[type eq "work"].value`,
//! `urn:…:User:department`, `urn:…:User`.

use super::super::filter::{BoundFilter, Filter, FilterReader, bind_element};
use super::super::problem::ScimProblem;
use super::super::schema::{Resolved, ResourceType, named};
use crate::model::SchemaDocument;

/// The target of an operation.
#[derive(Debug)]
pub(in super::super) enum PatchTarget {
    /// All attributes of an extension.
    Extension(&'static SchemaDocument),
    Attribute(Box<Path>),
}

/// An attribute, some of its elements, or a part of them.
#[derive(Debug)]
pub(in super::super) struct Path {
    pub(in super::super) resolved: Resolved,
    /// The filter that selects elements, as written and bound to the attribute.
    pub(in super::super) filter: Option<(Filter, BoundFilter)>,
}

/// The parts of a path's text, before its names are looked up.
#[derive(Debug, PartialEq)]
pub(in super::super) struct PathText<'t> {
    pub(in super::super) name: &'t str,
    pub(in super::super) filter: Option<Filter>,
    /// The sub-attribute after the filter.
    pub(in super::super) part: Option<&'t str>,
}

impl<'t> PathText<'t> {
    /// `attrPath / valuePath [subAttr]` (RFC 7644, section 3.5.2).
    pub(in super::super) fn read(text: &'t str) -> Result<Self, ScimProblem> {
        let mut reader = FilterReader::new(text);
        let mut written = Self {
            name: reader.attribute()?,
            filter: None,
            part: None,
        };
        if reader.take('[') {
            written.filter = Some(reader.element(0)?);
            if reader.take('.') {
                written.part = Some(reader.part()?);
            }
        }
        if reader.rest().is_empty() {
            Ok(written)
        } else {
            Err(reader.unexpected("the end"))
        }
    }
}

impl PatchTarget {
    /// Reads a path.
    pub(in super::super) fn read(
        resource_type: &'static ResourceType,
        text: &str,
    ) -> Result<Self, ScimProblem> {
        if let Some(extension) = resource_type.extension(text) {
            return Ok(Self::Extension(extension));
        }
        let PathText { name, filter, part } = PathText::read(text)
            .map_err(|problem| ScimProblem::path(format!("path {text:?}: {}", problem.detail)))?;
        let mut resolved = resource_type
            .resolve(name)
            .ok_or_else(|| ScimProblem::path(format!("path {text:?}: no schema has it")))?;
        let attribute = resolved.attribute;
        let Some(written) = filter else {
            return Ok(Self::Attribute(Box::new(Path {
                resolved,
                filter: None,
            })));
        };
        if resolved.part.is_some() || !attribute.multi_valued || attribute.sub_attributes.is_empty() {
            return Err(ScimProblem::path(format!(
                "path {text:?}: {name} takes no value filter"
            )));
        }
        // An error inside the brackets is an error of the filter (RFC 7644, section 3.12).
        let bound = bind_element(&written, attribute)?;
        if let Some(part) = part {
            let part = named(&attribute.sub_attributes, part)
                .ok_or_else(|| ScimProblem::path(format!("path {text:?}: no such part")))?;
            resolved.part = Some(part);
        }
        Ok(Self::Attribute(Box::new(Path {
            resolved,
            filter: Some((written, bound)),
        })))
    }
}
