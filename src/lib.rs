//! wpsync: `terraform plan` and `terraform apply` for people directories.
//!
//! This page is the architecture: the words, the flow, the rules that hold everywhere, and where to look. The
//! command line is in the binary (`src/cli/`), which the library cannot reach: the library returns values and
//! events, and never prints.
//!
//! # Words
//!
//! **source** a file that declares people or groups. **declared** what the sources say. **desired** declared,
//! merged and validated. **directory** where people live. **live** what the directory holds now; **snapshot**
//! a reading of it. **match** the pairing of a desired with a live resource. **change** one unit of the plan,
//! on one resource. **plan** all changes and what they rest on. **approval** a signature on a statement of
//! what the plan is and does. **seal** the digest that makes a plan that plan. **guard** a named limit.
//! **waiver** an exception to a guard, inside the plan. **journal** the write-ahead record of an apply.
//! **receipt** the result of an apply. **drift** a live difference that no source asked for. **dialect** how
//! one SCIM service departs from the RFC, as data.
//!
//! # Flow
//!
//! What users do is an operation ([`operation`]): the library does it, the binary reads arguments and finds words.
//!
//! ```text
//! sources ─ source ─► declared ─ desired ─► Desired ─┐
//!                                                    ├─ matching ─ plan (compare, guard, order, seal) ─► plan file ─► review
//! directory ─ survey ─────────────────► Snapshot ────┘                                                       │
//!                        receipt ◄─ outcome ◄─ apply (decide, run) ◄─ Cleared ◄─ clear ◄─ verify ◄───────────┘
//! ```
//!
//! # Where to look
//!
//! | to find | look in |
//! | --- | --- |
//! | what `wpsync.yaml` may say | [`project`], `schemas/config.schema.json` |
//! | how YAML and CSV are read, and every refusal of a bad file | [`source`], then [`desired`] |
//! | the files of a known system | `schemas/presets/*.yaml`, read by `project/preset.rs`; written by [`export`] |
//! | who leaves because a file or the command line says so | `plan/leaving.rs` |
//! | a plan about some people alone | [`plan::Selection`] |
//! | which attributes exist | `schemas/scim/*.json`, read by [`model::Catalog`] |
//! | how two spellings of a name meet | [`model::fold`] |
//! | what `map`, `scope` and `within` mean | [`mapping`]; its functions: `mapping/functions/`, one row each; filters: `mapping/filter.rs` |
//! | mappings that come with wpsync | `schemas/mappings/*.yaml`, read by `project/shipped.rs` |
//! | how a problem in a file is said | [`diagnostics`] |
//! | what a user asks of a project, and in which order an apply is checked | [`operation`] |
//! | what goes over the wire | [`wire`]: JSON to resources (lift) and back (lower), patches, pages |
//! | how a request travels, is repeated, and is answered | [`client`]: transport, session, reader, writer |
//! | how writes are sent together | `client/bulk.rs` |
//! | how fast a service is asked, and when it is left alone | `client/limiter.rs`, `client/pace.rs`, `client/health.rs`; over several applies: `state/quarantine.rs` |
//! | how a service departs from the RFC | `schemas/dialects/*.yaml`, each row explained at [`dialect::Dialect`] |
//! | what a service cannot hold or do | [`capability`] |
//! | what the files look like that others read | `schemas/*.schema.json`, kept equal to the types by `src/schemas.rs` |
//! | how a directory is written in one request | [`whole`]; `schemas/forms/*.yaml`, each name explained at [`whole::form::PushForm`] |
//! | what an apply would send, without sending it | [`fn@apply::rehearse`] |
//! | what an apply costs | [`mod@plan::cost`] |
//! | how the directory is read for a plan | [`survey`] |
//! | who is in a group that does not tell it | `survey/membership.rs` |
//! | who is whom | [`matching`] |
//! | why a change is planned, and in which order | [`fn@plan::draft`], `plan/declared.rs`, `plan/removal.rs`, [`plan::order`]; names that are swapped: `plan/swap.rs` |
//! | the plan file and its seal | [`plan::file`] |
//! | what is refused, and by which figures | [`plan::guard`]; what a pull request cannot change: [`project::PolicyFile`] |
//! | what a plan is bound to | [`plan::Header`], `operation/binding.rs` |
//! | what may be removed from | [`plan::ownership`] |
//! | what a plan leaves undone, and what its first line says | `plan/standing.rs`, `plan/remainder.rs` |
//! | who agreed to a plan, and whether that is enough | [`approval`] |
//! | what is shown to those who may not see personal data | [`redaction`] |
//! | how a plan is encrypted | [`encryption`] |
//! | do it, already done, or drift | [`apply::decide`] |
//! | what is written when, and what is repeated | `apply/execute.rs`, `apply/run.rs`, `apply/schedule.rs` |
//! | what survives a crash | [`journal`], [`state`]; where tests crash: `src/killpoint.rs` |
//! | what a reviewer sees | [`review`] |
//! | who moved since the last apply | [`drift`]; kept by `state/last_applied.rs` |
//! | how an apply is turned round | [`undo`] |
//! | what a service really does | [`doctor`] |
//! | what one person's answer is made of | [`why`], read by `survey/point.rs` |
//! | the embedded directory | [`sandbox`] |
//! | how the sandbox behaves as another service | `sandbox/emulation/` |
//!
//! # Rules
//!
//! 1. *Pure middle, few doors.* `declared diagnostics model source yaml desired mapping matching policy
//!    capability plan receipt review redaction approval export why drift undo` do no I/O and read no clock. The doors are
//!    `project` (reads the user's files), `client`, `survey` and `doctor` (the network), `state` and
//!    `journal` (our own files), `operation`, `apply` and `sandbox`. `dialect` and `wire` are pure too. A test keeps
//!    this.
//! 2. *A plan cannot write.* The operations that plan, export, explain and undo hold a [`client::Reader`], which
//!    has no method that writes, over a transport that offers only GET; `doctor` holds that transport. Only
//!    `operation/clear.rs` opens a [`client::Writer`], and only what is cleared can be applied.
//! 3. *A plan is data, complete enough that apply makes no choices.* What a change rests on is inside it. The
//!    one decision at apply is [`apply::decide::decide`]: a pure function of the change and of what is live,
//!    the same for a first run and for a resume.
//! 4. *A resource is a flat, sorted list* of attribute and value. SCIM's nesting lives in the codec, so the
//!    diff is a comparison of two lists.
//! 5. *A listing never proves absence.* What would be created is looked up by each identifier, what would be
//!    removed is read by id, at plan and again at apply. A dialect may state that its listings are complete;
//!    the embedded directory's does.
//! 6. *Members only by delta.* What somebody else adds to a group meanwhile stays.
//! 7. *Intent before effect.* A write is sent only after its intent is durable in the journal. A write whose
//!    answer was lost is looked at, never blindly repeated. The journal makes a resume cheap; the pre- and
//!    postconditions make it safe, with the journal or without.
//! 8. *Touch only what is ours.* What the sources and `within` do not cover is a count.
//! 9. *Foreign text is escaped on every way out* ([`escape`]), and stored exactly.
//! 10. *Removals come last*, and only if everything before them succeeded; in waves of one, five and the rest
//!     (`apply/waves.rs`).
//!
//! # Where this departs from the first sketch
//!
//! - `matching`, `survey` and `policy` are modules of their own. Reading a directory needs to know who is
//!   whom (to look up what a listing does not have), and so does planning; with both inside `plan`, either
//!   the pure middle would read the network or two modules would import each other.
//! - There is no `Directory` trait. What differs between SCIM services is data, and the seam that tests and
//!   the embedded directory need is one level lower, at [`client::transport::Transport`]. The second kind
//!   of directory, which is written in one request, differs where a trait would not help: its reader is the
//!   same [`client::Reader`] with other calls behind four of its methods (`whole/`), and
//!   its writing is another run, not another writer: all changes at once (`whole/run.rs`). A dialect says which:
//!   [`whole::form::Writes`].
//! - Where everything goes in one request, a plan holds that request's content ([`whole::content`]) beside the
//!   changes that people read. It is sealed, and part of the change digest: whoever agrees to the changes
//!   agrees to everybody whom they leave alone, too.
//! - A change's `before` holds every attribute that the sources declare on the resource, not only those that
//!   change, so that drift in any of them is seen and can be named.

pub mod apply;
pub mod approval;
pub mod capability;
pub mod client;
pub mod declared;
pub mod desired;
pub mod diagnostics;
pub mod dialect;
pub mod digest;
pub mod doctor;
pub mod drift;
pub mod encryption;
pub mod escape;
pub mod export;
pub mod journal;
mod killpoint;
pub mod mapping;
pub mod matching;
pub mod model;
pub mod operation;
pub mod plan;
pub mod policy;
pub mod project;
pub mod receipt;
pub mod redaction;
pub mod review;
pub mod sandbox;
#[cfg(test)]
mod schemas;
pub mod source;
pub mod state;
pub mod survey;
pub mod undo;
pub mod whole;
pub mod why;
pub mod wire;
mod yaml;
