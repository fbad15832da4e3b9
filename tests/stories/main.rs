//! Whole commands as users run them: what they print, what they leave behind, and their exit codes.

mod apply;
mod approval;
mod binding;
mod dialects;
mod doctor;
mod drift;
mod everyday;
mod interruption;
mod privacy;
mod readme;
mod removal;
mod secrets;
mod show;
mod stranger;
mod support;
mod undo;
mod why;
