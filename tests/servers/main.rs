//! wpsync against SCIM services that we did not write, and our own service before judges that we did not
//! write.
//!
//! The tests install what they need by package name into the target directory, once, and need python3 with
//! venv, node and npm:
//!
//! ```sh
//! cargo test --locked --test servers -- --ignored
//! ```

#![cfg(unix)]

mod company;
mod drift;
mod edits;
mod everyday;
mod http;
mod install;
mod killed;
mod lost;
mod members;
mod people;
mod plain;
mod process;
mod project;
mod proxy;
mod sandbox;
mod server;
mod sources;
mod throttled;
