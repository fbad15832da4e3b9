//! CEL expressions. An expression is compiled when the configuration is read and runs once for every person
//! or group. Only this folder knows the `cel` crate.
//!
//! The fields that an expression uses are known before it runs, because every use of the variable must be a
//! plain path (`row.first`, `row["Last name"]`, `user.emails.work`). An unknown field, an unknown function, a
//! wrong number of arguments and an argument of a wrong type are therefore problems of the configuration,
//! each with its place.

mod cel_functions;
mod check;
mod entra;
mod environment;
mod fields;
mod types;
mod value;
mod written;

pub use value::ExpressionError;
pub(crate) use value::{ExpressionOutcome, FieldValue};
pub(crate) use written::{ExpressionText, Language, Scope};

use std::sync::Arc;

use cel::common::ast::operators::CONDITIONAL;
use cel::common::ast::{Expr, LiteralValue};
use cel::{Context, IdedExpr, Value};

use super::functions::Type;
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem};
use environment::{ENVIRONMENT, FieldValues};
use fields::ResolvedExpression;
use written::Mistake;

/// A compiled expression over one variable.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) origin: Origin,
    root: Arc<IdedExpr>,
    /// The paths of the fields that the expression uses, each once.
    pub(crate) fields: Vec<Vec<String>>,
    /// The type of its value, as far as that is known before it runs.
    pub(crate) gives: Type,
}

/// The longest expression, in characters.
const MOST_CHARACTERS: usize = 10_000;

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first mistake, with its place: more than 10,000 characters, a text that is not in the language, an
    /// unknown name, or a wrong number or type of arguments.
    pub(crate) fn compile(
        written: &ExpressionText<'_>,
        language: Language,
        scope: Scope<'_>,
    ) -> Result<Self, Diagnostic> {
        if written.text.chars().count() > MOST_CHARACTERS {
            let message = format!("this expression has more than {MOST_CHARACTERS} characters");
            return Err(Diagnostic::error("bad-expression", written.origin, message)
                .hint("split the work between two attributes"));
        }
        let translated = match language {
            Language::Cel => None,
            Language::Entra => Some(
                entra::translate(written.text, scope.variable)
                    .map_err(|error| not_entra(&error).at(written.place(Some(error.place))))?,
            ),
        };
        let text = translated.as_ref().map_or(written.text, |cel| &cel.text);
        let source_place = |place: usize| translated.as_ref().map_or(place, |cel| cel.place(place));
        let program = ENVIRONMENT.compile(text).map_err(|errors| {
            let (place, problem) = syntax_problem(&errors, text);
            problem.at(written.place(place.map(source_place)))
        })?;
        let located = |mistake: Mistake| {
            let offset = mistake.id.and_then(|id| program.source_info().offset_for(id));
            let place = offset
                .and_then(|(start, _)| usize::try_from(start).ok())
                .map(|start| source_place(start.saturating_sub(mistake.before)));
            UnplacedProblem::new("bad-expression", mistake.message, mistake.hint).at(written.place(place))
        };
        let gives = check::check(program.expression(), language, &scope).map_err(located)?;
        let ResolvedExpression { root, fields } =
            fields::resolve(program.expression(), language, &scope).map_err(located)?;
        Ok(Self {
            text: written.text.to_owned(),
            origin: written.origin,
            root: Arc::new(root),
            fields,
            gives,
        })
    }

    /// An expression that gives the value of a field, or nothing.
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

    /// Runs the expression on the values of its fields, in the order of `fields`. A field without a value is
    /// absent to `has()`.
    ///
    /// # Errors
    /// If the expression uses a field without a value, if a function fails, or if the result is not a value
    /// that an attribute can have.
    pub(crate) fn run(
        &self,
        values: &[Option<FieldValue<'_>>],
    ) -> Result<ExpressionOutcome, ExpressionError> {
        let fields = FieldValues(values);
        let mut context = Context::with_env(ENVIRONMENT.clone());
        context.set_variable_resolver(&fields);
        let failed = |error| environment::failed(error, &self.fields);
        let mut root = &*self.root;
        // Only the branch that is taken shows whether the expression has a written `null` or a function found
        // no value.
        while let Expr::Call(call) = &root.expr
            && call.func_name == CONDITIONAL
            && let [condition, if_true, if_false] = call.args.as_slice()
        {
            root = match Value::resolve(condition, &context).map_err(failed)? {
                Value::Bool(true) => if_true,
                Value::Bool(false) => if_false,
                value => return Err(ExpressionError::Condition(value.type_of().to_string())),
            };
        }
        if matches!(root.expr, Expr::Literal(LiteralValue::Null)) {
            return Ok(ExpressionOutcome::Clear);
        }
        environment::outcome(Value::resolve_val(root, &context).map_err(failed)?.as_ref())
    }
}

