//! Names that are swapped, go round, or pass on to others: every permutation, with a crash before and after
//! every write, and a resume with the journal and without it. The service holds each name once and refuses
//! the rest, so an intermediate collision would be seen.

use serde_json::{Value as Json, json};
use wpsync::model::Kind;
use wpsync::plan::Plan;
use wpsync::project::{Absent, Swaps};

use crate::stand_in::Line;
use crate::stand_in::project::Project;
use crate::support::{Cut, How, Paper, Planned, World, run, seed};

/// Who comes by a name besides those who have one.
#[derive(Clone, Copy, Debug)]
enum Newcomer {
    /// Nobody: the names go round among those who have them.
    None,
    /// The last name is nobody's yet, and somebody new takes one.
    OfAFreeName,
    /// The last name is somebody's who is deleted, and somebody new takes one.
    OfAFreedName,
}

/// Where each of some people goes: the name of the `n`-th becomes the `order[n]`-th.
#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    order: Vec<usize>,
    newcomer: Newcomer,
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(count - 1);
    shorter
        .iter()
        .flat_map(|one| (0..count).map(|at| [&one[..at], &[count - 1], &one[at..]].concat()))
        .collect()
}

impl Case {
    fn name(&self, number: usize) -> String {
        match self.kind {
            Kind::User => format!("name{number}@example.com"),
            Kind::Group => format!("Team {number}"),
        }
    }

    /// How many of them are there already.
    fn existing(&self) -> usize {
        self.order.len() - usize::from(!matches!(self.newcomer, Newcomer::None))
    }

    /// A newcomer who takes the name of somebody with another externalId is not believed to be another
    /// person: that is no rename.
    fn is_refused(&self) -> bool {
        matches!(self.newcomer, Newcomer::OfAFreedName) && self.order.last() == Some(&(self.order.len() - 1))
    }

    fn world(&self) -> World {
        let mut all: Vec<Json> = (0..self.existing())
            .map(|number| self.body(number, &format!("E{number}")))
            .collect();
        if matches!(self.newcomer, Newcomer::OfAFreedName) {
            all.push(self.body(self.order.len() - 1, "left"));
        }
        match self.kind {
            Kind::User => World::with(all, Vec::new()).with_unique_addresses(),
            Kind::Group => World::with(Vec::new(), all),
        }
    }

    fn body(&self, name: usize, external: &str) -> Json {
        let name = self.name(name);
        match self.kind {
            Kind::User => {
                json!({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
                    "externalId": external, "title": "Engineer", "active": true,
                    "emails": [{ "type": "work", "value": name }],
                })
            }
            Kind::Group => {
                json!({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                    "externalId": external,
                })
            }
        }
    }

    async fn plan(&self, world: &World) -> Planned {
        let people = self.order.iter().enumerate();
        let declared = people.map(|(person, name)| {
            let (name, external) = (self.name(*name), format!("E{person}"));
            match self.kind {
                Kind::User => json!({
                    "userName": name,
                    "externalId": external,
                    "emails": { "work": name },
                    "title": "Lead",
                }),
                Kind::Group => json!({ "displayName": name, "externalId": external }),
            }
        });
        let (users, groups) = match self.kind {
            Kind::User => (declared.collect(), Vec::new()),
            Kind::Group => (Vec::new(), declared.collect()),
        };
        let project = Project {
            users_absent: Absent::Delete,
            groups_absent: Absent::Delete,
            swaps: Swaps::Temporary,
            users,
            groups,
            ..Project::default()
        };
        world.plan(&project).await
    }

