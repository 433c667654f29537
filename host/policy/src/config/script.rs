//! `script` grants: a script of a root, an interpreter, and the tool that they are.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::exec::{literal, slot};
use super::grants::Known;
use super::low::{self, Word};
use super::place::Fault;
use super::secret::check_variable;
use crate::exec::input_schema;
use crate::manifest::{check_tool_name, words};
use crate::{Argv, ExecGrant, Jail, RelPath, Script, ScriptFile, ScriptWord, Slot, Tool};

/// An argument list, with what the model reads of it.
#[derive(Default)]
struct Arguments {
    slots: Vec<Slot>,
    words: Vec<ScriptWord>,
    described: Vec<(String, String, Slot, bool)>,
}

impl Known<'_> {
    /// A `script` grant.
    pub fn script(&self, typed: &low::Grant) -> Result<ExecGrant, Fault> {
        let needs = |key: &str| Fault::at(&typed.kind, format!("a `script` grant needs `{key}`"));
        if let Some(tools) = &typed.tools {
            return Err(Fault::at(tools, "a `script` grant is for its own tool; leave `tools` out"));
        }
        let program = typed.interpreter.as_ref().ok_or_else(|| needs("interpreter"))?;
        let file = typed.script.as_ref().ok_or_else(|| needs("script"))?;
        let tool = typed.tool.as_ref().ok_or_else(|| needs("tool"))?;
        let argv = typed.argv.as_ref().ok_or_else(|| needs("argv"))?;
        let jail = self.jail(typed.jail.as_ref().ok_or_else(|| needs("jail"))?)?;
        let file = script_file(file, &jail)?;
        // Checked whole, as the grammar of any program, before it is read word by word.
        self.slots(argv, &jail)?;
        let Arguments { slots, words, described } = arguments(argv.as_ref(), &jail)?;
        let schema = input_schema(
            described.iter().map(|(name, what, slot, is_optional)| (name.as_str(), what.as_str(), slot, *is_optional)),
        );
        let tool = checked_tool(tool, schema)?;
        let secrets = self.variables(typed.secrets.as_deref().unwrap_or_default(), &tool.name, &jail)?;
        let command = tool.name.clone();
        let grant = self.native(typed, program, Argv::Grammar(slots), jail)?;
        Ok(ExecGrant { command, script: Some(Box::new(Script { tool, file, words, secrets })), ..grant })
    }

    /// The secrets of the child: each of them says itself which tools it is for.
    fn variables(
        &self,
        typed: &[low::SecretVariable],
        tool: &str,
        jail: &Jail,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut variables = BTreeMap::new();
        for low::SecretVariable { name, env } in typed {
            check_variable(env)?;
            let Some(secret) = self.secrets.get(name.as_ref()) else {
                let message = format!("unknown secret `{}`; expected one of the names under [secrets]", name.as_ref());
                return Err(Fault::at(name, message));
            };
            if !secret.scripts.contains(tool) {
                let message = format!(
                    "`{}` is not for the script `{tool}`; its table under [secrets] has to name it in `scripts`",
                    name.as_ref()
                );
                return Err(Fault::at(name, message));
            }
            if jail.env.contains_key(env.as_ref()) || variables.contains_key(env.as_ref()) {
                return Err(Fault::at(env, format!("there is a variable `{}` already", env.as_ref())));
            }
            variables.insert(env.as_ref().clone(), name.as_ref().clone());
        }
        Ok(variables)
    }
}

fn script_file(typed: &Spanned<low::Script>, jail: &Jail) -> Result<ScriptFile, Fault> {
    let low::Script { root, path, sha256 } = typed.as_ref();
    if !jail.places.contains_key(root.as_ref()) {
        let message =
            format!("the jail `{}` does not have the root `{}`; name it in the jail's `fs`", jail.name, root.as_ref());
        return Err(Fault::at(root, message));
    }
    let plain = RelPath::parse(path.as_ref()).ok().filter(|parsed| parsed.as_str() == path.as_ref());
    let path = plain.filter(|path| !path.as_str().is_empty()).ok_or_else(|| {
        let expected = "a path below the root, such as scripts/check.sh";
        Fault::at(path, format!("`{}` is not the path of a script; expected {expected}", path.as_ref()))
    })?;
    Ok(ScriptFile { root: root.as_ref().clone(), path, sha256: *sha256 })
}

fn checked_tool(typed: &Spanned<low::Tool>, input_schema: serde_json::Value) -> Result<Tool, Fault> {
    let low::Tool { name, description, effects } = typed.as_ref();
    check_tool_name(name.as_ref()).map_err(|problem| Fault::at(name, problem))?;
    words(description.as_ref(), "the tool's `description`").map_err(|problem| Fault::at(description, problem))?;
    Ok(Tool {
        name: name.as_ref().clone(),
        description: description.as_ref().clone(),
        input_schema,
        effects: effects.clone(),
    })
}

fn arguments(typed: &[Spanned<low::Argument>], jail: &Jail) -> Result<Arguments, Fault> {
    let (mut all, mut names) = (Arguments::default(), BTreeSet::new());
    for argument in typed {
        match argument.as_ref() {
            low::Argument::Literal(word) => {
                let word = literal(argument, word)?;
                all.slots.push(Slot::Literal(word.clone()));
                all.words.push(ScriptWord::Literal(word));
            }
            low::Argument::Slot(table) => {
                let slot = slot(argument, jail)?;
                let (name, description) = named(argument, table)?;
                if !names.insert(name.clone()) {
                    return Err(Fault::at(argument, format!("there is an argument `{name}` already")));
                }
                let default = table.default.as_ref().map(|word| fitting(word, &slot, &name)).transpose()?;
                let is_list = matches!(slot, Slot::Rest(..));
                all.described.push((name.clone(), description, slot.clone(), default.is_some() || is_list));
                all.words.push(match is_list {
                    true => ScriptWord::Arguments(name),
                    false => ScriptWord::Argument { name, default },
                });
                all.slots.push(slot);
            }
        }
    }
    Ok(all)
}

fn named(place: &Spanned<low::Argument>, table: &low::SlotTable) -> Result<(String, String), Fault> {
    let (Some(name), Some(description)) = (&table.name, &table.description) else {
        return Err(Fault::at(place, "an argument of a script needs `name` and `description`: the model reads them"));
    };
    check_tool_name(name.as_ref()).map_err(|problem| Fault::at(name, problem))?;
    words(description.as_ref(), "the argument's `description`").map_err(|problem| Fault::at(description, problem))?;
    Ok((name.as_ref().clone(), description.as_ref().clone()))
}

/// A default has to be granted, too. Where a path may be read is decided at the start.
fn fitting(word: &Word, slot: &Slot, name: &str) -> Result<String, Fault> {
    let text = word.as_ref();
    if matches!(slot, Slot::Rest(..)) || !slot.fits(text, &|_, _| true) {
        return Err(Fault::at(word, format!("`{text}` does not fit what the argument `{name}` may be")));
    }
    Ok(text.clone())
}
