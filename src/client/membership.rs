//! Asks for the members of a group by a filter, for groups that come without their members. Members that
//! cannot be asked for stay unknown: a group is never taken for empty.

use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::client::DirectoryError;
use crate::client::reader::Reader;
use crate::dialect::MembershipQuestion;
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::Member;
use crate::model::{Kind, Reference};
use crate::wire::Failure;

/// A group with more pages than this is refused.
const MOST_PAGES: usize = 10_000;

impl Reader {
    /// Asks who is in a group that came without its members. The answer has all members, or, where the
    /// dialect asks about each person, those of the candidates who are members. `None` if the dialect has no
    /// question.
    pub async fn ask_members(
        &self,
        group: &Live,
        candidates: &[Box<str>],
    ) -> Result<Option<Vec<Member>>, DirectoryError> {
        let Some(ask) = self.dialect().membership.ask.clone() else {
            return Ok(None);
        };
        let operation = format!("asking who is in group {}", Escaped(&group.id));
        let members = if ask.tells_everybody() {
            let everybody = self.rows_of(&ask, &ask.about(&group.id, "")).await;
            everybody.map(|ids| {
                ids.into_iter()
                    .map(|id| member(&id, Some(ask.list.kind())))
                    .collect()
            })
        } else {
            self.ask_each(&ask, &group.id, candidates).await
        };
        let mut members: Vec<Member> = members.map_err(|failure| self.failed(&operation, failure))?;
        members.sort_unstable();
        members.dedup();
        Ok(Some(members))
    }

    /// The candidates who are members of a group.
    async fn ask_each(
        &self,
        ask: &MembershipQuestion,
        group: &str,
        candidates: &[Box<str>],
    ) -> Result<Vec<Member>, Failure> {
        let mut tasks = JoinSet::new();
        for candidate in candidates {
            let (reader, ask, group, candidate) =
                (self.clone(), ask.clone(), group.to_owned(), candidate.clone());
            let asking = async move {
                let groups = reader.rows_of(&ask, &ask.about(&group, &candidate)).await?;
                let is_member = groups.iter().any(|id| **id == *group);
                Ok::<_, Failure>(is_member.then(|| member(&candidate, None)))
            };
            tasks.spawn(asking.in_current_span());
        }
        let mut members = Vec::new();
        while let Some(task) = tasks.join_next().await {
            members.extend(task.unwrap_or_else(|error| {
                Err(Failure::NotUsable {
                    reason: format!("asking failed: {error}"),
                })
            })?);
        }
        Ok(members)
    }

    /// The ids of all rows that a filter finds.
    async fn rows_of(&self, ask: &MembershipQuestion, filter: &str) -> Result<Vec<Box<str>>, Failure> {
        let kind: Kind = ask.list.kind();
        let first = self.page_request(kind).with_query("filter", filter);
        let mut ids: Vec<Box<str>> = Vec::new();
        let mut request = if self.pages_by_cursor() {
            // Without a cursor, some services answer with one page of rows and do not tell that there are
            // more.
            first.clone().with_query("cursor", "")
        } else {
            first.clone()
        };
        for _ in 0..MOST_PAGES {
            let page = self.page(kind, request).await?;
            let before = ids.len();
            for row in page.rows {
                if !ids.contains(&row.id) {
                    ids.push(row.id);
                }
            }
            let is_whole = page.total.is_none_or(|total| ids.len() as u64 >= total) || ids.len() == before;
            request = match page.next_cursor {
                Some(cursor) => first.clone().with_query("cursor", &cursor),
                None if is_whole || self.pages_by_cursor() => {
                    return match page.total.filter(|total| *total != ids.len() as u64) {
                        Some(total) => Err(Failure::Inconsistent {
                            reason: format!("{} of {total} were returned", ids.len()),
                        }),
                        None => Ok(ids),
                    };
                }
                None => first
                    .clone()
                    .with_query("startIndex", &(ids.len() + 1).to_string()),
            };
        }
        Err(Failure::Inconsistent {
            reason: format!("it has not ended after {MOST_PAGES} pages"),
        })
    }
}

fn member(id: &str, kind: Option<Kind>) -> Member {
    Member {
        reference: Reference::to_id(id),
        kind,
    }
}
