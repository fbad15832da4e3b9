//! What a user asks of a project: plan, clear, apply, undo, drift, why, history, export, validate, doctor.
//!
//! This module alone makes plans and sets the order of the checks that make an apply safe. The binary reads
//! arguments and writes messages; tests, simulations and benches call the same functions.
//!
//! # Flow
//!
//! ```text
//! Location ─ open ─► Opened ─ plan(Ask) ─► Made ─ verify_made ─┐
//!                                          │ saved, reviewed   ├─► Verified ─ clear ─► Cleared ─ apply ─┐
//!                                          └─ verify(Claims) ──┘                                        │
//!                                                                                              Applied ◄┘
//! ```
//!
//! - [`fn@open`] reads the configuration, the sources and the policy, and finds every problem in them at
//!   once.
//! - [`fn@plan`] reads the directory, compares, seals, and says what guards refuse.
//! - [`fn@verify`] verifies a saved plan without asking the directory: seal, expected digest, approvals,
//!   version, expiry, directory, tenant, dialect, configuration, policy, order among the applies, guards,
//!   quarantine.
//! - [`fn@clear`] takes the lock, keeps a copy of the plan, opens the directory to write, checks its clock,
//!   judges again by guards with the account that writes, and opens the journal.
//! - [`fn@apply`] executes a cleared plan, and writes the receipt and the record that `drift` reads. Nothing
//!   else can write to a directory, and only a [`Cleared`] can be applied.
//!
//! [`Surroundings`] holds everything from outside: the clock, random bytes, the environment, the watcher, the
//! way to the directory, and the place of the state. A [`Problem`] says why an operation failed.
//!
//! # Example
//!
//! A plan and its apply, on an embedded directory in memory:
//!
//! ```
//! use std::sync::Arc;
//! use wpsync::client::{DirectoryAddress, InProcessTransport};
//! use wpsync::operation::{self, *};
//! use wpsync::sandbox::Service;
//! use wpsync::state::State;
//!
//! struct Still;
//! impl Machine for Still {
//!     fn now(&self) -> jiff::Timestamp {
//!         jiff::Timestamp::now()
//!     }
//!     fn random(&self) -> std::io::Result<[u8; 16]> {
//!         Ok([7; 16])
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let location = Location::in_memory([
//!     ("wpsync.yaml", "version: 1\ndirectory: { local: directory.db }\nsources: [people.yaml]\n"),
//!     ("people.yaml", "users:\n  - { userName: ada@example.com }\n"),
//! ]);
//! let address = DirectoryAddress::local("directory.db");
//! let directory = InProcessTransport::new(address, Service::in_memory().router());
//! let around = Surroundings {
//!     machine: &Still,
//!     environment: &Environment::default(),
//!     watch: &Unwatched,
//!     door: &Door::given(Arc::new(directory)),
//!     keeping: &Keeping::Given(State::in_memory()),
//! };
//! let mut opened = operation::open(&location, &around)?;
//! let made = operation::plan(&mut opened, &Ask::default(), &around).await?;
//! assert_eq!(made.plan().changes.len(), 1);
//!
//! // The file is what is reviewed and applied.
//! let file = made.plan().to_bytes();
//! let claims = Claims::default();
//! let Verification::Ready(verified) = operation::verify(&file, &location, &claims, &around)? else {
//!     panic!("it was not applied before");
//! };
//! let cleared = operation::clear(*verified, ApplySettings::default(), &around).await?;
//! let (_go_on, stop) = tokio::sync::watch::channel(None);
//! let applied = operation::apply(cleared, stop, &around).await?;
//! assert_eq!(applied.report.verdict.word(), "applied");
//! # Ok::<(), Problem>(())
//! # }).unwrap();
//! ```
//!
//! A plan that is not cleared cannot be applied:
//!
//! ```compile_fail,E0308
//! # use wpsync::operation::{self, *};
//! # async fn apply(plan: wpsync::plan::Plan, stop: wpsync::apply::Stop, around: &Surroundings<'_>) {
//! operation::apply(plan, stop, around).await;
//! # }
//! ```
//!
//! Nor can other code construct a cleared plan:
//!
//! ```compile_fail,E0451
//! # use wpsync::operation::*;
//! # fn clear(cleared: Cleared, plan: wpsync::plan::Plan) -> Cleared {
//! Cleared { plan, ..cleared }
//! # }
//! ```

mod apply;
mod approvals;
mod binding;
mod by_hand;
mod clear;
mod dialects;
mod doctor;
mod door;
mod drift;
mod environment;
mod everything;
mod export;
mod history;
mod learning;
mod left_alone;
mod open;
mod opened;
mod plan;
mod problem;
mod push;
mod reading;
mod rehearse;
mod remember;
mod sealing;
mod secret;
mod selection;
mod surroundings;
mod target;
mod undo;
mod validate;
mod verify;
mod why;
mod writing;

pub use apply::{Applied, apply, finish_empty};
pub use approvals::Approving;
pub use clear::{ApplySettings, Cleared, clear};
pub use dialects::named as named_dialect;
pub use doctor::doctor;
pub use door::Door;
pub use drift::{Drifted, drift};
pub use environment::Environment;
pub use export::{ExportForm, Exported, export};
pub use history::{PastApplies, history, last_apply};
pub use left_alone::left_alone;
pub use open::{open, open_configuration, open_for_selection};
pub use opened::{Location, Opened};
pub use plan::{Ask, Made, plan};
pub use problem::{FileProblems, Problem, ProblemKind};
pub use rehearse::rehearse;
pub use remember::forgotten;
pub use secret::private_text;
pub use selection::Selected;
pub use surroundings::{Keeping, Machine, Surroundings, Unwatched, Watch};
pub use undo::{ReceiptAt, UndoAsk, Undone, undo};
pub use validate::{HeldRows, validate};
pub use verify::{Claims, Verification, Verified, check_unapproved, refused, verify, verify_made};
pub use why::{Explained, why};
pub use writing::Sending;
