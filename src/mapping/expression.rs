//! One CEL expression, compiled where it is read and run as often as there are people. This file alone knows the `cel` crate.
//!
//! Which fields an expression uses is known before it runs: every use of the variable must be a plain path (`row.first`,
//! `row["Last name"]`, `user.emails.work`), so that a name that does not exist is a problem of the configuration, with its place.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::common::ast::operators::INDEX;
use cel::common::ast::{EntryExpr, Expr, LiteralValue};
use cel::common::types::{CelString, LIST_TYPE, STRING_TYPE};
use cel::common::value::CowVal;
use cel::objects::{Key, Map};
use cel::{Context, Env, ExecutionError, IdedExpr, Program};

use crate::diagnostics::{Diagnostic, Origin};

/// A text that may be an expression, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Written<'a> {
    pub(crate) text: &'a str,
    pub(crate) origin: Origin,
    /// How many characters stand between the origin and the expression: the opening quote.
    pub(crate) skip: u32,
}

/// A compiled expression over one variable.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) origin: Origin,
    variable: &'static str,
    program: Arc<Program>,
    /// The paths that it uses, each once.
    pub(crate) fields: Vec<Vec<String>>,
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
    Nothing,
}

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    // The names are new to the standard library, so that declaring them cannot fail; a test runs each.
    let _ = environment.add_extension(cel::extensions::strings);
    let _ = environment.add_overload("join", "join_string_list", vec![STRING_TYPE, LIST_TYPE], join);
    Arc::new(environment)
});

/// `join(" ", [row.first, row.last])`: the texts of a list with a separator between them; empty ones are left out.
#[expect(clippy::needless_pass_by_value, reason = "the environment takes functions of this shape")]
fn join<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let wrong = || ExecutionError::function_error("join", "it takes a text and a list of texts");
    let [separator, list] = arguments.as_slice() else { return Err(wrong()) };
    let separator = separator.as_ref().downcast_ref::<CelString<'_>>().ok_or_else(wrong)?.inner().to_owned();
    let mut items = list.as_ref().as_iterable().ok_or_else(wrong)?.iter();
    let mut texts = Vec::new();
    while let Some(item) = items.next() {
        let text = item.downcast_ref::<CelString<'_>>().ok_or_else(wrong)?.inner().to_owned();
        if !text.is_empty() {
            texts.push(text);
        }
    }
    Ok(CowVal::owned(CelString::from(texts.join(&separator))))
}

impl Expression {
    /// Compiles an expression over a variable.
    pub(crate) fn compile(written: &Written<'_>, variable: &'static str) -> Result<Self, Diagnostic> {
        let program = ENVIRONMENT.compile(written.text).map_err(|errors| syntax_problem(&errors, written))?;
        let mut uses = Uses { variable, fields: Vec::new(), bound: Vec::new(), problem: None };
        uses.walk(program.expression());
        if let Some(message) = uses.problem {
            let hint = format!("write `{variable}.name` or `{variable}[\"name\"]`");
            return Err(Diagnostic::error("bad-expression", written.origin, message).hint(hint));
        }
        let fields = uses.fields;
        Ok(Self { text: written.text.to_owned(), origin: written.origin, variable, program: Arc::new(program), fields })
    }

