//! Lists in the service's form: its pages, the filters that it knows, and its totals.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::filter::{self, Filter, Operator};
use super::super::page::{DEFAULT_COUNT, MAX_COUNT};
use super::super::problem::ScimProblem;
use super::super::request::Parameters;
use super::call::Reply;
use super::{EmulatedAnswer, Emulation};
use crate::dialect::FilterCase;
use crate::dialect::Filterable;
use crate::dialect::List;
use crate::dialect::Method;
use crate::dialect::Otherwise;
use crate::dialect::Paging;
use crate::dialect::PastTheEnd;
use crate::dialect::Totals;
use crate::dialect::WithoutCursor;
use crate::model::Kind;

/// What the service does with a filter.
#[derive(Debug)]
enum JudgedFilter {
    /// The store answers the filter.
    Asked(Filter),
    /// The filter matches nobody.
    Nobody,
    /// There is no filter, or the service ignores it.
    Everybody,
}

impl Emulation {
    /// Answers a list or a `.search`.
    pub(super) async fn list(&self, kind: Kind, parameters: &Parameters) -> EmulatedAnswer {
        let filter = self.judge(kind, parameters.text("filter")?)?;
        if matches!(filter, JudgedFilter::Nobody) {
            let empty = json!({
                "schemas": [LIST],
                "totalResults": 0,
                "Resources": [],
                "itemsPerPage": 0,
                "startIndex": 1,
            });
            return Ok(Reply {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: empty,
            }
            .into_response());
        }
        let mut query: Vec<(String, String)> = parameters.pairs();
        query.retain(|(name, _)| !["filter", "startindex", "count", "cursor"].contains(&name.as_str()));
        if let JudgedFilter::Asked(filter) = &filter {
            query.push(("filter".to_owned(), filter.to_string()));
        }
        let mut reply = self.pages(kind, parameters, &query).await?;
        let dropped = self.rows(kind, &filter, &mut reply);
        let totals = if self.is_one_page(parameters)? {
            Totals::Page
        } else {
            self.dialect.totals
        };
        add_totals(totals, &mut reply, dropped);
        Ok(reply.into_response())
    }

    /// The requested page, or all pages.
    async fn pages(
        &self,
        kind: Kind,
        parameters: &Parameters,
        query: &[(String, String)],
    ) -> Result<Reply, Box<Response>> {
        let most = u64::from(self.dialect.emulation.page_max.unwrap_or(u32::MAX)).min(MAX_COUNT);
        let usual = self
            .dialect
            .emulation
            .page_default
            .map_or(DEFAULT_COUNT, u64::from)
            .min(most);
        let count = match parameters.number("count")? {
            Some(count) => u64::try_from(count).unwrap_or(0).min(most),
            None => usual,
        };
        let cursor = parameters.text("cursor")?;
        let start = parameters.number("startindex")?.unwrap_or(1).max(1);
        let by_cursor = match self.dialect.paging {
            Paging::None => return self.all_pages(kind, query).await,
            Paging::Cursor => true,
            Paging::Index => false,
            Paging::Auto => cursor.is_some(),
        };
        if self.is_one_page(parameters)? {
            let only = [("count", &*count.to_string()), ("startIndex", "1")];
            return self.page(kind, query, &only).await;
        }
        if by_cursor {
            let cursor = cursor.unwrap_or_default();
            return self
                .page(kind, query, &[("count", &count.to_string()), ("cursor", &cursor)])
                .await;
        }
        let reply = self
            .page(
                kind,
                query,
                &[("count", &count.to_string()), ("startIndex", &start.to_string())],
            )
            .await?;
        let total = reply.body["totalResults"].as_i64().unwrap_or(0);
        match self.dialect.emulation.past_the_end {
            PastTheEnd::First if start > total.max(1) => {
                self.page(kind, query, &[("count", &count.to_string()), ("startIndex", "1")])
                    .await
            }
            PastTheEnd::Refused if start > total.max(1) => {
                Err(ScimProblem::value("startIndex is past the end").into())
            }
            _ => Ok(reply),
        }
    }

    /// Whether the answer is one page without a next cursor, because the request has no cursor.
    fn is_one_page(&self, parameters: &Parameters) -> Result<bool, ScimProblem> {
        Ok(self.dialect.paging == Paging::Cursor
            && self.dialect.emulation.without_cursor == WithoutCursor::OnePage
            && parameters.text("cursor")?.is_none())
    }

    /// The whole list as one answer.
    async fn all_pages(&self, kind: Kind, query: &[(String, String)]) -> Result<Reply, Box<Response>> {
        let (count, mut cursor, mut rows) = (MAX_COUNT.to_string(), String::new(), Vec::new());
        loop {
            let mut reply = self
                .page(kind, query, &[("count", &count), ("cursor", &cursor)])
                .await?;
            if let Some(Value::Array(more)) = reply.tree().and_then(|page| page.remove("Resources")) {
                rows.extend(more);
            }
            let Some(Value::String(next)) = reply.tree().and_then(|page| page.remove("nextCursor")) else {
                reply.body["itemsPerPage"] = rows.len().into();
                reply.body["Resources"] = rows.into();
                return Ok(reply);
            };
            cursor = next;
        }
    }

