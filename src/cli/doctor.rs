//! `wpsync doctor`: what the service really does beside what its dialect says.

use serde_json::json;
use wpsync::{doctor, operation};

use super::exit::Exit;
use super::global::Global;
use super::outside::Outside;
use super::result::Result;
use super::ui::Ui;
use super::watching::Watching;

pub(crate) async fn run(global: &Global, ui: &Ui) -> Result<Exit> {
    let (outside, watching) = (Outside::new(), Watching::new(ui));
    let around = outside.watched_by(&watching);
    let opened = operation::open_configuration(&global.location(), &around)?;
    let report = operation::doctor(&opened, &around).await?;
    ui.result(&doctor::text(&report));
    ui.event(|| json!({ "type": "doctor", "report": report }));
    Ok(if report.is_well() { Exit::Done } else { Exit::Error })
}
