//! The embedded directory, called in-process as `directory: {local: …}` calls it, and as another service.

mod bulk;
mod convergence;
mod emulation;
mod groups;
mod lists;
mod operation;
mod organisation;
mod resources;
mod support;
mod world;
