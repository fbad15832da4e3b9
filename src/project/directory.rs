//! `directory:`: the directory where people live, and where its token is. The configuration holds neither a
//! token nor a command.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::section::{Section, text};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::yaml::{Node, NodeContent};

/// Where people live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directory {
    /// The embedded directory.
    Local {
        /// Its store, relative to the configuration.
        path: PathBuf,
    },
    /// A SCIM 2.0 service.
    Scim {
        /// Its base address.
        url: String,
        /// The name of its dialect.
        dialect: String,
        /// Where its token is.
        token: TokenSource,
        /// The tenant of the service, in the user's words.
        tenant: Option<String>,
    },
    /// Officevibe, which is written in one request.
    Officevibe(Box<OfficevibeSettings>),
}

/// Officevibe, and the settings of every request to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficevibeSettings {
    /// Its address, or the address of a sandbox environment.
    pub url: String,
    /// Where its key is.
    pub token: TokenSource,
    /// The tenant of the service, in the user's words.
    pub tenant: Option<String>,
    /// The form of the request.
    pub form: OfficevibeForm,
    /// The company's own fields: the attribute of each, and the field's name.
    pub properties: BTreeMap<String, String>,
}

/// The form of a request that holds everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfficevibeForm {
    /// Officevibe's own form.
    Officevibe {
        /// The administrator who is the sender.
        sync_manager: String,
        /// Whether new people are invited.
        invite: Invite,
    },
    /// Workleap's form.
    Workleap {
        /// Where its key is.
        key: TokenSource,
    },
}

impl OfficevibeForm {
    /// The name of the form.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Officevibe { .. } => "officevibe",
            Self::Workleap { .. } => "workleap",
        }
    }
}

/// Whether new people are invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invite {
    /// They get an invitation.
    Send,
    /// They get no invitation.
    Hold,
}

/// The default dialect of a service.
pub(crate) const DEFAULT_DIALECT: &str = "rfc7644";

/// Where a token is. The configuration never holds the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(PathBuf),
}

/// The keys of `directory:` that all services share.
struct ServiceKeys<'text> {
    token: Option<Node<'text>>,
    dialect: Option<(String, Origin)>,
    tenant: Option<(String, Origin)>,
}

pub(super) fn directory_of(node: Node<'_>, diagnostics: &mut Diagnostics) -> Option<Directory> {
    let mut section = Section::open(node, "`directory`", diagnostics)?;
    let kinds = ["local", "scim", "officevibe"].map(|kind| section.take_text(kind, diagnostics));
    let named = ServiceKeys {
        token: section.take("token"),
        dialect: section.take_text("dialect", diagnostics),
        tenant: section.take_text("tenant", diagnostics),
    };
    let directory = match kinds {
        [Some((path, _)), None, None] => Some(local(path, named, diagnostics)),
        [None, Some((url, origin)), None] => scim(Address { url, origin }, named, diagnostics),
        [None, None, Some((url, origin))] => {
            officevibe(Address { url, origin }, named, &mut section, diagnostics)
        }
        [None, None, None] => {
            let problem = Diagnostic::error("missing-key", section.origin, "`directory` names no directory");
            diagnostics.push(problem.hint(
                "add `local: directory.db`, `scim: https://…` or `officevibe: https://app.officevibe.com`",
            ));
            None
        }
        several => {
            let origin = several
                .into_iter()
                .flatten()
                .next_back()
                .map_or(section.origin, |(_, origin)| origin);
            let problem = Diagnostic::error(
                "two-directories",
                origin,
                "a directory is one of `local`, `scim` and `officevibe`",
            );
            diagnostics.push(problem.hint("remove all but one"));
            None
        }
    };
    section.finish(diagnostics);
    directory
}

