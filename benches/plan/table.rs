//! The table that is printed, one line as soon as it is measured.

use std::time::Duration;

use crate::child::Run;
use crate::directory;
use crate::peers::Terraform;
use crate::project::{Form, Project};
use crate::shares::Shares;

/// One measurement.
pub struct Row {
    people: u32,
    form: Form,
    directory: directory::Kind,
    percent_changed: u32,
    bytes: u64,
    run: Run,
    shares: Shares,
    /// What `sha256sum` takes for the file of people.
    checksum: Option<Duration>,
    pub terraform: Terraform,
}

/// The most that a plan may take: from the issue's own figures, or from Terraform's in the same run.
struct Limit {
    wall: Duration,
    mebibytes: Option<u64>,
}

impl Row {
    pub fn new(
        project: &Project,
        directory: directory::Kind,
        run: Run,
        shares: Shares,
        checksum: Option<Duration>,
    ) -> Self {
        Self {
            people: project.organisation.people,
            form: project.form,
            directory,
            percent_changed: project.percent_changed,
            bytes: project.bytes(),
            run,
            shares,
            checksum,
            terraform: Terraform::NotAsked,
        }
    }

    /// 1,000 people 200 times and 5,000 people 1,000 times faster than Terraform; 100,000 within a time and a
    /// size. Where Terraform did not run, what it took elsewhere stands for it: 14 s and 470 s.
    fn limit(&self) -> Option<Limit> {
        let took = |elsewhere: u64| match self.terraform {
            Terraform::Took(took) => took,
            _ => Duration::from_secs(elsewhere),
        };
        match (self.people, self.form, self.percent_changed) {
            (1_000, ..) => Some(Limit {
                wall: took(14) / 200,
                mebibytes: None,
            }),
            (5_000, ..) => Some(Limit {
                wall: took(470) / 1_000,
                mebibytes: None,
            }),
            (100_000, Form::Csv, 0) => Some(Limit {
                wall: Duration::from_millis(1_500),
                mebibytes: Some(400),
            }),
            (100_000, Form::Yaml, 0) => Some(Limit {
                wall: Duration::from_secs(5),
                mebibytes: Some(400),
            }),
            _ => None,
        }
    }
}

/// The lines so far.
#[derive(Default)]
pub struct Table {
    lines: usize,
    over: usize,
    terraform: Vec<String>,
}

impl Table {
    /// Prints a line.
    pub fn add(&mut self, row: &Row) {
        if self.lines == 0 {
            println!(
                "{:>8} {:<5} {:<9} {:>7} {:>7} | {:>8} {:>8} {:>6} | {:>7} {:>7} {:>7} {:>7} | {:>8} {:>11} \
                 | {:>16} verdict",
                "people",
                "form",
                "directory",
                "changed",
                "MiB",
                "wall ms",
                "CPU ms",
                "peak",
                "parse",
                "read",
                "compare",
                "seal",
                "x sha256",
                "x terraform",
                "limit"
            );
        }
        self.lines += 1;
        let Row { shares, run, .. } = row;
        let share = |step: Duration| {
            format!(
                "{:.0} %",
                100.0 * step.as_secs_f64() / shares.total().as_secs_f64()
            )
        };
        let peak = run
            .peak_kib
            .map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string());
        let ratio = |other: Option<Duration>| {
            other.map_or_else(
                || "-".to_owned(),
                |other| format!("{:.1}", run.wall.as_secs_f64() / other.as_secs_f64()),
            )
        };
        let faster = match row.terraform {
            Terraform::NotAsked => "-".to_owned(),
            Terraform::Missing => "not found".to_owned(),
            Terraform::Took(took) => format!("{:.0}", took.as_secs_f64() / run.wall.as_secs_f64()),
        };
        let (limit, verdict) = self.judge(row);
        println!(
            "{:>8} {:<5} {:<9} {:>5} % {:>7.1} | {:>8.1} {:>8} {:>6} | {:>7} {:>7} {:>7} {:>7} | {:>8} \
             {:>11} | {limit:>16} {verdict}",
            row.people,
            row.form,
            row.directory,
            row.percent_changed,
            mebibytes(row.bytes),
            run.wall.as_secs_f64() * 1e3,
            run.cpu
                .map_or_else(|| "?".to_owned(), |cpu| cpu.as_millis().to_string()),
            peak,
            share(shares.parse),
            share(shares.read),
            share(shares.compare),
            share(shares.seal),
            ratio(row.checksum),
            faster,
        );
        if let Terraform::Took(took) = row.terraform {
            let said = format!(
                "terraform plan of {} terraform_data resources: {:.1} s",
                row.people,
                took.as_secs_f64()
            );
            if !self.terraform.contains(&said) {
                self.terraform.push(said);
            }
        }
    }

    fn judge(&mut self, row: &Row) -> (String, &'static str) {
        let Some(limit) = row.limit() else {
            return ("-".to_owned(), "");
        };
        let in_time = row.run.wall <= limit.wall;
        let in_size = limit
            .mebibytes
            .is_none_or(|most| row.run.peak_kib.is_none_or(|kib| kib <= most * 1024));
        let size = limit
            .mebibytes
            .map_or_else(String::new, |most| format!(", {most} MiB"));
        let is_busy = row.run.cpu.is_some_and(|cpu| cpu <= limit.wall);
        let verdict = match (in_time, in_size) {
            (true, true) => "within",
            (false, true) if is_busy => "machine busy: CPU time is within",
            _ => "OVER",
        };
        self.over += usize::from(verdict == "OVER");
        (format!("{} ms{size}", limit.wall.as_millis()), verdict)
    }

    /// Prints what stands below the lines.
    pub fn end(&self) {
        println!();
        match &self.terraform[..] {
            [] => println!(
                "terraform did not run (not on the PATH, \
                 or not asked for): its limits are those that were measured elsewhere"
            ),
            lines => println!("{}", lines.join("\n")),
        }
        println!("{} of {} lines are over their limit", self.over, self.lines);
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
