//! A script of the repository as a tool: what the model sees of it, and the arguments that a call's input makes.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Slot;
use crate::manifest::Tool;
use crate::path::shown;
use crate::{Code, Digest, Refusal, RelPath, RootName};

/// What a `script` grant has above an `exec` grant. Its program is the interpreter, its grammar that of the script's own
/// arguments, and its command the tool's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// What the model sees: made of the grant, so that whoever approves the grant has read it.
    pub tool: Tool,
    /// What is run.
    pub file: ScriptFile,
    /// The arguments, in their order.
    pub words: Vec<ScriptWord>,
    /// Secrets that this child alone gets, by the names of the variables that hold them.
    pub secrets: BTreeMap<String, String>,
}

/// A script in a root that its jail sees, pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFile {
    /// The root.
    pub root: RootName,
    /// The path below it.
    pub path: RelPath,
    /// The digest of its bytes. Other bytes are not run (`exec.changed`).
    pub sha256: Digest,
}

/// One argument of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptWord {
    /// This very word.
    Literal(String),
    /// What a call's input has under this name.
    Argument {
        /// The name.
        name: String,
        /// The word where the input has nothing; without one it has to be there.
        default: Option<String>,
    },
    /// The words that a call's input lists under this name; none where it has nothing.
    Arguments(String),
}

impl ScriptFile {
    /// Where its jail sees it: `/repo/.claude/skills/…`.
    pub fn guest_path(&self) -> String {
        format!("/{}/{}", self.root, self.path.as_str())
    }
}

impl Script {
    /// The words that an input makes. It was checked against the tool's schema before; whether the words are granted is
    /// decided when the script is started, as for any program. `proto.shape` for a value that is no word.
    pub fn arguments(&self, input: &Value) -> Result<Vec<String>, Refusal> {
        let mut words = Vec::new();
        for word in &self.words {
            match word {
                ScriptWord::Literal(word) => words.push(word.clone()),
                ScriptWord::Arguments(name) => {
                    let items = input.get(name).and_then(Value::as_array).into_iter().flatten();
                    words.extend(items.map(|item| plain(name, item)).collect::<Result<Vec<_>, _>>()?);
                }
                ScriptWord::Argument { name, default } => match (input.get(name), default) {
                    (Some(value), _) => words.push(plain(name, value)?),
                    (None, Some(default)) => words.push(default.clone()),
                    (None, None) => return Err(wrong(name, "is missing")),
                },
            }
        }
        Ok(words)
    }
}

fn plain(name: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        _ => Err(wrong(name, "is neither a text nor a whole number")),
    }
}

fn wrong(name: &str, problem: &str) -> Refusal {
    Refusal::new(Code::ProtoShape, format!("The argument `{}` {problem}.", shown(name)))
}

/// The input schema of a script with these arguments: name, what it is, its slot, and whether it may be left out.
pub(crate) fn input_schema<'a>(arguments: impl Iterator<Item = (&'a str, &'a str, &'a Slot, bool)>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, description, slot, is_optional) in arguments {
        properties.insert(name.to_owned(), property(description, slot));
        if !is_optional {
            required.push(name);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// What a pattern fits is told in words: schemas know another dialect of regular expressions.
fn property(description: &str, slot: &Slot) -> Value {
    let text = |rule: String| json!({ "type": "string", "description": format!("{description} {rule}") });
    match slot {
        Slot::Literal(word) => json!({ "type": "string", "enum": [word], "description": description }),
        Slot::OneOf(words) => json!({ "type": "string", "enum": words, "description": description }),
        Slot::Int(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most, "description": description })
        }
        Slot::Match(pattern) => text(format!("(fits `{}` as a whole)", pattern.as_str())),
        Slot::Path(root) => text(format!("(a path below /{root})")),
        Slot::Hostname => text("(the name of a host, or an IPv4 address)".to_owned()),
        Slot::Uuid => text("(a UUID)".to_owned()),
        Slot::Rest(each, most) => {
            json!({ "type": "array", "items": property("One of them.", each), "maxItems": most, "description": description })
        }
    }
}
