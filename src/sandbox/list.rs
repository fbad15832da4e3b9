//! Listings and searches (RFC 7644, section 3.4.2). A plain listing copies stored bytes. A filter that names
//! a single resource is a lookup. All other queries read all resources.

use std::sync::{Mutex, PoisonError};

use redb::ReadableTable as _;
use serde_json::Value;

use super::compose::{Parts, tree, write_resource};
use super::filter::{self, BoundFilter, Filter};
use super::page::{self, Begin, PageRequest, PageStarts};
use super::problem::ScimProblem;
use super::schema::Schemas;
use super::selection::{AttributeSelection, ResponseForm};
use super::sort::Sort;
use super::store::{Slot, StoreReading, sequence_key, sequence_of};
use crate::model::{Kind, uncased};

/// The parameters of a listing.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) schemas: &'static Schemas,
    /// The endpoint's kind; both kinds at the root.
    pub(super) kinds: &'static [Kind],
    pub(super) filter: Option<Filter>,
    pub(super) sort: Option<Sort>,
    pub(super) page: PageRequest,
    pub(super) selection: AttributeSelection,
}

impl Query {
    /// Whether the answer is stored bytes in stored order.
    pub(super) fn is_plain(&self) -> bool {
        self.filter.is_none() && self.sort.is_none() && self.kinds.len() == 1
    }

    /// A checksum of the parameters that must be the same for all pages.
    fn checksum(&self) -> u32 {
        let filter = self.filter.as_ref().map(ToString::to_string);
        crc32fast::hash(format!("{:?} {filter:?} {:?}", self.kinds, self.sort).as_bytes())
    }
}

/// The `ListResponse` of a query.
pub(super) fn list(
    tables: &StoreReading,
    pages: &Mutex<PageStarts>,
    query: &Query,
) -> Result<Vec<u8>, ScimProblem> {
    if query.is_plain() {
        list_plain(tables, pages, query)
    } else {
        list_found(tables, query)
    }
}

fn list_plain(
    tables: &StoreReading,
    pages: &Mutex<PageStarts>,
    query: &Query,
) -> Result<Vec<u8>, ScimProblem> {
    let kind = query.kinds[0];
    let total = tables.count(kind)?;
    let mut answer = ListResponse::begin(total, query);
    let commits = tables.commits()?;
    let (first, skip) = match &query.page.begin {
        Begin::Cursor(None) => (0, 0),
        Begin::Cursor(Some(cursor)) => (page::read_cursor(cursor, query.checksum())?, 0),
        Begin::Index(index) if *index > total => (u64::MAX, 0),
        Begin::Index(index) => {
            let known = pages
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(commits, kind, *index);
            known.map_or((0, index - 1), |row| (row, 0))
        }
    };
    let mut rows = tables
        .resources(kind)
        .range(sequence_key(first).as_slice()..)?
        .skip(usize::try_from(skip).unwrap_or(usize::MAX));
    for row in rows
        .by_ref()
        .take(usize::try_from(query.page.count).unwrap_or(usize::MAX))
    {
        let (key, stored) = row?;
        let sequence = sequence_of(key.value());
        answer.add(tables, Slot { kind, sequence }, stored.value(), query)?;
    }
    let next = match rows.next() {
        Some(row) => Some(sequence_of(row?.0.value())),
        None => None,
    };
    if let (Some(row), Begin::Index(index)) = (next, &query.page.begin) {
        pages.lock().unwrap_or_else(PoisonError::into_inner).put(
            commits,
            kind,
            index + query.page.count,
            row,
        );
    }
    Ok(answer.end(next, query))
}

fn list_found(tables: &StoreReading, query: &Query) -> Result<Vec<u8>, ScimProblem> {
    let found = find(tables, query)?;
    let mut answer = ListResponse::begin(found.len() as u64, query);
    let sorted = query.sort.is_some() || query.kinds.len() > 1;
    let skip = match &query.page.begin {
        Begin::Index(index) => index - 1,
        Begin::Cursor(None) => 0,
        Begin::Cursor(Some(cursor)) => match page::read_cursor(cursor, query.checksum())? {
            position if sorted => position,
            sequence => found.partition_point(|slot| slot.sequence < sequence) as u64,
        },
    };
    let end = skip.saturating_add(query.page.count);
    let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(found.len());
    for slot in &found[at(skip)..at(end)] {
        answer.add(tables, *slot, &tables.stored(slot.kind, slot.sequence)?, query)?;
    }
    let next = found
        .get(at(end))
        .map(|slot| if sorted { end } else { slot.sequence });
    Ok(answer.end(next, query))
}

