//! Applies against a directory that stalls, lies, breaks and throttles, while others edit it and machines
//! vanish.
//!
//! The service in `service/` keeps the true directory and every request. After each run: the directory is
//! what the model says, no invariant was broken, and the report says what the history says.

mod ambiguous;
mod canary;
#[path = "../stories/support.rs"]
#[allow(dead_code, reason = "shared with the stories, which need more of it")]
mod command;
mod egress;
mod engine;
#[path = "../support/machine.rs"]
mod machine;
mod matrix;
mod model;
#[path = "../support/project.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod project;
mod scene;
mod service;
mod simulation;
mod wire;
