//! What reads the project's directory: it holds the reading half of the way there, and so cannot write.

use std::collections::HashMap;

use super::door::Missing;
use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::surroundings::{Surroundings, whole_second};
use super::{push, target};
use crate::client::transport::ReadTransport;
use crate::client::{ReadConnection, Reader};
use crate::dialect::PushForm;
use crate::drift::LastApplied;
use crate::model::{Attributes, Catalog, Key, Kind, Member, Reference, Value};
use crate::plan::guard::Account;
use crate::survey;
use crate::whole::Remembered;

/// How far the directory's clock may be from this machine's.
const MOST_SECONDS_APART: u64 = 5 * 60;

/// A reader of the project's directory.
pub(super) async fn reader(opened: &Opened, around: &Surroundings<'_>) -> Result<Reader, Problem> {
    Ok(Reader::open(connection(opened, around)?).await?)
}

/// What it takes to read the project's directory.
pub(super) fn connection(opened: &Opened, around: &Surroundings<'_>) -> Result<ReadConnection, Problem> {
    let transport = around.door.open(opened, around.environment, Missing::IsEmpty)?;
    // A key that is missing is told when the plan is made, not after its review.
    around.door.open_push(opened, around.environment)?;
    let mut connection = ReadConnection::new(
        ReadTransport::new(transport),
        opened.dialect.clone(),
        opened.catalog.clone(),
    );
    connection.seed = around.seed();
    connection.remembered = untold(opened)?;
    Ok(connection)
}

/// What was last applied to the project's directory, if anything ever was from here.
pub(super) fn last_applied(opened: &Opened) -> Result<Option<LastApplied>, Problem> {
    let here = target::facts(opened)?.origin;
    let last = opened.state.read_last_applied()?;
    Ok(last.filter(|last| last.directory == here))
}

/// Who was in which group after the last apply to the project's directory, where its service does not tell.
pub(super) fn remembered(opened: &Opened) -> Result<survey::Remembered, Problem> {
    if !opened.dialect.hides_members() {
        return Ok(survey::Remembered::default());
    }
    let last = last_applied(opened)?;
    Ok(last.iter().flat_map(LastApplied::members).collect())
}

/// What was last sent of what cannot be read, to a directory that is written in one request.
pub(super) fn untold(opened: &Opened) -> Result<Remembered, Problem> {
    let Some(push) = &opened.dialect.push else {
        return Ok(Remembered::default());
    };
    let last = last_applied(opened)?;
    Ok(last.map_or_else(Remembered::default, |last| {
        untold_of(&last, push, &opened.catalog)
    }))
}

fn untold_of(last: &LastApplied, push: &PushForm, catalog: &Catalog) -> Remembered {
    let ids: HashMap<&Key, &str> = last
        .resources
        .iter()
        .filter_map(|resource| Some((&resource.key, resource.group_id()?)))
        .collect();
    let mut remembered = Remembered::default();
    for resource in &last.resources {
        let attribute = |path: &str| {
            catalog
                .find(resource.key.kind, path)
                .ok()
                .filter(|attribute| !push.tells(attribute))
                .map(|found| found.id)
        };
        let untold: Attributes = resource
            .attributes
            .iter()
            .filter_map(|(path, value)| Some((attribute(path)?, value.clone()?)))
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
        remembered.insert(resource.key.clone(), untold, subgroups);
    }
    remembered
}

/// The account of the token: as the configuration and the policy file name it, and as the service tells.
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
    // A push is done in the name of an administrator, who must stay.
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

/// A service whose clock is far from ours makes every expiry doubtful.
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
