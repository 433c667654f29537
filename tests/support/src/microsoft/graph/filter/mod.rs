//! `$filter`, as far as the documented queries use it. What it does not understand it refuses.

mod parse;
#[cfg(test)]
mod tests;
mod words;

use serde_json::Value;

use crate::clock;

pub(super) use parse::parse;

/// A condition.
#[derive(Debug, PartialEq)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    /// A property, an operator, a literal.
    Compare(String, Operator, Value),
    /// A property that is one of these.
    In(String, Vec<Value>),
    /// A function of a property and a text.
    Text(Function, String, String),
    /// A collection of which one fits: its path, its variable, what must fit.
    Some(String, String, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Ge,
    Gt,
    Le,
    Lt,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Starts,
    Ends,
    Contains,
}

impl Expression {
    /// Whether an entity fits.
    pub(super) fn fits(&self, value: &Value) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.fits(value)),
            Self::Any(any) => any.iter().any(|one| one.fits(value)),
            Self::Not(one) => !one.fits(value),
            Self::Compare(path, operator, literal) => operator.holds(at(value, path), literal),
            Self::In(path, literals) => literals.iter().any(|literal| Operator::Eq.holds(at(value, path), literal)),
            Self::Text(function, path, text) => function.holds(at(value, path), text),
            Self::Some(path, name, inner) => {
                let list = at(value, path).and_then(Value::as_array);
                list.into_iter().flatten().any(|item| inner.fits(&serde_json::json!({name: item})))
            }
        }
    }

    /// The properties of the entity that it names.
    pub(super) fn properties(&self) -> Vec<&str> {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().flat_map(Self::properties).collect(),
            Self::Not(one) => one.properties(),
            Self::Compare(path, ..) | Self::In(path, _) | Self::Text(_, path, _) | Self::Some(path, ..) => vec![path],
        }
    }

    /// Whether the directory answers it with `ConsistencyLevel: eventual` only.
    pub(super) fn is_advanced(&self) -> bool {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().any(Self::is_advanced),
            Self::Not(_) | Self::Compare(_, Operator::Ne, _) | Self::Text(Function::Ends | Function::Contains, ..) => {
                true
            }
            Self::Compare(..) | Self::In(..) | Self::Text(..) => false,
            Self::Some(_, _, inner) => inner.is_advanced(),
        }
    }

    /// The literals that a property is compared with, with their operators.
    pub(super) fn bounds(&self, name: &str) -> Vec<(Operator, &Value)> {
        match self {
            Self::All(list) => list.iter().flat_map(|one| one.bounds(name)).collect(),
            Self::Compare(path, operator, literal) if path == name => vec![(*operator, literal)],
            _ => Vec::new(),
        }
    }
}

impl Operator {
    fn holds(self, have: Option<&Value>, want: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = order(have.unwrap_or(&Value::Null), want);
        match self {
            Self::Eq => order == Some(Equal),
            Self::Ne => order != Some(Equal),
            Self::Ge => matches!(order, Some(Equal | Greater)),
            Self::Gt => order == Some(Greater),
            Self::Le => matches!(order, Some(Equal | Less)),
            Self::Lt => order == Some(Less),
        }
    }
}

/// How two values stand to each other: times as times, texts without regard to case.
fn order(have: &Value, want: &Value) -> Option<std::cmp::Ordering> {
    match (have, want) {
        (Value::String(have), Value::String(want)) => match (clock::parse(have), clock::parse(want)) {
            (Some(have), Some(want)) => Some(have.cmp(&want)),
            _ => Some(have.to_lowercase().cmp(&want.to_lowercase())),
        },
        (Value::Number(have), Value::Number(want)) => have.as_f64()?.partial_cmp(&want.as_f64()?),
        (have, want) if have == want => Some(std::cmp::Ordering::Equal),
        _ => None,
    }
}

impl Function {
    fn holds(self, have: Option<&Value>, text: &str) -> bool {
        let (have, text) = (have.and_then(Value::as_str).unwrap_or_default().to_lowercase(), text.to_lowercase());
        match self {
            Self::Starts => have.starts_with(&text),
            Self::Ends => have.ends_with(&text),
            Self::Contains => have.contains(&text),
        }
    }
}

/// What stands at a path of properties; a variable alone is the item itself.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(value, |value, name| value.get(name))
}
