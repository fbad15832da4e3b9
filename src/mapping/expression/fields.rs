//! The fields and functions of an expression. Each field becomes a number, and so does each function of
//! [`FUNCTIONS`].
//!
//! Inside a function of [`FUNCTIONS`], a field that the row does not have is no value, and may be compared.
//! Elsewhere, in CEL proper, such a field is an error, which `has()` prevents.

use cel::IdedExpr;
use cel::common::ast::operators::{
    CONDITIONAL, EQUALS, GREATER, GREATER_EQUALS, INDEX, LESS, LESS_EQUALS, LOGICAL_AND, LOGICAL_NOT,
    LOGICAL_OR, NOT_EQUALS,
};
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue};
use cel::common::types::CelInt;

use super::environment::{CALL, NOTHING};
use super::written::{Language, Mistake, Scope};
use crate::mapping::functions::{Behaviour, FUNCTIONS, find, write_date};

/// What the use of a field without a value means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AbsentField {
    /// An error when the expression runs.
    Mistake,
    /// No value.
    Nothing,
}

struct Resolver<'a> {
    scope: &'a Scope<'a>,
    fields: Vec<Vec<String>>,
    /// The names that a macro binds.
    bound: Vec<String>,
}

/// An expression whose fields and functions are numbers.
pub(super) struct ResolvedExpression {
    pub(super) root: IdedExpr,
    /// The paths of the fields, by number.
    pub(super) fields: Vec<Vec<String>>,
}

/// Replaces the fields and functions of an expression with numbers.
///
/// # Errors
/// If the expression uses an unknown name, the variable as a whole, or a macro inside a macro.
pub(super) fn resolve(
    root: &IdedExpr,
    language: Language,
    scope: &Scope<'_>,
) -> Result<ResolvedExpression, Mistake> {
    let mut resolver = Resolver {
        scope,
        fields: Vec::new(),
        bound: Vec::new(),
    };
    let absent = if language == Language::Entra {
        AbsentField::Nothing
    } else {
        AbsentField::Mistake
    };
    let mut root = root.clone();
    resolver.walk(&mut root, absent)?;
    Ok(ResolvedExpression {
        root,
        fields: resolver.fields,
    })
}

/// The value of the field with this number, or no value.
pub(super) fn lenient(number: usize) -> IdedExpr {
    IdedExpr {
        id: 0,
        expr: Expr::Ident(format!("@n{number}")),
    }
}

