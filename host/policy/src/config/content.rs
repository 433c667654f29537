//! What a `net` grant says of bodies: `json`, `batch` and `reads` of a rule, `fill`.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::low::{self, Word};
use super::place::{Fault, distinct};
use crate::net::is_pointer;
use crate::protect::invisible;
use crate::{Confirm, ConfirmWhen, NetRule};

/// The most texts at one pointer: what is longer nobody reads.
const MOST: usize = 200;

/// Checks what a rule says of bodies, and adds it to the rule.
pub(super) fn with_content(rule: NetRule, typed: &low::Rule) -> Result<NetRule, Fault> {
    let said = |word: &Option<Spanned<bool>>| word.as_ref().is_some_and(|said| *said.as_ref());
    let rule =
        NetRule { json: json(&rule, &typed.json)?, batch: said(&typed.batch), reads: said(&typed.reads), ..rule };
    if let Some(place) = typed.batch.as_ref().filter(|_| rule.batch) {
        check_batch(&rule).map_err(|problem| Fault::at(place, problem))?;
    }
    Ok(rule)
}

fn json(
    rule: &NetRule,
    typed: &BTreeMap<Word, Spanned<Vec<Word>>>,
) -> Result<BTreeMap<String, BTreeSet<String>>, Fault> {
    let entry = |(pointer, words): (&Word, &Spanned<Vec<Word>>)| {
        check_pointer(pointer)?;
        if rule.methods.iter().any(|method| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS")) {
            return Err(Fault::at(pointer, "a rule with `json` is for methods with a body, such as [\"POST\"]"));
        }
        Ok((pointer.as_ref().clone(), texts(words)?))
    };
    typed.iter().map(entry).collect()
}

fn texts(words: &Spanned<Vec<Word>>) -> Result<BTreeSet<String>, Fault> {
    if !(1..=MOST).contains(&words.as_ref().len()) {
        return Err(Fault::at(words, format!("expected 1 to {MOST} texts, of which one has to stand there")));
    }
    for word in words.as_ref() {
        let text = word.as_ref();
        if text.contains('*') {
            return Err(Fault::at(
                word,
                format!("`{text}`: there are no patterns for what a body holds; name each text in full"),
            ));
        }
        if text.is_empty() || text.chars().any(|c| c.is_control() || invisible(c)) {
            return Err(Fault::at(word, "expected a text that can be seen"));
        }
    }
    distinct(words.as_ref().clone())
}

/// A batch is asked for in one place, and says nothing of its own.
fn check_batch(rule: &NetRule) -> Result<(), &'static str> {
    let is_exact = !rule.path.is_empty() && rule.path.iter().all(|part| !part.contains('*'));
    let is_post = rule.methods.len() == 1 && rule.methods.contains("POST");
    match () {
        () if !is_post => Err("a batch is sent with `method = [\"POST\"]`"),
        () if !is_exact || !rule.query.is_empty() => {
            Err("a batch goes to one exact path without a query, such as \"/v1.0/$batch\"")
        }
        () if !rule.json.is_empty() || rule.reads => {
            Err("the requests in a batch are given by other rules of the grant; leave `json` and `reads` to those")
        }
        () => Ok(()),
    }
}

/// The pointers of `fill`, in a grant with these rules that asks like this.
pub(super) fn fill(
    typed: Option<&BTreeMap<Word, Word>>,
    rules: &[NetRule],
    confirm: &Confirm,
) -> Result<BTreeSet<String>, Fault> {
    let entry = |(pointer, made): (&Word, &Word)| {
        check_pointer(pointer)?;
        if made.as_ref() != "password" {
            return Err(Fault::at(made, format!("the host can't make `{}`; expected \"password\"", made.as_ref())));
        }
        if confirm.when != ConfirmWhen::Always {
            return Err(Fault::at(
                pointer,
                "what the host makes is shown to the person who confirms: `when = \"always\"`",
            ));
        }
        if rules.iter().any(|rule| rule.batch) {
            return Err(Fault::at(
                pointer,
                "nothing is made for requests in a batch; put `fill` into a grant of its own",
            ));
        }
        Ok(pointer.as_ref().clone())
    };
    typed.into_iter().flatten().map(entry).collect()
}

pub(super) fn check_pointer(pointer: &Word) -> Result<(), Fault> {
    if is_pointer(pointer.as_ref()) {
        return Ok(());
    }
    let message =
        format!("`{}` does not lead to a member of a JSON object; expected such as \"/a/b\"", pointer.as_ref());
    Err(Fault::at(pointer, message))
}
