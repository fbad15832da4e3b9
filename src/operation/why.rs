//! Explains one person or group, from the source line to the request. It holds a reader, and so cannot write
//! to a directory.

use super::everything::everything;
use super::opened::Opened;
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::{learning, reading};
use crate::client::{Reader, Tally};
use crate::desired::Desired;
use crate::escape::Escaped;
use crate::matching::Matcher;
use crate::model::{Kind, ManagedAccounts, Snapshot};
use crate::plan::ownership::Ownership;
use crate::plan::{self, DraftBasis};
use crate::survey::{self, MOST_POINTS, Survey};
use crate::why::{self, Explanation, Focus, InSources, Memberships, PlanOutcome, Question};

/// The explanation of one person or group, and its cost.
#[derive(Debug)]
pub struct Explained {
    /// The explanation.
    pub explanation: Explanation,
    /// How many requests the explanation took.
    pub requests: Tally,
}

/// Explains one person or group: `user:ada@example.com`, `group:Sales`, or a name or `externalId` that is
/// unique.
///
/// # Errors
/// When the name fits several resources or none, or the directory cannot be read.
pub async fn why(opened: &Opened, name: &str, around: &Surroundings<'_>) -> Result<Explained, Problem> {
    let focus = Focus::find(&opened.desired, &opened.catalog, name).map_err(|several| {
        let keys = several
            .keys
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or ");
        Problem::error(format!("{} can be {keys}", Escaped(name))).hint("write the one that is meant")
    })?;
    let reader = reading::reader(opened, around).await?;
    let ownership = reading::ownership(opened, around)?;
    let accounts = reading::accounts(opened)?;
    let asking = Asking {
        opened,
        name,
        focus: &focus,
        ownership: &ownership,
        accounts: &accounts,
    };
    let ReadForOne {
        mut snapshot,
        mut groups,
    } = read(
        opened,
        &reader,
        &AskedOne {
            focus: &focus,
            accounts: &accounts,
        },
        around,
    )
    .await?;
    let mut explanation = asking.explain(&snapshot)?;
    if matches!(groups, AllGroups::Unread) && asking.takes_a_value(&explanation) {
        around
            .watch
            .detail("reading the whole directory: somebody else may have a value that it would get");
        snapshot = everything(&reader, around).await?;
        groups = AllGroups::InSnapshot;
        explanation = asking.explain(&snapshot)?;
    }
    if let Some(id) = explanation.live_id() {
        let groups = match groups {
            AllGroups::InSnapshot => &snapshot.groups,
            AllGroups::Unread => &survey::everything_of(Kind::Group, &reader, around.watch).await?,
        };
        explanation.memberships = Some(Memberships::of(id, groups, &opened.catalog));
    }
    Ok(Explained {
        explanation,
        requests: reader.tally(),
    })
}

/// A question, before what it rests on is read.
struct Asking<'a> {
    opened: &'a Opened,
    /// The name, as the user writes it.
    name: &'a str,
    focus: &'a Focus<'a>,
    ownership: &'a Ownership,
    accounts: &'a ManagedAccounts,
}

impl Asking<'_> {
    fn explain(&self, snapshot: &Snapshot) -> Result<Explanation, Problem> {
        let opened = self.opened;
        let inputs = DraftBasis {
            catalog: &learning::checked(opened, snapshot),
            desired: &opened.desired,
            files: &opened.files,
            snapshot,
            policy: &opened.policy(),
            ownership: self.ownership,
            access: &reading::access(opened, snapshot)?,
            accounts: self.accounts,
            unique: &opened.dialect.unique_attributes(&opened.catalog),
            waivers: &[],
            selection: None,
        };
        let question = Question {
            basis: &inputs,
            dialect: &opened.dialect,
            mapping: &opened.project.mapping,
        };
        why::explain(self.focus, &question).ok_or_else(|| unknown(opened, self.name))
    }

    /// Whether a plan would give it a value that somebody else may have. Who has a new name is looked up for
    /// those who are asked for by that name.
    fn takes_a_value(&self, explanation: &Explanation) -> bool {
        let unique = self.opened.dialect.unique_attributes(&self.opened.catalog);
        let PlanOutcome::Changes { changes, .. } = &explanation.outcome else {
            return false;
        };
        let by_old_name = matches!(self.focus.in_sources, InSources::Undeclared);
        let mut changes = changes.iter();
        changes.any(|change| {
            plan::takes_more_than_a_name(&unique, change) || (by_old_name && change.renamed_from().is_some())
        })
    }
}

/// Whom an explanation is about.
#[derive(Clone, Copy)]
struct AskedOne<'a> {
    focus: &'a Focus<'a>,
    /// Who is managed.
    accounts: &'a ManagedAccounts,
}

/// What was read for an explanation.
struct ReadForOne {
    snapshot: Snapshot,
    groups: AllGroups,
}

/// Where all groups of the directory are.
enum AllGroups {
    /// The snapshot has all of them.
    InSnapshot,
    /// The snapshot has only those that the question is about.
    Unread,
}

/// Reads one resource and the resources that it refers to. Reads everything if a lookup is not possible or
/// would take longer, or finds nobody.
async fn read(
    opened: &Opened,
    reader: &Reader,
    asked: &AskedOne<'_>,
    around: &Surroundings<'_>,
) -> Result<ReadForOne, Problem> {
    let AskedOne { focus, accounts } = *asked;
    let part = focus.part(&opened.desired, std::iter::empty());
    let survey = Survey {
        reader,
        catalog: &opened.catalog,
        desired: &part,
        policy: &opened.policy(),
        remembered: &reading::remembered(opened)?,
        accounts,
    };
    if focus.references() <= MOST_POINTS && survey.can_look().await? {
        let snapshot = survey.look(&focus.other_names(&opened.desired)).await?;
        if !is_unmatched(opened, asked, &part, &snapshot) {
            return Ok(ReadForOne {
                snapshot,
                groups: AllGroups::Unread,
            });
        }
        around
            .watch
            .detail("reading the whole directory: a name in it may look like this one");
    } else {
        around.watch.detail(
            "reading the whole directory: it cannot be asked for this resource alone, or that would take \
             longer",
        );
    }
    Ok(ReadForOne {
        snapshot: everything(reader, around).await?,
        groups: AllGroups::InSnapshot,
    })
}

/// Whether a declared resource has no live one. Then a plan would give it a name, and a look-up does not find
/// what only looks like that name.
fn is_unmatched(opened: &Opened, asked: &AskedOne<'_>, part: &Desired, snapshot: &Snapshot) -> bool {
    let AskedOne { focus, accounts } = *asked;
    let InSources::Declared(wanted) = focus.in_sources else {
        return false;
    };
    let (kind, policy) = (wanted.key.kind, opened.policy());
    let matcher = Matcher {
        catalog: &opened.catalog,
        kind,
        order: &policy.of(kind).matched_by,
        former_names: part.former_names_of(kind),
        managed: accounts,
    };
    let matches = matcher.pair(part.of(kind), snapshot.of(kind));
    let number = part.of(kind).iter().position(|one| one.key == wanted.key);
    number.is_some_and(|number| !matches.is_settled(number))
}

fn unknown(opened: &Opened, name: &str) -> Problem {
    let problem = Problem::error(format!(
        "neither a source nor the directory knows {}",
        Escaped(name)
    ));
    match why::nearest(&opened.desired, name) {
        Some(near) => problem.hint(format!("did you mean {near}?")),
        None => problem.hint("people go by userName or externalId, groups by displayName"),
    }
}
