//! The figures of all guards for a plan.

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::name::Guard;
use super::{admins, groups, held, lookalike, people, rename, shrinking, volume};

/// The figures of all guards, in the order of [`Guard::ALL`].
pub fn figures(grounds: &Grounds<'_>) -> Vec<GuardFigure> {
    let figure = |guard| figure(guard, grounds);
    Guard::ALL.into_iter().map(figure).collect()
}

fn figure(guard: Guard, grounds: &Grounds<'_>) -> GuardFigure {
    let changes = grounds.changes;
    match guard {
        Guard::Create | Guard::Identity | Guard::Update => volume::counted(guard, grounds),
        Guard::Remove => volume::removals(grounds),
        Guard::GroupEmptied => groups::emptied(changes),
        Guard::GroupShrunk => groups::shrunk(changes, grounds.history),
        Guard::Protected => people::protected(changes, grounds.policy),
        Guard::OwnAccount => people::own_account(changes, grounds.account),
        Guard::LastAdmins => admins::last_admins(grounds),
        Guard::SourceEmpty | Guard::SourceShrunk | Guard::DirectoryShrunk if grounds.compares_nobody => {
            GuardFigure::of_cases(guard, Vec::new())
        }
        Guard::SourceEmpty => shrinking::source_empty(grounds),
        Guard::SourceShrunk => shrinking::source_shrunk(grounds),
        Guard::DirectoryShrunk => shrinking::directory_shrunk(grounds),
        Guard::Rename => rename::renamed(changes),
        Guard::Rehire => people::rehired(grounds),
        Guard::Reactivate => people::reactivated(grounds),
        Guard::Lookalike => lookalike::lookalikes(grounds),
        Guard::Rebind => lookalike::rebound(grounds),
        Guard::Held => held::held(grounds),
    }
}
