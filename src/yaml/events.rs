//! The YAML event stream with places, and with wpsync's own limits on depth.
//!
//! A people file is read as events, not by a typed deserializer, because a deserializer drops what is needed
//! here: the exact text of `NO` and `0123`, whether a value was quoted, and the place of every key. Anchors,
//! aliases and tags are refused, because reviewers read a value where it is written. Nothing is expanded, so
//! a short text cannot become a large one.

use std::borrow::Cow;

use serde_saphyr::granit_parser::{
    ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span, StrInput,
};

use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};

/// The largest depth of nested lists and maps. People need four levels.
const DEEPEST: usize = 32;

/// The next part of the text, reduced to what wpsync's files may contain.
#[derive(Debug)]
pub(crate) enum YamlEvent<'text> {
    Scalar(Scalar<'text>),
    ListStart,
    ListEnd,
    MapStart,
    MapEnd,
    /// An alias, which has been reported.
    Refused,
    DocumentStart,
    DocumentEnd,
    End,
}

/// A scalar with its exact text.
#[derive(Clone, Debug)]
pub(crate) struct Scalar<'text> {
    /// The text after YAML's unquoting. For a plain scalar, exactly the text of the file.
    pub(crate) text: Cow<'text, str>,
    /// Plain or quoted.
    pub(crate) quoting: Quoting,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Without quotes.
    Plain,
    /// In quotes or as a block.
    Quoted,
}

impl Scalar<'_> {
    /// Whether the scalar means *no value*: an empty one, `~` or `null`, without quotes.
    pub(crate) fn is_null(&self) -> bool {
        self.quoting == Quoting::Plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}

/// The rest of the file cannot be read. The reason is in [`Events::problems`].
#[derive(Debug)]
pub(crate) struct YamlStop;

/// The events of one text.
pub(crate) struct Events<'text> {
    parser: Parser<'text, StrInput<'text>>,
    peeked: Option<(YamlEvent<'text>, Origin)>,
    depth: usize,
    file: FileId,
    /// The problems so far.
    pub(crate) problems: Diagnostics,
}

impl<'text> Events<'text> {
    pub(crate) fn new(file: FileId, text: &'text str) -> Self {
        let mut options = Options::default();
        options.disallow_directives = true;
        options.emit_unresolved_aliases = true;
        options.emit_anchor_events = true;
        options.set_emit_comments(false);
        options.flow_nesting_limit = DEEPEST;
        options.block_nesting_limit = DEEPEST;
        Self {
            parser: Parser::new_from_str_with_options(text, options),
            peeked: None,
            depth: 0,
            file,
            problems: Diagnostics::new(),
        }
    }

    pub(crate) fn peek(&mut self) -> Result<&(YamlEvent<'text>, Origin), YamlStop> {
        if self.peeked.is_none() {
            self.peeked = Some(self.read()?);
        }
        self.peeked.as_ref().ok_or(YamlStop)
    }

    pub(crate) fn next(&mut self) -> Result<(YamlEvent<'text>, Origin), YamlStop> {
        match self.peeked.take() {
            Some(found) => Ok(found),
            None => self.read(),
        }
    }

    /// Reports a problem that ends the reading of this file.
    pub(crate) fn stop(&mut self, problem: Diagnostic) -> YamlStop {
        self.problems.push(problem);
        YamlStop
    }

    fn read(&mut self) -> Result<(YamlEvent<'text>, Origin), YamlStop> {
        loop {
            let (event, span) = match self.parser.next_event() {
                Some(Ok(parsed)) => parsed,
                Some(Err(error)) => {
                    let origin = self.origin(error.marker());
                    return Err(self.syntax(&error, origin));
                }
                None => return Ok((YamlEvent::End, Origin::start_of(self.file))),
            };
            if let Some(event) = self.event(event, span)? {
                return Ok((event, self.origin(&span.start)));
            }
        }
    }

    fn syntax(&mut self, error: &ScanError, origin: Origin) -> YamlStop {
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(origin); // the parser looks ahead and may count a level before we do
        }
        let message = format!("this is not valid YAML: {}", error.info());
        let problem = Diagnostic::error("yaml-syntax", origin, message);
        let hint = "check the indentation, the quotes and the brackets here and on the line before";
        self.stop(problem.hint(hint))
    }

    /// The event of a parser's event. `None` for an event without a meaning here.
    fn event(&mut self, event: Event<'text>, span: Span) -> Result<Option<YamlEvent<'text>>, YamlStop> {
        let origin = self.origin(&span.start);
        Ok(Some(match event {
            Event::Anchor(..) => {
                self.refuse_anchor(origin);
                return Ok(None);
            }
            Event::StreamEnd => YamlEvent::End,
            Event::DocumentStart(..) => YamlEvent::DocumentStart,
            Event::DocumentEnd => YamlEvent::DocumentEnd,
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse_anchor(origin);
                YamlEvent::Refused
            }
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(tag.is_some().then_some(&span), origin);
                let quoting = if style == ScalarStyle::Plain {
                    Quoting::Plain
                } else {
                    Quoting::Quoted
                };
                YamlEvent::Scalar(Scalar { text, quoting })
            }
            Event::SequenceStart(_, _, tag) => {
                self.refuse_tag(tag.is_some().then_some(&span), origin);
                self.deeper(origin)?;
                YamlEvent::ListStart
            }
            Event::MappingStart(_, _, tag) => {
                self.refuse_tag(tag.is_some().then_some(&span), origin);
                self.deeper(origin)?;
                YamlEvent::MapStart
            }
            Event::SequenceEnd => self.shallower(YamlEvent::ListEnd),
            Event::MappingEnd => self.shallower(YamlEvent::MapEnd),
            _ => return Ok(None), // the start of the stream, and comments if another crate turns them on
        }))
    }

    fn refuse_anchor(&mut self, origin: Origin) {
        self.refuse(
            "yaml-anchor",
            origin,
            "anchors and aliases are not read",
            "write the value out where it is needed",
        );
    }

    fn deeper(&mut self, origin: Origin) -> Result<(), YamlStop> {
        self.depth += 1;
        if self.depth <= DEEPEST {
            Ok(())
        } else {
            Err(self.too_deep(origin))
        }
    }

    fn too_deep(&mut self, origin: Origin) -> YamlStop {
        let problem = Diagnostic::error(
            "yaml-depth",
            origin,
            format!("lists and maps stand more than {DEEPEST} levels deep"),
        );
        self.stop(problem.hint("people need four levels; check the brackets"))
    }

    fn shallower(&mut self, found: YamlEvent<'text>) -> YamlEvent<'text> {
        self.depth = self.depth.saturating_sub(1);
        found
    }

    fn refuse_tag(&mut self, tagged: Option<&Span>, origin: Origin) {
        if let Some(span) = tagged {
            let origin = span.tag_start().map_or(origin, |start| self.origin(&start));
            self.refuse(
                "yaml-tag",
                origin,
                "tags are not read",
                "leave the tag out; the schema decides the type of a value",
            );
        }
    }

    fn refuse(&mut self, code: &'static str, origin: Origin, message: &str, hint: &str) {
        self.problems
            .push(Diagnostic::error(code, origin, message).hint(hint));
    }

    fn origin(&self, marker: &Marker) -> Origin {
        Origin::new(self.file, marker.line().max(1), marker.col() + 1)
    }
}
