//! The files of the systems that presets know, with what such files do: byte order marks, CRLF, headers in
//! capitals, quoted commas, accents, columns that are missing, columns that nobody knows.

use wpsync::desired::{Desired, Removing};
use wpsync::diagnostics::Severity;
use wpsync::dialect::Dialect;
use wpsync::model::Catalog;
use wpsync::project::{Loaded, load};

use crate::folder::{CATALOG, Folder, config, now};
use crate::sources::told;

const REQUIRED: &str =
    "email,first name,last name,job title,department,phone number,location,locale,manager email";

/// Loads files at Workplace; the first is `wpsync.yaml`'s sources.
fn at_workplace(sources: &str, files: &[(&str, &str)]) -> Loaded {
    let config = config(sources);
    let mut all = vec![("wpsync.yaml", config.as_str())];
    all.extend(files);
    let folder = Folder::new(&all);
    load(
        &wpsync::project::Folder::of(&folder.path("wpsync.yaml")),
        &folder.path("wpsync.yaml"),
        &Dialect::shipped("workplace").expect("a dialect").catalog(),
        now(),
    )
    .expect("a configuration")
}

/// The codes of the errors.
fn problems(loaded: &Loaded) -> Vec<String> {
    let errors = loaded
        .diagnostics
        .sorted()
        .into_iter()
        .filter(|one| one.severity == Severity::Error);
    errors.map(|one| one.code.to_owned()).collect()
}

/// The texts of the warnings.
fn warnings(loaded: &Loaded) -> Vec<String> {
    let warnings = loaded
        .diagnostics
        .sorted()
        .into_iter()
        .filter(|one| one.severity == Severity::Warning);
    warnings.map(|one| one.message.clone()).collect()
}

fn all_of(catalog: &Catalog, desired: &Desired) -> Vec<String> {
    desired
        .users
        .iter()
        .chain(&desired.groups)
        .map(|one| told(one, catalog))
        .collect()
}

fn declared(loaded: &Loaded) -> Vec<String> {
    let catalog = Dialect::shipped("workplace").expect("a dialect").catalog();
    all_of(&catalog, loaded.desired.as_ref().expect("desired"))
}

#[test]
fn the_agents_file_says_people_with_manager_and_start_date() {
    let text = format!(
        "\u{feff}{},TIMEZONE,External ID,organization,division,cost center,start date\r\n\
         zoe@example.com,Zoë,Müller-Straße,\"Head, Sales\",Sales,+49 30 1,Köln,de_DE,,Europe/Berlin,E1,\
         Example,North,C-1,2026-01-31\r\n\
         jose@example.com,José,,,,,,,zoe@example.com,,,,,,1769817600\r\n",
        REQUIRED.to_uppercase()
    );
    let loaded = at_workplace(
        "  - { csv: people.csv, preset: workplace-agent }\n",
        &[("people.csv", &text)],
    );
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        declared(&loaded),
        [
            "user:jose@example.com active~true manager=zoe@example.com name.formatted=José \
             name.givenName=José startDate=2026-01-31T00:00:00Z userName=jose@example.com",
            "user:zoe@example.com active~true addresses.work.formatted=Köln costCenter=C-1 department=Sales \
             division=North externalId=E1 locale=de_DE name.familyName=Müller-Straße \
             name.formatted=Zoë Müller-Straße name.givenName=Zoë organization=Example \
             phoneNumbers.work=+49 30 1 startDate=2026-01-31T00:00:00Z timezone=Europe/Berlin \
             title=Head, Sales userName=zoe@example.com",
        ]
    );
}

#[test]
fn the_agents_file_may_lack_optional_columns_and_no_others() {
    let people = format!("{REQUIRED}\nada@example.com,Ada,Lovelace,,,,,,bob@example.com\n");
    let loaded = at_workplace(
        "  - { csv: people.csv, preset: workplace-agent }\n",
        &[("people.csv", &people)],
    );
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let outside = &loaded.desired.expect("desired").outside;
    assert_eq!(
        outside[0].0.id(),
        "user:bob@example.com",
        "the directory is asked for a manager whom the file does not have"
    );

    for (text, problem) in [
        ("email,first name\na@example.com,A\n".to_owned(), "missing-column"),
        (
            format!("{REQUIRED},salary\na@example.com,A,B,,,,,,,1\n"),
            "unknown-header",
        ),
        (
            format!("{REQUIRED},Email\na@example.com,A,B,,,,,,,b@example.com\n"),
            "duplicate-header",
        ),
        (
            format!("{REQUIRED}\na@example.com,A,B,,,,,,\nA@example.com,C,D,,,,,,\n"),
            "duplicate-person",
        ),
        (format!("{REQUIRED}\na@example.com,A,B\n"), "ragged-row"),
        (
            format!("{REQUIRED},start date\na@example.com,A,B,,,,,,,31.1.2026\n"),
            "not-a-day",
        ),
        // A file that was cut to its first column is never taken for the one that deletes.
        ("email\na@example.com\n".to_owned(), "missing-column"),
    ] {
        let loaded = at_workplace(
            "  - { csv: people.csv, preset: workplace-agent }\n",
            &[("people.csv", &text)],
        );
        assert!(
            problems(&loaded).iter().any(|found| found.starts_with(problem)),
            "{text}: {:?}",
            problems(&loaded)
        );
    }
}

