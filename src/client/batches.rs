//! Splits changes of members into requests of a size that the service takes. A request that the service
//! refuses is divided until the refused members are named, so that one of them keeps nobody else out of a
//! group, and nobody else in it.

use crate::client::error::DirectoryError;
use crate::client::refused::{MemberRefusals, RefusedMember};
use crate::client::writer::Writer;
use crate::dialect::UpdateBy;
use crate::escape::Escaped;
use crate::killpoint::reached;
use crate::model::{Attributes, Kind, Live, Member};
use crate::wire::Failure;
use crate::wire::patch;
use crate::wire::put;

/// After so many members were refused one by one for one cause, and nobody was taken, the cause is not one of
/// the members: of each part that is left, only one member is still tried, another one in each run.
const ALIKE: usize = 8;

/// Members whom one request is to change.
#[derive(Clone, Copy, Default)]
struct Batch<'m> {
    add: &'m [Member],
    remove: &'m [Member],
}

impl Batch<'_> {
    const fn len(self) -> usize {
        self.add.len() + self.remove.len()
    }

    /// The first members, additions before removals, and the others.
    fn split_at(self, at: usize) -> (Self, Self) {
        let (add, add_later) = self.add.split_at(at.min(self.add.len()));
        let (remove, remove_later) = self.remove.split_at(at.saturating_sub(self.add.len()));
        let later = Self {
            add: add_later,
            remove: remove_later,
        };
        (Self { add, remove }, later)
    }

    fn members(self) -> impl Iterator<Item = Member> {
        self.add.iter().chain(self.remove).cloned()
    }
}

impl Writer {
    /// Adds and removes members of a group, additions first, in as many requests as the dialect needs. Whom
    /// the service refuses is added to `refusals`, and is not asked for again; the others are changed. The
    /// caller makes sure that no two changes of the same group are under way at once. After a failure, some
    /// members may have been changed.
    ///
    /// # Errors
    /// If a request fails in another way than by a refusal of what it asks for.
    pub async fn change_members(
        &self,
        group_id: &str,
        add: &[Member],
        remove: &[Member],
        refusals: &mut MemberRefusals,
    ) -> Result<Option<Live>, DirectoryError> {
        let (add, remove) = (refusals.without(add), refusals.without(remove));
        let taken_before = refusals.taken;
        let mut division = Division {
            writer: self,
            group_id,
            operation: format!("changing the members of group {}", Escaped(group_id)),
            refusals,
            last: None,
        };
        let changed = division.change(&add, &remove).await;
        let Division { operation, last, .. } = division;
        match changed {
            Ok(()) => Ok(last),
            Err(failure) => {
                let error = self.reader.failed(&operation, failure);
                Err(if refusals.taken > taken_before {
                    error.after_others()
                } else {
                    error
                })
            }
        }
    }

    async fn send_members(&self, group_id: &str, batch: Batch<'_>) -> Result<Option<Live>, Failure> {
        if self.puts_groups() {
            let group = Live {
                kind: Kind::Group,
                id: group_id.into(),
                version: None,
                attributes: Attributes::new(),
                members: None,
            };
            return self
                .put(&group, |text| put::members_body(text, batch.add, batch.remove))
                .await;
        }
        self.patch(Kind::Group, group_id, None, &self.operations(batch)?)
            .await
    }

    /// The operations of a batch that only adds, or only removes.
    fn operations(&self, batch: Batch<'_>) -> Result<Vec<serde_json::Value>, Failure> {
        let style = self.reader.session.shape(Kind::Group).style;
        if batch.remove.is_empty() {
            style.add_members(batch.add)
        } else {
            style.remove_members(batch.remove)
        }
    }

    /// Whether a group is put back whole. One PUT may change any number of members.
    fn puts_groups(&self) -> bool {
        *self.reader.session.dialect.update.of(Kind::Group) == UpdateBy::Put
    }

    fn is_too_large(&self, batch: Batch<'_>) -> Result<bool, Failure> {
        match self.reader.session.dialect.membership.bytes_per_request {
            Some(most) if !self.puts_groups() => {
                Ok(patch::body(&self.operations(batch)?).to_string().len() > most)
            }
            _ => Ok(false),
        }
    }
}

/// A change of a group's members while it is made.
struct Division<'w> {
    writer: &'w Writer,
    group_id: &'w str,
    operation: String,
    refusals: &'w mut MemberRefusals,
    /// The group in the last answer that had it.
    last: Option<Live>,
}

