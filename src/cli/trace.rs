//! `-v` and `--trace FILE`: writes down the library's events about requests, waits and decisions.
//!
//! stderr may end in a CI log. So it gets no bodies and no names: of a query, it shows only the names of the
//! parameters. With `--redact`, it does not show ids and changes either. The file has all events, one JSON
//! object per line. It holds people's data, so only its owner may read it.

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

/// The target of the library's events. Other libraries' events are left out, because they may show headers.
const TARGET: &str = "wpsync";
/// The parameters of a query whose values are numbers.
const COUNTS: [&str; 2] = ["count", "startIndex"];

/// Whether stderr shows people's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeopleVisibility {
    /// Ids, and the keys of changes.
    Shown,
    /// Nothing, as `--redact` asks.
    Hidden,
}

/// Starts to write down events, if the arguments ask for it.
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
        // This fails only if there is a subscriber already, and this function is called once.
        let _ = tracing::subscriber::set_global_default(Registry::default().with(scribe));
    }
    Ok(())
}

/// Creates a file. An old file is never overwritten, and no link is followed.
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

/// Writes a line to the process's stderr, which has one subscriber. A closed stderr is ignored.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The subscriber that writes events down.
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
        // The client numbers each write 1, because it sends a write once. The apply's attempt replaces this
        // number.
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

    /// The key of the change that the event is about, if it may be shown.
    fn change(&self, people: PeopleVisibility) -> Option<String> {
        let is_shown = people == PeopleVisibility::Shown && self.0.contains_key("change");
        is_shown.then(|| self.text("change"))
    }

    /// The line for stderr; `None` for an event that stderr does not show.
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

    /// The query without the values that may name people.
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
