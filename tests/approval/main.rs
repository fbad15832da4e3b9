//! Approvals: what wpsync accepts, `ssh-keygen` accepts, and the other way round; and who counts as one
//! person.

mod agreement;
#[path = "../plan/support.rs"]
#[expect(dead_code, reason = "only a plan is needed here")]
mod company;
mod hardware;
mod lines;
mod rules;
mod support;
