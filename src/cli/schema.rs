//! `wpsync schema`: the JSON Schemas of the files that users write or read, for editors and checks.

use clap::ValueEnum;

use super::exit::Exit;
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// Which file
    #[arg(value_enum)]
    name: SchemaName,
}

/// A file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// wpsync.yaml
    Config,
    /// The policy file
    Policy,
    /// People and groups in YAML
    Sources,
    /// A dialect of your own
    Dialect,
    /// The plan file
    Plan,
    /// The receipt of an apply
    Receipt,
    /// What `show --format json` prints
    Show,
}

pub(crate) fn run(args: &SchemaArgs, ui: &Ui) -> Exit {
    ui.document(match args.name {
        SchemaName::Config => include_str!("../../schemas/config.schema.json"),
        SchemaName::Policy => include_str!("../../schemas/policy.schema.json"),
        SchemaName::Sources => include_str!("../../schemas/sources.schema.json"),
        SchemaName::Dialect => include_str!("../../schemas/dialect.schema.json"),
        SchemaName::Plan => include_str!("../../schemas/plan.schema.json"),
        SchemaName::Show => include_str!("../../schemas/show.schema.json"),
        SchemaName::Receipt => include_str!("../../schemas/receipt.schema.json"),
    });
    Exit::Done
}
