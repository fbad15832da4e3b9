//! The plan file: its exact bytes, and the checks before they are believed.
//!
//! ```text
//! {"wpsync_plan":2,
//! "header":{…},
//! "changes":[
//! {…},
//! {…}
//! ],
//! "digest":"sha256:<hex>"}
//! ```
//!
//! The digest is SHA-256 over the bytes before the last line: `head -n -1 plan.json | sha256sum`. Reading
//! verifies the bytes before it parses anything, then demands that writing what was read gives the same
//! bytes: no duplicate key, no unknown field, no second form.

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::header::{FORMAT, Findings, Frame, Header, count};
use super::meaning::change_digest;
use super::order::{self, OrderError};
use crate::digest::Digest;

/// A sealed plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the plan rests on.
    pub header: Header,
    /// The changes, by key.
    pub changes: Vec<Change>,
    /// The digest of the file's bytes.
    pub digest: Digest,
}

/// Why a file is not a valid plan.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file does not begin and end like a plan.
    #[error("this is not a wpsync plan: {0}")]
    NotAPlan(&'static str),
    /// The plan has another format.
    #[error(
        "this plan has format {0}, and this wpsync reads format {FORMAT}: make a new plan, or apply this \
         one with \
         the version that made it"
    )]
    OtherFormat(String),
    /// The bytes are not those that were sealed.
    #[error("the seal is broken: the file says {said}, its bytes are {found}")]
    Broken {
        /// The digest that the file states.
        said: Digest,
        /// The digest of the file's bytes.
        found: Digest,
    },
    /// The digest fits, and the content is not a plan in its one valid form.
    #[error("the digest fits, but the content is not a plan in its one valid form: {0}")]
    NotCanonical(String),
    /// The digest fits, and the content cannot be read.
    #[error("the digest fits, but the content is not a plan in its one valid form: {0}")]
    NotReadable(#[source] serde_json::Error),
    /// The digest fits, and the changes cannot be put in order.
    #[error("the digest fits, but the content is not a plan in its one valid form: {0}")]
    NotOrdered(#[from] OrderError),
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanFile {
    /// The version of the file's form.
    #[cfg_attr(test, schemars(extend("const" = FORMAT)))]
    wpsync_plan: u32,
    /// What the plan rests on.
    header: Header,
    /// The changes, by key.
    changes: Vec<Change>,
    /// The digest of the bytes before the last line: `head -n -1 plan.json | sha256sum`.
    digest: Digest,
}

const CHANGES_START: &str = ",\n\"changes\":[\n";
const CHANGES_END: &str = "\n],\n";

impl Plan {
    /// Seals changes, with their frame and findings.
    pub fn seal(frame: Frame, findings: Findings, changes: Vec<Change>) -> Self {
        let header = Header::new(frame, findings, &changes);
        let digest = Digest::of_bytes(sealed_part(&header, &changes).as_bytes());
        Self {
            header,
            changes,
            digest,
        }
    }

    /// The digest of the changes' meaning. `None` in a redacted view, where it would confirm a guessed name.
    pub fn shown_change_digest(&self) -> Option<Digest> {
        let is_redacted = self.header.change_digest == self.digest;
        (!is_redacted).then_some(self.header.change_digest)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = sealed_part(&self.header, &self.changes);
        text.push_str(&last_line(self.digest));
        text.into_bytes()
    }

    /// Reads a plan from a file's bytes. Nothing is parsed before the digest fits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let text = std::str::from_utf8(bytes).map_err(|_| SealError::NotAPlan("it is not UTF-8 text"))?;
        let body = text.strip_suffix("\"}\n").ok_or(SealError::NotAPlan(
            "it does not end with its digest; was it cut off, or its line ends changed?",
        ))?;
        let start = body.rfind('\n').ok_or(SealError::NotAPlan("it has one line"))? + 1;
        let said = body[start..]
            .strip_prefix("\"digest\":\"")
            .and_then(|said| Digest::parse(said).filter(|digest| digest.to_string() == said));
        let said = said.ok_or(SealError::NotAPlan("its last line is not a digest"))?;
        let found = Digest::of_bytes(&bytes[..start]);
        if said != found {
            return Err(SealError::Broken { said, found });
        }
        check_format(text)?;
        let content: PlanFile = serde_json::from_str(text).map_err(SealError::NotReadable)?;
        let plan = Self {
            header: content.header,
            changes: content.changes,
            digest: said,
        };
        plan.check()?;
        Ok(plan)
    }

    /// Checks what holds for every plan besides its form: canonical values, true counts, and changes that can
    /// be ordered.
    fn check(&self) -> Result<(), SealError> {
        let sealed = sealed_part(&self.header, &self.changes);
        if Digest::of_bytes(sealed.as_bytes()) != self.digest {
            return Err(SealError::NotCanonical(
                "it is not written in the one way that plans are written".into(),
            ));
        }
        let header = &self.header;
        let meaning = change_digest(&header.directory.origin, &self.changes, header.push.as_ref());
        if header.change_digest != meaning {
            return Err(SealError::NotCanonical(
                "its change digest is not that of its changes".into(),
            ));
        }
        if header.summary != count(&self.changes) {
            return Err(SealError::NotCanonical(
                "its summary is not that of its changes".into(),
            ));
        }
        if let Some(change) = self.changes.iter().find(|change| !change.digests_hold()) {
            return Err(SealError::NotCanonical(format!(
                "the digests of {} are not those of its values",
                change.key
            )));
        }
        Ok(order::check(&self.changes)?)
    }
}

fn check_format(text: &str) -> Result<(), SealError> {
    let rest = text
        .strip_prefix("{\"wpsync_plan\":")
        .ok_or(SealError::NotAPlan("it does not begin like one"))?;
    let format = rest.split(',').next().unwrap_or_default();
    if format == FORMAT.to_string() {
        Ok(())
    } else {
        Err(SealError::OtherFormat(format.chars().take(20).collect()))
    }
}

fn sealed_part(header: &Header, changes: &[Change]) -> String {
    let mut text = format!(
        "{{\"wpsync_plan\":{FORMAT},\n\"header\":{}{CHANGES_START}",
        json(header)
    );
    for (number, change) in changes.iter().enumerate() {
        if number > 0 {
            text.push_str(",\n");
        }
        text.push_str(&json(change));
    }
    text.push_str(CHANGES_END);
    text
}

fn last_line(digest: Digest) -> String {
    format!("\"digest\":\"{digest}\"}}\n")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a plan's own types are JSON")
}
