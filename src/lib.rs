//! wpsync: `terraform plan` and `terraform apply` for people directories.
pub mod desired;
pub mod diagnostics;
pub mod directory;
pub mod escape;
pub mod mapping;
pub mod model;
pub mod project;
pub mod source;
