//! `declare +a name` of an array, which bash refuses and the interpreter takes for done.
//!
//! `declare +a …` and `declare +A …` become a call of this builtin.

use async_trait::async_trait;
use bashkit::{Builtin, BuiltinContext, ExecResult, ExecutionPlan, Result, SubCommand};

/// The name of the builtin.
pub const NAME: &str = "__declare_no_array";

/// The builtin.
pub struct NoArray;

#[async_trait]
impl Builtin for NoArray {
    async fn execute(&self, _context: BuiltinContext<'_>) -> Result<ExecResult> {
        Ok(ExecResult::err("bash: declare: +a: it cannot be told what is an array here\n", 1))
    }

    async fn execution_plan(&self, context: &BuiltinContext<'_>) -> Result<Option<ExecutionPlan>> {
        let script = context.args.iter().map(|word| check(word)).collect::<Vec<_>>().join("; ");
        let command = SubCommand { name: "eval".into(), args: vec![script], stdin: None, assignments: Vec::new() };
        Ok(Some(ExecutionPlan::Batch { commands: vec![command] }))
    }
}

/// Refuses an array, and gives any other name its value.
fn check(word: &str) -> String {
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    let is_name = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    if !is_name {
        return format!("declare {}", quoted(word));
    }
    format!(
        "if [[ $(declare -p {name} 2>/dev/null) =~ ^declare\\ -[a-zB-Z]*[aA] ]]; then \
         echo 'bash: declare: {name}: cannot destroy array variables in this way' >&2; (exit 1); \
         else declare {}; fi",
        quoted(word)
    )
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
