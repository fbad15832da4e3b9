//! Applies against a directory that stalls, lies, breaks and throttles, while others edit it and machines
//! vanish.
//!
//! The service keeps the true directory and every request. After each run: the directory is
//! what the model says, no invariant was broken, and the report says what the history says.

mod ambiguous;
mod canary;
#[path = "../stories/support.rs"]
#[allow(dead_code, reason = "shared with the stories, which need more of it")]
mod command;
mod disk;
mod egress;
mod engine;
mod intents;
mod kills;
mod matrix;
mod model;
mod organisation;
mod processes;
mod refused;
mod runners;
mod scene;
mod seeds;
mod simulation;
#[path = "../support/mod.rs"]
mod support;
mod truth;
mod wire;
