//! Reads the project's directory. It holds only the reading half of the transport, and so cannot write.

use std::collections::HashMap;

use super::door::Missing;
use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::surroundings::{Surroundings, whole_second};
use super::{push, target};
use crate::client::transport::ReadTransport;
use crate::client::{ReadConnection, Reader};
use crate::desired::DesiredResource;
use crate::drift::LastApplied;
use crate::model::well_known::ACTIVE;
use crate::model::{Catalog, Key, Kind, ManagedAccounts, Member, Reference, Snapshot, Value};
use crate::plan::access::AccessRecord;
use crate::plan::guard::Account;
use crate::plan::ownership::Ownership;
use crate::project::Absent;
use crate::survey;
use crate::whole::form::{PushForm, Writes};
use crate::whole::last_sent::{LastSent, Untold};

/// How far the directory's clock may differ from this machine's, in seconds.
const MOST_SECONDS_APART: u64 = 5 * 60;

/// A reader of the project's directory.
pub(super) async fn reader(opened: &Opened, around: &Surroundings<'_>) -> Result<Reader, Problem> {
    Ok(Reader::open(connection(opened, around)?).await?)
}

/// The connection that a reader of the project's directory needs.
pub(super) fn connection(opened: &Opened, around: &Surroundings<'_>) -> Result<ReadConnection, Problem> {
    let transport = around.door.open(opened, around.environment, Missing::IsEmpty)?;
    // A missing key is reported when the plan is made, not after its review.
    around.door.open_push(opened, around.environment)?;
    let mut connection = ReadConnection::new(
        ReadTransport::new(transport),
        opened.dialect.clone(),
        opened.catalog.clone(),
    );
    connection.seed = around.seed();
    connection.last_sent = last_sent(opened)?;
    Ok(connection)
}

/// The last apply from here to the project's directory, if there was one.
pub(super) fn last_applied(opened: &Opened) -> Result<Option<LastApplied>, Problem> {
    let here = target::facts(opened)?.origin;
    let last = opened.state.read_last_applied()?;
    Ok(last.filter(|last| last.directory == here))
}

/// What a plan about everything may remove from: what the last apply managed, and what the configuration
/// adopts.
pub(super) fn ownership(opened: &Opened, around: &Surroundings<'_>) -> Result<Ownership, Problem> {
    let origin = target::facts(opened)?.origin;
    let last = opened.state.history(&origin, around.machine.now(), None)?.last;
    Ok(Ownership::Of {
        managed: last.map(|last| last.managed).unwrap_or_default(),
        adopted: opened.project.adopt.clone(),
    })
}

/// Who has access, as far as applies from here have decided it. The record is as long as the directory is
/// large. It is read only if somebody is inactive and absence deactivates people.
pub(super) fn access(opened: &Opened, snapshot: &Snapshot) -> Result<AccessRecord, Problem> {
    let active = opened.catalog.well_known(Kind::User, ACTIVE);
    let may_matter = opened.policy().users.absent == Absent::Deactivate
        && snapshot.users.iter().any(|live| live.is_inactive(active));
    if !may_matter {
        return Ok(AccessRecord::default());
    }
    Ok(last_applied(opened)?.map_or_else(AccessRecord::default, LastApplied::into_access))
}

/// Who is managed in the project's directory, as far as applies from here have recorded it, and whom an apply
/// created that did not come to its end. Without state, nobody is.
pub(super) fn accounts(opened: &Opened) -> Result<ManagedAccounts, Problem> {
    let here = target::facts(opened)?.origin;
    let mut accounts = opened.state.created_by_unfinished(&here)?;
    // The record is newer than what an apply left half done, if both know an account.
    if let Some(record) = opened.state.read_accounts()? {
        accounts.extend(record.of(&here));
    }
    Ok(accounts)
}

