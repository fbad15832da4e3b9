//! A look-up as a service sees it: `attribute eq "value"`, or several of these joined by `or`, and which rows
//! it finds.

use percent_encoding::percent_decode_str;
use serde_json::Value as Json;
use wpsync::model::fold;
use wpsync::wire::Request;

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Exact,
    Folded,
}

/// A filter: comparisons of which one must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookUp {
    comparisons: Vec<Comparison>,
}

/// One comparison of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    /// The names from the resource to the value, a schema's URN included.
    path: Vec<String>,
    value: Json,
}

impl LookUp {
    /// The look-up that a request is; none where it has no filter.
    ///
    /// # Panics
    /// When the filter is not comparisons by `eq` joined by `or`: that is all that the client asks.
    pub fn of(request: &Request) -> Option<Self> {
        let filter = parameters(request).find_map(|(name, value)| (name == "filter").then_some(value))?;
        Some(Self {
            comparisons: filter
                .split_inclusive("\" or ")
                .map(|text| Comparison::parse(text.trim_end_matches(" or ")))
                .collect(),
        })
    }

    /// Whether a row is an answer.
    pub fn finds(&self, row: &Json, case: Case) -> bool {
        self.comparisons
            .iter()
            .any(|comparison| comparison.finds(row, case))
    }
}

impl Comparison {
    fn parse(text: &str) -> Self {
        let (path, value) = text.split_once(" eq ").expect("a comparison by eq");
        let (schema, names) = match path.rsplit_once(':') {
            Some((schema, names)) => (Some(schema), names),
            None => (None, path),
        };
        Self {
            path: schema
                .into_iter()
                .chain(names.split('.'))
                .map(str::to_owned)
                .collect(),
            value: serde_json::from_str(value).expect("a JSON value"),
        }
    }

    fn finds(&self, row: &Json, case: Case) -> bool {
        self.values(row).iter().any(|held| match (held, &self.value) {
            (Json::String(held), Json::String(asked)) if case == Case::Folded => fold(held) == fold(asked),
            (held, asked) => *held == asked,
        })
    }

    fn values<'a>(&self, row: &'a Json) -> Vec<&'a Json> {
        self.path.iter().fold(vec![row], |found, name| {
            found
                .into_iter()
                .flat_map(|value| match &value[name.as_str()] {
                    Json::Null => Vec::new(),
                    Json::Array(elements) => elements.iter().collect(),
                    value => vec![value],
                })
                .collect()
        })
    }
}

/// The parameters of a request, decoded.
fn parameters(request: &Request) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    request
        .query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(move |(name, value)| (decoded(name), decoded(value)))
}

/// The same request without its filter.
pub fn without_filter(request: &Request) -> Request {
    let query: Vec<&str> = request
        .query
        .split('&')
        .filter(|pair| !pair.starts_with("filter="))
        .collect();
    Request {
        query: query.join("&"),
        ..request.clone()
    }
}
