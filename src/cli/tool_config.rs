//! Converts the `config.json` of Officevibe's Enterprise Sync Tool to our configuration. The key in it is
//! never copied or shown.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;
use wpsync::escape::Escaped;

/// The environment variable that replaces the key of the file.
pub(crate) const KEY_VARIABLE: &str = "OFFICEVIBE_KEY";

/// The tool's address if its configuration does not have one.
const API_URL: &str = "https://app.officevibe.com";

/// A converted configuration, and notes about what was not converted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Converted {
    pub(crate) yaml: String,
    pub(crate) notes: Vec<String>,
}

/// Collects every value of a nested file, with its path of keys.
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

/// Converts the tool's configuration. `beside` is the path from our folder to the folder of the tool's file.
pub(crate) fn convert(text: &str, beside: &Path) -> Result<Converted, String> {
    // The tool's editors write a byte order mark.
    let json: Json = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("this is not JSON: {error}"))?;
    if !json.is_object() {
        return Err("this is not the tool's configuration: it is no object".into());
    }
    let mut values = Vec::new();
    leaves(&json, "", &mut values);
    let mut settings = ToolSettings {
        url: API_URL.to_owned(),
        ..ToolSettings::default()
    };
    let notes = values
        .into_iter()
        .filter_map(|(path, value)| settings.take(&path, value, beside));
    let mut notes: Vec<String> = notes.collect();
    if settings.files.is_empty() {
        notes.push("It names no CSV file: add the three files to `sources`.".into());
        settings.files.extend(
            ["users.csv", "groups.csv", "groups-mapping.csv"]
                .map(|name| beside.join("Data").join(name).to_string_lossy().into_owned()),
        );
    }
    Ok(Converted {
        yaml: settings.yaml()?,
        notes,
    })
}

/// The settings of the tool that wpsync has, too.
#[derive(Default)]
struct ToolSettings {
    url: String,
    manager: Option<String>,
    invites_new_users: bool,
    files: Vec<String>,
}

impl ToolSettings {
    /// Takes one setting over, or returns why not.
    fn take(&mut self, path: &str, value: &Json, beside: &Path) -> Option<String> {
        let key = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
        let shown = Escaped(path).to_string();
        match (key.as_str(), value) {
            ("apikey", _) => {
                return Some(format!(
                    "The ApiKey was not copied: put it into {KEY_VARIABLE}, in the secrets of what runs \
                     wpsync, and out of config.json."
                ));
            }
            ("apiurl", Json::String(text)) => text.trim_end_matches('/').clone_into(&mut self.url),
            ("syncmanageremail", Json::String(text)) if !text.is_empty() => self.manager = Some(text.clone()),
            ("invitenewusers", Json::Bool(flag)) => self.invites_new_users = *flag,
            ("invitenewusers", Json::String(text)) if text.eq_ignore_ascii_case("true") => {
                self.invites_new_users = true;
            }
            ("invitenewusers", Json::String(text)) if text.eq_ignore_ascii_case("false") => {
                self.invites_new_users = false;
            }
            (_, Json::String(text)) if text.to_ascii_lowercase().ends_with(".csv") => {
                let Some(source) = source(text, beside) else {
                    return Some(format!(
                        "{shown} names {}: put the file beneath this folder, and add it to `sources`.",
                        Escaped(text)
                    ));
                };
                self.files.push(source);
            }
            (key, _) if key.contains("proxy") => {
                return Some(format!(
                    "{shown} was not taken over: wpsync connects directly, and through no proxy."
                ));
            }
            _ => {
                return Some(format!(
                    "{shown} was not taken over: wpsync does not know this setting."
                ));
            }
        }
        None
    }

    fn yaml(&self) -> Result<String, String> {
        let manager = self.manager.as_ref();
        let manager = manager.ok_or("it has no SyncManagerEmail, in whose name a push is done")?;
        let url = if self.url.starts_with("https://") && !self.url.contains([' ', '#', '"']) {
            self.url.clone()
        } else {
            quoted(&self.url)
        };
        let mut out = format!(
            "version: 1\ndirectory:\n  officevibe: {url}\n  \
             token: {{ env: {KEY_VARIABLE} }}    # the ApiKey of the Enterprise Sync Tool\n  \
             sync_manager: {}\n  \
             invite_new_users: {}\nsources:\n",
            quoted(manager),
            self.invites_new_users
        );
        for file in &self.files {
            let _ = writeln!(out, "  - {{ csv: {}, preset: officevibe }}", quoted(file));
        }
        out.push_str(
            "# As with the tool, whoever is in no file is removed. The plan names them first, \
             and `limits` stop one that removes too many.\n\
             manage:\n  users: { absent: delete, within: all }\n  \
             groups: { absent: delete, within: all }\n",
        );
        Ok(out)
    }
}

/// A path of the tool as a path of ours; `None` if it does not lead below our folder.
fn source(text: &str, beside: &Path) -> Option<String> {
    let path = text.replace('\\', "/");
    let path = path.trim_start_matches("./");
    let is_beneath =
        !path.starts_with('/') && !path.contains(':') && !path.split('/').any(|part| part == "..");
    is_beneath.then(|| beside.join(path).to_string_lossy().into_owned())
}

/// A text as a YAML scalar.
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
