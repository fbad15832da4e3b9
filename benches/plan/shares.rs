//! Where the time of a plan goes: the steps of `wpsync plan`, one by one, in this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wpsync::client::ListProgress;
use wpsync::digest::Digest;
use wpsync::model::Snapshot;
use wpsync::model::{Catalog, Kind};
use wpsync::plan::facts::{Circumstances, DirectoryFacts, FileFacts, SnapshotFacts};
use wpsync::plan::guard::{Account, Grounds, History};
use wpsync::plan::ownership::{Managed, Ownership};
use wpsync::plan::{Draft, DraftBasis, Findings, Frame, Plan, draft, guard};
use wpsync::policy::{Ceilings, KindPolicy, Policy};
use wpsync::project;
use wpsync::survey::{Observer, Survey};

use crate::Failure;
use crate::directory::Directory;
use crate::project::Project;

/// How long each step took.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    pub parse: Duration,
    pub read: Duration,
    pub compare: Duration,
    pub seal: Duration,
    changes: usize,
}

impl Shares {
    /// All steps together.
    pub fn total(&self) -> Duration {
        self.parse + self.read + self.compare + self.seal
    }

    /// The better of two, each step for itself.
    pub fn best(self, other: Self) -> Self {
        Self {
            parse: self.parse.min(other.parse),
            read: self.read.min(other.read),
            compare: self.compare.min(other.compare),
            seal: self.seal.min(other.seal),
            changes: self.changes,
        }
    }

    /// Whether the plan was what it should have been: a fast wrong answer is no figure.
    pub fn check(&self, project: &Project) -> Result<(), Failure> {
        let percent = project.percent_changed;
        let expected = (0..project.organisation.people)
            .filter(|number| number % 100 < percent)
            .count();
        if self.changes == expected {
            Ok(())
        } else {
            Err(format!("{} changes, and {expected} were expected", self.changes).into())
        }
    }
}

struct Silent;
impl Observer for Silent {
    fn read(&self, _: ListProgress) {}
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Goes through the steps once.
pub async fn measure(project: &Project, directory: &Directory) -> Result<Shares, Failure> {
    let ((catalog, loaded), parse) = timed(|| {
        let catalog = Arc::new(Catalog::built_in());
        let loaded = project::load(
            &project::Folder::of(&project.configuration()),
            &project.configuration(),
            &catalog,
            jiff::Timestamp::now(),
        );
        (catalog, loaded)
    });
    let loaded = loaded?;
    let (Some(settings), Some(desired)) = (loaded.project, loaded.desired) else {
        return Err("the sources have problems".into());
    };
    let kind = |kind: Kind| KindPolicy {
        matched_by: settings.matching.of(kind).to_vec(),
        absent: project::Absent::Keep,
        within: None,
        swaps: project::Swaps::Refuse,
    };
    let policy = Policy {
        users: kind(Kind::User),
        groups: kind(Kind::Group),
        members: settings.manage.groups.members,
        protect: Vec::new(),
        limits: Ceilings {
            config: settings.limits,
            policy: None,
        },
        min_admins: Vec::new(),
    };
    let start = Instant::now();
    let reader = directory.reader(&catalog).await?;
    let survey = Survey {
        reader: &reader,
        catalog: &catalog,
        desired: &desired,
        policy: &policy,
        remembered: &wpsync::survey::Remembered::default(),
    };
    let snapshot = survey.read(&Silent).await?;
    let read = start.elapsed();
    let inputs = DraftBasis {
        catalog: &catalog,
        desired: &desired,
        files: &loaded.files,
        snapshot: &snapshot,
        policy: &policy,
        ownership: &Ownership::Everything,
        selection: None,
    };
    let (drafted, compare) = timed(|| draft(&inputs));
    let drafted = drafted.map_err(|blocked| format!("{:?}", blocked.0))?;
    let changes = drafted.changes.len();
    let ((), seal) = timed(|| seal(&catalog, &snapshot, drafted, &policy));
    directory.release();
    Ok(Shares {
        parse,
        read,
        compare,
        seal,
        changes,
    })
}

fn seal(catalog: &Catalog, snapshot: &Snapshot, draft: Draft, policy: &Policy) {
    let judged_by = Grounds {
        catalog,
        changes: &draft.changes,
        snapshot,
        managed_users: draft.managed_users,
        sources: &[],
        policy,
        history: &History::default(),
        account: &Account::default(),
        left_active: &std::collections::HashSet::new(),
    };
    let guards = guard::figures(&judged_by);
    let frame = Frame {
        circumstances: Circumstances {
            now: jiff::Timestamp::now(),
            plan_id: "0".repeat(32),
            pseudonym_key: "0".repeat(32),
            author: None,
            commit: None,
        },
        config: FileFacts {
            bytes: 0,
            path: "wpsync.yaml".into(),
            rows: 0,
            sha256: String::new(),
        },
        policy: None,
        directory: DirectoryFacts {
            dialect: "local".into(),
            dialect_digest: Digest::of_bytes(b""),
            origin: "local:directory.db".into(),
            tenant: None,
        },
        sources: Vec::new(),
        managed: Managed::default(),
        adopted: Vec::new(),
        waivers: Vec::new(),
        selection: None,
        reverses: None,
    };
    let findings = Findings {
        snapshot: SnapshotFacts::of(snapshot, &draft),
        cost: wpsync::plan::Cost::default(),
        guards,
        remainder: wpsync::plan::standing::Remainder::default(),
        push: None,
    };
    std::hint::black_box(Plan::seal(frame, findings, draft.changes).to_bytes());
}
