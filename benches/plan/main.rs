//! How long `wpsync plan` takes, in how much memory, and where the time goes: `cargo bench --bench plan --
//! --help`.
//!
//! The command is run as its users run it, as a process of its own; the shares are measured inside this
//! process, step by step, over the same files. What the columns mean stands in `benches/README.md`.

mod child;
mod directory;
mod organisation;
mod peers;
mod project;
mod shares;
mod table;

use clap::Parser as _;

use organisation::Organisation;
use project::{Form, Project};
use table::{Row, Table};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Debug, clap::Parser)]
struct Options {
    /// How many people, in one organisation after another
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 5_000, 10_000, 100_000])]
    people: Vec<u32>,
    /// How the sources are written
    #[arg(long, value_delimiter = ',', default_values_t = [Form::Csv, Form::Yaml])]
    form: Vec<Form>,
    /// Percent of the people that a source changes
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1])]
    changed: Vec<u32>,
    /// Which directory is read
    #[arg(
        long,
        value_delimiter = ',',
        default_values_t = [directory::Kind::Embedded, directory::Kind::Pages],
    )]
    directory: Vec<directory::Kind>,
    /// How often each is run; the best is shown
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Plan as many terraform_data resources with terraform, for these numbers of people (5,000 take it eight
    /// minutes)
    #[arg(long, value_delimiter = ',', default_values_t = [1_000])]
    terraform: Vec<u32>,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// What stops a measurement.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    // `cargo test --benches` runs this too: then it only sees to it that the bench still works.
    let options = if options.bench {
        options
    } else {
        Options {
            people: vec![200],
            runs: 1,
            terraform: Vec::new(),
            ..options
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut table = Table::default();
    for people in &options.people {
        let organisation = Organisation { people: *people };
        let terraform = if options.terraform.contains(people) {
            peers::terraform(organisation)?
        } else {
            peers::Terraform::NotAsked
        };
        for kind in &options.directory {
            let directory = runtime.block_on(directory::open(*kind, organisation))?;
            for (form, changed) in options
                .form
                .iter()
                .flat_map(|form| options.changed.iter().map(move |changed| (*form, *changed)))
            {
                let project = Project::write(organisation, form, changed, &directory)?;
                let mut row = measure(&options, &runtime, &project, &directory)?;
                row.terraform = terraform;
                table.add(&row);
            }
        }
    }
    table.end();
    Ok(())
}

/// One line of the table.
fn measure(
    options: &Options,
    runtime: &tokio::runtime::Runtime,
    project: &Project,
    directory: &directory::Directory,
) -> Result<Row, Failure> {
    let mut best: Option<child::Run> = None;
    for _ in 0..options.runs {
        directory.release();
        let run = child::run(&mut project.command())?;
        best = Some(best.map_or(run, |best| best.best(run)));
    }
    let mut shares: Option<shares::Shares> = None;
    for _ in 0..options.runs {
        let measured = runtime.block_on(shares::measure(project, directory))?;
        shares = Some(shares.map_or(measured, |best| best.best(measured)));
    }
    let (Some(run), Some(shares)) = (best, shares) else {
        return Err("--runs must be at least 1".into());
    };
    shares.check(project)?;
    let peer = match project.form {
        Form::Csv => peers::sha256sum(&project.people_file())?,
        Form::Yaml => None,
    };
    Ok(Row::new(project, directory.kind, run, shares, peer))
}
