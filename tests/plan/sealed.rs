//! The header of a plan for tests, and plans under any header.

use wpsync::digest::Digest;
use wpsync::plan::facts::{Circumstances, DirectoryFacts, FileFacts, SnapshotFacts};
use wpsync::plan::header::count;
use wpsync::plan::ownership::Managed;
use wpsync::plan::{Change, Cost, Findings, Frame, Header, Plan, Privileges, change_digest};

/// The header of a plan that does nothing in an empty directory.
pub fn header() -> Header {
    let nothing = Digest::of_bytes(b"");
    let frame = Frame {
        circumstances: Circumstances {
            now: "2026-11-21T08:00:00Z".parse().expect("a time"),
            plan_id: "0123456789abcdef0123456789abcdef".into(),
            pseudonym_key: "fedcba9876543210fedcba9876543210".into(),
            author: None,
            commit: None,
        },
        config: FileFacts {
            bytes: 10,
            partial: false,
            path: "wpsync.yaml".into(),
            pattern: None,
            rows: 0,
            sha256: "0".repeat(64),
        },
        policy: None,
        directory: DirectoryFacts {
            about: None,
            dialect: "rfc7644".into(),
            dialect_digest: nothing,
            origin: "https://scim.example.com/v2".into(),
            tenant: None,
        },
        sources: Vec::new(),
        managed: Managed::default(),
        adopted: Vec::new(),
        waivers: Vec::new(),
        selection: None,
        reverses: None,
    };
    let findings = Findings {
        snapshot: SnapshotFacts {
            fingerprint: nothing,
            groups: 0,
            managed_users: 0,
            unmanaged_groups: 0,
            unmanaged_users: 0,
            undeclared: None,
            users: 0,
        },
        cost: Cost::default(),
        guards: Vec::new(),
        privileges: Privileges::default(),
        newly_managed: wpsync::model::ManagedAccounts::default(),
        remainder: wpsync::plan::remainder::Remainder::default(),
        by_hand: Vec::new(),
        push: None,
    };
    Plan::seal(frame, findings, Vec::new()).header
}

/// What somebody with a text editor and `sha256sum` can make: any header over any changes, under a seal that
/// fits.
pub fn sealed(mut header: Header, changes: Vec<Change>) -> Plan {
    header.change_digest = change_digest(&header.directory.origin, &changes, header.push.as_ref());
    header.summary = count(&changes);
    let unsealed = Plan {
        digest: Digest::of_bytes(b""),
        header,
        changes,
    };
    let bytes = unsealed.to_bytes();
    let lines = bytes.trim_ascii_end();
    let last_line = lines.iter().rposition(|byte| *byte == b'\n').expect("lines") + 1;
    Plan {
        digest: Digest::of_bytes(&bytes[..last_line]),
        ..unsealed
    }
}
