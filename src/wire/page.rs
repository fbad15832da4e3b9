//! One page of a list (RFC 7644, section 3.4.2). Its form is checked before any row is used.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Live;
use crate::wire::envelope;
use crate::wire::lift::ResourceSeed;
use crate::wire::scalar::Text;
use crate::wire::scalar::Texts;
use crate::wire::shape::Shape;

/// The rows of a page, and what the service states about the whole list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Live>,
    /// The total. `None` if the service omits it, as RFC 9865 allows.
    pub(crate) total: Option<u64>,
    pub(crate) next_cursor: Option<String>,
}

/// Reads a page. `itemsPerPage` and `startIndex` are not read, because services echo the request there.
pub(crate) fn parse(text: &str, shape: &Shape) -> Result<Page, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let page = PageSeed(shape).deserialize(&mut json)?;
    json.end()?;
    Ok(page)
}

struct PageSeed<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = Page;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Page, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = Page;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a SCIM ListResponse")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Page, M::Error> {
        let (mut schemas, mut rows, mut total, mut cursor) = (None, None, None, None);
        let twice = || M::Error::custom("a name stands twice in the ListResponse");
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let repeated = if name.eq_ignore_ascii_case("schemas") {
                schemas.replace(map.next_value::<Texts>()?.0).is_some()
            } else if name.eq_ignore_ascii_case("Resources") {
                rows.replace(map.next_value_seed(RowsSeed(self.0))?).is_some()
            } else if name.eq_ignore_ascii_case("totalResults") {
                total.replace(map.next_value::<Text>()?.0).is_some()
            } else if name.eq_ignore_ascii_case("nextCursor") {
                cursor.replace(map.next_value::<Text>()?.0).is_some()
            } else {
                map.next_value::<IgnoredAny>()?;
                false
            };
            if repeated {
                return Err(twice());
            }
        }
        let schemas = schemas.unwrap_or_default();
        let names = |urn: &str| schemas.iter().any(|schema| schema.eq_ignore_ascii_case(urn));
        if names(envelope::ERROR) || !names(envelope::LIST_RESPONSE) {
            return Err(M::Error::custom(match schemas.first() {
                Some(schema) => {
                    format!("a ListResponse was expected, and the answer is of the schema {schema}")
                }
                None => "a ListResponse was expected, and the answer names no schema".to_owned(),
            }));
        }
        let total = match total.flatten() {
            None => None,
            Some(total) => Some(
                total
                    .parse()
                    .map_err(|_| M::Error::custom("totalResults is not a number"))?,
            ),
        };
        Ok(Page {
            rows: rows.unwrap_or_default(),
            total,
            next_cursor: cursor.flatten(),
        })
    }
}

struct RowsSeed<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = Vec<Live>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<Live>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = Vec<Live>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of resources")
    }

    fn visit_unit<E>(self) -> Result<Vec<Live>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Vec<Live>, S::Error> {
        let mut rows = Vec::new();
        while let Some(row) = all.next_element_seed(ResourceSeed(self.0))? {
            rows.push(row);
        }
        Ok(rows)
    }
}
