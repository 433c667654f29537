//! `caller`, from the arrays of the call stack that the interpreter keeps truly.

use async_trait::async_trait;
use bashkit::{Builtin, BuiltinContext, ExecResult, ExecutionPlan, Result, SubCommand};

/// The builtin.
pub struct Caller;

#[async_trait]
impl Builtin for Caller {
    async fn execute(&self, _context: BuiltinContext<'_>) -> Result<ExecResult> {
        Ok(ExecResult::err("bash: caller: the call stack cannot be read here\n", 1))
    }

    async fn execution_plan(&self, context: &BuiltinContext<'_>) -> Result<Option<ExecutionPlan>> {
        let script = script(context.args.first().map(String::as_str));
        let command = SubCommand { name: "eval".into(), args: vec![script], stdin: None, assignments: Vec::new() };
        Ok(Some(ExecutionPlan::Batch { commands: vec![command] }))
    }
}

/// What reads the arrays. Without a number only line and file are told.
fn script(frame: Option<&str>) -> String {
    let Some(frame) = frame else {
        return "[[ -v BASH_LINENO[0] ]] && printf '%s %s\\n' \"${BASH_LINENO[0]}\" \"${BASH_SOURCE[1]:-NULL}\"".into();
    };
    match frame.parse::<usize>() {
        Ok(frame) => format!(
            "[[ -v FUNCNAME[{above}] ]] && printf '%s %s %s\\n' \"${{BASH_LINENO[{frame}]}}\" \
             \"${{FUNCNAME[{above}]}}\" \"${{BASH_SOURCE[{above}]:-main}}\"",
            above = frame.saturating_add(1)
        ),
        Err(_) => "echo 'bash: caller: invalid number' >&2; (exit 2)".into(),
    }
}
