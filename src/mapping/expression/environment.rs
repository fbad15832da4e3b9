//! Between values of ours and values of the `cel` crate: the fields of a row, the functions of [`FUNCTIONS`],
//! what comes out.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use cel::common::types::{
    CelBool, CelInt, CelList, CelNull, CelString, CelUInt, DYN_TYPE, LIST_TYPE, STRING_TYPE,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Env, ExecutionError};

use super::{Given, Outcome};
use crate::mapping::functions::{Argument, FUNCTIONS, MOST_ARGUMENTS, Run};

/// The function that calls a row of the table; its first argument is the row's number.
pub(super) const CALL: &str = "@call";
/// What a `null` becomes inside a function, where it asks for nothing.
pub(super) const NOTHING: &str = "@nothing";

pub(super) static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    // The names are new to the standard library, so that declaring them cannot fail; a test runs each.
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

/// `join(" ", [row.first, row.last])`: the texts of a list with a separator between them; empty ones are left
/// out.
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

/// Calls a function of the table.
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
    let Run::By(run) = function.run else {
        return Err(unknown());
    };
    let wrong = |reason: String| ExecutionError::function_error(function.name, reason);
    let given: Vec<_> = arguments[1..]
        .iter()
        .map(|value| argument(value.as_ref()))
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    Ok(match run(&given).map_err(wrong)? {
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

/// A value as a function takes it.
fn argument(value: &dyn Val) -> Result<Argument<'_>, String> {
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
            .map(|item| plain(item.as_ref()).ok_or_else(|| "it takes a list of texts".to_owned()));
        return texts.collect::<Result<_, _>>().map(Argument::List);
    }
    Err(format!("it cannot take a {}", value.get_type().name()))
}

fn whole(value: &dyn Val) -> Option<i64> {
    let signed = value.downcast_ref::<CelInt>().map(|number| *number.inner());
    signed.or_else(|| {
        value
            .downcast_ref::<CelUInt>()
            .and_then(|number| i64::try_from(*number.inner()).ok())
    })
}

/// A text, or a number as one.
fn plain(value: &dyn Val) -> Option<Cow<'_, str>> {
    match value.downcast_ref::<CelString<'_>>() {
        Some(text) => Some(Cow::Borrowed(text.inner())),
        None => whole(value).map(|number| number.to_string().into()),
    }
}

/// What an expression gave.
pub(super) fn outcome(value: &dyn Val) -> Result<Outcome, String> {
    match argument(value) {
        Ok(Argument::Nothing) => Ok(Outcome::Nothing),
        Ok(Argument::Boolean(value)) => Ok(Outcome::Boolean(value)),
        Ok(Argument::Integer(number)) => Ok(Outcome::Text(number.to_string())),
        Ok(Argument::Text(text)) => Ok(Outcome::Text(text.into_owned())),
        Ok(Argument::List(texts)) => Ok(Outcome::List(texts.into_iter().map(Cow::into_owned).collect())),
        Err(_) if value.downcast_ref::<CelList<'_>>().is_some() => {
            Err("it gives a list of something other than texts".to_owned())
        }
        Err(_) => Err(format!("it gives a {}", value.get_type().name())),
    }
}

/// The values of an expression's fields. Field 3 is `@f3` where it must have a value, `@n3` where it may be
/// nothing, and `@h3` asks whether it is there.
pub(super) struct Fields<'a>(pub(super) &'a [Option<Given<'a>>]);

impl VariableResolver for Fields<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if variable == NOTHING {
            return Some(CowVal::owned(CelNull));
        }
        let (way, number) = variable.strip_prefix('@')?.split_at_checked(1)?;
        let given = self.0.get(number.parse::<usize>().ok()?)?.as_ref();
        match (way, given) {
            ("h", given) => Some(CowVal::owned(CelBool::from(given.is_some()))),
            ("n", None | Some(Given::Text(""))) => Some(CowVal::owned(CelNull)),
            ("f" | "n", Some(given)) => Some(value(given)),
            _ => None,
        }
    }
}

fn value<'a>(given: &'a Given<'_>) -> CowVal<'a, 'a> {
    match given {
        Given::Text(text) => CowVal::owned(CelString::from(*text)),
        Given::Boolean(value) => CowVal::owned(CelBool::from(*value)),
        Given::Integer(number) => CowVal::owned(CelInt::from(*number)),
        Given::List(texts) => CowVal::owned(list(texts.iter().cloned())),
    }
}

/// An error of a run in words.
pub(super) fn said(error: ExecutionError, fields: &[Vec<String>]) -> String {
    match error {
        ExecutionError::UndeclaredReference(name) => {
            let number = name
                .strip_prefix("@f")
                .and_then(|number| number.parse::<usize>().ok());
            match number.and_then(|number| fields.get(number)) {
                Some(path) => format!("`{}` has no value", path.join(".")),
                None => format!("`{name}` is not known"),
            }
        }
        ExecutionError::FunctionError { function, message } => format!("`{function}`: {message}"),
        error => error.to_string(),
    }
}
