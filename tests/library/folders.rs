//! What a project folder may hold and name: paths stay inside, nothing is taken from the environment, files
//! must agree.

use std::time::Instant;

use wpsync::diagnostics::{Severity, draw};
use wpsync::model::Kind;
use wpsync::project::load;

use crate::folder::{CATALOG, Folder, config, now, problems};

#[test]
fn f008_bombs_are_refused_at_once() {
    let references = (1..40).fold("users:\n  - &a0 { userName: x }\n".to_owned(), |text, number| {
        let before = number - 1;
        text + &format!("  - &a{number} [*a{before}, *a{before}, *a{before}]\n")
    });
    for text in [
        references,
        format!("users:\n  - userName: {}\n", "[".repeat(1_000_000)),
        format!("users:\n  - userName: {}\n", "{a: ".repeat(300_000)),
        format!("users:\n  - {}x\n", "- ".repeat(500_000)),
        format!("users: {}\n", "!!map ".repeat(100_000)),
    ] {
        let folder = Folder::with_source("a.yaml", &text);
        let start = Instant::now();
        let loaded = folder.load();
        assert!(loaded.desired.is_none() && !problems(&loaded).is_empty());
        // A hundredth of this when optimised; a bomb that goes off takes minutes or all memory.
        assert!(
            start.elapsed().as_secs() < 10,
            "{} bytes took {:?}",
            text.len(),
            start.elapsed()
        );
    }
}

#[test]
fn f011_a_huge_file_is_refused_before_it_is_read() {
    let folder = Folder::with_source("a.csv", "userName\nada\n");
    std::fs::File::options()
        .write(true)
        .open(folder.path("a.csv"))
        .and_then(|file| file.set_len(10 << 30))
        .expect("a sparse file");
    let start = Instant::now();
    assert_eq!(problems(&folder.load()), ["wpsync.yaml:4:5 file-too-large"]);
    assert!(start.elapsed().as_secs() < 1);
}

#[test]
fn f012_no_path_leads_out_of_the_folder() {
    for path in [
        "../people.csv",
        "/etc/hostname.csv",
        "a/../../people.csv",
        "/proc/self/environ.csv",
        "a/./../b.csv",
        "../*.csv",
        "/tmp/*.csv",
    ] {
        let loaded = Folder::new(&[("wpsync.yaml", config(&format!("  - '{path}'\n")))]).load();
        assert_eq!(problems(&loaded), ["wpsync.yaml:4:5 path-outside"], "{path}");
    }
}

#[cfg(unix)]
#[test]
fn f012_no_link_leads_out_of_the_folder_and_only_files_are_read() {
    use std::os::unix::fs::symlink;
    let outside = Folder::new(&[("secret.csv", "userName\nsecret\n")]);
    let folder = Folder::new(&[(
        "wpsync.yaml",
        config("  - '*.csv'\n  - in/*.csv\n  - folder.csv\n"),
    )]);
    std::fs::create_dir(folder.path("folder.csv")).expect("a folder");
    symlink(outside.path("secret.csv"), folder.path("link.csv")).expect("a link");
    symlink(outside.path("."), folder.path("in")).expect("a link");
    symlink("/dev/zero", folder.path("zero.csv")).expect("a link");
    let loaded = folder.load();
    let found = problems(&loaded);
    for code in ["path-outside", "not-a-file"] {
        assert!(found.iter().any(|problem| problem.ends_with(code)), "{found:?}");
    }
    assert!(loaded.desired.is_none());
    let drawn: String = loaded
        .diagnostics
        .sorted()
        .iter()
        .map(|one| draw(one, &loaded.files))
        .collect();
    assert!(!drawn.contains("userName"), "{drawn}");
}

#[test]
fn f013_nothing_comes_from_the_environment() {
    let folder = Folder::with_source(
        "a.yaml",
        "users:\n  - userName: $HOME\n    title: ${PATH} $(id) `id`\n",
    );
    let loaded = folder.load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let desired = loaded.desired.expect("desired");
    let title = CATALOG.well_known(Kind::User, "title");
    assert_eq!(&*desired.users[0].key.name, "$HOME");
    assert_eq!(
        desired.users[0].value(title).and_then(|value| value.as_text()),
        Some("${PATH} $(id) `id`")
    );
}

