//! `-v` and `--trace FILE`: what the library tells of its requests, waits and decisions, written down.
//!
//! stderr may end in a CI log, so no body goes there, and no name: of a query, only the names of its
//! parameters are shown. With `--redact`, ids and changes are not shown either. The file has everything that
//! is told, a JSON object a line; it holds people's data, so only its owner may read it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value as Json;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};
use wpsync::escape::Escaped;
use wpsync::operation::Problem;

use super::global_args::GlobalArgs;
use super::result::Result;

/// The target of the library's events. Those of other libraries are not asked for: they may tell of headers.
const TARGET: &str = "wpsync";
/// The parameters of a query whose values are numbers.
const COUNTS: [&str; 2] = ["count", "startIndex"];

/// What of people is shown on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeopleVisibility {
    /// Ids, and the keys of changes.
    Shown,
    /// Nothing, as `--redact` asks.
    Hidden,
}

/// Begins to write down what is asked for, if anything.
pub(crate) fn start(global: &GlobalArgs, here: &Path, people: PeopleVisibility) -> Result<()> {
    let folder = here.join(&global.folder);
    let file = global.trace.as_ref().map(|path| create(&folder.join(path)));
    let stderr = (global.verbose && !global.quiet).then_some(people);
    let scribe = Scribe {
        stderr,
        file: file.transpose()?.map(Mutex::new),
        has_failed: AtomicBool::new(false),
    };
    if scribe.most() > LevelFilter::OFF {
        // It fails only where there is a subscriber already, and this is called once.
        let _ = tracing::subscriber::set_global_default(Registry::default().with(scribe));
    }
    Ok(())
}

/// A new file: an old one is never written over, and no link is followed.
fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        let path = path.display().to_string();
        let message = format!(
            "cannot write the trace {}: {error}; nothing was sent",
            Escaped(&path)
        );
        Problem::error(message)
            .caused_by(error)
            .hint("--trace names a new file, in a folder that is there")
    })
}

/// A line on the process's stderr, which has one subscriber. Nobody may be listening any more.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes events down.
struct Scribe {
    stderr: Option<PeopleVisibility>,
    file: Option<Mutex<File>>,
    has_failed: AtomicBool,
}

/// The fields of an event or a span.
#[derive(Clone, Debug, Default, Serialize)]
struct EventFields(BTreeMap<&'static str, Json>);

/// A line of the file.
#[derive(Serialize)]
struct Line<'l> {
    time: String,
    event: &'l str,
    #[serde(flatten)]
    fields: &'l EventFields,
}

impl Scribe {
    fn most(&self) -> LevelFilter {
        match (&self.file, self.stderr) {
            (Some(_), _) => LevelFilter::TRACE,
            (None, Some(_)) => LevelFilter::DEBUG,
            (None, None) => LevelFilter::OFF,
        }
    }

    fn write(&self, file: &Mutex<File>, line: &Line<'_>) {
        let text = serde_json::to_string(line).unwrap_or_default() + "\n";
        let written = file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(text.as_bytes());
        if let Err(error) = written
            && !self.has_failed.swap(true, Ordering::Relaxed)
        {
            tell(&format!("warning: the trace is not complete: {error}"));
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Scribe {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == TARGET && *metadata.level() <= self.most()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = EventFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = EventFields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            if let Some(of_span) = span.extensions().get::<EventFields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        let of_write = fields.0.get("attempt").cloned();
        event.record(&mut fields);
        // A write is sent once by the client: how often it was tried, the apply counts.
        if let Some(attempt) = of_write {
            fields.0.insert("attempt", attempt);
        }
        let name = event.metadata().name();
        if let Some(file) = &self.file {
            let time = jiff::Timestamp::now().to_string();
            let fields = &fields;
            self.write(
                file,
                &Line {
                    time,
                    event: name,
                    fields,
                },
            );
        }
        if let Some(people) = self.stderr
            && *event.metadata().level() <= LevelFilter::DEBUG
            && let Some(line) = fields.line(name, people)
        {
            tell(&line);
        }
    }
}

impl Visit for EventFields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").into());
    }
}

impl EventFields {
    /// A field as text that is safe to show.
    fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            None => String::new(),
            Some(Json::String(text)) => Escaped(text).to_string(),
            Some(value) => value.to_string(),
        }
    }

    /// The change that it is about.
    fn change(&self, people: PeopleVisibility) -> Option<String> {
        let is_shown = people == PeopleVisibility::Shown && self.0.contains_key("change");
        is_shown.then(|| self.text("change"))
    }

    /// The line on stderr; none where nothing may be shown.
    fn line(&self, event: &str, people: PeopleVisibility) -> Option<String> {
        let ms = self.text("ms");
        let line = match event {
            "request" => self.request(people),
            "wait" => format!("waited {ms} ms: {}", self.text("reason")),
            "repeat" => format!(
                "attempt {} in {ms} ms: {}",
                self.text("attempt"),
                self.text("reason")
            ),
            "decision" => match self.text("what") {
                what if what.is_empty() => self.text("decision"),
                what => format!("{}: {what}", self.text("decision")),
            },
            "outcome" => self.text("outcome"),
            "stop" => "nothing more is sent".to_owned(),
            _ => return None,
        };
        Some(match self.change(people) {
            Some(change) => format!("{change}: {line}"),
            None => line,
        })
    }

    fn request(&self, people: PeopleVisibility) -> String {
        let path = self.text("path");
        let path = match (people, path.match_indices('/').nth(1)) {
            (PeopleVisibility::Hidden, Some((at, _))) => format!("{}/…", &path[..at]),
            _ => path,
        };
        let answer = if self.0.contains_key("status") {
            self.text("status")
        } else {
            self.text("failure")
        };
        let attempt = match self.text("attempt") {
            first if first == "1" => String::new(),
            later => format!(" (attempt {later})"),
        };
        let (method, query, ms) = (self.text("method"), self.query(), self.text("ms"));
        format!("{method} {path}{query}: {answer} in {ms} ms{attempt}")
    }

    /// The query without what may name people.
    fn query(&self) -> String {
        let query = self.text("query");
        if query.is_empty() {
            return query;
        }
        let shown: Vec<String> = query
            .split('&')
            .map(|part| match part.split_once('=') {
                Some((name, _)) if !COUNTS.contains(&name) => format!("{name}=…"),
                _ => part.to_owned(),
            })
            .collect();
        format!("?{}", shown.join("&"))
    }
}
