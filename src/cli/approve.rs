//! `wpsync approve`: signs a plan's statement with a key file, or through `ssh-keygen` with an agent or a
//! hardware key.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use wpsync::approval::{NAMESPACE, sign, statement};
use wpsync::escape::Escaped;
use wpsync::operation::{Problem, ProblemKind, private_text};
use wpsync::state::{private_folder, write_private};

use super::exit::Exit;
use super::global::Global;
use super::planned::DEFAULT_PLAN;
use super::result::Result;
use super::saved::IdentityArgs;
use super::ui::Ui;
use super::{approvals, saved};

#[derive(Debug, clap::Args)]
pub(crate) struct ApproveArgs {
    /// The plan to approve
    #[arg(value_name = "PLAN", env = "WPSYNC_PLAN", default_value = DEFAULT_PLAN)]
    file: PathBuf,
    /// The key: an OpenSSH private key, or the public key of one that an agent or a security key holds
    #[arg(long, value_name = "FILE", env = "WPSYNC_KEY")]
    key: PathBuf,
    /// Let the agent sign, whatever the file holds
    #[arg(long)]
    agent: bool,
    /// The file of the key's passphrase (mode 0600); without it, the terminal asks
    #[arg(long, value_name = "FILE", env = "WPSYNC_KEY_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    identity: IdentityArgs,
}

pub(crate) fn run(global: &Global, args: &ApproveArgs, ui: &Ui) -> Result<Exit> {
    let plan = saved::plan(global, &args.file, &args.identity)?;
    if jiff::Timestamp::now() > plan.header.expires {
        return Err(Problem::new(
            ProblemKind::Stale,
            format!("the plan expired at {}", plan.header.expires),
        )
        .hint("there is nothing left to approve; plan again"));
    }
    let statement = statement(&plan);
    ui.result(&statement);
    let signature = signature(global, args, &statement, ui)?;
    let fingerprint =
        sign::checked(&signature, &statement).map_err(|refusal| unsigned(&args.key, &refusal))?;
    let folder = approvals::folder(&global.folder.join(&args.file));
    private_folder(&folder)?;
    write_private(&folder.join("statement.txt"), statement.as_bytes())?;
    let path = folder.join(format!("{}.sig", fingerprint.digits));
    write_private(&path, signature.as_bytes())?;
    ui.event(|| {
        json!({
            "type": "approval", "digest": plan.digest, "fingerprint": fingerprint.shown, "file": path,
            "statement": statement,
        })
    });
    ui.note(&format!(
        "Approved with {}: {}",
        fingerprint.shown,
        Escaped(&path.display().to_string())
    ));
    Ok(Exit::Done)
}

fn signature(global: &Global, args: &ApproveArgs, statement: &str, ui: &Ui) -> Result<String> {
    let path = global.folder.join(&args.key);
    if args.agent {
        return by_ssh_keygen(&path, &["-U"], statement);
    }
    let text = std::fs::read_to_string(&path).map_err(|error| unsigned(&args.key, &error))?;
    let of_key = |error: sign::KeyError| unsigned(&args.key, &error);
    let private = || private_text(&path, "the key"); // others who can read it could have approved as well
    match sign::read(&text).map_err(of_key)? {
        sign::SigningKey::Elsewhere => by_ssh_keygen(&path, &[], statement),
        sign::SigningKey::Ready(key) => private().and_then(|_| sign::sign(&key, statement).map_err(of_key)),
        sign::SigningKey::Locked(key) => {
            private()?;
            let key = sign::unlock(&key, passphrase(global, args, ui)?.expose_secret()).map_err(of_key)?;
            sign::sign(&key, statement).map_err(of_key)
        }
    }
}

fn unsigned(key: &Path, reason: &dyn std::fmt::Display) -> Problem {
    Problem::error(format!(
        "cannot sign with {}: {reason}",
        Escaped(&key.display().to_string())
    ))
}

fn passphrase(global: &Global, args: &ApproveArgs, ui: &Ui) -> Result<SecretString> {
    if let Some(file) = &args.passphrase_file {
        let text = SecretString::from(private_text(&global.folder.join(file), "the passphrase file")?);
        let line = text
            .expose_secret()
            .strip_suffix('\n')
            .unwrap_or(text.expose_secret());
        return Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)));
    }
    if !ui.has_terminal() {
        return Err(
            Problem::error("the key has a passphrase, and there is no terminal to ask for it")
                .hint("--passphrase-file or WPSYNC_KEY_PASSPHRASE_FILE names its file"),
        );
    }
    let key = args.key.display().to_string();
    ui.prompt(format_args!("Passphrase of {}: ", Escaped(&key)));
    console::Term::stderr()
        .read_secure_line()
        .map(SecretString::from)
        .map_err(|error| Problem::error(format!("cannot read the passphrase: {error}")))
}

/// Lets `ssh-keygen` sign. It asks for passphrases, touches and PINs by itself.
fn by_ssh_keygen(key: &Path, options: &[&str], statement: &str) -> Result<String> {
    let missing = |error: std::io::Error| {
        Problem::error(format!(
            "cannot run ssh-keygen, which signs with agents and security keys: {error}"
        ))
        .hint("install OpenSSH")
    };
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", NAMESPACE])
        .args(options)
        .arg("-f")
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(missing)?;
    let mut input = child
        .stdin
        .take()
        .ok_or_else(|| Problem::error("ssh-keygen has no input"))?;
    // If ssh-keygen ends early, its exit status and its own words say why.
    let _ = input.write_all(statement.as_bytes());
    drop(input);
    let output = child.wait_with_output().map_err(missing)?;
    if !output.status.success() {
        return Err(unsigned(key, &format!("ssh-keygen ended with {}", output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| unsigned(key, &"ssh-keygen wrote something that is not text"))
}
