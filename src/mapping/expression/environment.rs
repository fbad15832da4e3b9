//! Translates between wpsync's values and those of the `cel` crate: fields, arguments of functions, results.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use cel::common::types::{
    CelBool, CelInt, CelList, CelNull, CelString, CelUInt, DYN_TYPE, LIST_TYPE, STRING_TYPE,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Env, ExecutionError};

use super::value::{ExpressionError, ExpressionOutcome, FieldValue};
use crate::mapping::functions::{Argument, Behaviour, FUNCTIONS, FunctionError, MOST_ARGUMENTS};

/// The CEL function that calls a function of [`FUNCTIONS`]; its first argument is the function's position.
pub(super) const CALL: &str = "@call";
/// The variable that stands for `null` inside a function, where `null` means no value.
pub(super) const NOTHING: &str = "@nothing";

pub(super) static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    // Declaring cannot fail, because the standard library does not have these names. A test runs each
    // function.
    let _ = environment.add_extension(cel::extensions::strings);
    let _ = environment.add_overload("join", "join_string_list", vec![STRING_TYPE, LIST_TYPE], join);
    for count in 1..=MOST_ARGUMENTS + 1 {
        let _ = environment.add_overload(
            CALL,
            &format!("call_{count}"),
            (0..count).map(|_| DYN_TYPE).collect(),
            call,
        );
    }
    Arc::new(environment)
});

/// `join(" ", [row.first, row.last])`: the texts of a list with a separator between them. Empty texts are
/// left out.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the environment takes functions of this shape"
)]
fn join<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let wrong = || ExecutionError::function_error("join", "it takes a text and a list of texts");
    let [separator, list] = arguments.as_slice() else {
        return Err(wrong());
    };
    let separator = separator
        .as_ref()
        .downcast_ref::<CelString<'_>>()
        .ok_or_else(wrong)?
        .inner()
        .to_owned();
    let mut items = list.as_ref().as_iterable().ok_or_else(wrong)?.iter();
    let mut texts = Vec::new();
    while let Some(item) = items.next() {
        let text = item
            .downcast_ref::<CelString<'_>>()
            .ok_or_else(wrong)?
            .inner()
            .to_owned();
        if !text.is_empty() {
            texts.push(text);
        }
    }
    Ok(CowVal::owned(CelString::from(texts.join(&separator))))
}

/// Calls a function of [`FUNCTIONS`].
#[expect(
    clippy::needless_pass_by_value,
    reason = "the environment takes functions of this shape"
)]
fn call<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let unknown = || ExecutionError::function_error(CALL, "this function cannot be called");
    let number = arguments[0]
        .as_ref()
        .downcast_ref::<CelInt>()
        .and_then(|number| usize::try_from(*number.inner()).ok());
    let function = number
        .and_then(|number| FUNCTIONS.get(number))
        .ok_or_else(unknown)?;
    let Behaviour::Computes(compute) = function.behaviour else {
        return Err(unknown());
    };
    let failed = |error: FunctionError| ExecutionError::function_error(function.name, error);
    let given: Vec<_> = arguments[1..]
        .iter()
        .map(|value| argument(value.as_ref()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    Ok(match compute(&given).map_err(failed)? {
        Argument::Nothing => CowVal::owned(CelNull),
        Argument::Boolean(value) => CowVal::owned(CelBool::from(value)),
        Argument::Integer(number) => CowVal::owned(CelInt::from(number)),
        Argument::Text(text) => CowVal::owned(CelString::from(text.into_owned())),
        Argument::List(texts) => CowVal::owned(list(texts.into_iter().map(Cow::into_owned))),
    })
}

fn list(texts: impl Iterator<Item = String>) -> CelList<'static> {
    let items: Vec<Box<dyn Val>> = texts
        .map(|text| Box::new(CelString::from(text)) as Box<dyn Val>)
        .collect();
    CelList::from(items)
}