#[test]
fn f014_what_is_hashed_is_what_is_parsed() {
    let folder = Folder::with_source("a.csv", "\u{feff}userName\nada\n");
    let loaded = folder.load();
    let facts = &loaded.desired.as_ref().expect("desired").sources[0];
    // printf '\xef\xbb\xbfuserName\nada\n' | sha256sum
    assert_eq!((facts.bytes, facts.rows), (16, 1));
    assert_eq!(
        facts.sha256,
        "a20f42c7a2562e9459f57b5cca08a4c9c78e4f4b5eda45d195432e5b24e62440"
    );
    assert_eq!(
        &*loaded
            .files
            .text(loaded.desired.as_ref().expect("desired").users[0].origin.file)
            .clone(),
        "userName\nada\n"
    );
}

#[test]
fn f015_files_that_disagree_are_refused_with_both_places() {
    let cases = [
        (
            "externalId,title\n1,Engineer\n",
            "externalId,userName,title\n1,ada,Manager\n",
            "b.csv:2:7 disagreement",
            "a.csv:2:3",
        ),
        (
            "externalId,userName\n1,ada\n",
            "externalId,userName\n1,bob\n",
            "b.csv:2:3 two-identities",
            "a.csv:2:3",
        ),
        (
            "externalId,userName\n1,ada\n2,bob\n",
            "externalId,userName\n1,bob\n",
            "a.csv:3:1 two-identities",
            "a.csv:2:1",
        ),
    ];
    for (one, other, expected, related) in cases {
        let config = config("  - a.csv\n  - b.csv\n");
        let loaded =
            Folder::new(&[("wpsync.yaml", config.as_str()), ("a.csv", one), ("b.csv", other)]).load();
        let found = problems(&loaded);
        assert!(found.iter().any(|problem| problem == expected), "{found:?}");
        let places: Vec<_> = loaded
            .diagnostics
            .sorted()
            .iter()
            .flat_map(|one| &one.related)
            .map(|(origin, _)| loaded.files.place(*origin).to_string())
            .collect();
        assert!(places.iter().any(|place| place == related), "{places:?}");
    }
}

#[test]
fn people_who_manage_one_another_are_a_warning() {
    let loaded = Folder::with_source(
        "a.yaml",
        "users:\n  - { userName: ada, manager: bob }\n  - { userName: bob, manager: ada }\n",
    )
    .load();
    assert_eq!(problems(&loaded), ["a.yaml:2:31 manager-cycle (warning)"]);
    assert!(loaded.desired.is_some() && loaded.diagnostics.count(Severity::Warning) == 1);
}

#[test]
fn the_problems_of_all_files_come_in_one_run_and_are_drawn() {
    let config = config("  - a.csv\n  - b.yaml\n") + "limts: {}\n";
    let folder = Folder::new(&[
        ("wpsync.yaml", config.as_str()),
        ("a.csv", "userName,active\nada,yes\nADA,true\n"),
        ("b.yaml", "users:\n  - userName: ada\n    departement: x\n"),
    ]);
    let loaded = folder.load();
    let drawn: Vec<_> = loaded
        .diagnostics
        .sorted()
        .iter()
        .map(|one| draw(one, &loaded.files))
        .collect();
    assert_eq!(drawn.join("\n"), include_str!("problems.txt"));
    let events: Vec<_> = loaded
        .diagnostics
        .sorted()
        .iter()
        .map(|one| serde_json::to_string(&one.event(&loaded.files)).expect("JSON"))
        .collect();
    assert_eq!(
        events[0],
        concat!(
            r#"{"type":"diagnostic","severity":"error","code":"unknown-key","#,
            r#""message":"`limts` is not a key of the configuration","#,
            r#""file":"wpsync.yaml","line":6,"column":1,"#,
            r#""hint":"did you mean `limits`?","related":[]}"#,
        )
    );
}

#[test]
fn a_configuration_that_is_not_there_is_an_error_of_the_world() {
    let folder = Folder::new::<&str>(&[]);
    let error = load(
        &wpsync::project::Folder::of(&folder.path("wpsync.yaml")),
        &folder.path("wpsync.yaml"),
        &CATALOG,
        now(),
    )
    .expect_err("nothing is there");
    assert!(error.to_string().contains("wpsync.yaml"));
}
