//! The values that functions take and give: nothing, a boolean, a whole number, a text, a list of texts.

use std::borrow::Cow;

use super::error::FunctionError;

/// A value that a function takes or gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument<'a> {
    /// No value: a field that the row does not have or leaves empty, or an argument that was left out.
    Nothing,
    Boolean(bool),
    Integer(i64),
    Text(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
}

/// What a function gives for a row.
pub(super) type ComputedValue = Result<Argument<'static>, FunctionError>;

impl From<String> for Argument<'static> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Argument<'_> {
    /// The value as a text; `None` if there is no value.
    pub(super) fn text(&self) -> Result<Option<Cow<'_, str>>, FunctionError> {
        match self {
            Self::Nothing => Ok(None),
            Self::Boolean(value) => Ok(Some(if *value { "True" } else { "False" }.into())),
            Self::Integer(number) => Ok(Some(number.to_string().into())),
            Self::Text(text) => Ok(Some(Cow::Borrowed(text))),
            Self::List(texts) => match texts.as_slice() {
                [] => Ok(None),
                [text] => Ok(Some(Cow::Borrowed(text))),
                texts => Err(FunctionError::SeveralTexts(texts.len())),
            },
        }
    }

    /// The value as a whole number; `None` if there is no value.
    pub(super) fn integer(&self) -> Result<Option<i64>, FunctionError> {
        match self {
            Self::Nothing => Ok(None),
            Self::Integer(number) => Ok(Some(*number)),
            value => {
                let text = value.text()?.unwrap_or_default();
                match text.trim() {
                    "" => Ok(None),
                    digits => digits
                        .parse()
                        .map(Some)
                        .map_err(|_| FunctionError::NotAnInteger(digits.to_owned())),
                }
            }
        }
    }

    /// The value as several texts.
    pub(super) fn texts(&self) -> Result<Vec<Cow<'_, str>>, FunctionError> {
        match self {
            Self::List(texts) => Ok(texts.iter().map(|text| Cow::Borrowed(&**text)).collect()),
            value => Ok(value.text()?.into_iter().collect()),
        }
    }

    /// Whether there is no value, or an empty text or list.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Text(text) => text.is_empty(),
            Self::List(texts) => texts.is_empty(),
            Self::Boolean(_) | Self::Integer(_) => false,
        }
    }

    /// The same value, which owns its texts.
    pub(super) fn to_owned_value(&self) -> Argument<'static> {
        match self {
            Self::Nothing => Argument::Nothing,
            Self::Boolean(value) => Argument::Boolean(*value),
            Self::Integer(number) => Argument::Integer(*number),
            Self::Text(text) => Argument::Text(text.clone().into_owned().into()),
            Self::List(texts) => Argument::List(
                texts
                    .iter()
                    .map(|text| text.clone().into_owned().into())
                    .collect(),
            ),
        }
    }
}
