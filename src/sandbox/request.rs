//! The parts of a request besides its body: parameters, conditions, media type.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::Value;

use super::filter;
use super::list::Query;
use super::page::PageRequest;
use super::problem::ScimProblem;
use super::schema::Schemas;
use super::selection::AttributeSelection;
use super::sort::Sort;
use crate::model::Kind;

/// The largest body, in bytes. A group of 100,000 members fits.
pub(super) const MAX_BODY: usize = 32 << 20;

/// The parameters of a query, by lower-case name, from a URL or from the body of a `.search`.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    named: BTreeMap<String, Value>,
}

impl Parameters {
    pub(super) fn from_url(query: Option<&str>) -> Self {
        let mut named = BTreeMap::new();
        for pair in query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            named.insert(decoded(name).to_ascii_lowercase(), Value::from(decoded(value)));
        }
        Self { named }
    }

    pub(super) fn from_search(body: &Value) -> Result<Self, ScimProblem> {
        const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
        let body = body
            .as_object()
            .ok_or_else(|| ScimProblem::syntax("the body is not a JSON object"))?;
        let named: BTreeMap<_, _> = body
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        let is_search = named
            .get("schemas")
            .and_then(Value::as_array)
            .is_some_and(|urns| urns.iter().any(|urn| urn == SEARCH));
        if is_search {
            Ok(Self { named })
        } else {
            Err(ScimProblem::syntax(format!("schemas does not have {SEARCH}")))
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, ScimProblem> {
        match self.named.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ScimProblem::value(format!("{name} is not text"))),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, ScimProblem> {
        let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
        match self.named.get(name) {
            None => Ok(None),
            Some(value) => number(value)
                .map(Some)
                .ok_or_else(|| ScimProblem::value(format!("{name} is not a whole number"))),
        }
    }

    /// The names of a parameter: `a,b` in a URL, or an array in a body.
    fn names(&self, name: &str) -> Vec<String> {
        let whole = |text: &str| {
            text.split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect()
        };
        match self.named.get(name) {
            Some(Value::String(text)) => whole(text),
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(|name| Some(name.as_str()?.trim().to_owned()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// All parameters in the form of a URL, by lower-case name.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            value => value.to_string(),
        };
        self.named
            .iter()
            .filter(|(name, _)| *name != "schemas")
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    pub(super) fn selection(&self) -> Result<AttributeSelection, ScimProblem> {
        AttributeSelection::read(self.names("attributes"), self.names("excludedattributes"))
    }

    pub(super) fn query(
        &self,
        schemas: &'static Schemas,
        kinds: &'static [Kind],
    ) -> Result<Query, ScimProblem> {
        let types: Vec<_> = kinds.iter().map(|kind| schemas.of(*kind)).collect();
        Ok(Query {
            schemas,
            kinds,
            filter: self
                .text("filter")?
                .map(|text| filter::parse(&text))
                .transpose()?,
            sort: Sort::read(self.text("sortby")?, self.text("sortorder")?.as_deref(), &types)?,
            page: PageRequest::read(
                self.number("startindex")?,
                self.number("count")?,
                self.text("cursor")?,
            )?,
            selection: self.selection()?,
        })
    }
}

/// `+` is a space in a query (the form encoding that most clients use).
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text)
        .decode_utf8_lossy()
        .into_owned()
}

/// The body of a write.
pub(super) fn json(headers: &HeaderMap, body: &[u8]) -> Result<Value, ScimProblem> {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or(value).trim());
    if !media_type.is_none_or(|media_type| {
        ["application/scim+json", "application/json"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(media_type))
    }) {
        return Err(ScimProblem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be application/scim+json or application/json",
        ));
    }
    serde_json::from_slice(body)
        .map_err(|error| ScimProblem::syntax(format!("the body is not JSON: {error}")))
}

/// A header's text.
pub(super) fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}
