//! A function of expressions: its name, its parameters, the type of its result, and what it does.

use super::argument::Argument;
use super::error::FunctionError;

/// The most arguments that a call may have.
pub(crate) const MOST_ARGUMENTS: usize = 64;

/// The type of an argument or of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Anything.
    Any,
    /// A text; numbers and booleans become text.
    Text,
    /// True or false, or a text with the word `true` or `false`.
    Boolean,
    /// A whole number, or a text of its digits.
    Integer,
    /// Several texts. A single text is a list with one value.
    List,
    /// A regular expression.
    Pattern,
    /// A unit of time, for instance `d`.
    Interval,
    /// A date format, for instance `yyyy-MM-dd`.
    DateForm,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) takes: Type,
}

/// How many arguments a call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arity {
    /// As many as there are parameters.
    Exact,
    /// At least this number; the last arguments may be left out.
    AtLeast(usize),
    /// As many as there are parameters; the last parameter may be repeated.
    Repeats,
    /// As many as there are parameters; the last two parameters may be repeated together.
    Pairs,
}

/// Computes a function from its arguments. Their number fits the function's [`Arity`].
pub(crate) type Computation = fn(&[Argument<'_>]) -> Result<Argument<'static>, FunctionError>;

/// What a function does.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    /// It computes a value from its arguments.
    Computes(Computation),
    /// It chooses between its arguments before they are computed.
    Conditional,
    /// It gives the instant of the plan.
    Now,
    /// wpsync does not have it.
    Refused {
        /// Why.
        why: &'static str,
        /// What to write instead.
        instead: &'static str,
    },
}

/// A function: its name, and what a call of it must look like.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) arity: Arity,
    pub(crate) gives: Type,
    pub(crate) behaviour: Behaviour,
}

/// A parameter with a name and a type.
pub(super) const fn takes(name: &'static str, takes: Type) -> Parameter {
    Parameter { name, takes }
}

/// A function that computes.
pub(super) const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    arity: Arity,
    gives: Type,
    computation: Computation,
) -> Function {
    Function {
        name,
        parameters,
        arity,
        gives,
        behaviour: Behaviour::Computes(computation),
    }
}

impl Function {
    /// The parameter of the argument at a position.
    pub(crate) fn parameter(&self, at: usize) -> Option<&'static Parameter> {
        let length = self.parameters.len();
        match self.arity {
            Arity::Exact | Arity::AtLeast(_) => self.parameters.get(at),
            Arity::Repeats => self.parameters.get(at.min(length - 1)),
            Arity::Pairs if at < length => self.parameters.get(at),
            Arity::Pairs => self.parameters.get(length - 2 + (at - length) % 2),
        }
    }

    /// What a call looks like: `Mid(source, start, length)`.
    pub(crate) fn shown(&self) -> String {
        let mut names: Vec<_> = self.parameters.iter().map(|parameter| parameter.name).collect();
        if matches!(self.arity, Arity::Repeats | Arity::Pairs) {
            names.push("…");
        }
        format!("{}({})", self.name, names.join(", "))
    }

    /// Whether a call may have this number of arguments.
    pub(crate) fn takes_count(&self, count: usize) -> bool {
        let length = self.parameters.len();
        match self.arity {
            _ if count > MOST_ARGUMENTS => false,
            Arity::Exact => count == length,
            Arity::AtLeast(least) => (least..=length).contains(&count),
            Arity::Repeats => count >= length,
            Arity::Pairs => count >= length && (count - length).is_multiple_of(2),
        }
    }

    /// Whether the function chooses between its arguments before they are computed.
    pub(crate) fn is_conditional(&self) -> bool {
        matches!(self.behaviour, Behaviour::Conditional)
    }
}
