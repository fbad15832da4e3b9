//! What an expression uses of its variable, and the expression with its fields and functions resolved: paths
//! become numbers, calls of the table become calls by number.
//!
//! Inside a function of the table a field that the row does not have is nothing, and comparing with nothing
//! is no mistake; in CEL proper it is one, which `has()` prevents.

use cel::IdedExpr;
use cel::common::ast::operators::{
    CONDITIONAL, EQUALS, GREATER, GREATER_EQUALS, INDEX, LESS, LESS_EQUALS, LOGICAL_AND, LOGICAL_NOT,
    LOGICAL_OR, NOT_EQUALS,
};
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue};
use cel::common::types::CelInt;

use super::environment::{CALL, NOTHING};
use super::{Language, Scope};
use crate::mapping::functions::{FUNCTIONS, Run, find, write_date};

/// Something wrong with a part of an expression.
pub(super) struct Wrong {
    /// The part.
    pub(super) id: Option<u64>,
    /// How many characters it begins before the place that is known of it: a call is known by its bracket.
    pub(super) before: usize,
    pub(super) message: String,
    pub(super) hint: String,
}

/// How a field without a value is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As a mistake.
    Strict,
    /// As nothing.
    Lenient,
}

struct Resolver<'a> {
    scope: &'a Scope<'a>,
    fields: Vec<Vec<String>>,
    /// Names that a macro has bound.
    bound: Vec<String>,
}

/// Resolves an expression; gives it with the paths that it uses.
pub(super) fn resolve(
    root: &IdedExpr,
    language: Language,
    scope: &Scope<'_>,
) -> Result<(IdedExpr, Vec<Vec<String>>), Wrong> {
    let mut resolver = Resolver {
        scope,
        fields: Vec::new(),
        bound: Vec::new(),
    };
    let way = if language == Language::Entra {
        Way::Lenient
    } else {
        Way::Strict
    };
    let mut root = root.clone();
    resolver.walk(&mut root, way)?;
    Ok((root, resolver.fields))
}

/// The field of a number, where it may be nothing.
pub(super) fn lenient(number: usize) -> IdedExpr {
    IdedExpr {
        id: 0,
        expr: Expr::Ident(format!("@n{number}")),
    }
}

impl Resolver<'_> {
    fn walk(&mut self, expression: &mut IdedExpr, way: Way) -> Result<(), Wrong> {
        let id = expression.id;
        if let Some((path, is_test)) = path(expression, self.scope.variable) {
            let number = self.field(path, id)?;
            let kind = if is_test {
                'h'
            } else if way == Way::Lenient {
                'n'
            } else {
                'f'
            };
            expression.expr = Expr::Ident(format!("@{kind}{number}"));
            return Ok(());
        }
        match &mut expression.expr {
            Expr::Call(_) => self.walk_call(expression, way),
            Expr::Select(select) => self.walk(&mut select.operand, way),
            Expr::List(list) => list
                .elements
                .iter_mut()
                .try_for_each(|element| self.walk(element, way)),
            Expr::Map(map) => map
                .entries
                .iter_mut()
                .try_for_each(|entry| self.walk_entry(&mut entry.expr, way)),
            Expr::Struct(made) => made
                .entries
                .iter_mut()
                .try_for_each(|entry| self.walk_entry(&mut entry.expr, way)),
            Expr::Ident(name) if !self.bound.contains(name) => Err(Wrong {
                id: Some(id),
                before: 0,
                message: format!(
                    "`{name}` is not known here; the only name is `{}`",
                    self.scope.variable
                ),
                hint: self.hint(),
            }),
            Expr::Comprehension(_) => self.walk_macro(expression, way),
            Expr::Literal(LiteralValue::Null) if way == Way::Lenient => {
                expression.expr = Expr::Ident(NOTHING.to_owned());
                Ok(())
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Ok(()),
        }
    }

    fn hint(&self) -> String {
        format!("write `{0}.name` or `{0}[\"name\"]`", self.scope.variable)
    }

    /// The number of a path.
    fn field(&mut self, path: Vec<String>, id: u64) -> Result<usize, Wrong> {
        if path.is_empty() {
            let message = format!(
                "`{}` as a whole cannot be used, only its fields",
                self.scope.variable
            );
            return Err(Wrong {
                id: Some(id),
                before: 0,
                message,
                hint: self.hint(),
            });
        }
        Ok(self
            .fields
            .iter()
            .position(|known| *known == path)
            .unwrap_or_else(|| {
                self.fields.push(path);
                self.fields.len() - 1
            }))
    }

    fn walk_call(&mut self, expression: &mut IdedExpr, way: Way) -> Result<(), Wrong> {
        let id = expression.id;
        let Expr::Call(call) = &mut expression.expr else {
            return Ok(());
        };
        if let Some(target) = &mut call.target {
            self.walk(target, way)?;
            return call
                .args
                .iter_mut()
                .try_for_each(|argument| self.walk(argument, way));
        }
        match find(&call.func_name).map(|number| (number, FUNCTIONS[number].run)) {
            Some((_, Run::Now)) => {
                expression.expr = Expr::Literal(LiteralValue::String(write_date(self.scope.now).into()));
                Ok(())
            }
            Some((_, Run::Conditional)) => {
                self.walk_condition(&mut call.args[0])?;
                call.args[1..]
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, Way::Lenient))?;
                CONDITIONAL.clone_into(&mut call.func_name);
                Ok(())
            }
            Some((number, _)) => {
                call.args
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, Way::Lenient))?;
                call.args.insert(0, literal(number, id));
                CALL.clone_into(&mut call.func_name);
                Ok(())
            }
            None if way == Way::Lenient && is_logic(&call.func_name) => self.walk_condition(expression),
            None => {
                call.args
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, way))?;
                if way == Way::Lenient {
                    compare_leniently(call, id);
                }
                Ok(())
            }
        }
    }

    /// A condition inside a function: what is not a boolean is made one.
    fn walk_condition(&mut self, expression: &mut IdedExpr) -> Result<(), Wrong> {
        if let Expr::Call(call) = &mut expression.expr
            && call.target.is_none()
            && is_logic(&call.func_name)
        {
            if call.func_name == CONDITIONAL {
                self.walk_condition(&mut call.args[0])?;
                return call.args[1..]
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, Way::Lenient));
            }
            return call
                .args
                .iter_mut()
                .try_for_each(|argument| self.walk_condition(argument));
        }
        self.walk(expression, Way::Lenient)?;
        let (id, inner) = (expression.id, std::mem::take(expression));
        *expression = table_call("@holds", vec![inner], id);
        Ok(())
    }

    fn walk_macro(&mut self, expression: &mut IdedExpr, way: Way) -> Result<(), Wrong> {
        let id = expression.id;
        let Expr::Comprehension(made) = &mut expression.expr else {
            return Ok(());
        };
        if !self.bound.is_empty() {
            let message = "a list macro inside another is not allowed: it could run for very long".to_owned();
            return Err(Wrong {
                id: Some(id),
                before: 0,
                message,
                hint: "join the lists first, or compute one of the two in the source".to_owned(),
            });
        }
        self.walk(&mut made.iter_range, way)?;
        self.bound = vec![made.iter_var.clone(), made.accu_var.clone()];
        self.bound.extend(made.iter_var2.clone());
        let parts = [
            &mut made.accu_init,
            &mut made.loop_cond,
            &mut made.loop_step,
            &mut made.result,
        ];
        let walked = parts
            .into_iter()
            .try_for_each(|part| self.walk(part, Way::Strict));
        self.bound.clear();
        walked
    }

    fn walk_entry(&mut self, entry: &mut EntryExpr, way: Way) -> Result<(), Wrong> {
        match entry {
            EntryExpr::StructField(field) => self.walk(&mut field.value, way),
            EntryExpr::MapEntry(entry) => {
                self.walk(&mut entry.key, way)?;
                self.walk(&mut entry.value, way)
            }
        }
    }
}