    /// Applies in one go, then again with every crash; gives how many runs there were.
    async fn check(&self) -> usize {
        let whole = self.world();
        let plan = self.plan(&whole).await;
        let file = plan.plan.to_bytes();
        assert_eq!(Plan::from_bytes(&file).expect("a plan"), plan.plan);
        let line = whole.line(None);
        let report = run(&plan, &line, &Paper::default(), How::default())
            .await
            .expect("an end");
        assert!(
            report.outcomes.iter().all(wpsync::apply::Outcome::is_done),
            "{self:?}: {:?}",
            report.outcomes
        );
        self.expect_no_collision(&line);
        let wanted = whole.contents();
        assert_eq!(wanted.len(), self.order.len(), "{self:?}: {wanted:?}");
        assert!(
            self.plan(&whole).await.plan.changes.is_empty(),
            "{self:?}: a second plan would change something"
        );

        let mut runs = 1;
        for number in 1..=line.writes().len() {
            for cut in [Cut::Before(number), Cut::After(number)] {
                for keeps_its_journal in [true, false] {
                    let world = self.world();
                    assert_eq!(
                        self.plan(&world).await.plan.header.change_digest,
                        plan.plan.header.change_digest,
                        "the same plan in each world"
                    );
                    let (broken, paper) = (world.line(Some(cut)), Paper::default());
                    assert!(
                        run(&plan, &broken, &paper, How::default()).await.is_none(),
                        "{self:?}: it was cut {cut:?}"
                    );
                    let paper = if keeps_its_journal {
                        paper
                    } else {
                        Paper::default()
                    };
                    let resumed = world.line(None);
                    let report = run(&plan, &resumed, &paper, How::default())
                        .await
                        .expect("an end");
                    let case = || format!("{self:?}, cut {cut:?}, journal kept: {keeps_its_journal}");
                    assert!(
                        report.outcomes.iter().all(wpsync::apply::Outcome::is_done),
                        "{}: {:?}",
                        case(),
                        report.outcomes
                    );
                    assert_eq!(world.contents(), wanted, "{}", case());
                    self.expect_no_collision(&broken);
                    self.expect_no_collision(&resumed);
                    runs += 1;
                }
            }
        }
        runs
    }

    fn expect_no_collision(&self, line: &Line) {
        for write in line.writes() {
            assert_ne!(write.did, Some(409), "{self:?}: {}", write.in_short());
        }
    }
}

/// Checks permutations of so many names; gives how many plans there were, and how many runs.
async fn check_all(kind: Kind, count: usize, takes_part: impl Fn(usize) -> bool) -> (usize, usize) {
    let (mut plans, mut runs) = (0, 0);
    for (_, order) in permutations(count)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| takes_part(*number))
    {
        for newcomer in [Newcomer::None, Newcomer::OfAFreeName, Newcomer::OfAFreedName] {
            let case = Case {
                kind,
                order: order.clone(),
                newcomer,
            };
            if !case.is_refused() {
                plans += 1;
                runs += Box::pin(case.check()).await;
            }
        }
    }
    println!(
        "permutations of {count} {}: {plans} plans, {runs} runs",
        kind.plural()
    );
    (plans, runs)
}

/// How many plans all permutations of so many names are: three for each, but where the newcomer would take
/// the freed name.
const fn plans(permutations: usize, fewer: usize) -> usize {
    3 * permutations - fewer
}

#[tokio::test]
async fn f023_names_of_up_to_three_people_and_two_groups_are_permuted_with_a_crash_at_every_write() {
    for kind in Kind::ALL {
        assert_eq!(check_all(kind, 1, |_| true).await.0, plans(1, 1));
        assert_eq!(check_all(kind, 2, |_| true).await.0, plans(2, 1));
    }
    assert_eq!(check_all(Kind::User, 3, |_| true).await.0, plans(6, 2));
}

/// One in twelve of four, and one in sixty of five; others in each run.
#[tokio::test]
async fn f023_names_of_four_and_five_people_are_permuted_with_a_crash_at_every_write() {
    let seed = seed();
    for (count, one_in) in [(4, 12), (5, 60)] {
        let (plans, _) = check_all(Kind::User, count, |number| number % one_in == seed % one_in).await;
        assert!((2 * 2..=2 * 3).contains(&plans), "two permutations of {count}");
    }
}

#[tokio::test]
#[ignore = "takes minutes: all 24 and all 120 permutations"]
async fn f023_every_permutation_of_four_and_five_people() {
    assert_eq!(check_all(Kind::Group, 3, |_| true).await.0, plans(6, 2));
    assert_eq!(check_all(Kind::User, 4, |_| true).await.0, plans(24, 6));
    assert_eq!(check_all(Kind::User, 5, |_| true).await.0, plans(120, 24));
}
