//! Inputs that must be refused: each with its exact place, its code and a way out. The names of the cases
//! carry the numbers of the failure modes that they cover.

use crate::folder::{Folder, config, problems};

/// One source that must be refused: a name for the case, the file's name, its bytes, and `line:column code`
/// of every problem.
struct Case {
    name: &'static str,
    file: &'static str,
    bytes: Vec<u8>,
    problems: &'static [&'static str],
}

fn case(
    name: &'static str,
    file: &'static str,
    text: impl AsRef<[u8]>,
    problems: &'static [&'static str],
) -> Case {
    Case {
        name,
        file,
        bytes: text.as_ref().to_vec(),
        problems,
    }
}

/// Every case is refused as it says, and every problem has a way out.
fn refuse_all(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let loaded = Folder::with_source(case.file, &case.bytes).load();
        let expected: Vec<_> = case
            .problems
            .iter()
            .map(|problem| format!("{}:{problem}", case.file))
            .collect();
        let found = problems(&loaded);
        if found != expected || loaded.desired.is_some() {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", case.name));
        }
        for one in loaded.diagnostics.sorted() {
            if one.hint.as_deref().is_none_or(str::is_empty) || one.message.is_empty() {
                wrong.push(format!("{}: no way out from {one:?}", case.name));
            }
            let drawn = wpsync::diagnostics::draw(one, &loaded.files);
            assert!(
                drawn.contains("hint: ") && !drawn.contains(['\u{1b}', '\u{202e}', '\0']),
                "{drawn}"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn f001_empty_exports_are_refused() {
    refuse_all(vec![
        case("empty CSV", "a.csv", "", &["1:1 empty-source"]),
        case("header only", "a.csv", "userName,title\n", &["1:1 empty-source"]),
        case(
            "header only, no line end",
            "a.csv",
            "userName,title",
            &["1:1 empty-source", "1:15 no-final-newline"],
        ),
        case("white space", "a.csv", " \n\t\n", &["1:1 empty-source"]),
        case("byte order mark", "a.csv", "\u{feff}", &["1:1 empty-source"]),
        case(
            "a web page",
            "a.csv",
            "<!DOCTYPE html>\n<html></html>\n",
            &["1:1 not-csv"],
        ),
        case(
            "a web page after a mark",
            "a.csv",
            "\u{feff}\n<html></html>\n",
            &["1:1 not-csv"],
        ),
        case("JSON", "a.csv", "[]\n", &["1:1 not-csv"]),
        case("empty YAML", "a.yaml", "", &["1:1 empty-source"]),
        case("a comment", "a.yaml", "# nothing\n", &["1:1 empty-source"]),
        case("null", "a.yaml", "null\n", &["1:1 empty-source"]),
        case("a list", "a.yaml", "[]\n", &["1:1 not-a-people-file"]),
        case("no people", "a.yaml", "users: []\n", &["1:1 empty-source"]),
        case("no list", "a.yaml", "users:\ngroups:\n", &["1:1 empty-source"]),
        case(
            "a web page as YAML",
            "a.yaml",
            "<!DOCTYPE html>\n",
            &["1:1 not-a-people-file"],
        ),
        case("a document mark", "a.yaml", "---\n", &["1:1 empty-source"]),
    ]);
}

#[test]
fn f002_truncated_files_are_refused() {
    refuse_all(vec![
        case(
            "cut in a row",
            "a.csv",
            "userName,title\nada,x\nbob",
            &["3:1 ragged-row", "3:4 no-final-newline"],
        ),
        case(
            "cut in the last cell",
            "a.csv",
            "userName,title\nada,Engin",
            &["2:10 no-final-newline"],
        ),
        case(
            "cut in a quote",
            "a.csv",
            "userName,title\nada,\"Engin\n",
            &["2:5 open-quote"],
        ),
        case(
            "cut in a character",
            "a.csv",
            b"userName,title\nada,Zo\xc3",
            &["2:7 truncated-file"],
        ),
        case(
            "cut in a YAML quote",
            "a.yaml",
            "users:\n  - userName: \"ad",
            &["2:15 yaml-syntax", "2:18 no-final-newline"],
        ),
        case(
            "cut in a YAML value",
            "a.yaml",
            "users:\n  - userName: ad",
            &["2:17 no-final-newline"],
        ),
        case(
            "cut in a YAML list",
            "a.yaml",
            "users:\n  - { userName: ada,\n",
            &["2:5 yaml-syntax"],
        ),
    ]);
}

#[test]
fn f004_shifted_columns_are_refused() {
    refuse_all(vec![
        case(
            "too many cells",
            "a.csv",
            "userName,title\nada,x,y\n",
            &["2:1 ragged-row"],
        ),
        case(
            "too few cells",
            "a.csv",
            "userName,title\nada\nbob,x\n",
            &["2:1 ragged-row"],
        ),
        case(
            "duplicate header",
            "a.csv",
            "userName,title, TITLE\na,b,c\n",
            &["1:16 duplicate-header"],
        ),
        case(
            "two names of one attribute",
            "a.csv",
            "userName,emails.work,emails.work.value\na,b,c\n",
            &["1:22 duplicate-header"],
        ),
        case(
            "unknown header",
            "a.csv",
            "userName,departement\na,b\n",
            &["1:10 unknown-header"],
        ),
        case(
            "empty header",
            "a.csv",
            "userName,,title\na,b,c\n",
            &["1:10 empty-header"],
        ),
        case(
            "swapped columns",
            "a.csv",
            "userName,emails.work,title\nada,Engineer,ada@example.com\n",
            &["2:5 not-an-email"],
        ),
        case(
            "another delimiter",
            "a.csv",
            "userName;title\nada;x\n",
            &["1:1 wrong-delimiter"],
        ),
        case(
            "tabs",
            "a.csv",
            "userName\ttitle\nada\tx\n",
            &["1:1 wrong-delimiter"],
        ),
        case(
            "text after a quote",
            "a.csv",
            "userName,title\nada,\"x\"y\n",
            &["2:8 broken-quote"],
        ),
        case(
            "a quote inside",
            "a.csv",
            "userName,title\nada,x\"y\n",
            &["2:6 broken-quote"],
        ),
        case(
            "old line ends",
            "a.csv",
            "userName,title\rada,x\r",
            &["1:1 lone-return", "1:22 no-final-newline"],
        ),
        case(
            "a blank row",
            "a.csv",
            "userName,title\nada,x\n,\n",
            &["3:1 blank-row"],
        ),
        case(
            "a blank cell",
            "a.csv",
            "userName,title\nada,  \n",
            &["2:5 blank-cell"],
        ),
        case(
            "no name",
            "a.csv",
            "userName,title\nada,x\n,y\n",
            &["3:1 missing-name"],
        ),
    ]);
}

#[test]
fn f005_duplicate_people_are_refused() {
    refuse_all(vec![
        case(
            "same name",
            "a.csv",
            "userName\nada\nada\n",
            &["3:1 duplicate-person"],
        ),
        case(
            "by case",
            "a.csv",
            "userName\nada\nADA\n",
            &["3:1 duplicate-person"],
        ),
        case(
            "by a space",
            "a.csv",
            "userName\nada\nada \n",
            &["3:1 outer-space"],
        ),
        case(
            "by an invisible character",
            "a.csv",
            "userName\nada\na\u{200b}da\n",
            &["3:1 invisible-character"],
        ),
        case(
            "by externalId",
            "a.csv",
            "userName,externalId\nada,1\nbob,1\n",
            &["3:1 duplicate-person"],
        ),
        case(
            "in YAML",
            "a.yaml",
            "users:\n  - userName: ada\n  - userName: Ada\n",
            &["3:5 duplicate-person"],
        ),
        case(
            "groups",
            "a.yaml",
            "groups:\n  - displayName: Sales\n  - displayName: sales\n",
            &["3:5 duplicate-group"],
        ),
    ]);
}

#[test]
fn f006_duplicate_keys_are_refused() {
    refuse_all(vec![
        case(
            "an attribute",
            "a.yaml",
            "users:\n  - userName: ada\n    title: x\n    title: y\n",
            &["4:5 duplicate-key"],
        ),
        case(
            "a list",
            "a.yaml",
            "users:\n  - userName: ada\nusers:\n  - userName: bob\n",
            &["3:1 duplicate-key"],
        ),
        case(
            "nested",
            "a.yaml",
            "users:\n  - userName: ada\n    name: { givenName: A, givenName: B }\n",
            &["3:27 duplicate-key"],
        ),
        case(
            "two spellings",
            "a.yaml",
            "users:\n  - userName: ada\n    name: { givenName: A }\n    name.givenName: B\n",
            &["4:21 duplicate-attribute"],
        ),
        case(
            "by case",
            "a.yaml",
            "users:\n  - userName: ada\n    USERNAME: bob\n",
            &["3:15 duplicate-attribute"],
        ),
    ]);
}

#[test]
fn f007_values_of_another_type_are_refused() {
    refuse_all(vec![
        case(
            "yes is not true",
            "a.yaml",
            "users:\n  - userName: ada\n    active: yes\n",
            &["3:13 not-a-boolean"],
        ),
        case(
            "on is not true",
            "a.yaml",
            "users:\n  - userName: ada\n    active: on\n",
            &["3:13 not-a-boolean"],
        ),
        case(
            "1 is not true",
            "a.csv",
            "userName,active\nada,1\n",
            &["2:5 not-a-boolean"],
        ),
        case(
            "an empty text",
            "a.yaml",
            "users:\n  - userName: ada\n    title: \"\"\n",
            &["3:12 empty-text"],
        ),
        case(
            "a list for one value",
            "a.yaml",
            "users:\n  - userName: ada\n    title: [a]\n",
            &["3:12 not-a-value"],
        ),
        case(
            "a place after letters of several bytes",
            "a.yaml",
            "users:\n  - { userName: \"Zoë李🙂\", title: [a] }\n",
            &["2:33 not-a-value"],
        ),
        case(
            "one value for a list",
            "a.yaml",
            "users:\n  - userName: ada\n    roles: a\n",
            &["3:12 not-a-list"],
        ),
        case(
            "an empty element",
            "a.yaml",
            "users:\n  - userName: ada\n    roles: [a, '']\n",
            &["3:16 empty-text"],
        ),
        case(
            "a name with parts",
            "a.yaml",
            "users:\n  - userName: ada\n    name: Ada\n",
            &["3:5 not-a-value"],
        ),
        case(
            "a person that is a word",
            "a.yaml",
            "users:\n  - ada\n",
            &["2:5 not-a-map"],
        ),
        case(
            "people that are a map",
            "a.yaml",
            "users:\n  ada: {}\n",
            &["2:3 not-a-list"],
        ),
        case(
            "a name that is cleared",
            "a.yaml",
            "users:\n  - { userName: ~, externalId: 1 }\n",
            &["2:17 name-cleared"],
        ),
    ]);
}

#[test]
fn f008_what_yaml_hides_is_refused() {
    let deep = format!("users:\n  - userName: ada\n    title: {}\n", "[".repeat(100_000));
    refuse_all(vec![
        case(
            "an anchor",
            "a.yaml",
            "users:\n  - &a { userName: ada }\n",
            &["2:5 yaml-anchor"],
        ),
        case(
            "an alias",
            "a.yaml",
            "users:\n  - userName: ada\n    title: *x\n",
            &["3:12 yaml-anchor"],
        ),
        case(
            "a merge key",
            "a.yaml",
            "users:\n  - &a { userName: ada }\n  - <<: *a\n    title: x\n",
            &["2:5 yaml-anchor", "3:5 yaml-merge", "3:9 yaml-anchor"],
        ),
        case(
            "a tag",
            "a.yaml",
            "users:\n  - userName: !!str ada\n",
            &["2:15 yaml-tag"],
        ),
        case(
            "an include",
            "a.yaml",
            "users: !include other.yaml\n",
            &["1:8 yaml-tag", "1:17 not-a-list"],
        ),
        case("depth", "a.yaml", deep, &["3:44 yaml-depth"]),
        case(
            "two documents",
            "a.yaml",
            "users:\n  - userName: ada\n---\nusers: []\n",
            &["3:1 yaml-documents"],
        ),
        case(
            "a directive",
            "a.yaml",
            "%YAML 1.1\n---\nusers: []\n",
            &["1:1 yaml-syntax"],
        ),
        case(
            "a tab",
            "a.yaml",
            "users:\n\t- userName: ada\n",
            &["2:2 yaml-syntax"],
        ),
        case(
            "a missing key",
            "a.yaml",
            "users:\n  - : ada\n",
            &["2:5 yaml-key"],
        ),
    ]);
}

#[test]
fn f009_other_encodings_are_refused() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let utf16_be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    refuse_all(vec![
        case(
            "UTF-16 LE with a mark",
            "a.csv",
            utf16("\u{feff}userName\nada\n"),
            &["1:1 not-utf8"],
        ),
        case("UTF-16 LE", "a.csv", utf16("userName\nada\n"), &["1:1 not-utf8"]),
        case(
            "UTF-16 BE with a mark",
            "a.csv",
            utf16_be("\u{feff}userName\nada\n"),
            &["1:1 not-utf8"],
        ),
        case(
            "UTF-16 BE",
            "a.csv",
            utf16_be("userName\nada\n"),
            &["1:1 not-utf8"],
        ),
        case(
            "Latin-1",
            "a.csv",
            b"userName,title\nada,Zo\xeb\n",
            &["2:7 not-utf8"],
        ),
        case(
            "Windows-1252",
            "a.yaml",
            b"users:\n  - userName: \x93ada\x94\n",
            &["2:15 not-utf8"],
        ),
        case("NUL", "a.csv", "userName,title\nada,a\0b\n", &["2:6 nul-byte"]),
        case(
            "mojibake",
            "a.csv",
            "userName,title\nada,JosÃ©\n",
            &["2:5 damaged-text"],
        ),
        case(
            "a lost character",
            "a.csv",
            "userName,title\nada,Jos\u{fffd}\n",
            &["2:5 damaged-text"],
        ),
        case(
            "a lone surrogate",
            "a.yaml",
            "users:\n  - userName: \"\\ud800\"\n",
            &["2:15 yaml-syntax"],
        ),
        case(
            "a control character",
            "a.csv",
            "userName,title\nada,a\u{1b}[31mb\n",
            &["2:5 control-character"],
        ),
        case(
            "bidirectional text",
            "a.csv",
            "userName,title\na\u{202e}da,x\n",
            &["2:1 invisible-character"],
        ),
    ]);
}

#[test]
fn f010_spreadsheet_damage_is_refused() {
    refuse_all(vec![
        case(
            "a broken formula",
            "a.csv",
            "userName,title\nada,#REF!\n",
            &["2:5 spreadsheet-error"],
        ),
        case(
            "no value",
            "a.csv",
            "userName,title\nada,#N/A\n",
            &["2:5 spreadsheet-error"],
        ),
        case(
            "a narrow column",
            "a.csv",
            "userName,title\nada,########\n",
            &["2:5 spreadsheet-error"],
        ),
        case(
            "a rounded number",
            "a.csv",
            "userName,employeeNumber\nada,1.23457E+11\n",
            &["2:5 spreadsheet-number"],
        ),
    ]);
}

#[test]
fn f011_huge_values_and_tables_are_refused() {
    let cell = format!("userName,title\nada,{}\n", "x".repeat(1 << 20));
    let header = format!("{}\n{}\n", "title,".repeat(100_000), ",".repeat(100_000));
    refuse_all(vec![
        case("a huge cell", "a.csv", cell, &["2:5 text-too-long"]),
        case("a huge header", "a.csv", header, &["1:1 too-many-columns"]),
    ]);
}

#[test]
fn unknown_attributes_and_secrets_are_refused() {
    refuse_all(vec![
        case(
            "unknown",
            "a.yaml",
            "users:\n  - userName: ada\n    departement: x\n",
            &["3:5 unknown-attribute"],
        ),
        case(
            "unknown part",
            "a.yaml",
            "users:\n  - userName: ada\n    name: { givename: x }\n",
            &["3:13 unknown-attribute"],
        ),
        case(
            "unknown list",
            "a.yaml",
            "user:\n  - userName: ada\n",
            &["1:1 unknown-key"],
        ),
        case(
            "a password",
            "a.yaml",
            "users:\n  - userName: ada\n    password: x\n",
            &["3:5 secret-attribute"],
        ),
        case(
            "the directory's id",
            "a.csv",
            "userName,id\nada,1\n",
            &["1:10 read-only-attribute"],
        ),
        case(
            "not an email",
            "a.yaml",
            "users:\n  - userName: ada\n    emails: { work: ada }\n",
            &["3:21 not-an-email"],
        ),
        case(
            "no identifier",
            "a.yaml",
            "users:\n  - title: x\n",
            &["2:5 missing-name"],
        ),
        case(
            "no name in any file",
            "a.yaml",
            "users:\n  - externalId: 1\n",
            &["2:5 missing-name"],
        ),
    ]);
}

#[test]
fn whom_no_source_declares_may_have_left_and_only_a_plan_can_tell() {
    let group = "users:\n  - userName: ada\ngroups:\n  - { displayName: S, members: [ada, adda] }\n";
    for (text, place) in [
        (
            "users:\n  - { userName: ada, manager: bab }\n",
            "a.yaml:2:31 unknown-name (warning)",
        ),
        (group, "a.yaml:4:38 unknown-name (warning)"),
    ] {
        let loaded = Folder::with_source("a.yaml", text.as_bytes()).load();
        assert_eq!(problems(&loaded), [place]);
        let desired = loaded.desired.expect("only a warning");
        assert_eq!(desired.lost.len(), 1);
    }
}

#[test]
fn bad_references_are_refused() {
    let people = "users:\n  - { userName: ada, externalId: Both }\n  - { userName: bob }\n";
    let with = |rest: &str| format!("{people}{rest}");
    refuse_all(vec![
        case(
            "a group as manager",
            "a.yaml",
            "users:\n  - { userName: ada, manager: 'group:x' }\n",
            &["2:31 not-a-person"],
        ),
        case(
            "one's own manager",
            "a.yaml",
            "users:\n  - { userName: ada, manager: ADA }\n",
            &["2:31 self-manager"],
        ),
        case(
            "unknown group",
            "a.yaml",
            "users:\n  - { userName: ada, groups: [Sales] }\n",
            &["2:31 unknown-name"],
        ),
        case(
            "person and group",
            "a.yaml",
            with("groups:\n  - { displayName: S, members: [bob] }\n  - displayName: bob\n"),
            &["5:33 ambiguous-name"],
        ),
        case(
            "two people",
            "a.yaml",
            with("  - { userName: both }\ngroups:\n  - { displayName: S, members: [Both] }\n"),
            &["6:33 ambiguous-name"],
        ),
        case(
            "a group in itself",
            "a.yaml",
            with("groups:\n  - { displayName: S, members: ['group:s'] }\n"),
            &["5:33 group-cycle"],
        ),
        case(
            "groups in a circle",
            "a.yaml",
            "groups:\n  - { displayName: A, members: [B] }\n  - { displayName: B, members: [C] }\n  \
             - { displayName: C, members: [A] }\n",
            &["2:33 group-cycle"],
        ),
        case(
            "members that are a word",
            "a.yaml",
            "groups:\n  - { displayName: A, members: ada }\n",
            &["2:32 not-a-list"],
        ),
    ]);
}

/// What a configuration must not say: the text, and `line:column code` of every problem.
#[test]
fn configuration_mistakes_are_refused() {
    let whole = |rest: &str| config("  - people.yaml\n") + rest;
    let scim = |rest: &str| {
        format!("version: 1\ndirectory:\n  scim: https://x.example/v2\n{rest}sources: [people.yaml]\n")
    };
    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), &["1:1 empty-config"]),
        (
            "version: 2\ndirectory: {local: d}\nsources: [people.yaml]\n".into(),
            &["1:10 unknown-version"],
        ),
        (
            "directory: {local: d}\nsources: [people.yaml]\n".into(),
            &["1:1 missing-key"],
        ),
        ("version: 1\n".into(), &["1:1 missing-key", "1:1 missing-key"]),
        (
            "version: 1\ndirectory: {}\nsources: [people.yaml]\n".into(),
            &["2:12 missing-key"],
        ),
        (
            "version: 1\ndirectory: {local: d}\nsources: []\n".into(),
            &["3:10 no-sources"],
        ),
        (whole("mange: {}\n"), &["5:1 unknown-key"]),
        (whole("version: 1\n"), &["5:1 duplicate-key"]),
        (
            whole("manage: { users: { absent: remove } }\n"),
            &["5:28 unknown-word"],
        ),
        (
            whole("manage: { users: { absent: delete } }\n"),
            &["5:28 missing-within"],
        ),
        (
            whole("manage: { groups: { absent: deactivate, within: all } }\n"),
            &["5:29 unknown-word"],
        ),
        (
            whole("manage: { groups: { members: some } }\n"),
            &["5:30 unknown-word"],
        ),
        (whole("limits: { remove: 5 percent }\n"), &["5:19 not-a-limit"]),
        (whole("limits: { remove: 101% }\n"), &["5:19 not-a-limit"]),
        (whole("limits: { delete: 5% }\n"), &["5:11 unknown-key"]),
        (
            whole("match: { users: [userNam] }\n"),
            &["5:18 unknown-attribute"],
        ),
        (whole("match: { users: [roles] }\n"), &["5:18 not-an-identifier"]),
        (whole("match: { users: [] }\n"), &["5:17 empty-match"]),
        (whole("protect: ada\n"), &["5:10 not-a-list"]),
        (scim(""), &["3:9 missing-key"]),
        (scim("  token: secret\n"), &["4:10 literal-token"]),
        (scim("  token: { command: cat }\n"), &["4:21 token-command"]),
        (scim("  token: { env: abc.def-1 }\n"), &["4:17 literal-token"]),
        (scim("  token: { env: A, file: b }\n"), &["4:10 missing-key"]),
        (
            scim("  token: { env: A }\n  local: d\n"),
            &["3:9 two-directories"],
        ),
        (
            "version: 1\ndirectory: {scim: 'https://u:p@x/', token: {env: A}}\nsources: [people.yaml]\n"
                .into(),
            &["2:19 secret-in-url"],
        ),
        (
            "version: 1\ndirectory: {scim: ftp://x, token: {env: A}}\nsources: [people.yaml]\n".into(),
            &["2:19 not-a-url"],
        ),
        (
            "version: 1\ndirectory: {local: d, token: {env: A}}\nsources: [people.yaml]\n".into(),
            &["2:30 not-for-local"],
        ),
        (config("  - people.txt\n"), &["4:5 unknown-format"]),
        (
            config("  - { yaml: people.yaml, csv: a.csv }\n"),
            &["4:31 two-formats"],
        ),
        (
            config("  - { columns: {} }\n"),
            &["4:5 missing-key", "4:7 unknown-key"],
        ),
        (
            config("  - { csv: a.csv, preset: officevib }\n"),
            &["4:5 no-such-file", "4:27 unknown-preset"],
        ),
        (
            config("  - { csv: a.csv, columns: { Login: usrName } }\n"),
            &["4:5 no-such-file", "4:37 unknown-attribute"],
        ),
        (
            config("  - { csv: a.csv, delimiter: x }\n"),
            &["4:5 no-such-file", "4:30 unknown-word"],
        ),
        (
            config("  - { csv: a.csv, kind: people }\n"),
            &["4:5 no-such-file", "4:25 unknown-word"],
        ),
        (config("  - nothing/*.yaml\n"), &["4:5 no-match"]),
        (
            config("  - people.yaml\n  - '*.yaml'\n"),
            &["5:5 duplicate-source"],
        ),
        (config("  - missing.yaml\n"), &["4:5 no-such-file"]),
        ("version: 1\n  directory: x\n".into(), &["2:12 yaml-syntax"]),
        (
            "version: &a 1\n".into(),
            &["1:1 missing-key", "1:1 missing-key", "1:10 yaml-anchor"],
        ),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let folder = Folder::new(&[
            ("wpsync.yaml", text.as_str()),
            ("people.yaml", "users:\n  - userName: ada\n"),
        ]);
        let loaded = folder.load();
        let expected: Vec<_> = expected
            .iter()
            .map(|problem| format!("wpsync.yaml:{problem}"))
            .collect();
        let found: Vec<_> = problems(&loaded)
            .into_iter()
            .filter(|one| one.starts_with("wpsync.yaml"))
            .collect();
        if found != expected || loaded.desired.is_some() {
            wrong.push(format!("{text}\n  expected {expected:?}\n  found    {found:?}"));
        }
        let all = loaded.diagnostics.sorted();
        assert!(
            all.iter()
                .all(|one| one.hint.as_deref().is_some_and(|hint| !hint.is_empty())),
            "{text}"
        );
        assert!(
            !all.iter()
                .any(|one| one.message.contains("secret") && one.code == "literal-token"),
            "a token is never repeated"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
