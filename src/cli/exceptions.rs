//! `--waive` and `--adopt`: exceptions to the limits. The plan holds them, so that its reviewers see them.

use wpsync::operation::Ask;
use wpsync::plan::guard::{Guard, Waiver};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Exceptions {
    /// Allow exactly this many over a guard's limit, as 'remove=137: branch closed'
    #[arg(long = "waive", value_name = "GUARD=N: REASON", value_parser = parse_waiver)]
    waivers: Vec<Waiver>,
    /// Remove also from what this plan manages for the first time: users, groups, users.title, group:NAME or
    /// all
    #[arg(long = "adopt", value_name = "NAME")]
    adopt: Vec<String>,
}

pub(crate) fn parse_waiver(text: &str) -> Result<Waiver, String> {
    let waiver = Waiver::parse(text)
        .ok_or_else(|| "expected GUARD=NUMBER: REASON, as 'remove=137: branch closed'".to_owned())?;
    match Guard::parse(&waiver.guard) {
        Some(guard) if guard.is_waivable() => Ok(waiver),
        Some(_) => Err(format!(
            "no waiver allows what the guard {} refuses",
            waiver.guard
        )),
        None => {
            let known = Guard::ALL
                .into_iter()
                .filter(|guard| guard.is_waivable())
                .map(Guard::word)
                .collect::<Vec<_>>();
            Err(format!(
                "there is no guard {}; one of {}",
                waiver.guard,
                known.join(", ")
            ))
        }
    }
}

impl Exceptions {
    /// What these arguments ask of a plan.
    pub(crate) fn ask(&self) -> Ask {
        Ask {
            waivers: self.waivers.clone(),
            adopt: self.adopt.clone(),
            ..Ask::default()
        }
    }
}