    /// Runs it over the values of its fields, in their order; a field without a value is absent, as `has()` sees it.
    pub(crate) fn run(&self, values: &[Option<Given<'_>>]) -> Result<Outcome, String> {
        let mut root = Branch::default();
        for (path, value) in self.fields.iter().zip(values) {
            if let Some(value) = value {
                root.insert(path, to_cel(value));
            }
        }
        let mut context = Context::with_env(ENVIRONMENT.clone());
        context.add_variable_from_value(self.variable, root.into_map());
        match self.program.execute(&context) {
            Ok(value) => outcome(&value),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A map of maps while it is filled.
#[derive(Default)]
struct Branch {
    value: Option<cel::Value>,
    below: HashMap<String, Branch>,
}

impl Branch {
    fn insert(&mut self, path: &[String], value: cel::Value) {
        match path {
            [] => self.value = Some(value),
            [first, rest @ ..] => self.below.entry(first.clone()).or_default().insert(rest, value),
        }
    }

    fn into_map(self) -> cel::Value {
        match self.value {
            Some(value) if self.below.is_empty() => value,
            _ => {
                let below = self.below.into_iter().map(|(name, branch)| (Key::String(Arc::new(name)), branch.into_map()));
                cel::Value::Map(Map { map: Arc::new(below.collect()) })
            }
        }
    }
}

fn to_cel(value: &Given<'_>) -> cel::Value {
    match value {
        Given::Text(text) => cel::Value::String(Arc::new((*text).to_owned())),
        Given::Boolean(value) => cel::Value::Bool(*value),
        Given::Integer(value) => cel::Value::Int(*value),
        Given::List(texts) => cel::Value::List(Arc::new(texts.iter().map(|text| cel::Value::String(Arc::new(text.clone()))).collect())),
    }
}

fn outcome(value: &cel::Value) -> Result<Outcome, String> {
    let text = |value: &cel::Value| match value {
        cel::Value::String(text) => Some(text.to_string()),
        cel::Value::Int(number) => Some(number.to_string()),
        cel::Value::UInt(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        cel::Value::Bool(value) => Ok(Outcome::Boolean(*value)),
        cel::Value::Null => Ok(Outcome::Nothing),
        cel::Value::List(values) => values
            .iter()
            .map(text)
            .collect::<Option<_>>()
            .map(Outcome::List)
            .ok_or_else(|| "it gives a list of something other than texts".to_owned()),
        value => text(value).map(Outcome::Text).ok_or_else(|| format!("it gives a {}", value.type_of())),
    }
}

fn syntax_problem(errors: &cel::ParseErrors, written: &Written<'_>) -> Diagnostic {
    let first = errors.errors.first();
    let message = first.map_or("it is not an expression", |error| error.msg.as_str());
    let mut origin = written.origin;
    if let Some((1, column)) = first.map(|error| error.pos)
        && let Ok(column) = u32::try_from(column)
        && !written.text.contains('\n')
    {
        origin.column += written.skip + column.saturating_sub(1);
    }
    Diagnostic::error("bad-expression", origin, format!("this is not a CEL expression: {message}"))
        .hint("see https://cel.dev for the language; put the whole expression in single quotes")
}

/// Collects the uses of the variable.
struct Uses {
    variable: &'static str,
    fields: Vec<Vec<String>>,
    /// Names that a macro has bound.
    bound: Vec<String>,
    problem: Option<String>,
}

impl Uses {
    fn walk(&mut self, expression: &IdedExpr) {
        if let Some(path) = self.path(expression) {
            if path.is_empty() {
                self.problem = Some(format!("`{}` as a whole cannot be used, only its fields", self.variable));
            } else if !self.fields.contains(&path) {
                self.fields.push(path);
            }
            return;
        }
        match &expression.expr {
            Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).for_each(|part| self.walk(part)),
            Expr::Select(select) => self.walk(&select.operand),
            Expr::List(list) => list.elements.iter().for_each(|element| self.walk(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.walk_entry(&entry.expr)),
            Expr::Struct(made) => made.entries.iter().for_each(|entry| self.walk_entry(&entry.expr)),
            Expr::Ident(name) if !self.bound.contains(name) => {
                self.problem = Some(format!("`{name}` is not known here; the only name is `{}`", self.variable));
            }
            Expr::Comprehension(macro_call) => {
                if !self.bound.is_empty() {
                    self.problem = Some("a list macro inside another is not allowed: it could run for very long".to_owned());
                    return;
                }
                self.walk(&macro_call.iter_range);
                self.bound = vec![macro_call.iter_var.clone(), macro_call.accu_var.clone()];
                self.bound.extend(macro_call.iter_var2.clone());
                for part in [&macro_call.accu_init, &macro_call.loop_cond, &macro_call.loop_step, &macro_call.result] {
                    self.walk(part);
                }
                self.bound.clear();
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn walk_entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.walk(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.walk(&entry.key);
                self.walk(&entry.value);
            }
        }
    }

    /// The path of a use of the variable: `row.a["b"]` is `a`, `b`.
    fn path(&self, expression: &IdedExpr) -> Option<Vec<String>> {
        match &expression.expr {
            Expr::Ident(name) => (name == self.variable).then(Vec::new),
            Expr::Select(select) => {
                let mut path = self.path(&select.operand)?;
                path.push(select.field.clone());
                Some(path)
            }
            Expr::Call(call) if call.func_name == INDEX => {
                let [operand, index] = call.args.as_slice() else { return None };
                let Expr::Literal(LiteralValue::String(name)) = &index.expr else { return None };
                let mut path = self.path(operand)?;
                path.push(name.inner().to_owned());
                Some(path)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{FileId, Files};

    fn compile(text: &str) -> Result<Expression, Diagnostic> {
        let file: FileId = Files::new().add("wpsync.yaml", "");
        Expression::compile(&Written { text, origin: Origin { file, line: 3, column: 10 }, skip: 1 }, "row")
    }

    #[test]
    fn an_expression_knows_its_fields_and_runs() {
        let expression = compile(r#"join(" ", [row.first, row["Last name"]]).lowerAscii()"#).expect("an expression");
        assert_eq!(expression.fields, [vec!["first".to_owned()], vec!["Last name".to_owned()]]);
        assert_eq!(expression.run(&[Some(Given::Text("Ada")), Some(Given::Text("L"))]), Ok(Outcome::Text("ada l".into())));
        assert_eq!(expression.run(&[Some(Given::Text("")), Some(Given::Text("L"))]), Ok(Outcome::Text("l".into())));
        assert!(expression.run(&[None, None]).is_err());
        let expression = compile("has(row.a.b) && row.a.b == 'x'").expect("an expression");
        assert_eq!(expression.fields, [vec!["a".to_owned(), "b".to_owned()]]);
    }

    #[test]
    fn mistakes_have_their_place() {
        let problem = compile("row.a +").expect_err("incomplete");
        assert_eq!(problem.origin.map(|origin| (origin.line, origin.column > 10)), Some((3, true)));
        for wrong in ["row", "other.a", "row.a == person.b", "[1].map(x, [2].map(y, x + y))", "[row].size() > 0"] {
            assert!(compile(wrong).is_err(), "{wrong}");
        }
        assert!(compile("row.list.exists(x, x == 'a')").is_ok());
    }
}
