//! How fast expressions run: rows of CSV through ten expressions of `map:`, beside the same rows through
//! none. `cargo bench --bench mapping -- --rows 1000000`

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use wpsync::diagnostics::{Diagnostics, Files};
use wpsync::mapping::ExpressionBasis;
use wpsync::model::Catalog;
use wpsync::project::{Parsed, Rules, parse, read_all};
use wpsync::source::Input;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Debug, clap::Parser)]
struct Options {
    /// How many rows
    #[arg(long, default_value_t = 1_000_000)]
    rows: usize,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// Ten expressions: functions nested in functions, conditions, dates, regular expressions, and CEL alone.
const EXPRESSIONS: &str = r#"map:
  users:
    displayName: { entra: 'Join(" ", PCase([first]), PCase([last]))' }
    name.formatted: 'Join(", ", row.last, row.first)'
    emails.work: 'Coalesce(row.mail, row.userName)'
    nickName: { entra: 'ToLower(NormalizeDiacritics(Left([first], 3)))' }
    title: { entra: 'Switch([job], "Employee", "E", "Engineer", "S", "Seller", "M", "Manager")' }
    locale: { entra: 'IIF([country]="Germany" OR [country]="Austria", "de-DE", "en-GB")' }
    phoneNumbers.work: { entra: 'Replace([phone], , "[()\\s-]+", , "", , )' }
    userType: { entra: 'IIF(DateDiff("d", CDate([hired]), Now()) > 90, "Member", "Newcomer")' }
    division: 'row.job == "S" ? "Field" : "Products"'
    costCenter: 'row.country.upperAscii() + "-" + row.job'
"#;

/// So many rows are held at once.
const PART: usize = 100_000;

fn csv(from: usize, rows: usize) -> Vec<u8> {
    let mut text = String::from("userName,first,last,mail,job,country,phone,hired\n");
    for number in from..from + rows {
        let (job, country) = (
            ["E", "S", "M", "X"][number % 4],
            ["Germany", "France", "Austria"][number % 3],
        );
        let mail = if number % 5 == 0 {
            String::new()
        } else {
            format!("m{number}@example.com")
        };
        let day = number % 28 + 1;
        let _ = writeln!(
            text,
            "u{number}@example.com,ZOË{number},MÜLLER,{mail},{job},{country},+49 (731) {number}-1,\
             2024-05-{day:02}"
        );
    }
    text.into_bytes()
}

/// The time that reading takes with these expressions, and how many people it gave.
fn measure(rows: usize, expressions: &str) -> (Duration, usize) {
    let catalog = Catalog::built_in();
    let mut total = (Duration::ZERO, 0);
    for from in (0..rows).step_by(PART) {
        let text = format!(
            "version: 1\ndirectory: {{ local: d.db }}\nsources: [{{ csv: a.csv, ignore: others }}]\n\
             {expressions}"
        );
        let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
        let file = files.add("wpsync.yaml", text.as_str());
        let basis = ExpressionBasis {
            catalog: &catalog,
            now: "2026-01-31T09:00:00Z".parse().expect("an instant"),
        };
        let Parsed { sources, mapping, .. } =
            parse("wpsync.yaml".as_ref(), file, &text, basis, &mut diagnostics);
        let input = Input {
            name: Arc::from("a.csv"),
            bytes: csv(from, PART.min(rows - from)),
            source: sources[0].clone(),
        };
        let start = Instant::now();
        let desired = read_all(
            vec![input],
            &Rules {
                catalog: &catalog,
                mapping: &mapping,
            },
            &mut files,
            &mut diagnostics,
        );
        total.0 += start.elapsed();
        total.1 += desired.users.len();
        assert!(!diagnostics.has_errors(), "{:?}", diagnostics.sorted().first());
    }
    total
}

fn main() {
    let options = Options::parse();
    // `cargo test --benches` runs this too: then it only sees to it that the bench still works.
    let rows = if options.bench { options.rows } else { 200 };
    let (without, _) = measure(rows, "");
    let (with, people) = measure(rows, EXPRESSIONS);
    assert_eq!(people, rows);
    let evaluations = u32::try_from(rows * 10).unwrap_or(u32::MAX);
    let each = with.saturating_sub(without) / evaluations.max(1);
    println!("{rows} rows: {without:.2?} without expressions, {with:.2?} with ten, {each:.0?} an expression");
}
