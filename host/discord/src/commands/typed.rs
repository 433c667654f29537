//! What somebody typed, read by the table. Discord checks it, too, but an event proves nothing.

use super::{Needed, Opt, Spec, TABLE, Takes};
use crate::hear::Remote;

/// A command as the event has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) name: String,
    pub(crate) options: Vec<(String, RawValue)>,
}

/// The value of an option as the event has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RawValue {
    Text(String),
    Count(i64),
    File(Remote),
    /// Still being typed.
    Begun(String),
    /// Of a kind that no command takes.
    Other,
}

/// A command that means something.
#[derive(Debug, PartialEq)]
pub(crate) struct Typed {
    pub(crate) spec: &'static Spec,
    given: Vec<(&'static str, Given)>,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    Text(String),
    Count(i64),
    File(Remote),
}

impl Raw {
    /// Reads it; one sentence where it is none of ours.
    pub(crate) fn read(&self) -> Result<Typed, String> {
        let spec = self.spec().ok_or("I do not know this command; `/help` lists those that I know.")?;
        let given = self.options.iter().map(|(name, value)| given(spec, name, value));
        let given = given.collect::<Result<Vec<_>, _>>()?;
        let missing =
            |option: &&Opt| option.needed == Needed::Yes && !given.iter().any(|(name, _)| *name == option.name);
        match spec.options.iter().find(missing) {
            Some(option) => Err(format!("`/{}` needs `{}`.", spec.name, option.name)),
            None => Ok(Typed { spec, given }),
        }
    }

    /// The row of the table that it names.
    pub(crate) fn spec(&self) -> Option<&'static Spec> {
        TABLE.iter().find(|spec| spec.name == self.name)
    }
}

fn given(spec: &'static Spec, name: &str, value: &RawValue) -> Result<(&'static str, Given), String> {
    let option = spec.options.iter().find(|option| option.name == name);
    let option = option.ok_or_else(|| format!("`/{}` has no such option.", spec.name))?;
    let wrong = |what: String| format!("`{}` of `/{}` has to be {what}.", option.name, spec.name);
    let given = match (option.takes, value) {
        (Takes::OneOf(choices), RawValue::Text(text)) if !choices.contains(&text.as_str()) => {
            return Err(wrong(format!("one of {}", choices.join(", "))));
        }
        (Takes::Text(_) | Takes::OneOf(_) | Takes::Suggested(_), RawValue::Text(text)) => {
            let most = option.takes.longest();
            if text.chars().count() > most {
                return Err(wrong(format!("at most {most} characters long")));
            }
            Given::Text(text.trim().to_owned())
        }
        (Takes::Count(least, most), RawValue::Count(count)) => {
            if !(least..=most).contains(count) {
                return Err(wrong(format!("from {least} to {most}")));
            }
            Given::Count(*count)
        }
        (Takes::File, RawValue::File(file)) => Given::File(file.clone()),
        _ => return Err(wrong("of another kind".to_owned())),
    };
    Ok((option.name, given))
}

impl Typed {
    /// Whether any option was given.
    pub(crate) fn has_options(&self) -> bool {
        !self.given.is_empty()
    }

    /// The text of an option; none where it was left out or left empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Given::Text(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            Given::Count(_) | Given::File(_) => None,
        }
    }

    /// The number of an option.
    pub(crate) fn count(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Given::Count(count) => Some(*count),
            Given::Text(_) | Given::File(_) => None,
        }
    }

    /// The file of an option.
    pub(crate) fn file(&self, name: &str) -> Option<&Remote> {
        match self.get(name)? {
            Given::File(file) => Some(file),
            Given::Count(_) | Given::Text(_) => None,
        }
    }

    fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, options: &[(&str, RawValue)]) -> Result<Typed, String> {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Raw { name: name.to_owned(), options }.read()
    }

    fn text(text: &str) -> RawValue {
        RawValue::Text(text.to_owned())
    }

    #[test]
    fn what_the_table_knows_is_read() {
        let file = Remote { name: "a.txt".to_owned(), ..Remote::default() };
        let options = [("question", text(" why? ")), ("file", RawValue::File(file.clone()))];
        let typed = read("ask", &options).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!((typed.text("question"), typed.file("file")), (Some("why?"), Some(&file)));
        assert!(read("model", &[]).is_ok_and(|typed| !typed.has_options()));
    }

    #[test]
    fn anything_else_is_refused_in_one_sentence() {
        let why = |name: &str, options: &[(&str, RawValue)]| read(name, options).map(drop).err().unwrap_or_default();
        insta::assert_snapshot!(why("approve", &[]), @"I do not know this command; `/help` lists those that I know.");
        insta::assert_snapshot!(why("ask", &[]), @"`/ask` needs `question`.");
        insta::assert_snapshot!(why("ask", &[("question", RawValue::Count(1))]), @"`question` of `/ask` has to be of another kind.");
        insta::assert_snapshot!(why("ask", &[("question", text(&"x".repeat(6001)))]), @"`question` of `/ask` has to be at most 6000 characters long.");
        insta::assert_snapshot!(why("status", &[("thread", text("1"))]), @"`/status` has no such option.");
        insta::assert_snapshot!(why("effort", &[("effort", text("enormous"))]), @"`effort` of `/effort` has to be one of low, medium, high, xhigh, max.");
        insta::assert_snapshot!(why("model", &[("model", RawValue::Other)]), @"`model` of `/model` has to be of another kind.");
    }
}
