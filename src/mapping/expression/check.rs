//! What is wrong with an expression before it runs: functions that do not exist, wrong numbers of arguments,
//! wrong types, words and forms that a function does not know.

use cel::IdedExpr;
use cel::common::ast::operators::{
    ADD, CONDITIONAL, DIVIDE, EQUALS, GREATER, GREATER_EQUALS, IN, LESS, LESS_EQUALS, LOGICAL_AND,
    LOGICAL_NOT, LOGICAL_OR, MODULO, MULTIPLY, NOT_EQUALS, SUBSTRACT,
};
use cel::common::ast::{CallExpr, Expr, LiteralValue};

use super::fields::{Wrong, path};
use super::{Language, Scope};
use crate::diagnostics::suggest;
use crate::mapping::functions::{
    DateFormat, FUNCTIONS, Function, INTERVALS, Run, Type, find, names, pattern,
};

/// A function of CEL: its name, the arguments that it may have besides the value it is called on, what it
/// takes and gives.
struct Known {
    name: &'static str,
    /// The type of the value before the point; none for a function that stands alone.
    on: Option<Type>,
    counts: (usize, usize),
    takes: Type,
    gives: Type,
}

const fn alone(name: &'static str, counts: (usize, usize), takes: Type, gives: Type) -> Known {
    Known {
        name,
        on: None,
        counts,
        takes,
        gives,
    }
}

const fn on(name: &'static str, on: Type, counts: (usize, usize), takes: Type, gives: Type) -> Known {
    Known {
        name,
        on: Some(on),
        counts,
        takes,
        gives,
    }
}

const CEL: [Known; 30] = [
    alone("size", (1, 1), Type::Any, Type::Integer),
    alone("int", (1, 1), Type::Any, Type::Integer),
    alone("uint", (1, 1), Type::Any, Type::Any),
    alone("double", (1, 1), Type::Any, Type::Any),
    alone("string", (1, 1), Type::Any, Type::Text),
    alone("bool", (1, 1), Type::Any, Type::Boolean),
    alone("bytes", (1, 1), Type::Any, Type::Any),
    alone("dyn", (1, 1), Type::Any, Type::Any),
    alone("type", (1, 1), Type::Any, Type::Any),
    alone("matches", (2, 2), Type::Text, Type::Boolean),
    alone("join", (2, 2), Type::Any, Type::Text),
    on("size", Type::Any, (0, 0), Type::Any, Type::Integer),
    on("contains", Type::Text, (1, 1), Type::Text, Type::Boolean),
    on("startsWith", Type::Text, (1, 1), Type::Text, Type::Boolean),
    on("endsWith", Type::Text, (1, 1), Type::Text, Type::Boolean),
    on("matches", Type::Text, (1, 1), Type::Pattern, Type::Boolean),
    on("charAt", Type::Text, (1, 1), Type::Integer, Type::Text),
    on("indexOf", Type::Text, (1, 2), Type::Any, Type::Integer),
    on("lastIndexOf", Type::Text, (1, 2), Type::Any, Type::Integer),
    on("join", Type::List, (0, 1), Type::Text, Type::Text),
    on("lowerAscii", Type::Text, (0, 0), Type::Any, Type::Text),
    on("upperAscii", Type::Text, (0, 0), Type::Any, Type::Text),
    on("replace", Type::Text, (2, 3), Type::Any, Type::Text),
    on("split", Type::Text, (1, 2), Type::Any, Type::List),
    on("substring", Type::Text, (1, 2), Type::Integer, Type::Text),
    on("trim", Type::Text, (0, 0), Type::Any, Type::Text),
    on("reverse", Type::Text, (0, 0), Type::Any, Type::Text),
    on("format", Type::Text, (1, 1), Type::List, Type::Text),
    on("has", Type::Any, (1, 1), Type::Any, Type::Boolean),
    on("exists", Type::Any, (2, 2), Type::Any, Type::Boolean),
];

struct Checker<'a> {
    scope: &'a Scope<'a>,
    language: Language,
}

/// Checks an expression; gives the type of what it gives, as far as that is known.
pub(super) fn check(root: &IdedExpr, language: Language, scope: &Scope<'_>) -> Result<Type, Wrong> {
    Checker { scope, language }.infer(root)
}

fn wrong(expression: &IdedExpr, message: impl Into<String>, hint: impl Into<String>) -> Wrong {
    let before = match &expression.expr {
        Expr::Call(call) if is_name(&call.func_name) => call.func_name.chars().count(),
        _ => 0,
    };
    Wrong {
        id: Some(expression.id),
        before,
        message: message.into(),
        hint: hint.into(),
    }
}