#[test]
fn a_service_without_an_attribute_says_that_its_column_is_not_read() {
    let people = format!("{REQUIRED},start date\nada@example.com,Ada,Lovelace,,,,,,,2026-01-31\n");
    let config = config("  - { csv: people.csv, preset: workplace-agent }\n");
    let loaded = Folder::new(&[("wpsync.yaml", config.as_str()), ("people.csv", &people)]).load();
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert!(
        warnings(&loaded)[0].contains("so the column `start date` is not read"),
        "{:?}",
        warnings(&loaded)
    );
}

#[test]
fn people_to_be_removed_are_named_and_nobody_is_both() {
    let people = format!("{REQUIRED}\nada@example.com,Ada,Lovelace,,,,,,\n");
    let sources = "  - { csv: people.csv, preset: workplace-agent }\n  \
                   - { csv: gone.csv, preset: workplace-agent, kind: KIND }\n";
    let of = |kind: &str, gone: &str| {
        at_workplace(
            &sources.replace("KIND", kind),
            &[("people.csv", &people), ("gone.csv", gone)],
        )
    };
    for (kind, removing) in [
        ("deletions", Removing::Delete),
        ("deactivations", Removing::Deactivate),
    ] {
        let loaded = of(kind, "EMAIL\r\nbob@example.com\r\n");
        assert_eq!(problems(&loaded), Vec::<String>::new());
        let desired = loaded.desired.expect("desired");
        assert_eq!(
            desired
                .removals
                .iter()
                .map(|one| (one.key.id(), one.removing))
                .collect::<Vec<_>>(),
            [("user:bob@example.com".into(), removing)]
        );
        assert_eq!(
            desired.sources[0].rows, 0,
            "such a file declares nobody, and may shrink"
        );
    }
    let twice = "email\nbob@example.com\nBob@example.com\n";
    for fine in ["email\n", twice] {
        assert_eq!(problems(&of("deletions", fine)), Vec::<String>::new(), "{fine}");
    }
    let leaving = of("deletions", twice).desired.expect("desired").removals;
    assert_eq!(leaving.len(), 1, "who stands twice leaves once");
    for (gone, problem) in [
        ("email\nada@example.com\n", "contradiction"),
        ("email,name\nbob@example.com,Bob\n", "unknown-header"),
        ("email\n\"\"\n", "blank-row"),
    ] {
        let found = problems(&of("deletions", gone));
        assert!(
            found.iter().any(|found| found.starts_with(problem)),
            "{gone}: {found:?}"
        );
    }
}

#[test]
fn wp_sync_services_file_compares_by_meaning() {
    let text = "Email,NAME,Active\r\nada@example.com,\"Lovelace, Ada\",TRUE\r\nbob@example.com,Bob,false\r\n";
    let loaded = at_workplace(
        "  - { csv: users.csv, preset: wp-sync-service }\n",
        &[("users.csv", text)],
    );
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(
        declared(&loaded),
        [
            "user:ada@example.com active=true name.formatted=Lovelace, Ada userName=ada@example.com",
            "user:bob@example.com active=false name.formatted=Bob userName=bob@example.com",
        ]
    );
}

/// The same three files in the words of both tools.
fn three_files(preset: &str, words: &[(&str, &str)]) -> Loaded {
    let rename = |text: &str| {
        words
            .iter()
            .fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
    };
    let users = "\u{feff}id,email,firstName,lastName,jobTitle,imageUrl,language,Hiring Date,Business Unit\r\n\
         u-1,zoe@example.com,Zoë,\"Müller, Straße\",Head,,fr,2020-01-01,North\r\n\
         u2,bob@example.com,Bob,Builder,,https://example.com/bob.png,en,,\r\n";
    let users = users
        .split_once("\r\n")
        .map(|(head, rows)| format!("{}\r\n{rows}", rename(head)))
        .expect("a header");
    let groups = rename("id,name\r\n10,Everyone\r\n11,Sales\r\n");
    let mappings = rename("groupId,userId,subGroupId,isMember,isManager")
        + "\r\n11,u2,,TRUE,FALSE\r\n11,u-1,,FALSE,TRUE\r\n10,,11,,\r\n10,u-1,,TRUE,TRUE\r\n";
    let config = config(&format!(
        "  - {{ csv: a.csv, preset: {preset} }}\n  - {{ csv: b.csv, preset: {preset} }}\n  \
         - {{ csv: c.csv, preset: {preset} }}\n"
    ));
    Folder::new(&[
        ("wpsync.yaml", config.as_str()),
        ("a.csv", &users),
        ("b.csv", &groups),
        ("c.csv", &mappings),
    ])
    .load()
}

