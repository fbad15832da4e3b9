//! Look-ups: resources found by a value of one attribute. Many look-ups share a filter, joined by `or`, where
//! the dialect says how many and the service has shown that it understands such a filter: it found resources
//! that are known to be there, by a filter as long as those that are asked.

use tokio::task::JoinSet;

use crate::client::DirectoryError;
use crate::client::reader::{Calls, Reader};
use crate::dialect::{Lookup, Method};
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::{AttributeId, Kind, Value, fold};
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::envelope::not_usable;
use crate::wire::filter;

/// A look-up with more pages than this is refused.
const LOOKUP_PAGES: usize = 10;
/// The longest filter in bytes. Some servers refuse an address of more than 8 kB, and a byte may take three
/// characters in an address.
const LONGEST_FILTER: usize = 2000;

/// A question to a directory: which resources have this value of this attribute?
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LookupQuestion {
    /// The attribute.
    pub(crate) attribute: AttributeId,
    /// The value.
    pub(crate) value: String,
}

impl Reader {
    /// Whether the dialect lets an attribute be looked up.
    pub fn can_find(&self, attribute: AttributeId) -> bool {
        let catalog = &self.session.catalog;
        let lookup = &self.session.dialect.lookup;
        let kind = catalog.attribute(attribute).kind;
        let names = match kind {
            Kind::User => &lookup.users,
            Kind::Group => &lookup.groups,
        };
        names
            .iter()
            .any(|name| catalog.find(kind, name).is_ok_and(|found| found.id == attribute))
    }

    /// All resources that have a value of an attribute, or one that looks like it. Each row is checked: a
    /// service that ignores the filter is an error, never an answer.
    ///
    /// An empty result proves only that the service found nothing under this exact spelling. Some services
    /// compare case-sensitively although RFC 7643 says otherwise. A caller that knows other spellings of a
    /// name, for instance from a listing, asks for each.
    pub async fn find(&self, attribute: AttributeId, value: &str) -> Result<Vec<Live>, DirectoryError> {
        let known = self.session.catalog.attribute(attribute);
        let operation = format!(
            "looking up a {} by {} {}",
            known.kind.word(),
            known.path,
            Escaped(value)
        );
        let result = async {
            let question = |value: &str| LookupQuestion {
                attribute,
                value: value.to_owned(),
            };
            let rows = self.answers(known.kind, &[question(value)]).await?;
            // A service that rewrites values may find the resource only by the rewritten value.
            let stored = known.normal(value);
            if rows.is_empty() && stored != value {
                self.answers(known.kind, &[question(&stored)]).await
            } else {
                Ok(rows)
            }
        };
        result.await.map_err(|failure| self.failed(&operation, failure))
    }

