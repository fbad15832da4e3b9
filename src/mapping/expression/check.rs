//! Finds the mistakes of an expression before it runs: unknown functions, wrong numbers and types of
//! arguments, and words that a function does not know.

use cel::IdedExpr;
use cel::common::ast::operators::{
    ADD, CONDITIONAL, DIVIDE, EQUALS, GREATER, GREATER_EQUALS, IN, LESS, LESS_EQUALS, LOGICAL_AND,
    LOGICAL_NOT, LOGICAL_OR, MODULO, MULTIPLY, NOT_EQUALS, SUBSTRACT,
};
use cel::common::ast::{CallExpr, Expr, LiteralValue};

use super::cel_functions::{CEL, CelFunction};
use super::fields::field_use;
use super::types::{alike, article, check_argument, check_literal, fits, is_name, mistake};
use super::written::{Language, Mistake, Scope};
use crate::diagnostics::suggest;
use crate::mapping::functions::{Behaviour, FUNCTIONS, Type, find, names};

struct Checker<'a> {
    scope: &'a Scope<'a>,
    language: Language,
}

/// Checks an expression and returns the type of its value, as far as that is known.
pub(super) fn check(root: &IdedExpr, language: Language, scope: &Scope<'_>) -> Result<Type, Mistake> {
    Checker { scope, language }.infer(root)
}

impl Checker<'_> {
    fn infer(&self, expression: &IdedExpr) -> Result<Type, Mistake> {
        if let Some(used) = field_use(expression, self.scope.variable) {
            return Ok(if used.is_presence_test {
                Type::Boolean
            } else {
                (self.scope.type_of)(&used.path)
            });
        }
        match &expression.expr {
            Expr::Literal(literal) => Ok(match literal {
                LiteralValue::Boolean(_) => Type::Boolean,
                LiteralValue::Int(_) => Type::Integer,
                LiteralValue::String(_) => Type::Text,
                _ => Type::Any,
            }),
            Expr::List(list) => list
                .elements
                .iter()
                .try_for_each(|element| self.infer(element).map(|_| ()))
                .map(|()| Type::List),
            Expr::Call(call)
                if call.target.is_none()
                    && find(&call.func_name).is_some_and(|at| !FUNCTIONS[at].name.starts_with('@')) =>
            {
                self.infer_table_call(expression, call)
            }
            Expr::Call(call) => self.infer_call(expression, call),
            Expr::Select(select) => self.infer(&select.operand).map(|_| Type::Any),
            Expr::Comprehension(made) => {
                self.infer(&made.iter_range)?;
                [&made.accu_init, &made.loop_cond, &made.loop_step, &made.result]
                    .into_iter()
                    .try_for_each(|part| self.infer(part).map(|_| ()))?;
                let is_boolean = matches!(&made.accu_init.expr, Expr::Literal(LiteralValue::Boolean(_)));
                Ok(if is_boolean { Type::Boolean } else { Type::Any })
            }
            Expr::Ident(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Ok(Type::Any),
        }
    }

    /// The type of a call of a function of [`FUNCTIONS`].
    fn infer_table_call(&self, expression: &IdedExpr, call: &CallExpr) -> Result<Type, Mistake> {
        let Some(function) = find(&call.func_name).map(|at| &FUNCTIONS[at]) else {
            return Ok(Type::Any);
        };
        if let Behaviour::Refused { why, instead } = function.behaviour {
            return Err(mistake(
                expression,
                format!("`{}` cannot be had here: {why}", function.name),
                instead,
            ));
        }
        if !function.takes_count(call.args.len()) {
            let message = format!("`{}` cannot take {}", function.name, arguments(call.args.len()));
            return Err(mistake(
                expression,
                message,
                format!("write it as `{}`", function.shown()),
            ));
        }
        let mut given = Type::Any;
        for (at, argument) in call.args.iter().enumerate() {
            let Some(parameter) = function.parameter(at) else {
                continue;
            };
            given = self.infer(argument)?;
            if function.is_conditional() && at == 0 {
                continue;
            }
            check_argument(function, parameter, argument, given)?;
        }
        Ok(if function.gives == Type::Any && call.args.len() == 1 {
            given
        } else {
            function.gives
        })
    }

    /// The type of a call of an operator, a function or a method of CEL.
    fn infer_call(&self, expression: &IdedExpr, call: &CallExpr) -> Result<Type, Mistake> {
        let types: Vec<Type> = call
            .args
            .iter()
            .map(|argument| self.infer(argument))
            .collect::<Result<_, _>>()?;
        if let Some(operator) = self.operator(expression, call, &types)? {
            return Ok(operator);
        }
        let target = call
            .target
            .as_deref()
            .map(|target| self.infer(target))
            .transpose()?;
        if !is_name(&call.func_name) {
            return Ok(Type::Any); // an operator that takes anything
        }
        let form = match target {
            Some(_) => CallForm::Method,
            None => CallForm::Function,
        };
        let Some(function) = form.functions().find(|function| function.name == call.func_name) else {
            return Err(unknown(expression, &call.func_name, form));
        };
        if !function.arguments.contains(&call.args.len()) {
            return Err(mistake(
                expression,
                format!("`{}` cannot take {}", function.name, arguments(call.args.len())),
                "see https://cel.dev",
            ));
        }
        if let (Some(wanted), Some(found)) = (function.on, target)
            && !fits(wanted, found, self.language)
        {
            let (wanted, found) = (article(wanted), article(found));
            return Err(mistake(
                expression,
                format!("`{}` is for {wanted}, and this is {found}", function.name),
                "see https://cel.dev for what each type can do",
            ));
        }
        check_cel_arguments(function, &call.args, &types)?;
        Ok(function.gives)
    }

    /// The type of an operator's value; `None` for a call that is not an operator, and for an operator that
    /// takes anything.
    fn operator(
        &self,
        expression: &IdedExpr,
        call: &CallExpr,
        types: &[Type],
    ) -> Result<Option<Type>, Mistake> {
        let strict = self.language == Language::Cel;
        match (call.func_name.as_str(), types) {
            (EQUALS | NOT_EQUALS | IN, _) => Ok(Some(Type::Boolean)),
            (LOGICAL_AND | LOGICAL_OR | LOGICAL_NOT, _) => {
                let found = types
                    .iter()
                    .zip(&call.args)
                    .find(|(found, _)| matches!(found, Type::Integer | Type::List));
                match found {
                    Some((found, argument)) => Err(mistake(
                        argument,
                        format!("a condition cannot be {}", article(*found)),
                        "compare it, as `row.a == \"x\"`",
                    )),
                    None => Ok(Some(Type::Boolean)),
                }
            }
            (LESS | LESS_EQUALS | GREATER | GREATER_EQUALS, [left, right]) => {
                if strict && !alike(*left, *right) {
                    let message = format!("{} and {} cannot be compared", article(*left), article(*right));
                    return Err(mistake(
                        expression,
                        message,
                        "turn one of the two into the other's type, as with `int(…)`",
                    ));
                }
                Ok(Some(Type::Boolean))
            }
            (CONDITIONAL, [condition, if_true, if_false]) => {
                if matches!(condition, Type::Integer | Type::List) {
                    return Err(mistake(
                        &call.args[0],
                        format!("a condition cannot be {}", article(*condition)),
                        "compare it",
                    ));
                }
                Ok(Some(if if_true == if_false { *if_true } else { Type::Any }))
            }
            (ADD | SUBSTRACT | MULTIPLY | DIVIDE | MODULO, [left, right]) => {
                if !alike(*left, *right) {
                    let message = format!(
                        "{} and {} cannot be put together",
                        article(*left),
                        article(*right)
                    );
                    return Err(mistake(
                        expression,
                        message,
                        "turn one of the two into the other's type, as with `string(…)`",
                    ));
                }
                Ok(Some(if *left == Type::Any { *right } else { *left }))
            }
            _ => Ok(None),
        }
    }
}

