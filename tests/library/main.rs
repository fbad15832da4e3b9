//! Integration tests of the library: files in, plain data out.

mod bad_inputs;
mod dialects;
mod folder;
mod folders;
mod formulas;
mod mapping;
mod presets;
mod properties;
mod schemas;
mod sources;
