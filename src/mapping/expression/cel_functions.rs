//! The functions and methods of CEL itself, and what their calls must look like.

use std::ops::RangeInclusive;

use crate::mapping::functions::Type;

/// A function or a method of CEL.
pub(super) struct CelFunction {
    pub(super) name: &'static str,
    /// The type of the value that a method is called on; `None` for a function.
    pub(super) on: Option<Type>,
    /// How many arguments a call may have. The value that a method is called on is not counted.
    pub(super) arguments: RangeInclusive<usize>,
    /// The type of each argument.
    pub(super) takes: Type,
    pub(super) gives: Type,
}

const fn free(name: &'static str, arguments: RangeInclusive<usize>, takes: Type, gives: Type) -> CelFunction {
    CelFunction {
        name,
        on: None,
        arguments,
        takes,
        gives,
    }
}

const fn method(
    name: &'static str,
    on: Type,
    arguments: RangeInclusive<usize>,
    takes: Type,
    gives: Type,
) -> CelFunction {
    CelFunction {
        name,
        on: Some(on),
        arguments,
        takes,
        gives,
    }
}

/// The functions of CEL that expressions may call.
pub(super) const CEL: [CelFunction; 30] = [
    free("size", 1..=1, Type::Any, Type::Integer),
    free("int", 1..=1, Type::Any, Type::Integer),
    free("uint", 1..=1, Type::Any, Type::Any),
    free("double", 1..=1, Type::Any, Type::Any),
    free("string", 1..=1, Type::Any, Type::Text),
    free("bool", 1..=1, Type::Any, Type::Boolean),
    free("bytes", 1..=1, Type::Any, Type::Any),
    free("dyn", 1..=1, Type::Any, Type::Any),
    free("type", 1..=1, Type::Any, Type::Any),
    free("matches", 2..=2, Type::Text, Type::Boolean),
    free("join", 2..=2, Type::Any, Type::Text),
    method("size", Type::Any, 0..=0, Type::Any, Type::Integer),
    method("contains", Type::Text, 1..=1, Type::Text, Type::Boolean),
    method("startsWith", Type::Text, 1..=1, Type::Text, Type::Boolean),
    method("endsWith", Type::Text, 1..=1, Type::Text, Type::Boolean),
    method("matches", Type::Text, 1..=1, Type::Pattern, Type::Boolean),
    method("charAt", Type::Text, 1..=1, Type::Integer, Type::Text),
    method("indexOf", Type::Text, 1..=2, Type::Any, Type::Integer),
    method("lastIndexOf", Type::Text, 1..=2, Type::Any, Type::Integer),
    method("join", Type::List, 0..=1, Type::Text, Type::Text),
    method("lowerAscii", Type::Text, 0..=0, Type::Any, Type::Text),
    method("upperAscii", Type::Text, 0..=0, Type::Any, Type::Text),
    method("replace", Type::Text, 2..=3, Type::Any, Type::Text),
    method("split", Type::Text, 1..=2, Type::Any, Type::List),
    method("substring", Type::Text, 1..=2, Type::Integer, Type::Text),
    method("trim", Type::Text, 0..=0, Type::Any, Type::Text),
    method("reverse", Type::Text, 0..=0, Type::Any, Type::Text),
    method("format", Type::Text, 1..=1, Type::List, Type::Text),
    method("has", Type::Any, 1..=1, Type::Any, Type::Boolean),
    method("exists", Type::Any, 2..=2, Type::Any, Type::Boolean),
];
