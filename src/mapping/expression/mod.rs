//! One CEL expression, compiled where it is read and run as often as there are people. This folder alone
//! knows the `cel` crate.
//!
//! Which fields an expression uses is known before it runs: every use of the variable must be a plain path
//! (`row.first`, `row["Last name"]`, `user.emails.work`), so that a name that does not exist is a problem of
//! the configuration, with its place. So are a function that does not exist, a wrong number of arguments and
//! an argument of a wrong type.

mod check;
mod entra;
mod environment;
mod fields;

use std::sync::Arc;

use cel::common::ast::operators::CONDITIONAL;
use cel::common::ast::{Expr, LiteralValue};
use cel::{Context, IdedExpr, Value};
use jiff::Timestamp;

use super::functions::Type;
use crate::diagnostics::{Diagnostic, Origin};
use environment::{ENVIRONMENT, Fields};
use fields::Wrong;

/// A text that may be an expression, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Written<'a> {
    pub(crate) text: &'a str,
    pub(crate) origin: Origin,
    /// How many characters stand between the origin and the expression: the opening quote.
    pub(crate) skip: u32,
}

/// The language of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// CEL.
    Cel,
    /// The language of Entra's attribute mappings: `[attribute]`, `=`, `<>`, arguments that are left out.
    Entra,
}

/// What an expression is compiled for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The one name that it may use.
    pub(crate) variable: &'static str,
    /// The instant of the plan, which `Now()` gives.
    pub(crate) now: Timestamp,
    /// What a field holds.
    pub(crate) type_of: &'a dyn Fn(&[String]) -> Type,
}

/// A compiled expression over one variable.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) origin: Origin,
    root: Arc<IdedExpr>,
    /// The paths that it uses, each once.
    pub(crate) fields: Vec<Vec<String>>,
    /// What it gives, as far as that is known before it runs.
    pub(crate) gives: Type,
}

/// A value that goes into an expression.
#[derive(Clone, Debug)]
pub(crate) enum Given<'a> {
    Text(&'a str),
    Boolean(bool),
    Integer(i64),
    List(Vec<String>),
}

/// A value that comes out of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Text(String),
    Boolean(bool),
    List(Vec<String>),
    /// A function found no value: nothing is asked for.
    Nothing,
    /// The expression says `null`: no value is asked for.
    Clear,
}

/// The longest expression.
const MOST_CHARACTERS: usize = 10_000;

impl Expression {
    /// Compiles an expression.
    pub(crate) fn compile(
        written: &Written<'_>,
        language: Language,
        scope: Scope<'_>,
    ) -> Result<Self, Diagnostic> {
        if written.text.chars().count() > MOST_CHARACTERS {
            let message = format!("this expression has more than {MOST_CHARACTERS} characters");
            return Err(Diagnostic::error("bad-expression", written.origin, message)
                .hint("split the work between two attributes"));
        }
        let at = |place: Option<usize>| located(written, place);
        let translated = match language {
            Language::Cel => None,
            Language::Entra => Some(entra::translate(written.text, scope.variable).map_err(
                |(place, message)| {
                    let hint = "write it as in Entra, as `Join(\" \", [givenName], [surname])`";
                    Diagnostic::error(
                        "bad-expression",
                        at(Some(place)),
                        format!("this is not an expression of Entra: {message}"),
                    )
                    .hint(hint)
                },
            )?),
        };
        let text = translated
            .as_ref()
            .map_or(written.text, |translated| &translated.text);
        let source_place = |place: usize| {
            translated
                .as_ref()
                .map_or(place, |translated| translated.place(place))
        };
        let program = ENVIRONMENT
            .compile(text)
            .map_err(|errors| syntax_problem(&errors, text, &|place| at(place.map(source_place))))?;
        let said = |wrong: Wrong| {
            let known = wrong.id.and_then(|id| program.source_info().offset_for(id));
            let place = known
                .and_then(|(start, _)| usize::try_from(start).ok())
                .map(|start| source_place(start.saturating_sub(wrong.before)));
            Diagnostic::error("bad-expression", at(place), wrong.message).hint(wrong.hint)
        };
        let checked = check::check(program.expression(), language, &scope).map_err(said)?;
        let (root, fields) = fields::resolve(program.expression(), language, &scope).map_err(said)?;
        Ok(Self {
            text: written.text.to_owned(),
            origin: written.origin,
            root: Arc::new(root),
            fields,
            gives: checked,
        })
    }

    /// The value of one field as it is, or nothing.
    pub(crate) fn field(name: &str, origin: Origin) -> Self {
        let path = vec![name.to_owned()];
        Self {
            text: name.to_owned(),
            origin,
            root: Arc::new(fields::lenient(0)),
            fields: vec![path],
            gives: Type::Any,
        }
    }

