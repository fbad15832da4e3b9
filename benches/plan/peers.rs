//! What the figures are compared with: the system's own checksum of the same file, and Terraform planning as
//! many resources.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::organisation::Organisation;
use crate::project::{Form, Project};
use crate::{Failure, child};

/// What is known of Terraform.
#[derive(Clone, Copy, Debug)]
pub enum Terraform {
    NotAsked,
    Missing,
    Took(Duration),
}

/// `sha256sum` of a file; none where there is no such command.
pub fn sha256sum(file: &Path) -> Result<Option<Duration>, Failure> {
    let mut command = Command::new("sha256sum");
    command.arg(file).stdout(Stdio::null());
    if !exists("sha256sum") {
        return Ok(None);
    }
    let mut best = child::run(&mut command)?;
    for _ in 0..4 {
        best = best.best(child::run(&mut command)?);
    }
    Ok(Some(best.wall))
}

/// One `terraform_data` for every person, from the same CSV file, as its users write it.
const RESOURCES: &str = r#"
locals {
  people = csvdecode(file("people.csv"))
}

resource "terraform_data" "person" {
  for_each = { for row in local.people : row.userName => row }
  input    = each.value
}
"#;

/// Has `terraform plan` plan an organisation, once: it is slow.
pub fn terraform(organisation: Organisation) -> Result<Terraform, Failure> {
    if !exists("terraform") {
        return Ok(Terraform::Missing);
    }
    let folder = tempfile::tempdir()?;
    std::fs::write(
        folder.path().join("people.csv"),
        Project::people_text(organisation, Form::Csv, 0),
    )?;
    std::fs::write(folder.path().join("main.tf"), RESOURCES)?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.env("CHECKPOINT_DISABLE", "1");
        command
    };
    child::run(&mut command(&["init", "-input=false"]))?;
    let run = child::run(&mut command(&["plan", "-input=false", "-out=people.plan"]))?;
    // The smaller of the two, in terraform's favour: its one run may have had to share the machine.
    Ok(Terraform::Took(run.cpu.map_or(run.wall, |cpu| cpu.min(run.wall))))
}

fn exists(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