    async fn page(
        &self,
        kind: Kind,
        query: &[(String, String)],
        place: &[(&str, &str)],
    ) -> Result<Reply, Box<Response>> {
        let all = query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(place.iter().copied());
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let query: Vec<String> = all
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let target = format!("/{}?{}", kind.endpoint(), query.join("&"));
        self.ask(Method::Get, &target, None).await?.wanted()
    }

    /// Changes the rows of a page into the service's form, and removes rows that it does not show. Returns
    /// how many are removed.
    fn rows(&self, kind: Kind, filter: &JudgedFilter, reply: &mut Reply) -> usize {
        let Some(Value::Array(rows)) = reply.tree().and_then(|page| page.get_mut("Resources")) else {
            return 0;
        };
        let before = rows.len();
        if let (
            JudgedFilter::Asked(Filter::Compare(name, Operator::Equal, Value::String(wanted))),
            FilterCase::Exact,
        ) = (filter, self.dialect.emulation.filters.case)
        {
            rows.retain(|row| row[name.as_str()].as_str().is_none_or(|held| held == wanted));
        }
        rows.retain_mut(|row| self.lag.show(kind, row, self.now()));
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            self.show(kind, row);
        }
        before - rows.len()
    }

    fn judge(&self, kind: Kind, text: Option<String>) -> Result<JudgedFilter, ScimProblem> {
        let Some(text) = text else {
            return Ok(JudgedFilter::Everybody);
        };
        let read = self.in_our_names(kind, filter::parse(&text)?);
        if self.knows(kind, &read) {
            return Ok(JudgedFilter::Asked(read));
        }
        match self.dialect.emulation.filters.otherwise {
            Otherwise::Refused => Err(ScimProblem::filter("this service does not know that filter")),
            Otherwise::Nobody => Ok(JudgedFilter::Nobody),
            Otherwise::Everybody => Ok(JudgedFilter::Everybody),
        }
    }

    fn in_our_names(&self, kind: Kind, filter: Filter) -> Filter {
        let all = |parts: Vec<Filter>| {
            parts
                .into_iter()
                .map(|part| self.in_our_names(kind, part))
                .collect()
        };
        match filter {
            Filter::And(parts) => Filter::And(all(parts)),
            Filter::Or(parts) => Filter::Or(all(parts)),
            Filter::Not(inner) => Filter::Not(Box::new(self.in_our_names(kind, *inner))),
            Filter::Present(name) => Filter::Present(self.wire.name(kind, &name)),
            Filter::Compare(name, operator, value) => {
                Filter::Compare(self.wire.name(kind, &name), operator, value)
            }
            element @ Filter::Element(..) => element,
        }
    }

    /// Whether the service knows every operator and every attribute of a filter.
    fn knows(&self, kind: Kind, filter: &Filter) -> bool {
        let has = |word: &str| {
            self.dialect
                .emulation
                .filters
                .operators
                .iter()
                .any(|known| known == word)
        };
        match filter {
            Filter::And(parts) => {
                (has("and") || self.is_a_question(filter)) && parts.iter().all(|part| self.knows(kind, part))
            }
            Filter::Or(parts) => has("or") && parts.iter().all(|part| self.knows(kind, part)),
            Filter::Not(inner) => has("not") && self.knows(kind, inner),
            Filter::Present(path) => has("pr") && self.may_filter(kind, path),
            Filter::Compare(path, operator, _) => has(operator.word()) && self.may_filter(kind, path),
            Filter::Element(path, _) => {
                self.dialect.emulation.filters.attributes == Filterable::Any && self.may_filter(kind, path)
            }
        }
    }

    fn is_a_question(&self, filter: &Filter) -> bool {
        let Some(ask) = &self.dialect.membership.ask else {
            return false;
        };
        matches!(filter, Filter::And(_)) && ask.filter.contains(" and ")
    }

    fn may_filter(&self, kind: Kind, path: &str) -> bool {
        if self.dialect.emulation.filters.attributes == Filterable::Any {
            return true;
        }
        let listed = match kind {
            Kind::User => &self.dialect.lookup.users,
            Kind::Group => &self.dialect.lookup.groups,
        };
        let asked = self.dialect.membership.ask.iter().filter(|ask| {
            ask.list
                == if kind == Kind::User {
                    List::Users
                } else {
                    List::Groups
                }
        });
        let mut names = asked
            .flat_map(|ask| ask.filter.split(' '))
            .chain(["id"])
            .chain(listed.iter().map(String::as_str));
        names.any(|name| name.eq_ignore_ascii_case(path))
    }
}

/// Sets `totalResults` and `itemsPerPage` as the service does.
fn add_totals(totals: Totals, reply: &mut Reply, dropped: usize) {
    let returned = reply.body["Resources"].as_array().map_or(0, Vec::len);
    let total = reply.body["totalResults"]
        .as_u64()
        .unwrap_or(0)
        .saturating_sub(dropped as u64);
    let Some(page) = reply.tree() else { return };
    let total: Option<Value> = match totals {
        Totals::Whole => Some(total.into()),
        Totals::Page => Some(returned.into()),
        Totals::Missing => None,
    };
    page.remove("totalResults");
    page.extend(total.map(|total| ("totalResults".to_owned(), total)));
    page.insert("itemsPerPage".to_owned(), returned.into());
}

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
