//! The answers of Officevibe's calls, which are not SCIM: their form, and whether they can be believed.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::wire::envelope;
use crate::wire::{Failure, Response};

const LOGIN_PAGE: &str = "it is an HTML page, as the login page that stands for a key that is not accepted. \
                          Check the key that `token` names, and that the custom integration is activated at \
                          Officevibe";
const KEY_REFUSED: &str = "the key is not accepted. Check the key that `token` names, and that the custom \
                           integration is activated at Officevibe";

/// The form of every answer to a read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<D> {
    is_success: bool,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default = "Option::default")]
    data: Option<D>,
}

/// The answer to a push.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PushAnswer {
    is_success: Option<bool>,
    #[serde(default)]
    errors: Option<Vec<Json>>,
}

/// The answer's people.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserRows {
    user_count: Option<usize>,
    #[serde(rename = "users")]
    pub(crate) rows: Vec<Map<String, Json>>,
}

/// The answer's groups.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupRows {
    group_count: Option<usize>,
    #[serde(rename = "groups")]
    pub(crate) rows: Vec<GroupRow>,
}

/// A group.
#[derive(Deserialize)]
pub(crate) struct GroupRow {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl UserRows {
    /// Refuses a list whose number of rows differs from its own count.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        check_count("users", self.user_count, self.rows.len())
    }
}

impl GroupRows {
    /// Refuses a list whose number of rows differs from its own count.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        check_count("groups", self.group_count, self.rows.len())
    }
}

fn check_count(what: &str, said: Option<usize>, came: usize) -> Result<(), Failure> {
    match said.filter(|said| *said != came) {
        Some(said) => Err(Failure::Inconsistent {
            reason: format!("{came} {what} came, and it says that there are {said}"),
        }),
        None => Ok(()),
    }
}

/// The data of an answer to a read.
pub(crate) fn data<D: DeserializeOwned>(response: &Response) -> Result<D, Failure> {
    let answer: Answer<D> = parsed(response)?;
    match answer.data {
        _ if !answer.is_success => Err(envelope::not_usable(&format!(
            "it says that it failed: {}",
            answer.error_message.unwrap_or_default()
        ))),
        Some(data) => Ok(data),
        // The answer to a ping has no data.
        None => serde_json::from_value(Json::Null).map_err(|_| envelope::not_usable("it has no `data`")),
    }
}

/// Checks whether a push was accepted. An answer without `isSuccess` and without errors counts as accepted.
pub(crate) fn check_pushed(response: &Response) -> Result<(), Failure> {
    if response.body.is_empty() && response.status == 202 {
        return Ok(());
    }
    let answer: PushAnswer = parsed(response)?;
    let said = |error: &Json| error.as_str().map_or_else(|| error.to_string(), str::to_owned);
    let errors: Vec<String> = answer.errors.iter().flatten().map(said).collect();
    if answer.is_success == Some(false) || !errors.is_empty() {
        return Err(envelope::not_usable(&format!(
            "it says that it failed, perhaps after a part was done: {}",
            errors.join("; ")
        )));
    }
    Ok(())
}

/// A refusal of the key, with a helpful message. Other failures stay as they are.
pub(crate) fn explained(failure: Failure) -> Failure {
    match failure {
        Failure::Refused {
            status: status @ (300..=399 | 401 | 403),
            ..
        } => Failure::Refused {
            status: if status < 400 { 401 } else { status },
            scim_type: None,
            detail: KEY_REFUSED.to_owned(),
            retry_after: None,
        },
        failure => failure,
    }
}

fn parsed<D: DeserializeOwned>(response: &Response) -> Result<D, Failure> {
    let text = envelope::text(response)?;
    if text.trim_start().starts_with('<') {
        return Err(envelope::not_usable(LOGIN_PAGE));
    }
    serde_json::from_str(text).map_err(|error| envelope::not_json(response, &error))
}
