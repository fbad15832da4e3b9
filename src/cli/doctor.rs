//! `wpsync doctor`: what the service really does beside what its dialect says. It holds a transport that can
//! only read.

use std::sync::Arc;

use serde_json::json;
use wpsync::client::Connection;
use wpsync::client::transport::ReadTransport;
use wpsync::doctor;
use wpsync::whole::form::Writes;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::ui::Ui;
use super::{Global, connect};

pub(crate) async fn run(global: &Global, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load_config(global, ui)?;
    if let Writes::Whole(_) = context.dialect.writes {
        return Err(Failure::error(format!(
            "doctor examines SCIM services, and {} is none",
            context.dialect.name
        ))
        .hint("`wpsync plan` only reads, and says whether the key is accepted"));
    }
    let Connection {
        transport, dialect, ..
    } = connect::reading(&context)?;
    let report = doctor::examine(ReadTransport::new(Arc::clone(&transport)), &dialect)
        .await
        .map_err(|failure| Failure::error(transport.redact(&failure.to_string())))?;
    ui.result(&doctor::text(&report));
    ui.event(|| json!({ "type": "doctor", "report": report }));
    Ok(if report.is_well() { Exit::Done } else { Exit::Error })
}