    /// Runs it over the values of its fields, in their order; a field without a value is absent, as `has()`
    /// sees it.
    pub(crate) fn run(&self, values: &[Option<Given<'_>>]) -> Result<Outcome, String> {
        let fields = Fields(values);
        let mut context = Context::with_env(ENVIRONMENT.clone());
        context.set_variable_resolver(&fields);
        let said = |error| environment::said(error, &self.fields);
        let mut root = &*self.root;
        // The branch that is taken tells a `null` that was written from a function that found nothing.
        while let Expr::Call(call) = &root.expr
            && call.func_name == CONDITIONAL
            && let [condition, one, other] = call.args.as_slice()
        {
            root = match Value::resolve(condition, &context).map_err(said)? {
                Value::Bool(true) => one,
                Value::Bool(false) => other,
                value => {
                    return Err(format!(
                        "the condition before `?` is a {}, neither true nor false",
                        value.type_of()
                    ));
                }
            };
        }
        if matches!(root.expr, Expr::Literal(LiteralValue::Null)) {
            return Ok(Outcome::Clear);
        }
        environment::outcome(Value::resolve_val(root, &context).map_err(said)?.as_ref())
    }
}

/// Where a character of an expression stands; the expression itself where that is not known or other lines
/// follow.
fn located(written: &Written<'_>, place: Option<usize>) -> Origin {
    let mut origin = written.origin;
    if let Some(place) = place.and_then(|place| u32::try_from(place).ok())
        && !written.text.contains('\n')
    {
        origin.column += written.skip + place;
    }
    origin
}

fn syntax_problem(errors: &cel::ParseErrors, text: &str, at: &dyn Fn(Option<usize>) -> Origin) -> Diagnostic {
    let first = errors.errors.first();
    let message = first.map_or("it is not an expression", |error| error.msg.as_str());
    let place = first
        .filter(|error| error.pos.0 == 1 && !text.contains('\n'))
        .and_then(|error| usize::try_from(error.pos.1 - 1).ok());
    Diagnostic::error(
        "bad-expression",
        at(place),
        format!("this is not a CEL expression: {message}"),
    )
    .hint("see https://cel.dev for the language; put the whole expression in single quotes")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::diagnostics::{FileId, Files};

    /// Compiles an expression over `row`.
    pub(crate) fn compile_in(language: Language, text: &str) -> Result<Expression, Diagnostic> {
        let file: FileId = Files::new().add("wpsync.yaml", "");
        let now = "2021-08-25T17:41:18Z".parse().expect("an instant");
        let scope = Scope {
            variable: "row",
            now,
            type_of: &|_| Type::Any,
        };
        Expression::compile(
            &Written {
                text,
                origin: Origin {
                    file,
                    line: 3,
                    column: 10,
                },
                skip: 1,
            },
            language,
            scope,
        )
    }

    fn compile(text: &str) -> Result<Expression, Diagnostic> {
        compile_in(Language::Cel, text)
    }

    #[test]
    fn an_expression_knows_its_fields_and_runs() {
        let expression =
            compile(r#"join(" ", [row.first, row["Last name"]]).lowerAscii()"#).expect("an expression");
        assert_eq!(
            expression.fields,
            [vec!["first".to_owned()], vec!["Last name".to_owned()]]
        );
        assert_eq!(
            expression.run(&[Some(Given::Text("Ada")), Some(Given::Text("L"))]),
            Ok(Outcome::Text("ada l".into()))
        );
        assert_eq!(
            expression.run(&[Some(Given::Text("")), Some(Given::Text("L"))]),
            Ok(Outcome::Text("l".into()))
        );
        let error = expression.run(&[None, None]).expect_err("no value");
        assert_eq!(error, "`first` has no value");
        let expression = compile("has(row.a.b) && row.a.b == 'x'").expect("an expression");
        assert_eq!(expression.fields, [vec!["a".to_owned(), "b".to_owned()]]);
        assert_eq!(expression.run(&[None]), Ok(Outcome::Boolean(false)));
        assert_eq!(
            expression.run(&[Some(Given::Text("x"))]),
            Ok(Outcome::Boolean(true))
        );
    }

    #[test]
    fn null_clears_where_it_is_written_and_a_function_without_a_value_says_nothing() {
        let run = |text: &str, value| compile(text).expect(text).run(&[value]);
        assert_eq!(run("has(row.a) ? row.a : null", None), Ok(Outcome::Clear));
        assert_eq!(
            run("has(row.a) ? Coalesce(row.a) : null", Some(Given::Text(""))),
            Ok(Outcome::Nothing)
        );
        assert_eq!(run("IIF(row.a == 'x', 'y', null)", None), Ok(Outcome::Nothing));
        assert_eq!(
            run("row.a.split(',').map(x, x + '!')", Some(Given::Text("a,b"))),
            Ok(Outcome::List(vec!["a!".into(), "b!".into()]))
        );
        assert_eq!(
            run("Split(row.a, ',').exists(x, x == 'b')", Some(Given::Text("a, b"))),
            Ok(Outcome::Boolean(true))
        );
    }

    #[test]
    fn mistakes_have_their_place() {
        let problem = compile("row.a +").expect_err("incomplete");
        assert_eq!(
            problem.origin.map(|origin| (origin.line, origin.column > 10)),
            Some((3, true))
        );
        for wrong in [
            "row",
            "other.a",
            "row.a == person.b",
            "[1].map(x, [2].map(y, x + y))",
            "[row].size() > 0",
            "row.a.b(row)",
        ] {
            assert!(compile(wrong).is_err(), "{wrong}");
        }
        assert!(compile("row.list.exists(x, x == 'a')").is_ok());
    }
}