impl Checker<'_> {
    fn infer(&self, expression: &IdedExpr) -> Result<Type, Wrong> {
        if let Some((path, is_test)) = path(expression, self.scope.variable) {
            return Ok(if is_test {
                Type::Boolean
            } else {
                (self.scope.type_of)(&path)
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

    /// A call of one of our functions.
    fn infer_table_call(&self, expression: &IdedExpr, call: &CallExpr) -> Result<Type, Wrong> {
        let Some(function) = find(&call.func_name).map(|at| &FUNCTIONS[at]) else {
            return Ok(Type::Any);
        };
        if let Run::Refused(why, instead) = function.run {
            return Err(wrong(
                expression,
                format!("`{}` cannot be had here: {why}", function.name),
                instead,
            ));
        }
        if !function.takes_so_many(call.args.len()) {
            let message = format!("`{}` cannot take {}", function.name, arguments(call.args.len()));
            return Err(wrong(
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
            if function.run_is_conditional() && at == 0 {
                continue;
            }
            check_argument(function, parameter.name, parameter.takes, argument, given)?;
        }
        Ok(if function.gives == Type::Any && call.args.len() == 1 {
            given
        } else {
            function.gives
        })
    }

    /// A call of CEL's own: an operator, a function, a method.
    fn infer_call(&self, expression: &IdedExpr, call: &CallExpr) -> Result<Type, Wrong> {
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
        let of_name = |known: &&Known| known.name == call.func_name && known.on.is_some() == target.is_some();
        let Some(known) = CEL.iter().find(of_name) else {
            return Err(unknown(expression, call, target.is_some()));
        };
        if !(known.counts.0..=known.counts.1).contains(&call.args.len()) {
            return Err(wrong(
                expression,
                format!("`{}` cannot take {}", known.name, arguments(call.args.len())),
                "see https://cel.dev",
            ));
        }
        if let (Some(wanted), Some(found)) = (known.on, target)
            && !fits(wanted, found, self.language)
        {
            let message = format!(
                "`{}` is for {}, and this is {}",
                known.name,
                article(wanted),
                article(found)
            );
            return Err(wrong(
                expression,
                message,
                "see https://cel.dev for what each type can do",
            ));
        }
        for (argument, found) in call.args.iter().zip(types) {
            if !fits(known.takes, found, Language::Cel) {
                let message = format!(
                    "`{}` takes {}, and this is {}",
                    known.name,
                    article(known.takes),
                    article(found)
                );
                return Err(wrong(
                    argument,
                    message,
                    "write a text in quotes, a number without",
                ));
            }
            if known.takes == Type::Pattern {
                check_literal(Type::Pattern, argument)?;
            }
        }
        Ok(known.gives)
    }

    /// What an operator gives; none where it is not one that is checked.
    fn operator(
        &self,
        expression: &IdedExpr,
        call: &CallExpr,
        types: &[Type],
    ) -> Result<Option<Type>, Wrong> {
        let strict = self.language == Language::Cel;
        match (call.func_name.as_str(), types) {
            (EQUALS | NOT_EQUALS | IN, _) => Ok(Some(Type::Boolean)),
            (LOGICAL_AND | LOGICAL_OR | LOGICAL_NOT, _) => {
                let found = types
                    .iter()
                    .zip(&call.args)
                    .find(|(found, _)| matches!(found, Type::Integer | Type::List));
                match found {
                    Some((found, argument)) => Err(wrong(
                        argument,
                        format!("a condition cannot be {}", article(*found)),
                        "compare it, as `row.a == \"x\"`",
                    )),
                    None => Ok(Some(Type::Boolean)),
                }
            }
            (LESS | LESS_EQUALS | GREATER | GREATER_EQUALS, [one, other]) => {
                if strict && !alike(*one, *other) {
                    let message = format!("{} and {} cannot be compared", article(*one), article(*other));
                    return Err(wrong(
                        expression,
                        message,
                        "turn one of the two into the other's type, as with `int(…)`",
                    ));
                }
                Ok(Some(Type::Boolean))
            }
            (CONDITIONAL, [condition, one, other]) => {
                if matches!(condition, Type::Integer | Type::List) {
                    return Err(wrong(
                        &call.args[0],
                        format!("a condition cannot be {}", article(*condition)),
                        "compare it",
                    ));
                }
                Ok(Some(if one == other { *one } else { Type::Any }))
            }
            (ADD | SUBSTRACT | MULTIPLY | DIVIDE | MODULO, [one, other]) => {
                if !alike(*one, *other) {
                    let message = format!("{} and {} cannot be put together", article(*one), article(*other));
                    return Err(wrong(
                        expression,
                        message,
                        "turn one of the two into the other's type, as with `string(…)`",
                    ));
                }
                Ok(Some(if *one == Type::Any { *other } else { *one }))
            }
            _ => Ok(None),
        }
    }
}

impl Function {
    fn run_is_conditional(&self) -> bool {
        matches!(self.run, Run::Conditional)
    }
}

/// Whether a function is called by a name, and not an operator.
fn is_name(function: &str) -> bool {
    function.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn alike(one: Type, other: Type) -> bool {
    one == other || one == Type::Any || other == Type::Any
}

/// Whether a value of one type can stand where another is wanted.
fn fits(wanted: Type, found: Type, language: Language) -> bool {
    let text = matches!(
        wanted,
        Type::Text | Type::Pattern | Type::Interval | Type::DateForm
    );
    match found {
        _ if wanted == Type::Any || found == Type::Any || wanted == found => true,
        Type::Text => text,
        _ => text && language == Language::Entra && found != Type::List,
    }
}

fn check_argument(
    function: &Function,
    name: &str,
    takes: Type,
    argument: &IdedExpr,
    found: Type,
) -> Result<(), Wrong> {
    let does_fit = match takes {
        Type::Any | Type::List => true,
        Type::Text => found != Type::List,
        Type::Boolean => matches!(found, Type::Boolean | Type::Text | Type::Any),
        Type::Integer => matches!(found, Type::Integer | Type::Text | Type::Any),
        Type::Pattern | Type::Interval | Type::DateForm => matches!(found, Type::Text | Type::Any),
    };
    if !does_fit {
        let message = format!(
            "`{name}` of `{}` takes {}, and this is {}",
            function.name,
            article(takes),
            article(found)
        );
        return Err(wrong(
            argument,
            message,
            format!("write it as `{}`", function.shown()),
        ));
    }
    check_literal(takes, argument).map_err(|found| Wrong {
        message: format!("`{name}` of `{}`: {}", function.name, found.message),
        ..found
    })
}

/// A text that is written in the expression must be one that the parameter can be.
fn check_literal(takes: Type, argument: &IdedExpr) -> Result<(), Wrong> {
    let Expr::Literal(LiteralValue::String(text)) = &argument.expr else {
        return Ok(());
    };
    let text = text.inner();
    match takes {
        Type::Integer if text.trim().parse::<i64>().is_err() => Err(wrong(
            argument,
            format!("`{text}` is not a whole number"),
            "write digits, without quotes",
        )),
        Type::Boolean
            if !["true", "false"]
                .iter()
                .any(|word| word.eq_ignore_ascii_case(text)) =>
        {
            Err(wrong(
                argument,
                format!("`{text}` is neither True nor False"),
                "write a condition, as `row.a == \"x\"`",
            ))
        }
        Type::Interval if !INTERVALS.contains(&text) => Err(wrong(
            argument,
            format!("`{text}` is not an interval"),
            "write yyyy (years), m (months), d (days), ww (weeks), h (hours), n (minutes) or s (seconds)",
        )),
        Type::Pattern => pattern(text).map(|_| ()).map_err(|reason| {
            wrong(
                argument,
                reason,
                "look-around and back references cannot be had; groups and classes can",
            )
        }),
        Type::DateForm => DateFormat::compile(text).map(|_| ()).map_err(|reason| {
            wrong(
                argument,
                reason,
                "write it as `yyyy-MM-dd` or `M/d/yyyy h:mm:ss tt`",
            )
        }),
        _ => Ok(()),
    }
}

fn unknown(expression: &IdedExpr, call: &CallExpr, is_method: bool) -> Wrong {
    let name = &call.func_name;
    let of_cel = CEL
        .iter()
        .filter(|known| known.on.is_some() == is_method)
        .map(|known| known.name);
    let known: Vec<_> = if is_method {
        of_cel.collect()
    } else {
        of_cel.chain(names()).collect()
    };
    // A name that differs in case alone is meant, whatever else is near.
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
    wrong(expression, format!("there is no function `{name}`"), hint)
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}

fn article(of: Type) -> &'static str {
    match of {
        Type::Any => "anything",
        Type::Text => "a text",
        Type::Boolean => "true or false",
        Type::Integer => "a whole number",
        Type::List => "a list",
        Type::Pattern => "a regular expression",
        Type::Interval => "an interval",
        Type::DateForm => "a form of dates",
    }
}
