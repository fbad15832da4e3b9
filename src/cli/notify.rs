//! Sends a message to a webhook when an apply has ended. It has the directory, the plan, the verdict and
//! counts, but no name, value, reason or token. The address is often a secret, and is always another place
//! than the directory. So it comes from the environment alone (`WPSYNC_NOTIFY`): nothing that a pull request
//! can change may name a place to send to. A message that is not delivered changes nothing.

use std::time::Duration;

use serde_json::json;
use wpsync::apply::Report;
use wpsync::operation::{Environment, Problem};
use wpsync::plan::{Plan, standing};
use wpsync::review;

use super::result::Result;
use super::tell::OUTCOMES;
use super::ui::Ui;

/// The environment variable that holds the address.
const VARIABLE: &str = "WPSYNC_NOTIFY";
/// The longest wait for a webhook.
const PATIENCE: Duration = Duration::from_secs(10);

/// The address of the messages.
pub(crate) struct Webhook(reqwest::Url);

impl Webhook {
    /// The webhook of the environment, checked before anything is sent; `None` if the variable is not set.
    pub(crate) fn of(environment: &Environment) -> Result<Option<Self>> {
        let Some(text) = environment.text(VARIABLE).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        // The error does not repeat the address, because a part of it may be a secret.
        let wrong = |reason: &str| {
            Problem::error(format!("{VARIABLE} {reason}; nothing was sent"))
                .hint("set it to the webhook's https:// address")
        };
        let url = reqwest::Url::parse(&text).map_err(|_| wrong("is not an address"))?;
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            _ => return Err(wrong("is not an https:// address")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds a user or a password"));
        }
        Ok(Some(Self(url)))
    }

    /// Sends the summary of an apply.
    pub(crate) async fn tell(&self, plan: &Plan, report: &Report, ui: &Ui) {
        let counts: serde_json::Map<_, _> = OUTCOMES
            .iter()
            .map(|word| ((*word).to_owned(), report.count(word).into()))
            .collect();
        let standing = standing(plan);
        let left = review::left_undone(&standing).map_or_else(String::new, |left| format!("; {left}"));
        let twice = match report.duplicates.found.len() {
            0 => String::new(),
            count => format!("; {count} there twice"),
        };
        let line = format!(
            "wpsync apply: {}, {} of {} changes done{twice}{left}",
            report.verdict.word(),
            report.outcomes.iter().filter(|outcome| outcome.is_done()).count(),
            plan.changes.len()
        );
        let body = json!({
            "text": line,
            "type": "apply",
            "directory": plan.header.directory.origin,
            "plan": plan.digest,
            "verdict": report.verdict.word(),
            "changes": plan.changes.len(),
            "outcomes": counts,
            "standing": review::standing_json(&standing),
        });
        let host = self.0.host_str().unwrap_or_default().to_owned();
        match self.send(body.to_string()).await {
            Ok(status) if status.is_success() => ui.note(&format!("Notified {host}.")),
            Ok(status) => {
                ui.warn(&format!(
                    "the result above is true, but {host} did not take the notification: it answered {}",
                    status.as_u16()
                ));
            }
            Err(reason) => ui.warn(&format!(
                "the result above is true, but {host} was not notified: {reason}"
            )),
        }
    }

    async fn send(&self, body: String) -> std::result::Result<reqwest::StatusCode, &'static str> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build();
        let request = client
            .map_err(|_| "it cannot be connected to")?
            .post(self.0.clone())
            .header("content-type", "application/json");
        // The cause of an error would repeat the address.
        request
            .body(body)
            .send()
            .await
            .map(|response| response.status())
            .map_err(|error| {
                if error.is_timeout() {
                    "it did not answer in time"
                } else {
                    "it cannot be connected to"
                }
            })
    }
}
