//! Keys made by `ssh-keygen`, signatures of both programs, and the verdict of each.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use ssh_key::{HashAlg, LineEnding, PrivateKey};
use wpsync::approval::{AllowedSigners, NAMESPACE, Refusal, RevokedKeys, Signed};
use wpsync::plan::Plan;

use crate::company::{Company, group, header, sealed, user};

/// A plan by ada that makes a group of a number's name and, with removals, deletes that many people.
pub fn plan(number: usize, removals: usize) -> Plan {
    let mut company = Company {
        users_absent: wpsync::project::Absent::Delete,
        ..Company::default()
    };
    company = company
        .wants(user(&[("userName", "new@example.com")]))
        .wants(group(&format!("Group {number}"), &["new@example.com"]));
    for leaver in 0..removals {
        company = company.has_user(
            &leaver.to_string(),
            &[("userName", &format!("leaver{leaver}@example.com"))],
        );
    }
    sealed(
        wpsync::plan::Header {
            author: Some("ada".into()),
            ..header()
        },
        company.changes(),
    )
}

/// A statement, and a signature that may be on it.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    pub statement: &'a str,
    pub signature: &'a str,
}

/// A folder of keys.
pub struct Keys {
    folder: tempfile::TempDir,
}

impl Keys {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).expect("written");
        self.path(name)
    }

    /// Makes a key of a kind, as `ed25519` or `ecdsa`.
    pub fn make(&self, name: &str, kind: &str) {
        let path = self.path(name);
        let path = path.to_str().expect("text");
        let made = ssh_keygen(&["-q", "-t", kind, "-N", "", "-C", name, "-f", path], "");
        assert!(
            made.status.success(),
            "ssh-keygen makes a key: {}",
            String::from_utf8_lossy(&made.stderr)
        );
    }

    /// A key's public half, as a line without its end.
    pub fn public(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.pub")))
            .expect("read")
            .trim_end()
            .to_owned()
    }

    /// A signature by this program's library.
    pub fn sign_here(&self, name: &str, namespace: &str, statement: &str) -> String {
        let key = PrivateKey::from_openssh(fs::read(self.path(name)).expect("read")).expect("a key");
        let signature = key
            .sign(namespace, HashAlg::Sha512, statement.as_bytes())
            .expect("signed");
        signature.to_pem(LineEnding::LF).expect("text")
    }

    /// A signature by `ssh-keygen`.
    pub fn sign_there(&self, name: &str, namespace: &str, statement: &str) -> String {
        let key = self.path(name);
        let signed = ssh_keygen(
            &["-Y", "sign", "-n", namespace, "-f", key.to_str().expect("text")],
            statement,
        );
        assert!(
            signed.status.success(),
            "ssh-keygen signs: {}",
            String::from_utf8_lossy(&signed.stderr)
        );
        String::from_utf8(signed.stdout).expect("text")
    }

    /// What `ssh-keygen -Y verify` says.
    pub fn is_accepted_there(
        &self,
        signers: &str,
        revoked: &str,
        principal: &str,
        letter: Letter<'_>,
    ) -> bool {
        let (signers, revoked) = (
            self.write("allowed_signers", signers),
            self.write("revoked_keys", revoked),
        );
        let signature = self.write("signature", letter.signature);
        let [signers, revoked, signature] =
            [&signers, &revoked, &signature].map(|path| path.to_str().expect("text"));
        let options = [
            "-Y", "verify", "-f", signers, "-r", revoked, "-I", principal, "-n", NAMESPACE, "-s", signature,
        ];
        ssh_keygen(&options, letter.statement).status.success()
    }
}

/// What wpsync says.
pub fn verdict(signers: &str, revoked: &str, principal: &str, letter: Letter<'_>) -> Result<Signed, Refusal> {
    let signers = AllowedSigners::parse(signers);
    let revoked = RevokedKeys::parse(revoked.as_bytes()).expect("a list");
    let keys = wpsync::approval::Keyring {
        signers: &signers,
        revoked: &revoked,
    };
    keys.verify(
        letter.statement.as_bytes(),
        letter.signature,
        Some(principal),
        jiff::Timestamp::now(),
    )
}

/// Runs `ssh-keygen` with text on stdin.
pub fn ssh_keygen(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new("ssh-keygen");
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("SSH_AUTH_SOCK");
    let mut child = command
        .spawn()
        .expect("these tests compare with OpenSSH: ssh-keygen must be installed and on the PATH");
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes()); // it may end before it reads
    child.wait_with_output().expect("ssh-keygen ends")
}
