//! The directories that are read: the embedded one over its file, and pages that were recorded beforehand and
//! are answered from memory, so that no service's work is in the figures.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};
use tempfile::TempDir;
use wpsync::client::DirectoryAddress;
use wpsync::client::InProcessTransport;
use wpsync::client::transport::Transport;
use wpsync::model::Kind as Resource;
use wpsync::sandbox::{Durability, Identifiers, Service, ServiceOptions};

use crate::Failure;
use crate::organisation::{Organisation, Person, manager, team_scim};

/// Which directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    Embedded,
    Pages,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Embedded => "embedded",
            Self::Pages => "pages",
        })
    }
}

/// A directory that holds an organisation.
pub struct Directory {
    pub kind: Kind,
    folder: TempDir,
    /// Opened only while this process reads it: the file is locked.
    service: Mutex<Option<Service>>,
    pages: Option<(Router, u16)>,
}

const FILE: &str = "directory.db";
const PAGE: usize = 1_000;
/// The shipped dialect with pages of a thousand.
const DIALECT: &str = "name: recorded\npage_size: 1000\npaging: index\nmembers_per_request: 1000\n\
    versions: honoured\n\
    lookup:\n  users: [userName, externalId]\n  groups: [displayName, externalId]\nmax_concurrency: 8\n";

/// Makes a directory.
pub async fn open(kind: Kind, organisation: Organisation) -> Result<Directory, Failure> {
    let folder = tempfile::tempdir()?;
    let pages = match kind {
        Kind::Embedded => {
            let path = folder.path().join(FILE);
            tokio::task::spawn_blocking(move || load(&path, organisation)).await??;
            None
        }
        Kind::Pages => {
            let router = recorded(organisation);
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
            let port = listener.local_addr()?.port();
            let served = router.clone();
            tokio::spawn(async move { axum::serve(listener, served).await });
            Some((router, port))
        }
    };
    Ok(Directory {
        kind,
        folder,
        service: Mutex::new(None),
        pages,
    })
}

impl Directory {
    /// Puts what a project needs into its folder; gives the section of its configuration.
    pub fn configure(&self, project: &Path) -> Result<String, Failure> {
        let Some((_, port)) = &self.pages else {
            std::fs::copy(self.file(), project.join(FILE))?;
            return Ok(format!("directory: {{ local: {FILE} }}\n"));
        };
        std::fs::write(project.join("recorded.yaml"), DIALECT)?;
        Ok(format!(
            "directory:\n  scim: http://127.0.0.1:{port}\n  dialect: recorded.yaml\n  \
             token: {{ env: WPSYNC_BENCH_TOKEN }}\n"
        ))
    }

    /// A line to it in this process, without a network.
    pub fn line(&self) -> Result<Arc<dyn Transport>, Failure> {
        let router = if let Some((router, _)) = &self.pages {
            router.clone()
        } else {
            let service = Service::open(&self.file())?;
            let router = service.router();
            *self.service.lock().unwrap_or_else(PoisonError::into_inner) = Some(service);
            router
        };
        Ok(Arc::new(InProcessTransport::new(
            DirectoryAddress::local(FILE),
            router,
        )))
    }

    /// Closes the file.
    pub fn release(&self) {
        self.service.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }
}

/// Fills a directory file, level by level, since a manager's id must be known.
fn load(path: &Path, organisation: Organisation) -> Result<(), Failure> {
    let options = ServiceOptions {
        identifiers: Identifiers::seeded(7),
        durability: Durability::Eventual,
        ..ServiceOptions::default()
    };
    let service = Service::open_with(path, options)?;
    let mut ids: Vec<String> = Vec::with_capacity(organisation.people as usize);
    for level in organisation.levels() {
        let leader = |number: u32| manager(number).map(|leader| ids[leader as usize].clone());
        let managers: Vec<Option<String>> = level.clone().map(leader).collect();
        let bodies = level
            .zip(managers)
            .map(|(number, manager)| Person::new(number).scim(manager.as_deref()));
        ids.extend(service.load(Resource::User, bodies)?);
    }
    let ids = Arc::new(ids);
    let teams = (0..organisation.teams()).map(move |team| {
        let members = organisation
            .members(team)
            .map(|number| json!({ "value": ids[number as usize] }));
        team_scim(team, members)
    });
    service.load(Resource::Group, teams)?;
    Ok(())
}

/// Pages of both kinds, ready to be sent.
fn recorded(organisation: Organisation) -> Router {
    let users = pages(organisation.people, |number| {
        let manager = manager(number).map(id);
        enveloped("User", number, Person::new(number).scim(manager.as_deref()))
    });
    let groups = pages(organisation.teams(), |team| {
        let member = |number: u32| {
            let id = id(number);
            json!({
                "value": id, "$ref": format!("https://scim.example.com/v2/Users/{id}"), "type": "User",
                "display": Person::new(number).display_name(),
            })
        };
        enveloped(
            "Group",
            team,
            team_scim(team, organisation.members(team).map(member)),
        )
    });
    Router::new()
        .merge(list("/Users", users))
        .merge(list("/Groups", groups))
}

fn id(number: u32) -> String {
    format!("2819c223-7f76-453a-919d-{number:012}")
}

fn enveloped(kind: &str, number: u32, mut resource: Value) -> Value {
    let id = id(number);
    resource["meta"] = json!({
        "resourceType": kind,
        "created": "2024-01-23T04:56:22Z",
        "lastModified": "2026-05-13T04:42:34Z",
        "version": format!("W/\"{number:08x}\""),
        "location": format!("https://scim.example.com/v2/{kind}s/{id}"),
    });
    resource["id"] = id.into();
    resource
}

/// All pages of a list, and the empty one past its end.
fn pages(total: u32, resource: impl Fn(u32) -> Value) -> Vec<Bytes> {
    let page = |start: u32| {
        let end = total.min(start.saturating_add(u32::try_from(PAGE).unwrap_or(u32::MAX)));
        let rows: Vec<_> = (start..end).map(&resource).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "itemsPerPage": rows.len(),
            "startIndex": start + 1,
            "Resources": rows,
        });
        Bytes::from(body.to_string())
    };
    (0..total).step_by(PAGE).map(page).chain([page(total)]).collect()
}

/// A list that is answered page by page.
fn list(path: &str, pages: Vec<Bytes>) -> Router {
    let pages = Arc::new(pages);
    Router::new().route(
        path,
        get(move |RawQuery(query): RawQuery| async move { page(&pages, &query.unwrap_or_default()) }),
    )
}

fn page(pages: &[Bytes], query: &str) -> impl IntoResponse + use<> {
    let start = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("startIndex="))
        .and_then(|start| start.parse::<usize>().ok());
    let at = (start.unwrap_or(1) - 1).div_ceil(PAGE).min(pages.len() - 1);
    ([(CONTENT_TYPE, "application/scim+json")], pages[at].clone())
}