/// All resources that satisfy the filter, in the requested order.
fn find(tables: &StoreReading, query: &Query) -> Result<Vec<Slot>, ScimProblem> {
    let mut found = Vec::new();
    let mut refusal = None;
    let mut is_understood = query.filter.is_none();
    for kind in query.kinds {
        let resource_type = query.schemas.of(*kind);
        let condition = match query
            .filter
            .as_ref()
            .map(|filter| filter::bind(filter, resource_type))
        {
            None => None,
            Some(Ok(condition)) => Some(condition),
            Some(Err(problem)) => {
                refusal = Some(problem); // at the root, the other kind may have the attribute
                continue;
            }
        };
        is_understood = true;
        for sequence in candidates(tables, *kind, query)? {
            found.extend(examine(
                tables,
                Slot {
                    kind: *kind,
                    sequence,
                },
                condition.as_ref(),
                query,
            )?);
        }
    }
    match (is_understood, refusal) {
        (false, Some(problem)) => return Err(problem),
        _ => {
            if let Some(sort) = &query.sort {
                sort.order(&mut found);
            }
        }
    }
    Ok(found.into_iter().map(|(slot, _)| slot).collect())
}

/// A resource and its sort key. `None` if it does not satisfy the condition.
fn examine(
    tables: &StoreReading,
    slot: Slot,
    condition: Option<&BoundFilter>,
    query: &Query,
) -> Result<Option<(Slot, super::sort::SortKey)>, ScimProblem> {
    let mentions = |name: &str| {
        query.filter.as_ref().is_some_and(|filter| filter.mentions(name))
            || query.sort.as_ref().is_some_and(|sort| sort.mentions(name))
    };
    if condition.is_none() && query.sort.is_none() {
        return Ok(Some((slot, super::sort::SortKey::default())));
    }
    let resource = tree(
        tables,
        slot,
        Parts {
            members: mentions("members"),
            groups: mentions("groups"),
        },
    )?;
    if condition.is_some_and(|condition| !condition.holds(&resource)) {
        return Ok(None);
    }
    let key = query
        .sort
        .as_ref()
        .map(|sort| sort.key(query.schemas.of(slot.kind), &resource))
        .unwrap_or_default();
    Ok(Some((slot, key)))
}

/// The resources to examine. All that satisfy the filter are among them.
fn candidates(tables: &StoreReading, kind: Kind, query: &Query) -> Result<Vec<u64>, ScimProblem> {
    let resource_type = query.schemas.of(kind);
    let equal = |name: &str| {
        query
            .filter
            .as_ref()
            .and_then(|filter| filter.must_equal(&[name, &format!("{}:{name}", resource_type.urn)]))
    };
    if let Some(id) = equal("id") {
        return Ok(tables
            .by_id(id)?
            .filter(|(found, _)| *found == kind)
            .map(|(_, sequence)| sequence)
            .into_iter()
            .collect());
    }
    if let Some(name) = equal(resource_type.naming_attribute()) {
        return Ok(tables.by_name(kind, &uncased(name))?.into_iter().collect());
    }
    if let Some(external_id) = equal("externalId") {
        return tables.by_external_id(kind, external_id);
    }
    tables
        .resources(kind)
        .iter()?
        .map(|row| Ok(sequence_of(row?.0.value())))
        .collect()
}

/// A `ListResponse` under construction.
struct ListResponse {
    body: Vec<u8>,
    returned: u64,
    parts: Parts,
}

impl ListResponse {
    fn begin(total: u64, query: &Query) -> Self {
        let mut body =
            Vec::with_capacity(1024 + usize::try_from(query.page.count.min(total)).unwrap_or(0) * 512);
        body.extend_from_slice(
            b"{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":",
        );
        body.extend_from_slice(total.to_string().as_bytes());
        body.extend_from_slice(b",\"Resources\":[");
        Self {
            body,
            returned: 0,
            parts: query.selection.parts(ResponseForm::Listing),
        }
    }

    fn add(
        &mut self,
        tables: &StoreReading,
        slot: Slot,
        stored: &[u8],
        query: &Query,
    ) -> Result<(), ScimProblem> {
        if self.returned > 0 {
            self.body.push(b',');
        }
        self.returned += 1;
        if query.selection.is_done_by_parts() {
            return write_resource(tables, slot, stored, self.parts, &mut self.body);
        }
        let mut resource = tree(tables, slot, self.parts)?;
        query.selection.apply(query.schemas.of(slot.kind), &mut resource);
        self.body
            .extend_from_slice(Value::Object(resource).to_string().as_bytes());
        Ok(())
    }

    fn end(mut self, next: Option<u64>, query: &Query) -> Vec<u8> {
        let place = match (&query.page.begin, next) {
            (Begin::Index(index), _) => format!(",\"startIndex\":{index}"),
            (Begin::Cursor(_), Some(next)) => {
                format!(",\"nextCursor\":\"{}\"", page::cursor(next, query.checksum()))
            }
            (Begin::Cursor(_), None) => String::new(),
        };
        self.body
            .extend_from_slice(format!("],\"itemsPerPage\":{}{place}", self.returned).as_bytes());
        self.body.push(b'}');
        self.body
    }
}