/// Checks the arguments of a function of CEL.
fn check_cel_arguments(
    function: &CelFunction,
    arguments: &[IdedExpr],
    types: &[Type],
) -> Result<(), Mistake> {
    for (argument, found) in arguments.iter().zip(types) {
        if !fits(function.takes, *found, Language::Cel) {
            let (wanted, found) = (article(function.takes), article(*found));
            return Err(mistake(
                argument,
                format!("`{}` takes {wanted}, and this is {found}", function.name),
                "write a text in quotes, a number without",
            ));
        }
        if function.takes == Type::Pattern {
            check_literal(Type::Pattern, argument)?;
        }
    }
    Ok(())
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CallForm {
    /// `size(row.a)`
    Function,
    /// `row.a.size()`
    Method,
}

impl CallForm {
    /// CEL's functions of this form.
    fn functions(self) -> impl Iterator<Item = &'static CelFunction> {
        CEL.iter()
            .filter(move |function| function.on.is_some() == (self == Self::Method))
    }
}

fn unknown(expression: &IdedExpr, name: &str, form: CallForm) -> Mistake {
    let of_cel = form.functions().map(|function| function.name);
    let known: Vec<_> = match form {
        CallForm::Method => of_cel.collect(),
        CallForm::Function => of_cel.chain(names()).collect(),
    };
    // A name that differs only in case is the best suggestion.
    let same = names()
        .find(|known| known.eq_ignore_ascii_case(name))
        .or_else(|| {
            known
                .iter()
                .copied()
                .find(|known| known.eq_ignore_ascii_case(name))
        });
    let hint = match same {
        Some(same) => format!("did you mean `{same}`? upper and lower case differ"),
        None => suggest::instead(name, &known),
    };
    mistake(expression, format!("there is no function `{name}`"), hint)
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}