fn is_logic(name: &str) -> bool {
    [LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT, CONDITIONAL].contains(&name)
}

fn literal(number: usize, id: u64) -> IdedExpr {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    IdedExpr {
        id,
        expr: Expr::Literal(LiteralValue::Int(CelInt::from(number))),
    }
}

/// A call of a row that has a name which nobody can write.
fn table_call(name: &str, mut arguments: Vec<IdedExpr>, id: u64) -> IdedExpr {
    arguments.insert(0, literal(find(name).unwrap_or(usize::MAX), id));
    IdedExpr {
        id,
        expr: Expr::Call(CallExpr {
            func_name: CALL.to_owned(),
            target: None,
            args: arguments,
        }),
    }
}

/// Makes a comparison one that takes nothing for a value.
fn compare_leniently(call: &mut CallExpr, id: u64) {
    let name = match call.func_name.as_str() {
        EQUALS | NOT_EQUALS => "@equal",
        GREATER => "@greater",
        GREATER_EQUALS => "@greater_or_equal",
        LESS => "@less",
        LESS_EQUALS => "@less_or_equal",
        _ => return,
    };
    let is_negated = call.func_name == NOT_EQUALS;
    let made = table_call(name, std::mem::take(&mut call.args), id);
    if is_negated {
        *call = CallExpr {
            func_name: LOGICAL_NOT.to_owned(),
            target: None,
            args: vec![made],
        };
    } else if let Expr::Call(made) = made.expr {
        *call = made;
    }
}

/// The path of a use of the variable (`row.a["b"]` is `a`, `b`), and whether it is asked for with `has()`.
pub(super) fn path(expression: &IdedExpr, variable: &str) -> Option<(Vec<String>, bool)> {
    match &expression.expr {
        Expr::Ident(name) => (name == variable).then(|| (Vec::new(), false)),
        Expr::Select(select) => {
            let (mut path, _) = path(&select.operand, variable)?;
            path.push(select.field.clone());
            Some((path, select.test))
        }
        Expr::Call(call) if call.func_name == INDEX => {
            let [operand, index] = call.args.as_slice() else {
                return None;
            };
            let Expr::Literal(LiteralValue::String(name)) = &index.expr else {
                return None;
            };
            let (mut path, _) = path(operand, variable)?;
            path.push(name.inner().to_owned());
            Some((path, false))
        }
        _ => None,
    }
}
