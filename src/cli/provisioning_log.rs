//! `apply --log FILE`: one JSON line for each operation, with the fields of Entra's provisioning log, so that
//! readers of that log can read this log. A line names what was changed and holds no value. Lines are
//! appended, never replaced, and only the owner may read the file.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use wpsync::apply::Outcome;
use wpsync::operation::Problem;
use wpsync::plan::{Action, Change, Plan};

use super::redact::Names;
use super::result::Result;

/// The log of one run.
pub(crate) struct ProvisioningLog {
    facts: RunFacts,
    log: Mutex<OpenLog>,
}

/// The fields that are the same in all lines of a run.
struct RunFacts {
    cycle: String,
    job: String,
    initiated_by: Option<String>,
    target: String,
}

/// The open file, and the changes that were started or written.
struct OpenLog {
    file: File,
    started: HashMap<String, Instant>,
    written: HashSet<String>,
    failure: Option<std::io::Error>,
}

impl ProvisioningLog {
    /// Opens the log. This is done before anything is sent.
    pub(crate) fn open(path: &Path, plan: &Plan) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            Problem::error(format!(
                "cannot write the log {}: {error}; nothing was sent",
                path.display()
            ))
            .hint("--log or WPSYNC_LOG names a file in a folder that is there")
        })?;
        let header = &plan.header;
        let facts = RunFacts {
            cycle: header.plan_id.clone(),
            job: plan.digest.to_string(),
            initiated_by: header.author.clone(),
            target: header.directory.origin.clone(),
        };
        let log = OpenLog {
            file,
            started: HashMap::new(),
            written: HashSet::new(),
            failure: None,
        };
        Ok(Self {
            facts,
            log: Mutex::new(log),
        })
    }

    pub(crate) fn started(&self, change: &Change) {
        self.locked().started.insert(change.id.clone(), Instant::now());
    }

    pub(crate) fn finished(&self, change: &Change, outcome: &Outcome, names: &Names) {
        let mut log = self.locked();
        if !log.written.insert(change.id.clone()) {
            return;
        }
        let taken = log
            .started
            .get(&change.id)
            .map_or(0, |started| started.elapsed().as_millis());
        let mut line = self.facts.line(change, outcome, names);
        line["durationInMilliseconds"] = json!(u64::try_from(taken).unwrap_or(u64::MAX));
        let text = format!("{line}\n");
        if let Err(error) = log.file.write_all(text.as_bytes()) {
            log.failure.get_or_insert(error);
        }
    }

    /// Writes the outcomes of changes that were not tried. Returns the first error, if a line was lost.
    pub(crate) fn end(&self, plan: &Plan, outcomes: &[Outcome], names: &Names) -> Option<std::io::Error> {
        for (change, outcome) in plan.changes.iter().zip(outcomes) {
            self.finished(change, outcome, names);
        }
        self.locked().failure.take()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, OpenLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunFacts {
    fn line(&self, change: &Change, outcome: &Outcome, names: &Names) -> Value {
        let status = match outcome {
            Outcome::Done(_) => "success",
            Outcome::AlreadyDone | Outcome::NotTried | Outcome::Skipped { .. } => "skipped",
            Outcome::Drifted(_) | Outcome::Unverified(_) | Outcome::Unmoved(_) => "warning",
            Outcome::Failed { .. } | Outcome::InPart { .. } => "failure",
        };
        let id = names.id(change);
        let reason = names.detail(change, outcome);
        let error = reason.map(|reason| json!({ "errorCode": outcome.word(), "reason": reason }));
        let identity = |id: Option<&str>| {
            let name = names.key(change);
            json!({ "displayName": name, "id": id, "identityType": change.kind.word() })
        };
        let properties = change.after.keys().map(|path| json!({ "displayName": path }));
        let members = change.members.iter().map(|_| json!({ "displayName": "members" }));
        let now = jiff::Timestamp::now().round(jiff::Unit::Millisecond);
        json!({
            "id": format!("{}/{id}", self.cycle),
            "activityDateTime": now.unwrap_or_default().to_string(),
            "changeId": id,
            "cycleId": self.cycle,
            "jobId": self.job,
            "initiatedBy": self.initiated_by,
            "modifiedProperties": properties.chain(members).collect::<Vec<_>>(),
            "provisioningAction": action(change.action),
            "provisioningStatusInfo": { "status": status, "errorInformation": error },
            "provisioningSteps": steps(change, status),
            "sourceIdentity": identity(None),
            "sourceSystem": { "displayName": change.origin },
            "targetIdentity": identity(change.remote_id.as_deref()),
            "targetSystem": { "displayName": self.target },
        })
    }
}

/// Entra's word for an action. Entra has no word for a reactivation.
const fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update | Action::Reactivate => "update",
        Action::Deactivate => "disable",
        Action::Delete => "delete",
    }
}

/// The steps before the operation. The plan read, scoped and matched the resource, and the apply exported it.
fn steps(change: &Change, status: &str) -> Vec<Value> {
    let step = |kind: &str, status: &str| json!({ "provisioningStepType": kind, "status": status });
    let read = if change.origin.is_some() {
        "success"
    } else {
        "skipped"
    };
    vec![
        step("import", read),
        step("scoping", read),
        step("matching", "success"),
        step("export", status),
    ]
}
