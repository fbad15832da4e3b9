//! Integration tests of the library: files in, plain data out.

mod folder;
mod sources;
