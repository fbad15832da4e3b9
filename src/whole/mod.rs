//! The directory that is written whole, in one request (Officevibe).

mod read;

pub use read::Remembered;
pub(crate) use read::*;
