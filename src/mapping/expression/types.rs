//! The types of values in an expression, and the types that an argument may have.

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};

use super::written::{Language, Mistake};
use crate::mapping::functions::{DateFormat, Function, INTERVALS, Parameter, Type, pattern};

/// A mistake in a part of an expression.
pub(super) fn mistake(part: &IdedExpr, message: impl Into<String>, hint: impl Into<String>) -> Mistake {
    let before = match &part.expr {
        Expr::Call(call) if is_name(&call.func_name) => call.func_name.chars().count(),
        _ => 0,
    };
    Mistake {
        id: Some(part.id),
        before,
        message: message.into(),
        hint: hint.into(),
    }
}

/// Whether a function is called by its name. An operator is not.
pub(super) fn is_name(function: &str) -> bool {
    function.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Whether two values may be of the same type.
pub(super) fn alike(left: Type, right: Type) -> bool {
    left == right || left == Type::Any || right == Type::Any
}

/// Whether a value of the type `found` can stand where the type `wanted` is needed.
pub(super) fn fits(wanted: Type, found: Type, language: Language) -> bool {
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

/// Checks an argument of one of our functions against its parameter.
pub(super) fn check_argument(
    function: &Function,
    parameter: &Parameter,
    argument: &IdedExpr,
    found: Type,
) -> Result<(), Mistake> {
    let Parameter { name, takes } = *parameter;
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
        return Err(mistake(
            argument,
            message,
            format!("write it as `{}`", function.shown()),
        ));
    }
    check_literal(takes, argument).map_err(|found| Mistake {
        message: format!("`{name}` of `{}`: {}", function.name, found.message),
        ..found
    })
}

/// Checks a text that is written in the expression, if the parameter takes only certain texts.
pub(super) fn check_literal(takes: Type, argument: &IdedExpr) -> Result<(), Mistake> {
    let Expr::Literal(LiteralValue::String(text)) = &argument.expr else {
        return Ok(());
    };
    let text = text.inner();
    match takes {
        Type::Integer if text.trim().parse::<i64>().is_err() => Err(mistake(
            argument,
            format!("`{text}` is not a whole number"),
            "write digits, without quotes",
        )),
        Type::Boolean
            if !["true", "false"]
                .iter()
                .any(|word| word.eq_ignore_ascii_case(text)) =>
        {
            Err(mistake(
                argument,
                format!("`{text}` is neither True nor False"),
                "write a condition, as `row.a == \"x\"`",
            ))
        }
        Type::Interval if !INTERVALS.contains(&text) => Err(mistake(
            argument,
            format!("`{text}` is not an interval"),
            "write yyyy (years), m (months), d (days), ww (weeks), h (hours), n (minutes) or s (seconds)",
        )),
        Type::Pattern => pattern(text).map(|_| ()).map_err(|error| {
            mistake(
                argument,
                error.to_string(),
                "look-around and back references cannot be had; groups and classes can",
            )
        }),
        Type::DateForm => DateFormat::compile(text).map(|_| ()).map_err(|error| {
            mistake(
                argument,
                error.to_string(),
                "write it as `yyyy-MM-dd` or `M/d/yyyy h:mm:ss tt`",
            )
        }),
        _ => Ok(()),
    }
}

/// A type in words, with its article.
pub(super) fn article(of: Type) -> &'static str {
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
