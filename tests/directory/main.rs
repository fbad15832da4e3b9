//! The SCIM client against services that lie, break and attack. Tests are named by the failure mode that they
//! keep out.

mod dialects;
mod listing;
mod network;
mod reading;
mod retrying;
#[path = "../support/mod.rs"]
mod stand_in;
mod support;
mod writing;
