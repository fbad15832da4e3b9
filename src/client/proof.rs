//! Which look-ups can be believed. A dialect says by which attributes a service can be asked. Whether the
//! service answers is tried in each run: a look-up counts only where it found a resource that is known to be
//! there, by the very same attribute, and nobody under a name that cannot exist.

use crate::client::DirectoryError;
use crate::client::lookup::LookupQuestion;
use crate::client::reader::{Calls, Reader};
use crate::client::session::LookupProof;
use crate::dialect::Groups;
use crate::model::{AttributeId, Kind, Live, Value};
use crate::wire::Failure;

/// A name that nobody has: `invalid` is no domain (RFC 2606).
const NOBODY: &str = "nobody-0@invalid";

/// What a service's look-ups by some attributes are worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LookupTrust {
    /// The attributes whose look-ups have proved themselves: where they find nobody, nobody is there.
    pub(crate) proved: Vec<AttributeId>,
    /// The attributes that no known resource has, so that nothing was tried. What such a look-up finds is
    /// there; that it finds nobody says nothing.
    pub(crate) untried: Vec<AttributeId>,
}

impl LookupTrust {
    /// Those of the asked attributes whose look-ups do not find who is there, or find who is not.
    pub(crate) fn refuted(&self, asked: &[AttributeId]) -> Vec<AttributeId> {
        let is_refuted = |one: &AttributeId| !self.proved.contains(one) && !self.untried.contains(one);
        asked.iter().copied().filter(is_refuted).collect()
    }
}

impl Reader {
    /// Tries the look-ups by some attributes of a kind, each once in a run. `known` are resources of the kind
    /// that were read just now; where none of them has an attribute, a page of the list is read.
    pub(crate) async fn trust_in_lookups(
        &self,
        kind: Kind,
        attributes: &[AttributeId],
        known: &[Live],
    ) -> Result<LookupTrust, DirectoryError> {
        let mut trust = LookupTrust::default();
        if kind == Kind::Group && self.dialect().groups == Groups::None {
            trust.untried.extend(attributes);
            return Ok(trust);
        }
        // One task tries, and the others wait for what it finds.
        let _turn = self.session.trying_lookups.lock().await;
        let mut page = None;
        for attribute in attributes.iter().copied().filter(|one| self.can_find(*one)) {
            let proof = self.proof(attribute, known, &mut page).await;
            let proof = proof
                .map_err(|failure| self.failed(&format!("trying look-ups of {}", kind.plural()), failure))?;
            match proof {
                LookupProof::Proved => trust.proved.push(attribute),
                LookupProof::Refuted => {}
                LookupProof::Untriable => trust.untried.push(attribute),
            }
        }
        Ok(trust)
    }

    /// Whether look-ups by an attribute were tried in this run.
    pub(crate) fn has_tried(&self, attribute: AttributeId) -> bool {
        self.session.lookup_proof(attribute).is_some()
    }

    /// Whether look-ups by an attribute have proved themselves in this run.
    pub(crate) fn has_proved(&self, attribute: AttributeId) -> bool {
        self.session.lookup_proof(attribute) == Some(LookupProof::Proved)
    }

    /// What look-ups by an attribute are worth. `page` is a page of the list, once it was read.
    async fn proof(
        &self,
        attribute: AttributeId,
        known: &[Live],
        page: &mut Option<Vec<Live>>,
    ) -> Result<LookupProof, Failure> {
        if matches!(self.calls, Calls::Whole(_)) {
            return Ok(LookupProof::Proved);
        }
        if let Some(proof) = self.session.lookup_proof(attribute) {
            return Ok(proof);
        }
        let mut tried = text_of(known, attribute);
        if tried.is_none() {
            if page.is_none() {
                let kind = self.catalog().attribute(attribute).kind;
                *page = Some(self.first_page(kind).await?);
            }
            tried = page.as_deref().and_then(|rows| text_of(rows, attribute));
        }
        let proof = match tried {
            Some((id, text)) => self.finds_one_and_nobody(attribute, &id, text).await?,
            // What an empty directory gets may have a value.
            None if page.as_ref().is_some_and(Vec::is_empty) => return Ok(LookupProof::Untriable),
            None => LookupProof::Untriable,
        };
        self.session.note_lookup_proof(attribute, proof);
        Ok(proof)
    }

    /// Looks up somebody who is there, and somebody who is not.
    async fn finds_one_and_nobody(
        &self,
        attribute: AttributeId,
        id: &str,
        value: String,
    ) -> Result<LookupProof, Failure> {
        let found = self.tried(LookupQuestion { attribute, value }).await?;
        if !found.is_some_and(|rows| rows.iter().any(|row| *row.id == *id)) {
            return Ok(LookupProof::Refuted);
        }
        let nobody = LookupQuestion {
            attribute,
            value: NOBODY.to_owned(),
        };
        let finds_nobody = self.tried(nobody).await?.is_some_and(|rows| rows.is_empty());
        Ok(if finds_nobody {
            LookupProof::Proved
        } else {
            LookupProof::Refuted
        })
    }

    /// The rows that a question finds. `None` if the answer is not usable.
    async fn tried(&self, question: LookupQuestion) -> Result<Option<Vec<Live>>, Failure> {
        let kind = self.catalog().attribute(question.attribute).kind;
        match self.answers(kind, &[question]).await {
            Ok(rows) => Ok(Some(rows)),
            Err(failure) if failure.is_about_the_answer() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// The id of the first row that has a text of an attribute, and the text.
fn text_of(rows: &[Live], attribute: AttributeId) -> Option<(Box<str>, String)> {
    rows.iter().find_map(|row| {
        let text = row.attributes.get(attribute).and_then(Value::as_text)?;
        Some((row.id.clone(), text.to_owned()))
    })
}
