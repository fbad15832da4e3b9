//! Whole commands as users run them: what they print, what they leave behind, and their exit codes.

mod apply;
mod binding;
mod dialects;
mod everyday;
mod interruption;
mod readme;
mod removal;
mod secrets;
mod support;
