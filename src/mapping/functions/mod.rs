//! The functions that expressions may call besides CEL's own: those of Microsoft Entra's attribute mappings,
//! under the same names:
//! <https://learn.microsoft.com/entra/identity/app-provisioning/functions-for-customizing-application-data>.
//!
//! Functions are pure. They read no file and no clock (`Now` gives the instant of the plan), and use no
//! random numbers. The size of their arguments limits their work.

mod argument;
mod choice;
mod date_format;
mod dates;
mod diacritics;
mod encoding;
mod error;
mod function;
mod lists;
mod pattern;
mod refused;
mod replace;
mod table;
mod text;

#[cfg(test)]
mod cases;

pub(crate) use argument::Argument;
pub(crate) use date_format::DateFormat;
pub(crate) use dates::{INTERVALS, read as read_date, write as write_date};
pub(crate) use error::FunctionError;
pub(crate) use function::{Behaviour, Function, MOST_ARGUMENTS, Parameter, Type};
pub(crate) use pattern::pattern;
pub(crate) use table::{FUNCTIONS, find, names};
