//! The embedded directory, called in-process as `directory: {local: …}` calls it, and as another service.

mod bulk;
mod convergence;
mod emulation;
mod groups;
mod lists;
#[path = "../support/machine.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod machine;
mod operation;
mod organisation;
#[path = "../support/project.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod project;
mod resources;
mod support;
mod world;