/// A value of CEL as an argument of a function.
fn argument(value: &dyn Val) -> Result<Argument<'_>, FunctionError> {
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return Ok(Argument::Text(Cow::Borrowed(text.inner())));
    }
    if value.downcast_ref::<CelNull>().is_some() {
        return Ok(Argument::Nothing);
    }
    if let Some(value) = value.downcast_ref::<CelBool>() {
        return Ok(Argument::Boolean(*value.inner()));
    }
    if let Some(number) = whole(value) {
        return Ok(Argument::Integer(number));
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        let texts = list
            .inner()
            .iter()
            .map(|item| plain(item.as_ref()).ok_or(FunctionError::NotTexts));
        return texts.collect::<Result<_, _>>().map(Argument::List);
    }
    Err(FunctionError::UnknownType(value.get_type().name().to_owned()))
}

fn whole(value: &dyn Val) -> Option<i64> {
    let signed = value.downcast_ref::<CelInt>().map(|number| *number.inner());
    signed.or_else(|| {
        value
            .downcast_ref::<CelUInt>()
            .and_then(|number| i64::try_from(*number.inner()).ok())
    })
}

/// A text, or a number as a text; `None` for everything else.
fn plain(value: &dyn Val) -> Option<Cow<'_, str>> {
    match value.downcast_ref::<CelString<'_>>() {
        Some(text) => Some(Cow::Borrowed(text.inner())),
        None => whole(value).map(|number| number.to_string().into()),
    }
}

/// The result of an expression.
///
/// # Errors
/// If the value is not a value that an attribute can have.
pub(super) fn outcome(value: &dyn Val) -> Result<ExpressionOutcome, ExpressionError> {
    match argument(value) {
        Ok(Argument::Nothing) => Ok(ExpressionOutcome::Nothing),
        Ok(Argument::Boolean(value)) => Ok(ExpressionOutcome::Boolean(value)),
        Ok(Argument::Integer(number)) => Ok(ExpressionOutcome::Text(number.to_string())),
        Ok(Argument::Text(text)) => Ok(ExpressionOutcome::Text(text.into_owned())),
        Ok(Argument::List(texts)) => Ok(ExpressionOutcome::List(
            texts.into_iter().map(Cow::into_owned).collect(),
        )),
        Err(_) if value.downcast_ref::<CelList<'_>>().is_some() => Err(ExpressionError::NotTexts),
        Err(_) => Err(ExpressionError::UnknownType(value.get_type().name().to_owned())),
    }
}

/// The values of an expression's fields. Field 3 has three variables: `@f3` must have a value, `@n3` may have
/// no value, and `@h3` says whether it has one.
pub(super) struct FieldValues<'a>(pub(super) &'a [Option<FieldValue<'a>>]);

impl VariableResolver for FieldValues<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if variable == NOTHING {
            return Some(CowVal::owned(CelNull));
        }
        let (kind, number) = variable.strip_prefix('@')?.split_at_checked(1)?;
        let given = self.0.get(number.parse::<usize>().ok()?)?.as_ref();
        match (kind, given) {
            ("h", given) => Some(CowVal::owned(CelBool::from(given.is_some()))),
            ("n", None | Some(FieldValue::Text(""))) => Some(CowVal::owned(CelNull)),
            ("f" | "n", Some(given)) => Some(value(given)),
            _ => None,
        }
    }
}

fn value<'a>(given: &'a FieldValue<'_>) -> CowVal<'a, 'a> {
    match given {
        FieldValue::Text(text) => CowVal::owned(CelString::from(*text)),
        FieldValue::Boolean(value) => CowVal::owned(CelBool::from(*value)),
        FieldValue::Integer(number) => CowVal::owned(CelInt::from(*number)),
        FieldValue::List(texts) => CowVal::owned(list(texts.iter().cloned())),
    }
}

/// The error of a run, with the name of the field or of the function.
pub(super) fn failed(error: ExecutionError, fields: &[Vec<String>]) -> ExpressionError {
    match error {
        ExecutionError::UndeclaredReference(name) => {
            let number = name
                .strip_prefix("@f")
                .and_then(|number| number.parse::<usize>().ok());
            match number.and_then(|number| fields.get(number)) {
                Some(path) => ExpressionError::MissingField(path.join(".")),
                None => ExpressionError::UnknownName(name.to_string()),
            }
        }
        ExecutionError::FunctionError { function, message } => {
            ExpressionError::Function { function, message }
        }
        error => ExpressionError::Cel(Box::new(error)),
    }
}
