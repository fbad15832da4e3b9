//! The embedded directory, called in-process as `directory: {local: …}` calls it.

mod groups;
mod lists;
mod operation;
mod resources;
mod support;
