//! Splits changes of members into requests of a size that the service takes.

use serde_json::Value as Json;

use crate::client::error::DirectoryError;
use crate::client::writer::Writer;
use crate::dialect::UpdateBy;
use crate::escape::Escaped;
use crate::killpoint::reached;
use crate::model::{Attributes, Kind, Live, Member};
use crate::wire::Failure;
use crate::wire::patch;
use crate::wire::put;

/// Makes the operations that add or remove some members.
type Operations<'o> = dyn Fn(&[Member]) -> Result<Vec<Json>, Failure> + Sync + 'o;

/// The failure that stopped a change of members.
struct Stopped {
    failure: Failure,
    /// Whether requests before the failed request were done.
    made_some: bool,
}

impl Stopped {
    const fn before_any(failure: Failure) -> Self {
        Self {
            failure,
            made_some: false,
        }
    }
}

impl Writer {
    /// Adds and removes members of a group, additions first, in as many requests as the dialect needs. The
    /// caller makes sure that no two changes of the same group are under way at once. After a failure, some
    /// members may have been changed.
    pub async fn change_members(
        &self,
        group_id: &str,
        add: &[Member],
        remove: &[Member],
    ) -> Result<Option<Live>, DirectoryError> {
        let operation = format!("changing the members of group {}", Escaped(group_id));
        let dialect = &self.reader.session.dialect;
        let style = self.reader.session.shape(Kind::Group).style;
        let result = async {
            if *dialect.update.of(Kind::Group) == UpdateBy::Put {
                let group = Live {
                    kind: Kind::Group,
                    id: group_id.into(),
                    version: None,
                    attributes: Attributes::new(),
                    members: None,
                };
                return self
                    .put(&group, |text| put::members_body(text, add, remove))
                    .await
                    .map_err(Stopped::before_any);
            }
            let added = self
                .in_batches(group_id, add, dialect.members_per_request(), &|batch| {
                    style.add_members(batch)
                })
                .await?;
            let removed = self
                .in_batches(group_id, remove, dialect.removals_per_request(), &|batch| {
                    style.remove_members(batch)
                })
                .await;
            let removed = removed.map_err(|stopped| Stopped {
                made_some: stopped.made_some || !add.is_empty(),
                ..stopped
            })?;
            Ok(if remove.is_empty() { added } else { removed })
        };
        result.await.map_err(|Stopped { failure, made_some }| {
            let error = self.reader.failed(&operation, failure);
            if made_some { error.after_others() } else { error }
        })
    }

    /// Sends members in batches. If the service refuses a batch with 400 or 413, batches are halved, once:
    /// the service may take fewer members than its dialect says.
    async fn in_batches(
        &self,
        group_id: &str,
        members: &[Member],
        most: usize,
        operations: &Operations<'_>,
    ) -> Result<Option<Live>, Stopped> {
        let (mut rest, mut most, mut last, mut halved) = (members, most, None, None);
        while !rest.is_empty() {
            let stopped = |failure| Stopped {
                failure,
                made_some: rest.len() < members.len(),
            };
            let mut batch = &rest[..most.min(rest.len())];
            while batch.len() > 1 && self.is_too_large(&operations(batch).map_err(stopped)?) {
                batch = &batch[..batch.len().div_ceil(2)];
            }
            match self
                .patch(Kind::Group, group_id, None, &operations(batch).map_err(stopped)?)
                .await
            {
                Err(Failure::Refused {
                    status: 400 | 413, ..
                }) if batch.len() > 1 && halved.is_none() => {
                    most = batch.len().div_ceil(2);
                    halved = Some(most);
                    continue;
                }
                answer => last = answer.map_err(stopped)?,
            }
            reached("members.batch-sent");
            rest = &rest[batch.len()..];
        }
        Ok(last)
    }

    fn is_too_large(&self, operations: &[Json]) -> bool {
        let most = self.reader.session.dialect.membership.bytes_per_request;
        most.is_some_and(|most| patch::body(operations).to_string().len() > most)
    }
}