impl Resolver<'_> {
    fn walk(&mut self, expression: &mut IdedExpr, absent: AbsentField) -> Result<(), Mistake> {
        let id = expression.id;
        if let Some(used) = field_use(expression, self.scope.variable) {
            let number = self.field(used.path, id)?;
            let kind = if used.is_presence_test {
                'h'
            } else if absent == AbsentField::Nothing {
                'n'
            } else {
                'f'
            };
            expression.expr = Expr::Ident(format!("@{kind}{number}"));
            return Ok(());
        }
        match &mut expression.expr {
            Expr::Call(_) => self.walk_call(expression, absent),
            Expr::Select(select) => self.walk(&mut select.operand, absent),
            Expr::List(list) => list
                .elements
                .iter_mut()
                .try_for_each(|element| self.walk(element, absent)),
            Expr::Map(map) => map
                .entries
                .iter_mut()
                .try_for_each(|entry| self.walk_entry(&mut entry.expr, absent)),
            Expr::Struct(made) => made
                .entries
                .iter_mut()
                .try_for_each(|entry| self.walk_entry(&mut entry.expr, absent)),
            Expr::Ident(name) if !self.bound.contains(name) => Err(Mistake {
                id: Some(id),
                before: 0,
                message: format!(
                    "`{name}` is not known here; the only name is `{}`",
                    self.scope.variable
                ),
                hint: self.hint(),
            }),
            Expr::Comprehension(_) => self.walk_macro(expression, absent),
            Expr::Literal(LiteralValue::Null) if absent == AbsentField::Nothing => {
                expression.expr = Expr::Ident(NOTHING.to_owned());
                Ok(())
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Ok(()),
        }
    }

    fn hint(&self) -> String {
        format!("write `{0}.name` or `{0}[\"name\"]`", self.scope.variable)
    }

    /// The number of the field with this path.
    fn field(&mut self, path: Vec<String>, id: u64) -> Result<usize, Mistake> {
        if path.is_empty() {
            let message = format!(
                "`{}` as a whole cannot be used, only its fields",
                self.scope.variable
            );
            return Err(Mistake {
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

    fn walk_call(&mut self, expression: &mut IdedExpr, absent: AbsentField) -> Result<(), Mistake> {
        let id = expression.id;
        let Expr::Call(call) = &mut expression.expr else {
            return Ok(());
        };
        if let Some(target) = &mut call.target {
            self.walk(target, absent)?;
            return call
                .args
                .iter_mut()
                .try_for_each(|argument| self.walk(argument, absent));
        }
        match find(&call.func_name).map(|number| (number, FUNCTIONS[number].behaviour)) {
            Some((_, Behaviour::Now)) => {
                expression.expr = Expr::Literal(LiteralValue::String(write_date(self.scope.now).into()));
                Ok(())
            }
            Some((_, Behaviour::Conditional)) => {
                self.walk_condition(&mut call.args[0])?;
                call.args[1..]
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, AbsentField::Nothing))?;
                CONDITIONAL.clone_into(&mut call.func_name);
                Ok(())
            }
            Some((number, _)) => {
                call.args
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, AbsentField::Nothing))?;
                call.args.insert(0, literal(number, id));
                CALL.clone_into(&mut call.func_name);
                Ok(())
            }
            None if absent == AbsentField::Nothing && is_logic(&call.func_name) => {
                self.walk_condition(expression)
            }
            None => {
                call.args
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, absent))?;
                if absent == AbsentField::Nothing {
                    compare_leniently(call, id);
                }
                Ok(())
            }
        }
    }

    /// Converts a condition inside a function to a boolean.
    fn walk_condition(&mut self, expression: &mut IdedExpr) -> Result<(), Mistake> {
        if let Expr::Call(call) = &mut expression.expr
            && call.target.is_none()
            && is_logic(&call.func_name)
        {
            if call.func_name == CONDITIONAL {
                self.walk_condition(&mut call.args[0])?;
                return call.args[1..]
                    .iter_mut()
                    .try_for_each(|argument| self.walk(argument, AbsentField::Nothing));
            }
            return call
                .args
                .iter_mut()
                .try_for_each(|argument| self.walk_condition(argument));
        }
        self.walk(expression, AbsentField::Nothing)?;
        let (id, inner) = (expression.id, std::mem::take(expression));
        *expression = table_call("@holds", vec![inner], id);
        Ok(())
    }

    fn walk_macro(&mut self, expression: &mut IdedExpr, absent: AbsentField) -> Result<(), Mistake> {
        let id = expression.id;
        let Expr::Comprehension(made) = &mut expression.expr else {
            return Ok(());
        };
        if !self.bound.is_empty() {
            let message = "a list macro inside another is not allowed: it could run for very long".to_owned();
            return Err(Mistake {
                id: Some(id),
                before: 0,
                message,
                hint: "join the lists first, or compute one of the two in the source".to_owned(),
            });
        }
        self.walk(&mut made.iter_range, absent)?;
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
            .try_for_each(|part| self.walk(part, AbsentField::Mistake));
        self.bound.clear();
        walked
    }

    fn walk_entry(&mut self, entry: &mut EntryExpr, absent: AbsentField) -> Result<(), Mistake> {
        match entry {
            EntryExpr::StructField(field) => self.walk(&mut field.value, absent),
            EntryExpr::MapEntry(entry) => {
                self.walk(&mut entry.key, absent)?;
                self.walk(&mut entry.value, absent)
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

/// A call of a function of [`FUNCTIONS`].
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

/// Rewrites a comparison so that its operands may have no value.
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

/// A use of a field of the variable.
pub(super) struct FieldUse {
    /// `row.a["b"]` has the path `a`, `b`.
    pub(super) path: Vec<String>,
    /// Whether the field is used in `has()`.
    pub(super) is_presence_test: bool,
}

/// The field that an expression uses; `None` if the expression is not the use of a field.
pub(super) fn field_use(expression: &IdedExpr, variable: &str) -> Option<FieldUse> {
    let inner = |operand: &IdedExpr, field: &str| {
        let mut path = field_use(operand, variable)?.path;
        path.push(field.to_owned());
        Some(FieldUse {
            path,
            is_presence_test: false,
        })
    };
    match &expression.expr {
        Expr::Ident(name) => (name == variable).then(|| FieldUse {
            path: Vec::new(),
            is_presence_test: false,
        }),
        Expr::Select(select) => inner(&select.operand, &select.field).map(|used| FieldUse {
            is_presence_test: select.test,
            ..used
        }),
        Expr::Call(call) if call.func_name == INDEX => {
            let [operand, index] = call.args.as_slice() else {
                return None;
            };
            let Expr::Literal(LiteralValue::String(name)) = &index.expr else {
                return None;
            };
            inner(operand, name.inner())
        }
        _ => None,
    }
}