fn local(path: String, named: ServiceKeys<'_>, diagnostics: &mut Diagnostics) -> Directory {
    if let Some(origin) = named
        .token
        .map(|node| node.origin)
        .or(named.dialect.or(named.tenant).map(|(_, origin)| origin))
    {
        let problem = Diagnostic::error(
            "not-for-local",
            origin,
            "the embedded directory takes no token, no dialect and no tenant",
        );
        diagnostics.push(problem.hint("remove this line, or name a service with `scim:`"));
    }
    Directory::Local { path: path.into() }
}

/// The base address of a service, and its place in the configuration.
struct Address {
    url: String,
    origin: Origin,
}

impl Address {
    /// Reports an address that is not a base address or that holds a secret.
    fn check(&self, key: &str, diagnostics: &mut Diagnostics) {
        let Self { url, origin } = self;
        let origin = *origin;
        let after_scheme = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let host = after_scheme
            .and_then(|rest| rest.split(['/', '?', '#']).next())
            .unwrap_or_default();
        let problem = if host.is_empty() || url.contains(char::is_whitespace) {
            Diagnostic::error(
                "not-a-url",
                origin,
                format!("`{key}` takes the service's base address"),
            )
            .hint("write it as https://scim.example.com/v2")
        } else if host.contains('@') {
            Diagnostic::error("secret-in-url", origin, "the address holds a user or a password")
                .hint("remove it; the token is named with `token:`")
        } else if url.contains(['?', '#']) {
            Diagnostic::error("not-a-url", origin, "the base address has a query or a fragment")
                .hint("end it after the path, as …/v2")
        } else {
            return;
        };
        diagnostics.push(problem);
    }
}

fn scim(address: Address, named: ServiceKeys<'_>, diagnostics: &mut Diagnostics) -> Option<Directory> {
    address.check("scim", diagnostics);
    let token = token(named.token, address.origin, diagnostics)?;
    let dialect = named
        .dialect
        .map_or_else(|| DEFAULT_DIALECT.to_owned(), |(name, _)| name);
    Some(Directory::Scim {
        url: address.url,
        dialect,
        token,
        tenant: named.tenant.map(|(name, _)| name),
    })
}

