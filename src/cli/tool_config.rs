//! The `config.json` of Officevibe's Enterprise Sync Tool as a configuration of ours. The key in it is never
//! copied, nor shown.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;
use wpsync::escape::Escaped;

/// The variable that takes the place of the key in the file.
pub(crate) const KEY_VARIABLE: &str = "OFFICEVIBE_KEY";

/// Where the tool goes if its configuration does not say.
const API_URL: &str = "https://app.officevibe.com";

/// A configuration of ours, and what should be said of the one that it is made of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Converted {
    pub(crate) yaml: String,
    pub(crate) notes: Vec<String>,
}

/// Every value of a file that may be nested, with its path of keys.
fn leaves<'j>(json: &'j Json, path: &str, found: &mut Vec<(String, &'j Json)>) {
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                leaves(value, &path, found);
            }
        }
        other => found.push((path.to_owned(), other)),
    }
}

/// Reads the tool's configuration. `beside` is the way from our folder to its.
pub(crate) fn convert(text: &str, beside: &Path) -> Result<Converted, String> {
    // The tool's editors write a byte order mark.
    let json: Json = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("this is not JSON: {error}"))?;
    if !json.is_object() {
        return Err("this is not the tool's configuration: it is no object".into());
    }
    let (mut values, mut notes) = (Vec::new(), Vec::new());
    leaves(&json, "", &mut values);
    let (mut url, mut manager, mut invite, mut files) = (API_URL.to_owned(), None, false, Vec::new());
    for (path, value) in values {
        let key = path.rsplit('.').next().unwrap_or(&path).to_ascii_lowercase();
        let shown = Escaped(&path).to_string();
        match (key.as_str(), value) {
            ("apikey", _) => notes.push(format!(
                "The ApiKey was not copied: put it into {KEY_VARIABLE}, in the secrets of what runs wpsync, \
                 and out of config.json."
            )),
            ("apiurl", Json::String(text)) => text.trim_end_matches('/').clone_into(&mut url),
            ("syncmanageremail", Json::String(text)) if !text.is_empty() => manager = Some(text.clone()),
            ("invitenewusers", Json::Bool(flag)) => invite = *flag,
            ("invitenewusers", Json::String(text))
                if ["true", "false"]
                    .iter()
                    .any(|word| text.eq_ignore_ascii_case(word)) =>
            {
                invite = text.eq_ignore_ascii_case("true");
            }
            (_, Json::String(text)) if text.to_ascii_lowercase().ends_with(".csv") => {
                match source(text, beside) {
                    Some(source) => files.push(source),
                    None => notes.push(format!(
                        "{shown} names {}: put the file beneath this folder, and add it to `sources`.",
                        Escaped(text)
                    )),
                }
            }
            (key, _) if key.contains("proxy") => {
                notes.push(format!(
                    "{shown} was not taken over: wpsync connects directly, and through no proxy."
                ));
            }
            _ => notes.push(format!(
                "{shown} was not taken over: wpsync does not know this setting."
            )),
        }
    }
    let manager = manager.ok_or("it has no SyncManagerEmail, in whose name a push is done")?;
    if files.is_empty() {
        notes.push("It names no CSV file: add the three files to `sources`.".into());
        files.extend(
            ["users.csv", "groups.csv", "groups-mapping.csv"]
                .map(|name| beside.join("Data").join(name).to_string_lossy().into_owned()),
        );
    }
    Ok(Converted {
        yaml: yaml(&url, &manager, invite, &files),
        notes,
    })
}

/// A path of the tool as one of ours; none for one that does not lead to a place beneath our folder.
fn source(text: &str, beside: &Path) -> Option<String> {
    let path = text.replace('\\', "/");
    let path = path.trim_start_matches("./");
    let is_beneath =
        !path.starts_with('/') && !path.contains(':') && !path.split('/').any(|part| part == "..");
    is_beneath.then(|| beside.join(path).to_string_lossy().into_owned())
}

/// A text as YAML, whatever it holds.
fn quoted(text: &str) -> String {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_./@".contains(&byte))
        && text.starts_with(|first: char| first.is_ascii_alphabetic());
    if is_plain {
        text.to_owned()
    } else {
        Json::from(text).to_string()
    }
}

fn yaml(url: &str, manager: &str, invite: bool, files: &[String]) -> String {
    let url = if url.starts_with("https://") && !url.contains([' ', '#', '"']) {
        url.to_owned()
    } else {
        quoted(url)
    };
    let mut out = format!(
        "version: 1\ndirectory:\n  officevibe: {url}\n  \
         token: {{ env: {KEY_VARIABLE} }}    # the ApiKey of the Enterprise Sync Tool\n  sync_manager: {}\n  \
         invite_new_users: {invite}\nsources:\n",
        quoted(manager)
    );
    for file in files {
        let _ = writeln!(out, "  - {{ csv: {}, preset: officevibe }}", quoted(file));
    }
    out.push_str(
        "# As with the tool, whoever is in no file is removed. The plan names them first, \
         and `limits` stop one that removes too many.\nmanage:\n  users: { absent: delete, within: all }\n  \
         groups: { absent: delete, within: all }\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = concat!(
        "\u{feff}",
        r#"{
            "ApiKey": "s3cr3t-k3y", "SyncManagerEmail": "hr@example.com", "InviteNewUsers": "True",
            "ApiUrl": "https://sandbox.officevibe.com/",
            "Files": {
                "Users": ".\\Data\\users.csv", "Groups": "./Data/groups.csv",
                "Mapping": "D:\\HR\\groups-mapping.csv"
            },
            "ProxyUrl": "http://proxy:3128", "Retries": 3
        }"#,
    );

    #[test]
    fn the_tools_settings_become_ours_and_its_key_stays_where_it_is() {
        let converted = convert(CONFIG, Path::new("")).expect("it is one");
        assert_eq!(
            converted.yaml.lines().take(9).collect::<Vec<_>>(),
            [
                "version: 1",
                "directory:",
                "  officevibe: https://sandbox.officevibe.com",
                "  token: { env: OFFICEVIBE_KEY }    # the ApiKey of the Enterprise Sync Tool",
                "  sync_manager: hr@example.com",
                "  invite_new_users: true",
                "sources:",
                "  - { csv: Data/groups.csv, preset: officevibe }",
                "  - { csv: Data/users.csv, preset: officevibe }",
            ]
        );
        let said = converted.notes.join("\n");
        assert!(
            ["OFFICEVIBE_KEY", "ProxyUrl", "Retries", "groups-mapping.csv"]
                .iter()
                .all(|word| said.contains(word)),
            "{said}"
        );
        assert!(!format!("{converted:?}").contains("s3cr3t"));
    }

    #[test]
    fn what_is_not_the_tools_configuration_is_refused() {
        for (text, reason) in [
            ("[]", "no object"),
            ("{", "not JSON"),
            (r#"{"ApiKey":"x"}"#, "SyncManagerEmail"),
        ] {
            let error = convert(text, Path::new("")).expect_err(text);
            assert!(error.contains(reason), "{error}");
        }
    }
}