fn not_entra(error: &entra::EntraError) -> UnplacedProblem {
    UnplacedProblem::new(
        "bad-expression",
        format!("this is not an expression of Entra: {error}"),
        "write it as in Entra, as `Join(\" \", [givenName], [surname])`",
    )
}

/// The first problem of a text that is not CEL, and its place if that is known.
fn syntax_problem(errors: &cel::ParseErrors, text: &str) -> (Option<usize>, UnplacedProblem) {
    let first = errors.errors.first();
    let message = first.map_or("it is not an expression", |error| error.msg.as_str());
    let place = first
        .filter(|error| error.pos.0 == 1 && !text.contains('\n'))
        .and_then(|error| usize::try_from(error.pos.1 - 1).ok());
    let problem = UnplacedProblem::new(
        "bad-expression",
        format!("this is not a CEL expression: {message}"),
        "see https://cel.dev for the language; put the whole expression in single quotes",
    );
    (place, problem)
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
            &ExpressionText {
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
            expression.run(&[Some(FieldValue::Text("Ada")), Some(FieldValue::Text("L"))]),
            Ok(ExpressionOutcome::Text("ada l".into()))
        );
        assert_eq!(
            expression.run(&[Some(FieldValue::Text("")), Some(FieldValue::Text("L"))]),
            Ok(ExpressionOutcome::Text("l".into()))
        );
        let error = expression.run(&[None, None]).expect_err("no value");
        assert_eq!(error.to_string(), "`first` has no value");
        let expression = compile("has(row.a.b) && row.a.b == 'x'").expect("an expression");
        assert_eq!(expression.fields, [vec!["a".to_owned(), "b".to_owned()]]);
        assert_eq!(expression.run(&[None]), Ok(ExpressionOutcome::Boolean(false)));
        assert_eq!(
            expression.run(&[Some(FieldValue::Text("x"))]),
            Ok(ExpressionOutcome::Boolean(true))
        );
    }

    #[test]
    fn null_clears_where_it_is_written_and_a_function_without_a_value_says_nothing() {
        let run = |text: &str, value| compile(text).expect(text).run(&[value]);
        assert_eq!(
            run("has(row.a) ? row.a : null", None),
            Ok(ExpressionOutcome::Clear)
        );
        assert_eq!(
            run("has(row.a) ? Coalesce(row.a) : null", Some(FieldValue::Text(""))),
            Ok(ExpressionOutcome::Nothing)
        );
        assert_eq!(
            run("IIF(row.a == 'x', 'y', null)", None),
            Ok(ExpressionOutcome::Nothing)
        );
        assert_eq!(
            run("row.a.split(',').map(x, x + '!')", Some(FieldValue::Text("a,b"))),
            Ok(ExpressionOutcome::List(vec!["a!".into(), "b!".into()]))
        );
        assert_eq!(
            run(
                "Split(row.a, ',').exists(x, x == 'b')",
                Some(FieldValue::Text("a, b"))
            ),
            Ok(ExpressionOutcome::Boolean(true))
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
