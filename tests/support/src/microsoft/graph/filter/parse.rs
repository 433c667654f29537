//! Reads a filter.

use serde_json::Value;

use super::words::{Word, words};
use super::{Expression, Function, Operator};

/// Reads a filter; says what it does not understand.
pub(in crate::microsoft::graph) fn parse(text: &str) -> Result<Expression, String> {
    let mut reader = Reader { words: words(text)?, at: 0 };
    let read = reader.any().map_err(|why| format!("the filter `{text}`: {why}"))?;
    match reader.next() {
        None => Ok(read),
        Some(word) => Err(format!("the filter `{text}`: {word:?} is not understood")),
    }
}

struct Reader {
    words: Vec<Word>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn is_name(&self, name: &str) -> bool {
        matches!(self.words.get(self.at), Some(Word::Name(word)) if word == name)
    }

    fn mark(&mut self, mark: char) -> Result<(), String> {
        match self.next() {
            Some(Word::Mark(found)) if found == mark => Ok(()),
            found => Err(format!("`{mark}` was expected, not {found:?}")),
        }
    }

    fn literal(&mut self) -> Result<Value, String> {
        match self.next() {
            Some(Word::Literal(value)) => Ok(value),
            found => Err(format!("a literal was expected, not {found:?}")),
        }
    }

    fn any(&mut self) -> Result<Expression, String> {
        let mut list = vec![self.all()?];
        while self.is_name("or") {
            self.at += 1;
            list.push(self.all()?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Expression::Any(list) })
    }

    fn all(&mut self) -> Result<Expression, String> {
        let mut list = vec![self.one()?];
        while self.is_name("and") {
            self.at += 1;
            list.push(self.one()?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Expression::All(list) })
    }

    fn one(&mut self) -> Result<Expression, String> {
        match self.next() {
            Some(Word::Mark('(')) => {
                let inner = self.any()?;
                self.mark(')')?;
                Ok(inner)
            }
            Some(Word::Name(name)) if name == "not" => Ok(Expression::Not(Box::new(self.one()?))),
            Some(Word::Name(name)) => match function(&name) {
                Some(function) => self.text(function),
                None => self.comparison(name),
            },
            found => Err(format!("a property was expected, not {found:?}")),
        }
    }

    fn text(&mut self, function: Function) -> Result<Expression, String> {
        self.mark('(')?;
        let Some(Word::Name(path)) = self.next() else {
            return Err("a function is of a property".to_owned());
        };
        self.mark(',')?;
        let Value::String(text) = self.literal()? else {
            return Err("a function takes a text".to_owned());
        };
        self.mark(')')?;
        Ok(Expression::Text(function, path, text))
    }

    fn comparison(&mut self, path: String) -> Result<Expression, String> {
        if let Some(list) = path.strip_suffix("/any") {
            return self.some(list);
        }
        match self.next() {
            Some(Word::Name(word)) if word == "in" => self.within(path),
            Some(Word::Name(word)) => {
                let operator = operator(&word).ok_or_else(|| format!("`{word}` is no operator"))?;
                Ok(Expression::Compare(path, operator, self.literal()?))
            }
            found => Err(format!("an operator was expected after `{path}`, not {found:?}")),
        }
    }

    fn within(&mut self, path: String) -> Result<Expression, String> {
        self.mark('(')?;
        let mut list = vec![self.literal()?];
        loop {
            match self.next() {
                Some(Word::Mark(',')) => list.push(self.literal()?),
                Some(Word::Mark(')')) if list.len() <= 15 => return Ok(Expression::In(path, list)),
                Some(Word::Mark(')')) => return Err(format!("`in` with {} values; it takes 15", list.len())),
                found => return Err(format!("`,` or `)` was expected, not {found:?}")),
            }
        }
    }

    fn some(&mut self, list: &str) -> Result<Expression, String> {
        self.mark('(')?;
        let Some(Word::Name(name)) = self.next() else {
            return Err("`any` names a variable".to_owned());
        };
        self.mark(':')?;
        let inner = self.any()?;
        self.mark(')')?;
        Ok(Expression::Some(list.to_owned(), name, Box::new(inner)))
    }
}

fn function(name: &str) -> Option<Function> {
    match name.to_lowercase().as_str() {
        "startswith" => Some(Function::Starts),
        "endswith" => Some(Function::Ends),
        "contains" => Some(Function::Contains),
        _ => None,
    }
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "ge" => Operator::Ge,
        "gt" => Operator::Gt,
        "le" => Operator::Le,
        "lt" => Operator::Lt,
        _ => return None,
    })
}