    /// All resources of a kind that answer at least one of the questions, or seem to, each once. A row is an
    /// answer only by [`Self::is_answer`]. Questions are asked
    /// together if the service finds all of `known` that way: resources of the kind that were read just now.
    pub(crate) async fn find_each(
        &self,
        kind: Kind,
        questions: &[LookupQuestion],
        known: &[Live],
    ) -> Result<Vec<Live>, DirectoryError> {
        let is_proved = self.session.understands_or(kind).get() == Some(&true);
        let is_worth_it = is_proved || questions.len() >= Lookup::FEWEST_TOGETHER;
        let together = is_worth_it && self.understands_or(kind, known).await?;
        let mut asking = JoinSet::new();
        let most = if together {
            self.dialect().lookup.at_once
        } else {
            1
        };
        for batch in self.batches(questions, most) {
            let reader = self.clone();
            asking.spawn(async move { reader.ask(kind, batch).await });
        }
        let mut found: Vec<Live> = Vec::new();
        while let Some(asked) = asking.join_next().await {
            match asked {
                Ok(rows) => found.extend(rows?),
                // Half of the answers are not usable.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        found.sort_by(|left, right| left.id.cmp(&right.id));
        found.dedup_by(|left, right| left.id == right.id);
        Ok(found)
    }

    /// The answers to a batch. If the service does not answer the batch well, each question is asked alone.
    async fn ask(&self, kind: Kind, batch: Vec<LookupQuestion>) -> Result<Vec<Live>, DirectoryError> {
        if batch.len() > 1 {
            match self.answers(kind, &batch).await {
                Ok(rows) => return Ok(rows),
                Err(failure) if failure.is_about_the_answer() => {}
                Err(failure) => return Err(self.failed("looking up several at once", failure)),
            }
        }
        let mut found = Vec::new();
        for question in &batch {
            found.extend(self.find(question.attribute, &question.value).await?);
        }
        Ok(found)
    }

    /// Cuts questions into batches of at most `most`, each with all spellings under which the service may
    /// know a value.
    fn batches(&self, questions: &[LookupQuestion], most: usize) -> Vec<Vec<LookupQuestion>> {
        let mut batches: Vec<Vec<LookupQuestion>> = Vec::new();
        let mut length = usize::MAX;
        for question in questions {
            let own = self.comparison(question).len();
            match batches.last_mut() {
                Some(batch) if batch.len() < most && length + own <= LONGEST_FILTER => {
                    batch.push(question.clone());
                    length += own;
                }
                _ => {
                    batches.push(vec![question.clone()]);
                    length = own;
                }
            }
        }
        batches
    }

    /// The comparison that a question is in a filter.
    fn comparison(&self, question: &LookupQuestion) -> String {
        let attribute = self.catalog().attribute(question.attribute);
        let stored = attribute.normal(&question.value);
        let asked = filter::equals(attribute, &question.value);
        // A single question asks for the other spelling only if it finds nothing.
        if stored == question.value {
            asked
        } else {
            format!("{asked} or {}", filter::equals(attribute, &stored))
        }
    }

    /// Whether the service finds resources that are known to be there by a filter with `or`. It is asked once
    /// for a kind. Without two known resources, a page of the list is read to have some.
    async fn understands_or(&self, kind: Kind, known: &[Live]) -> Result<bool, DirectoryError> {
        if self.dialect().lookup.at_once < 2 || matches!(self.calls, Calls::Whole(_)) {
            return Ok(false);
        }
        let tried = self.session.understands_or(kind);
        let proof = tried.get_or_try_init(|| async {
            let first;
            let known = if known.len() < 2 {
                first = self.first_page(kind).await?;
                &first[..]
            } else {
                known
            };
            self.prove_or(kind, known).await
        });
        let proof = proof.await;
        proof
            .copied()
            .map_err(|failure| self.failed("trying a filter with `or`", failure))
    }

    /// Some resources of a kind: the first two of its list.
    pub(super) async fn first_page(&self, kind: Kind) -> Result<Vec<Live>, Failure> {
        let mut request = Request::new(Method::Get, &[kind.endpoint()]).with_query("count", "2");
        if self.pages_by_cursor() {
            request = request.with_query("cursor", "");
        }
        match self.page(kind, request).await {
            Ok(page) => Ok(page.rows),
            Err(failure) if failure.is_about_the_answer() => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Asks for two known resources in a filter of full length. The known ones stand first and last, so that
    /// a service which reads only a part of the filter misses one of them.
    async fn prove_or(&self, kind: Kind, known: &[Live]) -> Result<bool, Failure> {
        let naming = self.catalog().naming(kind);
        if !self.can_find(naming) {
            return Ok(false);
        }
        let named = |live: &Live| {
            let name = live.attributes.get(naming).and_then(Value::as_text)?;
            Some((live.id.clone(), name.to_owned()))
        };
        let (Some((first, first_name)), Some((last, last_name))) =
            (known.iter().find_map(named), known.iter().rev().find_map(named))
        else {
            return Ok(false);
        };
        if first == last {
            return Ok(false);
        }
        let question = |value: String| LookupQuestion {
            attribute: naming,
            value,
        };
        let padding =
            (2..self.dialect().lookup.at_once).map(|number| question(format!("nobody-{number}@invalid")));
        let asked: Vec<LookupQuestion> = std::iter::once(question(first_name))
            .chain(padding)
            .chain([question(last_name)])
            .collect();
        match self.answers(kind, &asked).await {
            Ok(rows) => Ok([first, last]
                .iter()
                .all(|id| rows.iter().any(|row| row.id == *id))),
            Err(failure) if failure.is_about_the_answer() => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// The rows that a filter of these questions finds. Each row answers one of them.
    pub(super) async fn answers(
        &self,
        kind: Kind,
        questions: &[LookupQuestion],
    ) -> Result<Vec<Live>, Failure> {
        let catalog = &self.session.catalog;
        for question in questions {
            if !self.can_find(question.attribute) {
                let reason = format!(
                    "the dialect {} does not say that {} can be looked up",
                    self.session.dialect.name,
                    catalog.attribute(question.attribute).path
                );
                return Err(Failure::not_sent(&reason));
            }
        }
        let is_answer = |row: &Live| questions.iter().any(|question| self.is_answer(question, row));
        if let Calls::Whole(whole) = &self.calls {
            let rows = whole.last(kind).await?;
            return Ok(rows.iter().filter(|row| is_answer(row)).cloned().collect());
        }
        let may_be_meant =
            |row: &Live| is_answer(row) || questions.iter().any(|question| self.looks_like(question, row));
        let filter = match questions {
            // A single question asks for one spelling at a time.
            [question] => filter::equals(catalog.attribute(question.attribute), &question.value),
            several => {
                let comparisons: Vec<String> =
                    several.iter().map(|question| self.comparison(question)).collect();
                comparisons.join(" or ")
            }
        };
        self.matching(kind, &filter, &may_be_meant).await
    }

    /// Whether a resource is an answer to a question.
    pub(crate) fn is_answer(&self, question: &LookupQuestion, row: &Live) -> bool {
        let attribute = self.catalog().attribute(question.attribute);
        filter::matches(row, attribute, &question.value, self.catalog())
    }

    /// Whether a resource has a value that only looks like the one asked for. A service that compares texts
    /// more widely than we do returns it.
    fn looks_like(&self, question: &LookupQuestion, row: &Live) -> bool {
        let attribute = self.catalog().attribute(question.attribute);
        let text = row.attributes.get(question.attribute).and_then(Value::as_text);
        text.is_some_and(|text| fold(&attribute.normal(text)) == fold(&attribute.normal(&question.value)))
    }

    /// All rows under a filter, page by page.
    async fn matching(
        &self,
        kind: Kind,
        filter: &str,
        may_be_meant: &(dyn Fn(&Live) -> bool + Sync),
    ) -> Result<Vec<Live>, Failure> {
        let request = Request::new(Method::Get, &[kind.endpoint()]).with_query("filter", filter);
        let mut page = self.page(kind, request.clone()).await?;
        let mut rows = Vec::new();
        for _ in 0..LOOKUP_PAGES {
            if let Some(stranger) = page.rows.iter().find(|row| !may_be_meant(row)) {
                let reason = format!(
                    "it holds {} {}, which does not match the filter: the service may ignore it",
                    kind.word(),
                    stranger.id
                );
                return Err(not_usable(&reason));
            }
            let total = page.total;
            rows.append(&mut page.rows);
            let Some(cursor) = page.next_cursor else {
                if total.is_some_and(|total| total != rows.len() as u64) {
                    return Err(Failure::Inconsistent {
                        reason: format!("{} of {} matches were returned", rows.len(), total.unwrap_or(0)),
                    });
                }
                return Ok(rows);
            };
            page = self
                .page(kind, request.clone().with_query("cursor", &cursor))
                .await?;
        }
        Err(Failure::Inconsistent {
            reason: format!("a look-up has more than {LOOKUP_PAGES} pages"),
        })
    }
}
