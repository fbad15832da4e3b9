//! From a configuration to Officevibe: its form with the company's own properties, its keys, each with the
//! one address that it belongs to, and what was last sent of what cannot be read.

use std::collections::HashMap;
use std::sync::Arc;

use wpsync::client::http::HttpLimits;

use wpsync::client::Connection;
use wpsync::client::Origin;
use wpsync::client::http::HttpTransport;
use wpsync::client::transport::Transport;
use wpsync::dialect::Dialect;
use wpsync::dialect::PushForm;
use wpsync::drift::LastApplied;
use wpsync::escape::Escaped;
use wpsync::model::Member;
use wpsync::model::{Attributes, Catalog, Key, Kind, Reference};
use wpsync::plan::push::Settings;
use wpsync::project::{Directory, Invite, OfficevibeForm, OfficevibeSettings};
use wpsync::state::State;
use wpsync::whole::Remembered;

use super::connect;
use super::context::Context;
use super::exit::{Exit, Failure};

/// The variable that names another address for Workleap's key than Workleap's own.
const WORKLEAP_ORIGIN: &str = "WPSYNC_WORKLEAP_ORIGIN";

/// The form of a directory, with the company's own properties as further fields.
pub(crate) fn form(officevibe: &OfficevibeSettings) -> Result<Dialect, Failure> {
    let name = officevibe.form.name();
    let mut dialect =
        Dialect::form(name).ok_or_else(|| Failure::error(format!("there is no form {name}")))?;
    let catalog = dialect.catalog();
    let Some(form) = &mut dialect.push else {
        return Ok(dialect);
    };
    for (attribute, field) in &officevibe.properties {
        let wrong = |what: String| {
            Failure::error(format!("`properties`: {what}"))
                .hint("write ATTRIBUTE: FIELD, as `department: Department`")
        };
        let known = catalog.find(Kind::User, attribute);
        let known =
            known.map_err(|_| wrong(format!("`{}` is not an attribute of a user", Escaped(attribute))))?;
        let fields = &mut form.fields.users;
        if fields.contains_key(&*known.path) || fields.values().any(|taken| taken == field) {
            return Err(wrong(format!(
                "`{attribute}` or its field `{}` is taken",
                Escaped(field)
            )));
        }
        fields.insert(known.path.to_string(), field.clone());
    }
    Ok(dialect)
}

/// What goes with every push.
pub(crate) fn settings(directory: &Directory) -> Settings {
    match directory {
        Directory::Officevibe(officevibe) => match &officevibe.form {
            OfficevibeForm::Officevibe { sync_manager, invite } => Settings {
                invite: Some(*invite == Invite::Send),
                manager: Some(sync_manager.clone()),
            },
            OfficevibeForm::Workleap { .. } => Settings::default(),
        },
        _ => Settings::default(),
    }
}

/// What it takes to read Officevibe, and to push to it.
pub(crate) fn connection(context: &Context, officevibe: &OfficevibeSettings) -> Result<Connection, Failure> {
    let origin = connect::origin(&officevibe.url)?;
    connect::check_origin(context, &origin)?;
    let token = connect::read_token(&context.root, &officevibe.token)?;
    let failed = |failure: wpsync::wire::Failure| Failure::error(failure.to_string());
    let headers = &context.dialect.headers;
    let reading = HttpTransport::new(origin.clone(), Some(&token), HttpLimits::default())
        .and_then(|one| one.with_headers(headers));
    let reading: Arc<dyn Transport> = Arc::new(reading.map_err(failed)?);
    let mut connection = Connection::new(reading, context.dialect.clone(), Arc::clone(&context.catalog));
    let Some(push) = &context.dialect.push else {
        return Ok(connection);
    };
    if let (OfficevibeForm::Workleap { key }, Some(header)) = (&officevibe.form, &push.key_header) {
        let key = connect::read_token(&context.root, key)?;
        let transport = HttpTransport::new(pushed_to(push)?, None, HttpLimits::default())
            .and_then(|one| one.with_headers(headers))
            .and_then(|one| one.with_key(header, &key));
        connection.pushing = Some(Arc::new(transport.map_err(failed)?));
    }
    let last = State::of(&context.root)
        .read_last_applied()?
        .filter(|last| last.directory == origin.as_str());
    connection.remembered = last
        .map(|last| remembered(&last, push, &context.catalog))
        .unwrap_or_default();
    Ok(connection)
}

/// Where a push goes that does not go to the address that is read. The configuration cannot say: its key
/// belongs there.
fn pushed_to(push: &PushForm) -> Result<Origin, Failure> {
    let named = std::env::var(WORKLEAP_ORIGIN)
        .ok()
        .filter(|value| !value.is_empty());
    let text = named.or_else(|| push.origin.clone()).unwrap_or_default();
    text.parse().map_err(|error: wpsync::client::OriginError| {
        Failure::with(Exit::Error, error.to_string()).hint(format!("see {WORKLEAP_ORIGIN}"))
    })
}

/// What was last sent of what cannot be read.
fn remembered(last: &LastApplied, push: &PushForm, catalog: &Catalog) -> Remembered {
    let ids: HashMap<&Key, &str> = last
        .resources
        .iter()
        .filter_map(|one| Some((&one.key, one.group_id()?)))
        .collect();
    let mut remembered = Remembered::default();
    for one in &last.resources {
        let attribute = |path: &str| {
            catalog
                .find(one.key.kind, path)
                .ok()
                .filter(|attribute| !push.tells(attribute))
                .map(|found| found.id)
        };
        let untold: Attributes = one
            .attributes
            .iter()
            .filter_map(|(path, value)| Some((attribute(path)?, value.clone()?)))
            .collect();
        let subgroup = |member: &Reference| {
            let key = member.key.as_ref().filter(|key| key.kind == Kind::Group)?;
            let id = member.id.as_deref().or_else(|| ids.get(key).copied())?;
            Some(Member {
                reference: Reference::to_id(id),
                kind: Some(Kind::Group),
            })
        };
        let subgroups = one.members.iter().flatten().filter_map(subgroup).collect();
        remembered.insert(one.key.clone(), untold, subgroups);
    }
    remembered
}