impl Division<'_> {
    async fn change(&mut self, add: &[Member], remove: &[Member]) -> Result<(), Failure> {
        if self.writer.puts_groups() {
            return self.send_all(Batch { add, remove }, usize::MAX).await;
        }
        let dialect = &self.writer.reader.session.dialect;
        let (most_added, most_removed) = (dialect.members_per_request(), dialect.removals_per_request());
        let (added, removed) = (Batch { add, remove: &[] }, Batch { add: &[], remove });
        self.send_all(added, most_added).await?;
        self.send_all(removed, most_removed).await
    }

    /// Sends members, at most so many in a request, and divides what is refused.
    async fn send_all(&mut self, all: Batch<'_>, most: usize) -> Result<(), Failure> {
        let mut sizes = Sizes { most, now: most };
        let mut so_far = SoFar::default();
        // What is left to send, the next one last; and what waits until somebody is taken.
        let (mut left, mut aside) = (vec![all], Vec::new());
        while let Some(batch) = left.pop() {
            if batch.len() == 0 {
                continue;
            }
            let (batch, waits) = if so_far.are_alike() {
                // Always the same one would keep the others out in every run.
                let any = self.writer.reader.session.any_below(batch.len());
                let (before, others) = batch.split_at(any);
                let (one, after) = others.split_at(1);
                aside.extend([before, after]);
                (one, Batch::default())
            } else {
                batch.split_at(self.fitting(batch, sizes.now)?)
            };
            left.push(waits);
            match self.writer.send_members(self.group_id, batch).await {
                Ok(answer) => {
                    self.last = answer;
                    self.refusals.taken += batch.len();
                    so_far.is_one_taken = true;
                    left.append(&mut aside);
                    reached("members.batch-sent");
                }
                Err(failure) if !failure.refuses_what_is_asked() => return Err(failure),
                Err(failure) if batch.len() > 1 => {
                    sizes.refused(batch.len(), &failure, &so_far);
                    left.extend(so_far.parts(batch, &failure));
                }
                Err(failure) => {
                    so_far.refused(&failure);
                    sizes.was_not_the_cause();
                    let error = self.writer.reader.failed(&self.operation, failure);
                    self.refusals
                        .refused
                        .extend(batch.members().map(|member| RefusedMember {
                            member,
                            error: error.clone(),
                        }));
                }
            }
        }
        self.refusals
            .untried
            .extend(aside.into_iter().flat_map(Batch::members));
        Ok(())
    }

    /// How many of the first members fit into a request.
    fn fitting(&self, batch: Batch<'_>, most: usize) -> Result<usize, Failure> {
        let mut fitting = most.min(batch.len());
        while fitting > 1 && self.writer.is_too_large(batch.split_at(fitting).0)? {
            fitting = fitting.div_ceil(2);
        }
        Ok(fitting)
    }
}

/// How many members a request may have.
struct Sizes {
    /// By the dialect.
    most: usize,
    /// While it is not known whether requests were refused for their size or for a member in them.
    now: usize,
}

impl Sizes {
    /// A batch was refused.
    fn refused(&mut self, members: usize, failure: &Failure, so_far: &SoFar) {
        if failure.status() == Some(413) || so_far.causes.is_empty() {
            self.now = self.now.min(members.div_ceil(2));
        }
    }

    /// A member was refused alone, so the size was not the cause.
    const fn was_not_the_cause(&mut self) {
        self.now = self.most;
    }
}

/// What came of the requests so far.
#[derive(Default)]
struct SoFar {
    is_one_taken: bool,
    /// The cause of each refusal of a single member: its status and its word. Its text may name the member.
    causes: Vec<(Option<u16>, Option<String>)>,
}

impl SoFar {
    fn refused(&mut self, failure: &Failure) {
        self.causes.push(failure.cause());
    }

    /// Whether nobody was taken, and everybody who was tried alone was refused for one cause.
    fn are_alike(&self) -> bool {
        !self.is_one_taken
            && self.causes.len() >= ALIKE
            && self.causes.iter().all(|cause| *cause == self.causes[0])
    }

    /// The parts of a refused batch, the next one last. While nobody was taken, a single member comes first:
    /// whether that one is taken tells whether the others are to blame.
    fn parts<'m>(&self, batch: Batch<'m>, failure: &Failure) -> Vec<Batch<'m>> {
        if self.is_one_taken || failure.status() == Some(413) {
            let (first, second) = batch.split_at(batch.len().div_ceil(2));
            return vec![second, first];
        }
        let (rest, one) = batch.split_at(batch.len() - 1);
        let (first, second) = rest.split_at(rest.len().div_ceil(2));
        vec![second, first, one]
    }
}
