//! wpsync: `terraform plan` and `terraform apply` for people directories.
pub mod apply;
pub mod desired;
pub mod diagnostics;
pub mod digest;
pub mod directory;
pub mod escape;
pub mod journal;
pub mod matching;
pub mod model;
pub mod plan;
pub mod policy;
pub mod review;
pub mod sandbox;
pub mod state;
pub mod survey;
