//! `exec` and `shell` grants: the program, its argument list, its jail.

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use toml::Spanned;

use super::check::check_path;
use super::grants::Known;
use super::low::{self, Word};
use super::place::{Fault, distinct};
use crate::manifest::is_command;
use crate::{Argv, ExecGrant, Jail, Pattern, Program, Slot};

/// More words than these nobody reads.
const MAX_SLOTS: usize = 64;
/// What `rest` takes where `max` is not given.
const REST: u32 = 16;

impl Known<'_> {
    /// An `exec` grant: a program and a grammar for all of its arguments.
    pub fn exec(&self, typed: &low::Grant) -> Result<ExecGrant, Fault> {
        let needs = |key: &str| Fault::at(&typed.kind, format!("an `exec` grant needs `{key}`"));
        let program = typed.program.as_ref().ok_or_else(|| needs("program"))?;
        let argv = typed.argv.as_ref().ok_or_else(|| needs("argv"))?;
        let jail = self.jail(typed.jail.as_ref().ok_or_else(|| needs("jail"))?)?;
        argv.as_ref().iter().try_for_each(is_nameless)?;
        let argv = Argv::Grammar(self.slots(argv, &jail)?);
        self.native(typed, program, argv, jail)
    }

    /// A `shell` grant: an interpreter, which may be told anything.
    pub fn shell(&self, typed: &low::Grant) -> Result<ExecGrant, Fault> {
        let needs = |key: &str| Fault::at(&typed.kind, format!("a `shell` grant needs `{key}`"));
        let program = typed.interpreter.as_ref().ok_or_else(|| needs("interpreter"))?;
        let jail = self.jail(typed.jail.as_ref().ok_or_else(|| needs("jail"))?)?;
        self.native(typed, program, Argv::Anything, jail)
    }

    pub(super) fn native(
        &self,
        typed: &low::Grant,
        program: &Spanned<low::Program>,
        argv: Argv,
        jail: Jail,
    ) -> Result<ExecGrant, Fault> {
        let low::Program { path, sha256 } = program.as_ref();
        check_path(path)?;
        let text = path.as_ref();
        if !text.starts_with('/') || text.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(Fault::at(path, format!("`{text}` is not an absolute path; programs are not searched for")));
        }
        let last = text.rsplit('/').next().unwrap_or_default();
        let command = typed.command.as_ref().map_or(last, |command| command.as_ref());
        if !is_command(command) {
            let place = typed.command.as_ref().unwrap_or(path);
            let message = format!("`{command}` is not the name of a program; give it one with `command = \"…\"`");
            return Err(Fault::at(place, message));
        }
        let program = Program { path: PathBuf::from(text), sha256: *sha256 };
        Ok(ExecGrant { command: command.to_owned(), program, argv, jail, script: None })
    }

    pub(super) fn jail(&self, name: &Word) -> Result<Jail, Fault> {
        self.jails.get(name.as_ref()).cloned().ok_or_else(|| {
            let known: Vec<_> = self.jails.keys().map(|jail| format!("`{jail}`")).collect();
            let known =
                if known.is_empty() { "there is none; write one under [jails]".to_owned() } else { known.join(", ") };
            Fault::at(name, format!("unknown jail `{}`; the jails are: {known}", name.as_ref()))
        })
    }

    pub(super) fn slots(&self, typed: &Spanned<Vec<Spanned<low::Argument>>>, jail: &Jail) -> Result<Vec<Slot>, Fault> {
        let list = typed.as_ref();
        if list.len() > MAX_SLOTS {
            return Err(Fault::at(typed, format!("{} words; at most {MAX_SLOTS} are read", list.len())));
        }
        let slots = list.iter().map(|argument| slot(argument, jail)).collect::<Result<Vec<_>, _>>()?;
        let early = slots.split_last().is_some_and(|(_, head)| head.iter().any(|slot| matches!(slot, Slot::Rest(..))));
        if early { Err(Fault::at(typed, "`rest` stands at the end only")) } else { Ok(slots) }
    }
}

pub(super) fn slot(typed: &Spanned<low::Argument>, jail: &Jail) -> Result<Slot, Fault> {
    let table = match typed.as_ref() {
        low::Argument::Literal(word) => return literal(typed, word).map(Slot::Literal),
        low::Argument::Slot(table) => table,
    };
    let low::SlotTable { one_of, int, pattern, path, hostname, uuid, rest, max, name: _, description: _, default: _ } =
        &**table;
    match (one_of, int, pattern, path, hostname, uuid, rest, max) {
        (Some(words), None, None, None, None, None, None, None) => one_of_these(typed, words),
        (None, Some(range), None, None, None, None, None, None) => {
            let low::Range { min, max } = *range.as_ref();
            if min <= max { Ok(Slot::Int(min, max)) } else { Err(Fault::at(range, "`min` is above `max`")) }
        }
        (None, None, Some(pattern), None, None, None, None, None) => {
            Pattern::new(pattern.as_ref()).map(Slot::Match).map_err(|problem| {
                Fault::at(pattern, format!("`match` is not a regular expression for a word: {problem}"))
            })
        }
        (None, None, None, Some(path), None, None, None, None) => in_root(&path.root, jail),
        (None, None, None, None, Some(yes), None, None, None) if *yes.as_ref() => Ok(Slot::Hostname),
        (None, None, None, None, None, Some(yes), None, None) if *yes.as_ref() => Ok(Slot::Uuid),
        (None, None, None, None, None, None, Some(each), max) => rest_of(each, max.map_or(REST, Into::into), jail),
        _ => {
            let kinds = "`one_of`, `int`, `match`, `path`, `hostname = true`, `uuid = true` or `rest` with `max`";
            Err(Fault::at(typed, format!("expected exactly one of {kinds}")))
        }
    }
}

/// Nobody reads names of arguments but in a script's tool.
fn is_nameless(typed: &Spanned<low::Argument>) -> Result<(), Fault> {
    let low::Argument::Slot(table) = typed.as_ref() else { return Ok(()) };
    match table.name.as_ref().or(table.description.as_ref()).or(table.default.as_ref()) {
        Some(word) => {
            Err(Fault::at(word, "only arguments of a `script` grant have `name`, `description` and `default`"))
        }
        None => Ok(()),
    }
}

pub(super) fn literal(place: &Spanned<low::Argument>, word: &str) -> Result<String, Fault> {
    if word.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Fault::at(place, "a word has control characters"));
    }
    Ok(word.to_owned())
}

fn one_of_these(place: &Spanned<low::Argument>, words: &[Word]) -> Result<Slot, Fault> {
    if words.is_empty() {
        return Err(Fault::at(place, "`one_of` names no word, so nothing fits it"));
    }
    distinct(words.to_vec()).map(Slot::OneOf)
}

fn in_root(root: &Word, jail: &Jail) -> Result<Slot, Fault> {
    if jail.places.contains_key(root.as_ref()) {
        return Ok(Slot::Path(root.as_ref().clone()));
    }
    let message =
        format!("the jail `{}` does not have the root `{}`; name it in the jail's `fs`", jail.name, root.as_ref());
    Err(Fault::at(root, message))
}

fn rest_of(each: &Spanned<low::Argument>, max: u32, jail: &Jail) -> Result<Slot, Fault> {
    match slot(each, jail)? {
        Slot::Rest(..) => Err(Fault::at(each, "`rest` of `rest` says nothing more")),
        slot => Ok(Slot::Rest(Box::new(slot), max)),
    }
}