/// The members of each group after the last apply. They are read only where the directory may not show them:
/// for a service that does not list members, and where a group that is declared empty may come without them.
pub(super) fn remembered(opened: &Opened) -> Result<survey::Remembered, Problem> {
    let says_nobody = |group: &DesiredResource| group.members.as_ref().is_some_and(Vec::is_empty);
    let may_matter = opened.dialect.leaves_members_open() && opened.desired.groups.iter().any(says_nobody);
    if !opened.dialect.hides_members() && !may_matter {
        return Ok(survey::Remembered::default());
    }
    let last = last_applied(opened)?;
    Ok(last.iter().flat_map(LastApplied::members).collect())
}

/// What was last sent to a directory that is written in one request and cannot be read back.
pub(super) fn last_sent(opened: &Opened) -> Result<LastSent, Problem> {
    let Writes::Whole(form) = &opened.dialect.writes else {
        return Ok(LastSent::default());
    };
    let last = last_applied(opened)?;
    Ok(last.map_or_else(LastSent::default, |last| sent_of(&last, form, &opened.catalog)))
}

fn sent_of(last: &LastApplied, form: &PushForm, catalog: &Catalog) -> LastSent {
    let ids: HashMap<&Key, &str> = last
        .resources
        .iter()
        .filter_map(|resource| Some((&resource.key, resource.group_id()?)))
        .collect();
    let sent = last.resources.iter().map(|resource| {
        let untold = |path: &str| {
            let attribute = catalog.find(resource.key.kind, path).ok()?;
            (!form.tells(attribute)).then_some(attribute.id)
        };
        let attributes = resource
            .attributes
            .iter()
            .filter_map(|(path, value)| Some((untold(path)?, value.clone()?)))
            .collect();
        let subgroup = |member: &Reference| {
            let key = member.key.as_ref().filter(|key| key.kind == Kind::Group)?;
            let id = member.id.as_deref().or_else(|| ids.get(key).copied())?;
            Some(Member {
                reference: Reference::to_id(id),
                kind: Some(Kind::Group),
            })
        };
        let subgroups = resource.members.iter().flatten().filter_map(subgroup).collect();
        (
            resource.key.clone(),
            Untold {
                attributes,
                subgroups,
            },
        )
    });
    sent.collect()
}

/// The account of the token, as the configuration, the policy file and the service name it.
pub(super) async fn account(opened: &Opened, reader: &Reader) -> Account {
    let policy = opened.policy_file.as_ref();
    let of_policy = policy.and_then(|policy| policy.own_account.as_ref());
    let mut account = Account {
        id: None,
        keys: opened
            .project
            .own_account
            .iter()
            .chain(of_policy)
            .cloned()
            .collect(),
    };
    // A push is made in the name of an administrator, so that account must stay.
    let pushing = push::settings(&opened.project.directory).manager;
    account
        .keys
        .extend(pushing.map(|name| Key::new(Kind::User, &name)));
    if let Some(live) = reader.own_account().await {
        let name = live
            .attributes
            .get(opened.catalog.naming(Kind::User))
            .and_then(Value::as_text);
        account.keys.extend(name.map(|name| Key::new(Kind::User, name)));
        account.id = Some(live.id);
    }
    account
}

/// Refuses a service whose clock is far from this machine's, because then every expiry is doubtful.
pub(super) fn check_clock(reader: &Reader, now: jiff::Timestamp) -> Result<(), Problem> {
    match reader.clock_offset() {
        Some(offset) if offset.unsigned_abs() > MOST_SECONDS_APART => {
            let minutes = offset.unsigned_abs() / 60;
            let direction = if offset > 0 { "ahead of" } else { "behind" };
            let now = whole_second(now);
            let message = format!(
                "the directory's clock is {minutes} minutes {direction} this machine's ({now}); \
                 nothing was written"
            );
            Err(Problem::new(ProblemKind::Stale, message)
                .hint("correct the clock that is wrong: whether a plan has expired is read from it"))
        }
        _ => Ok(()),
    }
}
