//! What a plan is: the same for the same inputs, sealed, ordered, and only about what the sources declare.

mod changes;
mod cost;
mod doubts;
mod held;
mod ordering;
mod redaction;
mod seal;
mod spellings;
mod support;