fn officevibe(
    address: Address,
    named: ServiceKeys<'_>,
    section: &mut Section<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Directory> {
    address.check("officevibe", diagnostics);
    if let Some((_, origin)) = named.dialect {
        let problem = Diagnostic::error(
            "not-for-officevibe",
            origin,
            "Officevibe is not SCIM, and has no dialect",
        );
        diagnostics.push(
            problem
                .hint("remove this line; `form: officevibe` or `form: workleap` says how it is written to"),
        );
    }
    let form = form(address.origin, section, diagnostics);
    let properties = properties(section.take("properties"), diagnostics);
    let token = token(named.token, address.origin, diagnostics)?;
    let tenant = named.tenant.map(|(name, _)| name);
    Some(Directory::Officevibe(Box::new(OfficevibeSettings {
        url: address.url,
        token,
        tenant,
        form: form?,
        properties,
    })))
}

fn form(origin: Origin, section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Option<OfficevibeForm> {
    let word = section
        .take_word("form", &["officevibe", "workleap"], diagnostics)
        .map_or(0, |(word, _)| word);
    let manager = section.take_text("sync_manager", diagnostics);
    let invite = section.take_word("invite_new_users", &["false", "true"], diagnostics);
    let key = section.take("workleap_key");
    if word == 0 {
        if let Some(node) = key {
            let problem = Diagnostic::error(
                "not-for-form",
                node.origin,
                "the form `officevibe` takes no `workleap_key`",
            );
            diagnostics.push(problem.hint("remove this line, or write `form: workleap`"));
        }
        let Some((sync_manager, _)) = manager else {
            let problem = Diagnostic::error(
                "missing-key",
                origin,
                "a push is done in the name of an administrator",
            );
            diagnostics.push(
                problem.hint("add `sync_manager: ADDRESS`, the SyncManagerEmail of the Enterprise Sync Tool"),
            );
            return None;
        };
        let invite = if invite.is_some_and(|(word, _)| word == 1) {
            Invite::Send
        } else {
            Invite::Hold
        };
        return Some(OfficevibeForm::Officevibe { sync_manager, invite });
    }
    if let Some(origin) = manager
        .map(|(_, origin)| origin)
        .or(invite.map(|(_, origin)| origin))
    {
        let problem = Diagnostic::error("not-for-form", origin, "Workleap refuses settings in a push");
        diagnostics
            .push(problem.hint("remove this line; who is invited is decided at Workleap (Automatic Invite)"));
    }
    let Some(key) = key else {
        let problem = Diagnostic::error(
            "missing-key",
            origin,
            "the form `workleap` needs a key of its own",
        );
        diagnostics.push(problem.hint(
            "add `workleap_key: { env: WORKLEAP_KEY }`; `token` is the key that Officevibe is read with",
        ));
        return None;
    };
    token_source(key, diagnostics).map(|key| OfficevibeForm::Workleap { key })
}

/// `properties: { department: Department }`
fn properties(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> BTreeMap<String, String> {
    let Some(section) = node.and_then(|node| Section::open(node, "`properties`", diagnostics)) else {
        return BTreeMap::new();
    };
    let property = |entry: crate::yaml::MapEntry<'_>| {
        let name = text(&entry.value, "a property's name", diagnostics)?.to_owned();
        Some((entry.key.to_string(), name))
    };
    section.into_entries().into_iter().filter_map(property).collect()
}

fn token(node: Option<Node<'_>>, origin: Origin, diagnostics: &mut Diagnostics) -> Option<TokenSource> {
    let Some(node) = node else {
        let problem = Diagnostic::error("missing-key", origin, "the service needs a `token`");
        diagnostics.push(problem.hint("add `token: { env: WPSYNC_TOKEN }`"));
        return None;
    };
    token_source(node, diagnostics)
}

/// Reads `{env: NAME}` or `{file: PATH}`. No message repeats the written text, because it may be the token.
fn token_source(node: Node<'_>, diagnostics: &mut Diagnostics) -> Option<TokenSource> {
    let origin = node.origin;
    if let NodeContent::Scalar(_) | NodeContent::List(_) = node.content {
        let problem = Diagnostic::error(
            "literal-token",
            origin,
            "a token is never written into the configuration",
        );
        let hint = "write `token: { env: WPSYNC_TOKEN }` or `token: { file: PATH }`, \
                    and change the token if it was ever shared";
        diagnostics.push(problem.hint(hint));
        return None;
    }
    let mut section = Section::open(node, "`token`", diagnostics)?;
    if let Some(node) = section.take("command") {
        let problem = Diagnostic::error(
            "token-command",
            node.origin,
            "a token never comes from a command: a plan runs no code",
        );
        diagnostics.push(
            problem.hint("run the command before wpsync and pass its output in an environment variable"),
        );
        return None;
    }
    let (env, file) = (
        section.take_text("env", diagnostics),
        section.take_text("file", diagnostics),
    );
    let source = match (env, file) {
        (Some((name, _)), None) if is_variable_name(&name) => Some(TokenSource::Env(name)),
        (Some((_, origin)), None) => {
            let problem = Diagnostic::error(
                "literal-token",
                origin,
                "this is not the name of an environment variable",
            );
            diagnostics.push(
                problem.hint("write the name of the variable that holds the token, as `env: WPSYNC_TOKEN`"),
            );
            None
        }
        (None, Some((path, _))) => Some(TokenSource::File(path.into())),
        _ => {
            let problem = Diagnostic::error("missing-key", origin, "`token` takes one of `env` and `file`");
            diagnostics.push(problem.hint("write `token: { env: WPSYNC_TOKEN }`"));
            None
        }
    };
    section.finish(diagnostics);
    source
}

fn is_variable_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
