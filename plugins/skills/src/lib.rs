//! The plugin `skills`: loads instructions that a repository keeps for kinds of tasks.
//!
//! A skill is `/repo/.claude/skills/<name>/SKILL.md`, a command `/repo/.claude/commands/<name>.md`. It
//! gives text to the model and runs nothing: what a skill asks for is done, or refused, by other tools.
//!
//! - `skill`: the tool: find, check, fill in.
//! - `catalogue`: which skills and commands there are.
//! - `front`: the frontmatter, the little of YAML that skills use.
//! - `fill`: `$ARGUMENTS` and the other substitutions.

#![forbid(unsafe_code)]

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

mod catalogue;
mod fill;
mod front;
mod skill;

struct Skills;

impl Guest for Skills {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        match invocation.tool.as_str() {
            "Skill" => skill::call(&kit::input(&invocation)?),
            other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Skills);
