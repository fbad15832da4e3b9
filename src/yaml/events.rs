//! The YAML event stream with places and our own limits, so that no claim of a parser has to be believed.
//!
//! Events rather than a typed deserializer, because a people file needs what deserializers drop: the exact
//! text of `NO` and `0123`, whether a value was quoted, the place of every key, and every anchor, alias and
//! tag (all refused: a people file is read by reviewers, who see one value where it stands). Nothing is ever
//! expanded, so no text can grow.

use std::borrow::Cow;

use serde_saphyr::granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, Span, StrInput};

use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};

/// How deep lists and maps may stand in one another; people need four levels.
const DEEPEST: usize = 32;

/// What the parser found next, reduced to what files of ours may hold.
#[derive(Debug)]
pub(crate) enum Found<'text> {
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
    /// The text after YAML's own unquoting; for a plain scalar what stands in the file.
    pub(crate) text: Cow<'text, str>,
    /// Plain or quoted.
    pub(crate) style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In quotes or as a block.
    Quoted,
}

impl Scalar<'_> {
    /// Whether it says *no value*: nothing at all, `~` or `null`, without quotes.
    pub(crate) fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}

/// Reading of this file cannot go on; the reason has been reported.
#[derive(Debug)]
pub(crate) struct Stopped;

/// The events of one text.
pub(crate) struct Events<'text> {
    parser: Parser<'text, StrInput<'text>>,
    peeked: Option<(Found<'text>, Origin)>,
    depth: usize,
    file: FileId,
    /// What was found wrong on the way.
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

    pub(crate) fn peek(&mut self) -> Result<&(Found<'text>, Origin), Stopped> {
        if self.peeked.is_none() {
            self.peeked = Some(self.read()?);
        }
        self.peeked.as_ref().ok_or(Stopped)
    }

    pub(crate) fn next(&mut self) -> Result<(Found<'text>, Origin), Stopped> {
        match self.peeked.take() {
            Some(found) => Ok(found),
            None => self.read(),
        }
    }

    /// Reports a problem that ends the reading of this file.
    pub(crate) fn stop(&mut self, problem: Diagnostic) -> Stopped {
        self.problems.push(problem);
        Stopped
    }

    fn read(&mut self) -> Result<(Found<'text>, Origin), Stopped> {
        loop {
            let (event, span) = match self.parser.next_event() {
                Some(Ok(found)) => found,
                Some(Err(error)) => {
                    let origin = self.origin(error.marker());
                    if *error.kind() == ErrorKind::RecursionLimitExceeded {
                        return Err(self.too_deep(origin)); // it looks ahead and may count a level before we do
                    }
                    let problem = Diagnostic::error(
                        "yaml-syntax",
                        origin,
                        format!("this is not valid YAML: {}", error.info()),
                    );
                    return Err(self.stop(problem.hint(
                        "check the indentation, the quotes and the brackets here and on the line before",
                    )));
                }
                None => return Ok((Found::End, Origin::start_of(self.file))),
            };
            let origin = self.origin(&span.start);
            let found = match event {
                Event::Anchor(..) => {
                    self.refuse(
                        "yaml-anchor",
                        origin,
                        "anchors and aliases are not read",
                        "write the value out where it is needed",
                    );
                    continue;
                }
                Event::StreamEnd => Found::End,
                Event::DocumentStart(..) => Found::DocumentStart,
                Event::DocumentEnd => Found::DocumentEnd,
                Event::Alias(_) | Event::UnresolvedAlias(_) => {
                    self.refuse(
                        "yaml-anchor",
                        origin,
                        "anchors and aliases are not read",
                        "write the value out where it is needed",
                    );
                    Found::Refused
                }
                Event::Scalar(text, style, _, tag) => {
                    self.refuse_tag(tag.is_some().then_some(&span), origin);
                    let style = if style == ScalarStyle::Plain {
                        Style::Plain
                    } else {
                        Style::Quoted
                    };
                    Found::Scalar(Scalar { text, style })
                }
                Event::SequenceStart(_, _, tag) => {
                    self.refuse_tag(tag.is_some().then_some(&span), origin);
                    self.deeper(origin)?;
                    Found::ListStart
                }
                Event::MappingStart(_, _, tag) => {
                    self.refuse_tag(tag.is_some().then_some(&span), origin);
                    self.deeper(origin)?;
                    Found::MapStart
                }
                Event::SequenceEnd => self.shallower(Found::ListEnd),
                Event::MappingEnd => self.shallower(Found::MapEnd),
                _ => continue, // the start of the stream; comments, should another crate turn their events on
            };
            return Ok((found, origin));
        }
    }

    fn deeper(&mut self, origin: Origin) -> Result<(), Stopped> {
        self.depth += 1;
        if self.depth <= DEEPEST {
            Ok(())
        } else {
            Err(self.too_deep(origin))
        }
    }

    fn too_deep(&mut self, origin: Origin) -> Stopped {
        let problem = Diagnostic::error(
            "yaml-depth",
            origin,
            format!("lists and maps stand more than {DEEPEST} levels deep"),
        );
        self.stop(problem.hint("people need four levels; check the brackets"))
    }

    fn shallower(&mut self, found: Found<'text>) -> Found<'text> {
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
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Origin {
            file: self.file,
            line: narrow(marker.line().max(1)),
            column: narrow(marker.col() + 1),
        }
    }
}