#[test]
fn officevibes_and_workleaps_files_are_known_by_their_headers() {
    let workleap: &[(&str, &str)] = &[
        ("groupId", "externalTeamId"),
        ("userId", "externalMemberId"),
        ("subGroupId", "externalSubteamId"),
        ("language", "languagePreferences"),
        ("id,email", "externalMemberId,email"),
        ("id,name", "externalTeamId,teamName"),
    ];
    for (preset, words) in [("officevibe", &[][..]), ("workleap", workleap)] {
        let loaded = three_files(preset, words);
        assert_eq!(problems(&loaded), Vec::<String>::new());
        let told = warnings(&loaded);
        assert!(
            told.len() == 1 && told[0].contains("`Hiring Date`, `Business Unit`"),
            "{told:?}"
        );
        let desired = loaded.desired.as_ref().expect("desired");
        let leaders: Vec<_> = desired
            .leaders
            .iter()
            .map(|one| format!("{} {}", one.group, one.leader))
            .collect();
        assert_eq!(
            leaders,
            [
                "group:Everyone user:zoe@example.com",
                "group:Sales user:zoe@example.com"
            ]
        );
        assert_eq!(
            all_of(&CATALOG, desired),
            [
                "user:bob@example.com displayName=Bob Builder emails.work=bob@example.com externalId=u2 \
                 name.familyName=Builder name.givenName=Bob photos.photo=https://example.com/bob.png \
                 preferredLanguage=en userName=bob@example.com",
                "user:zoe@example.com displayName=Zoë Müller, Straße emails.work=zoe@example.com \
                 externalId=u-1 name.familyName=Müller, Straße name.givenName=Zoë preferredLanguage=fr \
                 title=Head userName=zoe@example.com",
                "group:Everyone displayName=Everyone externalId=10 members[user:zoe@example.com group:Sales]",
                "group:Sales displayName=Sales externalId=11 members[user:bob@example.com]",
            ],
            "who leads a group and is not in it is no member"
        );
    }
}

#[test]
fn custom_columns_are_read_where_the_source_says_what_they_are() {
    let users = "id,email,firstName,lastName,Business Unit,Salary\nu1,ada@example.com,Ada,Lovelace,North,1\n";
    let source =
        "  - { csv: a.csv, preset: officevibe, columns: { Business Unit: department }, ignore: [Salary] }\n";
    let loaded = Folder::new(&[("wpsync.yaml", config(source).as_str()), ("a.csv", users)]).load();
    assert_eq!((problems(&loaded), warnings(&loaded)), (Vec::new(), Vec::new()));
    let said = all_of(&CATALOG, loaded.desired.as_ref().expect("desired"));
    assert!(said[0].contains("department=North"), "{said:?}");
}

#[test]
fn a_mapping_row_says_one_thing() {
    let files = |row: &str| {
        let config = config(
            "  - { csv: a.csv, preset: officevibe }\n  - { csv: b.csv, preset: officevibe }\n  \
             - { csv: c.csv, preset: officevibe }\n",
        );
        Folder::new(&[
            ("wpsync.yaml", config),
            (
                "a.csv",
                "id,email,firstName,lastName\nu1,ada@example.com,Ada,Lovelace\n".to_owned(),
            ),
            ("b.csv", "id,name\n1,A\n2,B\n".to_owned()),
            (
                "c.csv",
                format!("groupId,userId,subGroupId,isMember,isManager\n{row}\n"),
            ),
        ])
        .load()
    };
    for (row, problem) in [
        ("1,u1,2,TRUE,FALSE", "two-members"),
        ("1,,,TRUE,FALSE", "missing-name"),
        (",u1,,TRUE,FALSE", "missing-name"),
        ("A,u1,,TRUE,FALSE", "unknown-name"),
        ("1,u1,,yes,FALSE", "not-a-boolean"),
    ] {
        let found = problems(&files(row));
        assert!(
            found.iter().any(|found| found.starts_with(problem)),
            "{row}: {found:?}"
        );
    }
    let unknown = files("1,u9,,TRUE,FALSE");
    assert!(problems(&unknown).is_empty() && warnings(&unknown)[0].contains("externalId is `u9`"));
    let idle = files("1,u1,,FALSE,FALSE");
    assert!(problems(&idle).is_empty() && warnings(&idle)[0].contains("nobody a member or a manager"));
}
