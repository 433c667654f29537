//! The decision on a start.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use super::slot::fit;
use super::{Argv, ExecGrant, Jail};
use crate::path::{RelPath, shown};
use crate::{Admitted, Code, Confirm, Flow, GrantKind, Refusal, RequestKind, Root, RootName, Yes, hint};

/// The most words and bytes of an argument list: far below what Linux takes, far above what people read.
const MAX_WORDS: usize = 256;
const MAX_BYTES: usize = 128 << 10;

/// One concrete start of a program: resolved, not yet done.
#[derive(Clone, Debug)]
pub struct ExecEffect<'a> {
    /// The name that the plugin gave.
    pub command: &'a str,
    /// What follows the program's name.
    pub args: &'a [String],
    /// Where it starts.
    pub directory: Directory<'a>,
}

/// A resolved directory below a root.
#[derive(Clone, Copy, Debug)]
pub struct Directory<'a> {
    /// The root.
    pub root: &'a RootName,
    /// The path below it: no links left in it.
    pub path: &'a RelPath,
}

/// The roots by name.
pub type RootsByName<'r> = &'r dyn Fn(&str) -> Option<&'r Root>;

/// Decides one start; the answer is the grant that gives it, and whether a person has to confirm it first.
///
/// Pure, as [`crate::decide()`]. Given when the manifest asks for the command, a grant for this tool gives it with
/// these very arguments, and its jail sees the directory. The refusal names the first thing that no grant gives: the
/// program (`exec.program`), the arguments (`exec.argv`), the directory (`exec.jail`). Where several grants give it, one
/// that asks nobody is named, the first by id, whatever their order. A program that reaches a network or a socket of the
/// host leaves the house, as a request does.
pub fn decide_exec<'p>(
    effect: &ExecEffect<'_>,
    roots: RootsByName<'_>,
    plugin: &'p Admitted,
    tool: &str,
    flow: Flow,
) -> Result<Yes<'p, ExecGrant>, Refusal> {
    well_formed(effect)?;
    asked(effect, plugin)?;
    let named: Vec<_> = exec_grants(plugin, tool).filter(|(_, exec, _)| exec.command == effect.command).collect();
    if named.is_empty() {
        return Err(not_granted(effect, plugin, tool));
    }
    let fitting: Vec<_> = named.iter().filter(|(_, exec, _)| try_argv(exec, effect.args, roots)).collect();
    if fitting.is_empty() {
        return Err(wrong_argv(effect, &named));
    }
    let inside: Vec<_> = fitting.into_iter().filter(|(_, exec, _)| sees(&exec.jail, effect, roots)).collect();
    if inside.is_empty() {
        let place = shown(&format!("/{}/{}", effect.directory.root, effect.directory.path));
        let message = format!("The jail of `{}` does not have the directory `{place}`.", shown(effect.command));
        return Err(Refusal::new(Code::ExecJail, message));
    }
    let offline = inside.iter().filter(|(_, exec, _)| exec.jail.is_offline());
    let given = Yes::choose(offline.map(|given| **given), flow, None);
    let leaving = inside.iter().filter(|(_, exec, _)| !exec.jail.is_offline());
    let given = given.into_iter().chain(Yes::choose(leaving.map(|given| **given), flow, Some(&plugin.policy.roles)));
    given.min_by_key(|yes| (yes.ask.is_some(), yes.id)).ok_or_else(|| not_granted(effect, plugin, tool))
}

/// Whether a grant gives an argument list. The examples of `plugins.toml` are tried with this too.
pub(crate) fn try_argv(grant: &ExecGrant, args: &[String], roots: RootsByName<'_>) -> bool {
    let may_read = |root: &RootName, path: &RelPath| {
        grant.jail.places.contains_key(root) && roots(root).is_some_and(|root| !root.hidden(path))
    };
    match &grant.argv {
        Argv::Grammar(slots) => fit(slots, args, &may_read),
        Argv::Anything => true,
    }
}

fn sees(jail: &Jail, effect: &ExecEffect<'_>, roots: RootsByName<'_>) -> bool {
    let Directory { root, path } = effect.directory;
    jail.places.contains_key(root) && roots(root).is_some_and(|root| !root.hidden(path))
}

/// No word can hold what ends a word for the operating system, and the list has an end.
fn well_formed(effect: &ExecEffect<'_>) -> Result<(), Refusal> {
    let words = || std::iter::once(effect.command).chain(effect.args.iter().map(String::as_str));
    if words().any(|word| word.contains('\0')) {
        return Err(Refusal::new(Code::ProtoUtf8, "An argument has a NUL in it."));
    }
    if effect.args.len() > MAX_WORDS || words().map(str::len).sum::<usize>() > MAX_BYTES {
        let message = format!("At most {MAX_WORDS} arguments and {MAX_BYTES} bytes of them are passed on.");
        return Err(Refusal::new(Code::ExecArgv, message));
    }
    Ok(())
}

/// Whether the manifest asks for this command.
fn asked(effect: &ExecEffect<'_>, plugin: &Admitted) -> Result<(), Refusal> {
    let asks = plugin.found.manifest.requests.iter().any(|request| match &request.kind {
        RequestKind::Exec { programs } => programs.contains("*") || programs.contains(effect.command),
        RequestKind::Fs { .. }
        | RequestKind::Net { .. }
        | RequestKind::Env { .. }
        | RequestKind::State
        | RequestKind::Client => false,
    });
    if asks {
        return Ok(());
    }
    let name = &plugin.found.manifest.name;
    let message = format!("The plugin `{name}` does not ask for the program `{}`.", shown(effect.command));
    let hint = format!("a grant cannot give it: the manifest of `{name}` has to ask first");
    Err(Refusal::new(Code::ExecProgram, message).hinted(hint))
}

/// The grants of programs for a tool, with their ids.
fn exec_grants<'p>(plugin: &'p Admitted, tool: &str) -> impl Iterator<Item = (&'p str, &'p ExecGrant, &'p Confirm)> {
    plugin.grants_for(tool).filter_map(|grant| match &grant.kind {
        GrantKind::Exec(exec) => Some((grant.id.as_str(), exec, &grant.confirm)),
        GrantKind::Fs(_) | GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    })
}

fn not_granted(effect: &ExecEffect<'_>, plugin: &Admitted, tool: &str) -> Refusal {
    let command = shown(effect.command);
    let message = format!("`{command}` is a native program; it is not granted to the tool `{}`.", shown(tool));
    Refusal::new(Code::ExecProgram, message).hinted(hint::exec(plugin, tool, effect))
}

fn wrong_argv(effect: &ExecEffect<'_>, named: &[(&str, &ExecGrant, &Confirm)]) -> Refusal {
    let message = format!("No grant gives `{}`.", shown(&effect.line()));
    let ids: Vec<_> = named.iter().map(|(id, ..)| format!("`{id}`")).collect();
    let hint = format!("its whole argument list has to fit the `argv` of {}", ids.join(" or "));
    Refusal::new(Code::ExecArgv, message).hinted(hint)
}

impl ExecEffect<'_> {
    /// The command line for a person: words that a shell would read otherwise stand in quotes.
    pub fn line(&self) -> String {
        let words = std::iter::once(self.command).chain(self.args.iter().map(String::as_str));
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
